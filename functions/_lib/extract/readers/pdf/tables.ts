/**
 * Tables among the rows of a page. Geometry alone decides, and in doubt text stays text: a table that is missed is
 * still readable, a false one is not.
 */
import { columnNames, looksLikeHeader, toNumber } from '../../output/tables.ts'
import { type Cell, cellOf, leftOf, rightOf, type Row } from './rows.ts'

/** A table on one page. */
export interface PdfTable {
  /** A first row that is one cell over all columns. */
  readonly caption: string | null
  readonly columns: readonly string[]
  readonly header: boolean
  readonly rows: readonly (readonly (string | null)[])[]
  /** The first row as it stands, where it is the header. */
  readonly head: readonly (string | null)[] | null
  readonly bbox: Box
  /** Left and right of each column. */
  readonly bands: readonly Band[]
}

/** Left, bottom, right, top. */
export type Box = readonly [number, number, number, number]
type Band = readonly [number, number]
type Grid = (string | null)[][]

/** A row of text, or a table. */
export type PageElement =
  | { readonly kind: 'row'; readonly row: Row }
  | { readonly kind: 'table'; readonly table: PdfTable }

/** Rows and the tables among them, in order; `ruled` are those that lines have shown. */
export function elementsOf(rows: readonly Row[], ruled: readonly PdfTable[] = []): PageElement[] {
  const places = Map.groupBy(ruled, (table) => placeOf(table, rows))
  const elements: PageElement[] = []
  let from = 0
  for (const place of [...places.keys()].sort((a, b) => a - b)) {
    elements.push(...looseElements(rows.slice(from, place)))
    const here = [...places.get(place) ?? []].sort((a, b) => b.bbox[3] - a.bbox[3] || a.bbox[0] - b.bbox[0])
    for (const table of here) elements.push({ kind: 'table', table })
    from = place
  }
  elements.push(...looseElements(rows.slice(from)))
  return elements
}

/** Before which row a table stands: the first below it, or else after the last above it. */
function placeOf({ bbox: [left, , right, top] }: PdfTable, rows: readonly Row[]): number {
  let after = -1
  let beside = -1
  for (const [index, row] of rows.entries()) {
    if (row.turned) continue
    const overlaps = leftOf(row) < right && rightOf(row) > left
    if (overlaps && row.y < top) return index
    if (overlaps) after = index
    else if (beside < 0 && row.y < top) beside = index
  }
  if (after >= 0) return after + 1
  return beside >= 0 ? beside : rows.length
}

function looseElements(rows: readonly Row[]): PageElement[] {
  const elements: PageElement[] = []
  for (let index = 0; index < rows.length;) {
    const end = tableEnd(rows, index)
    const block = end > index ? rows.slice(index, end) : []
    const found = block.length ? readBlock(block) : null
    if (found) {
      elements.push(...found)
      index = end
    } else {
      const row = rows[index]
      if (row) elements.push({ kind: 'row', row })
      index++
    }
  }
  return elements
}

/** What rows with gaps are: a table, or columns of prose that were drawn line by line. Null: neither. */
function readBlock(rows: readonly Row[]): PageElement[] | null {
  const table = buildTable(rows)
  if (table) return [{ kind: 'table', table }]
  return proseColumns(rows)?.map((row) => ({ kind: 'row', row })) ?? null
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
  const bands = columnsOf(tabular)
  const width = bands.length
  const minRows = width === 2 ? 3 : 2
  if (width < 2 || tabular.length < minRows) return null
  const { grid, filled } = gridOf(rows.map((row) => inColumns(row, bands)), bands)
  if (grid.length < minRows || filled < grid.length * 0.75 || isProse(grid, width) || isCode(grid)) {
    return null
  }

  // Of two columns of words, the first row is a header only when it is set in another font.
  const words = width === 2 &&
    grid.every((cells) => cells.every((cell) => cell === null || toNumber(cell) === null))
  const plain = words && rows[0]?.font === rows[1]?.font
  return tableOf(grid, { bands, bbox: boxOf(rows), ...plain ? { header: false } : {} })
}

/** A table of these cells. `spans`: how many columns each cell of the first row covers; `header`: where that is known. */
export function tableOf(
  grid: readonly (readonly (string | null)[])[],
  { bands, bbox, spans = [], header: known }: {
    readonly bands: readonly Band[]
    readonly bbox: Box
    readonly spans?: readonly number[]
    readonly header?: boolean
  },
): PdfTable {
  const width = bands.length
  const title = spans[0] === width && grid.length > 2 ? grid[0]?.[0] : null
  if (title) {
    const rest = tableOf(grid.slice(1), { bands, bbox })
    return { ...rest, caption: [title, rest.caption].filter(Boolean).join(' ') }
  }
  const [first = [], second = []] = grid
  const grouped = first.map((text, column) => text ?? groupOver(first, spans, column))
  // A row of groups over a row of names: `2023 Q1`. Not a title over all columns, nor a row of values.
  const twoRows = grid.length > 2 && spans.some((span) => span > 1 && span < width) &&
    second.every((cell) => cell === null || toNumber(cell) === null)
  const names = twoRows
    ? grouped.map((group, column) => {
      const name = second[column] ?? null
      return group && name && group !== name ? `${group} ${name}` : name ?? group
    })
    : first
  const start = twoRows ? 2 : 1
  const sample = [names, ...grid.slice(start, start + 50)]
  const header = grid.length > 1 && (known ?? (twoRows || looksLikeHeader(sample)))
  return {
    caption: null,
    columns: columnNames(header ? names : [], width),
    header,
    head: header ? names : null,
    rows: header ? grid.slice(start) : grid,
    bands,
    bbox: bbox.map(round) as unknown as Box,
  }
}

