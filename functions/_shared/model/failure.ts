/**
 * Failures of providers as errors of Plinth. The message of a provider is repeated only where it is about the request,
 * and never with a key in it; the log and the caller get the code.
 */
import { appError, AppFailure, fromNetwork, parseRetryAfter } from '../../../types/errors.ts'
import { collapseSpace, truncate, withoutSecrets } from '../../_lib/text/mod.ts'

/** Whether another attempt or another model may succeed: the provider is busy, has failed, or cannot be reached. */
export function isTransient({ error }: AppFailure): boolean {
  return error.retryable
}

/** In seconds; null where the provider names none. */
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
    appError('unavailable', {
      code: 'model_broke_off',
      message: 'The model stopped before the end of its answer.',
    }),
  )
}

/** A failure after the first token: one without a status means that the connection broke. */
export function toFailureMidway(cause: unknown): AppFailure {
  const failure = toFailure(cause)
  return failure.error.code === 'model_unreachable' ? brokenOff() : failure
}

/** Errors of the AI SDK by their HTTP status; those without one come from the network. */
export function toFailure(cause: unknown): AppFailure {
  if (cause instanceof AppFailure) return cause
  const status = statusOf(cause)
  if (status === undefined) {
    if (isAbort(cause)) return new AppFailure(fromNetwork(cause), { cause })
    const message = 'The model cannot be reached, or its answer cannot be parsed.'
    return new AppFailure(appError('unavailable', { code: 'model_unreachable', message }), { cause })
  }
  if (status === 429) {
    return new AppFailure(
      appError('rate_limit', {
        code: 'model_busy',
        message: 'The provider of the model is rate limiting requests.',
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
        message: 'The provider denies access to the model.',
        hint: 'Check the API key of the provider, its credit, and the name of the model.',
        retryable: false,
      }),
      { cause },
    )
  }
  return new AppFailure(
    appError('validation', {
      code: 'model_refused',
      status: status === 413 ? 413 : 422,
      message: `The model rejected the request: ${messageOf(cause)}`,
    }),
    { cause },
  )
}

function isAbort(cause: unknown): boolean {
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

const maxMessageChars = 300

/** The message of the provider, without keys. */
function messageOf(cause: unknown): string {
  const message = cause instanceof Error ? cause.message : ''
  const plain = collapseSpace(withoutSecrets(message))
  return truncate(plain, maxMessageChars) || 'the provider gave no reason.'
}

function read(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined
}
