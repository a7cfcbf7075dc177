/** The text of a DOCX as headings, text and tables. */
import { collapseSpace } from '../../../text/mod.ts'
import { localName, type SaxHandler } from '../../input/sax.ts'
import type { Limits } from '../../limits.ts'
import type { Block } from '../../output/blocks.ts'
import { type Notes, type Numbering, type Styles, valueOf } from './docx_styles.ts'
import { attributeOf } from './opc.ts'

type Attributes = Readonly<Record<string, string>>

interface Paragraph {
  text: string
  style: string | null
  outline: number | null
  list: string | null
  level: number
  readonly notes: string[]
}

interface Cell {
  text: string
  span: number
  /** Continues the cell above it. */
  merged: boolean
}

interface Table {
  readonly rows: Cell[][]
  headerRows: number
  cell: Cell | null
  /** Whether the row that is open is marked as a header. */
  inHeader: boolean
}

/** In the file, but not in the text: deleted and moved text, the second form of drawings, codes of fields. */
const skipped = new Set(['del', 'moveFrom', 'Fallback', 'instrText', 'delText', 'rubyPr', 'rt'])

/** A switch such as `<w:vanish/>` is on unless its value says otherwise. */
function isOn(value: string | null): boolean {
  return !/^(0|false|off)$/.test(value ?? '')
}

/** Collects the blocks of the main part. */
export class BodyReader implements SaxHandler {
  /** What was read so far; the caller takes it away. */
  readonly blocks: Block[] = []
  readonly #styles: Styles
  readonly #numbering: Numbering
  readonly #notes: Notes
  readonly #limits: Limits
  /** Text boxes have paragraphs inside of a paragraph, and tables stand inside of cells. */
  #paragraphs: Paragraph[] = []
  #tables: Table[] = []
  /** How many runs of deleted or moved text there are. */
  removed = 0
  #skipDepth = 0
  #reading = false
  #hidden = false
  #inRun = 0
  #inParagraphProperties = 0
  #noteCount = 0
  /** The last number of each level, by list. */
  #counters = new Map<string, number[]>()
  /** The lines of a list that is open; its items stay together. */
  #list: string[] = []
  #listChars = 0

  constructor(styles: Styles, numbering: Numbering, notes: Notes, limits: Limits) {
    this.#styles = styles
    this.#numbering = numbering
    this.#notes = notes
    this.#limits = limits
  }

  open(name: string, attributes: Attributes): void {
    const local = localName(name)
    if (this.#skipDepth > 0 || skipped.has(local)) {
      if (this.#skipDepth === 0 && (local === 'del' || local === 'moveFrom')) this.removed++
      this.#skipDepth++
      return
    }
    const value = valueOf(attributes)
    this.#openParagraph(local, value)
    this.#openRun(local, value, attributes)
    this.#openTable(local, value)
  }

  text(text: string): void {
    if (this.#reading && this.#skipDepth === 0) this.#append(text)
  }

  close(name: string): void {
    if (this.#skipDepth > 0) {
      this.#skipDepth--
      return
    }
    const table = this.#tables.at(-1)
    switch (localName(name)) {
      case 't':
        this.#reading = false
        break
      case 'r':
        this.#inRun--
        this.#hidden = false
        break
      case 'pPr':
        this.#inParagraphProperties--
        break
      case 'p': {
        const paragraph = this.#paragraphs.pop()
        if (paragraph) this.#endParagraph(paragraph)
        break
      }
      case 'tc':
        if (table?.cell) table.rows.at(-1)?.push(table.cell)
        if (table) table.cell = null
        break
      case 'tr':
        if (table?.inHeader && table.headerRows === table.rows.length - 1) table.headerRows++
        break
      case 'tbl':
        this.#tables.pop()
        if (table) this.#endTable(table)
        break
      case 'body':
        this.#endList()
        break
    }
  }

  #openParagraph(local: string, value: string | null): void {
    const paragraph = this.#paragraphs.at(-1)
    if (local === 'p') {
      this.#paragraphs.push({ text: '', style: null, outline: null, list: null, level: 0, notes: [] })
    } else if (local === 'pPr') this.#inParagraphProperties++
    else if (!paragraph) return
    else if (local === 'pStyle') paragraph.style = value
    else if (local === 'outlineLvl' && value !== null) paragraph.outline = Number(value)
    // 0 takes a paragraph out of the list of its style.
    else if (local === 'numId') paragraph.list = value
    else if (local === 'ilvl') paragraph.level = Math.min(8, Number(value ?? 0) || 0)
  }

  #openRun(local: string, value: string | null, attributes: Attributes): void {
    // The same names describe the mark at the end of a paragraph, and the tab stops in it.
    const inText = this.#inRun > 0 && this.#inParagraphProperties === 0
    switch (local) {
      case 'r':
        this.#inRun++
        this.#hidden = false
        break
      case 'vanish':
        if (inText) this.#hidden = isOn(value)
        break
      case 't':
        this.#reading = !this.#hidden
        break
      case 'tab':
        if (inText) this.#append('\t')
        break
      case 'br':
      case 'cr':
        if (this.#inRun > 0) this.#append('\n')
        break
      case 'noBreakHyphen':
        this.#append('-')
        break
      case 'footnoteReference':
        this.#addNote('footnote', attributeOf(attributes, 'id') ?? '')
        break
      case 'endnoteReference':
        this.#addNote('endnote', attributeOf(attributes, 'id') ?? '')
        break
    }
  }

  #openTable(local: string, value: string | null): void {
    const table = this.#tables.at(-1)
    if (local === 'tbl') {
      this.#endList()
      this.#tables.push({ rows: [], headerRows: 0, cell: null, inHeader: false })
      return
    }
    if (!table) return
    if (local === 'tr') {
      table.rows.push([])
      table.inHeader = false
    } else if (local === 'tblHeader') table.inHeader = isOn(value)
    else if (local === 'tc') table.cell = { text: '', span: 1, merged: false }
    else if (!table.cell) return
    else if (local === 'gridSpan') table.cell.span = Math.min(100, Math.max(1, Number(value) || 1))
    else if (local === 'vMerge') table.cell.merged = value !== 'restart'
  }

