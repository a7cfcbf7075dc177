/** PPTX: a section for each slide, under its title, with its tables and notes. */
import { collapseSpace, truncate } from '../../../text/mod.ts'
import { tooMany } from '../../errors.ts'
import type { SourceFile } from '../../file.ts'
import { localName, type SaxHandler } from '../../input/sax.ts'
import type { Zip } from '../../input/zip.ts'
import type { Limits } from '../../limits.ts'
import { type Block, BlockWriter } from '../../output/blocks.ts'
import { cleanJson } from '../../output/clean_json.ts'
import type { JsonObject, RawPart } from '../../parts.ts'
import { attributeOf, maxSmallPartBytes, parsePart, readProperties, relationships } from './opc.ts'

/** One slide with all that is on it is small; pictures are parts of their own. */
const maxSlideBytes = 16 * 1024 * 1024

/** The document and its slides. */
export async function* readPptx(file: SourceFile, zip: Zip, part: string): AsyncGenerator<RawPart> {
  const { limits, signal } = file
  const { properties, title, language } = await readProperties(zip)
  const slides = await slidesOf(zip, part, limits)
  const writer = new BlockWriter(limits)
  let opened = false
  for (const [index, slide] of slides.entries()) {
    signal?.throwIfAborted()
    const content = await readSlide(zip, slide, limits)
    if (!opened) {
      yield presentation(file, 'pptx', title ?? content.title, language, slides.length, properties)
      opened = true
    }
    writer.page = index + 1
    for (const block of blocksOf(content, index + 1)) yield* writer.add(block)
  }
  if (!opened) yield presentation(file, 'pptx', title, language, 0, properties)
  yield* writer.end()
}

/** The document part of a presentation. */
export function presentation(
  file: SourceFile,
  type: 'pptx' | 'odp',
  title: string | null,
  language: string | null,
  slides: number,
  properties: Readonly<Record<string, unknown>>,
): RawPart {
  return {
    kind: 'document',
    title: title ? truncate(title, 500) : file.title,
    type,
    media_type: type === 'odp'
      ? 'application/vnd.oasis.opendocument.presentation'
      : 'application/vnd.openxmlformats-officedocument.presentationml.presentation',
    language,
    page_count: slides,
    metadata: cleanJson(properties) as JsonObject,
  }
}

/** What is on a slide. */
export interface Slide {
  readonly title: string | null
  readonly hidden: boolean
  readonly blocks: readonly Block[]
  readonly notes: string
}

/** The blocks of a slide under its title, or its number. */
export function blocksOf({ title, hidden, blocks, notes }: Slide, number: number): Block[] {
  return [
    { kind: 'heading', level: 1, text: `${title ?? `Slide ${number}`}${hidden ? ' (hidden slide)' : ''}` },
    ...blocks,
    ...(notes ? [{ kind: 'text' as const, text: `Notes: ${notes}` }] : []),
  ]
}

async function slidesOf(zip: Zip, part: string, limits: Limits): Promise<string[]> {
  const byId = new Map(
    (await relationships(zip, part, limits)).map((relation) => [relation.id, relation.target]),
  )
  const slides = new Set<string>()
  const open: SaxHandler['open'] = (name, attributes) => {
    if (localName(name) !== 'sldId') return
    // The attribute `id` has a number; the one with a prefix refers to the part.
    const reference = Object.entries(attributes).find(([key]) => key.includes(':') && localName(key) === 'id')
      ?.[1]
    const target = byId.get(reference ?? '')
    if (target !== undefined && zip.has(target)) slides.add(target)
  }
  await parsePart(zip, part, { open }, { depth: limits.depth, maxBytes: maxSmallPartBytes })
  if (slides.size > limits.slides) throw tooMany('The presentation', limits.slides, 'slides')
  return [...slides]
}

