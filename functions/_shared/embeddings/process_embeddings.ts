/**
 * Processes a queue of texts: claims a batch, embeds it, stores the vectors, reports failures.
 *
 * A claimed job belongs to this worker for the time of its lease, so nothing is stored or reported afterwards. A text
 * that cannot be embedded is reported alone; the others of its batch are stored. While the model or the database is
 * unavailable, the work with that model ends, and the remaining texts wait for the next call.
 */
import type { EmbedWorkReport } from '../../../types/api.ts'
import { appError, fromUnknown } from '../../../types/errors.ts'
import { ProcessEnds } from '../http/lifecycle.ts'
import { log } from '../http/log.ts'
import type { Db } from '../database/client.ts'
import { type EmbeddingJob, type EmbeddingQueue, embeddingQueue } from './embedding_queue.ts'
import { type EmbeddingProvider, notSetUp } from './provider.ts'
import type { EmbeddingModels, ModelSource } from './select_models.ts'

/** Limits of one call. */
export interface ProcessingOptions {
  /** Jobs claimed at once. */
  readonly batch: number
  readonly leaseSeconds: number
  /** No batch is claimed later than this. */
  readonly budgetMs: number
  /** Aborts when the process ends: claimed jobs are returned to the queue, unless their work may be the reason. */
  readonly signal: AbortSignal
}

/** The part of a lease that is reserved for storing. */
const storingShare = 0.2

/** Workspaces without a model take the standard one. */
export async function processEmbeddings(
  queue: EmbeddingQueue,
  { standard, all }: Pick<EmbeddingModels, 'standard' | 'all'>,
  options: ProcessingOptions,
): Promise<EmbedWorkReport> {
  if (!queue.storedDimensions.includes(standard.dimensions)) {
    const { model, dimensions } = standard
    throw notSetUp(
      `Stored vectors must have ${
        queue.storedDimensions.join(' or ')
      } dimensions; ${model} has ${dimensions}.`,
    )
  }
  const report = { claimed: 0, stored: 0, outdated: 0, failed: 0, unfinished: 0, more: false }
  const end = performance.now() + options.budgetMs
  for (const provider of new Set([standard, ...all])) {
    if (!queue.storedDimensions.includes(provider.dimensions)) continue
    const more = await new Worker(queue, provider, provider === standard, options, report).run(end)
    report.more ||= more
    if (options.signal.aborted) break
  }
  return report
}

/** Embeds passages that were just stored, within a time. `shutdown` aborts when the process ends. */
export function embedPassages(
  models: ModelSource,
  shutdown: AbortSignal,
): (admin: Db, budgetMs: number) => Promise<EmbedWorkReport> {
  return async (admin, budgetMs) =>
    await processEmbeddings(embeddingQueue(admin), await models(), {
      batch: 64,
      leaseSeconds: 60,
      budgetMs,
      signal: shutdown,
    })
}

/** The work with one model. */
class Worker {
  /** The model or the database is unavailable, or the process shuts down. */
  #stopped = false

  constructor(
    private readonly queue: EmbeddingQueue,
    private readonly provider: EmbeddingProvider,
    private readonly adopt: boolean,
    private readonly options: ProcessingOptions,
    private readonly report: EmbedWorkReport,
  ) {}

  /** Resolves to true when there may be more to do. */
  async run(end: number): Promise<boolean> {
    const { batch, leaseSeconds, signal } = this.options
    do {
      // Counted from before the request: the lease of the queue starts later, so this one ends earlier.
      const lease = AbortSignal.timeout(leaseSeconds * 1000 * (1 - storingShare))
      const jobs = await this.queue.claim(this.provider, batch, leaseSeconds, this.adopt)
      this.report.claimed += jobs.length
      if (jobs.length > 0) await this.#handle(jobs, lease)
      if (jobs.length < batch) return this.#stopped
    } while (!this.#stopped && !signal.aborted && performance.now() < end)
    return true
  }

  /** Embeds and stores jobs together; each alone after a permanent failure, and where a batch may have ended a process. */
  async #handle(jobs: readonly EmbeddingJob[], lease: AbortSignal): Promise<void> {
    const tried = jobs.some(({ attempts }) => attempts > 1)
    if (!tried && await this.#attempt(jobs, lease)) return
    for (const [index, job] of jobs.entries()) {
      if (this.#stopped) return await this.#giveBack(jobs.slice(index))
      await this.#attempt([job], lease)
    }
  }

  /** Resolves to false when the jobs have to be tried one by one. */
  async #attempt(jobs: readonly EmbeddingJob[], lease: AbortSignal): Promise<boolean> {
    try {
      const signal = AbortSignal.any([this.options.signal, lease])
      signal.throwIfAborted()
      const vectors = await this.provider.embed(jobs.map((job) => job.text), signal)
      signal.throwIfAborted()
      const results = jobs.flatMap((job, index) => {
        const vector = vectors[index]
        return vector ? [{ job, vector }] : []
      })
      const stored = await this.queue.finish(this.provider.model, results)
      this.report.stored += stored
      this.report.outdated += jobs.length - stored
      return true
    } catch (cause) {
      return await this.#settle(cause, jobs, lease)
    }
  }

  /** Decides what a failure means for the jobs; resolves as #attempt does. */
  async #settle(cause: unknown, jobs: readonly EmbeddingJob[], lease: AbortSignal): Promise<boolean> {
    if (lease.aborted) {
      this.#stopped = true
      this.report.unfinished += jobs.length
      log('warn', { event: 'embedding_lease_lost', jobs: jobs.length })
      return true
    }
    if (this.options.signal.aborted) {
      this.#stopped = true
      const { reason } = this.options.signal
      // Their leases expire, which counts as an attempt; the next process embeds them one by one.
      if (reason instanceof ProcessEnds && reason.exhausted) this.report.unfinished += jobs.length
      else await this.#giveBack(jobs)
      return true
    }
    const error = fromUnknown(cause)
    if (error.code === 'embeddings_not_set_up') {
      // A mistake of the deployment, not of the texts.
      await this.#giveBack(jobs)
      throw cause
    }
    if (error.retryable) this.#stopped = true
    else if (jobs.length > 1) return false
    this.report.failed += jobs.length
    for (const job of jobs) {
      log('warn', { event: 'embedding_failed', job_id: job.id, code: error.code })
      await this.queue.fail(job, error)
    }
    return true
  }

  async #giveBack(jobs: readonly EmbeddingJob[]): Promise<void> {
    this.report.unfinished += jobs.length
    for (const job of jobs) await this.queue.fail(job, aborted)
  }
}

const aborted = appError('unavailable', {
  code: 'aborted',
  message: 'The worker stopped before this text was embedded.',
})
