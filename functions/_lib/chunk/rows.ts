/** Rows of a table as chunks: the names of the columns, and below them as many whole rows as fit. */
import type { Json } from '../extract/mod.ts'
import { lineTokens, type Sizes, split } from './split.ts'

/** The text of some rows. */
export interface RowChunk {
  readonly text: string
  readonly tokens: number
  readonly row_start: number
  /** The row after the last. */
  readonly row_end: number
  /** Counts the pieces of a row that is too long for one chunk; 0 for everything else. */
  readonly piece: number
}

/** Collects the rows of one table into chunks. */
export class RowChunks {
  readonly #columns: readonly string[]
  readonly #header: string
  readonly #headerTokens: number
  readonly #sizes: Sizes
  #lines: string[] = []
  #tokens = 0
  #start = 0
  #next = 0
  #headers = 0

  constructor(columns: readonly string[], named: boolean, sizes: Sizes) {
    this.#columns = columns
    this.#sizes = sizes
    this.#header = named ? lineOf(columns) : ''
    this.#headerTokens = this.#header ? sizes.tokens(this.#header) + 1 : 0
  }

  *add(row: readonly Json[]): Generator<RowChunk> {
    const index = this.#next++
    const line = lineOf(row)
    const room = this.#sizes.max - this.#headerTokens
    const tokens = lineTokens(line, this.#sizes)
    if (tokens > room) {
      yield* this.end()
      yield* this.#pieces(row, index)
      this.#start = index + 1
      return
    }
    const full = this.#headerTokens + this.#tokens + tokens
    if (
      this.#lines.length &&
      (full > this.#sizes.max || this.#headerTokens + this.#tokens >= this.#sizes.target)
    ) {
      yield* this.end()
    }
    if (this.#lines.length === 0) this.#start = index
    this.#lines.push(line)
    this.#tokens += tokens
  }

  /** The remaining rows; for a table without rows, the names of its columns. */
  *end(): Generator<RowChunk> {
    if (this.#next === 0 && this.#header) {
      for (const { start, end, tokens } of split(this.#header, { ...this.#sizes, overlap: 0 })) {
        yield {
          text: this.#header.slice(start, end),
          tokens,
          row_start: 0,
          row_end: 0,
          piece: this.#headers++,
        }
      }
    }
    while (this.#lines.length) {
      let count = this.#lines.length
      let text = this.#textOf(count)
      let tokens = this.#sizes.tokens(text)
      // The tokens of the lines do not quite add up to those of the whole.
      while (tokens > this.#sizes.max && count > 1) {
        text = this.#textOf(--count)
        tokens = this.#sizes.tokens(text)
      }
      yield { text, tokens, row_start: this.#start, row_end: this.#start + count, piece: 0 }
      this.#lines.splice(0, count)
      this.#start += count
    }
    this.#tokens = 0
  }

  #textOf(count: number): string {
    return [...(this.#header ? [this.#header] : []), ...this.#lines.slice(0, count)].join('\n')
  }

  /** A row that is too long becomes `column: cell` for each cell, over as many chunks as it needs. */
  *#pieces(row: readonly Json[], index: number): Generator<RowChunk> {
    const cells = row.flatMap((cell, column) =>
      cell === null ? [] : [`${this.#columns[column] ?? column}: ${textOf(cell)}`]
    )
    const whole = cells.join('\n\n')
    let piece = 0
    for (const { start, end, tokens } of split(whole, { ...this.#sizes, overlap: 0 })) {
      yield { text: whole.slice(start, end), tokens, row_start: index, row_end: index + 1, piece: piece++ }
    }
  }
}

function lineOf(cells: readonly Json[]): string {
  return cells.map((cell) => cell === null ? '' : textOf(cell).replace(/\s+/g, ' ').trim()).join(' | ')
}

function textOf(cell: Json): string {
  return typeof cell === 'string' ? cell : typeof cell === 'object' ? JSON.stringify(cell) : `${cell}`
}
