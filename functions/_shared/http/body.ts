/** Reads the body of a request within a size and, as JSON, against a schema, before any work is done for it. */
import type { z } from 'zod'
import { appError, AppFailure, fromZod } from '../../../types/errors.ts'
import { limitBytes } from '../../_lib/async/mod.ts'

const MiB = 1024 * 1024

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
  return parseBody(schema, parseJson(await new Response(limitedBody(request, maxBytes)).bytes()))
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
    return await new Response(limitedBody(request, maxBytes, hint), { headers }).formData()
  } catch (cause) {
    // The parser of forms wraps what the stream threw.
    for (const error of [cause, cause instanceof Error ? cause.cause : null]) {
      if (error instanceof AppFailure) throw error
    }
    throw refuse('invalid_form', 400, 'The body must be a valid form.')
  }
}

/** Counts what arrives: the declared length may be missing or wrong. */
function limitedBody(
  request: Request,
  maxBytes: number,
  hint?: string,
): ReadableStream<Uint8Array<ArrayBuffer>> | null {
  const tooLarge = (): AppFailure =>
    refuse('body_too_large', 413, `The request body exceeds ${formatBytes(maxBytes)}.`, hint)
  if (Number(request.headers.get('content-length')) > maxBytes) throw tooLarge()
  return request.body?.pipeThrough(limitBytes(maxBytes, tooLarge)) ?? null
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
