/** The queue of texts to embed. In the database, only the service role may call its functions. */
import { z } from 'zod'
import type { AppError } from '../../../types/errors.ts'
import { retry } from '../../_lib/async/mod.ts'
import { callDatabase, inBackground } from '../database/call.ts'
import type { Db } from '../database/client.ts'
import { asJson } from '../database/json.ts'
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
  /** Whose limits its usage counts for. */
  readonly account_id: string
  readonly workspace_id: string
}

/** Tokens that texts of a workspace used. */
export interface QueueUsage {
  readonly account_id: string
  readonly workspace_id: string
  readonly tokens: number
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
   * a model, which take this one. Texts whose model costs something are left out where a limit is reached.
   */
  claim(model: ModelName, batch: number, leaseSeconds: number, adopt: boolean): Promise<EmbeddingJob[]>
  /** Stores vectors, all or none, and returns how many: texts that changed meanwhile are skipped. Idempotent. */
  finish(model: string, results: readonly EmbeddingResult[]): Promise<number>
  /** Records what texts used at an endpoint. */
  record(model: string, usage: readonly QueueUsage[]): Promise<void>
  /** Returns a job to the queue with the reason. */
  fail(job: EmbeddingJob, error: AppError): Promise<void>
}

type ModelName = Pick<EmbeddingProvider, 'model' | 'dimensions' | 'isEndpoint'>

const timeoutMs = 15_000

const Jobs = z.array(z.object({
  job_id: z.number().int(),
  revision: z.number().int(),
  content: z.string(),
  attempts: z.number().int(),
  account_id: z.string(),
  workspace_id: z.string(),
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
    claim: async ({ model, dimensions, isEndpoint }, batch, lease_seconds, adopt) => {
      const jobs = await callDatabase(
        inBackground(admin.rpc('claim_embedding_jobs', {
          model,
          dimensions,
          batch,
          lease_seconds,
          adopt,
          is_endpoint: isEndpoint ?? false,
        })),
        timeoutMs,
      )
      return parseResult(Jobs, jobs, 'claim_embedding_jobs')
        .map(({ job_id, content, ...job }) => ({ ...job, id: job_id, text: content }))
    },
    finish: async (model, results) => {
      const rows = results.map(({ job, vector }) => ({
        job_id: job.id,
        revision: job.revision,
        embedding: toNumbers(vector),
      }))
      const finish = (): Promise<number> =>
        callDatabase(inBackground(admin.rpc('finish_embedding_jobs', { model, results: rows })), timeoutMs)
      return await retry(finish, { idempotent: true, attempts: 3 })
    },
    record: async (model, usage) => {
      await callDatabase(admin.rpc('record_embedding_usage', { model, usage: asJson(usage) }), timeoutMs)
    },
    fail: async ({ id, revision }, { code, message }) => {
      const outcome = outcomes[code] ?? 'retry'
      const reason = `${code}: ${message}`
      await callDatabase(
        inBackground(admin.rpc('fail_embedding_job', { job_id: id, revision, reason, outcome })),
        timeoutMs,
      )
    },
  }
}
