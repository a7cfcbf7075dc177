/** Signed links: to download an object, or to upload one, without a token. */
import { Buffer } from 'node:buffer'
import type { Context } from 'hono'
import { z } from 'zod'
import { signToken } from '../keys/tokens.ts'
import { findObject } from './catalog.ts'
import { checkSignature, type Signature } from './callers.ts'
import { bodyOf, callerOf, type Parts, targetOf } from './context.ts'
import { send } from './downloads.ts'
import { refusals } from './errors.ts'
import { probeUpload, readMetadata, upload } from './uploads.ts'

/** The longest that a link may be good for: a hundred years, so that its time is a date. */
const Seconds = z.number().int().min(1).max(100 * 365 * 86_400)
const LinkRequest = z.looseObject({ expiresIn: Seconds })
const LinksRequest = z.looseObject({ expiresIn: Seconds, paths: z.array(z.string()).min(1).max(1000) })

/** How long a link for an upload is good for, as on the platform. */
const uploadSeconds = 7200

export async function signOne(c: Context, parts: Parts): Promise<Response> {
  const caller = await callerOf(c, parts)
  const { bucket, key } = targetOf(c, '/object/sign')
  const { expiresIn, transform } = await bodyOf(c, LinkRequest)
  if (transform && Object.keys(transform).length > 0) throw refusals.notAvailable('image transformations')
  await parts.catalog.bucket(bucket)
  await parts.catalog.asCaller(caller, 'storage.object.sign', (sql) => findObject(sql, bucket, key))
  return c.json({ signedURL: await link({ url: `${bucket}/${key}`, scope: 'download' }, expiresIn, parts) })
}

/** One answer for each path, also where there is no such object. */
export async function signMany(c: Context, parts: Parts): Promise<Response> {
  const caller = await callerOf(c, parts)
  const { bucket } = targetOf(c, '/object/sign')
  const { expiresIn, paths } = await bodyOf(c, LinksRequest)
  await parts.catalog.bucket(bucket)
  const rows = await parts.catalog.asCaller(
    caller,
    'storage.object.sign_many',
    (sql) =>
      sql<{ name: string }[]>`
      select name from storage.objects where bucket_id = ${bucket} and name = any(${paths})`,
  )
  const seen = new Set(rows.map(({ name }) => name))
  const error = 'Either the object does not exist or you do not have access to it'
  return c.json(
    await Promise.all(
      paths.map(async (path) =>
        seen.has(path)
          ? {
            error: null,
            path,
            signedURL: await link({ url: `${bucket}/${path}`, scope: 'download' }, expiresIn, parts),
          }
          : { error, path, signedURL: null }
      ),
    ),
  )
}

export async function signUpload(c: Context, parts: Parts): Promise<Response> {
  const caller = await callerOf(c, parts)
  const target = targetOf(c, '/object/upload/sign')
  const upsert = c.req.header('x-upsert') === 'true'
  const userMetadata = readMetadata(Buffer.from(c.req.header('x-metadata') ?? '', 'base64').toString())
  const asked = { ...target, upsert, owner: caller.sub }
  await probeUpload(asked, {}, userMetadata, caller, 'storage.object.sign_upload_url', parts)
  const url = `${target.bucket}/${target.key}`
  const signature: Signature = { url, scope: 'upload', owner: caller.sub, upsert }
  const token = await sign(signature, uploadSeconds, parts)
  return c.json({ url: `/object/upload/sign/${url}?token=${token}`, token })
}

export async function downloadSigned(c: Context, parts: Parts): Promise<Response> {
  const { bucket, key } = targetOf(c, '/object/sign')
  const { token, download } = c.req.query()
  if (!token) throw refusals.invalidRequest("querystring must have required property 'token'")
  const signature: Signature = { url: `${bucket}/${key}`, scope: 'download' }
  const { exp } = await checkSignature(token, signature, parts.keys.jwtSecret)
  const object = await parts.catalog.asService((sql) => findObject(sql, bucket, key))
  return await send(c.req.raw, object, parts.objects, { download, expires: exp })
}

export async function uploadSigned(c: Context, parts: Parts): Promise<Response> {
  const target = targetOf(c, '/object/upload/sign')
  const token = c.req.query('token')
  if (!token) throw refusals.invalidRequest("querystring must have required property 'token'")
  const signature: Signature = { url: `${target.bucket}/${target.key}`, scope: 'upload' }
  const { owner, upsert } = await checkSignature(token, signature, parts.keys.jwtSecret)
  const { Key } = await upload(
    c.req.raw,
    { ...target, upsert, owner },
    null,
    'storage.object.upload_signed',
    parts,
  )
  return c.json({ Key })
}

async function link(signature: Signature, seconds: number, parts: Parts): Promise<string> {
  return `/object/sign/${signature.url}?token=${await sign(signature, seconds, parts)}`
}

async function sign(signature: Signature, seconds: number, { keys }: Parts): Promise<string> {
  const iat = Math.floor(Date.now() / 1000)
  return await signToken({ ...signature, iat, exp: iat + seconds }, { secret: keys.jwtSecret })
}
