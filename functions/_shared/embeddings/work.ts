/**
 * Works through a queue of texts: claims a batch, embeds it, stores the vectors, reports what failed.
 *
 * A claimed job belongs to this worker for the time of its lease and not longer, so nothing is stored or reported after
 * it. A text that cannot be embedded is reported alone; its neighbours are stored. When the model or the database is
 * away, the work ends and the rest waits for the next call.
 */
import type { EmbedWorkReport } from '../../../types/api.ts'
import { type AppError, appError, fromUnknown } from '../../../types/errors.ts'
import { log } from '../log.ts'
import type { EmbeddingModels } from './select.ts'

export interface EmbeddingJob {
  readonly id: number
  readonly text: string
  /** Null leaves it to the standard of this deployment. */
  readonly model: string | null
}

export interface EmbeddingResult {
  readonly id: number
  readonly vector: Float32Array
}

export interface EmbeddingQueue {
  /** Takes jobs that are due and keeps them from others for the lease. */
  claim(batch: number, leaseSeconds: number): Promise<EmbeddingJob[]>
  /** Stores vectors and ends their jobs: all or none. May be repeated. */
  finish(model: string, results: readonly EmbeddingResult[]): Promise<void>
  /** Records why a job failed. `aborted` gives it back: that was no attempt. */
  fail(job: EmbeddingJob, error: AppError): Promise<void>
}

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

export async function work(
  queue: EmbeddingQueue,
  models: Pick<EmbeddingModels, 'find'>,
  { batch, leaseSeconds, budget, signal }: WorkOptions,
): Promise<EmbedWorkReport> {
  const report = { claimed: 0, stored: 0, failed: 0, unfinished: 0, more: true }
  const started = performance.now()
  const worker = new Worker(queue, models, signal, report)
  do {
    // It counts from before the request: the queue's own clock starts later.
    const lease = AbortSignal.timeout(leaseSeconds * 1000 * (1 - reserve))
    const jobs = await queue.claim(batch, leaseSeconds)
    report.claimed += jobs.length
    report.more = jobs.length === batch
    for (const [model, group] of Map.groupBy(jobs, (job) => job.model)) {
      await worker.handle(model, group, lease)
    }
  } while (report.more && !worker.stopped && !signal.aborted && performance.now() - started < budget)
  report.more ||= worker.stopped
  return report
}

class Worker {
  /** Going on makes no sense at the moment. */
  stopped = false

  constructor(
    private readonly queue: EmbeddingQueue,
    private readonly models: Pick<EmbeddingModels, 'find'>,
    private readonly shutdown: AbortSignal,
    private readonly report: EmbedWorkReport,
  ) {}

  /** Embeds and stores jobs of one model together; where that fails for good, each alone. */
  async handle(model: string | null, jobs: readonly EmbeddingJob[], lease: AbortSignal): Promise<void> {
    if (await this.#attempt(model, jobs, lease)) return
    for (const [index, job] of jobs.entries()) {
      if (this.stopped) return await this.#giveBack(jobs.slice(index))
      await this.#attempt(model, [job], lease)
    }
  }

  /** False when the jobs have to be tried one by one. */
  async #attempt(
    model: string | null,
    jobs: readonly EmbeddingJob[],
    lease: AbortSignal,
  ): Promise<boolean> {
    try {
      const signal = AbortSignal.any([this.shutdown, lease])
      signal.throwIfAborted()
      const provider = this.models.find(model)
      const vectors = await provider.embed(jobs.map((job) => job.text), signal)
      signal.throwIfAborted()
      const results = jobs.flatMap(({ id }, index) => {
        const vector = vectors[index]
        return vector ? [{ id, vector }] : []
      })
      await this.queue.finish(provider.model, results)
      this.report.stored += jobs.length
      return true
    } catch (cause) {
      return await this.#settle(cause, jobs, lease)
    }
  }

  /** Decides what a failure means for the jobs. */
  async #settle(cause: unknown, jobs: readonly EmbeddingJob[], lease: AbortSignal): Promise<boolean> {
    if (lease.aborted) {
      this.stopped = true
      this.report.unfinished += jobs.length
      log('warn', { event: 'embedding_lease_lost', jobs: jobs.length })
      return true
    }
    if (this.shutdown.aborted) {
      this.stopped = true
      await this.#giveBack(jobs)
      return true
    }
    const error = fromUnknown(cause)
    if (error.code === 'embeddings_not_set_up') {
      // The fault of the deployment, not of the texts.
      await this.#giveBack(jobs)
      throw cause
    }
    if (error.retryable) this.stopped = true
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
