/** Waiting in tests: for a time, for something to happen, or for a promise, never without an end. */
import { strict as assert } from 'node:assert'
import { setTimeout as sleep } from 'node:timers/promises'

export { sleep }

/** How long the start of a platform or of Postgres may take: PLINTH_START_TIMEOUT seconds, for machines that are slow. */
export const startTimeoutMs = 1000 * Number(Deno.env.get('PLINTH_START_TIMEOUT') || 180)

/** How long something that must happen may take on a busy machine, in ms. */
const timeoutMs = 30_000

/**
 * Looks again and again until it finds something, and returns it. Fails after `ms` with `what`, which completes the
 * sentence "it never happened that ...".
 */
export async function until<T>(
  look: () => T | Promise<T>,
  what: string,
  ms = timeoutMs,
): Promise<NonNullable<T>> {
  const deadline = performance.now() + ms
  for (;;) {
    const found = await look()
    if (found) return found
    if (performance.now() > deadline) assert.fail(`it never happened that ${what}`)
    await sleep(20)
  }
}

/** The result of a promise; fails after `ms` with `otherwise` as the message. */
export async function within<T>(promise: Promise<T>, otherwise: string, ms = timeoutMs): Promise<T> {
  const late = Promise.withResolvers<never>()
  const timer = setTimeout(() => late.reject(new Error(otherwise)), ms)
  try {
    return await Promise.race([promise, late.promise])
  } finally {
    clearTimeout(timer)
  }
}
