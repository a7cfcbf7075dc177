/** The text, tables, sheets and slides of an OpenDocument file. */
import { collapseSpace } from '../../../text/mod.ts'
import { tooMany } from '../../errors.ts'
import { localName, type SaxHandler } from '../../input/sax.ts'
import type { Limits } from '../../limits.ts'
import type { Block } from '../../output/blocks.ts'
import { type Cell, Shown } from '../../output/shown.ts'
import { toNumber } from '../../output/tables.ts'

type Attributes = Readonly<Record<string, string>>

/** What was found, in the order of the file. */
type Found =
  | Block
  | { readonly kind: 'slide'; readonly number: number }
  | { readonly kind: 'sheet'; readonly name: string }
  | { readonly kind: 'row'; readonly cells: Cell[] }

interface Table {
  readonly rows: Cell[][]
  row: Cell[]
  rowRepeat: number
  headerRows: number
  inHeader: boolean
  cell: { text: string[]; attributes: Attributes } | null
}

/** In the file, but not in the text: deleted text, lists of styles, rulers of pages. */
/** Of cells and rows that are given once and repeated. */
const maxRepeatedChars = 4_000_000

const skipped = new Set([
  'tracked-changes',
  'automatic-styles',
  'font-face-decls',
  'scripts',
  'forms',
  'settings',
  'desc',
  'ruby-text',
])

/** Collects what a document has. With `within`, only what is inside of elements of such names. */
export class ContentReader implements SaxHandler {
  /** What was read so far; the caller takes it away. */
  readonly found: Found[] = []
  readonly comments: string[] = []
  /** The first heading, or the title of the first slide. */
  firstTitle: string | null = null
  slides = 0
  /** How many tracked changes there are. */
  removed = 0
  readonly #type: string
  readonly #limits: Limits
  readonly #within: RegExp | null
  #inside = 0
  #skip = 0
  /** Paragraphs stand inside of notes, which stand inside of paragraphs. */
  readonly #paragraphs: { text: string; heading: number | null }[] = []
  readonly #tables: Table[] = []
  #lists = 0
  #list: string[] = []
  #listChars = 0
  #isItemStart = false
  #note: string[] | null = null
  readonly #notes: string[] = []
  #noteCount = 0
  #comment: { author: string; text: string[]; inAuthor: boolean } | null = null
  #slide: { title: string | null; blocks: Block[]; notes: string[] } | null = null
  #frame = ''
  #inNotes = 0
  #repeated = 0
  #repeatedChars = 0

  constructor(type: string, limits: Limits, within: RegExp | null = null) {
    this.#type = type
    this.#limits = limits
    this.#within = within
  }

  open(name: string, attributes: Attributes): void {
    const local = localName(name)
    if (this.#skip > 0 || skipped.has(local)) {
      if (local === 'changed-region') this.removed++
      this.#skip++
      return
    }
    if (this.#within?.test(local)) this.#inside++
    if (this.#within && this.#inside === 0) return
    this.#openText(name, local, attributes)
    this.#openTable(local, attributes)
    if (name === 'draw:page') {
      this.#slide = { title: null, blocks: [], notes: [] }
      this.slides++
      if (this.slides > this.#limits.slides) throw tooMany('The presentation', this.#limits.slides, 'slides')
    } else if (name === 'draw:frame' || name === 'draw:custom-shape') {
      this.#frame = attributes['presentation:class'] ?? ''
    } else if (name === 'presentation:notes') this.#inNotes++
  }

  #openText(name: string, local: string, attributes: Attributes): void {
    const paragraph = this.#paragraphs.at(-1)
    switch (local) {
      case 'h':
      case 'p':
        this.#paragraphs.push({
          text: '',
          heading: local === 'h'
            ? Math.min(9, Math.max(1, Number(attributes['text:outline-level']) || 1))
            : null,
        })
        break
      case 's':
        if (paragraph) paragraph.text += ' '.repeat(Math.min(100, Number(attributes['text:c']) || 1))
        break
      case 'tab':
        if (paragraph) paragraph.text += '\t'
        break
      case 'line-break':
        if (paragraph) paragraph.text += '\n'
        break
      case 'list':
        this.#lists++
        break
      case 'list-item':
        this.#isItemStart = true
        break
      case 'note-body':
        this.#note = []
        break
      case 'note-citation':
        this.#paragraphs.push({ text: '', heading: null })
        break
      case 'annotation':
        this.#comment = { author: '', text: [], inAuthor: false }
        break
      case 'creator':
        if (this.#comment) this.#comment.inAuthor = true
        break
      default:
        if (this.#comment && (name === 'dc:date' || local === 'initials' || local === 'creator-initials')) {
          this.#paragraphs.push({ text: '', heading: null })
        }
    }
  }

  #openTable(local: string, attributes: Attributes): void {
    const table = this.#tables.at(-1)
    switch (local) {
      case 'table':
        this.#endList()
        if (this.#type === 'ods' && this.#tables.length === 0) {
          this.found.push({ kind: 'sheet', name: attributes['table:name'] ?? 'Sheet' })
        }
        this.#tables.push({ rows: [], row: [], rowRepeat: 1, headerRows: 0, inHeader: false, cell: null })
        break
      case 'table-header-rows':
        if (table) table.inHeader = true
        break
      case 'table-row':
        if (table) {
          table.row = []
          table.rowRepeat = Math.max(1, Number(attributes['table:number-rows-repeated']) || 1)
        }
        break
      case 'table-cell':
      case 'covered-table-cell':
        if (table) table.cell = { text: [], attributes }
        break
    }
  }

