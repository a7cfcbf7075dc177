/** The queue of texts in the database, through three functions that only the service role may call. */
import type { SupabaseClient } from '@supabase/supabase-js'
import { z } from 'zod'
import { AppFailure, fromPostgrest, type PostgrestLike } from '../../../types/errors.ts'
import { retry } from '../retry.ts'
import { toNumbers } from './requests.ts'
import type { EmbeddingQueue } from './work.ts'

/** How long the database may take, in ms. */
const patience = 15_000

const Jobs = z.array(z.object({
  job_id: z.number().int(),
  text: z.string(),
  model: z.string().nullable(),
}))

export function embeddingQueue(db: SupabaseClient): EmbeddingQueue {
  const call = async (name: string, args: Record<string, unknown>): Promise<unknown> => {
    const answer: { data: unknown; error: PostgrestLike | null; status: number } = await db.rpc(name, args)
      .abortSignal(AbortSignal.timeout(patience))
    if (answer.error) throw new AppFailure(fromPostgrest(answer.error, answer.status))
    return answer.data
  }
  return {
    claim: async (batch, leaseSeconds) => {
      const rows = Jobs.parse(await call('claim_embedding_jobs', { batch, lease_seconds: leaseSeconds }))
      return rows.map(({ job_id, text, model }) => ({ id: job_id, text, model }))
    },
    finish: async (model, results) => {
      const rows = results.map(({ id, vector }) => ({ job_id: id, embedding: toNumbers(vector) }))
      await retry(() => call('finish_embedding_jobs', { model, results: rows }), {
        idempotent: true,
        attempts: 3,
      })
    },
    fail: async (job, { code, message, retryable, ...error }) => {
      await call('fail_embedding_job', {
        job_id: job.id,
        code,
        message,
        retryable,
        retry_after_seconds: error.kind === 'rate_limit' ? error.retryAfter : null,
      })
    },
  }
}
