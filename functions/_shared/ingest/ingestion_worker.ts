/** Reads the files of the queue. */
import type { FilesWorkReport, FilesWorkRequest } from '../../../types/api.ts'
import type { Recognizer } from '../../_lib/extract/mod.ts'
import type { Db } from '../database/client.ts'
import { fileQueue } from './file_queue.ts'
import { FileReader, processFiles } from './process_files.ts'

/** Embeds passages of the queue within a time; resolves to how many were stored, and whether there may be more. */
type EmbedPassages = (admin: Db, budgetMs: number) => Promise<{ stored: number; more: boolean }>

/**
 * The worker of one process: one reader of all files, and two of small ones, which take no turn behind a large file. More
 * readers of large files would need more memory than a process has, and would share its time.
 */
export class IngestionWorker {
  readonly #shutdown: AbortSignal
  readonly #embed: EmbedPassages
  readonly #recognizeImage: Recognizer | undefined
  readonly #readers = [new FileReader(false), new FileReader(true), new FileReader(true)]
  /** Settles when nothing is embedded. */
  #embedding: Promise<unknown> = Promise.resolve()

  /** `shutdown` aborts when the process ends. Without `recognizeImage`, images and scans have no text. */
  constructor(shutdown: AbortSignal, embed: EmbedPassages, recognizeImage?: Recognizer) {
    this.#shutdown = shutdown
    this.#embed = embed
    this.#recognizeImage = recognizeImage
  }

  async run(admin: Db, { lease_seconds, budget_seconds }: FilesWorkRequest): Promise<FilesWorkReport> {
    return await processFiles(fileQueue(admin), {
      leaseSeconds: lease_seconds,
      budgetMs: budget_seconds * 1000,
      signal: this.#shutdown,
      embed: (budgetMs) => this.#embedInTurn(admin, budgetMs),
      recognizeImage: this.#recognizeImage,
      readers: this.#readers,
    })
  }

  /** One at a time: a model takes all of the processor anyway. */
  async #embedInTurn(admin: Db, budgetMs: number): Promise<{ stored: number; more: boolean }> {
    const next = this.#embedding.then(() => this.#embed(admin, budgetMs))
    this.#embedding = next.catch(() => {})
    return await next
  }
}
