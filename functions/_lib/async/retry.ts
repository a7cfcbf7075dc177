/**
 * Repeats an operation after a transient failure: doubling pauses with jitter, bounded in number and time. Repeats only
 * what the caller declares idempotent, since an answer that was lost may hide a change that was made.
 */
import pRetry, { AbortError } from 'p-retry'
import { AppFailure, fromUnknown } from '../../../types/errors.ts'
import { sleep } from './abortable.ts'

/** How often and how long an operation is repeated. */
export interface RetryOptions {
  /** True only for reads and for writes with an idempotency key. */
  readonly idempotent: boolean
  /** Including the first. */
  readonly attempts?: number
  /** The first pause; every next one doubles it, and each is stretched at random up to twice. */
  readonly pauseMs?: number
  /** No attempt starts later than this. */
  readonly budgetMs?: number
  readonly signal?: AbortSignal
}

/** `operation` gets the signal and the number of the attempt, from 1. Rejects with the last failure. */
export async function retry<T>(
  operation: (signal: AbortSignal | undefined, attempt: number) => Promise<T>,
  { idempotent, attempts = 4, pauseMs = 200, budgetMs = 10_000, signal }: RetryOptions,
): Promise<T> {
  const started = performance.now()
  return await pRetry(async (attempt) => {
    try {
      return await operation(signal, attempt)
    } catch (cause) {
      const failure = cause instanceof AppFailure ? cause : new AppFailure(fromUnknown(cause), { cause })
      if (!idempotent || !failure.error.retryable) throw new AbortError(failure)
      const waitMs = retryAfterMs(failure)
      if (attempt < attempts) {
        if (waitMs > budgetMs - (performance.now() - started)) throw new AbortError(failure)
        if (waitMs > 0) await sleep(waitMs, signal)
      }
      throw failure
    }
  }, {
    retries: attempts - 1,
    minTimeout: pauseMs,
    factor: 2,
    randomize: true,
    maxRetryTime: budgetMs,
    signal,
  })
}

/** What a rate limit asked to wait; 0 for other failures. */
function retryAfterMs({ error }: AppFailure): number {
  return error.kind === 'rate_limit' ? (error.retryAfter ?? 0) * 1000 : 0
}
