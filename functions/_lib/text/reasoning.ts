/**
 * Reasoning that a model writes into its answer, before it: `<think>…</think>` and what other open models use for it. Only
 * the beginning of an answer is looked at, since an answer may be about such tags.
 */

const tagNames = [
  'think',
  'thinking',
  'thought',
  'thoughts',
  'reasoning',
  'reason',
  'seed:think',
  'antthinking',
]

/** The opening and the closing of each, in lower case. */
const pairs: readonly (readonly [string, string])[] = [
  ...tagNames.map((name) => [`<${name}>`, `</${name}>`] as const),
  ['[think]', '[/think]'],
  ['◁think▷', '◁/think▷'],
  ['<|begin_of_thought|>', '<|end_of_thought|>'],
  ['<|channel|>analysis<|message|>', '<|end|>'],
]
/** What a model that marks its reasoning writes before the answer itself. */
const answerOpenings = ['<|start|>assistant<|channel|>final<|message|>', '<|channel|>final<|message|>']
const openings = [...pairs.map(([opening]) => opening), ...answerOpenings]

/** A closing without an opening, which chat templates of some models write themselves, at the end of a line. */
const loneClosing = /(<\/think(?:ing)?>|<\/thought>|<\/seed:think>|\[\/THINK\]|◁\/think▷)[ \t]*\r?$/i

/** How far a text was looked through for a lone closing, and how many backticks it had until there. */
interface Search {
  readonly from: number
  readonly backticks: number
}

/** The first closing outside of backticks, or where to go on when more lines have come. Each line is read once. */
function findClosing(
  text: string,
  { from, backticks }: Search,
  ended: boolean,
): { index: number; tag: string } | Search {
  for (;;) {
    const feed = text.indexOf('\n', from)
    if (feed < 0 && !ended) return { from, backticks }
    const line = text.slice(from, feed < 0 ? text.length : feed)
    const found = loneClosing.exec(line)
    if (found && (backticks + countBackticks(line.slice(0, found.index))) % 2 === 0) {
      return { index: from + found.index, tag: found[1] ?? '' }
    }
    backticks += countBackticks(line)
    if (feed < 0) return { from: text.length, backticks }
    from = feed + 1
  }
}

function countBackticks(text: string): number {
  return text.split('`').length - 1
}

/** A piece of an answer. */
export interface AnswerPiece {
  readonly type: 'text' | 'reasoning'
  readonly text: string
}

export interface ReasoningOptions {
  /** The answer may begin within reasoning: text waits for the closing, or for the end. */
  readonly mayBeginWithin?: boolean
}

type State = { readonly at: 'start' | 'within' | 'text' } | {
  readonly at: 'reasoning'
  readonly closing: string
}

/** Splits an answer as it comes. What could be part of a tag waits for the next piece. */
export class ReasoningSplitter {
  #state: State = { at: 'start' }
  #held = ''
  #search: Search = { from: 0, backticks: 0 }

  #mayBeginWithin: boolean

  constructor({ mayBeginWithin = false }: ReasoningOptions = {}) {
    this.#mayBeginWithin = mayBeginWithin
  }

  push(delta: string): AnswerPiece[] {
    this.#held += delta
    const pieces: AnswerPiece[] = []
    while (this.#step(pieces, false));
    return pieces
  }

  /** What is left, once nothing follows. Reasoning that was cut off is reasoning. */
  end(): AnswerPiece[] {
    const pieces: AnswerPiece[] = []
    while (this.#step(pieces, true));
    return pieces
  }

  /** Whether there may be more to do. */
  #step(pieces: AnswerPiece[], ended: boolean): boolean {
    const state = this.#state
    const held = this.#held
    switch (state.at) {
      case 'text':
        return this.#give(pieces, 'text', held.length)
      case 'reasoning': {
        const index = indexOfTag(held, state.closing)
        if (index < 0) {
          this.#give(pieces, 'reasoning', held.length - (ended ? 0 : tailLength(held, [state.closing])))
          return false
        }
        this.#give(pieces, 'reasoning', index)
        this.#held = this.#held.slice(state.closing.length).trimStart()
        this.#state = { at: 'start' }
        return true
      }
      case 'start': {
        const text = held.trimStart()
        if (text === '') {
          if (ended) this.#held = ''
          return false
        }
        const pair = pairs.find(([opening]) => beginsWith(text, opening))
        const answer = answerOpenings.find((opening) => beginsWith(text, opening))
        if (pair) {
          this.#held = text.slice(pair[0].length)
          this.#state = { at: 'reasoning', closing: pair[1] }
          return true
        }
        if (answer) this.#held = text.slice(answer.length)
        else if (!ended && mayBecome(text, openings)) {
          return false
        } else this.#held = text
        this.#state = { at: !answer && this.#mayBeginWithin ? 'within' : 'text' }
        return true
      }
      case 'within': {
        const found = findClosing(held, this.#search, ended)
        const isClosed = 'tag' in found
        if (!isClosed && !ended) {
          this.#search = found
          return false
        }
        if (isClosed) {
          this.#give(pieces, 'reasoning', found.index)
          this.#held = this.#held.slice(found.tag.length)
        }
        this.#mayBeginWithin = false
        this.#state = { at: isClosed ? 'start' : 'text' }
        return true
      }
    }
  }

  #give(pieces: AnswerPiece[], type: AnswerPiece['type'], length: number): boolean {
    const text = this.#held.slice(0, length)
    this.#held = this.#held.slice(length)
    if (text !== '') pieces.push({ type, text })
    return false
  }
}

/** A whole answer, as its text and what was reasoning. */
export function splitReasoning(answer: string): { text: string; reasoning: string } {
  const splitter = new ReasoningSplitter({ mayBeginWithin: true })
  const pieces = [...splitter.push(answer), ...splitter.end()]
  const of = (type: AnswerPiece['type']): string =>
    pieces.filter((piece) => piece.type === type).map(({ text }) => text).join('')
  const isSplit = 'tag' in findClosing(answer, { from: 0, backticks: 0 }, true) ||
    openings.some((opening) => beginsWith(answer.trimStart(), opening))
  return isSplit ? { text: of('text'), reasoning: of('reasoning').trim() } : { text: answer, reasoning: '' }
}

function beginsWith(text: string, tag: string): boolean {
  return text.slice(0, tag.length).toLowerCase() === tag
}

function indexOfTag(text: string, tag: string): number {
  return text.search(new RegExp(tag.replace(/[|[\]]/g, '\\$&'), 'i'))
}

function mayBecome(text: string, wholes: readonly string[]): boolean {
  return wholes.some((whole) => text.length < whole.length && whole.startsWith(text.toLowerCase()))
}

/** How much of the end may be the beginning of one of the tags. */
function tailLength(text: string, tags: readonly string[]): number {
  const longest = Math.max(...tags.map(({ length }) => length)) - 1
  for (let length = Math.min(longest, text.length); length > 0; length--) {
    if (tags.some((tag) => tag.startsWith(text.slice(-length).toLowerCase()))) return length
  }
  return 0
}
