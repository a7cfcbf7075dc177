/**
 * Cuts Markdown into pieces that the lexer reads one after the other. It takes time that grows with the square of the
 * length of a list, a paragraph or a block of markup, so that no piece may be long.
 */

/** A part of the text: blocks for the lexer, a block of code as it is, or a line that is too long for the lexer. */
export interface Piece {
  readonly kind: 'blocks' | 'code' | 'line'
  readonly text: string
}

/** From this length on a piece ends where it loses nothing: before an unindented line after a blank one. */
const enoughChars = 2_000
/** From this length on a piece ends at the next line, in whatever it is, except in a table. */
const maxChars = 6_000
const maxLineChars = 8_000

/** All of the text, in order. */
export function* piecesOf(text: string): Generator<Piece> {
  const cutter = new Cutter()
  for (let start = 0; start < text.length;) {
    const found = text.indexOf('\n', start)
    const end = found < 0 ? text.length : found
    yield* cutter.add(text.slice(start, end))
    start = end + 1
  }
  yield* cutter.end()
}

class Cutter {
  #lines: string[] = []
  #chars = 0
  /** How far the lines of the piece are indented in the file, where it begins inside of something. */
  #indent = 0
  #blank = true
  /** Whether the lines so far end in a table. */
  #inTable = false
  #fence: { readonly mark: string; readonly lines: string[] } | null = null

  #push(line: string): void {
    const hasBar = line.includes('|')
    this.#inTable = hasBar && (this.#inTable || /^[ \t:|-]+$/.test(line))
    this.#blank = line.trim() === ''
    const indented = this.#indent > 0 ? /^ */.exec(line)?.[0].length ?? 0 : 0
    this.#lines.push(line.slice(Math.min(this.#indent, indented)))
    this.#chars += line.length + 1
  }

  *add(line: string): Generator<Piece> {
    if (this.#fence) {
      if (!closes(line, this.#fence.mark)) this.#fence.lines.push(line)
      else yield* this.end()
      return
    }
    const mark = /^(`{3,}(?=[^`]*$)|~{3,})/.exec(line)?.[0]
    if (mark !== undefined) {
      yield* this.end()
      this.#fence = { mark, lines: [] }
      return
    }
    if (line.length > maxLineChars) {
      yield* this.end()
      yield { kind: 'line', text: line }
      return
    }
    const clean = this.#blank && /^[^\s]/.test(line) && !/^(?:[-*+]|\d{1,9}[.)])\s/.test(line)
    if (this.#chars > enoughChars && clean) yield* this.end()
    else if (this.#chars > maxChars && !(this.#inTable && line.includes('|'))) {
      yield* this.end()
      this.#indent = /^ */.exec(line)?.[0].length ?? 0
    }
    this.#push(line)
  }

  /** What is left. */
  *end(): Generator<Piece> {
    const fence = this.#fence
    if (fence) yield { kind: 'code', text: fence.lines.join('\n') }
    else if (this.#lines.length) yield { kind: 'blocks', text: `${this.#lines.join('\n')}\n` }
    this.#fence = null
    this.#lines = []
    this.#chars = 0
    this.#indent = 0
    this.#blank = true
    this.#inTable = false
  }
}

/** A fence ends with at least as many marks, and nothing behind them. */
function closes(line: string, mark: string): boolean {
  const end = line.trim()
  return end.length >= mark.length && end === mark.charAt(0).repeat(end.length) && /^ {0,3}\S/.test(line)
}
