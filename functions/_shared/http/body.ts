/** Reads a request's JSON within a size, and holds it to a schema, before any work is done for it. */
import type { z } from 'zod'
import { appError, AppFailure, fromZod } from '../../../types/errors.ts'

const defaultLimit = 1024 * 1024

export async function readJson<T>(request: Request, schema: z.ZodType<T>, limit = defaultLimit): Promise<T> {
  const type = request.headers.get('content-type')
  if (type && !/^application\/([\w.-]+\+)?json\b/i.test(type)) {
    throw refuse('unsupported_media_type', 415, 'The body must be JSON.')
  }
  const encoding = request.headers.get('content-encoding')
  if (encoding && encoding.toLowerCase() !== 'identity') {
    throw refuse('unsupported_media_type', 415, 'The body must not be compressed.')
  }
  const parsed = schema.safeParse(parse(await readText(request, limit)))
  if (!parsed.success) throw new AppFailure(fromZod(parsed.error))
  return parsed.data
}

/** Counts what arrives: the declared length may be absent, or untrue. */
async function readText(request: Request, limit: number): Promise<string> {
  const tooLarge = (): AppFailure => refuse('body_too_large', 413, `The body may have ${limit} bytes.`)
  if (Number(request.headers.get('content-length')) > limit) throw tooLarge()
  const decoder = new TextDecoder('utf-8', { fatal: true })
  let text = ''
  let size = 0
  try {
    for await (const chunk of request.body ?? []) {
      size += chunk.byteLength
      if (size > limit) throw tooLarge()
      text += decoder.decode(chunk, { stream: true })
    }
    return text + decoder.decode()
  } catch (cause) {
    if (cause instanceof TypeError) throw invalid()
    throw cause
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw invalid()
  }
}

function invalid(): AppFailure {
  return refuse('invalid_json', 400, 'The body is not valid JSON.')
}

function refuse(code: string, status: number, message: string): AppFailure {
  return new AppFailure(appError('validation', { code, status, message }))
}
