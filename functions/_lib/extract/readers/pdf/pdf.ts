/**
 * PDF through pdf.js: text by page, headings by their size, tables by their geometry. Pages are read one after the
 * other and released; a few are read in advance, to learn what is body text and what repeats on every page.
 */
import { AppFailure } from '../../../../../types/errors.ts'
import { cleanText } from '../../../text/mod.ts'
import { ExtractionError, tooMany } from '../../errors.ts'
import type { SourceFile } from '../../file.ts'
import { Sections } from '../../output/sections.ts'
import { type RawPart, warning } from '../../parts.ts'
import { refuseBombs } from './bombs.ts'
import { bookmarks, describe, openPdf } from './document.ts'
import { flowOf } from './flow.ts'
import { type Document, readFields, type ReadPage, readPage } from './page.ts'
import { PageTables } from './page_tables.ts'
import { imagesOfPage, maxImagePixels } from './scans.ts'
import { elementsOf } from './tables.ts'
import { RunningLines, type Typography, typographyOf } from './typography.ts'

/** How many pages are read to learn the typography. */
const sampledPages = 24

/** The document, its sections and tables. */
export async function* readPdf(file: SourceFile): AsyncGenerator<RawPart> {
  const { source, limits, signal } = file
  const bytes = await source.readAll(limits.pdfBytes, 'The PDF')
  await refuseBombs(bytes, limits)
  const pdf = await openPdf(bytes)
  try {
    if (pdf.numPages > limits.pages) {
      throw tooMany('The PDF', limits.pages, 'pages', 'Split the document.', 'too_many_pages')
    }
    signal?.throwIfAborted()
    const samples = await samplePages(pdf, file)
    if (samples.length === 0) throw new ExtractionError('damaged_file', 'No page of the PDF can be read.')
    const typography = typographyOf(samples.map(({ page }) => page), await bookmarks(pdf))
    const { part, hasForm } = await describe(pdf, file, samples[0]?.page)
    yield part
    const known = new Map(samples.filter(isSmall).map(({ number, page }) => [number, page]))
    samples.length = 0
    yield* readPages(pdf, { typography, known, hasForm }, file)
  } finally {
    await pdf.loadingTask.destroy().catch(() => {})
  }
}

interface Sample {
  readonly number: number
  readonly page: ReadPage
}

/** In rows: larger pages are read again instead of being kept. */
const maxKeptRows = 2_000

function isSmall({ page: { rows, tables } }: Sample): boolean {
  return tables.reduce((sum, table) => sum + table.rows.length, rows.length) <= maxKeptRows
}

async function samplePages(pdf: Document, file: SourceFile): Promise<Sample[]> {
  const samples: Sample[] = []
  const every = Math.max(1, Math.ceil(pdf.numPages / sampledPages))
  for (let number = 1; number <= pdf.numPages; number += every) {
    const page = await readablePage(pdf, number, file)
    if (page) samples.push({ number, page })
    file.signal?.throwIfAborted()
  }
  return samples
}

async function* readPages(
  pdf: Document,
  { typography, known, hasForm }: {
    readonly typography: Typography
    readonly known: Map<number, ReadPage>
    readonly hasForm: boolean
  },
  file: SourceFile,
): AsyncGenerator<RawPart> {
  const { limits, signal } = file
  const sections = new Sections(limits)
  const tables = new PageTables(limits)
  const running = new RunningLines(typography.running)
  const losses = new Losses()
  const scan = new Scan(pdf, file)
  for (let number = 1; number <= pdf.numPages; number++) {
    signal?.throwIfAborted()
    const page = known.get(number) ?? await readablePage(pdf, number, file)
    known.delete(number)
    if (!page) {
      losses.unreadable++
      continue
    }
    losses.add(page, number)
    if (page.rows.length === 0 && page.tables.length === 0 && file.recognizeImage) {
      yield* tables.end()
      const text = await scan.textOf(number)
      for (const paragraph of text?.split(/\n{2,}/) ?? []) yield* sections.text(paragraph, number)
      if (text === null) losses.unrecognized.push(number)
      losses.refusal ||= scan.refusal
    }
    for (
      const [index, piece] of flowOf(elementsOf(running.without(page), page.tables), typography).entries()
    ) {
      if (piece.kind === 'table') {
        yield* sections.flush()
        yield* tables.add(piece.table, number, page.place(piece.table.bbox), index === 0, sections.path)
        continue
      }
      yield* tables.end()
      if (piece.kind === 'heading') yield* sections.heading(piece.level, piece.text, number)
      else yield* sections.text(piece.text, number)
    }
    const fields = hasForm ? await readFields(pdf, number) : []
    if (fields.length) {
      yield* tables.end()
      yield* sections.text(fields.join('\n'), number)
    }
  }
  await scan.end()
  yield* tables.end()
  yield* sections.flush()
  yield* losses.warnings()
}

