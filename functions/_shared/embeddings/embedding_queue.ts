/** The queue of texts to embed. In the database, only the service role may call its functions. */
import { z } from 'zod'
import type { AppError } from '../../../types/errors.ts'
import { retry } from '../../_lib/async/mod.ts'
import { callDatabase } from '../database/call.ts'
import type { Db } from '../database/client.ts'
import { parseResult } from '../database/result.ts'
import type { EmbeddingProvider } from './provider.ts'
import { toNumbers } from './vectors.ts'

/** A claimed text. */
export interface EmbeddingJob {
  readonly id: number
  /** The version of the text. */
  readonly revision: number
  readonly text: string
  /** How often it was claimed, this time included. */
  readonly attempts: number
}

/** The vector of a claimed text. */
export interface EmbeddingResult {
  readonly job: EmbeddingJob
  readonly vector: Float32Array
}

/** The queue, as processEmbeddings() needs it. */
export interface EmbeddingQueue {
  /** Dimensions that can be stored. */
  readonly storedDimensions: readonly number[]
  /**
   * Claims jobs of a model that are due, and reserves them for the lease. With `adopt`, also jobs of workspaces without
   * a model, which take this one.
   */
  claim(model: ModelName, batch: number, leaseSeconds: number, adopt: boolean): Promise<EmbeddingJob[]>
  /** Stores vectors, all or none, and returns how many: texts that changed meanwhile are skipped. Idempotent. */
  finish(model: string, results: readonly EmbeddingResult[]): Promise<number>
  /** Returns a job to the queue with the reason. */
  fail(job: EmbeddingJob, error: AppError): Promise<void>
}

type ModelName = Pick<EmbeddingProvider, 'model' | 'dimensions'>

const timeoutMs = 15_000

const Jobs = z.array(z.object({
  job_id: z.number().int(),
  revision: z.number().int(),
  content: z.string(),
  attempts: z.number().int(),
}))

/** The outcome of a text that was not embedded, by the code of its error; others are tried again. */
const outcomes: Record<string, string> = {
  aborted: 'give_back',
  empty_text: 'refused',
  embedding_refused: 'refused',
}

/** The queue of the database. `admin` is a client of the service role. */
export function embeddingQueue(admin: Db): EmbeddingQueue {
  return {
    storedDimensions: [384, 1024],
    claim: async ({ model, dimensions }, batch, lease_seconds, adopt) => {
      const jobs = await callDatabase(
        admin.rpc('claim_embedding_jobs', { model, dimensions, batch, lease_seconds, adopt }),
        timeoutMs,
      )
      return parseResult(Jobs, jobs, 'claim_embedding_jobs')
        .map(({ job_id, revision, content, attempts }) => ({ id: job_id, revision, text: content, attempts }))
    },
    finish: async (model, results) => {
      const rows = results.map(({ job, vector }) => ({
        job_id: job.id,
        revision: job.revision,
        embedding: toNumbers(vector),
      }))
      const finish = (): Promise<number> =>
        callDatabase(admin.rpc('finish_embedding_jobs', { model, results: rows }), timeoutMs)
      return await retry(finish, { idempotent: true, attempts: 3 })
    },
    fail: async ({ id, revision }, { code, message }) => {
      const outcome = outcomes[code] ?? 'retry'
      const reason = `${code}: ${message}`
      await callDatabase(
        admin.rpc('fail_embedding_job', { job_id: id, revision, reason, outcome }),
        timeoutMs,
      )
    },
  }
}
