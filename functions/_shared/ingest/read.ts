/** Reads one file to its end: bytes as they come, parts and passages stored in batches, the lease renewed meanwhile. */
import { AppFailure } from '../../../types/errors.ts'
import { chunk } from '../../_lib/chunk/chunk.ts'
import { extract } from '../../_lib/extract/extract.ts'
import type { Json, JsonObject, Part } from '../../_lib/extract/parts.ts'
import type { FileJob, FileQueue, Rows } from './queue.ts'
import { FileRows, type Row } from './rows.ts'

/** What is stored at once. */
const batch = { rows: 500, characters: 512 * 1024 }

/** Somebody else reads the file now, or it is gone. */
export class AttemptOver extends Error {}

/** Throws an AttemptOver, an AppFailure, or the signal's reason. */
export async function readFile(
  queue: FileQueue,
  job: FileJob,
  { leaseSeconds, signal }: { leaseSeconds: number; signal: AbortSignal },
): Promise<void> {
  const lease = new Lease(queue, job, leaseSeconds)
  const end = AbortSignal.any([signal, lease.signal])
  const rows = new FileRows(job.artifact_id)
  const store = new Batches((batch) => lease.store(batch))
  try {
    const parts = extract({
      filename: job.filename,
      mediaType: job.media_type ?? undefined,
      size: job.file_size ?? undefined,
      url: job.source_url ?? undefined,
      stream: await queue.open(job),
      signal: end,
    })
    const ids = {
      artifact: job.artifact_id,
      document: job.artifact_id,
      endpoint: ({ order }: { order: number }) => rows.endpointId(order),
    }
    for await (const piece of chunk(stored(parts, rows, store), { ids })) await store.add(rows.ofChunk(piece))
    await store.flush()
    end.throwIfAborted()
    await queue.finish(job, summaryOf(rows))
  } catch (cause) {
    if (cause instanceof AppFailure && cause.error.code === 'PT409') throw new AttemptOver()
    end.throwIfAborted()
    throw cause
  } finally {
    lease.end()
  }
}

/** Passes parts on once their rows are on the way. */
async function* stored(parts: AsyncIterable<Part>, rows: FileRows, store: Batches): AsyncGenerator<Part> {
  for await (const part of parts) {
    const row = rows.ofPart(part)
    if (row) await store.add(row)
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

class Batches {
  readonly #send: (rows: Rows) => Promise<void>
  #rows: Rows = {}
  #count = 0
  #characters = 0

  constructor(send: (rows: Rows) => Promise<void>) {
    this.#send = send
  }

  async add({ table, row }: Row): Promise<void> {
    const size = JSON.stringify(row).length
    if (this.#count > 0 && this.#characters + size > batch.characters) await this.flush()
    const rows = this.#rows[table] ??= []
    rows.push(row)
    this.#count++
    this.#characters += size
    if (this.#count >= batch.rows) await this.flush()
  }

  async flush(): Promise<void> {
    if (this.#count === 0) return
    const rows = this.#rows
    this.#rows = {}
    this.#count = 0
    this.#characters = 0
    await this.#send(rows)
  }
}

/** Holds the file until it is read. A lease that was not renewed in time is over, whatever the database may say later. */
class Lease {
  readonly #queue: FileQueue
  readonly #job: FileJob
  readonly #seconds: number
  readonly #over = new AbortController()
  readonly #beat: ReturnType<typeof setInterval>
  #deadline: ReturnType<typeof setTimeout> | undefined

  constructor(queue: FileQueue, job: FileJob, seconds: number) {
    this.#queue = queue
    this.#job = job
    this.#seconds = seconds
    this.#renewed()
    this.#beat = setInterval(() => void this.store({}).catch(() => {}), seconds * 1000 / 3)
  }

  get signal(): AbortSignal {
    return this.#over.signal
  }

  async store(rows: Rows): Promise<void> {
    try {
      await this.#queue.store(this.#job, rows, this.#seconds)
      this.#renewed()
    } catch (cause) {
      if (cause instanceof AppFailure && cause.error.code === 'PT409') this.#over.abort(new AttemptOver())
      throw cause
    }
  }

  end(): void {
    clearInterval(this.#beat)
    clearTimeout(this.#deadline)
  }

  #renewed(): void {
    clearTimeout(this.#deadline)
    this.#deadline = setTimeout(() => this.#over.abort(new AttemptOver()), this.#seconds * 1000 * 0.9)
  }
}
