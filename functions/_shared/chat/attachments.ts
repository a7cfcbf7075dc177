/**
 * Files of a question. They are in the bucket `apex-files` and are read with the rights of the caller, so that a file
 * cannot be attached by a caller who may not read it. Files within the request (`data:`) are uploaded there first, into
 * the folder of the caller.
 *
 * A part of a message names its file as `storage://apex-files/<path>`; the URLs of Storage are accepted too.
 */
import { z } from 'zod'
import { FileTextAnswer, maxTextFileBytes } from '../../../types/api.ts'
import { appError, AppFailure, fromStorage } from '../../../types/errors.ts'
import { truncate } from '../../_lib/text/mod.ts'
import { abortable } from '../../_lib/async/mod.ts'
import type { Db } from '../database/client.ts'
import { decodeName } from '../http/decode_name.ts'
import type { HistoryMessage } from './turn.ts'

const bucket = 'apex-files'
const scheme = `storage://${bucket}/`

const maxFiles = 10
const maxBytes = maxTextFileBytes
/** For a model: what providers accept. */
const maxImageBytes = 5 * 1024 * 1024
/** Of a whole conversation, newest first. */
const maxFilesInContext = 6
const readTimeoutMs = 20_000

const imageTypes = new Set(['image/png', 'image/jpeg', 'image/gif', 'image/webp'])

/** A file as a request names it. */
export interface AttachedFile {
  readonly url: string
  readonly filename?: string
  readonly mediaType?: string
}

/** A file as a message stores it. */
interface FilePart {
  readonly type: 'file'
  readonly mediaType: string
  readonly filename?: string
  readonly url: string
}

/** The URL of a file in the bucket. */
export function storageUrl(path: string): string {
  return scheme + path
}

/** Resolves once every file is in Storage. Paths that were uploaded are added to `uploaded`, also of a failure. */
export async function placeFiles(
  client: Db,
  userId: string,
  files: readonly AttachedFile[],
  uploaded: string[],
): Promise<FilePart[]> {
  if (files.length > maxFiles) {
    throw refuse('too_many_files', `A message must not have more than ${maxFiles} files.`)
  }
  const placed = await Promise.allSettled(
    files.map(async ({ mediaType = 'application/octet-stream', filename, url }): Promise<FilePart> => {
      const path = url.startsWith('data:')
        ? await upload(client, userId, url, filename, uploaded)
        : pathOf(url)
      const named = filename ?? path.split('/').at(-1) ?? 'file'
      return { type: 'file', mediaType, filename: truncate(named, 200), url: storageUrl(path) }
    }),
  )
  return placed.map((one) => {
    if (one.status === 'rejected') throw one.reason
    return one.value
  })
}

/** The path of a file in the bucket. Other URLs are refused, never fetched. */
function pathOf(url: string): string {
  const own = url.startsWith(scheme)
    ? url.slice(scheme.length)
    : new RegExp(`^https?://[^/]+/storage/v1/object/(?:sign/|public/|authenticated/)?${bucket}/([^?#]+)`)
      .exec(url)?.[1]
  // A path that cannot be decoded names no file: Storage has no names with a `%`.
  const path = decodeName(own ?? '') ?? ''
  if (path.length > 1_000 || /[%\p{Cc}]|(^|\/)\.{0,2}(\/|$)/u.test(path)) {
    throw refuse('unknown_file', `The URL of a file must be ${scheme}<path> or a data: URL.`)
  }
  return path
}

async function upload(
  client: Db,
  userId: string,
  url: string,
  filename: string | undefined,
  uploaded: string[],
): Promise<string> {
  const [, mediaType = 'application/octet-stream', base64] =
    /^data:([\w.+-]+\/[\w.+-]+)?[^,]*?(;base64)?,/.exec(url) ??
      []
  const bytes = await fetch(url).then((answer) => answer.bytes()).catch(() => null)
  if (!bytes || base64 === undefined) {
    throw refuse('unknown_file', 'The data: URL of a file must be base64.')
  }
  if (bytes.byteLength > maxBytes) {
    throw refuse('file_too_large', 'A file must not exceed 20 MiB.', 413)
  }
  const ending = /\.([a-z0-9]{1,10})$/i.exec(filename ?? '')?.[1] ??
    mediaType.split('/')[1]?.replace(/\W.*/, '')
  const path = `chat/user_${userId}/${crypto.randomUUID()}${ending ? `.${ending.toLowerCase()}` : ''}`
  const { error } = await client.storage.from(bucket).upload(path, bytes, { contentType: mediaType })
  if (error) throw new AppFailure(fromStorage(error), { cause: error })
  uploaded.push(path)
  return path
}

