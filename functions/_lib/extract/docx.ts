/**
 * DOCX, read as a stream of its XML: headings by their styles, lists, tables and notes. (mammoth, the usual library,
 * needs `__proto__`, which Deno does not have, and the whole document in memory.)
 */
import { cleanJson, collapse } from './clean.ts'
import type { SourceFile } from './file.ts'
import { type Block, BlockWriter } from './html.ts'
import type { Limits } from './limits.ts'
import { readProperties, relationships } from './office.ts'
import type { JsonObject, RawPart } from './parts.ts'
import { localName, Sax } from './sax.ts'
import { xmlText, type Zip } from './zip.ts'

/** How far the title is looked for before the document is announced. */
const titleWithin = 40

export async function* readDocx(file: SourceFile, zip: Zip, part: string): AsyncGenerator<RawPart> {
  const { limits, signal } = file
  const { properties, title, language } = await readProperties(zip)
  const related = await relationships(zip, part, limits)
  const partOf = (kind: string): string | null =>
    related.find(({ type }) => type.endsWith(`/${kind}`))?.target ?? null
  const styles = await readStyles(zip, partOf('styles'), limits)
  const numbering = await readNumbering(zip, partOf('numbering'), limits)
  const notes = {
    footnote: await readNotes(zip, partOf('footnotes'), limits),
    endnote: await readNotes(zip, partOf('endnotes'), limits),
  }
  const reader = new BodyReader(styles, numbering, notes, limits)
  const sax = new Sax(reader, { depth: limits.depth })
  const writer = new BlockWriter(limits)

  let waiting: Block[] | null = []
  const open = function* (): Generator<RawPart> {
    const heading = waiting?.find((block) => block.kind === 'heading' && block.level === 1)
    yield {
      kind: 'document',
      title: title ?? (heading?.kind === 'heading' ? heading.text.slice(0, 500) : file.title),
      type: 'docx',
      media_type: 'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
      language,
      page_count: typeof properties['pages'] === 'number' ? properties['pages'] : null,
      metadata: cleanJson(properties) as JsonObject,
    }
    for (const block of waiting ?? []) yield* writer.add(block)
    waiting = null
  }
  for await (const text of xmlText(zip, part, limits.docxPartBytes)) {
    signal?.throwIfAborted()
    sax.write(text)
    for (const block of reader.blocks.splice(0)) {
      if (!waiting) yield* writer.add(block)
      else {
        waiting.push(block)
        if (waiting.length >= titleWithin || (block.kind === 'heading' && block.level === 1)) yield* open()
      }
    }
  }
  sax.end()
  if (waiting) yield* open()
  yield* writer.end()
}

interface Style {
  readonly name: string
  readonly basedOn: string | null
  /** From 0; 9 is body text. */
  readonly outline: number | null
  readonly list: string | null
  readonly listLevel: number
}

/** What a style makes of its paragraphs: a heading of a level, an item of a list, or neither. */
interface Role {
  readonly heading: number | null
  readonly list: string | null
  readonly listLevel: number
}

async function readStyles(
  zip: Zip,
  part: string | null,
  limits: Limits,
): Promise<ReadonlyMap<string, Role>> {
  const styles = new Map<string, Style>()
  if (part === null || !zip.has(part)) return new Map()
  let id: string | null = null
  let style: { -readonly [Name in keyof Style]: Style[Name] } | null = null
  const sax = new Sax({
    open(name, attributes): void {
      const value = valueOf(attributes)
      switch (localName(name)) {
        case 'style':
          id = attributeOf(attributes, 'styleId')
          style = { name: '', basedOn: null, outline: null, list: null, listLevel: 0 }
          break
        case 'name':
          if (style) style.name = value ?? ''
          break
        case 'basedOn':
          if (style) style.basedOn = value
          break
        case 'outlineLvl':
          if (style && value !== null) style.outline = Number(value)
          break
        case 'numId':
          if (style) style.list = value
          break
        case 'ilvl':
          if (style) style.listLevel = Math.min(8, Number(value) || 0)
          break
      }
    },
    close(name): void {
      if (localName(name) !== 'style') return
      if (id !== null && style) styles.set(id, style)
      style = null
    },
    text(): void {},
  }, { depth: limits.depth })
  for await (const text of xmlText(zip, part, limits.docxPartBytes)) sax.write(text)
  sax.end()
  return rolesOf(styles)
}

