/** Reads the files of the queue. */
import type { FilesWorkReport, FilesWorkRequest } from '../../../types/api.ts'
import type { Recognizer } from '../../_lib/extract/mod.ts'
import type { Db } from '../database/client.ts'
import { fileQueue } from './file_queue.ts'
import { processFiles } from './process_files.ts'

/** Embeds passages of the queue within a time; resolves to how many were stored, and whether there may be more. */
type EmbedPassages = (admin: Db, budgetMs: number) => Promise<{ stored: number; more: boolean }>

/** The worker of one process. */
export class IngestionWorker {
  readonly #shutdown: AbortSignal
  readonly #embed: EmbedPassages
  readonly #recognizeImage: Recognizer | undefined
  /** Settles when no pass runs. */
  #last: Promise<unknown> = Promise.resolve()

  /** `shutdown` aborts when the process ends. Without `recognizeImage`, images and scans have no text. */
  constructor(shutdown: AbortSignal, embed: EmbedPassages, recognizeImage?: Recognizer) {
    this.#shutdown = shutdown
    this.#embed = embed
    this.#recognizeImage = recognizeImage
  }

  /** One pass at a time, so that a file that ends the process ends the reading of no other. */
  async run(admin: Db, { lease_seconds, budget_seconds }: FilesWorkRequest): Promise<FilesWorkReport> {
    const pass = this.#last.then(() =>
      processFiles(fileQueue(admin), {
        leaseSeconds: lease_seconds,
        budgetMs: budget_seconds * 1000,
        signal: this.#shutdown,
        recognizeImage: this.#recognizeImage,
        embed: (budgetMs) => this.#embed(admin, budgetMs),
      })
    )
    this.#last = pass.catch(() => {})
    return await pass
  }
}
