/** The parts beside the text of a DOCX: styles, numbering of lists, footnotes and endnotes. */
import { collapseSpace } from '../../../text/mod.ts'
import { localName, type SaxHandler } from '../../input/sax.ts'
import type { Zip } from '../../input/zip.ts'
import type { Limits } from '../../limits.ts'
import { attributeOf, parsePart } from './opc.ts'

/** What a style makes of its paragraphs: a heading of a level, an item of a list, or neither. */
export interface Role {
  readonly heading: number | null
  readonly list: string | null
  readonly listLevel: number
}

/** The role of each style, by the id of the style. */
export type Styles = ReadonlyMap<string, Role>

interface ListLevel {
  /** Numbered rather than bulleted. */
  ordered: boolean
  start: number
}

/** By list, then by level. */
export type Numbering = ReadonlyMap<string, ReadonlyMap<number, ListLevel>>

/** Texts of notes, by their ids. */
export type Notes = Readonly<Record<'footnote' | 'endnote', ReadonlyMap<string, string>>>

/** The value of the attribute `val`, which most elements have. */
export function valueOf(attributes: Readonly<Record<string, string>>): string | null {
  return attributes['w:val'] ?? attributeOf(attributes, 'val')
}

async function parse(zip: Zip, part: string | null, handler: SaxHandler, limits: Limits): Promise<void> {
  if (part === null || !zip.has(part)) return
  await parsePart(zip, part, handler, { depth: limits.depth, maxBytes: limits.docxPartBytes })
}

interface Style {
  name: string
  basedOn: string | null
  /** From 0; 9 is body text. */
  outline: number | null
  list: string | null
  listLevel: number
}

/** An empty map where the document has no such part. */
export async function readStyles(zip: Zip, part: string | null, limits: Limits): Promise<Styles> {
  const styles = new Map<string, Style>()
  let id: string | null = null
  let style: Style | null = null
  const handler: SaxHandler = {
    open(name, attributes): void {
      const local = localName(name)
      const value = valueOf(attributes)
      if (local === 'style') {
        id = attributeOf(attributes, 'styleId')
        style = { name: '', basedOn: null, outline: null, list: null, listLevel: 0 }
      } else if (!style) return
      else if (local === 'name') style.name = value ?? ''
      else if (local === 'basedOn') style.basedOn = value
      else if (local === 'outlineLvl' && value !== null) style.outline = Number(value)
      else if (local === 'numId') style.list = value
      else if (local === 'ilvl') style.listLevel = Math.min(8, Number(value) || 0)
    },
    close(name): void {
      if (localName(name) !== 'style') return
      if (id !== null && style) styles.set(id, style)
      style = null
    },
  }
  await parse(zip, part, handler, limits)
  return new Map(Array.from(styles.keys(), (key) => [key, roleOf(key, styles)]))
}

/** What a style does not define, it has from the style that it is based on. */
function roleOf(id: string, styles: ReadonlyMap<string, Style>): Role {
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
  return { heading, list: list && list.id !== '0' ? list.id : null, listLevel: list?.level ?? 0 }
}

/** An empty map where the document has no such part. */
export async function readNumbering(zip: Zip, part: string | null, limits: Limits): Promise<Numbering> {
  const abstract = new Map<string, Map<number, ListLevel>>()
  const lists = new Map<string, ReadonlyMap<number, ListLevel>>()
  let levels: Map<number, ListLevel> | null = null
  let level: ListLevel | null = null
  let list = ''
  const handler: SaxHandler = {
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
  }
  await parse(zip, part, handler, limits)
  return lists
}

/** An empty map where the document has no such part. */
export async function readNotes(
  zip: Zip,
  part: string | null,
  limits: Limits,
): Promise<ReadonlyMap<string, string>> {
  const notes = new Map<string, string>()
  let id = ''
  let note = ''
  let reading = false
  const handler: SaxHandler = {
    open(name, attributes): void {
      const local = localName(name)
      if (local === 'footnote' || local === 'endnote') {
        // Separators are notes with a type.
        id = attributeOf(attributes, 'type') === null ? attributeOf(attributes, 'id') ?? '' : ''
        note = ''
      } else if (local === 't') reading = true
      else if (local === 'p' && note) note += ' '
    },
    close(name): void {
      const local = localName(name)
      if (local === 't') reading = false
      else if ((local === 'footnote' || local === 'endnote') && id) notes.set(id, collapseSpace(note))
    },
    text(text): void {
      if (reading && note.length < limits.sectionChars) note += text
    },
  }
  await parse(zip, part, handler, limits)
  return notes
}

/** The comments, each with its author; none where the document has no such part. */
export async function readComments(zip: Zip, part: string | null, limits: Limits): Promise<string[]> {
  const comments: string[] = []
  let author: string | null = null
  let comment = ''
  let reading = false
  const handler: SaxHandler = {
    open(name, attributes): void {
      const local = localName(name)
      if (local === 'comment') {
        author = attributeOf(attributes, 'author')
        comment = ''
      } else if (local === 't') reading = true
      else if (local === 'p' && comment) comment += ' '
    },
    close(name): void {
      const local = localName(name)
      if (local === 't') reading = false
      else if (local === 'comment' && comment.trim()) {
        comments.push(collapseSpace(author ? `${author}: ${comment}` : comment))
      }
    },
    text(text): void {
      if (reading && comment.length < limits.sectionChars) comment += text
    },
  }
  await parse(zip, part, handler, limits)
  return comments
}
