/** A PDF as a whole: opened, described, with its bookmarks. */
import { getDocumentProxy } from 'unpdf'
import { cleanText, collapseSpace, truncate } from '../../../text/mod.ts'
import { asExtractionError, encrypted } from '../../errors.ts'
import type { SourceFile } from '../../file.ts'
import { cleanJson } from '../../output/clean_json.ts'
import type { DocumentPart, JsonObject } from '../../parts.ts'
import { pdfDate } from './date.ts'
import { PackedCMaps } from './cmaps.ts'
import type { Document } from './page.ts'
import { textOf } from './rows.ts'
import { headingKey, type SampledPage, usualSize } from './typography.ts'

/** Throws an ExtractionError where the file is encrypted or damaged. `data` is taken away. */
export async function openPdf(data: Uint8Array, maxImagePixels = 1): Promise<Document> {
  try {
    return await getDocumentProxy(data, {
      BinaryDataFactory: PackedCMaps,
      cMapUrl: 'packed/',
      disableFontFace: true,
      fontExtraProperties: true,
      // Larger images are not decoded: text and lines do not need them.
      maxImageSize: maxImagePixels,
      useSystemFonts: false,
      stopAtErrors: false,
      verbosity: 0,
    })
  } catch (cause) {
    const name = cause instanceof Error ? cause.name : ''
    if (name === 'PasswordException') throw encrypted(cause)
    throw asExtractionError(cause, 'damaged_file', 'The PDF is damaged.')
  }
}

/** The document part, and whether the PDF has a form. */
export async function describe(
  pdf: Document,
  file: SourceFile,
  first: SampledPage | undefined,
): Promise<{ part: DocumentPart; hasForm: boolean }> {
  const { info } = await pdf.getMetadata().catch(() => ({ info: {} })) as { info: Record<string, unknown> }
  const text = (name: string): string | null => {
    const value = info[name]
    return typeof value === 'string' && value.trim() ? truncate(collapseSpace(cleanText(value)), 2_000) : null
  }
  const named = text('Title')
  // Where no title was given, programs write their own name, or that of the file.
  const titled = named &&
      !/^\(?(untitled|anonymous|unspecified|microsoft word|document\d*)\b|\.(docx?|indd|pdf|qxd|tex|dvi)$/i
        .test(named)
    ? truncate(named, 500)
    : null
  const hasForm = info['IsAcroFormPresent'] === true
  const part: DocumentPart = {
    kind: 'document',
    title: titled ?? (first ? largestLine(first) : null) ?? file.title,
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
      form: hasForm,
    }) as JsonObject,
  }
  return { part, hasForm }
}

/** The line in the largest type of the first page, if it stands out. */
function largestLine({ rows, styles }: SampledPage): string | null {
  const sizes = rows.map((row) => row.size)
  const largest = sizes.reduce((max, size) => Math.max(max, size), 0)
  const median = [...sizes].sort((a, b) => a - b)[sizes.length >> 1] ?? 0
  // The lines that are left beside the tables of a page may be nothing but headings.
  const usual = Math.min(median, usualSize(styles))
  const row = rows.find((candidate) => candidate.size === largest)
  const text = collapseSpace(row ? textOf(row) : '')
  return styles.length > 1 && largest >= usual * 1.2 && text.length >= 3 && text.length <= 200 ? text : null
}

/** The levels of headings that the bookmarks name, by `headingKey`. */
export async function bookmarks(pdf: Document): Promise<ReadonlyMap<string, number>> {
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
