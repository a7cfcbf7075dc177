/** Asks for the reading of what was just stored, so that it does not wait for the schedule. */
import { fromUnknown } from '../../../types/errors.ts'
import type { Db } from '../database/client.ts'
import { waitUntil } from '../http/lifecycle.ts'
import { log } from '../http/log.ts'

/** The requests of one process: one at a time, and another for what was stored after it began. */
export class ReadingRequests {
  readonly #shutdown: AbortSignal
  #running = false
  #again = false

  /** `shutdown` aborts when the process ends. */
  constructor(shutdown: AbortSignal) {
    this.#shutdown = shutdown
  }

  /** After the response. The schedule reads what is left. */
  start(admin: Db): void {
    this.#again = true
    if (this.#running) return
    this.#running = true
    waitUntil(this.#runWhileNeeded(admin))
  }

  async #runWhileNeeded(admin: Db): Promise<void> {
    try {
      while (this.#again && !this.#shutdown.aborted) {
        this.#again = false
        const body = { budget_seconds: 20 }
        const { error } = await admin.functions.invoke('files-work', { body, signal: this.#shutdown })
        if (error) throw error
      }
    } catch (cause) {
      if (!this.#shutdown.aborted) log('warn', { event: 'files_not_read', code: fromUnknown(cause).code })
    } finally {
      this.#running = false
    }
  }
}
