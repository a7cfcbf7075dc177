/** What the tests of extraction share: reading a file to its parts, what is refused, and streams made on demand. */
import assert from 'node:assert/strict'
import { ExtractionError } from '../errors.ts'
import { extract, type ExtractInput } from '../extract.ts'
import type { Part, SectionPart, TablePart } from '../parts.ts'

/** What a test may set. */
export type Options = Omit<ExtractInput, 'filename' | 'stream'>

/** All parts of a file. */
export async function partsOf(
  filename: string,
  data: string | Uint8Array,
  options: Options = {},
): Promise<Part[]> {
  const bytes = typeof data === 'string' ? new TextEncoder().encode(data) : data
  return await Array.fromAsync(extract({ filename, stream: ReadableStream.from([bytes]), ...options }))
}

/** The parts of one kind. */
export function only<K extends Part['kind']>(parts: readonly Part[], kind: K): Extract<Part, { kind: K }>[] {
  return parts.filter((part): part is Extract<Part, { kind: K }> => part.kind === kind)
}

/** The document part, which comes first. */
export function documentOf(parts: readonly Part[]): Extract<Part, { kind: 'document' }> {
  const [document, ...others] = only(parts, 'document')
  assert.ok(document && parts[0] === document && others.length === 0, 'one document part comes first')
  return document
}

/** Heading and text of every section. */
export function outline(parts: readonly Part[]): [number, string, string][] {
  return only(parts, 'section').map((section: SectionPart) => [
    section.level,
    section.heading_path.join(' > '),
    section.text,
  ])
}

/** Rows of the table with this number, its batches joined. */
export function table(
  parts: readonly Part[],
  order = 0,
): { columns: readonly string[]; rows: TablePart['rows']; batches: TablePart[] } {
  const batches = only(parts, 'table').filter((part) => part.order === order)
  assert.ok(batches.length > 0, `there is a table ${order}`)
  assert.deepEqual(
    batches.map((batch) => batch.last),
    batches.map((_, index) => index === batches.length - 1),
  )
  let row = 0
  for (const batch of batches) {
    assert.equal(batch.row_start, row, 'batches follow each other')
    row += batch.rows.length
  }
  return { columns: batches[0]?.columns ?? [], rows: batches.flatMap((batch) => batch.rows), batches }
}

/** The refusal of a file; its message must not repeat what is in the file. */
export async function refusal(
  filename: string,
  data: string | Uint8Array,
  options: Options = {},
): Promise<ExtractionError> {
  try {
    await partsOf(filename, data, options)
  } catch (cause) {
    assert.ok(
      cause instanceof ExtractionError,
      `${filename}: ${cause instanceof Error ? cause.stack : cause}`,
    )
    assert.equal(cause.retryable, false)
    assert.equal(cause.error.retryable, false)
    assert.ok(cause.message.length > 10)
    return cause
  }
  assert.fail(`${filename} is refused`)
}

/** The error of a file that is refused with this code. */
export async function refusedAs(
  code: string,
  filename: string,
  data: string | Uint8Array,
  options: Options = {},
): Promise<ExtractionError> {
  const cause = await refusal(filename, data, options)
  assert.equal(cause.code, code, cause.message)
  return cause
}

/** A stream that makes its bytes when they are asked for, and remembers how it ended. */
export function generated(
  piece: (index: number) => string | Uint8Array | null,
): { stream: ReadableStream<Uint8Array>; state: { pulled: number; cancelled: boolean } } {
  const state = { pulled: 0, cancelled: false }
  const encoder = new TextEncoder()
  const stream = new ReadableStream<Uint8Array>({
    pull(controller): void {
      const next = piece(state.pulled++)
      if (next === null) controller.close()
      else controller.enqueue(typeof next === 'string' ? encoder.encode(next) : next)
    },
    cancel(): void {
      state.cancelled = true
    },
  }, { highWaterMark: 0 })
  return { stream, state }
}
