/**
 * Tables between ruling lines: lines that nearly meet are joined, what they enclose is a cell, and cells that touch are a
 * table. The tolerances are those of pdfplumber's strategy `lines`.
 */
import { joinWords } from './flow.ts'
import type { Run } from './glyphs.ts'
import type { Rule } from './paths.ts'
import { rowsOf, textOf } from './rows.ts'
import { type Box, type PdfTable, tableOf } from './tables.ts'

/** In points: lines this near to each other are one, ends this near to a line touch it. */
const tolerance = 3
/** Shorter lines are marks, not the side of a cell. */
const minLength = 3
/** How many pairs of lines are compared on a page, and how many squares they may form. */
const maxPairs = 4_000_000
const maxSquares = 400_000

/** A line in one direction: where it is, and from where to where it goes. */
interface Line {
  readonly at: number
  readonly from: number
  readonly to: number
}

/** A cell by the numbers of the lines around it. */
interface Cell {
  readonly left: number
  readonly right: number
  readonly top: number
  readonly bottom: number
}

/** Lines that touch each other. `ys` go down the page. */
interface Grid {
  readonly xs: readonly number[]
  readonly ys: readonly number[]
  readonly cells: readonly Cell[]
  /** Whether its first and last row are only taken for such, and are none where their text reaches over columns. */
  readonly open?: boolean
}

/** The tables, and the text that is in none. `cut`: there are more lines than are compared. */
export function ruledTables(
  runs: readonly Run[],
  rules: readonly Rule[],
): { tables: PdfTable[]; rest: readonly Run[]; cut: boolean } {
  const across = joined(
    rules.filter((rule) => rule.y0 === rule.y1).map(({ y0, x0, x1 }) => ({
      at: y0,
      from: x0,
      to: x1,
    })),
  )
  const down = joined(
    rules.filter((rule) => rule.y0 !== rule.y1).map(({ x0, y0, y1 }) => ({
      at: x0,
      from: y0,
      to: y1,
    })),
  )
  if (across.length < 2 || down.length < 1) return { tables: [], rest: runs, cut: false }
  const groups = touching(across, down)
  if (!groups) return { tables: [], rest: runs, cut: true }
  const budget = { squares: maxSquares }
  const found = groups.map((group) => gridOf(group.across, group.down, budget)).filter((grid) =>
    grid !== null
  )
  const grids = withBands(found)
    // A table within a cell of another takes its text first.
    .sort((a, b) => areaOf(a) - areaOf(b))
  const tables: PdfTable[] = []
  let rest = runs
  for (const grid of grids) {
    const filled = fill(grid, rest)
    if (!filled) continue
    tables.push(filled.table)
    rest = filled.rest
  }
  return { tables, rest, cut: budget.squares < 0 }
}

/** Lines at nearly the same place are moved to one, and joined where they nearly meet. */
function joined(lines: readonly Line[]): Line[] {
  const result: Line[] = []
  let group: Line[] = []
  const end = (): void => {
    if (group.length === 0) return
    const at = group.reduce((sum, line) => sum + line.at, 0) / group.length
    let open: { at: number; from: number; to: number } | null = null
    for (const { from, to } of group.sort((a, b) => a.from - b.from)) {
      if (open && from <= open.to + tolerance) open.to = Math.max(open.to, to)
      else {
        open = { at, from, to }
        result.push(open)
      }
    }
    group = []
  }
  for (const line of [...lines].sort((a, b) => a.at - b.at)) {
    if (group.length && line.at - (group.at(-1)?.at ?? 0) > tolerance) end()
    group.push(line)
  }
  end()
  return result.filter(({ from, to }) => to - from >= minLength)
}

/** Groups of lines that cross or touch; null where there are too many to compare. Both are sorted by their place. */
function touching(across: readonly Line[], down: readonly Line[]): { across: Line[]; down: Line[] }[] | null {
  const parents = Array.from({ length: across.length + down.length }, (_, index) => index)
  const rootOf = (index: number): number => {
    let root = index
    while (parents[root] !== root) root = parents[root] = parents[parents[root] ?? root] ?? root
    return root
  }
  let pairs = 0
  for (const [row, line] of across.entries()) {
    for (let column = firstFrom(down, line.from - tolerance); column < down.length; column++) {
      const other = down[column]
      if (!other || other.at > line.to + tolerance) break
      if (++pairs > maxPairs) return null
      if (line.at < other.from - tolerance || line.at > other.to + tolerance) continue
      parents[rootOf(row)] = rootOf(across.length + column)
    }
  }
  const groups = new Map<number, { across: Line[]; down: Line[] }>()
  for (const [index, line] of [...across, ...down].entries()) {
    const root = rootOf(index)
    const group = groups.get(root) ?? { across: [], down: [] }
    if (index < across.length) group.across.push(line)
    else group.down.push(line)
    groups.set(root, group)
  }
  return [...groups.values()].filter((group) => group.across.length >= 2 && group.down.length >= 1)
}

