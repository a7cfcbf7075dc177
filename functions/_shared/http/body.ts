/** Reads the body of a request within a size and, as JSON, against a schema, before any work is done for it. */
import type { z } from 'zod'
import { appError, AppFailure, fromZod } from '../../../types/errors.ts'
import { limitBytes, withTimeout } from '../../_lib/async/mod.ts'

const MiB = 1024 * 1024

/** How long a body may take to arrive: this, and more for each MiB that it may have. */
const bodyTimeoutMs = 30_000
const bodyTimeoutMsPerMiB = 4_000

/** How much of a body is accepted, and for how long. */
interface BodyLimits {
  readonly maxBytes: number
  readonly timeoutMs?: number
  /** What to do instead where it is too large. */
  readonly hint?: string
}

/** The JSON of a request as the schema has it. Throws an AppFailure with a 4xx status. */
export async function readJson<T>(request: Request, schema: z.ZodType<T>, maxBytes = MiB): Promise<T> {
  const type = request.headers.get('content-type')
  if (type && !/^application\/([\w.-]+\+)?json\b/i.test(type)) {
    throw refuse('unsupported_media_type', 415, 'The body must be JSON.')
  }
  const encoding = request.headers.get('content-encoding')
  if (encoding && encoding.toLowerCase() !== 'identity') {
    throw refuse('unsupported_media_type', 415, 'The body must not be compressed.')
  }
  return parseBody(schema, parseJson(await readBytes(request, maxBytes)))
}

/** Like `readJson`, for a request that may have no body: that counts as `{}`. */
export async function readJsonIfAny<T>(request: Request, schema: z.ZodType<T>): Promise<T> {
  const bytes = await readBytes(request.clone(), MiB)
  return bytes.length === 0 ? parseBody(schema, {}) : await readJson(request, schema)
}

/** All bytes of the body. */
export async function readBytes(
  request: Request,
  maxBytes: number,
  timeoutMs?: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const limits = { maxBytes, ...(timeoutMs === undefined ? {} : { timeoutMs }) }
  return await readBody(request, limits, (body) => new Response(body).bytes())
}

/** The value as the schema has it; throws `invalid_request` with the first field that differs. */
export function parseBody<T>(schema: z.ZodType<T>, value: unknown): T {
  const parsed = schema.safeParse(value)
  if (!parsed.success) throw new AppFailure(fromZod(parsed.error))
  return parsed.data
}

/** A form as it arrives. `hint` says what to do instead where it is too large. */
export async function readFormData(request: Request, maxBytes: number, hint: string): Promise<FormData> {
  const headers = { 'content-type': request.headers.get('content-type') ?? '' }
  try {
    return await readBody(request, { maxBytes, hint }, (body) => new Response(body, { headers }).formData())
  } catch (cause) {
    // The parser of forms wraps what the stream threw.
    for (const error of [cause, cause instanceof Error ? cause.cause : null]) {
      if (error instanceof AppFailure) throw error
    }
    throw refuse('invalid_form', 400, 'The body must be a valid form.')
  }
}

type Body = ReadableStream<Uint8Array<ArrayBuffer>>

/** Counts what arrives, since the declared length may be missing or wrong, and ends with a body that arrives too slowly. */
async function readBody<T>(
  request: Request,
  { maxBytes, timeoutMs = bodyTimeoutMs + bodyTimeoutMsPerMiB * maxBytes / MiB, hint }: BodyLimits,
  read: (body: Body | null) => Promise<T>,
): Promise<T> {
  const tooLarge = (): AppFailure =>
    refuse('body_too_large', 413, `The request body exceeds ${formatBytes(maxBytes)}.`, hint)
  const tooSlow = (): AppFailure =>
    refuse('request_timeout', 408, 'The request body did not arrive in time.', 'Send it again.')
  if (Number(request.headers.get('content-length')) > maxBytes) throw tooLarge()
  return await withTimeout(
    (signal) => read(request.body?.pipeThrough(limitBytes(maxBytes, tooLarge), { signal }) ?? null),
    { timeoutMs, reason: tooSlow },
  )
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch {
    throw refuse('invalid_json', 400, 'The body must be valid JSON.')
  }
}

/** A limit for people: MiB from one on. */
export function formatBytes(bytes: number): string {
  return bytes < MiB ? `${bytes} bytes` : `${Math.floor(bytes / MiB * 10) / 10} MiB`
}

function refuse(code: string, status: number, message: string, hint?: string): AppFailure {
  return new AppFailure(appError('validation', { code, status, message, hint }))
}
