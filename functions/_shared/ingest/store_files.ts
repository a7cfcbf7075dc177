/** Stores files with the rights of the caller, so that the policies decide. */
import { fileLimits, type FileResult, type FilesTarget } from '../../../types/api.ts'
import {
  type AppError,
  appError,
  AppFailure,
  fromPostgrest,
  fromStorage,
  fromUnknown,
} from '../../../types/errors.ts'
import { cleanText, truncate } from '../../_lib/text/mod.ts'
import { ExtractionError, tooLarge } from '../../_lib/extract/mod.ts'
import type { Db } from '../database/client.ts'
import { downloadPublic } from '../http/guarded_fetch.ts'
import type { UploadRequest } from './upload_request.ts'

const bucket = 'apex-files'
/** How long the link to a stored file works. */
const linkSeconds = 3_600

/** Stores one file after the other, then what is at the URLs. A refused one does not stop the others. */
export async function storeFiles(
  db: Db,
  userId: string | null,
  { files, urls, target }: UploadRequest,
  signal: AbortSignal,
): Promise<FileResult[]> {
  const folder = await folderOf(db, userId, target)
  const results: FileResult[] = []
  for (const file of files) {
    const filename = truncate(cleanText(file.name).split(/[/\\]/).at(-1) ?? '', 500) || 'file'
    results.push(await resultOf(filename, () => storeFile(db, folder, target, filename, file, null)))
  }
  for (const url of urls) {
    results.push(await resultOf(url, () => storeUrl(db, folder, target, url, signal)))
  }
  return results
}

async function folderOf(db: Db, userId: string | null, target: FilesTarget): Promise<string> {
  const { job_id, workspace_id, folder = job_id === undefined ? 'files' : 'media' } = target
  if (folder === 'chat') {
    if (userId) return `chat/user_${userId}`
    throw invalid('folder', 'folder must not be chat without a signed-in user.')
  }
  if (folder !== 'files') {
    if (job_id !== undefined) return `${folder}/job_${job_id}`
    throw invalid('job_id', `job_id is required for the folder ${folder}.`)
  }
  if (job_id !== undefined) {
    throw invalid('folder', 'folder must be media, receipts, estimates or workorders for files of a job.')
  }
  if (workspace_id !== undefined) return `files/workspace_${workspace_id.toLowerCase()}`
  const { data, error, status } = await db.rpc('current_workspace')
  if (error && userId) throw new AppFailure(fromPostgrest(error, status))
  if (typeof data !== 'string') {
    throw invalid('workspace_id', 'workspace_id is required where the request has no workspace.')
  }
  return `files/workspace_${data}`
}

function invalid(field: string, message: string): AppFailure {
  return new AppFailure(appError('validation', { code: 'invalid_request', message, field }))
}

/** What was stored, as a result has it. */
type StoredFile = { id: string; path: string; url: string | null; size: number; mime_type: string }

const nothing = { artifact_id: null, id: null, path: null, url: null, size: null, mime_type: null }

async function resultOf(filename: string, store: () => Promise<StoredFile>): Promise<FileResult> {
  try {
    const stored = await store()
    return { filename, artifact_id: stored.id, ...stored, status: 'queued', error: null }
  } catch (cause) {
    return { filename, ...nothing, status: 'error', error: publicPart(fromUnknown(cause)) }
  }
}

function publicPart(error: AppError): FileResult['error'] {
  const { kind, code, message, hint, status, retryable } = error
  const retry_after = error.kind === 'rate_limit' ? error.retryAfter : null
  return { kind, code, message, hint, status, retryable, retry_after }
}

async function storeUrl(
  db: Db,
  folder: string,
  target: FilesTarget,
  url: string,
  signal: AbortSignal,
): Promise<StoredFile> {
  const file = await downloadPublic(url, { signal })
  const bytes = await new Response(file.stream).blob()
  const filename = truncate(cleanText(file.filename), 500)
  const blob = new Blob([bytes], { type: file.mediaType.split(';')[0]?.trim() ?? '' })
  return await storeFile(db, folder, target, filename, blob, file.url)
}

/** The row is inserted first: it has what the path does not say, and policies refuse it before any byte is stored. */
async function storeFile(
  db: Db,
  folder: string,
  { report_week }: FilesTarget,
  filename: string,
  content: Blob,
  source_url: string | null,
): Promise<StoredFile> {
  if (content.size === 0) throw new ExtractionError('empty_file', 'The file is empty.')
  if (content.size > fileLimits.bytes) throw tooLarge('A file', fileLimits.bytes)
  const id = crypto.randomUUID()
  const suffix = /\.[a-z0-9]{1,10}$/i.exec(filename)?.[0]?.toLowerCase() ?? ''
  const filepath = `${folder}/${id}${suffix}`
  const inserted = await db.from('artifacts').insert({
    id,
    filename,
    bucket_id: bucket,
    filepath,
    ...(source_url === null ? {} : { source_url, filetype: 'url' }),
    ...(content.type ? { media_type: content.type.slice(0, 200) } : {}),
    ...(report_week ? { report_week } : {}),
    file_size: content.size,
  })
  if (inserted.error) throw new AppFailure(fromPostgrest(inserted.error, inserted.status))
  const mime_type = content.type || 'application/octet-stream'
  const { error } = await db.storage.from(bucket).upload(filepath, content, {
    contentType: mime_type,
    cacheControl: '3600',
    upsert: false,
  })
  if (error) {
    // Best effort: the daily sweep removes what is left.
    await db.from('artifacts').delete().eq('id', id)
    throw new AppFailure(fromStorage(error))
  }
  // The file is stored: without a link, the client asks for one.
  const { data: link } = await db.storage.from(bucket).createSignedUrl(filepath, linkSeconds)
  return { id, path: filepath, url: link?.signedUrl ?? null, size: content.size, mime_type }
}
