/** Takes in the bytes of an object: from a form, as supabase-js sends them, or as the body itself. */
import { Buffer } from 'node:buffer'
import { randomUUID } from 'node:crypto'
import { nestsTooDeep } from '../nesting.ts'
import { withLimitedBody } from '../limited_body.ts'
import {
  type Bucket,
  type Caller,
  findObject,
  lockObject,
  type Metadata,
  ownerOf,
  type Sql,
} from './catalog.ts'
import type { Parts } from './context.ts'
import { refusals, StorageError } from './errors.ts'
import { checkAllowed, checkKey } from './names.ts'

/** What an upload may say of itself, in bytes. */
const maxUserMetadata = 1024 * 1024

/** What comes with a form besides the file, in bytes. */
const formOverhead = 2 * maxUserMetadata

type File = {
  body: ReadableStream<Uint8Array> | Uint8Array
  mimetype: string
  cacheControl: string
  userMetadata: Record<string, unknown> | null
}

type Upload = {
  bucket: string
  key: string
  upsert: boolean
  /** The user whom the object will belong to. */
  owner: string | null
}

/** The columns of an object that Storage sets. */
type Row = {
  bucket_id: string
  name: string
  owner: string | null
  owner_id: string | null
  version: string
  metadata: Metadata
  user_metadata: Record<string, unknown> | null
}

/** Stores an object that the caller may store. With `caller` null, a signed link has allowed it. */
export async function upload(
  request: Request,
  { bucket: id, key, upsert, owner }: Upload,
  caller: Caller | null,
  operation: string,
  parts: Parts,
): Promise<{ Id: string; Key: string }> {
  checkKey(key)
  const bucket = await parts.catalog.bucket(id)
  const maxBytes = largest(bucket, parts)
  const file = await readFile(request, maxBytes)
  checkAllowed(file.mimetype, bucket.allowed_mime_types ?? [])
  const row = { bucket_id: id, name: key, ...ownerOf(owner), user_metadata: file.userMetadata }
  const expected = { mimetype: file.mimetype, contentLength: declaredLength(request) ?? null }
  const probing = { ...row, version: '1', metadata: expected as Metadata }
  const mayWrite = (sql: Sql): Promise<unknown> => write(sql, probing, upsert)
  if (caller) await parts.catalog.probe(caller, operation, mayWrite)
  else if (!upsert) await refuseExisting(id, key, parts)
  return { Id: await store(row, file, maxBytes, upsert, parts), Key: `${id}/${key}` }
}

/** Throws the refusal of an object that the caller may not store. */
export async function probeUpload(
  { bucket, key, upsert, owner }: Upload,
  metadata: Metadata,
  userMetadata: Record<string, unknown> | null,
  caller: Caller,
  operation: string,
  { catalog }: Parts,
): Promise<void> {
  const row = { bucket_id: bucket, name: checkKey(key), ...ownerOf(owner), version: '1' }
  await catalog.bucket(bucket)
  await catalog.probe(
    caller,
    operation,
    (sql) => write(sql, { ...row, metadata, user_metadata: userMetadata }, upsert),
  )
}

/** Inserts the row of an object, or replaces it, as the connection may. */
export async function write(sql: Sql, row: Row, upsert: boolean): Promise<string> {
  const { bucket_id, name, ...others } = row
  const changed = {
    ...others,
    metadata: sql.json(row.metadata as never),
    user_metadata: row.user_metadata ? sql.json(row.user_metadata as never) : null,
  }
  const values = { bucket_id, name, ...changed }
  const [stored] = upsert
    ? await sql<{ id: string }[]>`insert into storage.objects ${sql(values)}
        on conflict (bucket_id, name) do update set ${sql(changed)} returning id`
    : await sql<{ id: string }[]>`insert into storage.objects ${sql(values)} returning id`
  if (!stored) throw refusals.denied()
  return stored.id
}

