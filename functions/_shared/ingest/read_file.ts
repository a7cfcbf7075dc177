/** Reads one file: extracts its parts while it streams, and stores them and their passages in batches. */
import { chunk } from '../../_lib/chunk/mod.ts'
import { extract, type Json, type JsonObject, type Part, type Recognizer } from '../../_lib/extract/mod.ts'
import type { FileJob, FileQueue } from './file_queue.ts'
import { FileRows } from './file_rows.ts'
import { IngestionLease, isExpired, LeaseLost } from './ingestion_lease.ts'
import { RowBatches } from './row_batches.ts'

/** Throws a LeaseLost, an AppFailure, or the reason of `signal`. */
export async function readFile(
  queue: FileQueue,
  job: FileJob,
  { leaseSeconds, signal, recognizeImage }: {
    leaseSeconds: number
    signal: AbortSignal
    recognizeImage?: Recognizer | undefined
  },
): Promise<void> {
  const lease = new IngestionLease(queue, job, leaseSeconds)
  const end = AbortSignal.any([signal, lease.signal])
  const rows = new FileRows(job.artifact_id)
  const batches = new RowBatches((batch) => lease.store(batch))
  try {
    const parts = extract({
      filename: job.filename,
      mediaType: job.media_type ?? undefined,
      size: job.file_size ?? undefined,
      url: job.source_url ?? undefined,
      stream: await queue.open(job),
      signal: end,
      recognizeImage,
    })
    const ids = {
      artifact: job.artifact_id,
      document: job.artifact_id,
      endpoint: ({ order }: { order: number }) => rows.endpointId(order),
    }
    for await (const piece of chunk(stored(parts, rows, batches), { ids })) {
      await batches.add(rows.ofChunk(piece))
    }
    await batches.flush()
    end.throwIfAborted()
    await queue.finish(job, summaryOf(rows))
  } catch (cause) {
    if (isExpired(cause)) throw new LeaseLost()
    end.throwIfAborted()
    throw cause
  } finally {
    lease.release()
  }
}

/** Adds the rows of each part to the batches before chunks are made of it, since they refer to these rows. */
async function* stored(
  parts: AsyncIterable<Part>,
  rows: FileRows,
  batches: RowBatches,
): AsyncGenerator<Part> {
  for await (const part of parts) {
    const row = rows.ofPart(part)
    if (row) await batches.add(row)
    yield part
  }
}

function summaryOf(rows: FileRows): JsonObject {
  return {
    extras: rows.extras,
    ...(rows.mediaType === null ? {} : { media_type: rows.mediaType }),
    ...(rows.warnings.length === 0 ? {} : {
      warnings: rows.warnings.map(({ code, message, count }) => ({ code, message, count })) as Json,
    }),
  }
}
