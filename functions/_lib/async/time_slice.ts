/** Long computations share the event loop: without pauses, timers, aborts and other requests would wait for their end. */

/** Resolves once timers and callbacks that are due have run. */
export function yieldToEventLoop(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0))
}

/** The time that a loop may take without a pause: `if (slice.isOver) await slice.renew()`. */
export class TimeSlice {
  readonly #ms: number
  #start = performance.now()

  constructor(ms = 30) {
    this.#ms = ms
  }

  get isOver(): boolean {
    return performance.now() - this.#start >= this.#ms
  }

  /** Pauses, then starts the next slice. */
  async renew(): Promise<void> {
    await yieldToEventLoop()
    this.#start = performance.now()
  }
}
