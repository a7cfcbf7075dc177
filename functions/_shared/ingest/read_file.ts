/** Reads one file: extracts its parts while it streams, and stores them and their passages in batches. */
import { createHash } from 'node:crypto'
import { chunk } from '../../_lib/chunk/mod.ts'
import {
  type AttachmentPart,
  extract,
  type Json,
  type JsonObject,
  type Part,
  type Recognizer,
  warning,
} from '../../_lib/extract/mod.ts'
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
  const hash = new ContentHash()
  const batches = new RowBatches((batch) => lease.store(batch))
  try {
    const parts = extract({
      filename: job.filename,
      mediaType: job.media_type ?? undefined,
      size: job.file_size ?? undefined,
      url: job.source_url ?? undefined,
      stream: (await queue.open(job)).pipeThrough(hash.stream),
      signal: end,
      recognizeImage,
    })
    const ids = {
      artifact: job.artifact_id,
      document: job.artifact_id,
      endpoint: ({ order }: { order: number }) => rows.endpointId(order),
    }
    for await (const piece of chunk(stored(parts, rows, batches, attachmentsOf(queue, job)), { ids })) {
      await batches.add(rows.ofChunk(piece))
    }
    await batches.flush()
    end.throwIfAborted()
    await queue.finish(job, summaryOf(rows, hash.hex))
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
  attach: (file: AttachmentPart) => Promise<boolean>,
): AsyncGenerator<Part> {
  let left = 0
  for await (const part of parts) {
    if (part.kind === 'attachment' && !await attach(part)) left++
    const row = rows.ofPart(part)
    if (row) await batches.add(row)
    yield part
  }
  if (left) {
    const message = 'Attachments of messages that are attached themselves are stored up to a limit.'
    rows.warnings.push(warning('attachments_dropped', message, left))
  }
}

/** A message may have a message attached, and so on: how many attachments are stored on each level. */
const attachmentsByLevel = [100, 20]

/** Stores attachments of a message, each in a folder of the message; false for one that is left out. */
function attachmentsOf(queue: FileQueue, job: FileJob): (file: AttachmentPart) => Promise<boolean> {
  const folders = job.filepath.split('/').slice(2, -1)
  const level = folders.filter((folder) => /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/.test(folder)).length
  return async (file) => {
    if (file.order >= (attachmentsByLevel[level] ?? 0)) return false
    await queue.attach(job, file)
    return true
  }
}

/** The SHA-256 of what passes through; null unless that was all of the file. */
class ContentHash {
  hex: string | null = null
  readonly stream: TransformStream<Uint8Array, Uint8Array>

  constructor() {
    const hash = createHash('sha256')
    this.stream = new TransformStream({
      transform: (bytes, controller): void => {
        hash.update(bytes)
        controller.enqueue(bytes)
      },
      flush: (): void => {
        this.hex = hash.digest('hex')
      },
    })
  }
}

function summaryOf(rows: FileRows, sha256: string | null): JsonObject {
  return {
    ...(sha256 === null ? {} : { sha256 }),
    extras: rows.extras,
    ...(rows.mediaType === null ? {} : { media_type: rows.mediaType }),
    ...(rows.warnings.length === 0 ? {} : {
      warnings: rows.warnings.map(({ code, message, count }) => ({ code, message, count })) as Json,
    }),
  }
}