  #append(text: string): void {
    const paragraph = this.#paragraphs.at(-1)
    if (paragraph) paragraph.text += text
  }

  /** A mark in the text, and the note below the paragraph. */
  #addNote(kind: 'footnote' | 'endnote', id: string): void {
    const note = this.#notes[kind].get(id)
    const paragraph = this.#paragraphs.at(-1)
    if (!note || !paragraph) return
    const mark = `[${++this.#noteCount}]`
    this.#append(mark)
    paragraph.notes.push(`${mark} ${note}`)
  }

  #endParagraph({ text, style, outline, list, level, notes }: Paragraph): void {
    const content = text.replace(/[ \t\u00a0]+/g, ' ').replace(/ ?\n ?/g, '\n').trim()
    const cell = this.#tables.at(-1)?.cell
    if (cell) {
      this.#appendToCell(cell, [content, ...notes].filter(Boolean).join(' '))
      return
    }
    if (!content) return
    const role = style === null ? undefined : this.#styles.get(style)
    const heading = outline !== null ? outline < 9 ? outline + 1 : null : role?.heading ?? null
    const item = list ?? role?.list ?? null
    if (heading !== null) {
      this.#endList()
      this.blocks.push({ kind: 'heading', level: heading, text: content })
    } else if (item !== null && item !== '0') {
      const depth = list === null ? role?.listLevel ?? 0 : level
      this.#list.push(`${'  '.repeat(depth)}${this.#mark(item, depth)} ${content}`, ...notes)
      this.#listChars += content.length
      if (this.#listChars > this.#limits.sectionChars / 2) this.#endList()
      return
    } else {
      this.#endList()
      this.blocks.push({ kind: 'text', text: content })
    }
    if (notes.length) this.blocks.push({ kind: 'text', text: notes.join('\n') })
  }

  #appendToCell(cell: Cell, text: string): void {
    if (text && cell.text.length <= this.#limits.cellChars) cell.text += `${cell.text ? '\n' : ''}${text}`
  }

  #mark(list: string, level: number): string {
    const { ordered, start } = this.#numbering.get(list)?.get(level) ?? { ordered: false, start: 1 }
    if (!ordered) return '-'
    const counters = this.#counters.get(list) ?? []
    counters.length = Math.max(counters.length, level + 1)
    const next = (counters[level] ?? start - 1) + 1
    counters[level] = next
    // Deeper levels start over.
    counters.length = level + 1
    this.#counters.set(list, counters)
    return `${next}.`
  }

  #endList(): void {
    if (this.#list.length) this.blocks.push({ kind: 'text', text: this.#list.join('\n') })
    this.#list = []
    this.#listChars = 0
  }

  #endTable({ rows, headerRows }: Table): void {
    const grid: string[][] = []
    for (const row of rows) {
      const cells: string[] = []
      for (const { text, span, merged } of row) {
        const above = grid.at(-1)?.[cells.length] ?? ''
        cells.push(merged ? above : collapseSpace(text), ...Array<string>(span - 1).fill(''))
      }
      grid.push(cells)
    }
    const outer = this.#tables.at(-1)?.cell
    if (outer) {
      // A table inside of a cell is text of the cell.
      this.#appendToCell(outer, grid.map((cells) => cells.filter(Boolean).join(' | ')).join('\n'))
      return
    }
    const width = grid.reduce((max, cells) => Math.max(max, cells.length), 0)
    // A single cell is a frame around text.
    if (grid.length === 1 && width === 1) this.blocks.push({ kind: 'text', text: rows[0]?.[0]?.text ?? '' })
    else if (grid.length) {
      const headers = Math.min(headerRows, grid.length - 1)
      this.blocks.push({ kind: 'table', caption: null, headerRows: headers, rows: grid })
    }
  }
}