/** Writes the file, then its row: the former version is what others see until then. */
async function store(
  row: Omit<Row, 'version' | 'metadata'>,
  file: File,
  maxBytes: number,
  upsert: boolean,
  { catalog, objects }: Parts,
): Promise<string> {
  const version = randomUUID()
  const place = { bucket: row.bucket_id, key: row.name, version }
  const { size, eTag } = await objects.write(place, file.body, maxBytes)
  const metadata = {
    ...{ eTag, size, mimetype: file.mimetype, cacheControl: file.cacheControl },
    ...{ lastModified: new Date().toISOString(), contentLength: size, httpStatusCode: 200 },
  }
  try {
    const { id, former } = await catalog.asService(async (sql) => ({
      former: await lockObject(sql, row.bucket_id, row.name),
      id: await write(sql, { ...row, version, metadata }, upsert),
    }))
    if (former) await objects.remove({ ...place, version: former.version })
    return id
  } catch (cause) {
    await objects.remove(place)
    throw cause
  }
}

async function refuseExisting(bucket: string, key: string, { catalog }: Parts): Promise<void> {
  const existing = await catalog.asService((sql) => findObject(sql, bucket, key).catch(() => null))
  if (existing) throw refusals.exists()
}

/** The smaller of the limits of the bucket and of the project. */
function largest({ file_size_limit: size }: Bucket, { maxBytes }: Parts): number {
  return size === null ? maxBytes : Math.min(Number(size), maxBytes)
}

function declaredLength({ headers }: Request): number | undefined {
  const length = headers.get('content-length')
  return length !== null && /^\d+$/.test(length) ? Number(length) : undefined
}

async function readFile(request: Request, maxBytes: number): Promise<File> {
  const { headers } = request
  const isForm = headers.get('content-type')?.startsWith('multipart/form-data') ?? false
  const declared = declaredLength(request)
  if (declared !== undefined && declared > maxBytes + (isForm ? formOverhead : 0)) throw refusals.tooLarge()
  // It may not say how long it is.
  if (isForm) return await readForm(withLimitedBody(request, maxBytes + formOverhead, refusals.tooLarge))
  const described = headers.get('x-metadata')
  return {
    body: request.body ?? new Uint8Array(),
    mimetype: headers.get('content-type') || 'application/octet-stream',
    cacheControl: headers.get('cache-control') ?? 'no-cache',
    userMetadata: described === null ? null : readMetadata(Buffer.from(described, 'base64').toString()),
  }
}

async function readForm(request: Request): Promise<File> {
  const form = await nameFile(request).then((named) => named.formData()).catch((cause) => {
    throw cause instanceof StorageError ? cause : refusals.invalidRequest('No content provided')
  })
  const field = (name: string): string | null => {
    const value = form.get(name)
    return typeof value === 'string' && value !== '' ? value : null
  }
  const file = [...form.values()].find((value) => typeof value !== 'string')
  if (!file) throw refusals.invalidRequest('No content provided')
  const seconds = field('cacheControl')
  return {
    body: file.stream(),
    mimetype: field('contentType') ?? (file.type || 'application/octet-stream'),
    cacheControl: seconds === null ? 'no-cache' : `max-age=${seconds}`,
    userMetadata: readMetadata(field('metadata') ?? field('userMetadata') ?? ''),
  }
}

/** storage-js sends a file as a form field without a name, and Deno's parser drops such a field. */
async function nameFile(request: Request): Promise<Response> {
  const body = Buffer.from(await request.arrayBuffer())
  const nameless = 'Content-Disposition: form-data; name=""'
  const at = body.indexOf(nameless)
  const named = at < 0 ? body : Buffer.concat([
    body.subarray(0, at),
    Buffer.from('Content-Disposition: form-data; name="file"'),
    body.subarray(at + nameless.length),
  ])
  return new Response(named, { headers: { 'content-type': request.headers.get('content-type') ?? '' } })
}

/** What the user says of a file. Text that is no JSON object is ignored. */
export function readMetadata(text: string): Record<string, unknown> | null {
  if (text.length > maxUserMetadata) throw refusals.tooLarge('user_metadata')
  if (text.includes('\\u0000')) throw refusals.invalidRequest('The metadata contains the character U+0000')
  if (nestsTooDeep(text)) throw refusals.invalidRequest('The metadata nests too deep')
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && !Array.isArray(value) ? value as Record<string, unknown> : null
  } catch {
    return null
  }
}
