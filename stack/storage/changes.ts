/** Moves, copies and removes objects. */
import { Buffer } from 'node:buffer'
import { randomUUID } from 'node:crypto'
import type { Context } from 'hono'
import { z } from 'zod'
import { type Caller, findObject, lockObject, type Metadata, ownerOf, type StoredObject } from './catalog.ts'
import { bodyOf, callerOf, type Parts, targetOf } from './context.ts'
import { refusals } from './errors.ts'
import { checkBucketName, checkKey } from './names.ts'
import { readMetadata, write } from './uploads.ts'

const MoveRequest = z.object({
  bucketId: z.string(),
  sourceKey: z.string(),
  destinationBucket: z.string().nullish(),
  destinationKey: z.string(),
})
const CopyRequest = MoveRequest.extend({
  copyMetadata: z.boolean().nullish(),
  metadata: z.object({ cacheControl: z.string().optional(), mimetype: z.string().optional() }).nullish(),
})
const RemoveRequest = z.object({ prefixes: z.array(z.string()).min(1).max(1000) })

/** The caller must be allowed to change the row of the object to its new place. */
export async function move(c: Context, parts: Parts): Promise<Response> {
  const { catalog, objects } = parts
  const caller = await callerOf(c, parts)
  const { from, to } = placesOf(await bodyOf(c, MoveRequest))
  const version = randomUUID()
  const row = { bucket_id: to.bucket, name: to.key, version, ...ownerOf(caller.sub) }
  await catalog.bucket(from.bucket)
  let object: StoredObject | undefined
  await catalog.probe(caller, 'storage.object.move', async (sql) => {
    object = await findObject(sql, from.bucket, from.key)
    const { count } = await sql`update storage.objects set ${sql(row)} where id = ${object.id}`
    if (count === 0) throw refusals.denied()
  })
  if (!object) throw refusals.noSuchKey()
  const { id, version: former } = object
  const same = from.bucket === to.bucket && from.key === to.key
  if (!same) {
    const target = { ...to, version }
    await objects.copy({ ...from, version: former }, target)
    await catalog.asService(async (sql) => {
      const { count } = await sql`
        update storage.objects set ${sql(row)} where id = ${id} and version = ${former}`
      // Replaced or removed meanwhile: the bytes that were copied are not its own any more.
      if (count === 0) throw refusals.noSuchKey()
    })
      .catch(async (cause) => {
        await objects.remove(target)
        throw cause
      })
    await objects.remove({ ...from, version: former })
  }
  return c.json({ message: 'Successfully moved', Id: id, Key: `${to.bucket}/${to.key}` })
}

/** The copy belongs to the caller. */
export async function copy(c: Context, parts: Parts): Promise<Response> {
  const { catalog, objects } = parts
  const caller = await callerOf(c, parts)
  const asked = await bodyOf(c, CopyRequest)
  const { from, to } = placesOf(asked)
  const upsert = c.req.header('x-upsert') === 'true'
  await catalog.bucket(from.bucket)
  const source = await catalog.asCaller(
    caller,
    'storage.object.copy',
    (sql) => findObject(sql, from.bucket, from.key),
  )
  const version = randomUUID()
  const own = asked.copyMetadata === false
  const row = {
    ...{ bucket_id: to.bucket, name: to.key, version, ...ownerOf(caller.sub) },
    metadata: { ...source.metadata, ...(own ? asked.metadata : {}) } as Metadata,
    user_metadata: own
      ? readMetadata(Buffer.from(c.req.header('x-metadata') ?? '', 'base64').toString())
      : source.user_metadata,
  }
  await catalog.probe(caller, 'storage.object.copy', (sql) => write(sql, row, upsert))
  const target = { ...to, version }
  await objects.copy({ ...from, version: source.version }, target)
  const lastModified = new Date().toISOString()
  const former = await catalog.asService(async (sql) => {
    const replaced = await lockObject(sql, to.bucket, to.key)
    await write(sql, { ...row, metadata: { ...row.metadata, lastModified } }, upsert)
    return replaced
  }).catch(async (cause) => {
    await objects.remove(target)
    throw cause
  })
  if (former) await objects.remove({ ...to, version: former.version })
  const stored = await catalog.asService((sql) => findObject(sql, to.bucket, to.key))
  return c.json({ Id: stored.id, Key: `${to.bucket}/${to.key}`, ...stored })
}

export async function removeOne(c: Context, parts: Parts): Promise<Response> {
  const caller = await callerOf(c, parts)
  const { bucket, key } = targetOf(c, '/object')
  await parts.catalog.asService((sql) => findObject(sql, bucket, key))
  const removed = await remove(caller, bucket, [key], 'storage.object.delete', parts)
  if (removed.length === 0) throw refusals.denied()
  return c.json({ message: 'Successfully deleted' })
}

/** Those that the caller may not remove are left out of the answer. */
export async function removeMany(c: Context, parts: Parts): Promise<Response> {
  const caller = await callerOf(c, parts)
  const { bucket } = targetOf(c, '/object')
  const { prefixes } = await bodyOf(c, RemoveRequest)
  await parts.catalog.bucket(bucket)
  return c.json(await remove(caller, bucket, prefixes, 'storage.object.delete_many', parts))
}

async function remove(
  caller: Caller,
  bucket: string,
  keys: string[],
  operation: string,
  { catalog, objects }: Parts,
): Promise<StoredObject[]> {
  const removed = await catalog.asCaller(caller, operation, (sql) =>
    sql<StoredObject[]>`
      delete from storage.objects where bucket_id = ${bucket} and name = any(${keys})
      returning id, bucket_id, name, owner, owner_id, version, metadata, user_metadata, created_at, updated_at,
        last_accessed_at`)
  for (const { name, version } of removed) await objects.remove({ bucket, key: name, version })
  return removed
}

function placesOf(
  { bucketId, sourceKey, destinationBucket, destinationKey }: z.infer<typeof MoveRequest>,
): { from: { bucket: string; key: string }; to: { bucket: string; key: string } } {
  return {
    from: { bucket: checkBucketName(bucketId), key: sourceKey },
    to: { bucket: checkBucketName(destinationBucket ?? bucketId), key: checkKey(destinationKey) },
  }
}
