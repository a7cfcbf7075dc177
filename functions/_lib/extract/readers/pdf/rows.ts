/** The rows of a page, from the runs of text that it draws. */
import { readingOrder, readsFromRight } from './direction.ts'
import { rightToLeft, type Run, wordGap } from './glyphs.ts'

/** A run, as far as columns need it. */
export interface Word {
  readonly text: string
  readonly x0: number
  readonly x1: number
}

/** Text between two gaps, from `x0` to `x1`. */
export interface Cell {
  text: string
  readonly x0: number
  x1: number
  readonly words: Word[]
}

/** A line across the page. */
export interface Row {
  readonly y: number
  readonly size: number
  readonly font: string
  readonly mono: boolean
  /** Whether it is turned against the other text of the page. */
  readonly turned: boolean
  /** From left to right. */
  readonly cells: Cell[]
  /** Whether it is read from right to left. */
  readonly fromRight: boolean
}

/** In sizes of the type: a wider gap between two runs separates cells. */
const cellGap = 1.3

/** The text of a row, with a space between its cells. */
export function textOf(row: Row): string {
  const texts = row.cells.map((cell) => cell.text)
  return (row.fromRight ? texts.reverse() : texts).join(' ').trim()
}

/** Where a row begins. */
export function leftOf(row: Row): number {
  return row.cells[0]?.x0 ?? 0
}

/** Where a row ends. */
export function rightOf(row: Row): number {
  return row.cells.at(-1)?.x1 ?? 0
}

/** A cell of these words, which stand from left to right. */
export function cellOf(words: readonly Word[], size: number): Cell {
  let text = ''
  let end = 0
  for (const [index, word] of words.entries()) {
    const apart = index > 0 && (word.x0 - end > size * wordGap || /^\s/.test(word.text))
    text += `${apart ? ' ' : ''}${word.text.trim()}`
    end = Math.max(end, word.x1)
  }
  return { text: finished(text), x0: words[0]?.x0 ?? 0, x1: end, words: [...words] }
}

/** As it is read, and without the marks of where a word may be broken. */
function finished(text: string): string {
  const read = rightToLeft.test(text) ? readingOrder(text, readsFromRight(text)) : text
  return read.includes('\u00ad') ? read.replace(/\u00ad(?=\S)/g, '') : read
}

/** Characters by size and font. */
type Styles = Map<string, number>
type OpenRow = Omit<Row, 'fromRight'> & { styles: Styles }

/** Rows in the order in which the page draws them, which is how it reads; by their place where the order is random. */
export function rowsOf(runs: readonly Run[], turned = false): Row[] {
  const rows: OpenRow[] = []
  for (const run of fromLeftToRight(runs)) {
    const row = rows.at(-1)
    const style = `${run.size} ${run.font}`
    if (row && isOnRow(run, row)) {
      append(run, row)
      row.styles.set(style, (row.styles.get(style) ?? 0) + run.text.length)
    } else {
      const { y, size, font, mono } = run
      rows.push({
        y,
        size,
        font,
        mono,
        turned,
        cells: [newCell(run)],
        styles: new Map([[style, run.text.length]]),
      })
    }
  }
  return withSharedLines(ordered(joinSplit(rows.map(withMainStyle)))).map(asRead)
}

function newCell(run: Run): Cell {
  const word = { text: run.text, x0: run.x, x1: run.x + run.width }
  return { text: run.text.trim(), x0: word.x0, x1: word.x1, words: [word] }
}

/** Lines that have text from right to left are sorted: it may be drawn in either direction. */
function fromLeftToRight(runs: readonly Run[]): readonly Run[] {
  if (!runs.some((run) => rightToLeft.test(run.text))) return runs
  const sorted: Run[] = []
  let line: Run[] = []
  const end = (): void => {
    if (line.some((run) => rightToLeft.test(run.text))) line.sort((a, b) => a.x - b.x)
    sorted.push(...line)
    line = []
  }
  for (const run of runs) {
    const [first] = line
    if (first && Math.abs(first.y - run.y) > Math.max(first.size, run.size) * 0.45) end()
    line.push(run)
  }
  end()
  return sorted
}

function asRead(row: Omit<Row, 'fromRight'>): Row {
  const fromRight = readsFromRight(row.cells.map((cell) => cell.text).join(' '))
  for (const cell of row.cells) cell.text = finished(cell.text)
  return { ...row, fromRight }
}

function isOnRow(run: Run, row: OpenRow): boolean {
  const last = row.cells.at(-1)
  const size = Math.max(row.size, run.size)
  return last !== undefined && Math.abs(run.y - row.y) <= size * 0.45 && run.x >= last.x1 - size &&
    // A line that begins again, as the second of two rows that overlap, is another.
    run.x >= last.x0 - size
}