async function readSlide(zip: Zip, part: string, limits: Limits): Promise<Slide> {
  const reader = new SlideReader(limits)
  const options = { depth: limits.depth, maxBytes: maxSlideBytes }
  await parsePart(zip, part, reader, options)
  let notes = ''
  const target = (await relationships(zip, part, limits)).find(({ type }) => type.endsWith('/notesSlide'))
    ?.target
  if (target !== undefined && zip.has(target)) {
    const aside = new SlideReader(limits, 'body')
    await parsePart(zip, target, aside, options)
    notes = aside.blocks.map((block) => block.kind === 'text' ? block.text : '').filter(Boolean).join('\n')
  }
  return { title: reader.title, hidden: reader.hidden, blocks: reader.blocks, notes }
}

/** Numbers of slides, dates and the like stand on every slide. */
const furniture = new Set(['sldNum', 'dt', 'ftr', 'hdr', 'sldImg'])

class SlideReader implements SaxHandler {
  title: string | null = null
  hidden = false
  readonly blocks: Block[] = []
  readonly #limits: Limits
  readonly #only: string | null
  #placeholder: string | null = null
  #lines: string[] = []
  #chars = 0
  #line = ''
  #level = 0
  #reading = false
  #table: string[][] | null = null
  #cell: string[] | null = null
  #span = 1
  #skip = 0

  /** With `only`, shapes with another placeholder are left out. */
  constructor(limits: Limits, only: string | null = null) {
    this.#limits = limits
    this.#only = only
  }

  open(name: string, attributes: Readonly<Record<string, string>>): void {
    const local = localName(name)
    // The second form of what other programs cannot draw.
    if (this.#skip > 0 || local === 'Fallback') {
      this.#skip++
      return
    }
    switch (local) {
      case 'sld':
        this.hidden = /^(0|false)$/.test(attributes['show'] ?? '')
        break
      case 'sp':
        this.#placeholder = null
        this.#lines = []
        this.#chars = 0
        break
      case 'ph':
        this.#placeholder = attributeOf(attributes, 'type') ?? 'body'
        break
      case 'tbl':
        this.#table = []
        break
      case 'tr':
        this.#table?.push([])
        break
      case 'tc':
        this.#cell = []
        this.#span = Math.min(100, Math.max(1, Number(attributes['gridSpan']) || 1))
        break
      case 'p':
        this.#line = ''
        this.#level = 0
        break
      case 'pPr':
        this.#level = Math.min(8, Number(attributes['lvl']) || 0)
        break
      case 't':
        this.#reading = true
        break
      case 'br':
        this.#line += '\n'
        break
    }
  }

  text(text: string): void {
    if (this.#reading && this.#skip === 0 && this.#line.length < this.#limits.sectionChars) this.#line += text
  }

  close(name: string): void {
    if (this.#skip > 0) {
      this.#skip--
      return
    }
    switch (localName(name)) {
      case 't':
        this.#reading = false
        break
      case 'p':
        this.#endLine()
        break
      case 'tc':
        if (this.#cell) {
          this.#table?.at(-1)?.push(collapseSpace(this.#cell.join(' ')), ...Array(this.#span - 1).fill(''))
        }
        this.#cell = null
        break
      case 'tbl':
        if (this.#table?.some((row) => row.some(Boolean))) {
          this.blocks.push({ kind: 'table', caption: null, headerRows: 0, rows: this.#table })
        }
        this.#table = null
        break
      case 'sp':
        this.#endShape()
        break
    }
  }

  #endLine(): void {
    const line = this.#line.trim()
    this.#line = ''
    if (!line) return
    if (this.#cell) this.#cell.push(line)
    else {
      this.#lines.push(`${'  '.repeat(this.#level)}${line}`)
      this.#chars += line.length
      // A shape may be as long as a document.
      if (this.#chars > this.#limits.sectionChars) this.#endShape()
    }
  }

  #endShape(): void {
    const text = this.#lines.join('\n')
    const placeholder = this.#placeholder
    this.#lines = []
    this.#chars = 0
    if (!text.trim() || furniture.has(placeholder ?? '')) return
    if (this.#only !== null && placeholder !== this.#only) return
    if (this.title === null && (placeholder === 'title' || placeholder === 'ctrTitle')) {
      this.title = collapseSpace(text)
    } else this.blocks.push({ kind: 'text', text })
  }
}