/** Pages without text, as their images are recognized. */
class Scan {
  readonly #pdf: Document
  readonly #file: SourceFile
  /** Opened once more, with its images. */
  #withImages: Document | null = null
  /** Why a page was not recognized. */
  refusal = ''
  #pages = 0

  constructor(pdf: Document, file: SourceFile) {
    this.#pdf = pdf
    this.#file = file
  }

  /** Null where there are more pages than are recognized, or an image that cannot be read. Empty for an empty page. */
  async textOf(number: number): Promise<string | null> {
    const { recognizeImage, limits, signal, filename } = this.#file
    if (!recognizeImage) return null
    if (this.#pages >= limits.recognizedPages) {
      this.refusal = `At most ${limits.recognizedPages} pages of a file are.`
      return null
    }
    this.#withImages ??= await openPdf(await this.#pdf.getData(), maxImagePixels)
    const images = await imagesOfPage(this.#withImages, number)
    if (images.length > 0) this.#pages++
    const texts: string[] = []
    for (const image of images) {
      signal?.throwIfAborted()
      try {
        const { text } = await recognizeImage(image, {
          filename,
          mediaType: 'image/png',
          page: number,
          signal,
        })
        texts.push(cleanText(text).trim())
      } catch (cause) {
        signal?.throwIfAborted()
        // What may succeed later is tried again with the whole file.
        if (!(cause instanceof AppFailure) || cause.error.retryable) throw cause
        this.refusal = [cause.error.message, cause.error.hint].filter(Boolean).join(' ')
        return null
      }
    }
    return texts.filter(Boolean).join('\n\n')
  }

  async end(): Promise<void> {
    await this.#withImages?.loadingTask.destroy().catch(() => {})
  }
}

/** Pages are named in a warning up to this number of them. */
const maxNamed = 20

/** What of the pages could not be read. */
class Losses {
  unreadable = 0
  readonly unrecognized: number[] = []
  refusal = ''
  #truncated: number[] = []
  #unmapped = 0
  #unmappedPages: number[] = []

  add({ content: { glyphs, unmapped, cut } }: ReadPage, number: number): void {
    if (cut) this.#truncated.push(number)
    this.#unmapped += unmapped
    if (unmapped > glyphs * 0.5) this.#unmappedPages.push(number)
  }

  *warnings(): Generator<RawPart> {
    if (this.unreadable) {
      yield warning('page_unreadable', 'Unreadable pages were left out.', this.unreadable)
    }
    if (this.#truncated.length) {
      const message = `${
        named(this.#truncated)
      } draws more than is read: text or tables may be missing from there.`
      yield warning('page_truncated', message, this.#truncated.length)
    }
    if (this.unrecognized.length) {
      const message = `${named(this.unrecognized)} was not recognized. ${this.refusal}`
      yield warning('pages_unrecognized', message, this.unrecognized.length)
    }
    if (this.#unmapped) {
      const message = 'The fonts do not say which characters some glyphs are; each of them is shown as �.'
      yield warning('glyphs_unmapped', message, this.#unmapped)
    }
    if (this.#unmappedPages.length) {
      const message = `${named(this.#unmappedPages)} has hardly any text that can be read. ` +
        'Recognize the text of the pages as that of a scan, and store the file again.'
      yield warning('pages_unmapped', message, this.#unmappedPages.length)
    }
  }
}

function named(pages: readonly number[]): string {
  const more = pages.length - maxNamed
  const list = pages.slice(0, maxNamed).join(', ')
  return `${pages.length === 1 ? 'Page' : 'Each of the pages'} ${list}${
    more > 0 ? ` and ${more} others` : ''
  }`
}

/** Null for a page that pdf.js cannot read. */
async function readablePage(
  pdf: Document,
  number: number,
  { limits, signal }: SourceFile,
): Promise<ReadPage | null> {
  try {
    return await readPage(pdf, number, limits)
  } catch (cause) {
    signal?.throwIfAborted()
    if (cause instanceof ExtractionError) throw cause
    return null
  }
}
