/**
 * Tries an operation again after a failure that may pass: doubling pauses with jitter, bounded in number and time.
 * Repeats only what the caller says is safe to repeat, since an answer that got lost may hide a change that was made.
 */
import pRetry, { AbortError } from 'p-retry'
import { AppFailure, fromUnknown } from '../../../types/errors.ts'

export interface RetryOptions {
  /** True for reads, for writes with a key of their own, and for nothing else. */
  readonly idempotent: boolean
  /** Attempts altogether. */
  readonly attempts?: number
  /** The first pause, in ms; every next one doubles it, and each is stretched at random up to twice. */
  readonly pause?: number
  /** No attempt starts later than this, in ms. */
  readonly budget?: number
  readonly signal?: AbortSignal
}

/** `operation` gets the signal and the number of the attempt, and throws what it could not do. */
export async function retry<T>(
  operation: (signal: AbortSignal | undefined, attempt: number) => Promise<T>,
  { idempotent, attempts = 4, pause = 200, budget = 10_000, signal }: RetryOptions,
): Promise<T> {
  const started = performance.now()
  return await pRetry(async (attempt) => {
    try {
      return await operation(signal, attempt)
    } catch (cause) {
      const failure = cause instanceof AppFailure ? cause : new AppFailure(fromUnknown(cause), { cause })
      if (!idempotent || !failure.error.retryable) throw new AbortError(failure)
      if (attempt < attempts) {
        const wait = retryAfterOf(failure)
        if (wait > budget - (performance.now() - started)) throw new AbortError(failure)
        await sleep(wait, signal)
      }
      throw failure
    }
  }, {
    retries: attempts - 1,
    minTimeout: pause,
    factor: 2,
    randomize: true,
    maxRetryTime: budget,
    signal,
  })
}

/** What the other side asked us to wait, in ms. */
function retryAfterOf({ error }: AppFailure): number {
  return error.kind === 'rate_limit' ? (error.retryAfter ?? 0) * 1000 : 0
}

function sleep(ms: number, signal: AbortSignal | undefined): Promise<void> {
  if (ms <= 0) return Promise.resolve()
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', abort)
      resolve()
    }, ms)
    const abort = (): void => {
      clearTimeout(timer)
      reject(signal?.reason)
    }
    signal?.addEventListener('abort', abort, { once: true })
  })
}
