/**
 * Works through a queue of texts: claims a batch, embeds it, stores the vectors, reports what failed.
 *
 * A claimed job belongs to this worker for the time of its lease and not longer, so nothing is stored or reported after
 * it. A text that cannot be embedded is reported alone; its neighbours are stored. When the model or the database is
 * away, the work with that model ends and the rest waits for the next call.
 */
import type { EmbedWorkReport } from '../../../types/api.ts'
import { type AppError, appError, fromUnknown } from '../../../types/errors.ts'
import { log } from '../http/log.ts'
import { type EmbeddingProvider, notSetUp } from './provider.ts'
import type { EmbeddingModels } from './select.ts'

export interface EmbeddingJob {
  readonly id: number
  /** Which version of the text this is. */
  readonly revision: number
  readonly text: string
}

export interface EmbeddingResult {
  readonly job: EmbeddingJob
  readonly vector: Float32Array
}

export interface EmbeddingQueue {
  /** Dimensions that can be stored. */
  readonly sizes: readonly number[]
  /**
   * Takes jobs of a model that are due, and keeps them from others for the lease. With `adopt`, jobs of a workspace that
   * has no model yet as well, which has this one from then on.
   */
  claim(model: ModelName, batch: number, leaseSeconds: number, adopt: boolean): Promise<EmbeddingJob[]>
  /** Stores vectors, all or none, and answers how many: texts that changed meanwhile are passed over. May be repeated. */
  finish(model: string, results: readonly EmbeddingResult[]): Promise<number>
  /** Gives a job back with the reason. */
  fail(job: EmbeddingJob, error: AppError): Promise<void>
}

type ModelName = Pick<EmbeddingProvider, 'model' | 'dimensions'>

export interface WorkOptions {
  /** Jobs claimed at once. */
  readonly batch: number
  readonly leaseSeconds: number
  /** No batch is claimed later than this, in ms. */
  readonly budget: number
  /** The end of the process: what is under way is given back. */
  readonly signal: AbortSignal
}

/** The part of a lease that is left for storing. */
const reserve = 0.2

/** A workspace that has no model yet takes the standard one. */
export async function work(
  queue: EmbeddingQueue,
  { standard, all }: Pick<EmbeddingModels, 'standard' | 'all'>,
  options: WorkOptions,
): Promise<EmbedWorkReport> {
  if (!queue.sizes.includes(standard.dimensions)) {
    const { model, dimensions } = standard
    throw notSetUp(
      `Vectors of ${queue.sizes.join(' or ')} dimensions are stored; ${model} gives ${dimensions}.`,
    )
  }
  const report = { claimed: 0, stored: 0, outdated: 0, failed: 0, unfinished: 0, more: false }
  const end = performance.now() + options.budget
  for (const provider of new Set([standard, ...all])) {
    if (!queue.sizes.includes(provider.dimensions)) continue
    const more = await new Worker(queue, provider, provider === standard, options, report).run(end)
    report.more ||= more
    if (options.signal.aborted) break
  }
  return report
}

/** The work with one model. */
class Worker {
  /** Going on makes no sense at the moment. */
  #stopped = false

  constructor(
    private readonly queue: EmbeddingQueue,
    private readonly provider: EmbeddingProvider,
    private readonly adopt: boolean,
    private readonly options: WorkOptions,
    private readonly report: EmbedWorkReport,
  ) {}

  /** True when there may be more to do. */
  async run(end: number): Promise<boolean> {
    const { batch, leaseSeconds, signal } = this.options
    do {
      // It counts from before the request: the queue's own clock starts later.
      const lease = AbortSignal.timeout(leaseSeconds * 1000 * (1 - reserve))
      const jobs = await this.queue.claim(this.provider, batch, leaseSeconds, this.adopt)
      this.report.claimed += jobs.length
      if (jobs.length > 0) await this.#handle(jobs, lease)
      if (jobs.length < batch) return this.#stopped
    } while (!this.#stopped && !signal.aborted && performance.now() < end)
    return true
  }

  /** Embeds and stores jobs together; where that fails for good, each alone. */
  async #handle(jobs: readonly EmbeddingJob[], lease: AbortSignal): Promise<void> {
    if (await this.#attempt(jobs, lease)) return
    for (const [index, job] of jobs.entries()) {
      if (this.#stopped) return await this.#giveBack(jobs.slice(index))
      await this.#attempt([job], lease)
    }
  }

  /** False when the jobs have to be tried one by one. */
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

  /** Decides what a failure means for the jobs. */
  async #settle(cause: unknown, jobs: readonly EmbeddingJob[], lease: AbortSignal): Promise<boolean> {
    if (lease.aborted) {
      this.#stopped = true
      this.report.unfinished += jobs.length
      log('warn', { event: 'embedding_lease_lost', jobs: jobs.length })
      return true
    }
    if (this.options.signal.aborted) {
      this.#stopped = true
      await this.#giveBack(jobs)
      return true
    }
    const error = fromUnknown(cause)
    if (error.code === 'embeddings_not_set_up') {
      // The fault of the deployment, not of the texts.
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

const aborted = appError('unavailable', { code: 'aborted', message: 'The worker ended before its turn.' })
