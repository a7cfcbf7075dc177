/** Tables as batches of rows: names of columns, detection of headers, numbers as people write them. */
import { cleanText, collapseSpace, truncate } from '../../text/mod.ts'
import { tooMany } from '../errors.ts'
import type { Limits } from '../limits.ts'
import type { Coordinates, Json, TablePart, WarningPart } from '../parts.ts'
import { warning } from '../parts.ts'
import { cleanJson } from './clean_json.ts'
import { Shown } from './shown.ts'

/** What all batches of a table share; see `TablePart`. */
export interface TableHead {
  readonly order: number
  readonly caption?: string | null
  readonly heading_path?: readonly string[]
  readonly page?: number | null
  readonly sheet?: string | null
  readonly columns: readonly string[]
  readonly header_detected: boolean
}

/** Counts the empty cells of one table, and fails beyond the limit. */
export class EmptyCells {
  readonly #max: number
  #count = 0

  constructor({ emptyCells }: Limits) {
    this.#max = emptyCells
  }

  add(count: number): void {
    this.#count += count
    if (this.#count <= this.#max) return
    throw tooMany('The table', this.#max, 'empty cells', 'Remove empty columns, or split the file.')
  }
}

/** Collects rows into batches that stay within the limits. */
export class TableBatches {
  readonly #head: TableHead
  readonly #limits: Limits
  readonly #empty: EmptyCells
  #rows: Json[][] = []
  /** What is shown for cells of these rows; null as long as that is their value. */
  #shown: (string | null)[][] | null = null
  #chars = 0
  #start = 0
  #cut = 0
  #dropped = 0
  segments: Coordinates[] | null = null

  constructor(head: TableHead, limits: Limits) {
    this.#head = { ...head, columns: head.columns.slice(0, limits.columns) }
    this.#dropped = Math.max(0, head.columns.length - limits.columns)
    this.#limits = limits
    this.#empty = new EmptyCells(limits)
  }

  /** Yields the batch so far once it is full, before this row is added. */
  *add(cells: readonly unknown[]): Generator<TablePart> {
    if (this.#rows.length >= this.#limits.rowsPerBatch || this.#chars >= this.#limits.batchChars) {
      yield this.#batch(false)
    }
    const width = this.#head.columns.length
    if (cells.length > width) this.#dropped = Math.max(this.#dropped, cells.length - width)
    const row: Json[] = []
    let empty = 0
    for (let index = 0; index < width; index++) {
      const given = cells[index] ?? null
      const cell = this.#cell(given instanceof Shown ? given.value : given)
      if (cell === null) empty++
      row.push(cell)
      if (given instanceof Shown) this.#show(index, given.text)
    }
    this.#empty.add(empty)
    this.#rows.push(row)
  }

  #show(column: number, text: string): void {
    this.#shown ??= []
    const row = this.#shown[this.#rows.length] ??= []
    row[column] = cleanText(truncate(text, maxShownChars))
    this.#chars += row[column].length
  }

  /** The last batch, which may be empty, and warnings about what was left out. */
  *end(): Generator<TablePart | WarningPart> {
    yield this.#batch(true)
    if (this.#cut) {
      yield warning(
        'cells_truncated',
        `Cells over ${this.#limits.cellChars} characters were truncated.`,
        this.#cut,
      )
    }
    if (this.#dropped) {
      yield warning('columns_dropped', 'Cells beyond the last column were dropped.', this.#dropped)
    }
  }

  #cell(value: unknown): Json {
    if (typeof value !== 'string') {
      const json = cleanJson(value)
      if (json !== null && typeof json === 'object') this.#chars += JSON.stringify(json).length
      this.#chars += 8
      return json
    }
    this.#chars += Math.min(value.length, this.#limits.cellChars)
    if (value.length <= this.#limits.cellChars) return cleanText(value)
    this.#cut++
    return cleanText(truncate(value, this.#limits.cellChars))
  }

  #batch(last: boolean): TablePart {
    const { order, caption, heading_path, page, sheet, columns, header_detected } = this.#head
    const part: TablePart = {
      kind: 'table',
      order,
      caption: caption ?? null,
      heading_path: heading_path ?? [],
      page: page ?? null,
      sheet: sheet ?? null,
      columns,
      header_detected,
      rows: this.#rows,
      row_start: this.#start,
      last,
      segments: last ? this.segments : null,
      ...(this.#shown === null ? {} : {
        shown: this.#rows.map((row, index) => row.map((_, column) => this.#shown?.[index]?.[column] ?? null)),
      }),
    }
    this.#start += this.#rows.length
    this.#rows = []
    this.#shown = null
    this.#chars = 0
    return part
  }
}

const maxNameChars = 200
const maxShownChars = 200

/** Names for `width` columns: cleaned, unique, never empty. */
export function columnNames(header: readonly unknown[], width = header.length): string[] {
  const taken = new Set<string>()
  const names: string[] = []
  for (let index = 0; index < width; index++) {
    const cell = header[index]
    const wanted = truncate(
      collapseSpace(cleanText(cell === null || cell === undefined ? '' : String(cell))),
      maxNameChars,
    )
    const base = wanted || `column_${index + 1}`
    let name = base
    for (let copy = 2; taken.has(name); copy++) name = `${base}_${copy}`
    taken.add(name)
    names.push(name)
  }
  return names
}

const yearLike = /^(19|20)\d\d$/

type Look = 'empty' | 'year' | 'value' | 'text'

function lookOf(cell: unknown): Look {
  if (cell === null || cell === undefined || cell === '') return 'empty'
  if (typeof cell === 'boolean' || cell instanceof Shown) return 'value'
  const text = String(cell).trim()
  if (text === '') return 'empty'
  if (yearLike.test(text)) return 'year'
  if (toNumber(cell) !== null || /^\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}\b/.test(text)) return 'value'
  return 'text'
}

/** Whether a cell has words, not a number, a date or nothing. */
export function isText(cell: unknown): boolean {
  return lookOf(cell) === 'text'
}

/**
 * Whether the first of these rows is a header: text above values is one; a row with values of its own is not (except
 * years, which often are headers); where all rows are text, the first is taken for a header.
 */
export function looksLikeHeader(rows: readonly (readonly unknown[])[]): boolean {
  const [first, ...rest] = rows
  if (!first) return false
  const names = first.map((cell) => String(cell ?? '').trim()).filter(Boolean)
  if (names.length === 0 || new Set(names).size < names.length) return false
  let values = 0
  for (const [index, cell] of first.entries()) {
    const look = lookOf(cell)
    if (look === 'value') values++
    const below = rest.map((row) => lookOf(row[index])).filter((other) => other !== 'empty')
    if (look === 'text' && below.length > 0 && below.every((other) => other !== 'text')) return true
    if (look === 'year' && below.length > 0 && below.every((other) => other === 'year')) values++
  }
  return values === 0
}

/** A number as people write it: `$1,200.50`, `(300)`, `12 %`, `1.234,56 €`; null for anything else. */
export function toNumber(value: unknown): number | null {
  if (typeof value === 'number') return Number.isFinite(value) ? value : null
  if (typeof value !== 'string' || value.length > 40) return null
  let text = value.replace(/[\s\u00a0$€£¥]/g, '')
  let sign = 1
  if (/^\(.*\)$/.test(text)) {
    sign = -1
    text = text.slice(1, -1)
  }
  if (text.endsWith('%')) text = text.slice(0, -1)
  if (/^[+-]?\d{1,3}(\.\d{3})+,\d+$/.test(text)) text = text.replaceAll('.', '').replace(',', '.')
  else if (/^[+-]?\d{1,3}(,\d{3})+(\.\d+)?$/.test(text)) text = text.replaceAll(',', '')
  if (!/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d{1,3})?$/i.test(text)) return null
  const number = Number(text) * sign
  return Number.isFinite(number) ? number : null
}
