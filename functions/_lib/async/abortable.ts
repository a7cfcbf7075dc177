/** Waits that end with a signal or a time limit. */
import { setTimeout as delay } from 'node:timers/promises'

/**
 * Waits for `work`, or rejects with the reason of `signal` as soon as it aborts, even where `work` ignores the signal.
 * Once the signal has aborted, its reason is what is thrown, whatever the work made of it.
 */
export async function abortable<T>(work: PromiseLike<T>, signal: AbortSignal): Promise<T> {
  const promise = Promise.resolve(work)
  const aborted = Promise.withResolvers<never>()
  const abort = (): void => aborted.reject(signal.reason)
  // The promise that loses the race may still reject; without a handler that would end the process.
  aborted.promise.catch(() => {})
  promise.catch(() => {})
  signal.throwIfAborted()
  signal.addEventListener('abort', abort, { once: true })
  try {
    return await Promise.race([promise, aborted.promise])
  } catch (cause) {
    throw signal.aborted ? signal.reason : cause
  } finally {
    signal.removeEventListener('abort', abort)
  }
}

/** How long work may take. */
export interface TimeoutOptions {
  readonly timeoutMs: number
  /** What to reject with; a `TimeoutError` by default. */
  readonly reason?: () => unknown
  /** Ends the work earlier. */
  readonly signal?: AbortSignal | undefined
}

/** Gives `work` a signal that aborts after `timeoutMs`, and rejects then, even where `work` ignores the signal. */
export async function withTimeout<T>(
  work: (signal: AbortSignal) => PromiseLike<T>,
  { timeoutMs, reason, signal }: TimeoutOptions,
): Promise<T> {
  const timeout = new AbortController()
  const timer = setTimeout(() => timeout.abort(reason?.() ?? timedOut(timeoutMs)), timeoutMs)
  const either = signal ? AbortSignal.any([signal, timeout.signal]) : timeout.signal
  try {
    return await abortable(work(either), either)
  } finally {
    clearTimeout(timer)
  }
}

function timedOut(timeoutMs: number): DOMException {
  return new DOMException(`Timed out after ${timeoutMs} ms.`, 'TimeoutError')
}

/** Resolves after `ms`, or rejects with the reason of `signal`. */
export async function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  try {
    await delay(ms, undefined, signal && { signal })
  } catch (cause) {
    // Node wraps the reason in an error of its own.
    signal?.throwIfAborted()
    throw cause
  }
}
