/**
 * Processes a queue of texts: claims a batch, embeds it, stores the vectors, reports failures.
 *
 * A claimed job belongs to this worker for the time of its lease, so nothing is stored or reported afterwards. A text
 * that cannot be embedded is reported alone; the others of its batch are stored. While the model or the database is
 * unavailable, the work with that model ends, and the remaining texts wait for the next call.
 */
import type { EmbedWorkReport } from '../../../types/api.ts'
import { appError, fromUnknown } from '../../../types/errors.ts'
import { Pace } from '../../_lib/async/mod.ts'
import { ProcessEnds } from '../http/lifecycle.ts'
import { log } from '../http/log.ts'
import type { Db } from '../database/client.ts'
import { type EmbeddingJob, type EmbeddingQueue, embeddingQueue, type QueueUsage } from './embedding_queue.ts'
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

/** How many vectors are stored at once in any case: a slow database takes tens of milliseconds for each, to add it to its index. */
const smallestPiece = 2

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
  /** Vectors are stored in pieces, since people wait while the database adds them to its index. */
  readonly #pace = new Pace({ least: 1 / 32 })

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
    const left = tried ? jobs : await this.#attempt(jobs, lease)
    for (const [index, job] of left.entries()) {
      if (this.#stopped) return await this.#giveBack(left.slice(index))
      await this.#attempt([job], lease)
    }
  }

  /** Resolves to the jobs that have to be tried one by one. */
  async #attempt(jobs: readonly EmbeddingJob[], lease: AbortSignal): Promise<readonly EmbeddingJob[]> {
    let left = jobs
    try {
      const signal = AbortSignal.any([this.options.signal, lease])
      signal.throwIfAborted()
      const vectors = await this.#embed(jobs, signal)
      signal.throwIfAborted()
      while (left.length > 0) {
        signal.throwIfAborted()
        const from = jobs.length - left.length
        const piece = left.slice(
          0,
          Math.max(smallestPiece, Math.floor(this.options.batch * this.#pace.share)),
        )
        const results = piece.flatMap((job, index) => {
          const vector = vectors[from + index]
          return vector ? [{ job, vector }] : []
        })
        const stored = await this.#pace.work(
          piece.length / this.options.batch,
          () => this.queue.finish(this.provider.model, results),
        )
        this.report.stored += stored
        this.report.outdated += piece.length - stored
        left = left.slice(piece.length)
      }
      return []
    } catch (cause) {
      return await this.#settle(cause, left, lease) ? [] : left
    }
  }

  /** Embeds texts. What they used at an endpoint is recorded, however it ends. */
  async #embed(jobs: readonly EmbeddingJob[], signal: AbortSignal): Promise<Float32Array[]> {
    const usage = { tokens: 0 }
    try {
      return await this.provider.embed(jobs.map((job) => job.text), signal, usage)
    } finally {
      if (this.provider.isEndpoint && usage.tokens > 0) await this.#record(jobs, usage.tokens)
    }
  }

  /** Never rejects: vectors are not lost for their usage. */
  async #record(jobs: readonly EmbeddingJob[], tokens: number): Promise<void> {
    const { model } = this.provider
    try {
      await this.queue.record(model, shareTokens(jobs, tokens))
    } catch (cause) {
      log('error', { event: 'usage_lost', model, input_tokens: tokens, code: fromUnknown(cause).code })
    }
  }

  /** Decides what a failure means for the jobs; resolves to false when they have to be tried one by one. */
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

/** The tokens of a batch by workspace, in proportion to the lengths of its texts. */
function shareTokens(jobs: readonly EmbeddingJob[], tokens: number): QueueUsage[] {
  const lengths = new Map<string, { account_id: string; workspace_id: string; length: number }>()
  for (const { account_id, workspace_id, text } of jobs) {
    const key = `${account_id} ${workspace_id}`
    const length = (lengths.get(key)?.length ?? 0) + text.length
    lengths.set(key, { account_id, workspace_id, length })
  }
  const total = jobs.reduce((sum, { text }) => sum + text.length, 0)
  return [...lengths.values()].map(({ length, ...ids }) => ({
    ...ids,
    tokens: Math.round(tokens * length / total),
  }))
}

const aborted = appError('unavailable', {
  code: 'aborted',
  message: 'The worker stopped before this text was embedded.',
})
