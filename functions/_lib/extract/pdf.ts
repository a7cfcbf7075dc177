/**
 * PDF through pdf.js: text by page, headings by their size, tables by their geometry. Pages are read one after the
 * other and forgotten; a few are read before, to learn what is body text and what repeats on every page.
 */
import { Buffer } from 'node:buffer'
import { getDocumentProxy } from 'unpdf'
import { cleanJson, collapse } from './clean.ts'
import { asExtractionError, ExtractionError, megabytes } from './errors.ts'
import type { SourceFile } from './file.ts'
import type { Limits } from './limits.ts'
import { type Coordinates, type JsonObject, type RawPart, warning } from './parts.ts'
import {
  continues,
  elementsOf,
  flowOf,
  headingKey,
  type PdfTable,
  type Row,
  rowsOf,
  type Run,
  RunningLines,
  sameColumns,
  type SampledPage,
  type Typography,
  typographyOf,
} from './pdf_layout.ts'
import { Sections } from './sections.ts'
import { TableBatches } from './tables.ts'
import { inflate } from './zip.ts'

type Document = Awaited<ReturnType<typeof getDocumentProxy>>

/** How many pages are read to learn the typography. */
const sampledPages = 24

export async function* readPdf(file: SourceFile): AsyncGenerator<RawPart> {
  const { source, limits, signal } = file
  const bytes = await source.readAll(limits.pdfBytes, 'A PDF')
  await refuseBombs(bytes, limits)
  const pdf = await open(bytes)
  try {
    if (pdf.numPages > limits.pages) {
      throw new ExtractionError(
        'too_many_pages',
        `A PDF may have ${limits.pages} pages.`,
        'Split the document.',
      )
    }
    signal?.throwIfAborted()
    const samples: SampledPage[] = []
    const every = Math.max(1, Math.ceil(pdf.numPages / sampledPages))
    for (let number = 1; number <= pdf.numPages; number += every) {
      const page = await readPage(pdf, number, limits).catch(passAbort(signal))
      if (page) samples.push(page)
      signal?.throwIfAborted()
    }
    if (samples.length === 0) throw new ExtractionError('damaged_file', 'No page of the PDF can be read.')
    const type = typographyOf(samples, await bookmarks(pdf))
    const { part, forms } = await describe(pdf, file, samples[0]?.rows ?? [])
    yield part
    yield* readPages(pdf, type, file, forms)
  } finally {
    await pdf.loadingTask.destroy().catch(() => {})
  }
}

async function open(data: Uint8Array): Promise<Document> {
  try {
    return await getDocumentProxy(data, {
      disableFontFace: true,
      useSystemFonts: false,
      stopAtErrors: false,
      verbosity: 0,
    })
  } catch (cause) {
    const name = cause instanceof Error ? cause.name : ''
    if (name === 'PasswordException') {
      throw new ExtractionError('encrypted_file', 'The PDF has a password.', 'Save it without a password.', {
        cause,
      })
    }
    throw asExtractionError(cause, 'damaged_file', 'The PDF is damaged.')
  }
}

/** A page that cannot be read is left out; an abort, or a refusal of ours, ends the whole. */
function passAbort(signal: AbortSignal | undefined): (cause: unknown) => null {
  return (cause) => {
    signal?.throwIfAborted()
    if (cause instanceof ExtractionError) throw cause
    return null
  }
}

async function readPage(
  pdf: Document,
  number: number,
  limits: Limits,
  forms = false,
): Promise<SampledPage & { fields: string[] }> {
  const page = await pdf.getPage(number)
  try {
    const runs: Run[] = []
    const reader = page.streamTextContent({ disableNormalization: false }).getReader()
    try {
      while (true) {
        const { done, value } = await reader.read()
        if (done) break
        for (const item of value.items) {
          if (!('str' in item)) continue
          const [a = 0, b = 0, c = 0, d = 0, x = 0, y = 0] = item.transform as number[]
          runs.push({
            text: item.str,
            x,
            y,
            width: item.width,
            size: Math.round((Math.hypot(c, d) || item.height) * 10) / 10,
            font: item.fontName,
            mono: value.styles[item.fontName]?.fontFamily === 'monospace',
            turned: Math.abs(b) > Math.abs(a),
          })
        }
        if (runs.length > limits.pageItems) {
          throw new ExtractionError('too_many_parts', `Page ${number} of the PDF draws too much text.`)
        }
      }
    } finally {
      // pdf.js insists on a reason, and hangs without one.
      await reader.cancel(new Error('read')).catch(() => {})
    }
    const [, bottom = 0, , top = 792] = page.view as number[]
    return { rows: rowsOf(runs), bottom, top, fields: forms ? await formFields(page) : [] }
  } finally {
    page.cleanup()
  }
}

