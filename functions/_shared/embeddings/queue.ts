/** The queue of texts in the database, through three functions that only the service role may call. */
import type { SupabaseClient } from '@supabase/supabase-js'
import { z } from 'zod'
import { AppFailure, fromPostgrest, type PostgrestLike } from '../../../types/errors.ts'
import { retry } from '../../_lib/async/retry.ts'
import { toNumbers } from './requests.ts'
import type { EmbeddingQueue } from './work.ts'

/** How long the database may take, in ms. */
const patience = 15_000

const Jobs = z.array(z.object({
  job_id: z.number().int(),
  revision: z.number().int(),
  content: z.string(),
}))

/** What becomes of a text that was not embedded, by the code of its failure; otherwise it is tried again. */
const outcomes: Record<string, string> = {
  aborted: 'give_back',
  empty_text: 'refused',
  embedding_refused: 'refused',
}

export function embeddingQueue(db: SupabaseClient): EmbeddingQueue {
  const call = async (name: string, args: Record<string, unknown>): Promise<unknown> => {
    const answer: { data: unknown; error: PostgrestLike | null; status: number } = await db.rpc(name, args)
      .abortSignal(AbortSignal.timeout(patience))
    if (answer.error) throw new AppFailure(fromPostgrest(answer.error, answer.status))
    return answer.data
  }
  return {
    sizes: [384, 1024],
    claim: async ({ model, dimensions }, batch, lease_seconds, adopt) => {
      const rows = Jobs.parse(
        await call('claim_embedding_jobs', { model, dimensions, batch, lease_seconds, adopt }),
      )
      return rows.map(({ job_id, revision, content }) => ({ id: job_id, revision, text: content }))
    },
    finish: async (model, results) => {
      const rows = results.map(({ job, vector }) => ({
        job_id: job.id,
        revision: job.revision,
        embedding: toNumbers(vector),
      }))
      const stored = await retry(() => call('finish_embedding_jobs', { model, results: rows }), {
        idempotent: true,
        attempts: 3,
      })
      return z.number().int().parse(stored)
    },
    fail: async ({ id, revision }, { code, message }) => {
      await call('fail_embedding_job', {
        job_id: id,
        revision,
        reason: `${code}: ${message}`,
        outcome: outcomes[code] ?? 'retry',
      })
    },
  }
}
