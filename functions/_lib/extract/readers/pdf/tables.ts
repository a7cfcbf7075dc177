/**
 * Tables among the rows of a page. Geometry alone decides, and in doubt text stays text: a table that is missed is
 * still readable, a false one is not.
 */
import { columnNames, looksLikeHeader, toNumber } from '../../output/tables.ts'
import { type Cell, leftOf, rightOf, type Row } from './rows.ts'

/** A table on one page. */
export interface PdfTable {
  readonly columns: readonly string[]
  readonly header: boolean
  readonly rows: readonly (readonly (string | null)[])[]
  /** Left, bottom, right, top. */
  readonly bbox: readonly [number, number, number, number]
  /** Left and right of each column. */
  readonly bands: readonly Band[]
}

type Band = readonly [number, number]
type Grid = (string | null)[][]

/** A row of text, or a table. */
export type PageElement =
  | { readonly kind: 'row'; readonly row: Row }
  | { readonly kind: 'table'; readonly table: PdfTable }

/** Rows and the tables among them, in order. */
export function elementsOf(rows: readonly Row[]): PageElement[] {
  const elements: PageElement[] = []
  for (let index = 0; index < rows.length;) {
    const end = tableEnd(rows, index)
    const table = end > index ? buildTable(rows.slice(index, end)) : null
    if (table) {
      elements.push({ kind: 'table', table })
      index = end
    } else {
      const row = rows[index]
      if (row) elements.push({ kind: 'row', row })
      index++
    }
  }
  return elements
}

/** Dots between an entry of a table of contents and its page. */
export const leaders = /(?:\.\s?){4,}|(?:…\s?){2,}/
const bullet = /^(?:[•◦▪‣·–—*-]|o|\(?\d{1,3}[.)]|\(?[a-z][.)])$/

/** Where rows with several cells, and what belongs between them, stop following each other. */
function tableEnd(rows: readonly Row[], start: number): number {
  const first = rows[start]
  if (!first || !isTabular(first)) return start
  let end = start + 1
  /** Rows of one cell are kept only when rows of several follow. */
  let loose = 0
  for (let index = start + 1; index < rows.length; index++) {
    const row = rows[index]
    const above = rows[index - 1]
    if (!row || !above || row.turned) break
    const gap = above.y - row.y
    if (gap <= 0 || gap > 3.2 * Math.max(row.size, above.size)) break
    if (isTabular(row)) {
      end = index + 1
      loose = 0
    } else if (++loose > 2 || rightOf(row) > rightOf(first) + 4 * first.size) break
  }
  return end
}

function isTabular(row: Row): boolean {
  return row.cells.length >= 2 && !row.turned && !row.cells.some((cell) => leaders.test(cell.text)) &&
    !(row.cells.length === 2 && bullet.test(row.cells[0]?.text ?? ''))
}

function buildTable(rows: readonly Row[]): PdfTable | null {
  const tabular = rows.filter((row) => row.cells.length >= 2)
  const width = widthOf(tabular)
  const minRows = width === 2 ? 3 : 2
  if (width < 2 || tabular.length < minRows) return null
  const full = tabular.filter((row) => row.cells.length === width)
  const bands = bandsOf(full, width) ?? bandsOf(full.slice(1), width)
  if (!bands) return null
  const { grid, filled } = gridOf(rows, bands)
  if (grid.length < minRows || filled < grid.length * 0.75 || isProse(grid, width) || isCode(grid)) {
    return null
  }

  // Of two columns of words, the first row is a header only when it is set in another font.
  const words = width === 2 &&
    grid.every((cells) => cells.every((cell) => cell === null || toNumber(cell) === null))
  const header = looksLikeHeader(grid.slice(0, 50)) && (!words || rows[0]?.font !== rows[1]?.font)
  return {
    columns: columnNames(header ? grid[0] ?? [] : [], width),
    header,
    rows: header ? grid.slice(1) : grid,
    bands,
    bbox: boxOf(rows),
  }
}

/** The widest shape that a good part of the rows has; rows with empty cells are narrower. */
function widthOf(tabular: readonly Row[]): number {
  const tally = new Map<number, number>()
  for (const row of tabular) tally.set(row.cells.length, (tally.get(row.cells.length) ?? 0) + 1)
  return [...tally].filter(([, count]) => count >= Math.max(2, tabular.length * 0.3))
    .reduce((max, [cells]) => Math.max(max, cells), 0)
}

