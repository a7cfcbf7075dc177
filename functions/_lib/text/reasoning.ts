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

/** A closing without an opening, which chat templates of some models write themselves. It ends a line. */
const loneClosing =
  /^(?:[^`]|`[^`]*`)*?(<\/think(?:ing)?>|<\/thought>|<\/seed:think>|\[\/THINK\]|◁\/think▷)[ \t]*(?:\r?\n|$)/i

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
        const closed = loneClosing.exec(ended ? held : held.replace(/[^\n]*$/, ''))
        if (!closed && !ended) return false
        if (closed) {
          const tag = closed[1] ?? ''
          const index = closed[0].lastIndexOf(tag)
          this.#give(pieces, 'reasoning', index)
          this.#held = this.#held.slice(tag.length)
        }
        this.#mayBeginWithin = false
        this.#state = { at: closed ? 'start' : 'text' }
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
  const isSplit = loneClosing.test(answer) ||
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