/** The first of these lines, sorted by their place, that is not before a place. */
function firstFrom(lines: readonly Line[], place: number): number {
  let [low, high] = [0, lines.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if ((lines[middle]?.at ?? 0) < place) low = middle + 1
    else high = middle
  }
  return low
}

/** The cells of a group of lines; null where they enclose none. */
function gridOf(across: readonly Line[], down: readonly Line[], budget: { squares: number }): Grid | null {
  const { across: rows, down: columns } = closed(across, down)
  const ys = placesOf(rows).reverse()
  const xs = placesOf(columns)
  const [width, height] = [xs.length - 1, ys.length - 1]
  if (width < 1 || height < 1) return null
  budget.squares -= width * height
  if (budget.squares < 0) return null
  // Whether the upper and the left side of each square is a line.
  const above = new Uint8Array(width * (height + 1))
  const left = new Uint8Array((width + 1) * height)
  for (const { at, from, to } of rows) {
    const y = indexOf(ys, at)
    for (let x = 0; x < width; x++) {
      if ((xs[x] ?? 0) >= from - tolerance && (xs[x + 1] ?? 0) <= to + tolerance) above[y * width + x] = 1
    }
  }
  for (const { at, from, to } of columns) {
    const x = indexOf(xs, at)
    for (let y = 0; y < height; y++) {
      if ((ys[y + 1] ?? 0) >= from - tolerance && (ys[y] ?? 0) <= to + tolerance) {
        left[y * (width + 1) + x] = 1
      }
    }
  }
  const cells = cellsOf(width, height, above, left)
  return cells.length === 0 ? null : { xs, ys, cells }
}

/**
 * Tables are often open at their sides: the lines between rows reach beyond the outermost line between columns, and
 * those between columns beyond the first or last row. A side that several lines reach is one.
 */
function closed(across: readonly Line[], down: readonly Line[]): { across: Line[]; down: Line[] } {
  const sides = (lines: readonly Line[], others: readonly Line[]): Line[] => {
    if (others.length === 0) return []
    const [first = 0, last = 0] = [others[0]?.at, others.at(-1)?.at]
    const added: Line[] = []
    for (const [end, outside] of [['from', first], ['to', last]] as const) {
      const place = Math[end === 'from' ? 'min' : 'max'](...extremes(lines, end))
      const reaching = lines.filter((line) => Math.abs(line[end] - place) <= tolerance)
      const beyond = end === 'from' ? outside - place : place - outside
      if (beyond <= 2 * tolerance || reaching.length < 2) continue
      added.push({ at: place, from: reaching[0]?.at ?? 0, to: reaching.at(-1)?.at ?? 0 })
    }
    return added
  }
  const newDown = sides(across, down)
  const allDown = [...down, ...newDown].sort((a, b) => a.at - b.at)
  const newAcross = sides(down.length > 1 ? down : [], across)
  return { across: [...across, ...newAcross].sort((a, b) => a.at - b.at), down: allDown }
}

/** How many times the height of a shaded row the one below it may have. */
const maxBandHeight = 1.6

/** Every other row of a table may be shaded, which makes cells of these alone: those between them have the same columns. */
function withBands(grids: readonly Grid[]): Grid[] {
  const result: Grid[] = []
  const bands: Grid[] = []
  for (const grid of grids) (grid.ys.length === 2 && grid.xs.length > 2 ? bands : result).push(grid)
  bands.sort((a, b) => (b.ys[0] ?? 0) - (a.ys[0] ?? 0))
  // By their columns: tables beside each other have bands at the same height.
  const byColumns = Map.groupBy(bands, ({ xs }) => xs.map((x) => Math.round(x / tolerance)).join(' '))
  for (const same of byColumns.values()) {
    let open: Grid[] = []
    const end = (): void => {
      if (open.length > 1) result.push(striped(open))
      else result.push(...open)
      open = []
    }
    for (const band of same) {
      const [bottom = 0, height = 0] = [open.at(-1)?.ys[1], heightOf(band)]
      if (open.length && bottom - (band.ys[0] ?? 0) > height * maxBandHeight) end()
      open.push(band)
    }
    end()
  }
  return result
}