  text(text: string): void {
    if (this.#skip > 0 || (this.#within && this.#inside === 0)) return
    if (this.#comment?.inAuthor) this.#comment.author += text
    else {
      const paragraph = this.#paragraphs.at(-1)
      // Line breaks in the XML are spaces.
      if (paragraph) paragraph.text += text.replace(/\s+/g, ' ')
    }
  }

  close(name: string): void {
    if (this.#skip > 0) {
      this.#skip--
      return
    }
    const local = localName(name)
    if (this.#within && this.#inside === 0) return
    if (this.#within?.test(local)) this.#inside--
    switch (local) {
      case 'h':
      case 'p':
        this.#endParagraph()
        break
      case 'list':
        if (--this.#lists === 0) this.#endList()
        break
      case 'note-body':
        if (this.#note?.length) this.#addNote(this.#note.join(' '))
        this.#note = null
        break
      case 'note-citation':
        this.#paragraphs.pop()
        break
      case 'annotation':
        this.#endComment()
        break
      case 'creator':
        if (this.#comment) this.#comment.inAuthor = false
        break
      case 'page':
        if (name === 'draw:page') this.#endSlide()
        break
      case 'notes':
        if (name === 'presentation:notes') this.#inNotes--
        break
      case 'frame':
      case 'custom-shape':
        this.#frame = ''
        break
      default:
        if (this.#comment && (name === 'dc:date' || local === 'initials' || local === 'creator-initials')) {
          this.#paragraphs.pop()
        }
        this.#closeTable(local)
    }
  }

  #closeTable(local: string): void {
    const table = this.#tables.at(-1)
    if (!table) return
    if (local === 'table-header-rows') table.inHeader = false
    else if (local === 'table-row') this.#endRow(table)
    else if (local === 'table') this.#endTable(table)
    else if ((local === 'table-cell' || local === 'covered-table-cell') && table.cell) {
      const { text, attributes } = table.cell
      table.cell = null
      const value = this.#type === 'ods' && this.#tables.length === 1
        ? valueOf(text.join('\n'), attributes)
        : collapseSpace(text.join(' ')) || null
      const count = Math.max(1, Number(attributes['table:number-columns-repeated']) || 1)
      const room = this.#limits.columns - table.row.length
      // Empty cells at the end of a row are repeated up to the edge of the sheet.
      const columns = Math.min(count, room)
      this.#repeat((columns - 1) * lengthOf(value))
      for (let index = 0; index < columns; index++) table.row.push(value)
    }
  }

  /** Few bytes of a file may say a long text many times. */
  #repeat(characters: number): void {
    this.#repeatedChars += Math.max(0, characters)
    if (this.#repeatedChars > maxRepeatedChars) {
      throw tooMany('The document', maxRepeatedChars, 'repeated characters')
    }
  }

  #endRow(table: Table): void {
    while (table.row.length && (table.row.at(-1) === null || table.row.at(-1) === '')) table.row.pop()
    if (table.row.length === 0 && this.#type === 'ods') return
    for (let index = 0; index < table.rowRepeat; index++) {
      if (index > 0) {
        this.#repeated += table.row.length
        this.#repeat(table.row.reduce<number>((sum, cell) => sum + lengthOf(cell), 0))
        if (this.#repeated > this.#limits.repeatedCells) {
          throw tooMany('The document', this.#limits.repeatedCells, 'repeated cells')
        }
        if (table.row.length === 0) break
      }
      if (this.#type === 'ods' && this.#tables.length === 1) {
        this.found.push({ kind: 'row', cells: table.row })
      } else {
        table.rows.push(table.row)
        if (table.inHeader) table.headerRows++
      }
    }
    table.row = []
  }

  #endTable(table: Table): void {
    this.#tables.pop()
    const rows = table.rows.map((row) => row.map((cell) => cell === null ? '' : `${cell}`))
    if (!rows.some((row) => row.some(Boolean))) return
    const outer = this.#tables.at(-1)?.cell
    if (outer) {
      const text = rows.map((row) => row.filter(Boolean).join(' | ')).join('\n')
      if (outer.text.join('').length <= this.#limits.cellChars) outer.text.push(text)
    } else {
      const headerRows = Math.min(table.headerRows, rows.length - 1)
      this.#add({ kind: 'table', caption: null, headerRows, rows })
    }
  }

  #endParagraph(): void {
    const paragraph = this.#paragraphs.pop()
    if (!paragraph) return
    const text = paragraph.text.replace(/[ \u00a0]+/g, ' ').replace(/ ?\n ?/g, '\n').trim()
    const cell = this.#tables.at(-1)?.cell
    if (this.#comment) {
      if (text) this.#comment.text.push(text)
    } else if (this.#note) {
      if (text) this.#note.push(text)
    } else if (cell) {
      if (text) cell.text.push(text)
    } else if (text) this.#addParagraph(text, paragraph.heading)
    if (!this.#note && !this.#comment && this.#paragraphs.length === 0 && this.#notes.length) {
      const notes = this.#notes.splice(0).join('\n')
      if (cell) cell.text.push(notes)
      else {
        this.#endList()
        this.#add({ kind: 'text', text: notes })
      }
    }
  }

  #addParagraph(text: string, heading: number | null): void {
    if (this.#slide && (this.#inNotes > 0 || this.#frame === 'notes')) this.#slide.notes.push(text)
    else if (this.#slide && this.#frame === 'title' && this.#slide.title === null) {
      this.#slide.title = collapseSpace(text)
    } else if (heading !== null && this.#lists === 0) {
      this.#endList()
      this.firstTitle ??= heading === 1 ? text : null
      this.#add({ kind: 'heading', level: heading, text })
    } else if (this.#lists > 0) {
      const indent = '  '.repeat(Math.min(40, this.#lists - 1))
      this.#list.push(this.#isItemStart ? `${indent}- ${text}` : `${indent}  ${text}`)
      this.#isItemStart = false
      this.#listChars += text.length
      if (this.#listChars > this.#limits.sectionChars / 2) this.#endList()
    } else this.#add({ kind: 'text', text })
  }

  #addNote(text: string): void {
    const mark = `[${++this.#noteCount}]`
    const paragraph = this.#paragraphs.at(-1)
    if (paragraph) paragraph.text += mark
    this.#notes.push(`${mark} ${text}`)
  }

  #endComment(): void {
    const comment = this.#comment
    this.#comment = null
    if (!comment?.text.length) return
    const text = comment.text.join('\n')
    this.comments.push(comment.author.trim() ? `${comment.author.trim()}: ${text}` : text)
  }

  #endList(): void {
    const text = this.#list.join('\n')
    this.#list = []
    this.#listChars = 0
    if (text) this.#add({ kind: 'text', text })
  }

  #endSlide(): void {
    const slide = this.#slide
    this.#slide = null
    if (!slide) return
    this.firstTitle ??= slide.title
    this.found.push({ kind: 'slide', number: this.slides })
    this.found.push(
      { kind: 'heading', level: 1, text: slide.title ?? `Slide ${this.slides}` },
      ...slide.blocks,
    )
    if (slide.notes.length) this.found.push({ kind: 'text', text: `Notes: ${slide.notes.join('\n')}` })
  }

  #add(block: Block): void {
    if (this.#slide) this.#slide.blocks.push(block)
    else this.found.push(block)
  }
}

/** The value of a cell of a sheet, with the text that is shown for it where that is another. */
function valueOf(text: string, attributes: Attributes): Cell {
  const number = Number(attributes['office:value'])
  switch (attributes['office:value-type']) {
    case 'float':
    case 'percentage':
    case 'currency':
      if (!Number.isFinite(number) || attributes['office:value'] === undefined) return text || null
      return withShown(number, text)
    case 'date': {
      const value = attributes['office:date-value']
      return value ? withShown(value.replace(/T00:00:00(\.0+)?$/, ''), text) : text || null
    }
    case 'boolean':
      return attributes['office:boolean-value'] === 'true'
    default:
      return text || null
  }
}

function withShown(value: number | string, text: string): Cell {
  const shown = text.trim()
  const isSame = shown === '' || shown === String(value) ||
    (typeof value === 'number' && !/^-?0\d|[^\d.,-]/.test(shown) && toNumber(shown) === value)
  return isSame ? value : new Shown(value, shown)
}

function lengthOf(value: Cell): number {
  return value === null ? 0 : `${value}`.length
}
