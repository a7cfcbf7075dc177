/**
 * From the runs of text that a page of a PDF draws to rows, tables and paragraphs. Geometry alone decides, and where it
 * leaves a doubt, text stays text: a table that is missed is still readable, one that is imagined is not.
 */
import { columnNames, looksLikeHeader, toNumber } from './tables.ts'

/** Text drawn in one go; places in points from the lower left corner. */
export interface Run {
  readonly text: string
  readonly x: number
  readonly y: number
  readonly width: number
  readonly size: number
  readonly font: string
  readonly mono: boolean
  /** Drawn upwards or downwards. */
  readonly turned: boolean
}

export interface Cell {
  text: string
  readonly x0: number
  x1: number
}

export interface Row {
  readonly y: number
  readonly size: number
  readonly font: string
  readonly mono: boolean
  readonly turned: boolean
  readonly cells: Cell[]
}

export interface PdfTable {
  readonly columns: readonly string[]
  readonly header: boolean
  readonly rows: readonly (readonly (string | null)[])[]
  /** Left, bottom, right, top. */
  readonly bbox: readonly [number, number, number, number]
  /** Left and right of each column. */
  readonly bands: readonly (readonly [number, number])[]
}

export type PageElement =
  | { readonly kind: 'row'; readonly row: Row }
  | { readonly kind: 'table'; readonly table: PdfTable }

/** A wider gap between two runs, in sizes of the type, separates cells; a narrower one words. */
const cellGap = 1.3
const wordGap = 0.18

export function textOf(row: Row): string {
  return row.cells.map((cell) => cell.text).join(' ').trim()
}

function leftOf(row: Row): number {
  return row.cells[0]?.x0 ?? 0
}

function rightOf(row: Row): number {
  return row.cells.at(-1)?.x1 ?? 0
}

/** Rows in the order in which the page draws them, which is how it reads; by their place where it draws at random. */
export function rowsOf(runs: readonly Run[]): Row[] {
  const rows: (Row & { sizes: Map<string, number> })[] = []
  let space = false
  for (const run of runs) {
    if (run.text.trim() === '') {
      space ||= run.text !== ''
      continue
    }
    const row = rows.at(-1)
    const last = row?.cells.at(-1)
    const size = Math.max(row?.size ?? 0, run.size)
    const sameLine = row !== undefined && last !== undefined && !run.turned && !row.turned &&
      Math.abs(run.y - row.y) <= size * 0.45 && run.x >= last.x1 - size
    if (!sameLine) {
      rows.push({
        y: run.y,
        size: run.size,
        font: run.font,
        mono: run.mono,
        turned: run.turned,
        cells: [{ text: run.text.trimEnd(), x0: run.x, x1: run.x + run.width }],
        sizes: new Map([[`${run.size} ${run.font}`, run.text.length]]),
      })
      space = /\s$/.test(run.text)
      continue
    }
    const gap = run.x - last.x1
    if (gap > size * cellGap) row.cells.push({ text: run.text.trim(), x0: run.x, x1: run.x + run.width })
    else {
      const apart = space || gap > size * wordGap || /^\s/.test(run.text)
      last.text += `${apart ? ' ' : ''}${run.text.trim()}`
      last.x1 = Math.max(last.x1, run.x + run.width)
    }
    const key = `${run.size} ${run.font}`
    row.sizes.set(key, (row.sizes.get(key) ?? 0) + run.text.length)
    space = /\s$/.test(run.text)
  }
  const plain = rows.map(({ sizes, ...row }): Row => {
    // What most of a row is set in; a raised footnote mark may begin it.
    const [main] = [...sizes].sort((a, b) => b[1] - a[1])[0] ?? ['']
    const [size = '', ...font] = main.split(' ')
    return { ...row, size: Number(size) || row.size, font: font.join(' ') || row.font }
  })
  return ordered(joinSplit(plain))
}

/** One line drawn in two steps, right part first or with a jump, is one row. */
function joinSplit(rows: readonly Row[]): Row[] {
  const joined: Row[] = []
  for (const row of rows) {
    const previous = joined.at(-1)
    if (
      previous && !previous.turned && !row.turned && Math.abs(previous.y - row.y) <= row.size * 0.3 &&
      previous.cells.every((cell) => row.cells.every((other) => other.x0 >= cell.x1 || other.x1 <= cell.x0))
    ) {
      previous.cells.push(...row.cells)
      previous.cells.sort((a, b) => a.x0 - b.x0)
    } else joined.push({ ...row, cells: [...row.cells] })
  }
  return joined
}

