/** One sheet of a workbook as a table. */
import { collapseSpace } from '../../../text/mod.ts'
import { localName, Sax, type SaxHandler } from '../../input/sax.ts'
import { xmlText, type Zip } from '../../input/zip.ts'
import type { Limits } from '../../limits.ts'
import { SampledTable, type TableLayout } from '../../output/sampled_table.ts'
import { columnNames, EmptyCells, looksLikeHeader } from '../../output/tables.ts'
import { type Json, type RawPart, warning } from '../../parts.ts'
import { type RawCell, valueOf, type Workbook } from './xlsx_values.ts'

/** How many rows decide where the header is and how wide the table. */
const sampleRows = 100

/** A sheet, and where it is. */
export interface Sheet {
  readonly name: string
  readonly part: string
  readonly hidden: boolean
}

/** Counts formulas without a value in `uncalculated`. */
export async function* readSheet(
  zip: Zip,
  sheet: Sheet,
  workbook: Workbook,
  order: number,
  limits: Limits,
  uncalculated: { count: number },
): AsyncGenerator<RawPart> {
  const reader = new RowReader(workbook, limits, uncalculated)
  const sax = new Sax(reader, { depth: limits.depth })
  const table = new SampledTable<Json[]>(sampleRows, (sample) => layoutOf(sample, order, sheet.name), limits)
  for await (const text of xmlText(zip, sheet.part, limits.sheetBytes)) {
    sax.write(text)
    for (const cells of reader.rows.splice(0)) yield* table.add(cells)
  }
  sax.end()
  if (!table.isEmpty) yield* table.end()
  if (reader.beyond) {
    yield warning('columns_dropped', 'Cells beyond the last column were dropped.', reader.beyond)
  }
}

/** Collects the rows of a sheet that have a value. */
class RowReader implements SaxHandler {
  /** What was read so far; the caller takes it away. */
  readonly rows: Json[][] = []
  /** How many cells lie beyond the last column that is kept. */
  beyond = 0
  readonly #workbook: Workbook
  readonly #limits: Limits
  readonly #empty: EmptyCells
  readonly #uncalculated: { count: number }
  #row: Json[] = []
  #filled = 0
  #column = 0
  #cell: RawCell = { type: '', style: -1, value: '', inline: '', formula: false }
  #reading: 'value' | 'inline' | null = null
  #phonetic = 0

  constructor(workbook: Workbook, limits: Limits, uncalculated: { count: number }) {
    this.#workbook = workbook
    this.#limits = limits
    this.#empty = new EmptyCells(limits)
    this.#uncalculated = uncalculated
  }

  open(name: string, attributes: Readonly<Record<string, string>>): void {
    switch (localName(name)) {
      case 'row':
        this.#row = []
        this.#filled = 0
        this.#column = 0
        break
      case 'c':
        this.#column = columnOf(attributes['r']) ?? this.#column
        this.#cell = {
          type: attributes['t'] ?? 'n',
          style: Number(attributes['s'] ?? -1),
          value: '',
          inline: '',
          formula: false,
        }
        break
      case 'v':
        this.#reading = 'value'
        break
      case 't':
        this.#reading = this.#phonetic === 0 ? 'inline' : null
        break
      case 'rPh':
        this.#phonetic++
        break
      case 'f':
        this.#cell.formula = true
        break
    }
  }

  close(name: string): void {
    switch (localName(name)) {
      case 'row':
        this.#endRow()
        break
      case 'c':
        this.#endCell()
        break
      case 'rPh':
        this.#phonetic--
        break
      case 'v':
      case 't':
        this.#reading = null
        break
    }
  }

  text(text: string): void {
    const reading = this.#reading
    // One character more than is kept, so that the cut is noticed later.
    if (reading) this.#cell[reading] = (this.#cell[reading] + text).slice(0, this.#limits.cellChars + 1)
  }

  #endCell(): void {
    const value = valueOf(this.#cell, this.#workbook)
    if (value === null && this.#cell.formula) this.#uncalculated.count++
    if (this.#column >= this.#limits.columns) this.beyond++
    else if (value !== null) {
      this.#row[this.#column] = value
      this.#filled++
    }
    this.#column++
  }

  #endRow(): void {
    if (this.#filled === 0) return
    this.#empty.add(this.#row.length - this.#filled)
    this.rows.push(Array.from(this.#row, (value) => value ?? null))
  }
}

/**
 * Where the table begins: lines above it with a cell or two are its caption, empty columns on the left are not part of
 * it. The header is the first row that is about as wide as the table.
 */
function layoutOf(sample: readonly Json[][], order: number, sheet: string): TableLayout<Json[]> {
  const isFilled = (cell: Json): boolean => cell !== null && cell !== ''
  const filled = sample.map((row) => row.filter(isFilled).length)
  const widest = Math.max(...filled)
  let first = filled.findIndex((count) => count >= Math.max(2, widest * 0.6))
  if (first < 0 || widest < 2) first = 0
  const body = sample.slice(first)
  const left = Math.min(
    ...body.map((row) => {
      const start = row.findIndex(isFilled)
      return start < 0 ? Infinity : start
    }),
  )
  const caption = collapseSpace(sample.slice(0, first).flat().filter((cell) => cell !== null).join(' '))
  const width = body.reduce((max, row) => Math.max(max, row.length), 0) - left
  const header = looksLikeHeader(body.map((row) => row.slice(left)))
  return {
    head: {
      order,
      caption: caption || null,
      sheet,
      columns: columnNames(header ? sample[first]?.slice(left) ?? [] : [], width),
      header_detected: header,
    },
    skip: header ? first + 1 : first,
    cellsOf: (cells) => cells.slice(left),
  }
}

/** The number of the column in a reference such as `AB12`, from 0. */
function columnOf(reference: string | undefined): number | null {
  const letters = /^([A-Za-z]{1,6})\d*$/.exec(reference ?? '')?.[1]?.toUpperCase()
  if (letters === undefined) return null
  let index = 0
  for (const letter of letters) index = index * 26 + letter.charCodeAt(0) - 64
  return index - 1
}