/** A style speaks for itself, or through what it is based on. */
function rolesOf(styles: ReadonlyMap<string, Style>): ReadonlyMap<string, Role> {
  const roles = new Map<string, Role>()
  for (const id of styles.keys()) {
    let heading: number | null = null
    let list: { id: string; level: number } | null = null
    let outlined = false
    let style = styles.get(id)
    for (let step = 0; style && step < 16; step++) {
      const named = /^heading ([1-9])$/i.exec(style.name)?.[1]
      if (!outlined && heading === null) {
        if (named) heading = Number(named)
        else if (/^title$/i.test(style.name)) heading = 1
        else if (style.outline !== null) {
          outlined = true
          if (style.outline < 9) heading = style.outline + 1
        }
      }
      if (style.list !== null) list ??= { id: style.list, level: style.listLevel }
      style = style.basedOn === null ? undefined : styles.get(style.basedOn)
    }
    roles.set(id, { heading, list: list && list.id !== '0' ? list.id : null, listLevel: list?.level ?? 0 })
  }
  return roles
}

/** Whether a level of a list counts, by list and level. */
type Numbering = ReadonlyMap<string, ReadonlyMap<number, { ordered: boolean; start: number }>>

async function readNumbering(zip: Zip, part: string | null, limits: Limits): Promise<Numbering> {
  const abstract = new Map<string, Map<number, { ordered: boolean; start: number }>>()
  const lists = new Map<string, ReadonlyMap<number, { ordered: boolean; start: number }>>()
  if (part === null || !zip.has(part)) return lists
  let levels: Map<number, { ordered: boolean; start: number }> | null = null
  let level: { ordered: boolean; start: number } | null = null
  let list = ''
  const sax = new Sax({
    open(name, attributes): void {
      const value = valueOf(attributes)
      switch (localName(name)) {
        case 'abstractNum':
          levels = new Map()
          abstract.set(attributeOf(attributes, 'abstractNumId') ?? '', levels)
          break
        case 'lvl':
          level = { ordered: true, start: 1 }
          levels?.set(Number(attributeOf(attributes, 'ilvl') ?? 0), level)
          break
        case 'start':
          if (level) level.start = Number(value ?? 1) || 0
          break
        case 'numFmt':
          if (level) level.ordered = value !== 'bullet' && value !== 'none'
          break
        case 'num':
          levels = null
          list = attributeOf(attributes, 'numId') ?? ''
          break
        case 'abstractNumId': {
          const found = abstract.get(value ?? '')
          if (found) lists.set(list, found)
          break
        }
      }
    },
    close(name): void {
      if (localName(name) === 'lvl') level = null
    },
    text(): void {},
  }, { depth: limits.depth })
  for await (const text of xmlText(zip, part, limits.docxPartBytes)) sax.write(text)
  sax.end()
  return lists
}

async function readNotes(
  zip: Zip,
  part: string | null,
  limits: Limits,
): Promise<ReadonlyMap<string, string>> {
  const notes = new Map<string, string>()
  if (part === null || !zip.has(part)) return notes
  let id = ''
  let text = ''
  let reading = false
  const sax = new Sax({
    open(name, attributes): void {
      const local = localName(name)
      if (local === 'footnote' || local === 'endnote') {
        // Separators are notes of a type of their own.
        id = attributeOf(attributes, 'type') === null ? attributeOf(attributes, 'id') ?? '' : ''
        text = ''
      } else if (local === 't') reading = true
      else if (local === 'p' && text) text += ' '
    },
    close(name): void {
      const local = localName(name)
      if (local === 't') reading = false
      else if ((local === 'footnote' || local === 'endnote') && id) notes.set(id, collapse(text))
    },
    text(piece): void {
      if (reading && text.length < limits.sectionChars) text += piece
    },
  }, { depth: limits.depth })
  for await (const piece of xmlText(zip, part, limits.docxPartBytes)) sax.write(piece)
  sax.end()
  return notes
}

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
  /** Goes on with the cell above it. */
  merged: boolean
}

