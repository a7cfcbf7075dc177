/** What the routes of Storage share. */
import type { Context } from 'hono'
import { z } from 'zod'
import type { Keys } from '../keyring.ts'
import { withLimitedBody } from '../limited_body.ts'
import { readCaller } from './callers.ts'
import type { Caller, Catalog } from './catalog.ts'
import { refusals } from './errors.ts'
import { checkBucketName, decodePath } from './names.ts'
import type { ObjectStore } from './object_store.ts'

export type Parts = {
  catalog: Catalog
  objects: ObjectStore
  keys: Keys
  /** The largest file of any bucket. */
  maxBytes: number
}

export const base = '/storage/v1'

/** The caller of a request; throws for a wrong key or token, and without both. */
export async function callerOf(c: Context, parts: Parts): Promise<Caller> {
  const caller = await readerOf(c, parts)
  if (caller.anonymous) throw refusals.noToken()
  return caller
}

/** The caller of a request that may have neither key nor token: public buckets are open. */
export async function readerOf(c: Context, { keys }: Parts): Promise<Caller> {
  return await readCaller(c.req.raw, keys)
}

/** Bucket and key in the path of a request, after the prefix of its route. */
export function targetOf(c: Context, prefix: string): { bucket: string; key: string } {
  const { pathname } = new URL(c.req.url)
  const [bucket = '', ...segments] = pathname.slice(`${base}${prefix}/`.length).split('/')
  return { bucket: checkBucketName(decodePath(bucket)), key: decodePath(segments.join('/')) }
}

/** The longest JSON body, in bytes: a thousand long paths fit. */
const maxJsonBytes = 8 * 1024 ** 2

/** The JSON body of a request. */
export async function bodyOf<Schema extends z.ZodType>(c: Context, schema: Schema): Promise<z.infer<Schema>> {
  const text = await withLimitedBody(c.req.raw, maxJsonBytes, () => refusals.tooLarge('body')).text()
  if (text.includes('\\u0000')) throw refusals.invalidRequest('The body contains the character U+0000')
  const { success, data, error } = schema.safeParse(parse(text))
  if (success) return data
  const [issue] = error.issues
  throw refusals.invalidRequest(
    `body${issue?.path.map((name) => `/${String(name)}`).join('')} ${issue?.message}`,
  )
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw refusals.invalidRequest('The body is not valid JSON')
  }
}
