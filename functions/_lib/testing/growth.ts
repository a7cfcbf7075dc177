/** How the work of a computation grows with its input. */
import { readFileSync } from 'node:fs'

/**
 * Processor time of this thread in ms, which other processes do not lengthen; elapsed time where there is no such clock.
 * The clock stands still while a thread runs, and is set when it pauses.
 */
export async function threadMs(): Promise<number> {
  await new Promise((resolve) => setTimeout(resolve, 1))
  try {
    return Number(readFileSync('/proc/thread-self/schedstat', 'utf8').split(' ')[0]) / 1e6
  } catch {
    return performance.now()
  }
}

/** What was measured for inputs of n, 2n and 4n bytes. */
export interface Growth {
  readonly bytes: number
  readonly ms: readonly number[]
  /** The mean factor for one doubling: 2 is linear, 4 is quadratic. */
  readonly factor: number
}

/** Long enough for what a run costs by itself to be small beside it. */
const enoughMs = 8
const smallest = 8 * 1024
/** How often a run is repeated where the largest input takes less than that. */
const maxRepeats = 4
const maxAttempts = 24

/**
 * Measures `run` on inputs that `make` makes. Starts with the size that takes long enough, or the largest of which four
 * times as much is within `maxBytes`. What else the machine does can only lengthen a run, so the least time counts, and
 * it measures again as long as the factor is not below `wanted`.
 */
export async function growthOf<T>(
  make: (bytes: number) => T | Promise<T>,
  run: (input: T) => Promise<unknown> | unknown,
  { maxBytes, wanted }: { maxBytes: number; wanted: number },
): Promise<Growth> {
  const timed = async (input: T, repeats: number): Promise<number> => {
    const start = await threadMs()
    for (let count = 0; count < repeats; count++) await run(input)
    return await threadMs() - start
  }
  let bytes = smallest
  let first = await make(bytes)
  // The first run of all compiles and loads.
  await run(first)
  while (bytes * 8 <= maxBytes && await timed(first, 1) < enoughMs) first = await make(bytes *= 2)
  const repeats = Math.min(maxRepeats, Math.ceil(enoughMs / Math.max(await timed(first, 1), 0.1)))
  const inputs = [first, await make(2 * bytes), await make(4 * bytes)]
  const ms = inputs.map(() => Infinity)
  let factor = Infinity
  for (let attempt = 0; attempt < maxAttempts && factor >= wanted; attempt++) {
    for (const [index, input] of inputs.entries()) {
      ms[index] = Math.min(ms[index] ?? Infinity, await timed(input, repeats))
    }
    const [least = 0, , most = 0] = ms
    // Below the resolution of the clock nothing grows.
    factor = Math.sqrt(Math.max(most, enoughMs / 2) / Math.max(least, enoughMs / 2))
  }
  return { bytes, ms, factor }
}
