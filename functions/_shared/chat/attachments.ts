/**
 * Files beside a question. They lie in the bucket `apex-files`, and are read as the caller, so that nobody attaches what
 * they may not read. Files that come inside of the request (`data:`) are put there first, into the caller's own folder.
 *
 * A part of a message names its file as `storage://apex-files/<path>`; the usual addresses of Storage mean the same.
 */
import { appError, AppFailure, fromStorage } from '../../../types/errors.ts'
import { decodeName } from '../http/decode_name.ts'
import { orAborted } from '../../_lib/async/or_aborted.ts'
import type { Db, HistoryMessage } from './turns.ts'

export const bucket = 'apex-files'
const scheme = `storage://${bucket}/`

/** What one question may bring, and what of it a model is given. */
export const attachmentLimits = {
  files: 10,
  /** Of one file, in bytes. */
  bytes: 20 * 1024 * 1024,
  /** Of one image for a model: what providers take. */
  imageBytes: 5 * 1024 * 1024,
  /** Of one file's text. */
  characters: 40_000,
  /** Of the files of a whole conversation that go into one request, newest first. */
  filesInContext: 6,
  /** To read one file, in ms. */
  patience: 20_000,
} as const

const imageTypes = new Set(['image/png', 'image/jpeg', 'image/gif', 'image/webp'])

export interface FilePart {
  readonly type: 'file'
  readonly mediaType: string
  readonly filename?: string
  readonly url: string
}

/** Makes sure that every file is in Storage. What is put there for it is added to `uploaded`. */
export async function placeFiles(
  client: Db,
  userId: string,
  parts: readonly Partial<FilePart>[],
  uploaded: string[],
): Promise<FilePart[]> {
  if (parts.length > attachmentLimits.files) {
    throw refuse('too_many_files', `A message may have ${attachmentLimits.files} files.`)
  }
  const placed = await Promise.allSettled(
    parts.map(async ({ mediaType = 'application/octet-stream', filename, url = '' }): Promise<FilePart> => {
      const path = url.startsWith('data:')
        ? await upload(client, userId, url, filename, uploaded)
        : pathOf(url)
      const named = filename ?? path.split('/').at(-1) ?? 'file'
      return { type: 'file', mediaType, filename: named.slice(0, 200), url: scheme + path }
    }),
  )
  return placed.map((one) => {
    if (one.status === 'rejected') throw one.reason
    return one.value
  })
}

