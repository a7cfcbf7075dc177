/** The queue of files to read, and the objects they are stored in. Only the service role may call its functions. */
import { z } from 'zod'
import { appError, AppFailure, fromStorage } from '../../../types/errors.ts'
import { retry } from '../../_lib/async/mod.ts'
import type { JsonObject } from '../../_lib/extract/mod.ts'
import { callDatabase, inBackground } from '../database/call.ts'
import type { Db } from '../database/client.ts'
import { asJson } from '../database/json.ts'
import { parseResult } from '../database/result.ts'
import type { Table } from './file_rows.ts'

const timeoutMs = 60_000

/** The generated type does not have which columns may be null. */
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
/** A claimed file. */
export type FileJob = z.infer<typeof Jobs>[number]

/** Rows by table. */
export type Rows = Partial<Record<Table, JsonObject[]>>

/** The queue, as processFiles() needs it. */
export interface FileQueue {
  /** Claims the file whose turn it is, and reserves it for the lease; with `smallOnly` a small one, if any. */
  claim(leaseSeconds: number, smallOnly?: boolean): Promise<FileJob | null>
  /** Opens the stored object. */
  open(job: FileJob): Promise<ReadableStream<Uint8Array>>
  /** Stores rows and renews the lease. Idempotent. */
  store(job: FileJob, rows: Rows, leaseSeconds: number): Promise<void>
  finish(job: FileJob, summary: JsonObject): Promise<void>
  /** `retrySeconds`: null fails the file permanently, 0 does not count as an attempt. */
  fail(job: FileJob, reason: string, retrySeconds: number | null): Promise<void>
  /** Removes objects whose files were deleted, and returns how many. */
  removeObjects(): Promise<number>
  /** Marks files whose passages all have vectors, and returns how many. */
  markSearchable(): Promise<number>
}

/** The queue of the database. `admin` is a client of the service role. */
export function fileQueue(admin: Db): FileQueue {
  return {
    claim: async (lease_seconds, small_only = false) => {
      const jobs = await callDatabase(
        inBackground(admin.rpc('claim_ingestion_job', { lease_seconds, small_only })),
        timeoutMs,
      )
      return parseResult(Jobs, jobs, 'claim_ingestion_job')[0] ?? null
    },
    open: async ({ bucket_id, filepath }) => {
      const { data, error } = await admin.storage.from(bucket_id).download(filepath).asStream()
      if (!error) return data
      const failure = fromStorage(error)
      // A missing object was never stored, or was removed: it will not appear later.
      if (failure.status === 404 || failure.status === 400) throw new AppFailure(notStored())
      throw new AppFailure(failure)
    },
    store: async ({ artifact_id, attempt }, rows, lease_seconds) => {
      const parts = asJson(rows)
      const store = (): Promise<unknown> =>
        callDatabase(
          inBackground(admin.rpc('store_extraction', { artifact_id, attempt, parts, lease_seconds })),
          timeoutMs,
        )
      await retry(store, { idempotent: true, attempts: 3 })
    },
    finish: async ({ artifact_id, attempt }, summary) => {
      await callDatabase(
        inBackground(admin.rpc('finish_ingestion', { artifact_id, attempt, summary: asJson(summary) })),
        timeoutMs,
      )
    },
    fail: async ({ artifact_id, attempt }, reason, retrySeconds) => {
      const retry = retrySeconds === null ? {} : { retry_seconds: retrySeconds }
      await callDatabase(
        inBackground(admin.rpc('fail_ingestion', { artifact_id, attempt, reason, ...retry })),
        timeoutMs,
      )
    },
    removeObjects: async () => {
      const claimed = await callDatabase(
        inBackground(admin.rpc('claim_object_removals', { batch: 100 })),
        timeoutMs,
      )
      let removed = 0
      for (const [bucket, objects] of Map.groupBy(claimed, ({ bucket_id }) => bucket_id)) {
        const { data, error } = await admin.storage.from(bucket).remove(objects.map(({ name }) => name))
        if (error) throw new AppFailure(fromStorage(error))
        removed += data.length
      }
      return removed
    },
    markSearchable: async () => await callDatabase(inBackground(admin.rpc('mark_searchable')), timeoutMs),
  }
}

function notStored(): ReturnType<typeof appError> {
  return appError('not_found', {
    code: 'file_not_stored',
    message: 'The file has no stored object.',
    hint: 'Upload it again.',
  })
}
