/** What is body text, what a heading, and what repeats on every page. */
import { type Row, textOf } from './rows.ts'
import { leaders } from './tables.ts'

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

/** How many characters have a style. */
export interface StyleCount {
  readonly size: number
  readonly font: string
  readonly length: number
}

/** A page, as far as its typography matters. */
export interface SampledPage {
  readonly rows: readonly Row[]
  /** Characters of the page by their size and font, those of tables included. */
  readonly styles: readonly StyleCount[]
  readonly bottom: number
  readonly top: number
}

/** Fewer characters beside tables do not say what is body text. */
const minRowCharacters = 500

/** Learned from some pages; `listed` are the headings that the bookmarks name. */
export function typographyOf(
  pages: readonly SampledPage[],
  listed: ReadonlyMap<string, number> = new Map(),
): Typography {
  const repeats = new Map<string, number>()
  /** Of the rows, and of all text: tables are often set smaller, but may be all that there is. */
  const ofRows: StyleCount[] = []
  const ofAll: StyleCount[] = []
  for (const page of pages) {
    const seen = new Set<string>()
    for (const row of page.rows) {
      if (isMarginal(row, page)) seen.add(runningKey(row))
      ofRows.push({ size: row.size, font: row.font, length: textOf(row).length })
    }
    ofAll.push(...page.styles)
    for (const key of seen) repeats.set(key, (repeats.get(key) ?? 0) + 1)
  }
  const enoughRows = ofRows.reduce((sum, { length }) => sum + length, 0) >= minRowCharacters
  const sizes = new Map<number, number>()
  const fonts = new Map<string, number>()
  for (const { size, font, length } of enoughRows ? ofRows : ofAll) {
    sizes.set(step(size), (sizes.get(step(size)) ?? 0) + length)
    fonts.set(font, (fonts.get(font) ?? 0) + length)
  }
  const bodySize = mostFrequent(sizes) ?? 10
  const headingSizes = new Set<number>()
  for (const page of pages) {
    for (const row of page.rows) if (step(row.size) >= bodySize * 1.12) headingSizes.add(step(row.size))
  }
  const enough = Math.max(3, Math.ceil(pages.length * 0.25))
  return {
    bodySize,
    bodyFont: mostFrequent(fonts) ?? '',
    headingSizes: [...headingSizes].sort((a, b) => b - a),
    running: new Set([...repeats].filter(([, count]) => count >= enough).map(([key]) => key)),
    listed,
  }
}

/** The size of most characters of a page. */
export function usualSize(styles: readonly StyleCount[]): number {
  const sizes = new Map<number, number>()
  for (const { size, length } of styles) sizes.set(step(size), (sizes.get(step(size)) ?? 0) + length)
  return mostFrequent(sizes) ?? 10
}

function mostFrequent<K>(tally: ReadonlyMap<K, number>): K | undefined {
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

/** Titles and numbers that repeat at the same place of page after page, and are not part of the text. */
export class RunningLines {
  readonly #known: ReadonlySet<string>
  #before: Map<string, number>[] = []

  constructor(known: ReadonlySet<string>) {
    this.#known = known
  }

  /** The rows of the next page without them. A repeated line that was not known before is kept the first time. */
  without({ rows, bottom, top }: Omit<SampledPage, 'styles'>): Row[] {
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

/** The header of a table that repeats on every page belongs to the table. */
function inTable(rows: readonly Row[], index: number): boolean {
  const row = rows[index]
  if (!row || row.cells.length < 2) return false
  return [rows[index - 1], rows[index + 1]].some((other) =>
    other && other.cells.length === row.cells.length && Math.abs(other.y - row.y) <= 3.2 * row.size
  )
}

/** Letters and digits only: bookmarks and pages differ in spaces and dashes. */
export function headingKey(text: string): string {
  return text.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, '').slice(0, 200)
}

const numbered = /^(\d{1,3}(?:\.\d{1,3}){0,5})\.?\s+\p{Lu}/u

/** The level of a heading; 0 for a row of text. `alone`: there is space above it. */
export function headingLevel(row: Row, type: Typography, alone: boolean): number {
  const text = textOf(row)
  if (row.turned || text.length > 200 || !/\p{L}{2}/u.test(text) || row.cells.length > 2) return 0
  if (leaders.test(text)) return 0
  const size = step(row.size)
  const listed = type.listed.get(headingKey(text))
  if (listed !== undefined && size >= type.bodySize * 0.95) return listed
  if (size >= type.bodySize * 1.12) {
    // A long line that ends like a sentence is a sentence, however large: a lead, or a quotation.
    if (text.length > 120 && /[.!?]$/.test(text)) return 0
    return Math.min(6, 1 + type.headingSizes.filter((larger) => larger > size).length)
  }
  // In the size of the body, a number and another font make a heading; another font alone may be code.
  const depth = numbered.exec(text)?.[1]?.split('.').length
  const shaped = text.length <= 80 && !/[.,;:]$/.test(text) && row.cells.length === 1
  if (!alone || depth === undefined || !shaped || row.font === type.bodyFont || size < type.bodySize * 0.97) {
    return 0
  }
  return Math.min(6, Math.max(type.headingSizes.length + 1, depth))
}