/** Removes what was uploaded for a question that was refused. */
export async function removeFiles(client: Db, paths: readonly string[]): Promise<void> {
  if (paths.length > 0) await client.storage.from(bucket).remove([...paths])
}

/** The content of a file for a model: an image, a text, or a note on why there is neither. */
export type FileContent =
  & { readonly name: string }
  & (
    | { readonly kind: 'image'; readonly mediaType: string; readonly data: Uint8Array }
    | { readonly kind: 'text' | 'note'; readonly text: string }
  )

/** The text of a file; rejects where none can be had. */
export type ReadText = (
  data: Blob,
  about: { readonly filename: string; readonly mediaType: string; readonly signal: AbortSignal },
) => Promise<string>

/**
 * Reads in the function `file-text`, since a file may take all of the time or memory of a process: this one writes the
 * answers of others. Only a secret key may call it.
 */
export function readTextApart(admin: Db): ReadText {
  return async (data, { filename, mediaType, signal }) => {
    const name = `file-text?${new URLSearchParams({ filename })}`
    const headers = { 'content-type': mediaType }
    const { data: answer, error } = await admin.functions.invoke(name, { body: data, headers, signal })
    if (error) throw error
    return FileTextAnswer.parse(answer).text
  }
}

/** The files of a conversation, by message: images where the model supports them, the text of all others. */
export async function readFiles(
  client: Db,
  readText: ReadText,
  history: readonly HistoryMessage[],
  supportsImages: boolean,
  timeoutMs = readTimeoutMs,
): Promise<Map<number, FileContent[]>> {
  const wanted = history.flatMap(({ id, role, parts }) =>
    role === 'user' ? filesOf(parts).map((file) => ({ id, file })) : []
  ).reverse()
  const read = await Promise.all(wanted.map(async ({ id, file }, place) => ({
    id,
    content: place < maxFilesInContext
      ? await readFile(client, readText, file, supportsImages, timeoutMs)
      : note(file, 'was attached here'),
  })))
  return Map.groupBy(read.reverse(), ({ id }) => id).entries().reduce(
    (all, [id, found]) => all.set(id, found.map(({ content }) => content)),
    new Map<number, FileContent[]>(),
  )
}

/** People write parts too, so parts of any other shape are left out. */
function filesOf(parts: readonly unknown[]): FilePart[] {
  return parts.flatMap((part): FilePart[] => {
    const { data } = StoredFile.safeParse(part)
    if (!data) return []
    const { filename, ...file } = data
    return [filename === undefined ? file : { ...file, filename }]
  })
}

const StoredFile = z.object({
  type: z.literal('file'),
  url: z.string(),
  mediaType: z.string().catch('application/octet-stream'),
  filename: z.string().optional().catch(undefined),
})

/** A file that cannot be read in time becomes a note: the question may be answered without it. */
async function readFile(
  client: Db,
  readText: ReadText,
  file: FilePart,
  supportsImages: boolean,
  timeoutMs: number,
): Promise<FileContent> {
  const data = await abortable(download(client, file), AbortSignal.timeout(timeoutMs)).catch(() => null)
  if (!data) return note(file, 'cannot be read')
  const { mediaType } = file
  if (imageTypes.has(mediaType) && supportsImages && data.size <= maxImageBytes) {
    return { kind: 'image', name: nameOf(file), mediaType, data: await data.bytes() }
  }
  const signal = AbortSignal.timeout(timeoutMs)
  const text = data.size > maxBytes
    ? ''
    : await abortable(readText(data, { filename: nameOf(file), mediaType, signal }), signal).catch(() => null)
  if (text === null) return note(file, 'takes too long to read, or cannot be read')
  return text === '' ? note(file, 'has no text that can be read') : { kind: 'text', name: nameOf(file), text }
}

async function download(client: Db, { url }: FilePart): Promise<Blob | null> {
  return (await client.storage.from(bucket).download(pathOf(url))).data
}

function note(file: FilePart, what: string): FileContent {
  return { kind: 'note', name: nameOf(file), text: `(The file ${nameOf(file)} ${what}.)` }
}

/** The text of a message; the names of its files where it has none. */
export function textOrFileNames({ content, parts }: Pick<HistoryMessage, 'content' | 'parts'>): string {
  return content.trim() === '' ? filesOf(parts).map(nameOf).join(', ') : content
}

function nameOf(file: FilePart): string {
  return (file.filename ?? file.url.split('/').at(-1) ?? 'file').replace(/[\r\n"<>]/g, ' ')
}

function refuse(code: string, message: string, status?: number): AppFailure {
  return new AppFailure(appError('validation', { code, message, status, field: 'attachments' }))
}