/** What was filled into a form is no part of the text of a page. Asked only of files with forms: it takes as long as text. */
async function formFields(page: Awaited<ReturnType<Document['getPage']>>): Promise<string[]> {
  const annotations = await page.getAnnotations().catch(() => []) as {
    fieldName?: unknown
    fieldType?: unknown
    fieldValue?: unknown
    alternativeText?: unknown
  }[]
  return annotations.slice(0, 2_000).flatMap(({ fieldName, fieldType, fieldValue, alternativeText }) => {
    if (fieldType !== 'Tx' && fieldType !== 'Ch') return []
    const value = (Array.isArray(fieldValue) ? fieldValue : [fieldValue])
      .filter((item) => typeof item === 'string' && item.trim()).join(', ')
    const name = [alternativeText, fieldName].find((item) => typeof item === 'string' && item.trim())
    return value ? [`${name ?? 'field'}: ${value}`] : []
  })
}

async function describe(
  pdf: Document,
  file: SourceFile,
  firstRows: readonly Row[],
): Promise<{ part: RawPart; forms: boolean }> {
  const { info } = await pdf.getMetadata().catch(() => ({ info: {} })) as { info: Record<string, unknown> }
  const text = (name: string): string | null => {
    const value = info[name]
    return typeof value === 'string' && value.trim() ? collapse(value).slice(0, 2_000) : null
  }
  const named = text('Title')
  // Programs write their own name, or that of the file, where nobody gave a title.
  const titled =
    named && !/^(untitled|microsoft word|document\d*)\b|\.(docx?|indd|pdf|qxd|tex|dvi)$/i.test(named)
      ? named.slice(0, 500)
      : null
  const forms = info['IsAcroFormPresent'] === true
  const part: RawPart = {
    kind: 'document',
    title: titled ?? largestLine(firstRows) ?? file.title,
    type: 'pdf',
    media_type: 'application/pdf',
    language: text('Language'),
    page_count: pdf.numPages,
    metadata: cleanJson({
      pdf_version: text('PDFFormatVersion'),
      author: text('Author'),
      subject: text('Subject'),
      keywords: text('Keywords'),
      creator: text('Creator'),
      producer: text('Producer'),
      created: pdfDate(text('CreationDate')),
      modified: pdfDate(text('ModDate')),
      form: forms,
    }) as JsonObject,
  }
  return { part, forms }
}

/** The line of the first page set largest, when it stands out. */
function largestLine(rows: readonly Row[]): string | null {
  const sizes = rows.map((row) => row.size)
  const largest = Math.max(...sizes, 0)
  const usual = [...sizes].sort((a, b) => a - b)[sizes.length >> 1] ?? 0
  const row = rows.find((candidate) => candidate.size === largest)
  const text = collapse(row?.cells.map((cell) => cell.text).join(' ') ?? '')
  return rows.length > 1 && largest >= usual * 1.2 && text.length >= 3 && text.length <= 200 ? text : null
}

/** `D:20250208122313+01'00'` in ISO 8601. */
export function pdfDate(value: string | null): string | null {
  const match = /^D:(\d{4})(\d{2})?(\d{2})?(\d{2})?(\d{2})?(\d{2})?\s*(?:Z|([+-])(\d{2})'?(\d{2})?)?/.exec(
    value ?? '',
  )
  if (!match) return null
  const [
    ,
    year,
    month = '01',
    day = '01',
    hour = '00',
    minute = '00',
    second = '00',
    sign,
    hours = '00',
    minutes = '00',
  ] = match
  const date = new Date(
    `${year}-${month}-${day}T${hour}:${minute}:${second}${sign ? `${sign}${hours}:${minutes}` : 'Z'}`,
  )
  return Number.isNaN(date.getTime()) ? null : date.toISOString()
}

/** The tables of a document; one at the end of a page stays open for the next page to go on with. */
class PageTables {
  readonly #limits: Limits
  #count = 0
  #open: { table: PdfTable; batches: TableBatches; segments: Coordinates[]; page: number } | null = null

  constructor(limits: Limits) {
    this.#limits = limits
  }