function ordered(rows: Row[]): Row[] {
  let upward = 0
  for (const [index, row] of rows.entries()) {
    const previous = rows[index - 1]
    if (previous && row.y > previous.y + row.size) upward++
  }
  if (rows.length < 4 || upward <= rows.length * 0.25) return rows
  return joinSplit([...rows].sort((a, b) => Math.abs(a.y - b.y) < 2 ? leftOf(a) - leftOf(b) : b.y - a.y))
}

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

const leaders = /(?:\.\s?){4,}|(?:…\s?){2,}/
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
  const tally = new Map<number, number>()
  for (const row of tabular) tally.set(row.cells.length, (tally.get(row.cells.length) ?? 0) + 1)
  // The widest shape that a good part of the rows has; rows with empty cells are narrower.
  const width = [...tally].filter(([, count]) => count >= Math.max(2, tabular.length * 0.3))
    .reduce((most, [cells]) => Math.max(most, cells), 0)
  if (width < 2 || tabular.length < (width === 2 ? 3 : 2)) return null

  const full = tabular.filter((row) => row.cells.length === width)
  const bands = bandsOf(full, width) ?? bandsOf(full.slice(1), width)
  if (!bands) return null
  const grid: (string | null)[][] = []
  const gaps: number[] = []
  for (const [index, row] of rows.entries()) {
    const above = rows[index - 1]
    if (above) gaps.push(above.y - row.y)
  }
  const usual = [...gaps].sort((a, b) => a - b)[gaps.length >> 1] ?? 0
  let filled = 0
  for (const [index, row] of rows.entries()) {
    const cells: (string | null)[] = Array(width).fill(null)
    for (const cell of row.cells) {
      const column = bandOf(cell, bands)
      cells[column] = cells[column] === null ? cell.text : `${cells[column]} ${cell.text}`
    }
    const previous = grid.at(-1)
    const tight = (gaps[index - 1] ?? Infinity) < usual * 0.8 || row.cells.length === 1
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
  const lengths = grid.flat().filter((cell) => cell !== null).map((cell) => cell.length)
  const average = lengths.reduce((sum, length) => sum + length, 0) / Math.max(1, lengths.length)
  // Lines of code are set in columns as well.
  const code = grid.filter((cells) => /[,;{}]$/.test(cells.findLast((cell) => cell !== null) ?? '')).length
  if (code > grid.length * 0.3) return null
  if (
    grid.length < (width === 2 ? 3 : 2) || filled < grid.length * 0.75 || average > (width === 2 ? 35 : 60)
  ) return null

  // Of two columns of words, the first row is a head only when it is set differently.
  const words = width === 2 &&
    grid.every((cells) => cells.every((cell) => cell === null || toNumber(cell) === null))
  const header = looksLikeHeader(grid.slice(0, 50)) && (!words || rows[0]?.font !== rows[1]?.font)
  const last = rows.at(-1)
  const first = rows[0]
  return {
    columns: columnNames(header ? grid[0] ?? [] : [], width),
    header,
    rows: header ? grid.slice(1) : grid,
    bands,
    bbox: [
      round(Math.min(...rows.map(leftOf))),
      round((last?.y ?? 0) - (last?.size ?? 0) * 0.25),
      round(Math.max(...rows.map(rightOf))),
      round((first?.y ?? 0) + (first?.size ?? 0)),
    ],
  }
}

/** Left and right of each column; null where columns overlap, which those of a table do not. */
function bandsOf(rows: readonly Row[], width: number): [number, number][] | null {
  if (rows.length === 0) return null
  const bands = Array.from({ length: width }, (_, column): [number, number] => [
    Math.min(...rows.map((row) => row.cells[column]?.x0 ?? Infinity)),
    Math.max(...rows.map((row) => row.cells[column]?.x1 ?? -Infinity)),
  ])
  return bands.every((band, index) => index === 0 || band[0] > (bands[index - 1]?.[1] ?? 0)) ? bands : null
}

function bandOf(cell: Cell, bands: readonly (readonly [number, number])[]): number {
  let best = 0
  let most = -Infinity
  for (const [index, [left, right]] of bands.entries()) {
    // Overlap where there is some, else the nearest: a negative overlap is a distance.
    const overlap = Math.min(cell.x1, right) - Math.max(cell.x0, left)
    if (overlap > most + 0.01) {
      most = overlap
      best = index
    }
    // What reaches over several columns stands in the first.
    if (overlap > 0) break
  }
  return best
}

