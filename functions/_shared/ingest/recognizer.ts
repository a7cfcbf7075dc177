/** Text recognition by a service that the settings name: images go there, text comes back. */
import { z } from 'zod'
import { appError, AppFailure } from '../../../types/errors.ts'
import { limitBytes } from '../../_lib/async/mod.ts'
import type { Recognizer } from '../../_lib/extract/mod.ts'
import { publicFetch } from '../http/guarded_fetch.ts'

const timeoutMs = 60_000
const maxAnswerBytes = 4 * 1024 * 1024

const Answer = z.object({ text: z.string(), warnings: z.array(z.string()).optional() })

/** Undefined where no recognizer is set up. `setting` returns a setting by its name. */
export function recognizerOf(setting: (name: string) => string | undefined): Recognizer | undefined {
  const url = setting('RECOGNIZER_URL')?.trim()
  if (!url) return undefined
  const secret = setting('RECOGNIZER_SECRET')?.trim()
  const ports = Array.from({ length: 65_535 }, (_, index) => index + 1)
  const send = setting('RECOGNIZER_ALLOW_PRIVATE') === 'true' ? fetch : publicFetch({ ports })
  return async (bytes, { filename, mediaType, page, signal }) => {
    const timeout = AbortSignal.timeout(timeoutMs)
    try {
      const response = await send(url, {
        method: 'POST',
        headers: {
          'content-type': mediaType,
          accept: 'application/json, text/plain',
          'x-filename': encodeURIComponent(filename),
          ...page === undefined ? {} : { 'x-page': `${page}` },
          ...secret ? { authorization: `Bearer ${secret}` } : {},
        },
        body: new Uint8Array(bytes),
        redirect: 'manual',
        signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
      })
      if (!response.ok) {
        await response.body?.cancel()
        throw statusFailure(response.status)
      }
      const limited = response.body?.pipeThrough(limitBytes(maxAnswerBytes, () => invalidAnswer()))
      const text = await new Response(limited ?? null).text()
      if (!/\bjson\b/.test(response.headers.get('content-type') ?? '')) return { text }
      const answer = Answer.parse(JSON.parse(text))
      return { text: answer.text, warnings: answer.warnings ?? [] }
    } catch (cause) {
      signal?.throwIfAborted()
      if (cause instanceof AppFailure) throw cause
      if (cause instanceof SyntaxError || cause instanceof z.ZodError) throw invalidAnswer(cause)
      throw unavailable(cause)
    }
  }
}

/** What the recognizer refuses once it refuses again; what it cannot do now it may do later. */
function statusFailure(status: number): AppFailure {
  return status === 429 || status >= 500 || status === 408
    ? unavailable()
    : new AppFailure(appError('validation', {
      code: 'recognition_refused',
      message: `The recognizer answered ${status}.`,
      hint: status === 401 || status === 403
        ? 'Check RECOGNIZER_SECRET.'
        : 'Check RECOGNIZER_URL, and whether the image can be read.',
      status: 422,
    }))
}

function unavailable(cause?: unknown): AppFailure {
  return new AppFailure(
    appError('unavailable', {
      code: 'recognizer_unavailable',
      message: 'The recognizer does not answer.',
      hint: 'Check RECOGNIZER_URL. The file is tried again.',
    }),
    { cause },
  )
}

function invalidAnswer(cause?: unknown): AppFailure {
  return new AppFailure(
    appError('validation', {
      code: 'recognition_refused',
      message: 'The answer of the recognizer has no text, or is too long.',
      hint: 'It answers plain text, or JSON with the key text, of at most 4 MiB.',
      status: 422,
    }),
    { cause },
  )
}