  *end(): Generator<RawPart> {
    if (!this.#open) return
    this.#open.batches.segments = this.#open.segments
    yield* this.#open.batches.end()
    this.#open = null
  }

  /** `first` says that nothing stands above the table on its page. */
  *add(table: PdfTable, page: number, first: boolean, path: readonly string[]): Generator<RawPart> {
    const goesOn = first && this.#open?.page === page - 1 && continues(this.#open.table, table)
    if (!goesOn) {
      yield* this.end()
      const { columns, header } = table
      const head = { order: this.#count++, page, heading_path: path, columns, header_detected: header }
      this.#open = { table, batches: new TableBatches(head, this.#limits), segments: [], page }
    }
    if (!this.#open) return
    this.#open.page = page
    this.#open.segments.push({ page, bbox: table.bbox })
    // What looks like a header there is a row here, unless it is the same one again.
    if (goesOn && table.header && !sameColumns(this.#open.table, table)) {
      yield* this.#open.batches.add(table.columns)
    }
    for (const row of table.rows) yield* this.#open.batches.add(row)
  }
}

async function* readPages(
  pdf: Document,
  type: Typography,
  file: SourceFile,
  forms: boolean,
): AsyncGenerator<RawPart> {
  const { limits, signal } = file
  const sections = new Sections(limits)
  const tables = new PageTables(limits)
  const running = new RunningLines(type.running)
  let unreadable = 0
  for (let number = 1; number <= pdf.numPages; number++) {
    signal?.throwIfAborted()
    const page = await readPage(pdf, number, limits, forms).catch(passAbort(signal))
    if (!page) {
      unreadable++
      continue
    }
    for (const [index, piece] of flowOf(elementsOf(running.without(page)), type).entries()) {
      if (piece.kind === 'table') {
        yield* sections.flush()
        yield* tables.add(piece.table, number, index === 0, sections.path)
        continue
      }
      yield* tables.end()
      if (piece.kind === 'heading') yield* sections.heading(piece.level, piece.text, number)
      else yield* sections.text(piece.text, number)
    }
    if (page.fields.length) {
      yield* tables.end()
      yield* sections.text(page.fields.join('\n'), number)
    }
  }
  yield* tables.end()
  yield* sections.flush()
  if (unreadable) yield warning('page_unreadable', 'Pages that could not be read were left out.', unreadable)
}

/** Levels by the titles of the bookmarks, which name headings for certain. */
async function bookmarks(pdf: Document): Promise<Map<string, number>> {
  const levels = new Map<string, number>()
  const walk = (items: readonly { title: string; items: unknown }[], level: number): void => {
    for (const { title, items: inner } of items) {
      if (levels.size >= 5_000) return
      const key = headingKey(title)
      if (key && !levels.has(key)) levels.set(key, Math.min(level, 6))
      if (level < 20 && Array.isArray(inner)) walk(inner, level + 1)
    }
  }
  walk(await pdf.getOutline().catch(() => null) ?? [], 1)
  return levels
}

/**
 * Streams of a PDF that inflate to more than any page needs would fill the memory inside of pdf.js, which knows no
 * limit. What begins like zlib and is long enough to matter is inflated once, counted and thrown away.
 */
async function refuseBombs(bytes: Uint8Array, limits: Limits): Promise<void> {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const refusal = (limit: number): ExtractionError =>
    new ExtractionError('inflates_too_much', `A part of the PDF inflates to more than ${megabytes(limit)}.`)
  for (let at = buffer.indexOf('stream'); at >= 0; at = buffer.indexOf('stream', at + 6)) {
    if (buffer.toString('latin1', Math.max(0, at - 3), at) === 'end') continue
    const dictionary = buffer.toString('latin1', Math.max(0, at - 1_000), at)
      .split('endstream').at(-1)?.replace(
        /#([0-9a-f]{2})/gi,
        (_, hex) => String.fromCharCode(parseInt(hex, 16)),
      ) ?? ''
    if ((dictionary.match(/\/(?:FlateDecode|Fl|LZWDecode|LZW)\b/g)?.length ?? 0) > 1) {
      throw refusal(limits.pdfStreamBytes)
    }
    let start = at + 6
    if (bytes[start] === 0x0d) start++
    if (bytes[start] === 0x0a) start++
    const [first = 0, second = 0] = [bytes[start], bytes[start + 1]]
    if ((first & 0x0f) !== 8 || (first * 256 + second) % 31 !== 0) continue
    const found = buffer.indexOf('endstream', start)
    const end = found < 0 ? bytes.length : found
    const limit = /\/Subtype\s*\/Image/.test(dictionary) ? limits.pdfStreamBytes * 4 : limits.pdfStreamBytes
    // Deflate grows 1032 times at most.
    if ((end - start) * 1032 <= limit) continue
    try {
      const chunks = inflate(bytes.subarray(start, end), 'deflate', limit, () => refusal(limit))
      while (!(await chunks.next()).done);
    } catch (cause) {
      if (cause instanceof ExtractionError && cause.code === 'inflates_too_much') throw cause
    }
    at = end - 6
  }
}