function heightOf({ ys }: Grid): number {
  return (ys[0] ?? 0) - (ys.at(-1) ?? 0)
}

/** The shaded rows, those between them, and one above and below, which are empty where there is none. */
function striped(bands: readonly Grid[]): Grid {
  const [first] = bands
  const xs = first?.xs ?? []
  const height = first ? heightOf(first) : 0
  const edges = bands.flatMap(({ ys }) => ys)
  const ys = [(edges[0] ?? 0) + height, ...edges, (edges.at(-1) ?? 0) - height]
  const cells = ys.slice(1).flatMap((_, top) =>
    xs.slice(1).map((_, left) => ({ left, right: left + 1, top, bottom: top + 1 }))
  )
  return { xs, ys, cells, open: true }
}

/** Not more arguments than a call may have. */
function extremes(lines: readonly Line[], end: 'from' | 'to'): [number] {
  return [lines.reduce(
    (best, line) => end === 'from' ? Math.min(best, line.from) : Math.max(best, line.to),
    end === 'from' ? Infinity : -Infinity,
  )]
}

function placesOf(lines: readonly Line[]): number[] {
  return [...new Set(lines.map((line) => line.at))].sort((a, b) => a - b)
}

function indexOf(places: readonly number[], place: number): number {
  const down = (places[0] ?? 0) > (places.at(-1) ?? 0)
  let [low, high] = [0, places.length]
  while (low < high) {
    const middle = (low + high) >> 1
    const value = places[middle] ?? 0
    if (down ? value > place : value < place) low = middle + 1
    else high = middle
  }
  return low
}

/** Squares with no line between them are one cell, where together they are a rectangle with lines all around. */
function cellsOf(width: number, height: number, above: Uint8Array, left: Uint8Array): Cell[] {
  const cells: Cell[] = []
  const seen = new Uint8Array(width * height)
  for (let start = 0; start < seen.length; start++) {
    if (seen[start]) continue
    seen[start] = 1
    const next = [start]
    let [count, open] = [0, false]
    let [minX, maxX, minY, maxY] = [width, -1, height, -1]
    for (let square = next.pop(); square !== undefined; square = next.pop()) {
      const [x, y] = [square % width, Math.floor(square / width)]
      count++
      minX = Math.min(minX, x)
      maxX = Math.max(maxX, x)
      minY = Math.min(minY, y)
      maxY = Math.max(maxY, y)
      const visit = (wall: number | undefined, inside: boolean, other: number): void => {
        if (wall) return
        if (!inside) open = true
        else if (!seen[other]) {
          seen[other] = 1
          next.push(other)
        }
      }
      visit(above[y * width + x], y > 0, square - width)
      visit(above[(y + 1) * width + x], y < height - 1, square + width)
      visit(left[y * (width + 1) + x], x > 0, square - 1)
      visit(left[y * (width + 1) + x + 1], x < width - 1, square + 1)
    }
    if (open || count !== (maxX - minX + 1) * (maxY - minY + 1)) continue
    cells.push({ left: minX, right: maxX + 1, top: minY, bottom: maxY + 1 })
  }
  return cells
}

function areaOf({ xs, ys }: Grid): number {
  return ((xs.at(-1) ?? 0) - (xs[0] ?? 0)) * ((ys[0] ?? 0) - (ys.at(-1) ?? 0))
}

