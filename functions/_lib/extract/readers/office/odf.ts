/** ODT, ODS and ODP: one file of XML for the content, with the same elements for text and tables in all of them. */
import { truncate } from '../../../text/mod.ts'
import { encrypted, ExtractionError, tooMany } from '../../errors.ts'
import type { SourceFile } from '../../file.ts'
import { localName, Sax, type SaxHandler } from '../../input/sax.ts'
import { xmlText, type Zip } from '../../input/zip.ts'
import { BlockWriter } from '../../output/blocks.ts'
import { cleanJson } from '../../output/clean_json.ts'
import { SampledTable } from '../../output/sampled_table.ts'
import type { Cell } from '../../output/shown.ts'
import { layoutOf } from '../../output/table_layout.ts'
import { type JsonObject, type RawPart, warning } from '../../parts.ts'
import { underHeading, withoutRepeats } from './docx.ts'
import { ContentReader } from './odf_content.ts'
import { maxSmallPartBytes, parsePart } from './opc.ts'
import { presentation } from './pptx.ts'

/** Which of the formats a file is, by its content. */
export type OdfType = 'odt' | 'ods' | 'odp'

/** The type that the first part of the archive declares, or null. */
export function odfType(declared: string): OdfType | null {
  const kind = /^application\/vnd\.oasis\.opendocument\.(text|spreadsheet|presentation)/.exec(declared)?.[1]
  return kind === 'text' ? 'odt' : kind === 'spreadsheet' ? 'ods' : kind === 'presentation' ? 'odp' : null
}

/** The document, and its text, sheets or slides. */
export async function* readOdf(file: SourceFile, zip: Zip, type: OdfType): AsyncGenerator<RawPart> {
  const { limits, signal } = file
  if (!zip.has('content.xml')) throw new ExtractionError('damaged_file', 'The document has no content.')
  await refuseEncrypted(zip, limits.depth)
  const { title, language, ...properties } = await readMeta(zip, limits.depth)
  const reader = new ContentReader(type, limits)
  const sax = new Sax(reader, { depth: limits.depth })
  const writer = new BlockWriter(limits)
  const sheets = new SheetWriter(file)
  let opened = false
  const open = function* (): Generator<RawPart> {
    if (opened) return
    opened = true
    yield documentOf(file, type, title ?? reader.firstTitle, language ?? null, reader.slides, properties)
  }
  for await (
    const text of xmlText(zip, 'content.xml', type === 'ods' ? limits.sheetBytes : limits.docxPartBytes)
  ) {
    signal?.throwIfAborted()
    sax.write(text)
    if (!opened && type !== 'ods' && reader.firstTitle === null && reader.found.length < 40) continue
    yield* open()
    yield* drain(reader, writer, sheets)
  }
  sax.end()
  yield* open()
  yield* drain(reader, writer, sheets)
  yield* sheets.end()
  writer.page = null
  if (type === 'odt') {
    const asides = underHeading('Headers and footers', withoutRepeats(await readAsides(zip, file)))
    for (const block of asides) yield* writer.add(block)
  }
  const comments = reader.comments.map((text) => ({ kind: 'text' as const, text }))
  for (const block of underHeading('Comments', comments)) yield* writer.add(block)
  yield* writer.end()
  if (reader.removed) {
    const message = 'The document has tracked changes: it was read as if they were accepted.'
    yield warning('tracked_changes', message, reader.removed)
  }
}

function documentOf(
  file: SourceFile,
  type: OdfType,
  title: string | null,
  language: string | null,
  slides: number,
  properties: Readonly<Record<string, string>>,
): RawPart {
  if (type === 'odp') return presentation(file, type, title, language, slides, properties)
  return {
    kind: 'document',
    title: title ? truncate(title, 500) : file.title,
    type,
    media_type: `application/vnd.oasis.opendocument.${type === 'odt' ? 'text' : 'spreadsheet'}`,
    language,
    page_count: null,
    metadata: cleanJson(properties) as JsonObject,
  }
}

function* drain(reader: ContentReader, writer: BlockWriter, sheets: SheetWriter): Generator<RawPart> {
  for (const found of reader.found.splice(0)) {
    if (found.kind === 'slide') writer.page = found.number
    else if (found.kind === 'sheet' || found.kind === 'row') yield* sheets.add(found)
    else yield* writer.add(found)
  }
}

/** The sheets of a workbook, a table each. */
class SheetWriter {
  readonly #file: SourceFile
  #table: SampledTable<Cell[]> | null = null
  #order = 0
  #sheets = 0

  constructor(file: SourceFile) {
    this.#file = file
  }

  *add(found: { kind: 'sheet'; name: string } | { kind: 'row'; cells: Cell[] }): Generator<RawPart> {
    if (found.kind === 'row') {
      if (this.#table) yield* this.#table.add(found.cells)
      return
    }
    yield* this.end()
    const { limits } = this.#file
    if (++this.#sheets > limits.sheets) throw tooMany('The workbook', limits.sheets, 'sheets')
    this.#table = new SampledTable<Cell[]>(100, (sample) => {
      const { caption, left, columns, headerDetected, skip } = layoutOf(sample, { trim: true })
      return {
        head: { order: this.#order++, caption, sheet: found.name, columns, header_detected: headerDetected },
        skip,
        cellsOf: (cells) => cells.slice(left),
      }
    }, limits)
  }

  *end(): Generator<RawPart> {
    if (this.#table && !this.#table.isEmpty) yield* this.#table.end()
    this.#table = null
  }
}

async function readAsides(zip: Zip, { limits }: SourceFile): Promise<{ kind: 'text'; text: string }[]> {
  if (!zip.has('styles.xml')) return []
  const reader = new ContentReader('odt', limits, /^(header|footer)(-left|-first)?$/)
  await parsePart(zip, 'styles.xml', reader, { depth: limits.depth, maxBytes: limits.sharedStringsBytes })
  return reader.found.flatMap((found) =>
    found.kind === 'text' || found.kind === 'heading' ? [{ kind: 'text' as const, text: found.text }] : []
  )
}

/** A document with a password lists how each of its parts is encrypted. */
async function refuseEncrypted(zip: Zip, depth: number): Promise<void> {
  if (!zip.has('META-INF/manifest.xml')) return
  const open: SaxHandler['open'] = (name) => {
    if (localName(name) === 'encryption-data') throw encrypted()
  }
  const options = { depth, maxBytes: maxSmallPartBytes, lenient: true }
  await parsePart(zip, 'META-INF/manifest.xml', { open }, options)
}

const names: Readonly<Record<string, string>> = {
  'dc:title': 'title',
  'dc:language': 'language',
  'dc:creator': 'author',
  'dc:date': 'modified',
  'dc:subject': 'subject',
  'dc:description': 'description',
  'meta:creation-date': 'created',
  'meta:generator': 'application',
  'meta:keyword': 'keywords',
}

async function readMeta(zip: Zip, depth: number): Promise<Record<string, string>> {
  const found: Record<string, string> = {}
  if (!zip.has('meta.xml')) return found
  let field: string | undefined
  const handler: SaxHandler = {
    open: (name) => void (field = names[name]),
    close: () => void (field = undefined),
    text: (text) => {
      if (field !== undefined) found[field] = truncate(`${found[field] ?? ''}${text}`, 2_000)
    },
  }
  await parsePart(zip, 'meta.xml', handler, { depth, maxBytes: maxSmallPartBytes, lenient: true })
  return found
}
