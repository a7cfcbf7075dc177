/** The queue of files in the database, through functions that only the service role may call, and what is stored. */
import type { SupabaseClient } from '@supabase/supabase-js'
import { z } from 'zod'
import {
  appError,
  AppFailure,
  fromPostgrest,
  fromStorage,
  type PostgrestLike,
} from '../../../types/errors.ts'
import { retry } from '../../_lib/async/retry.ts'
import type { JsonObject } from '../../_lib/extract/parts.ts'
import type { Table } from './rows.ts'

/** How long the database may take, in ms. */
const patience = 60_000

const Jobs = z.array(z.object({
  artifact_id: z.string(),
  attempt: z.string(),
  bucket_id: z.string(),
  filepath: z.string(),
  filename: z.string(),
  media_type: z.string().nullable(),
  file_size: z.number().nullable(),
  report_week: z.string().nullable(),
  source_url: z.string().nullable(),
}))
export type FileJob = z.infer<typeof Jobs>[number]

const Removals = z.array(z.object({ object_id: z.string(), bucket_id: z.string(), name: z.string() }))

export type Rows = Partial<Record<Table, JsonObject[]>>

export interface FileQueue {
  /** The file that waits longest, kept from others for the lease. */
  claim(leaseSeconds: number): Promise<FileJob | null>
  open(job: FileJob): Promise<ReadableStream<Uint8Array>>
  /** Stores rows and renews the lease. May be repeated. */
  store(job: FileJob, rows: Rows, leaseSeconds: number): Promise<void>
  finish(job: FileJob, summary: JsonObject): Promise<void>
  /** `retrySeconds`: null for good, 0 as if it had not been tried. */
  fail(job: FileJob, reason: string, retrySeconds: number | null): Promise<void>
  /** Removes objects whose files were deleted, and answers how many. */
  remove(): Promise<number>
  markSearchable(): Promise<number>
}

export function fileQueue(db: SupabaseClient): FileQueue {
  const call = async (name: string, args: Record<string, unknown> = {}): Promise<unknown> => {
    const answer: { data: unknown; error: PostgrestLike | null; status: number } = await db.rpc(name, args)
      .abortSignal(AbortSignal.timeout(patience))
    if (answer.error) throw new AppFailure(fromPostgrest(answer.error, answer.status))
    return answer.data
  }
  const again = <T>(work: () => Promise<T>): Promise<T> => retry(work, { idempotent: true, attempts: 3 })
  return {
    claim: async (lease_seconds) =>
      Jobs.parse(await call('claim_ingestion_job', { lease_seconds }))[0] ?? null,
    open: async ({ bucket_id, filepath }) => {
      const { data, error } = await db.storage.from(bucket_id).download(filepath).asStream()
      if (!error) return data
      const failure = fromStorage(error)
      // What is not there today was not stored, or was removed: neither is worth waiting for.
      if (failure.status === 404 || failure.status === 400) throw new AppFailure(notStored())
      throw new AppFailure(failure)
    },
    store: async ({ artifact_id, attempt }, parts, lease_seconds) => {
      await again(() => call('store_extraction', { artifact_id, attempt, parts, lease_seconds }))
    },
    finish: async ({ artifact_id, attempt }, summary) => {
      await call('finish_ingestion', { artifact_id, attempt, summary })
    },
    fail: async ({ artifact_id, attempt }, reason, retry_seconds) => {
      await call('fail_ingestion', { artifact_id, attempt, reason, retry_seconds })
    },
    remove: async () => {
      const claimed = Removals.parse(await call('claim_object_removals', { batch: 100 }))
      let removed = 0
      for (const [bucket, objects] of Map.groupBy(claimed, ({ bucket_id }) => bucket_id)) {
        const { data, error } = await db.storage.from(bucket).remove(objects.map(({ name }) => name))
        if (error) throw new AppFailure(fromStorage(error))
        removed += data.length
      }
      return removed
    },
    markSearchable: async () => z.number().int().parse(await call('mark_searchable')),
  }
}

function notStored(): ReturnType<typeof appError> {
  return appError('not_found', {
    code: 'file_not_stored',
    message: 'The file has no stored object.',
    hint: 'Upload it again.',
  })
}
