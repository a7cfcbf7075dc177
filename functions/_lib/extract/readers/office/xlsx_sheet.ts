/** One sheet of a workbook as a table. */
import { localName, Sax, type SaxHandler } from '../../input/sax.ts'
import { xmlText, type Zip } from '../../input/zip.ts'
import type { Limits } from '../../limits.ts'
import { SampledTable, type TableLayout } from '../../output/sampled_table.ts'
import type { Cell } from '../../output/shown.ts'
import { layoutOf, type Merge } from '../../output/table_layout.ts'
import { EmptyCells } from '../../output/tables.ts'
import { type RawPart, warning } from '../../parts.ts'
import { type RawCell, valueOf, type Workbook } from './xlsx_values.ts'

/** How many rows decide where the header is and how wide the table. */
const sampleRows = 100
/** Taller merges are not filled: a column that is merged as a whole is a frame. */
const maxMergedRows = 1_000

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
  const merges = await readMerges(zip, sheet.part)
  const reader = new RowReader(workbook, limits, uncalculated, merges)
  const sax = new Sax(reader, { depth: limits.depth })
  const table = new SampledTable<SheetRow>(
    sampleRows,
    (sample) => tableOf(sample, merges, order, sheet),
    limits,
  )
  for await (const text of xmlText(zip, sheet.part, limits.sheetBytes)) {
    sax.write(text)
    for (const row of reader.rows.splice(0)) yield* table.add(row)
  }
  sax.end()
  if (!table.isEmpty) yield* table.end()
  if (reader.beyond) {
    yield warning('columns_dropped', 'Cells beyond the last column were dropped.', reader.beyond)
  }
}

/** A row that has a value. */
interface SheetRow {
  /** In the sheet, from 0. */
  readonly number: number
  readonly cells: Cell[]
}

/** How much of a sheet is read twice, since its merged cells are listed behind the rows. */
const mergedSheetChars = 8 * 1024 * 1024
const maxMerges = 5_000

/** The merged cells of a sheet; none where it is too large to be read twice. */
async function readMerges(zip: Zip, part: string): Promise<Merge[]> {
  let chars = 0
  let end = ''
  let behind = false
  const merges: Merge[] = []
  for await (const text of xmlText(zip, part, Infinity)) {
    chars += text.length
    if (chars > mergedSheetChars) return []
    end += text
    if (!behind) {
      behind = /<\/(\w+:)?sheetData\s*>|<(\w+:)?sheetData\s*\/>/.test(end)
      if (!behind) {
        end = end.slice(-100)
        continue
      }
    }
    for (const [, range = ''] of end.matchAll(/<(?:\w+:)?mergeCell\s[^>]{0,200}?ref\s*=\s*"([^"]{1,40})"/g)) {
      const [from = '', to = from] = range.split(':')
      const [left, right] = [columnOf(from), columnOf(to)]
      const [top, bottom] = [from, to].map((reference) => Number(/\d+$/.exec(reference)?.[0] ?? 0) - 1)
      if (left === null || right === null || top === undefined || bottom === undefined || top < 0) continue
      if (merges.push({ top, left, bottom, right }) >= maxMerges) return merges
    }
    end = end.slice(end.lastIndexOf('<'))
  }
  return merges
}

/** Collects the rows of a sheet that have a value. */
class RowReader implements SaxHandler {
  /** What was read so far; the caller takes it away. */
  readonly rows: SheetRow[] = []
  /** How many cells lie beyond the last column that is kept. */
  beyond = 0
  readonly #workbook: Workbook
  readonly #limits: Limits
  readonly #empty: EmptyCells
  readonly #uncalculated: { count: number }
  #row: Cell[] = []
  #number = -1
  /** Merged cells of one column, by their column: the first one has the value of all. */
  readonly #tall: ReadonlyMap<number, readonly Merge[]>
  readonly #tallValues = new Map<Merge, Cell>()
  #filled = 0
  #column = 0
  #cell: RawCell = { type: '', style: -1, value: '', inline: '', formula: false }
  #reading: 'value' | 'inline' | null = null
  #phonetic = 0

  constructor(workbook: Workbook, limits: Limits, uncalculated: { count: number }, merges: readonly Merge[]) {
    const tall = merges.filter(({ top, bottom }) => bottom > top && bottom - top < maxMergedRows)
    this.#tall = Map.groupBy(tall, ({ left }) => left)
    this.#workbook = workbook
    this.#limits = limits
    this.#empty = new EmptyCells(limits)
    this.#uncalculated = uncalculated
  }

  open(name: string, attributes: Readonly<Record<string, string>>): void {
    switch (localName(name)) {
      case 'row':
        this.#row = []
        this.#number = Math.max(this.#number + 1, (Number(attributes['r']) || 0) - 1)
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
    for (const [column, merges] of this.#tall) this.#fillTall(column, merges)
    this.#empty.add(this.#row.length - this.#filled)
    this.rows.push({ number: this.#number, cells: Array.from(this.#row, (value) => value ?? null) })
  }

  /** A cell that reaches over several rows has its value in each of them. */
  #fillTall(column: number, merges: readonly Merge[]): void {
    const merge = findMerge(merges, this.#number)
    if (!merge) return
    const value = this.#row[column]
    if (this.#number === merge.top) this.#tallValues.set(merge, value ?? null)
    else if (value === undefined || value === null) {
      this.#row[column] = this.#tallValues.get(merge) ?? null
      this.#filled++
    }
  }
}

/** The merge that covers a row; they do not overlap, and come in any order. */
function findMerge(merges: readonly Merge[], row: number): Merge | undefined {
  return merges.find(({ top, bottom }) => top <= row && row <= bottom)
}

function tableOf(
  sample: readonly SheetRow[],
  merges: readonly Merge[],
  order: number,
  { name, hidden }: Sheet,
): TableLayout<SheetRow> {
  const { caption, left, columns, headerDetected, skip } = layoutOf(sample.map(({ cells }) => cells), {
    numbers: sample.map(({ number }) => number),
    merges,
    trim: true,
  })
  return {
    head: {
      order,
      caption: [caption, hidden ? 'hidden sheet' : null].filter(Boolean).join(' · ') || null,
      sheet: name,
      columns,
      header_detected: headerDetected,
    },
    skip,
    cellsOf: ({ cells }) => cells.slice(left),
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