/** Where a file lies in the bucket. Other addresses are none of ours to fetch. */
export function pathOf(url: string): string {
  const own = url.startsWith(scheme)
    ? url.slice(scheme.length)
    : new RegExp(`^https?://[^/]+/storage/v1/object/(?:sign/|public/|authenticated/)?${bucket}/([^?#]+)`)
      .exec(url)?.[1]
  // What cannot be decoded names no file: Storage knows no name with a `%`.
  const path = decodeName(own ?? '') ?? ''
  if (path.length > 1_000 || /[%\p{Cc}]|(^|\/)\.{0,2}(\/|$)/u.test(path)) {
    throw refuse('unknown_file', `A file is named as ${scheme}<path>, or sent as a data: address.`)
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
  if (!bytes || base64 === undefined) throw refuse('unknown_file', 'A file inside of a message is base64.')
  if (bytes.byteLength > attachmentLimits.bytes) {
    throw refuse('file_too_large', 'A file may have 20 MiB.', 413)
  }
  const ending = /\.([a-z0-9]{1,10})$/i.exec(filename ?? '')?.[1] ??
    mediaType.split('/')[1]?.replace(/\W.*/, '')
  const path = `chat/user_${userId}/${crypto.randomUUID()}${ending ? `.${ending.toLowerCase()}` : ''}`
  const { error } = await client.storage.from(bucket).upload(path, bytes, { contentType: mediaType })
  if (error) throw new AppFailure(fromStorage(error), { cause: error })
  uploaded.push(path)
  return path
}

/** Takes away again what was put there for a question that was refused. */
export async function removeFiles(client: Db, paths: readonly string[]): Promise<void> {
  if (paths.length > 0) await client.storage.from(bucket).remove([...paths])
}

/** What a file came to: an image as it is, a text, or a word about why there is neither. */
export type FileContent =
  & { readonly name: string }
  & (
    | { readonly kind: 'image'; readonly mediaType: string; readonly data: Uint8Array }
    | { readonly kind: 'text' | 'note'; readonly text: string }
  )

/** The files of a conversation, by message: images as they are where the model takes them, text of all others. */
export async function readFiles(
  client: Db,
  history: readonly HistoryMessage[],
  takesImages: boolean,
  patience: number = attachmentLimits.patience,
): Promise<Map<number, FileContent[]>> {
  const wanted = history.flatMap(({ id, role, parts }) =>
    role === 'user' ? filesOf(parts).map((file) => ({ id, file })) : []
  ).reverse()
  const read = await Promise.all(wanted.map(async ({ id, file }, place) => ({
    id,
    content: place < attachmentLimits.filesInContext
      ? await readFile(client, file, takesImages, patience)
      : note(file, 'was attached here'),
  })))
  return Map.groupBy(read.reverse(), ({ id }) => id).entries().reduce(
    (all, [id, found]) => all.set(id, found.map(({ content }) => content)),
    new Map<number, FileContent[]>(),
  )
}

/** People write parts too: whatever has no shape is left out. */
function filesOf(parts: readonly unknown[]): FilePart[] {
  return parts.flatMap((part): FilePart[] => {
    const { type, url, filename, mediaType } = Object(part) as Record<string, unknown>
    return type !== 'file' || typeof url !== 'string' ? [] : [{
      type,
      url,
      mediaType: typeof mediaType === 'string' ? mediaType : 'application/octet-stream',
      ...(typeof filename === 'string' ? { filename } : {}),
    }]
  })
}

/** A file that cannot be read, or not in time, is told as such: the question may be answered without it. */
async function readFile(
  client: Db,
  file: FilePart,
  takesImages: boolean,
  patience: number,
): Promise<FileContent> {
  const data = await orAborted(download(client, file), AbortSignal.timeout(patience)).catch(() => null)
  if (!data) return note(file, 'cannot be read')
  const { mediaType } = file
  if (imageTypes.has(mediaType) && takesImages && data.size <= attachmentLimits.imageBytes) {
    return { kind: 'image', name: nameOf(file), mediaType, data: await data.bytes() }
  }
  const text = data.size > attachmentLimits.bytes ? '' : await textOf(data, file)
  return text === '' ? note(file, 'has no text that can be read') : { kind: 'text', name: nameOf(file), text }
}

async function download(client: Db, { url }: FilePart): Promise<Blob | null> {
  return (await client.storage.from(bucket).download(pathOf(url))).data
}

function note(file: FilePart, what: string): FileContent {
  return { kind: 'note', name: nameOf(file), text: `(The file ${nameOf(file)} ${what}.)` }
}

/** Readers of formats are heavy: they are loaded when a file is there to be read. */
async function textOf(data: Blob, file: FilePart): Promise<string> {
  const { extract } = await import('../../_lib/extract/extract.ts')
  const signal = AbortSignal.timeout(attachmentLimits.patience)
  const pieces: string[] = []
  let length = 0
  const add = (piece: string): boolean => {
    pieces.push(piece)
    length += piece.length
    return length < attachmentLimits.characters
  }
  try {
    const input = {
      filename: nameOf(file),
      mediaType: file.mediaType,
      size: data.size,
      stream: data.stream(),
      signal,
    }
    for await (const part of extract(input)) {
      if (part.kind === 'section' && !add(`${part.heading ? `${part.heading}\n` : ''}${part.text}`)) break
      if (part.kind === 'table') {
        const rows = [part.columns, ...part.rows].map((cells) => cells.map((cell) => cell ?? '').join(' | '))
        if (!add(rows.join('\n'))) break
      }
      if (part.kind === 'log_entry' && !add([part.ts, part.level, part.message].filter(Boolean).join(' '))) {
        break
      }
    }
  } catch {
    // What was read before is sound.
  }
  return pieces.filter((piece) => piece.trim() !== '').join('\n\n').slice(0, attachmentLimits.characters)
}

/** What a message says, or the names of its files where it says nothing. */
export function saidIn({ content, parts }: Pick<HistoryMessage, 'content' | 'parts'>): string {
  return content.trim() === '' ? filesOf(parts).map(nameOf).join(', ') : content
}

function nameOf(file: FilePart): string {
  return (file.filename ?? file.url.split('/').at(-1) ?? 'file').replace(/[\r\n"<>]/g, ' ')
}

function refuse(code: string, message: string, status?: number): AppFailure {
  return new AppFailure(appError('validation', { code, message, status, field: 'attachments' }))
}