/** Whether a table at the top of a page goes on with the one at the bottom of the page before. */
export function continues(before: PdfTable, after: PdfTable): boolean {
  if (before.columns.length !== after.columns.length) return false
  if (after.header && before.header && sameColumns(before, after)) return true
  return after.bands.every(([left, right], index) => {
    const [oldLeft = 0, oldRight = 0] = before.bands[index] ?? []
    return Math.min(right, oldRight) > Math.max(left, oldLeft) &&
      Math.min(Math.abs(left - oldLeft), Math.abs(right - oldRight)) < 6
  })
}

export function sameColumns(a: PdfTable, b: PdfTable): boolean {
  return a.columns.join('\n').toLowerCase() === b.columns.join('\n').toLowerCase()
}

function round(value: number): number {
  return Math.round(value * 10) / 10
}

/** Sizes and fonts of a document, and what repeats on its pages. */
export interface Typography {
  readonly bodySize: number
  readonly bodyFont: string
  /** Larger sizes that are used for lines of their own, the largest first. */
  readonly headingSizes: readonly number[]
  /** Lines at the top or bottom of pages that repeat, with digits as `#`. */
  readonly running: ReadonlySet<string>
  /** Levels of headings that the document itself lists, by `headingKey`. */
  readonly listed: ReadonlyMap<string, number>
}

export interface SampledPage {
  readonly rows: readonly Row[]
  readonly bottom: number
  readonly top: number
}

export function typographyOf(
  pages: readonly SampledPage[],
  listed: ReadonlyMap<string, number> = new Map(),
): Typography {
  const sizes = new Map<number, number>()
  const fonts = new Map<string, number>()
  const repeats = new Map<string, number>()
  for (const page of pages) {
    const seen = new Set<string>()
    for (const row of page.rows) {
      const { length } = textOf(row)
      sizes.set(step(row.size), (sizes.get(step(row.size)) ?? 0) + length)
      fonts.set(row.font, (fonts.get(row.font) ?? 0) + length)
      if (isMarginal(row, page)) seen.add(runningKey(row))
    }
    for (const key of seen) repeats.set(key, (repeats.get(key) ?? 0) + 1)
  }
  const bodySize = most(sizes) ?? 10
  const headingSizes = new Set<number>()
  for (const page of pages) {
    for (const row of page.rows) if (step(row.size) >= bodySize * 1.12) headingSizes.add(step(row.size))
  }
  const enough = Math.max(3, Math.ceil(pages.length * 0.25))
  return {
    bodySize,
    bodyFont: most(fonts) ?? '',
    headingSizes: [...headingSizes].sort((a, b) => b - a),
    running: new Set([...repeats].filter(([, count]) => count >= enough).map(([key]) => key)),
    listed,
  }
}

function most<K>(tally: ReadonlyMap<K, number>): K | undefined {
  return [...tally].sort((a, b) => b[1] - a[1])[0]?.[0]
}

function step(size: number): number {
  return Math.round(size * 2) / 2
}

function isMarginal(row: Row, page: { readonly bottom: number; readonly top: number }): boolean {
  const margin = (page.top - page.bottom) * 0.085
  return row.y < page.bottom + margin || row.y > page.top - margin
}

function runningKey(row: Row): string {
  return textOf(row).replace(/\d+/g, '#').replace(/\s+/g, ' ').toLowerCase()
}

/** Titles and numbers that stand at the same place of page after page, and are no part of the text. */
export class RunningLines {
  readonly #known: ReadonlySet<string>
  #before: Map<string, number>[] = []

  constructor(known: ReadonlySet<string>) {
    this.#known = known
  }

  /** The rows of the next page without them. The first of lines that were not known before is kept. */
  without({ rows, bottom, top }: SampledPage): Row[] {
    const here = new Map<string, number>()
    const kept = rows.filter((row, index) => {
      if (!isMarginal(row, { bottom, top }) || inTable(rows, index)) return true
      const key = runningKey(row)
      here.set(key, row.y)
      // Left and right pages may differ, so the page before the last counts as well.
      const repeated = this.#before.some((page) => Math.abs((page.get(key) ?? Infinity) - row.y) < 4)
      const pageNumber = /^(?:[-–—|\s]*(?:page\s*)?(?:#|[ivxlc]{1,7})(?:\s*(?:of|\/)\s*#)?[-–—|\s]*)$/.test(
        key,
      )
      return !repeated && !pageNumber && !this.#known.has(key)
    })
    this.#before = [here, ...this.#before].slice(0, 2)
    return kept
  }
}

/** The head of a table that repeats on every page is needed there. */
function inTable(rows: readonly Row[], index: number): boolean {
  const row = rows[index]
  if (!row || row.cells.length < 2) return false
  return [rows[index - 1], rows[index + 1]].some((other) =>
    other && other.cells.length === row.cells.length && Math.abs(other.y - row.y) <= 3.2 * row.size
  )
}

/** Letters and digits alone: bookmarks and the page differ in spaces and dashes. */
export function headingKey(text: string): string {
  return text.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, '').slice(0, 200)
}

