/** Where a table begins in a sheet or a file of rows: what stands above it, its headers, its width. */
import { collapseSpace } from '../../text/mod.ts'
import type { Cell } from './shown.ts'
import { columnNames, isText, looksLikeHeader } from './tables.ts'

/** Cells that are one: the first row and column, and the last ones, from 0. */
export interface Merge {
  readonly top: number
  readonly left: number
  readonly bottom: number
  readonly right: number
}

/** What the first rows show. */
export interface Layout {
  /** The lines above the table. */
  readonly caption: string | null
  /** How many columns on the left are empty. */
  readonly left: number
  readonly columns: readonly string[]
  readonly headerDetected: boolean
  /** How many rows stand above the body. */
  readonly skip: number
}

/** Headers that stand above one another. */
const maxHeaderRows = 3

interface Options {
  /** The number of each row of the sample in its sheet. */
  readonly numbers?: readonly number[]
  readonly merges?: readonly Merge[]
  /** Whether empty columns on the left are no part of the table. */
  readonly trim?: boolean
}

/**
 * Lines above the table with a cell or two are its caption. The header is the first row that is about as wide as the
 * table; above it may stand a row of groups, whose names belong to the columns below them.
 */
export function layoutOf(sample: readonly (readonly Cell[])[], options: Options = {}): Layout {
  const { trim = false } = options
  const start = startOf(sample)
  const first = start > 0 && isGroupRow(sample, start - 1, options) ? start - 1 : start
  const body = sample.slice(first)
  const left = trim ? leftOf(body) : 0
  const width = body.reduce((max, row) => Math.max(max, row.length), 0) - left
  const count = headerRows(sample, first, left, options)
  const caption = collapseSpace(sample.slice(0, first).flat().filter(isFilled).map(String).join(' '))
  return {
    caption: caption || null,
    left,
    columns: columnNames(count > 0 ? namesOf(sample, first, count, left, width, options) : [], width),
    headerDetected: count > 0,
    skip: first + count,
  }
}

function isFilled(cell: Cell | undefined): boolean {
  return cell !== null && cell !== undefined && cell !== ''
}

function filledIn(row: readonly Cell[] | undefined): number {
  return row?.filter(isFilled).length ?? 0
}

function startOf(sample: readonly (readonly Cell[])[]): number {
  const width = widthOf(sample)
  if (width < 2) return 0
  const first = sample.findIndex((row) => filledIn(row) >= Math.max(2, width * 0.6))
  if (first < 0 || looksLikeHeader(sample.slice(first))) return Math.max(0, first)
  // A pair such as `Account;4711` may be nearly as wide as a small table: a wider row of names below it is the header.
  for (let row = first + 1; row < Math.min(sample.length - 1, first + 20); row++) {
    const wider = filledIn(sample[row]) > Math.max(...sample.slice(first, row).map(filledIn))
    if (wider && (sample[row] ?? []).every((cell) => !isFilled(cell) || isText(cell))) {
      return looksLikeHeader(sample.slice(row)) ? row : first
    }
  }
  return first
}

/** How many cells rows have: of a header that is wider than the others, else of most rows. A single long row is none. */
function widthOf(sample: readonly (readonly Cell[])[]): number {
  const widths = sample.map(filledIn)
  const widest = Math.max(0, ...widths)
  const at = widths.indexOf(widest)
  const isHeader = at < sample.length - 1 &&
    (sample[at] ?? []).every((cell) => !isFilled(cell) || isText(cell))
  if (isHeader && looksLikeHeader(sample.slice(at))) return widest
  const tally = new Map<number, number>()
  for (const width of widths) tally.set(width, (tally.get(width) ?? 0) + 1)
  return [...tally].sort((a, b) => b[1] - a[1] || b[0] - a[0])[0]?.[0] ?? 0
}

/** Whether a row has names of groups: several, with gaps that the columns of a group fill. */
function isGroupRow(sample: readonly (readonly Cell[])[], index: number, options: Options): boolean {
  const row = sample[index] ?? []
  const below = sample[index + 1] ?? []
  const names = row.filter(isFilled)
  if (names.length < 2 || new Set(names.map(String)).size < names.length) return false
  if (mergesIn(index, options).some(({ left, right }) => right > left)) return true
  // Above the columns of groups, and nowhere else: a caption begins on the left.
  const gaps = row.some((cell, column) =>
    isFilled(cell) && !isFilled(row[column + 1]) && isFilled(below[column + 1])
  )
  return gaps && !isFilled(row[0]) &&
    names.every((name) => isText(name) || /^(19|20)\d\d$/.test(String(name))) &&
    looksLikeHeader([spread(below), ...sample.slice(index + 2)])
}

/** The names of a row that has the same names under every group. */
function spread(row: readonly Cell[]): Cell[] {
  return row.map((cell, column) => isFilled(cell) ? `${cell} ${column}` : cell)
}

function headerRows(
  sample: readonly (readonly Cell[])[],
  first: number,
  left: number,
  options: Options,
): number {
  let count = 0
  while (count < maxHeaderRows - 1 && first + count + 2 <= sample.length) {
    const isGroup = isGroupRow(sample, first + count, options) ||
      mergesIn(first + count, options).some(({ bottom }) => bottom > (options.numbers?.[first + count] ?? -1))
    const below = sample[first + count + 1] ?? []
    if (
      !isGroup || below.some((cell) => isFilled(cell) && !isText(cell) && !/^(19|20)\d\d$/.test(String(cell)))
    ) break
    count++
  }
  const rest = sample.slice(first + count).map((row) => row.slice(left))
  if (count > 0) return rest.length > 1 || rest.length === 1 ? count + 1 : count
  return looksLikeHeader(rest) ? 1 : 0
}

/** The merges that cover a row of the sample. */
function mergesIn(index: number, { numbers, merges = [] }: Options): readonly Merge[] {
  const row = numbers?.[index]
  return row === undefined ? [] : merges.filter(({ top, bottom }) => top <= row && row <= bottom)
}

/** Headers above one another are read from the top down; a repeated one adds nothing. */
function namesOf(
  sample: readonly (readonly Cell[])[],
  first: number,
  count: number,
  left: number,
  width: number,
  options: Options,
): string[] {
  const rows = Array.from({ length: count }, (_, step) => {
    const index = first + step
    const cells = Array.from({ length: left + width }, (_, column) => sample[index]?.[column] ?? null)
    const merged = mergesIn(index, options)
    for (const merge of merged) {
      const top = sample[options.numbers?.indexOf(merge.top) ?? -1]?.[merge.left] ?? null
      for (let column = merge.left; column <= Math.min(merge.right, left + width - 1); column++) {
        cells[column] = top
      }
    }
    // Without merges, a group reaches up to the next one.
    if (merged.length === 0 && step < count - 1) {
      for (let column = 1; column < cells.length; column++) {
        if (!isFilled(cells[column])) cells[column] = cells[column - 1] ?? null
      }
    }
    return cells
  })
  return Array.from({ length: width }, (_, column) => {
    const parts = rows.map((row) => String(row[left + column] ?? '')).filter(Boolean)
    return parts.filter((part, index) => part !== parts[index - 1]).join(' ')
  })
}

function leftOf(rows: readonly (readonly Cell[])[]): number {
  return Math.min(
    ...rows.map((row) => {
      const start = row.findIndex(isFilled)
      return start < 0 ? Infinity : start
    }),
  )
}
