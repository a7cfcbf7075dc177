/**
 * Works through what waits: removes objects of deleted files, reads files one after the other, and has their passages
 * embedded. A file that cannot be read fails alone, at once where reading it again would end the same.
 */
import type { FilesWorkReport } from '../../../types/api.ts'
import { type AppError, fromUnknown } from '../../../types/errors.ts'
import { log } from '../http/log.ts'
import type { FileJob, FileQueue } from './queue.ts'
import { AttemptOver, readFile } from './read.ts'

export interface FileWorkOptions {
  readonly leaseSeconds: number
  /** No file is claimed later than this, in ms. */
  readonly budget: number
  /** The end of the process: what is under way is given back. */
  readonly signal: AbortSignal
  /** Embeds what waits, and says how much it stored and whether there is more. */
  readonly embed: (budget: number) => Promise<{ stored: number; more: boolean }>
}

/** How long a file waits after the first failure of something else, in seconds; it doubles. */
const pause = 10

/** What is left for vectors when files took all the time, in ms. */
const leastEmbedding = 5_000

export async function workOnFiles(queue: FileQueue, options: FileWorkOptions): Promise<FilesWorkReport> {
  const report = { read: 0, failed: 0, postponed: 0, removed: 0, embedded: 0, searchable: 0, more: false }
  const end = performance.now() + options.budget
  await attempt('objects_not_removed', async () => {
    report.removed = await queue.remove()
  })
  let job: FileJob | null = null
  do {
    job = await queue.claim(options.leaseSeconds)
    if (job) report[await settle(queue, job, options)]++
  } while (job && !options.signal.aborted && performance.now() < end)
  report.more = job !== null
  await attempt('files_not_embedded', async () => {
    if (options.signal.aborted) return
    const { stored, more } = await options.embed(Math.max(end - performance.now(), leastEmbedding))
    report.embedded = stored
    report.more ||= more
  })
  await attempt('files_not_marked', async () => {
    report.searchable = await queue.markSearchable()
  })
  return report
}

async function settle(
  queue: FileQueue,
  job: FileJob,
  { leaseSeconds, signal }: FileWorkOptions,
): Promise<'read' | 'failed' | 'postponed'> {
  const artifact_id = job.artifact_id
  const started = performance.now()
  try {
    await readFile(queue, job, { leaseSeconds, signal })
    log('info', { event: 'file_read', artifact_id, duration_ms: Math.round(performance.now() - started) })
    return 'read'
  } catch (cause) {
    try {
      if (cause instanceof AttemptOver) return 'postponed'
      if (signal.aborted) {
        await queue.fail(job, 'aborted: The worker ended before it was read.', 0)
        return 'postponed'
      }
      const error = fromUnknown(cause)
      log('warn', { event: 'file_not_read', artifact_id, code: error.code, retryable: error.retryable })
      await queue.fail(job, reasonOf(error), error.retryable ? pause : null)
      return error.retryable ? 'postponed' : 'failed'
    } catch (failure) {
      // The lease runs out, and the file comes back.
      log('warn', { event: 'file_not_given_back', artifact_id, code: fromUnknown(failure).code })
      return 'postponed'
    }
  }
}

function reasonOf({ code, message, hint }: AppError): string {
  return `${code}: ${message}${hint ? ` ${hint}` : ''}`
}

async function attempt(event: string, work: () => Promise<void>): Promise<void> {
  try {
    await work()
  } catch (cause) {
    log('warn', { event, code: fromUnknown(cause).code })
  }
}
