/** The reservation of a file while it is read. */
import { AppFailure } from '../../../types/errors.ts'
import type { FileJob, FileQueue, Rows } from './file_queue.ts'

/** Another worker reads the file now, or it was deleted. */
export class LeaseLost extends Error {
  override readonly name = 'LeaseLost'
}

/** Renews the lease until it is released. Once it was not renewed in time it is lost, even if a later renewal succeeds. */
export class IngestionLease {
  readonly #queue: FileQueue
  readonly #job: FileJob
  readonly #seconds: number
  readonly #lost = new AbortController()
  readonly #renewal: ReturnType<typeof setInterval>
  #deadline: ReturnType<typeof setTimeout> | undefined

  constructor(queue: FileQueue, job: FileJob, seconds: number) {
    this.#queue = queue
    this.#job = job
    this.#seconds = seconds
    this.#renewed()
    this.#renewal = setInterval(() => void this.store({}).catch(() => {}), seconds * 1000 / 3)
  }

  /** Aborts with a LeaseLost. */
  get signal(): AbortSignal {
    return this.#lost.signal
  }

  /** Stores rows, which renews the lease. */
  async store(rows: Rows): Promise<void> {
    try {
      await this.#queue.store(this.#job, rows, this.#seconds)
      this.#renewed()
    } catch (cause) {
      if (isExpired(cause)) this.#lost.abort(new LeaseLost())
      throw cause
    }
  }

  release(): void {
    clearInterval(this.#renewal)
    clearTimeout(this.#deadline)
  }

  #renewed(): void {
    clearTimeout(this.#deadline)
    this.#deadline = setTimeout(() => this.#lost.abort(new LeaseLost()), this.#seconds * 1000 * 0.9)
  }
}

/** Whether the database refused an attempt whose lease has expired. */
export function isExpired(cause: unknown): boolean {
  return cause instanceof AppFailure && cause.error.code === 'PT409'
}
