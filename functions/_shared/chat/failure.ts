/** Why an answer failed, as the person and the row are told: never a key, never the words of a provider. */
import { APICallError } from 'ai'
import { AppFailure } from '../../../types/errors.ts'

export interface Failure {
  readonly code: string
  readonly message: string
}

export function describeFailure(cause: unknown): Failure {
  if (cause instanceof AppFailure) {
    const { code, message, kind } = cause.error
    if (kind !== 'database') return { code, message }
  }
  if (cause instanceof DOMException && cause.name === 'TimeoutError') {
    return { code: 'provider_timeout', message: 'The model took too long to answer.' }
  }
  if (APICallError.isInstance(cause)) return ofStatus(cause.statusCode)
  const inner = cause instanceof Error ? cause.cause ?? lastError(cause) : undefined
  if (inner !== undefined) return describeFailure(inner)
  return { code: 'answer_failed', message: 'The answer could not be finished.' }
}

/** The AI SDK wraps what several attempts ended with. */
function lastError(cause: Error): unknown {
  return 'lastError' in cause ? cause.lastError : undefined
}

function ofStatus(status: number | undefined): Failure {
  switch (status) {
    case undefined:
      return { code: 'provider_unreachable', message: 'The provider of the model cannot be reached.' }
    case 401:
    case 403:
      return {
        code: 'provider_refused_key',
        message: 'The provider of the model refused the key of this installation.',
      }
    case 429:
    case 503:
    case 529:
      return { code: 'provider_busy', message: 'The provider of the model is busy. Try again in a moment.' }
    case 400:
    case 413:
    case 422:
      return { code: 'provider_refused', message: 'The provider of the model refused the request.' }
    default:
      return { code: 'provider_failed', message: 'The provider of the model failed.' }
  }
}
