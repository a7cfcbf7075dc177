/** How the work of a computation grows with its input. */
import { readFileSync } from 'node:fs'

/** Processor time of this thread in ms, which other processes do not lengthen; elapsed time where there is no such clock. */
export function threadMs(): number {
  try {
    return Number(readFileSync('/proc/thread-self/schedstat', 'utf8').split(' ')[0]) / 1e6
  } catch {
    return performance.now()
  }
}

/** The least time that `work` takes in some attempts: what else the machine does can only lengthen one. */
export async function leastMs(work: () => Promise<unknown> | unknown, attempts: number): Promise<number> {
  let least = Infinity
  for (let attempt = 0; attempt < attempts; attempt++) {
    const start = threadMs()
    await work()
    least = Math.min(least, threadMs() - start)
  }
  return least
}

/** What was measured for inputs of n, 2n and 4n bytes. */
export interface Growth {
  readonly bytes: number
  readonly ms: readonly [number, number, number]
  /** The mean factor for one doubling: 2 is linear, 4 is quadratic. */
  readonly factor: number
}

/** Long enough for the clock, and for what a first run costs to be small beside it. */
const enoughMs = 12
const smallest = 8 * 1024

/**
 * Measures `run` on inputs that `make` makes. Starts with the size that takes long enough, or the largest of which four
 * times as much is within `maxBytes`; measures again as long as the factor is not below `wanted`, since noise passes.
 */
export async function growthOf<T>(
  make: (bytes: number) => T | Promise<T>,
  run: (input: T) => Promise<unknown> | unknown,
  { maxBytes, wanted }: { maxBytes: number; wanted: number },
): Promise<Growth> {
  let bytes = smallest
  while (bytes * 8 <= maxBytes) {
    const input = await make(bytes)
    if (await leastMs(() => run(input), 1) >= enoughMs) break
    bytes *= 2
  }
  const inputs = [await make(bytes), await make(2 * bytes), await make(4 * bytes)] as const
  let least: [number, number, number] = [Infinity, Infinity, Infinity]
  let factor = Infinity
  for (let attempt = 0; attempt < 6 && factor >= wanted; attempt++) {
    for (const [index, input] of inputs.entries()) {
      least[index] = Math.min(least[index] ?? Infinity, await leastMs(() => run(input), 1))
    }
    // Below the resolution of the clock nothing grows.
    factor = Math.sqrt(Math.max(least[2], 1) / Math.max(least[0], 1))
  }
  return { bytes, ms: least, factor }
}
