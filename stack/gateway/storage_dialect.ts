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

/** Renames `signedUrl` to `signedURL`, and makes it relative to `/storage/v1`. */
export async function translateAnswer(request: Request, response: Response): Promise<Response> {
  const { pathname } = new URL(request.url)
  if (request.method !== 'POST' || !response.ok || !pathname.startsWith('/storage/v1/object/sign/')) {
    return response
  }
  const body: unknown = await response.json()
  const headers = new Headers(response.headers)
  headers.delete('content-length')
  return Response.json(Array.isArray(body) ? body.map(withSignedURL) : withSignedURL(body), { headers })
}

function withSignedURL(item: unknown): unknown {
  const { success, data } = SignedUrl.safeParse(item)
  if (!success) return item
  const { signedUrl, ...others } = data
  return { ...others, signedURL: signedUrl.replace(/^\/storage\/v1/, '') || null }
}
