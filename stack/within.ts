import { setTimeout } from 'node:timers/promises'

/** What a promise resolves to, or null if that takes longer. Rejects if the promise does in time. */
export async function within<T>(promise: Promise<T>, timeoutMs: number): Promise<T | null> {
  const timer = new AbortController()
  try {
    return await Promise.race([promise, setTimeout(timeoutMs, null, { signal: timer.signal })])
  } finally {
    timer.abort()
  }
}