interface Table {
  readonly rows: Cell[][]
  heads: number
  cell: Cell | null
  head: boolean
}

/** What is in the file but not in the text: deleted and moved text, the second form of drawings, codes of fields. */
const skipped = new Set(['del', 'moveFrom', 'Fallback', 'instrText', 'delText', 'rubyPr', 'rt'])

class BodyReader {
  readonly blocks: Block[] = []
  readonly #styles: ReadonlyMap<string, Role>
  readonly #numbering: Numbering
  readonly #notes: Readonly<Record<'footnote' | 'endnote', ReadonlyMap<string, string>>>
  readonly #limits: Limits
  /** Text boxes have paragraphs inside of a paragraph, and tables stand inside of cells. */
  #paragraphs: Paragraph[] = []
  #tables: Table[] = []
  #skip = 0
  #reading = false
  #hidden = false
  #inRun = 0
  #inParagraphProperties = 0
  #noteCount = 0
  #counters = new Map<string, number[]>()
  /** The lines of a list that is open; its items stay together. */
  #list: string[] = []
  #listChars = 0

  constructor(
    styles: ReadonlyMap<string, Role>,
    numbering: Numbering,
    notes: Readonly<Record<'footnote' | 'endnote', ReadonlyMap<string, string>>>,
    limits: Limits,
  ) {
    this.#styles = styles
    this.#numbering = numbering
    this.#notes = notes
    this.#limits = limits
  }

