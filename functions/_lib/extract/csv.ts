/** CSV and TSV, as a stream: the delimiter, the header and the encoding are found in the first rows. */
import { pipeline, Readable } from 'node:stream'
import { parse } from 'csv-parse'
import { asExtractionError, ExtractionError } from './errors.ts'
import type { SourceFile } from './file.ts'
import type { RawPart } from './parts.ts'
import { columnNames, looksLikeHeader, TableBatches } from './tables.ts'

const delimiters = [',', ';', '\t', '|'] as const
/** Rows that decide about header and width. */
const sampleRows = 100
/** What one record may have; more than any sheet takes. */
const recordBytes = 8 * 1024 * 1024

export async function* readCsv(file: SourceFile): AsyncGenerator<RawPart> {
  const { source, limits } = file
  const pieces = source.text(file.charset)
  const first = (await pieces.next()).value ?? ''
  const announced = /^sep=(.)\r?\n/i.exec(first)
  const start = first.slice(announced?.[0].length ?? 0)
  const delimiter = announced?.[1] ?? findDelimiter(start)?.delimiter ??
    (file.filename.endsWith('.tsv') ? '\t' : ',')

  const sample: string[][] = []
  let batches: TableBatches | null = null
  const open = function* (): Generator<RawPart> {
    const header = looksLikeHeader(sample.slice(0, sampleRows))
    const width = sample.reduce((most, row) => Math.max(most, row.length), 0)
    const columns = columnNames(header ? sample[0] ?? [] : [], width)
    yield {
      kind: 'document',
      title: file.title,
      type: 'csv',
      media_type: delimiter === '\t' ? 'text/tab-separated-values' : 'text/csv',
      language: null,
      page_count: null,
      metadata: { encoding: source.encoding, delimiter, header, columns: width },
    }
    batches = new TableBatches({ order: 0, columns, header_detected: header }, limits)
    for (const row of sample.slice(header ? 1 : 0)) yield* batches.add(row.map(emptyAsNull))
  }

  for await (const row of records(prepend(start, pieces), delimiter, quoted(start, delimiter))) {
    if (batches) yield* (batches as TableBatches).add(row.map(emptyAsNull))
    else {
      sample.push(row)
      if (sample.length >= sampleRows) yield* open()
    }
  }
  if (!batches) yield* open()
  if (batches) yield* (batches as TableBatches).end()
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
    max_record_size: recordBytes,
  })
  // Failures reach the loop below, whichever end they come from; leaving the loop ends both.
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
      `A quoted cell does not end before line ${lines ?? '?'}.`,
      'Write a quote inside a quoted cell twice.',
      { cause },
    )
  }
  return asExtractionError(cause, 'damaged_file', 'The rows of the file cannot be told apart.')
}

function emptyAsNull(cell: string): string | null {
  return cell === '' ? null : cell
}

/** Files separated by tabs often use quotes as plain characters; heeding one would then swallow what follows it. */
function quoted(sample: string, delimiter: string): string | false {
  if (delimiter !== '\t') return '"'
  const heeded = countCells(sample, delimiter, true)
  if (!heeded.open) return '"'
  const plain = countCells(sample, delimiter, false)
  return agreementOf(plain.widths).agreement >= agreementOf(heeded.widths).agreement ? false : '"'
}

function agreementOf(widths: readonly number[]): { columns: number; agreement: number } {
  const tally = new Map<number, number>()
  for (const width of widths) tally.set(width, (tally.get(width) ?? 0) + 1)
  const [columns, agreeing] = [...tally].sort((a, b) => b[1] - a[1] || b[0] - a[0])[0] ?? [1, 0]
  return { columns, agreement: agreeing / Math.max(1, widths.length) }
}

/** The delimiter that cuts most lines into the same number of cells, with the share of lines that agree. */
export function findDelimiter(
  sample: string,
): { delimiter: string; columns: number; agreement: number; lines: number } | null {
  let best: { delimiter: string; columns: number; agreement: number; lines: number } | null = null
  let bestScore = 0
  for (const delimiter of delimiters) {
    const { widths } = countCells(sample.slice(0, 64 * 1024), delimiter, true)
    const { columns, agreement } = agreementOf(widths)
    if (columns < 2) continue
    const score = agreement * (1 + Math.log2(columns) / 10)
    if (score > bestScore) {
      bestScore = score
      best = { delimiter, columns, agreement, lines: widths.length }
    }
  }
  return best
}

/** Cells of each of the first records, heeding quotes; the last one is left out where the sample may cut it. */
function countCells(sample: string, delimiter: string, quotes: boolean): { widths: number[]; open: boolean } {
  const widths: number[] = []
  let width = 1
  let inside = false
  let begun = false
  let fresh = true
  for (let index = 0; index < sample.length && widths.length < 50; index++) {
    const character = sample[index]
    if (inside) {
      if (character === '"') {
        if (sample[index + 1] === '"') index++
        else inside = false
      }
      continue
    }
    if (quotes && character === '"' && fresh) {
      inside = true
      begun = true
      fresh = false
    } else if (character === delimiter) {
      width++
      begun = true
      fresh = true
    } else if (character === '\n' || character === '\r') {
      if (begun) widths.push(width)
      width = 1
      begun = false
      fresh = true
    } else {
      begun = true
      fresh = false
    }
  }
  if (begun && !inside && widths.length < 3) widths.push(width)
  return { widths, open: inside }
}
