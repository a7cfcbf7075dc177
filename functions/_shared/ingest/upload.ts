/** Takes files and addresses from a request and stores them as the caller, so that the policies decide. */
import type { SupabaseClient } from '@supabase/supabase-js'
import {
  fileLimits,
  type FileResult,
  FilesFormRequest,
  type FilesTarget,
  FilesUrlRequest,
} from '../../../types/api.ts'
import {
  type AppError,
  appError,
  AppFailure,
  fromPostgrest,
  fromStorage,
  fromUnknown,
  fromZod,
} from '../../../types/errors.ts'
import { cleanText } from '../../_lib/text/mod.ts'
import { ExtractionError, tooLarge } from '../../_lib/extract/errors.ts'
import { fetchPublic } from '../http/guarded_fetch.ts'
import { limitBytes } from '../../_lib/async/limit_bytes.ts'

const bucket = 'apex-files'

export interface Given {
  readonly files: readonly File[]
  readonly urls: readonly string[]
  readonly target: FilesTarget
}

/** The form of a request, held to its limits while it arrives. */
export async function readForm(request: Request): Promise<Given> {
  const form = await new Response(limited(request), {
    headers: { 'content-type': request.headers.get('content-type') ?? '' },
  }).formData().catch((cause) => {
    if (cause instanceof AppFailure) throw cause
    if (cause?.cause instanceof AppFailure) throw cause.cause
    throw new AppFailure(
      appError('validation', { code: 'invalid_form', message: 'The body is not a valid form.' }),
    )
  })
  const files: File[] = []
  const urls: string[] = []
  const fields: Record<string, string> = {}
  const week = new URL(request.url).searchParams.get('report_week')
  if (week) fields['report_week'] = week
  for (const [name, value] of form) {
    const plain = name.replace(/\[\d*\]$/, '')
    if (value instanceof File) files.push(value)
    else if (['web_urls', 'urls', 'url'].includes(plain)) urls.push(...value.split(/\s+/).filter(Boolean))
    else if (value !== '') fields[plain] = value
  }
  const { files: _, urls: __, ...target } = parse(FilesFormRequest, { ...fields, files, urls })
  return { files, urls, target }
}

/** What JSON asks for: addresses alone. */
export function readUrls(body: unknown): Given {
  const { url, urls = [], web_urls = [], ...target } = parse(FilesUrlRequest, body)
  return { files: [], urls: [...urls, ...web_urls, ...url ? [url] : []], target }
}

function parse<T>(
  schema: {
    safeParse(
      value: unknown,
    ): { success: true; data: T } | { success: false; error: Parameters<typeof fromZod>[0] }
  },
  value: unknown,
): T {
  const parsed = schema.safeParse(value)
  if (!parsed.success) throw new AppFailure(fromZod(parsed.error))
  return parsed.data
}

function limited(request: Request): ReadableStream<Uint8Array<ArrayBuffer>> | null {
  const { bytes } = fileLimits
  const refuse = (): AppFailure =>
    new AppFailure(appError('validation', {
      code: 'body_too_large',
      status: 413,
      message: `The body may have ${bytes} bytes.`,
      hint: 'Upload larger files to storage directly.',
    }))
  if (Number(request.headers.get('content-length')) > bytes) throw refuse()
  return request.body?.pipeThrough(limitBytes(bytes, refuse)) ?? null
}

/** Stores one after the other; what is refused does not stop the rest. */
export async function store(
  db: SupabaseClient,
  userId: string | null,
  { files, urls, target }: Given,
  signal: AbortSignal,
): Promise<FileResult[]> {
  const folder = await folderOf(db, userId, target)
  const results: FileResult[] = []
  for (const file of files) {
    const filename = cleanText(file.name).split(/[/\\]/).at(-1)?.slice(0, 500) || 'file'
    results.push(await result(filename, () => storeOne(db, folder, target, filename, file, null)))
  }
  for (const url of urls) {
    results.push(
      await result(url, async () => {
        const page = await fetchPublic(url, { signal })
        const bytes = await new Response(page.stream).blob()
        const filename = cleanText(page.filename).slice(0, 500)
        const blob = new Blob([bytes], { type: page.mediaType.split(';')[0]?.trim() ?? '' })
        return await storeOne(db, folder, target, filename, blob, page.url)
      }),
    )
  }
  return results
}

async function folderOf(db: SupabaseClient, userId: string | null, target: FilesTarget): Promise<string> {
  const { job_id, workspace_id, folder = job_id === undefined ? 'files' : 'media' } = target
  if (folder === 'chat') {
    if (userId) return `chat/user_${userId}`
    throw unclear('folder', 'Only a person has a folder for chats.')
  }
  if (folder !== 'files') {
    if (job_id !== undefined) return `${folder}/job_${job_id}`
    throw unclear('job_id', `Files in ${folder} belong to a job.`)
  }
  if (job_id !== undefined) {
    throw unclear('folder', 'Files of a job are media, receipts, estimates or workorders.')
  }
  if (workspace_id !== undefined) return `files/workspace_${workspace_id.toLowerCase()}`
  const { data, error, status } = await db.rpc('active_workspace')
  if (error && userId) throw new AppFailure(fromPostgrest(error, status))
  if (typeof data !== 'string') {
    throw unclear('workspace_id', 'It is not clear to which workspace this belongs.')
  }
  return `files/workspace_${data}`
}

function unclear(field: string, message: string): AppFailure {
  return new AppFailure(appError('validation', { code: 'invalid_request', message, field }))
}

async function result(filename: string, work: () => Promise<string>): Promise<FileResult> {
  try {
    return { filename, artifact_id: await work(), status: 'queued', error: null }
  } catch (cause) {
    return { filename, artifact_id: null, status: 'error', error: told(fromUnknown(cause)) }
  }
}

function told({ kind, code, message, hint, status, retryable }: AppError): FileResult['error'] {
  return { kind, code, message, hint, status, retryable }
}

/** The row comes first: it holds what the path does not say, and the policy refuses it before any byte is stored. */
async function storeOne(
  db: SupabaseClient,
  folder: string,
  { report_week }: FilesTarget,
  filename: string,
  content: Blob,
  source_url: string | null,
): Promise<string> {
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
  const { error } = await db.storage.from(bucket).upload(filepath, content, {
    contentType: content.type || 'application/octet-stream',
    cacheControl: '3600',
    upsert: false,
  })
  if (error) {
    // Or the sweep removes it.
    await db.from('artifacts').delete().eq('id', id)
    throw new AppFailure(fromStorage(error))
  }
  return id
}
