/**
 * Sends objects. Their bytes are text of others, on the origin of the platform: a browser neither guesses a type nor runs
 * anything in them.
 */
import { type Metadata, type StoredObject } from './catalog.ts'
import { StorageError } from './errors.ts'
import type { ObjectStore, Range } from './object_store.ts'

type Sending = {
  /** The name under which a browser saves it; '' for the one in the address. */
  download: string | undefined
  /** When a signed link expires, in seconds. */
  expires?: number
}

/** The answer to GET or HEAD: the object, a range of it, or that it has not changed. */
export async function send(
  request: Request,
  object: StoredObject,
  objects: ObjectStore,
  sending: Sending,
): Promise<Response> {
  const metadata = object.metadata ?? {}
  const headers = headersOf(object, metadata, sending)
  if (isUnchanged(request.headers, metadata)) return new Response(null, { status: 304, headers })
  const size = Number(metadata.size ?? 0)
  const range = readRange(request.headers.get('range'), size)
  headers.set('content-length', `${range ? range.end - range.start + 1 : size}`)
  if (range) headers.set('content-range', `bytes ${range.start}-${range.end}/${size}`)
  const status = range ? 206 : 200
  if (request.method === 'HEAD') return new Response(null, { status, headers })
  const place = { bucket: object.bucket_id, key: object.name, version: object.version }
  return new Response(size === 0 ? null : await objects.read(place, range), { status, headers })
}

/** What `info` answers. */
export function describe({ metadata, user_metadata, ...object }: StoredObject): Record<string, unknown> {
  return {
    ...{ id: object.id, name: object.name, version: object.version, bucket_id: object.bucket_id },
    size: metadata?.size ?? null,
    content_type: metadata?.mimetype ?? null,
    cache_control: metadata?.cacheControl ?? null,
    etag: metadata?.eTag ?? null,
    metadata: user_metadata ?? {},
    last_modified: object.updated_at,
    created_at: object.created_at,
  }
}

function headersOf(object: StoredObject, metadata: Metadata, { download, expires }: Sending): Headers {
  const type = safeType(metadata.mimetype)
  const headers = new Headers({
    'accept-ranges': 'bytes',
    'content-type': type,
    'x-content-type-options': 'nosniff',
    'x-robots-tag': 'none',
    'last-modified': object.updated_at.toUTCString(),
    ...(metadata.eTag ? { etag: metadata.eTag } : {}),
  })
  // A browser shows no PDF in a sandbox, and runs nothing of the page's origin in one.
  if (type !== 'application/pdf') headers.set('content-security-policy', sandbox)
  if (expires !== undefined) headers.set('expires', new Date(expires * 1000).toUTCString())
  else headers.set('cache-control', printable(metadata.cacheControl ?? 'no-cache'))
  const name = encodeURIComponent(download ?? '')
  if (download === '') headers.set('content-disposition', 'attachment;')
  else if (download) {
    headers.set('content-disposition', `attachment; filename=${name}; filename*=UTF-8''${name}`)
  }
  return headers
}

/** Scripts in a picture or a document that is opened by itself do not run, and belong to no origin. */
const sandbox = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; media-src 'self'; sandbox"

/** HTML is shown as text, as the hosted service does. */
function safeType(type = 'application/octet-stream'): string {
  if (/html/i.test(type)) return 'text/plain'
  return /^[\w.+-]+\/[\w.+-]+ *(;[\x20-\x7e]*)?$/.test(type) ? type : 'application/octet-stream'
}

function printable(text: string): string {
  return /^[\x20-\x7e]*$/.test(text) ? text : 'no-cache'
}

function isUnchanged(headers: Headers, { eTag = '', lastModified }: Metadata): boolean {
  const tags = headers.get('if-none-match')
  if (tags !== null) {
    return tags === '*' || tags.split(',').some((tag) => tag.trim().replace(/^W\//, '') === eTag)
  }
  const since = Date.parse(headers.get('if-modified-since') ?? '')
  return Math.floor(Date.parse(lastModified ?? '') / 1000) * 1000 <= since
}

/** A single byte range within the object; undefined for no range or several, which is answered with the whole object. */
function readRange(header: string | null, size: number): Range | undefined {
  const [, first, last] = /^bytes=(\d*)-(\d*)$/.exec(header ?? '') ?? []
  if (!first && !last) return undefined
  const start = first ? Number(first) : Math.max(size - Number(last), 0)
  const end = first && last ? Math.min(Number(last), size - 1) : size - 1
  if (start <= end) return { start, end }
  const headers = { 'content-range': `bytes */${size}` }
  throw new StorageError(416, 'InvalidRange', 'invalid range provided', 'invalid_range', headers, 416)
}