/** The cells by row and column; `filled` counts rows with at least half of their cells. */
function gridOf(rows: readonly Row[], bands: readonly Band[]): { grid: Grid; filled: number } {
  const width = bands.length
  const grid: Grid = []
  /** Between each row and the one above it. */
  const gaps = rows.map((row, index) => (rows[index - 1]?.y ?? Infinity) - row.y)
  const sorted = gaps.slice(1).sort((a, b) => a - b)
  const usual = sorted[sorted.length >> 1] ?? 0
  let filled = 0
  for (const [index, row] of rows.entries()) {
    const cells: (string | null)[] = Array(width).fill(null)
    for (const cell of row.cells) {
      const column = bandOf(cell, bands)
      cells[column] = cells[column] === null ? cell.text : `${cells[column]} ${cell.text}`
    }
    const previous = grid.at(-1)
    const tight = (gaps[index] ?? Infinity) < usual * 0.8 || row.cells.length === 1
    if (previous && cells[0] === null && tight) {
      // The second line of cells that did not fit into one.
      for (const [column, text] of cells.entries()) {
        if (text !== null) previous[column] = [previous[column], text].filter(Boolean).join(' ')
      }
      continue
    }
    if (cells.filter((cell) => cell !== null).length >= Math.max(2, width / 2)) filled++
    grid.push(cells)
  }
  return { grid, filled }
}

function isProse(grid: Grid, width: number): boolean {
  const lengths = grid.flat().filter((cell) => cell !== null).map((cell) => cell.length)
  const average = lengths.reduce((sum, length) => sum + length, 0) / Math.max(1, lengths.length)
  return average > (width === 2 ? 35 : 60)
}

/** Lines of code are set in columns as well. */
function isCode(grid: Grid): boolean {
  const code = grid.filter((cells) => /[,;{}]$/.test(cells.findLast((cell) => cell !== null) ?? '')).length
  return code > grid.length * 0.3
}

function boxOf(rows: readonly Row[]): [number, number, number, number] {
  const first = rows[0]
  const last = rows.at(-1)
  return [
    round(Math.min(...rows.map(leftOf))),
    round((last?.y ?? 0) - (last?.size ?? 0) * 0.25),
    round(Math.max(...rows.map(rightOf))),
    round((first?.y ?? 0) + (first?.size ?? 0)),
  ]
}

/** Left and right of each column; null where they overlap, as columns of a table do not. */
function bandsOf(rows: readonly Row[], width: number): [number, number][] | null {
  if (rows.length === 0) return null
  const bands = Array.from({ length: width }, (_, column): [number, number] => [
    Math.min(...rows.map((row) => row.cells[column]?.x0 ?? Infinity)),
    Math.max(...rows.map((row) => row.cells[column]?.x1 ?? -Infinity)),
  ])
  return bands.every((band, index) => index === 0 || band[0] > (bands[index - 1]?.[1] ?? 0)) ? bands : null
}

/** The column of a cell: the first that it overlaps, else the nearest. */
function bandOf(cell: Cell, bands: readonly Band[]): number {
  let best = 0
  let maxOverlap = -Infinity
  for (const [index, [left, right]] of bands.entries()) {
    // A negative overlap is a distance.
    const overlap = Math.min(cell.x1, right) - Math.max(cell.x0, left)
    if (overlap > maxOverlap + 0.01) {
      maxOverlap = overlap
      best = index
    }
    if (overlap > 0) break
  }
  return best
}

/** Whether a table at the top of a page continues the one at the bottom of the page before. */
export function continues(before: PdfTable, after: PdfTable): boolean {
  if (before.columns.length !== after.columns.length) return false
  if (after.header && before.header && sameColumns(before, after)) return true
  return after.bands.every(([left, right], index) => {
    const [oldLeft = 0, oldRight = 0] = before.bands[index] ?? []
    return Math.min(right, oldRight) > Math.max(left, oldLeft) &&
      Math.min(Math.abs(left - oldLeft), Math.abs(right - oldRight)) < 6
  })
}

/** Whether two tables have the same header. */
export function sameColumns(a: PdfTable, b: PdfTable): boolean {
  return a.columns.join('\n').toLowerCase() === b.columns.join('\n').toLowerCase()
}

function round(value: number): number {
  return Math.round(value * 10) / 10
}
