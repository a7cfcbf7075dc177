/** `/bucket`: creates, changes, empties and removes buckets. */
import { type Context, Hono } from 'hono'
import { z } from 'zod'
import { type Bucket, type Caller, ownerOf } from './catalog.ts'
import { bodyOf, callerOf, type Parts } from './context.ts'
import { refusals } from './errors.ts'
import { checkBucketName, checkMimeTypes, parseSize } from './names.ts'

const Size = z.union([z.number().int().min(0), z.string()]).nullish()
const Settings = z.object({
  public: z.boolean().nullish(),
  file_size_limit: Size,
  allowed_mime_types: z.array(z.string()).nullish(),
})
const NewBucket = Settings.extend({
  id: z.string().optional(),
  name: z.string(),
  type: z.enum(['STANDARD', 'ANALYTICS']).optional(),
})

export function bucketRoutes(parts: Parts): Hono {
  const { catalog } = parts
  return new Hono()
    .post('/', (c) => create(c, parts))
    .get('/', (c) => listBuckets(c, parts))
    .get('/:id', async (c) => {
      const id = c.req.param('id')
      const [row] = await catalog.asCaller(
        await callerOf(c, parts),
        'storage.bucket.get',
        (sql) => sql<Bucket[]>`select * from storage.buckets where id = ${id}`,
      )
      if (!row) throw refusals.noSuchBucket()
      // Only the list says what type a bucket has.
      const { type: _, ...visible } = shown(row)
      return c.json(visible)
    })
    .put('/:id', (c) => update(c, c.req.param('id'), parts))
    .delete('/:id', async (c) => {
      await removeBucket(c.req.param('id'), await callerOf(c, parts), parts)
      return c.json({ message: 'Successfully deleted' })
    })
    .post('/:id/empty', async (c) => {
      await emptyBucket(c.req.param('id'), await callerOf(c, parts), parts)
      return c.json({ message: 'Empty bucket has been queued. Completion may take up to an hour.' })
    })
}

async function create(c: Context, parts: Parts): Promise<Response> {
  const caller = await callerOf(c, parts)
  const asked = await bodyOf(c, NewBucket)
  if (asked.type === 'ANALYTICS') throw refusals.notAvailable('analytics buckets')
  const bucket = { id: checkBucketName(asked.id ?? asked.name), name: checkBucketName(asked.name) }
  const row = { ...bucket, ...settingsOf(asked, parts), ...ownerOf(caller.sub) }
  await parts.catalog.asCaller(
    caller,
    'storage.bucket.create',
    (sql) => sql`insert into storage.buckets ${sql(row)}`,
  )
  return c.json({ name: asked.name })
}

async function listBuckets(c: Context, parts: Parts): Promise<Response> {
  const { limit, offset, search = '', sortColumn, sortOrder } = c.req.query()
  const column = z.enum(['id', 'name', 'created_at', 'updated_at']).catch('name').parse(sortColumn)
  const pattern = `%${search.replaceAll(/[\\%_]/g, '\\$&')}%`
  const rows = await parts.catalog.asCaller(
    await callerOf(c, parts),
    'storage.bucket.list',
    (sql) =>
      sql<Bucket[]>`
      select * from storage.buckets where name ilike ${pattern}
      order by ${sql(column)} ${sortOrder === 'desc' ? sql`desc` : sql`asc`}
      limit ${whole(limit)} offset ${whole(offset) ?? 0}`,
  )
  return c.json(rows.map(shown))
}

async function update(c: Context, id: string, parts: Parts): Promise<Response> {
  const caller = await callerOf(c, parts)
  const row = settingsOf(await bodyOf(c, Settings), parts)
  if (Object.keys(row).length === 0) throw refusals.invalidRequest('No content provided')
  const { count } = await parts.catalog.asCaller(
    caller,
    'storage.bucket.update',
    (sql) => sql`update storage.buckets set ${sql({ ...row, updated_at: new Date() })} where id = ${id}`,
  )
  if (count === 0) throw refusals.noSuchBucket()
  return c.json({ message: 'Successfully updated' })
}

async function removeBucket(id: string, caller: Caller, { catalog }: Parts): Promise<void> {
  const { bucket_id: kept } = await catalog.asService(async (sql) => {
    await sql`select from storage.buckets where id = ${id} for update`
    return (await sql<
      { bucket_id: string }[]
    >`select bucket_id from storage.objects where bucket_id = ${id} limit 1`)[0] ??
      { bucket_id: null }
  })
  if (kept !== null) throw refusals.notEmpty()
  const { count } = await catalog.asCaller(
    caller,
    'storage.bucket.delete',
    (sql) => sql`delete from storage.buckets where id = ${id}`,
  )
  if (count === 0) throw refusals.noSuchBucket()
}

/** At once: the hosted service does it in the background. */
async function emptyBucket(id: string, caller: Caller, { catalog, objects }: Parts): Promise<void> {
  const [visible] = await catalog.asCaller(
    caller,
    'storage.bucket.empty',
    (sql) => sql`select from storage.buckets where id = ${id}`,
  )
  if (!visible) throw refusals.noSuchBucket()
  const [seen] = await catalog.asCaller(
    caller,
    'storage.bucket.empty',
    (sql) => sql<{ id: string }[]>`select id from storage.objects where bucket_id = ${id} limit 1`,
  )
  if (!seen) return
  // As on the platform, who may remove one object may empty the bucket.
  await catalog.probe(caller, 'storage.bucket.empty', async (sql) => {
    const { count } = await sql`delete from storage.objects where id = ${seen.id}`
    if (count === 0) throw refusals.denied()
  })
  const removed = await catalog.asService((sql) =>
    sql<
      { name: string; version: string }[]
    >`delete from storage.objects where bucket_id = ${id} returning name, version`
  )
  for (const { name, version } of removed) await objects.remove({ bucket: id, key: name, version })
}

/** The columns that a request sets; a field that it leaves out stays as it is. */
function settingsOf(
  { public: isPublic, file_size_limit: size, allowed_mime_types: types }: z.infer<typeof Settings>,
  { maxBytes }: Parts,
): Record<string, string | number | boolean | string[] | null> {
  const limit = size === undefined || size === null ? size : parseSize(size)
  if (limit && limit > maxBytes) throw refusals.tooLarge()
  checkMimeTypes(types ?? [])
  return {
    ...(typeof isPublic === 'boolean' ? { public: isPublic } : {}),
    ...(limit === undefined ? {} : { file_size_limit: limit }),
    ...(types === undefined ? {} : { allowed_mime_types: types?.filter((type) => type !== '') ?? null }),
  }
}

function whole(text: string | undefined): number | null {
  return text !== undefined && /^\d{1,9}$/.test(text) ? Number(text) : null
}

function shown(bucket: Bucket): Record<string, unknown> {
  const { id, name, owner, owner_id, public: isPublic, type, file_size_limit, allowed_mime_types } = bucket
  return {
    ...{ id, name, owner: owner ?? owner_id ?? '', public: isPublic, type },
    file_size_limit: file_size_limit === null ? null : Number(file_size_limit),
    allowed_mime_types,
    created_at: bucket.created_at,
    updated_at: bucket.updated_at,
  }
}
