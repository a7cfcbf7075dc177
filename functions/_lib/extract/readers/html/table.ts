/** Tables of HTML, with cells that span columns and rows. */
import { collapseSpace } from '../../../text/mod.ts'
import { tooDeep, tooMany } from '../../errors.ts'
import type { Block } from '../../output/blocks.ts'
import { type AnyNode, type Element, maxDepth, textOf } from './dom.ts'

/** How many columns or rows a cell may span. */
const maxSpan = 1_000
/** How many cells the spans of one file may add, which take no space in it. */
const maxSpanned = 500_000

/** Counts the cells that spans add to the tables of one file, and fails beyond the limit. */
export class Spans {
  #count = 0

  add(count: number): void {
    this.#count += count
    if (this.#count > maxSpanned) {
      throw tooMany('The tables of the file', maxSpanned, 'cells that others span')
    }
  }
}

interface Row {
  readonly cells: readonly Element[]
  readonly header: boolean
}

interface Found {
  readonly rows: Row[]
  caption: string
  nested: boolean
}

/** A table of data; null for a table that only arranges a page. */
export function readTable(table: Element, depth: number, spans: Spans): Block | null {
  if (['presentation', 'none'].includes(table.attribs['role'] ?? '')) return null
  const found: Found = { rows: [], caption: '', nested: false }
  collectRows(table.children, found, false, depth)
  const { caption, nested } = found
  const rows = found.rows.filter((row) => row.cells.length)
  const marked = rows.some((row) => row.header || row.cells.some((cell) => cell.name === 'th'))
  const width = rows.reduce((max, row) => Math.max(max, row.cells.length), 0)
  if (nested || (!marked && !caption && (rows.length < 2 || width < 2))) return null
  let headerRows = 0
  while (headerRows < rows.length - 1 && rows[headerRows]?.header) headerRows++
  return { kind: 'table', caption: caption || null, headerRows, rows: gridOf(rows, depth, spans) }
}

function collectRows(children: readonly AnyNode[], found: Found, inHead: boolean, depth: number): void {
  if (depth > maxDepth) throw tooDeep()
  for (const child of children) {
    if (child.type !== 'tag') continue
    if (child.name === 'caption') found.caption = collapseSpace(textOf(child, depth))
    else if (child.name === 'tr') {
      const cells = child.children.filter((cell): cell is Element =>
        cell.type === 'tag' && (cell.name === 'td' || cell.name === 'th')
      )
      found.nested ||= cells.some((cell) => containsTable(cell, depth))
      const header = inHead || (cells.length > 0 && cells.every((cell) => cell.name === 'th'))
      found.rows.push({ cells, header })
    } else if (child.name === 'thead' || child.name === 'tbody' || child.name === 'tfoot') {
      collectRows(child.children, found, child.name === 'thead', depth + 1)
    }
  }
}

function gridOf(rows: readonly Row[], depth: number, spans: Spans): string[][] {
  const grid: string[][] = []
  /** Cells of earlier rows that span into this one, by column. */
  const spanning = new Map<number, { text: string; left: number }>()
  for (const { cells } of rows) {
    const row: string[] = []
    let column = 0
    const fillSpanning = (): void => {
      for (let above = spanning.get(column); above; above = spanning.get(column)) {
        row[column] = above.text
        spans.add(1)
        if (--above.left === 0) spanning.delete(column)
        column++
      }
    }
    for (const cell of cells) {
      fillSpanning()
      const text = collapseSpace(textOf(cell, depth))
      const width = spanOf(cell.attribs['colspan'])
      const height = spanOf(cell.attribs['rowspan'])
      spans.add(width - 1)
      for (let step = 0; step < width && column < 4 * maxSpan; step++, column++) {
        // A header over several columns names each of them; a value stands in the first alone.
        row[column] = step === 0 || cell.name === 'th' ? text : ''
        if (height > 1) spanning.set(column, { text: row[column] ?? '', left: height - 1 })
      }
    }
    fillSpanning()
    grid.push(Array.from(row, (cell) => cell ?? ''))
  }
  return grid
}

function containsTable(node: Element, depth: number): boolean {
  if (depth > maxDepth) throw tooDeep()
  return node.children.some((child) =>
    child.type === 'tag' && (child.name === 'table' || containsTable(child, depth + 1))
  )
}

function spanOf(value: string | undefined): number {
  const span = Number(value ?? 1)
  return Number.isInteger(span) && span > 1 ? Math.min(span, maxSpan) : 1
}