/** The text of the cells as a table; null where the lines are a frame, a drawing or the layout of a page. */
function fill(
  { xs, ys, cells: all, open }: Grid,
  runs: readonly Run[],
): { table: PdfTable; rest: Run[] } | null {
  const cells = open ? withoutText(all, runs, { xs, ys }) : all
  const lefts = [...new Set(cells.map((cell) => cell.left))].sort((a, b) => a - b)
  const ruled = [...new Set(cells.map((cell) => cell.top))].sort((a, b) => a - b)
  if (lefts.length < 2) return null
  const width = xs.length - 1
  const owner = new Map<number, Cell>()
  for (const cell of cells) {
    for (let y = cell.top; y < cell.bottom; y++) {
      for (let x = cell.left; x < cell.right; x++) owner.set(y * width + x, cell)
    }
  }
  const content = new Map<Cell, Run[]>()
  const rest: Run[] = []
  for (const run of runs) {
    const x = indexBefore(xs, run.x + run.width / 2)
    const y = indexBefore(ys, run.y + run.size * 0.3)
    const cell = x < 0 || y < 0 ? undefined : owner.get(y * width + x)
    if (!cell) {
      rest.push(run)
      continue
    }
    const own = content.get(cell) ?? []
    own.push(run)
    content.set(cell, own)
  }
  const parts = cells.flatMap((cell) =>
    divided(cell, content.get(cell) ?? [], { xs, ys, lefts, tops: ruled })
  )
  const tops = [...new Set(parts.map(({ cell }) => cell.top))].sort((a, b) => a - b)
  const texts = new Map(parts.map(({ cell, runs: own }) => [cell, own.length ? textOfCell(own) : '']))
  if (!isTable(cells, [...texts.values()], tops.length)) return null
  const columnOf = new Map(lefts.map((left, index) => [left, index]))
  const rowOf = new Map(tops.map((top, index) => [top, index]))
  const grid: (string | null)[][] = tops.map(() => lefts.map(() => null))
  /** How many columns the cells of the first row span. */
  const spans: number[] = []
  for (const { cell } of parts) {
    const text = texts.get(cell) || null
    const column = columnOf.get(cell.left) ?? 0
    for (const top of tops) {
      // A cell over several rows says something about each of them; one over several columns stands in the first.
      if (top < cell.top || top >= cell.bottom) continue
      const row = grid[rowOf.get(top) ?? 0]
      if (row) row[column] = text
    }
    if (cell.top === tops[0]) {
      spans[column] = lefts.filter((left) => left >= cell.left && left < cell.right).length
    }
  }
  const bands = lefts.map((left, index): [number, number] => [
    xs[left] ?? 0,
    xs[lefts[index + 1] ?? Math.max(...cells.slice(0, 10_000).map((cell) => cell.right))] ?? xs.at(-1) ?? 0,
  ])
  return { table: tableOf(grid, { bands, bbox: boxOf(xs, ys, cells), spans }), rest }
}

/** Without the first and last row where what stands there are not cells: less than two, or text over an edge. */
function withoutText(
  cells: readonly Cell[],
  runs: readonly Run[],
  { xs, ys }: Pick<Grid, 'xs' | 'ys'>,
): Cell[] {
  const last = ys.length - 2
  const outer = new Map([0, last].map((top) => [top, { columns: new Set<number>(), crossing: false }]))
  for (const run of runs) {
    const row = outer.get(indexBefore(ys, run.y + run.size * 0.3))
    const column = indexBefore(xs, run.x + run.width / 2)
    if (!row || column < 0) continue
    row.columns.add(column)
    if (column !== indexBefore(xs, run.x + 0.5) || column !== indexBefore(xs, run.x + run.width - 0.5)) {
      row.crossing = true
    }
  }
  return cells.filter(({ top }) => {
    const row = outer.get(top)
    return !row || (row.columns.size >= 2 && !row.crossing)
  })
}

/** In sizes of the type: the least gap between two words of a cell that stand in different columns. */
const columnGap = 0.6

/**
 * A cell over several columns whose words stand in these columns is a row, or several, without lines of its own; else it
 * is one cell.
 */
function divided(
  cell: Cell,
  runs: readonly Run[],
  { xs, ys, lefts, tops }: Pick<Grid, 'xs' | 'ys'> & { lefts: readonly number[]; tops: readonly number[] },
): { cell: Cell; runs: readonly Run[] }[] {
  const whole = [{ cell, runs }]
  const inside = lefts.filter((left) => left >= cell.left && left < cell.right)
  if (inside.length < 2 || runs.length < 2) return whole
  const edges = inside.slice(1).map((left) => xs[left] ?? 0)
  const filled = new Set<number>()
  for (const row of rowsOf(runs)) {
    let last: { column: number; end: number } | null = null
    for (const { x0, x1 } of row.cells.flatMap(({ words }) => words)) {
      const column = edges.filter((edge) => edge <= (x0 + x1) / 2).length
      if (column !== edges.filter((edge) => edge <= x0 + 1).length) return whole
      if (last && last.column !== column && x0 - last.end < row.size * columnGap) return whole
      last = { column, end: x1 }
      filled.add(column)
    }
  }
  if (filled.size < Math.min(3, inside.length)) return whole
  const rows = tops.filter((top) => top >= cell.top && top < cell.bottom)
  return rows.length > 1 ? inSquares(runs, rows, inside, { xs, ys }) : inLines(runs, cell, inside, xs)
}

