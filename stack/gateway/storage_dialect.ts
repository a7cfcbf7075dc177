/** Translates requests and answers of Storage where `@supabase/lite` and storage-js differ. */
import { Buffer } from 'node:buffer'
import { z } from 'zod'

const SignedUrl = z.looseObject({ signedUrl: z.string() })

/**
 * storage-js sends a file as a form field without a name. Deno's form parser drops such a field, and lite looks for one
 * named `file`, so the field gets that name.
 */
export async function nameUpload(request: Request): Promise<Request> {
  if (!request.headers.get('content-type')?.startsWith('multipart/form-data')) return request
  const body = Buffer.from(await request.arrayBuffer())
  const nameless = 'Content-Disposition: form-data; name=""'
  const at = body.indexOf(nameless)
  const named = at < 0 ? body : Buffer.concat([
    body.subarray(0, at),
    Buffer.from('Content-Disposition: form-data; name="file"'),
    body.subarray(at + nameless.length),
  ])
  const headers = new Headers(request.headers)
  headers.set('content-length', String(named.length))
  return new Request(request.url, { method: request.method, headers, body: named })
}

/** Renames `signedUrl` to `signedURL`, or to `url` of an upload, and makes it relative to `/storage/v1`. */
export async function translateAnswer(request: Request, response: Response): Promise<Response> {
  const { pathname } = new URL(request.url)
  const [, kind] = /^\/storage\/v1\/object\/(sign|upload\/sign)\//.exec(pathname) ?? []
  if (request.method !== 'POST' || !response.ok || kind === undefined) return response
  const field = kind === 'sign' ? 'signedURL' : 'url'
  const body: unknown = await response.json()
  const headers = new Headers(response.headers)
  headers.delete('content-length')
  const renamed = (item: unknown): unknown => renameUrl(item, field)
  return Response.json(Array.isArray(body) ? body.map(renamed) : renamed(body), { headers })
}

function renameUrl(item: unknown, field: string): unknown {
  const { success, data } = SignedUrl.safeParse(item)
  if (!success) return item
  const { signedUrl, ...others } = data
  return { ...others, [field]: signedUrl.replace(/^\/storage\/v1/, '') || null }
}
