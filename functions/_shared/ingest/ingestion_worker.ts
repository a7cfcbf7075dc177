/** Reads the files of the queue, for requests of the database and after uploads. */
import type { FilesWorkReport, FilesWorkRequest } from '../../../types/api.ts'
import { fromUnknown } from '../../../types/errors.ts'
import type { Db } from '../database/client.ts'
import { waitUntil } from '../http/lifecycle.ts'
import { log } from '../http/log.ts'
import { fileQueue } from './file_queue.ts'
import { processFiles } from './process_files.ts'

/** Embeds passages of the queue within a time; resolves to how many were stored, and whether there may be more. */
type EmbedPassages = (admin: Db, budgetMs: number) => Promise<{ stored: number; more: boolean }>

/** The worker of one process. */
export class IngestionWorker {
  readonly #shutdown: AbortSignal
  readonly #embed: EmbedPassages
  #running = false
  /** Files were stored after the running pass began. */
  #again = false

  /** `shutdown` aborts when the process ends. */
  constructor(shutdown: AbortSignal, embed: EmbedPassages) {
    this.#shutdown = shutdown
    this.#embed = embed
  }

  async run(admin: Db, { lease_seconds, budget_seconds }: FilesWorkRequest): Promise<FilesWorkReport> {
    return await processFiles(fileQueue(admin), {
      leaseSeconds: lease_seconds,
      budgetMs: budget_seconds * 1000,
      signal: this.#shutdown,
      embed: (budgetMs) => this.#embed(admin, budgetMs),
    })
  }

  /** Reads what was just stored, after the response. One pass at a time; the schedule reads what is left. */
  startInBackground(admin: Db): void {
    this.#again = true
    if (this.#running) return
    this.#running = true
    waitUntil(this.#runWhileNeeded(admin))
  }

  async #runWhileNeeded(admin: Db): Promise<void> {
    try {
      while (this.#again && !this.#shutdown.aborted) {
        this.#again = false
        await this.run(admin, { lease_seconds: 120, budget_seconds: 20 })
      }
    } catch (cause) {
      log('warn', { event: 'files_not_read', code: fromUnknown(cause).code })
    } finally {
      this.#running = false
    }
  }
}
