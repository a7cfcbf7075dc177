/** Tables that continue over pages. */
import type { Limits } from '../../limits.ts'
import { TableBatches } from '../../output/tables.ts'
import type { Coordinates, RawPart } from '../../parts.ts'
import { type Box, continues, type PdfTable, sameColumns } from './tables.ts'

/** The tables of a document; one at the end of a page stays open, since the next page may continue it. */
export class PageTables {
  readonly #limits: Limits
  #count = 0
  #open: { table: PdfTable; batches: TableBatches; segments: Coordinates[]; page: number } | null = null

  constructor(limits: Limits) {
    this.#limits = limits
  }

  *end(): Generator<RawPart> {
    if (!this.#open) return
    this.#open.batches.segments = this.#open.segments
    yield* this.#open.batches.end()
    this.#open = null
  }

  /** `first`: nothing stands above the table on its page. */
  *add(
    table: PdfTable,
    page: number,
    bbox: Box,
    first: boolean,
    path: readonly string[],
  ): Generator<RawPart> {
    const continued = first && this.#open?.page === page - 1 && continues(this.#open.table, table)
    if (!continued) {
      yield* this.end()
      const { caption, columns, header } = table
      const head = {
        order: this.#count++,
        caption,
        page,
        heading_path: path,
        columns,
        header_detected: header,
      }
      this.#open = { table, batches: new TableBatches(head, this.#limits), segments: [], page }
    }
    if (!this.#open) return
    this.#open.page = page
    this.#open.segments.push({ page, bbox })
    // What looks like a header on the next page is a row, unless it repeats the header.
    if (continued && table.header && !sameColumns(this.#open.table, table)) {
      yield* this.#open.batches.add(table.head ?? table.columns)
    }
    for (const row of table.rows) yield* this.#open.batches.add(row)
  }
}