  open(name: string, attributes: Readonly<Record<string, string>>): void {
    const local = localName(name)
    if (this.#skip > 0 || skipped.has(local)) {
      this.#skip++
      return
    }
    const paragraph = this.#paragraphs.at(-1)
    const table = this.#tables.at(-1)
    const value = valueOf(attributes)
    switch (local) {
      case 'p':
        this.#paragraphs.push({ text: '', style: null, outline: null, list: null, level: 0, notes: [] })
        break
      case 'pPr':
        this.#inParagraphProperties++
        break
      case 'pStyle':
        if (paragraph) paragraph.style = value
        break
      case 'outlineLvl':
        if (paragraph && value !== null) paragraph.outline = Number(value)
        break
      case 'numId':
        // 0 takes a paragraph out of the list of its style.
        if (paragraph) paragraph.list = value
        break
      case 'ilvl':
        if (paragraph) paragraph.level = Math.min(8, Number(value ?? 0) || 0)
        break
      case 'r':
        this.#inRun++
        this.#hidden = false
        break
      case 'vanish':
        // Of a run, not of the mark at the end of a paragraph.
        if (this.#inRun > 0 && this.#inParagraphProperties === 0) {
          this.#hidden = !/^(0|false|off)$/.test(value ?? '')
        }
        break
      case 't':
        this.#reading = !this.#hidden
        break
      case 'tab':
        // The same name sets the stops of a paragraph.
        if (this.#inRun > 0 && this.#inParagraphProperties === 0) this.#append('\t')
        break
      case 'br':
      case 'cr':
        if (this.#inRun > 0) this.#append('\n')
        break
      case 'noBreakHyphen':
        this.#append('-')
        break
      case 'footnoteReference':
      case 'endnoteReference': {
        const kind = local === 'footnoteReference' ? 'footnote' : 'endnote'
        const note = this.#notes[kind].get(attributeOf(attributes, 'id') ?? '')
        if (!note || !paragraph) break
        const mark = `[${++this.#noteCount}]`
        this.#append(mark)
        paragraph.notes.push(`${mark} ${note}`)
        break
      }
      case 'tbl':
        this.#endList()
        this.#tables.push({ rows: [], heads: 0, cell: null, head: false })
        break
      case 'tr':
        table?.rows.push([])
        if (table) table.head = false
        break
      case 'tblHeader':
        if (table) table.head = !/^(0|false|off)$/.test(value ?? '')
        break
      case 'tc':
        if (table) table.cell = { text: '', span: 1, merged: false }
        break
      case 'gridSpan':
        if (table?.cell) table.cell.span = Math.min(100, Math.max(1, Number(value) || 1))
        break
      case 'vMerge':
        if (table?.cell) table.cell.merged = value !== 'restart'
        break
    }
  }

  text(text: string): void {
    if (this.#reading && this.#skip === 0) this.#append(text)
  }

  close(name: string): void {
    if (this.#skip > 0) {
      this.#skip--
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
        if (table?.head && table.heads === table.rows.length - 1) table.heads++
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

  #append(text: string): void {
    const paragraph = this.#paragraphs.at(-1)
    if (paragraph) paragraph.text += text
  }

  #endParagraph({ text, style, outline, list, level, notes }: Paragraph): void {
    const content = text.replace(/[ \t\u00a0]+/g, ' ').replace(/ ?\n ?/g, '\n').trim()
    const cell = this.#tables.at(-1)?.cell
    if (cell) {
      const whole = [content, ...notes].filter(Boolean).join(' ')
      if (whole && cell.text.length <= this.#limits.cellChars) cell.text += `${cell.text ? '\n' : ''}${whole}`
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

  #mark(list: string, level: number): string {
    const { ordered, start } = this.#numbering.get(list)?.get(level) ?? { ordered: false, start: 1 }
    if (!ordered) return '-'
    const counters = this.#counters.get(list) ?? []
    counters.length = Math.max(counters.length, level + 1)
    const next = (counters[level] ?? start - 1) + 1
    counters[level] = next
    // What is further in begins anew.
    counters.length = level + 1
    this.#counters.set(list, counters)
    return `${next}.`
  }

  #endList(): void {
    if (this.#list.length) this.blocks.push({ kind: 'text', text: this.#list.join('\n') })
    this.#list = []
    this.#listChars = 0
  }

  #endTable({ rows, heads }: Table): void {
    const grid: string[][] = []
    for (const row of rows) {
      const cells: string[] = []
      for (const { text, span, merged } of row) {
        const above = grid.at(-1)?.[cells.length] ?? ''
        cells.push(merged ? above : collapse(text), ...Array<string>(span - 1).fill(''))
      }
      grid.push(cells)
    }
    const outer = this.#tables.at(-1)?.cell
    if (outer) {
      // A table inside of a cell is text of the cell.
      const text = grid.map((cells) => cells.filter(Boolean).join(' | ')).join('\n')
      if (outer.text.length <= this.#limits.cellChars) outer.text += `${outer.text ? '\n' : ''}${text}`
      return
    }
    const width = grid.reduce((most, cells) => Math.max(most, cells.length), 0)
    // One cell is a frame around text.
    if (grid.length === 1 && width === 1) this.blocks.push({ kind: 'text', text: rows[0]?.[0]?.text ?? '' })
    else if (grid.length) {
      this.blocks.push({ kind: 'table', caption: null, heads: Math.min(heads, grid.length - 1), rows: grid })
    }
  }
}

function attributeOf(attributes: Readonly<Record<string, string>>, name: string): string | null {
  for (const [key, value] of Object.entries(attributes)) if (localName(key) === name) return value
  return null
}

function valueOf(attributes: Readonly<Record<string, string>>): string | null {
  return attributes['w:val'] ?? attributeOf(attributes, 'val')
}
