/** Why a file cannot be read. The same file fails again, so no refusal is worth repeating. */
import { appError, AppFailure } from '../../../types/errors.ts'

/** The HTTP status of each code; docs/reference/errors.md says what they mean. */
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

export type ExtractionCode = keyof typeof statusOf

export const extractionCodes = Object.keys(statusOf) as ExtractionCode[]

/** A failure of the set (`types/errors.ts`), so a function that lets it through answers with its status and code. */
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

/** Gives the failure of a library its code. Refusals of ours and aborts by the caller pass as they are. */
export function asExtractionError(cause: unknown, code: ExtractionCode, message: string): unknown {
  if (cause instanceof AppFailure || cause instanceof DOMException) return cause
  // The libraries recurse: a file nested deeply enough ends the stack, not the process.
  if (cause instanceof RangeError && /call stack/i.test(cause.message)) return tooDeep(cause)
  return new ExtractionError(code, message, null, { cause })
}

export function tooDeep(cause?: unknown): ExtractionError {
  return new ExtractionError(
    'too_deeply_nested',
    'The file is nested too deeply.',
    'Flatten the file, or split it.',
    { cause },
  )
}

/** `bytes` is the limit that was passed. */
export function tooLarge(what: string, bytes: number): ExtractionError {
  return new ExtractionError(
    'file_too_large',
    `${what} may have ${megabytes(bytes)}.`,
    /yaml/i.test(what)
      ? 'Save it as JSON, which takes less memory to read.'
      : 'Split the file, or save it in a format that is read as a stream: CSV, JSON lines, plain text.',
  )
}

export function megabytes(bytes: number): string {
  return bytes >= 1024 * 1024 ? `${Math.round(bytes / 1024 / 1024)} MiB` : `${Math.ceil(bytes / 1024)} KiB`
}
