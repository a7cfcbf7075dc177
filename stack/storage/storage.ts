/** Storage: the routes of the hosted service that are worth having locally. Others answer what they lack. */
import { type Context, Hono } from 'hono'
import { bucketRoutes } from './buckets.ts'
import { type Caller, findObject, type StoredObject } from './catalog.ts'
import { copy, move, removeMany, removeOne } from './changes.ts'
import { base, callerOf, type Parts, readerOf, targetOf } from './context.ts'
import { describe, send } from './downloads.ts'
import { databaseRefusal, refusals, StorageError } from './errors.ts'
import { downloadSigned, signMany, signOne, signUpload, uploadSigned } from './links.ts'
import { list, listV2 } from './listing.ts'
import { upload } from './uploads.ts'

/** Parts of the hosted service that the local platform lacks, by the beginning of their paths. */
const lacking: [path: string, what: string][] = [
  ['/render/image/', 'image transformations'],
  ['/upload/resumable', 'resumable uploads'],
  ['/s3', 'S3 protocol'],
  ['/iceberg', 'analytics buckets'],
  ['/vector', 'vector buckets'],
  ['/cdn', 'CDN'],
]

export function createStorage(parts: Parts): (request: Request) => Promise<Response> {
  const app = new Hono().basePath(base)
    .get('/status', (c) => c.json({ status: 'ok' }))
    .route('/bucket', bucketRoutes(parts))
    .route('/object', objectRoutes(parts))
    .notFound((c) => refuseUnknown(c).respond())
    .onError((cause) => answerError(cause))
  return async (request) => await app.fetch(request)
}

function objectRoutes(parts: Parts): Hono {
  return new Hono()
    .post('/list/:bucket', (c) => list(c, parts))
    .post('/list-v2/:bucket', (c) => listV2(c, parts))
    .post('/move', (c) => move(c, parts))
    .post('/copy', (c) => copy(c, parts))
    .post('/sign/:bucket', (c) => signMany(c, parts))
    .post('/sign/:bucket/*', (c) => signOne(c, parts))
    .get('/sign/:bucket/*', (c) => downloadSigned(c, parts))
    .post('/upload/sign/:bucket/*', (c) => signUpload(c, parts))
    .put('/upload/sign/:bucket/*', (c) => uploadSigned(c, parts))
    .get(
      '/info/public/:bucket/*',
      async (c) => c.json(describe(await publicObject(c, '/object/info/public', parts))),
    )
    .get('/info/authenticated/:bucket/*', (c) => info(c, '/object/info/authenticated', parts))
    .get('/info/:bucket/*', (c) => info(c, '/object/info', parts))
    // GET stands for HEAD, too.
    .get('/public/:bucket/*', async (c) => {
      const object = await publicObject(c, '/object/public', parts)
      return await send(c.req.raw, object, parts.objects, { download: c.req.query('download') })
    })
    .get('/authenticated/:bucket/*', (c) => download(c, '/object/authenticated', parts))
    .get('/:bucket/*', (c) => download(c, '/object', parts))
    .post('/:bucket/*', (c) => store(c, c.req.header('x-upsert') === 'true', 'storage.object.upload', parts))
    .put('/:bucket/*', (c) => store(c, true, 'storage.object.upload_update', parts))
    .delete('/:bucket', (c) => removeMany(c, parts))
    .delete('/:bucket/*', (c) => removeOne(c, parts))
}

async function store(c: Context, upsert: boolean, operation: string, parts: Parts): Promise<Response> {
  const caller = await callerOf(c, parts)
  const target = { ...targetOf(c, '/object'), upsert, owner: caller.sub }
  return c.json(await upload(c.req.raw, target, caller, operation, parts))
}

async function download(c: Context, prefix: string, parts: Parts): Promise<Response> {
  const caller = await readerOf(c, parts)
  const head = c.req.method === 'HEAD'
  const operation = head ? 'object.head_authenticated_info' : 'storage.object.get_authenticated'
  const object = await visibleObject(c, prefix, caller, operation, parts)
  return await send(c.req.raw, object, parts.objects, { download: c.req.query('download') })
}

async function info(c: Context, prefix: string, parts: Parts): Promise<Response> {
  const caller = await readerOf(c, parts)
  return c.json(describe(await visibleObject(c, prefix, caller, 'object.get_authenticated_info', parts)))
}

/** An object of a public bucket, or one that policies show to the caller. */
async function visibleObject(
  c: Context,
  prefix: string,
  caller: Caller,
  operation: string,
  { catalog }: Parts,
): Promise<StoredObject> {
  const { bucket: id, key } = targetOf(c, prefix)
  const bucket = await catalog.bucket(id)
  if (bucket.public) return await catalog.asService((sql) => findObject(sql, id, key))
  if (caller.anonymous) throw refusals.noSuchBucket()
  return await catalog.asCaller(caller, operation, (sql) => findObject(sql, id, key))
}

async function publicObject(c: Context, prefix: string, { catalog }: Parts): Promise<StoredObject> {
  const { bucket: id, key } = targetOf(c, prefix)
  const bucket = await catalog.bucket(id)
  if (!bucket.public) throw refusals.noSuchBucket()
  return await catalog.asService((sql) => findObject(sql, id, key))
}

function refuseUnknown(c: Context): StorageError {
  const path = new URL(c.req.url).pathname.slice(base.length)
  const [, what] = lacking.find(([start]) => path.startsWith(start)) ?? []
  if (what) return refusals.notAvailable(what)
  return new StorageError(404, 'NotFound', `Route ${c.req.method}:${path} not found`, 'Not Found', {}, 404)
}

function answerError(cause: Error): Response {
  const refusal = databaseRefusal(cause)
  if (refusal) return refusal.respond()
  console.error('Storage:', cause)
  return new StorageError(500, 'InternalError', 'Internal Server Error', 'Internal').respond()
}