const numbered = /^(\d{1,3}(?:\.\d{1,3}){0,5})\.?\s+\p{Lu}/u

/** The level of a heading; 0 for a row of text. `alone` says that room is left above it. */
export function headingLevel(row: Row, type: Typography, alone: boolean): number {
  const text = textOf(row)
  if (row.turned || text.length > 200 || !/\p{L}{2}/u.test(text) || row.cells.length > 2) return 0
  if (leaders.test(text)) return 0
  const size = step(row.size)
  const listed = type.listed.get(headingKey(text))
  if (listed !== undefined && size >= type.bodySize * 0.95) return listed
  if (size >= type.bodySize * 1.12) {
    // A long line that ends like a sentence is one, however large: a lead, or a quotation.
    if (text.length > 120 && /[.!?]$/.test(text)) return 0
    return Math.min(6, 1 + type.headingSizes.filter((larger) => larger > size).length)
  }
  // In the size of the body, a number and another font make a heading; another font alone is code as often.
  const depth = numbered.exec(text)?.[1]?.split('.').length
  const shaped = text.length <= 80 && !/[.,;:]$/.test(text) && row.cells.length === 1
  if (!alone || depth === undefined || !shaped || row.font === type.bodyFont || size < type.bodySize * 0.97) {
    return 0
  }
  return Math.min(6, Math.max(type.headingSizes.length + 1, depth))
}

export type Flow =
  | { readonly kind: 'heading'; readonly level: number; readonly text: string }
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'table'; readonly table: PdfTable }

/** Joins rows into headings and paragraphs: lines of one paragraph, words that were hyphenated, headings of two lines. */
export function flowOf(elements: readonly PageElement[], type: Typography): Flow[] {
  const flow: Flow[] = []
  let paragraph = ''
  let heading: { level: number; text: string; row: Row } | null = null
  let above: Row | null = null

  const endParagraph = (): void => {
    if (paragraph.trim()) flow.push({ kind: 'text', text: paragraph })
    paragraph = ''
  }
  const endHeading = (): void => {
    if (heading) flow.push({ kind: 'heading', level: heading.level, text: heading.text })
    heading = null
  }
  for (const element of elements) {
    if (element.kind === 'table') {
      endParagraph()
      endHeading()
      flow.push(element)
      above = null
      continue
    }
    const { row } = element
    const gap: number = above ? above.y - row.y : Infinity
    const level = headingLevel(row, type, gap < 0 || gap > row.size * 1.45)
    const text = textOf(row)
    if (level > 0) {
      endParagraph()
      if (heading && heading.level === level && gap > 0 && gap < row.size * 1.6) {
        heading = { level, text: `${heading.text} ${text}`, row }
      } else {
        endHeading()
        heading = { level, text, row }
      }
    } else {
      endHeading()
      paragraph = above && paragraph ? joinLines(paragraph, text, above, row, gap, endParagraph) : text
    }
    above = row
  }
  endParagraph()
  endHeading()
  return flow
}

const listItem = /^(?:[•◦▪‣·–—-]\s|\(?\d{1,3}[.)]\s|\(?[a-z][.)]\s)/

function joinLines(
  paragraph: string,
  text: string,
  above: Row,
  row: Row,
  gap: number,
  end: () => void,
): string {
  const jump = gap <= 0 || gap > 8 * row.size
  const finished = /[.!?:]["”’)]?$/.test(paragraph)
  // At the top of the next column a sentence goes on, unless it was finished.
  const apart = jump ? finished || /^\p{Lu}/u.test(text) : gap > row.size * 1.75
  const indented = finished && leftOf(row) > leftOf(above) + row.size * 0.8
  if (apart || indented || Math.abs(row.size - above.size) > above.size * 0.25) {
    end()
    return text
  }
  if (row.mono && above.mono) return `${paragraph}\n${text}`
  if (listItem.test(text)) return `${paragraph}\n${text}`
  if (/\p{L}[-\u00ad]$/u.test(paragraph) && /^\p{Ll}/u.test(text)) return `${paragraph.slice(0, -1)}${text}`
  return `${paragraph} ${text}`
}
