/** CSV and TSV, as a stream: the first rows decide about delimiter, header and encoding. */
import { pipeline, Readable } from 'node:stream'
import { parse } from 'csv-parse'
import { asExtractionError, ExtractionError } from '../errors.ts'
import type { SourceFile } from '../file.ts'
import { SampledTable, type TableLayout } from '../output/sampled_table.ts'
import { layoutOf as tableLayout } from '../output/table_layout.ts'
import type { RawPart } from '../parts.ts'
import { findDelimiter, quoteOf } from './delimiters.ts'

/** How many rows decide about header and width. */
const sampleRows = 100
/** More than any row of a spreadsheet has. */
const maxRecordBytes = 8 * 1024 * 1024

/** The document and its table. */
export async function* readCsv(file: SourceFile): AsyncGenerator<RawPart> {
  const { source, limits } = file
  const pieces = source.text(file.charset)
  const first = (await pieces.next()).value ?? ''
  const announced = /^sep=(.)\r?\n/i.exec(first)
  const start = first.slice(announced?.[0].length ?? 0)
  const delimiter = announced?.[1] ?? findDelimiter(start)?.delimiter ??
    (file.filename.endsWith('.tsv') ? '\t' : ',')

  const layoutOf = (sample: readonly string[][]): TableLayout<string[]> => {
    const { caption, columns, headerDetected: header, skip } = tableLayout(sample)
    const document: RawPart = {
      kind: 'document',
      title: file.title,
      type: 'csv',
      media_type: delimiter === '\t' ? 'text/tab-separated-values' : 'text/csv',
      language: null,
      page_count: null,
      metadata: { encoding: source.encoding, delimiter, header, columns: columns.length },
    }
    return {
      before: [document],
      head: { order: 0, caption, columns, header_detected: header },
      skip,
      cellsOf: (row) => row.map((cell) => cell === '' ? null : cell),
    }
  }
  const table = new SampledTable(sampleRows, layoutOf, limits)
  for await (const row of records(prepend(start, pieces), delimiter, quoteOf(start, delimiter))) {
    yield* table.add(row)
  }
  yield* table.end()
}

async function* prepend(first: string, rest: AsyncIterable<string>): AsyncGenerator<string> {
  yield first
  yield* rest
}

async function* records(
  text: AsyncIterable<string>,
  delimiter: string,
  quote: string | false,
): AsyncGenerator<string[]> {
  const parser = parse({
    delimiter,
    quote,
    relax_column_count: true,
    relax_quotes: true,
    skip_empty_lines: true,
    max_record_size: maxRecordBytes,
  })
  // Failures of both ends reach the loop below; leaving the loop ends both.
  pipeline(Readable.from(text), parser, () => {})
  try {
    yield* parser as AsyncIterable<string[]>
  } catch (cause) {
    throw describe(cause)
  }
}

function describe(cause: unknown): unknown {
  const { code, lines } = cause as { code?: string; lines?: number }
  if (code === 'CSV_MAX_RECORD_SIZE' || code === 'CSV_QUOTE_NOT_CLOSED') {
    return new ExtractionError(
      'damaged_file',
      `A quoted cell is not closed by line ${lines ?? '?'}.`,
      'Write a quote inside a quoted cell as two quotes.',
      { cause },
    )
  }
  return asExtractionError(cause, 'damaged_file', 'The rows of the file cannot be parsed.')
}
