/** A table whose first rows decide about its columns. */
import type { Limits } from '../limits.ts'
import type { RawPart } from '../parts.ts'
import { TableBatches, type TableHead } from './tables.ts'

/** What the sample decides. */
export interface TableLayout<Row> {
  readonly head: TableHead
  /** Parts that come before the table. */
  readonly before?: readonly RawPart[]
  /** How many rows of the sample stand above the body: a header, a caption. */
  readonly skip: number
  readonly cellsOf: (row: Row) => readonly unknown[]
}

/** Holds back the first `sampleRows` rows, decides by them with `layoutOf`, then passes rows on in batches. */
export class SampledTable<Row> {
  readonly #sampleRows: number
  readonly #layoutOf: (sample: readonly Row[]) => TableLayout<Row>
  readonly #limits: Limits
  #sample: Row[] = []
  #table: { batches: TableBatches; cellsOf: (row: Row) => readonly unknown[] } | null = null

  constructor(sampleRows: number, layoutOf: (sample: readonly Row[]) => TableLayout<Row>, limits: Limits) {
    this.#sampleRows = sampleRows
    this.#layoutOf = layoutOf
    this.#limits = limits
  }

  /** Whether no row came. */
  get isEmpty(): boolean {
    return this.#table === null && this.#sample.length === 0
  }

  *add(row: Row): Generator<RawPart> {
    if (this.#table) yield* this.#table.batches.add(this.#table.cellsOf(row))
    else if (this.#sample.push(row) >= this.#sampleRows) yield* this.#begin()
  }

  *end(): Generator<RawPart> {
    if (!this.#table) yield* this.#begin()
    if (this.#table) yield* this.#table.batches.end()
  }

  *#begin(): Generator<RawPart> {
    const { head, before = [], skip, cellsOf } = this.#layoutOf(this.#sample)
    yield* before
    const batches = new TableBatches(head, this.#limits)
    for (const row of this.#sample.slice(skip)) yield* batches.add(cellsOf(row))
    this.#sample = []
    this.#table = { batches, cellsOf }
  }
}