/** By the lines that other columns have between their rows. */
function inSquares(
  runs: readonly Run[],
  tops: readonly number[],
  lefts: readonly number[],
  { xs, ys }: Pick<Grid, 'xs' | 'ys'>,
): { cell: Cell; runs: Run[] }[] {
  const squares = Map.groupBy(runs, (run) => {
    const top = tops.findLast((one) => (ys[one] ?? 0) >= run.y + run.size * 0.3) ?? tops[0] ?? 0
    return `${leftOfRun(run, lefts, xs)} ${top}`
  })
  return [...squares].map(([key, own]) => {
    const [left = 0, top = 0] = key.split(' ').map(Number)
    return { cell: { left, right: left + 1, top, bottom: top + 1 }, runs: own }
  })
}

/** By their lines: each is a row, unless it continues a text of the row above. */
function inLines(
  runs: readonly Run[],
  cell: Cell,
  lefts: readonly number[],
  xs: readonly number[],
): { cell: Cell; runs: Run[] }[] {
  const rows: Map<number, Run[]>[] = []
  for (const line of linesOf(runs)) {
    const own = Map.groupBy(line, (run) => leftOfRun(run, lefts, xs))
    const above = rows.at(-1)
    const continues = above && own.size < Math.max(2, above.size / 2) && !own.has(lefts[0] ?? 0)
    if (!continues) rows.push(new Map())
    for (const [left, more] of own) rows.at(-1)?.set(left, [...rows.at(-1)?.get(left) ?? [], ...more])
  }
  // Rows of their own have numbers between those of the lines.
  const step = (cell.bottom - cell.top) / rows.length
  return rows.flatMap((row, index) => {
    const top = cell.top + index * step
    return [...row].map(([left, own]) => ({
      cell: { left, right: left + 1, top, bottom: top + step },
      runs: own,
    }))
  })
}

/** Runs on one line, from the top down. */
function linesOf(runs: readonly Run[]): Run[][] {
  const lines: Run[][] = []
  for (const run of [...runs].sort((a, b) => b.y - a.y)) {
    const line = lines.at(-1)
    if (line && (line[0]?.y ?? 0) - run.y < run.size * 0.45) line.push(run)
    else lines.push([run])
  }
  // Within a line, they stay in the order in which they were drawn.
  const order = new Map(runs.map((run, index) => [run, index]))
  return lines.map((line) => line.sort((a, b) => (order.get(a) ?? 0) - (order.get(b) ?? 0)))
}

function leftOfRun(run: Run, lefts: readonly number[], xs: readonly number[]): number {
  return lefts.findLast((one) => (xs[one] ?? 0) <= run.x + run.width / 2) ?? lefts[0] ?? 0
}

function boxOf(xs: readonly number[], ys: readonly number[], cells: readonly Cell[]): Box {
  const first = cells[0] ?? { left: 0, right: 0, top: 0, bottom: 0 }
  const { left, right, top, bottom } = cells.reduce((box, cell) => ({
    left: Math.min(box.left, cell.left),
    right: Math.max(box.right, cell.right),
    top: Math.min(box.top, cell.top),
    bottom: Math.max(box.bottom, cell.bottom),
  }), first)
  return [xs[left] ?? 0, ys[bottom] ?? 0, xs[right] ?? 0, ys[top] ?? 0]
}

/** Between which two of these places one is; -1 outside. */
function indexBefore(places: readonly number[], place: number): number {
  const down = (places[0] ?? 0) > (places.at(-1) ?? 0)
  let [low, high] = [0, places.length]
  while (low < high) {
    const middle = (low + high) >> 1
    const value = places[middle] ?? 0
    if (down ? value >= place : value <= place) low = middle + 1
    else high = middle
  }
  return low === places.length ? -1 : low - 1
}

/** Its lines joined; text that is turned within the cell comes last. */
function textOfCell(runs: readonly Run[]): string {
  const lines = rowsOf(runs).sort((a, b) => b.y - a.y)
  return lines.reduce((text, row) => text ? joinWords(text, textOf(row)) : textOf(row), '')
}

/** In characters: what is longer on average is prose in boxes. */
const maxAverage = 400

function isTable(cells: readonly Cell[], texts: readonly string[], height: number): boolean {
  const filled = texts.filter(Boolean)
  const characters = filled.reduce((sum, text) => sum + text.length, 0)
  if (filled.length < 2 || filled.length < cells.length * 0.08) return false
  // A single row is a table where it has short values, as the rest of one from the page before.
  return characters / filled.length <= (height === 1 ? 80 : maxAverage)
}
