/**
 * What a provider's failure means here. Its own words are repeated only where they are about the request itself, and
 * never with a key in them; the log and the caller learn the code.
 */
import { appError, AppFailure, fromNetwork, parseRetryAfter } from '../../../types/errors.ts'

/** Another attempt, or another model, may do better: the provider is busy or broken, or cannot be reached. */
export function isTransient({ error }: AppFailure): boolean {
  return error.retryable
}

/** Seconds that the provider asked to wait. */
export function retryAfterOf({ error }: AppFailure): number | null {
  return error.kind === 'rate_limit' ? error.retryAfter : null
}

export function timedOut(): AppFailure {
  return new AppFailure(
    appError('unavailable', { code: 'model_timeout', message: 'The model did not answer in time.' }),
  )
}

export function brokenOff(): AppFailure {
  return new AppFailure(
    appError('unavailable', { code: 'model_broke_off', message: 'The model broke off its answer.' }),
  )
}

/** What went wrong after the first token: whatever has no better name broke off. */
export function toFailureMidway(cause: unknown): AppFailure {
  const failure = toFailure(cause)
  return failure.error.code === 'model_unreachable' ? brokenOff() : failure
}

/** Errors of the AI SDK, by the status they carry; what carries none came from the network. */
export function toFailure(cause: unknown): AppFailure {
  if (cause instanceof AppFailure) return cause
  const status = statusOf(cause)
  if (status === undefined) {
    if (isAbort(cause)) return new AppFailure(fromNetwork(cause), { cause })
    const message = 'The model cannot be reached, or its answer cannot be read.'
    return new AppFailure(appError('unavailable', { code: 'model_unreachable', message }), { cause })
  }
  if (status === 429) {
    return new AppFailure(
      appError('rate_limit', {
        code: 'model_busy',
        message: 'The provider of the model takes no more requests at the moment.',
        retryAfter: parseRetryAfter(headerOf(cause, 'retry-after')),
      }),
      { cause },
    )
  }
  if (status >= 500 || status === 408) {
    const code = status === 503 || status === 529 ? 'model_overloaded' : 'model_failed'
    const message = code === 'model_failed' ? 'The provider of the model failed.' : 'The model is overloaded.'
    return new AppFailure(appError('unavailable', { code, message }), { cause })
  }
  if (status === 401 || status === 402 || status === 403 || status === 404) {
    return new AppFailure(
      appError('unavailable', {
        code: 'model_not_set_up',
        message: 'The provider does not let this installation use the model.',
        hint: 'Check the key of the provider, its credit, and the name of the model.',
        retryable: false,
      }),
      { cause },
    )
  }
  return new AppFailure(
    appError('validation', {
      code: 'model_refused',
      status: status === 413 ? 413 : 422,
      message: `The model refuses the request: ${wordsOf(cause)}`,
    }),
    { cause },
  )
}

export function isAbort(cause: unknown): boolean {
  return cause instanceof Error && (cause.name === 'AbortError' || cause.name === 'TimeoutError')
}

function statusOf(cause: unknown): number | undefined {
  const status = read(cause, 'statusCode')
  return typeof status === 'number' && status >= 400 ? status : undefined
}

function headerOf(cause: unknown, name: string): string | null {
  const value = read(read(cause, 'responseHeaders'), name)
  return typeof value === 'string' ? value : null
}

function wordsOf(cause: unknown): string {
  const words = cause instanceof Error ? cause.message : ''
  const told = words.replaceAll(/\b(sk|pl|sb)[-_][\w*-]{4,}/g, '***').replaceAll(/\s+/g, ' ').trim().slice(
    0,
    300,
  )
  return told || 'it gives no reason.'
}

function read(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined
}