function append(run: Run, row: OpenRow): void {
  const last = row.cells.at(-1)
  const size = Math.max(row.size, run.size)
  const gap = run.x - (last?.x1 ?? -Infinity)
  if (!last || gap > size * cellGap) {
    row.cells.push(newCell(run))
    return
  }
  const apart = gap > size * wordGap || /^\s/.test(run.text)
  last.text += `${apart ? ' ' : ''}${run.text.trim()}`
  last.words.push({ text: run.text, x0: run.x, x1: run.x + run.width })
  last.x1 = Math.max(last.x1, run.x + run.width)
}

/** Size and font of most of the row; a raised footnote mark may begin it. */
function withMainStyle({ styles, ...row }: OpenRow): Omit<Row, 'fromRight'> {
  const [main] = [...styles].sort((a, b) => b[1] - a[1])[0] ?? ['']
  const [size = '', ...font] = main.split(' ')
  return { ...row, size: Number(size) || row.size, font: font.join(' ') || row.font }
}

type PlainRow = Omit<Row, 'fromRight'>

/** Comparisons of cells for one row: lines that are drawn in more steps than this allows stay apart. */
const maxComparisons = 1_000

/** A line that is drawn in two steps, right part first or with a jump, is one row. */
function joinSplit(rows: readonly PlainRow[]): PlainRow[] {
  const joined: PlainRow[] = []
  for (const row of rows) {
    const previous = joined.at(-1)
    if (previous && Math.abs(previous.y - row.y) <= row.size * 0.3 && fitBeside(previous, row)) {
      previous.cells.push(...row.cells)
      previous.cells.sort((a, b) => a.x0 - b.x0)
    } else joined.push({ ...row, cells: [...row.cells] })
  }
  return joined
}

function fitBeside(a: PlainRow, b: PlainRow): boolean {
  return a.cells.length * b.cells.length <= maxComparisons &&
    a.cells.every((cell) => b.cells.every((other) => other.x0 >= cell.x1 || other.x1 <= cell.x0))
}

function ordered(rows: PlainRow[]): PlainRow[] {
  let upward = 0
  for (const [index, row] of rows.entries()) {
    const previous = rows[index - 1]
    if (previous && row.y > previous.y + row.size) upward++
  }
  if (rows.length < 4 || upward <= rows.length * 0.25) return rows
  return joinSplit(
    [...rows].sort((a, b) =>
      Math.abs(a.y - b.y) < 2 ? (a.cells[0]?.x0 ?? 0) - (b.cells[0]?.x0 ?? 0) : b.y - a.y
    ),
  )
}

/** How many rows two columns share at least, and which part of the shorter one. */
const minShared = 3
const minSharedPart = 0.7

/**
 * A table that is drawn column by column is read row by row: its columns share their lines, and are no prose. Columns
 * of prose may share their lines as well, and stay one after the other.
 */
function withSharedLines(rows: PlainRow[]): PlainRow[] {
  const columns: PlainRow[][] = []
  for (const row of rows) {
    const column = columns.at(-1)
    const above = column?.at(-1)
    if (!column || !above || row.y > above.y - above.size * 0.3) columns.push([row])
    else column.push(row)
  }
  if (columns.length < 2) return rows
  const merged: PlainRow[][] = []
  for (const column of columns) {
    const before = merged.at(-1)
    const shared = before && !isProse(before) && !isProse(column) ? merge(before, column) : null
    if (shared) merged[merged.length - 1] = shared
    else merged.push(column)
  }
  return merged.flat()
}

/** Both columns as one, from the top down; null where they share too few lines. Each goes down. */
function merge(left: readonly PlainRow[], right: readonly PlainRow[]): PlainRow[] | null {
  const rows: PlainRow[] = []
  let shared = 0
  let overlapping = 0
  let a = 0
  let b = 0
  while (a < left.length || b < right.length) {
    const [one, other] = [left[a], right[b]]
    if (one && other && Math.abs(one.y - other.y) <= Math.min(one.size, other.size) * 0.35) {
      if (!fitBeside(one, other)) return null
      rows.push({ ...one, cells: [...one.cells, ...other.cells].sort((c, d) => c.x0 - d.x0) })
      shared++
      a++
      b++
    } else if (one && (!other || one.y > other.y)) {
      rows.push(one)
      a++
      if (shared > 0 && b < right.length) overlapping++
    } else if (other) {
      rows.push(other)
      b++
      if (a < left.length) overlapping++
    }
  }
  const shorter = Math.min(left.length, right.length)
  return shared >= Math.min(minShared, Math.max(2, shorter)) && shared >= shorter * minSharedPart &&
      overlapping <= shared
    ? rows
    : null
}

/** Lines of many words that mostly reach the same right edge. */
function isProse(rows: readonly PlainRow[]): boolean {
  const texts = rows.map((row) => row.cells.map((cell) => cell.text).join(' '))
  const long = texts.filter((text) => text.length >= 22 && /\p{L}{2}.*\s.*\p{L}{2}/u.test(text)).length
  return long >= texts.length * 0.5
}
