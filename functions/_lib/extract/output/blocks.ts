/** Headings, text and tables: what formats with prose have in common. */
import type { Limits } from '../limits.ts'
import type { RawPart } from '../parts.ts'
import { Sections } from './sections.ts'
import { columnNames, looksLikeHeader, TableBatches } from './tables.ts'

/** A piece of a document with prose, in the order of the file. */
export type Block =
  | { readonly kind: 'heading'; readonly level: number; readonly text: string }
  | { readonly kind: 'text'; readonly text: string }
  | {
    readonly kind: 'table'
    readonly caption: string | null
    /** How many rows are marked as headers; they come first in `rows`. */
    readonly headerRows: number
    readonly rows: readonly (readonly string[])[]
  }

type TableBlock = Extract<Block, { kind: 'table' }>

/** Sections and tables of blocks, in order. */
export class BlockWriter {
  readonly #limits: Limits
  readonly #sections: Sections
  #tables = 0
  /** The page, or slide, of what is added next. */
  page: number | null = null

  constructor(limits: Limits) {
    this.#limits = limits
    this.#sections = new Sections(limits)
  }

  *add(block: Block): Generator<RawPart> {
    if (block.kind === 'heading') yield* this.#sections.heading(block.level, block.text, this.page)
    else if (block.kind === 'text') yield* this.#sections.text(block.text, this.page)
    else {
      yield* this.#sections.flush()
      yield* tableParts(block, this.#sections.path, this.page, this.#tables++, this.#limits)
    }
  }

  *end(): Generator<RawPart> {
    yield* this.#sections.flush()
  }
}

/** The parts of all blocks of a document. */
export function* writeBlocks(blocks: Iterable<Block>, limits: Limits): Generator<RawPart> {
  const writer = new BlockWriter(limits)
  for (const block of blocks) yield* writer.add(block)
  yield* writer.end()
}

function* tableParts(
  { rows, headerRows, caption }: TableBlock,
  path: readonly string[],
  page: number | null,
  order: number,
  limits: Limits,
): Generator<RawPart> {
  const first = headerRows > 0 ? headerRows : looksLikeHeader(rows.slice(0, 50)) ? 1 : 0
  const width = rows.reduce((max, row) => Math.max(max, row.length), 0)
  // Headers above one another are read from the top down; a repeated one adds nothing.
  const names = Array.from({ length: first > 0 ? width : 0 }, (_, column) => {
    const parts = rows.slice(0, first).map((row) => row[column] ?? '').filter(Boolean)
    return parts.filter((part, index) => part !== parts[index - 1]).join(' ')
  })
  const batches = new TableBatches({
    order,
    caption,
    heading_path: path,
    page,
    columns: columnNames(names, width),
    header_detected: first > 0,
  }, limits)
  for (const row of rows.slice(first)) {
    yield* batches.add(row.map((cell) => cell === '' ? null : cell))
  }
  yield* batches.end()
}
