/** The rows of a page, from the runs of text that it draws. */

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

/** Text between two gaps, from `x0` to `x1`. */
export interface Cell {
  text: string
  readonly x0: number
  x1: number
}

/** A line across the page. */
export interface Row {
  readonly y: number
  readonly size: number
  readonly font: string
  readonly mono: boolean
  readonly turned: boolean
  readonly cells: Cell[]
}

/** In sizes of the type: a wider gap between two runs separates cells, a narrower one words. */
const cellGap = 1.3
const wordGap = 0.18

/** The text of a row, with a space between its cells. */
export function textOf(row: Row): string {
  return row.cells.map((cell) => cell.text).join(' ').trim()
}

/** Where a row begins. */
export function leftOf(row: Row): number {
  return row.cells[0]?.x0 ?? 0
}

/** Where a row ends. */
export function rightOf(row: Row): number {
  return row.cells.at(-1)?.x1 ?? 0
}

/** Characters by size and font. */
type Styles = Map<string, number>

/** Rows in the order in which the page draws them, which is how it reads; by their place where the order is random. */
export function rowsOf(runs: readonly Run[]): Row[] {
  const rows: (Row & { styles: Styles })[] = []
  /** Whether white space was drawn since the last run. */
  let space = false
  for (const run of runs) {
    if (run.text.trim() === '') {
      space ||= run.text !== ''
      continue
    }
    const row = rows.at(-1)
    const style = `${run.size} ${run.font}`
    if (row && isOnRow(run, row)) {
      append(run, row, space)
      row.styles.set(style, (row.styles.get(style) ?? 0) + run.text.length)
    } else {
      const { y, size, font, mono, turned } = run
      const cell = { text: run.text.trimEnd(), x0: run.x, x1: run.x + run.width }
      rows.push({ y, size, font, mono, turned, cells: [cell], styles: new Map([[style, run.text.length]]) })
    }
    space = /\s$/.test(run.text)
  }
  return ordered(joinSplit(rows.map(withMainStyle)))
}

function isOnRow(run: Run, row: Row): boolean {
  const last = row.cells.at(-1)
  const size = Math.max(row.size, run.size)
  return last !== undefined && !run.turned && !row.turned && Math.abs(run.y - row.y) <= size * 0.45 &&
    run.x >= last.x1 - size
}

function append(run: Run, row: Row, space: boolean): void {
  const last = row.cells.at(-1)
  const size = Math.max(row.size, run.size)
  const gap = run.x - (last?.x1 ?? -Infinity)
  if (!last || gap > size * cellGap) {
    row.cells.push({ text: run.text.trim(), x0: run.x, x1: run.x + run.width })
    return
  }
  const apart = space || gap > size * wordGap || /^\s/.test(run.text)
  last.text += `${apart ? ' ' : ''}${run.text.trim()}`
  last.x1 = Math.max(last.x1, run.x + run.width)
}

/** Size and font of most of the row; a raised footnote mark may begin it. */
function withMainStyle({ styles, ...row }: Row & { styles: Styles }): Row {
  const [main] = [...styles].sort((a, b) => b[1] - a[1])[0] ?? ['']
  const [size = '', ...font] = main.split(' ')
  return { ...row, size: Number(size) || row.size, font: font.join(' ') || row.font }
}

/** Comparisons of cells for one row: lines that are drawn in more steps than this allows stay apart. */
const maxComparisons = 1_000

/** A line that is drawn in two steps, right part first or with a jump, is one row. */
function joinSplit(rows: readonly Row[]): Row[] {
  const joined: Row[] = []
  for (const row of rows) {
    const previous = joined.at(-1)
    if (
      previous && !previous.turned && !row.turned && Math.abs(previous.y - row.y) <= row.size * 0.3 &&
      previous.cells.length * row.cells.length <= maxComparisons &&
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
