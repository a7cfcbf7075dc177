/**
 * Processes the queue of files: removes objects of deleted files, reads files, and has their passages embedded. A file
 * that cannot be read fails alone, and at once where another attempt would fail in the same way.
 */
import type { FilesWorkReport } from '../../../types/api.ts'
import { type AppError, fromUnknown } from '../../../types/errors.ts'
import type { Recognizer } from '../../_lib/extract/mod.ts'
import { ProcessEnds } from '../http/lifecycle.ts'
import { log } from '../http/log.ts'
import type { FileJob, FileQueue } from './file_queue.ts'
import { LeaseLost } from './ingestion_lease.ts'
import { readFile } from './read_file.ts'

interface FileProcessingOptions {
  readonly leaseSeconds: number
  /** No file is claimed later than this. */
  readonly budgetMs: number
  /** Aborts when the process ends: the file that is being read is returned to the queue, unless it may be the reason. */
  readonly signal: AbortSignal
  /** Recognizes the text of images and scans; without it they have none. */
  readonly recognizeImage?: Recognizer | undefined
  /** Embeds passages of the queue; resolves to how many were stored, and whether there may be more. */
  readonly embed: (budgetMs: number) => Promise<{ stored: number; more: boolean }>
  /** They work side by side; by default one of all files. */
  readonly readers?: readonly FileReader[]
}

/** Reads one file at a time, and the files of one call before those of the next. */
export class FileReader {
  readonly smallOnly: boolean
  /** Settles when nothing is read. */
  #last: Promise<unknown> = Promise.resolve()

  constructor(smallOnly: boolean) {
    this.smallOnly = smallOnly
  }

  /** Begins when those that began before have ended. */
  async run<T>(pass: () => Promise<T>): Promise<T> {
    const next = this.#last.then(pass)
    this.#last = next.catch(() => {})
    return await next
  }
}

/** Before the second attempt at a file; it doubles. */
const retrySeconds = 10

/** For embedding, where reading took the whole budget. */
const minEmbeddingMs = 5_000

/**
 * Processes the queue within its budget, and reports what was done. What one reader read is embedded while others may
 * still read; until then it is found by its words.
 */
export async function processFiles(
  queue: FileQueue,
  options: FileProcessingOptions,
): Promise<FilesWorkReport> {
  const report = { read: 0, failed: 0, postponed: 0, removed: 0, embedded: 0, searchable: 0, more: false }
  const end = performance.now() + options.budgetMs
  const removal = orLog('objects_not_removed', async () => {
    report.removed = await queue.removeObjects()
  })
  const readers = options.readers ?? [new FileReader(false)]
  const passes = readers.map(async (reader) => {
    const before = report.read
    await reader.run(() => readFiles(queue, reader.smallOnly, options, end, report))
    if (readers.length > 1 && report.read > before) await embedAndMark(queue, options, end, report)
  })
  const ended = await Promise.allSettled([removal, ...passes])
  const failure = ended.find((result) => result.status === 'rejected')
  if (failure) throw failure.reason
  await embedAndMark(queue, options, end, report)
  return report
}

/** Reads files until there is none, or the budget is used up. */
async function readFiles(
  queue: FileQueue,
  smallOnly: boolean,
  options: FileProcessingOptions,
  end: number,
  report: FilesWorkReport,
): Promise<void> {
  let job: FileJob | null = null
  do {
    job = await queue.claim(options.leaseSeconds, smallOnly)
    if (job) report[await processFile(queue, job, options)]++
  } while (job && !options.signal.aborted && performance.now() < end)
  report.more ||= job !== null
}

async function embedAndMark(
  queue: FileQueue,
  { signal, embed }: FileProcessingOptions,
  end: number,
  report: FilesWorkReport,
): Promise<void> {
  await orLog('files_not_embedded', async () => {
    if (signal.aborted) return
    const { stored, more } = await embed(Math.max(end - performance.now(), minEmbeddingMs))
    report.embedded += stored
    report.more ||= more
  })
  await orLog('files_not_marked', async () => {
    report.searchable += await queue.markSearchable()
  })
}

async function processFile(
  queue: FileQueue,
  job: FileJob,
  { leaseSeconds, signal, recognizeImage }: FileProcessingOptions,
): Promise<'read' | 'failed' | 'postponed'> {
  const artifact_id = job.artifact_id
  const started = performance.now()
  try {
    await readFile(queue, job, { leaseSeconds, signal, recognizeImage })
    log('info', { event: 'file_read', artifact_id, duration_ms: Math.round(performance.now() - started) })
    return 'read'
  } catch (cause) {
    try {
      return await settle(queue, job, cause, signal)
    } catch (failure) {
      // The lease expires, and the file is claimed again.
      log('warn', { event: 'file_not_given_back', artifact_id, code: fromUnknown(failure).code })
      return 'postponed'
    }
  }
}

/** Decides what a failure means for the file. */
async function settle(
  queue: FileQueue,
  job: FileJob,
  cause: unknown,
  signal: AbortSignal,
): Promise<'failed' | 'postponed'> {
  if (cause instanceof LeaseLost) return 'postponed'
  if (signal.aborted) {
    // Not given back: it may be what the process ended of. The lease expires, which counts as a death of its reader.
    if (signal.reason instanceof ProcessEnds && signal.reason.exhausted) return 'postponed'
    await queue.fail(job, 'aborted: The worker stopped before the file was read.', 0)
    return 'postponed'
  }
  const error = fromUnknown(cause)
  const { code, retryable } = error
  log('warn', { event: 'file_not_read', artifact_id: job.artifact_id, code, retryable })
  await queue.fail(job, reasonOf(error), retryable ? retrySeconds : null)
  return retryable ? 'postponed' : 'failed'
}

/** People read it, so that an error which the database did not phrase for them becomes one that they can act on. */
function reasonOf({ code, message, hint }: AppError): string {
  if (isOfDatabase(code)) return `not_stored: What was read could not be stored (${code}).`
  return `${code}: ${message}${hint ? ` ${hint}` : ''}`
}

/** A SQLSTATE or a code of PostgREST; those that begin with PT are Plinth's own. */
function isOfDatabase(code: string): boolean {
  return /^(?!PT)[0-9A-Z]{5}$|^PGRST/.test(code)
}

/** A step whose failure does not stop the others. */
async function orLog(event: string, step: () => Promise<void>): Promise<void> {
  try {
    await step()
  } catch (cause) {
    log('warn', { event, code: fromUnknown(cause).code })
  }
}