/** The text of the cell that reaches over a column. */
function groupOver(row: readonly (string | null)[], spans: readonly number[], column: number): string | null {
  for (let left = column; left >= 0; left--) {
    if (spans[left] !== undefined) return left + (spans[left] ?? 1) > column ? row[left] ?? null : null
  }
  return null
}

/**
 * The columns of rows: between two of them no row has text. A gap that all rows share may be narrower than one that
 * makes cells in a single row.
 */
function columnsOf(tabular: readonly Row[]): [number, number][] {
  const usual = widthOf(tabular)
  // A line over several columns, as a title or a group, is no reason to join them.
  const full = tabular.filter((row) => row.cells.length >= Math.max(2, usual * 0.6))
  const shared = full.length >= 3 ? sharedColumns(full) : []
  if (shared.length >= usual) return shared
  const whole = tabular.filter((row) => row.cells.length === usual)
  return (usual < 2 ? null : bandsOf(whole, usual) ?? bandsOf(whole.slice(1), usual)) ?? []
}

/** In sizes of the type: how wide a gap is that all rows share; many rows share a narrow one only on purpose. */
const sharedGap = 0.6
const sharedGapOfMany = 0.42
const manyRows = 5

function sharedColumns(rows: readonly Row[]): [number, number][] {
  const size = medianOf(rows.map((row) => row.size))
  const words = rows.flatMap((row) => row.cells.flatMap((cell) => cell.words)).sort((a, b) => a.x0 - b.x0)
  const least = size * (rows.length >= manyRows ? sharedGapOfMany : sharedGap)
  const bands: [number, number][] = []
  for (const { x0, x1 } of words) {
    const band = bands.at(-1)
    if (band && x0 - band[1] < least) band[1] = Math.max(band[1], x1)
    else bands.push([x0, x1])
  }
  // A column that hardly any row has belongs to a line that is set in another way.
  const counts = bands.map(([left, right]) =>
    rows.filter((row) =>
      row.cells.some((cell) => cell.words.some((word) => word.x0 >= left && word.x1 <= right))
    )
      .length
  )
  return bands.length <= maxColumns && counts.every((count) => count >= Math.max(2, rows.length * 0.15))
    ? bands
    : []
}

const maxColumns = 60

function medianOf(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? 0
}

/** The row with its words in these columns. */
function inColumns(row: Row, bands: readonly Band[]): Row {
  const cells = row.cells.flatMap((cell): Cell[] => {
    const first = bands.findIndex(([, right]) => right > cell.x0)
    const last = bands.findLastIndex(([left]) => left < cell.x1)
    if (first < 0 || last <= first) return [cell]
    const parts = Map.groupBy(cell.words, (word) => bandOf(word, bands))
    return [...parts.values()].map((words) => cellOf(words, row.size))
  })
  return { ...row, cells }
}

/** Lines and characters that columns of prose have at least. */
const minProseRows = 4
const minProseLength = 22

/** Columns of prose that are drawn line by line, one after the other; null where the rows are not that. */
function proseColumns(rows: readonly Row[]): Row[] | null {
  const bands = columnsOf(rows.filter((row) => row.cells.length >= 2))
  if (rows.length < minProseRows || bands.length < 2 || bands.length > 3) return null
  const columns = bands.map((_, column) =>
    rows.flatMap((row): Row[] => {
      const words = row.cells.flatMap((cell) => cell.words).filter((word) => bandOf(word, bands) === column)
      return words.length ? [{ ...row, cells: [cellOf(words, row.size)] }] : []
    })
  )
  const prose = columns.every((own) =>
    own.length >= minProseRows &&
    medianOf(own.map((row) => row.cells[0]?.text.length ?? 0)) >= minProseLength
  )
  return prose ? columns.flat() : null
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
  return average > (width === 2 ? 35 : 60) || areLinesOfProse(grid, width)
}

/** Lines of sentences go on in small letters; what stands in cells seldom begins with one. */
function areLinesOfProse(grid: Grid, width: number): boolean {
  if (width > 3 || grid.length < minProseRows) return false
  return Array.from({ length: width }, (_, column) => grid.flatMap((row) => row[column] ?? [])).every((
    cells,
  ) =>
    medianOf(cells.map((cell) => cell.length)) >= minProseLength &&
    medianOf(cells.map((cell) => cell.split(' ').length)) >= 4 &&
    cells.filter((cell) => /^\p{Ll}/u.test(cell)).length >= cells.length / 2
  )
}

/** Lines of code are set in columns as well. */
function isCode(grid: Grid): boolean {
  const code = grid.filter((cells) => /[,;{}]$/.test(cells.findLast((cell) => cell !== null) ?? '')).length
  return code > grid.length * 0.3
}

function boxOf(rows: readonly Row[]): Box {
  const first = rows[0]
  const last = rows.at(-1)
  return [
    rows.reduce((left, row) => Math.min(left, leftOf(row)), Infinity),
    (last?.y ?? 0) - (last?.size ?? 0) * 0.25,
    rows.reduce((right, row) => Math.max(right, rightOf(row)), -Infinity),
    (first?.y ?? 0) + (first?.size ?? 0),
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
function bandOf(cell: { readonly x0: number; readonly x1: number }, bands: readonly Band[]): number {
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
