/** `list` and `list-v2`: the files and folders below a prefix, as far as the caller may see them. */
import { Buffer } from 'node:buffer'
import type { Context } from 'hono'
import { z } from 'zod'
import type { Sql } from './catalog.ts'
import { bodyOf, callerOf, type Parts, targetOf } from './context.ts'
import { refusals } from './errors.ts'

const Order = z.string().regex(/^(asc|desc)$/i, 'must be asc or desc').nullish()
const ListRequest = z.object({
  prefix: z.string().nullish(),
  limit: z.number().int().min(1).max(1_000_000).nullish(),
  offset: z.number().int().min(0).max(1_000_000_000).nullish(),
  search: z.string().nullish(),
  sortBy: z.object({
    column: z.enum(['name', 'updated_at', 'created_at', 'last_accessed_at']).nullish(),
    order: Order,
  }).nullish(),
})
const ListV2Request = z.object({
  prefix: z.string().nullish(),
  limit: z.number().int().min(1).nullish(),
  cursor: z.string().nullish(),
  with_delimiter: z.boolean().nullish(),
  sortBy: z.object({ column: z.enum(['name', 'updated_at', 'created_at']), order: Order }).nullish(),
})
const Cursor = z.object({
  after: z.string(),
  column: z.enum(['name', 'updated_at', 'created_at']),
  order: z.enum(['asc', 'desc']),
  at: z.iso.datetime().nullable(),
})

type Cursor = z.infer<typeof Cursor>
type Entry = {
  id: string | null
  name: string
  key?: string
  created_at: Date | null
  updated_at: Date | null
}

/** Names are relative to the prefix, which is a folder. */
export async function list(c: Context, parts: Parts): Promise<Response> {
  const caller = await callerOf(c, parts)
  const { bucket } = targetOf(c, '/object/list')
  const { prefix: asked, limit, offset, search, sortBy } = await bodyOf(c, ListRequest)
  const prefix = !asked || asked.endsWith('/') ? asked ?? '' : `${asked}/`
  await parts.catalog.bucket(bucket)
  const rows = await parts.catalog.asCaller(caller, 'storage.object.list', (sql) =>
    sql`
      select name, id, updated_at, created_at, last_accessed_at, metadata
      from storage.search(${prefix}, ${bucket}, ${limit ?? 100}, ${prefix.split('/').length}, ${offset ?? 0},
        ${search ?? ''}, ${sortBy?.column ?? 'name'}, ${sortBy?.order ?? 'asc'})`)
  return c.json(rows)
}

/** Pages with a cursor; names are whole, and folders apart. */
export async function listV2(c: Context, parts: Parts): Promise<Response> {
  const caller = await callerOf(c, parts)
  const { bucket } = targetOf(c, '/object/list-v2')
  const asked = await bodyOf(c, ListV2Request)
  await parts.catalog.bucket(bucket)
  const from = asked.cursor ? decode(asked.cursor) : {
    ...{ after: '', at: null, column: asked.sortBy?.column ?? 'name' } as const,
    order: asked.sortBy?.order?.toLowerCase() === 'desc' ? 'desc' as const : 'asc' as const,
  }
  const limit = Math.min(asked.limit ?? 1000, 1000)
  const prefix = asked.prefix ?? ''
  const rows = await parts.catalog.asCaller(
    caller,
    'storage.object.list_v2',
    (sql) =>
      asked.with_delimiter
        ? entries(sql, bucket, prefix, limit + 1, from)
        : all(sql, bucket, prefix, limit + 1, from),
  )
  const page = rows.slice(0, limit)
  const last = page.at(-1)
  const hasNext = rows.length > limit && last !== undefined
  return c.json({
    hasNext,
    ...(hasNext ? { nextCursor: encode({ ...from, after: last.name, at: momentOf(last, from) }) } : {}),
    folders: page.filter(({ id }) => id === null).map(({ name, key }) => ({
      ...{ key: key ?? name, name: name.endsWith('/') ? name : `${name}/` },
    })),
    objects: page.filter(({ id }) => id !== null),
  })
}

/** Files and folders directly below the prefix. */
async function entries(
  sql: Sql,
  bucket: string,
  prefix: string,
  limit: number,
  from: Cursor,
): Promise<Entry[]> {
  return await sql<Entry[]>`
    select key, name, id, updated_at, created_at, last_accessed_at, metadata
    from storage.search_v2(${prefix}, ${bucket}, ${limit}, ${
    prefix.split('/').length
  }, ${from.after}, ${from.order},
      ${from.column}, ${from.at ?? ''})`
}

/** Every file whose path begins with the prefix, after the last one of the page before. */
async function all(sql: Sql, bucket: string, prefix: string, limit: number, from: Cursor): Promise<Entry[]> {
  const direction = from.order === 'desc' ? sql`desc` : sql`asc`
  const beyond = from.order === 'desc' ? sql`<` : sql`>`
  // Among files of one moment, and where the order is that of names, the name decides.
  const moment = from.column === 'name' ? sql`'epoch'::timestamptz` : sql`
    date_trunc('milliseconds', ${sql(`o.${from.column}`)})`
  return await sql<Entry[]>`
    select o.id, o.name, o.updated_at, o.created_at, o.last_accessed_at, o.metadata from storage.objects as o
    where o.bucket_id = ${bucket} and starts_with(o.name, ${prefix}) and (
      ${from.after}::text = ''
      or (${moment}, o.name collate "C") ${beyond} (${
    from.at ?? '1970-01-01T00:00:00Z'
  }::timestamptz, ${from.after}::text)
    )
    order by ${moment} ${direction}, o.name collate "C" ${direction}
    limit ${limit}`
}

function momentOf(entry: Entry, { column }: Cursor): string | null {
  return column === 'name' ? null : entry[column]?.toISOString() ?? null
}

function encode(cursor: Cursor): string {
  return Buffer.from(JSON.stringify(cursor)).toString('base64url')
}

function decode(text: string): Cursor {
  try {
    return Cursor.parse(JSON.parse(Buffer.from(text, 'base64url').toString()))
  } catch {
    throw refusals.invalidRequest('Invalid Parameter cursor')
  }
}
