/**
 * PDF through pdf.js: text by page, headings by their size, tables by their geometry. Pages are read one after the
 * other and released; a few are read in advance, to learn what is body text and what repeats on every page.
 */
import { ExtractionError, tooMany } from '../../errors.ts'
import type { SourceFile } from '../../file.ts'
import { Sections } from '../../output/sections.ts'
import { type RawPart, warning } from '../../parts.ts'
import { refuseBombs } from './bombs.ts'
import { bookmarks, describe, openPdf } from './document.ts'
import { flowOf } from './flow.ts'
import { type Document, type ReadPage, readPage } from './page.ts'
import { PageTables } from './page_tables.ts'
import { elementsOf } from './tables.ts'
import { RunningLines, type SampledPage, type Typography, typographyOf } from './typography.ts'

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
    const typography = typographyOf(samples, await bookmarks(pdf))
    const { part, hasForm } = await describe(pdf, file, samples[0]?.rows ?? [])
    yield part
    yield* readPages(pdf, typography, file, hasForm)
  } finally {
    await pdf.loadingTask.destroy().catch(() => {})
  }
}

async function samplePages(pdf: Document, file: SourceFile): Promise<SampledPage[]> {
  const samples: SampledPage[] = []
  const every = Math.max(1, Math.ceil(pdf.numPages / sampledPages))
  for (let number = 1; number <= pdf.numPages; number += every) {
    const page = await readablePage(pdf, number, file)
    if (page) samples.push(page)
    file.signal?.throwIfAborted()
  }
  return samples
}

async function* readPages(
  pdf: Document,
  typography: Typography,
  file: SourceFile,
  hasForm: boolean,
): AsyncGenerator<RawPart> {
  const { limits, signal } = file
  const sections = new Sections(limits)
  const tables = new PageTables(limits)
  const running = new RunningLines(typography.running)
  let unreadable = 0
  for (let number = 1; number <= pdf.numPages; number++) {
    signal?.throwIfAborted()
    const page = await readablePage(pdf, number, file, hasForm)
    if (!page) {
      unreadable++
      continue
    }
    for (const [index, piece] of flowOf(elementsOf(running.without(page)), typography).entries()) {
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
  if (unreadable) yield warning('page_unreadable', 'Unreadable pages were left out.', unreadable)
}

/** Null for a page that pdf.js cannot read. */
async function readablePage(
  pdf: Document,
  number: number,
  { limits, signal }: SourceFile,
  withFields = false,
): Promise<ReadPage | null> {
  try {
    return await readPage(pdf, number, limits, withFields)
  } catch (cause) {
    signal?.throwIfAborted()
    if (cause instanceof ExtractionError) throw cause
    return null
  }
}
