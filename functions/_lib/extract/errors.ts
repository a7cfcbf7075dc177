/** Why a file cannot be read. None of these is retryable: the same file fails again. */
import { appError, AppFailure } from '../../../types/errors.ts'
import { truncate } from '../text/mod.ts'

/** The HTTP status of each code; docs/reference/errors.md describes them. */
const statusOf = {
  damaged_file: 422,
  empty_file: 422,
  encrypted_file: 422,
  file_too_large: 413,
  inflates_too_much: 413,
  invalid_json: 422,
  invalid_xml: 422,
  invalid_yaml: 422,
  legacy_format: 415,
  too_deeply_nested: 422,
  too_many_pages: 413,
  too_many_parts: 413,
  unsafe_xml: 422,
  unsupported_format: 415,
} as const satisfies Record<string, number>

/** The codes of an ExtractionError. */
export type ExtractionCode = keyof typeof statusOf

/** Every code, for tests and documentation. */
export const extractionCodes = Object.keys(statusOf) as ExtractionCode[]

/** An AppFailure (`types/errors.ts`): a function that does not catch it responds with its status and code. */
export class ExtractionError extends AppFailure {
  readonly code: ExtractionCode
  readonly hint: string | null
  readonly status: number
  readonly retryable = false

  constructor(code: ExtractionCode, message: string, hint?: string | null, options?: ErrorOptions) {
    super(appError('validation', { code, status: statusOf[code], message, hint }), options)
    this.code = code
    this.hint = hint ?? null
    this.status = statusOf[code]
  }
}

/** Gives the failure of a library a code. An ExtractionError, and the abort of a caller, stay as they are. */
export function asExtractionError(cause: unknown, code: ExtractionCode, message: string): unknown {
  if (cause instanceof AppFailure || cause instanceof DOMException) return cause
  if (isStackOverflow(cause)) return tooDeep(cause)
  return new ExtractionError(code, message, null, { cause })
}

/** Parsers recurse: a file that is nested deeply enough overflows the stack. */
export function isStackOverflow(cause: unknown): boolean {
  return cause instanceof RangeError && /call stack/i.test(cause.message)
}

/** Nesting beyond the limit, or beyond the stack. */
export function tooDeep(cause?: unknown): ExtractionError {
  return new ExtractionError(
    'too_deeply_nested',
    'The file exceeds the maximum nesting depth.',
    'Flatten the file, or split it.',
    { cause },
  )
}

/** `what` is the subject of the message, such as `The PDF`; `maxBytes` the limit that it exceeds. */
export function tooLarge(what: string, maxBytes: number): ExtractionError {
  return new ExtractionError(
    'file_too_large',
    `${what} exceeds ${formatBytes(maxBytes)}.`,
    /yaml/i.test(what)
      ? 'Save it as JSON, which takes less memory to read.'
      : 'Split the file, or save it in a format that is read as a stream: CSV, JSON lines, plain text.',
  )
}

/** `what` exceeds a limit that counts things: `The workbook exceeds 256 sheets.` */
export function tooMany(
  what: string,
  max: number,
  unit: string,
  hint = 'Split the file.',
  code: ExtractionCode = 'too_many_parts',
): ExtractionError {
  return new ExtractionError(code, `${what} exceeds ${max} ${unit}.`, hint)
}

/** `what` is the subject of the message; `maxBytes` the limit that it exceeds. */
export function inflatesTooMuch(what: string, maxBytes: number): ExtractionError {
  return new ExtractionError(
    'inflates_too_much',
    `${what} decompresses to more than ${formatBytes(maxBytes)}.`,
    'Split the file.',
  )
}

/** A file that has a password. */
export function encrypted(cause?: unknown): ExtractionError {
  return new ExtractionError(
    'encrypted_file',
    'The file is encrypted.',
    'Save it without a password.',
    { cause },
  )
}

/** `format` names what the file is, as far as it is known. */
export function unsupported(format: string): ExtractionError {
  return new ExtractionError(
    'unsupported_format',
    `Unsupported format: ${truncate(format, 100)}.`,
    'Use PDF, DOCX, XLSX, PPTX, ODT, ODS, ODP, EPUB, RTF, CSV, Markdown, HTML, text, JSON, XML, YAML, e-mail, or an image.',
  )
}

function formatBytes(bytes: number): string {
  return bytes >= 1024 * 1024 ? `${Math.round(bytes / 1024 / 1024)} MiB` : `${Math.ceil(bytes / 1024)} KiB`
}
