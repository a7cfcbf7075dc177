/** Refuses requests to Storage that its own service answers with 4xx, and `@supabase/lite` with 500. */
import { errors } from 'jose'
import { z } from 'zod'
import { verifyToken } from '../keys/tokens.ts'

/** What a list may be asked for; other fields are passed on. */
const ListRequest = z.looseObject({
  prefix: z.string().nullish(),
  limit: z.number().int().min(1).max(1_000_000).nullish(),
  offset: z.number().int().min(0).max(1_000_000_000).nullish(),
  search: z.string().nullish(),
  sortBy: z.looseObject({
    column: z.enum(['name', 'updated_at', 'created_at', 'last_accessed_at']).nullish(),
    order: z.string().regex(/^(asc|desc)$/i).nullish(),
  }).nullish(),
})

/** The refusal of a path, or of a JSON body, that cannot be meant; null for other requests. */
export async function refuseMalformed(request: Request): Promise<Response | null> {
  const { pathname } = new URL(request.url)
  if (decode(pathname).includes('\0')) {
    return refusal('InvalidKey', 'Invalid key: it contains the character U+0000')
  }
  if (!takesJson(request.method, pathname)) return null
  const text = await request.clone().text()
  if (text === '') return null
  const body = parse(text)
  if (body === undefined) return refusal('Error', 'The body is not valid JSON')
  if (text.includes('\\u0000')) return refusal('InvalidRequest', 'The body contains the character U+0000')
  if (!pathname.startsWith('/storage/v1/object/list/')) return null
  const { error } = ListRequest.safeParse(body)
  return error
    ? refusal('Error', `body/${error.issues[0]?.path.join('/')} ${error.issues[0]?.message}`)
    : null
}

/** The refusal of a signed link that has expired, or that was not signed here; null for other requests. */
export async function refuseSignature(request: Request, secret: string): Promise<Response | null> {
  const { pathname, searchParams } = new URL(request.url)
  const token = searchParams.get('token')
  if (token === null || !/^\/storage\/v1\/object\/(upload\/)?sign\//.test(pathname)) return null
  try {
    await verifyToken(token, { secret })
    return null
  } catch (cause) {
    return refusal('InvalidJWT', cause instanceof errors.JOSEError ? cause.message : 'The token is invalid')
  }
}

/** Whether the body is parameters; other bodies are the bytes of a file. */
function takesJson(method: string, pathname: string): boolean {
  // A PUT uploads a file with a signed link; a POST makes the link.
  if (method === 'PUT' && pathname.startsWith('/storage/v1/object/upload/sign/')) return false
  return /^\/storage\/v1\/(bucket|object\/(list|list-v2|move|copy|sign|upload\/sign))(\/|$)/.test(pathname)
    ? method !== 'GET' && method !== 'HEAD'
    : method === 'DELETE' && /^\/storage\/v1\/object\/[^/]+\/?$/.test(pathname)
}

function decode(pathname: string): string {
  try {
    return decodeURIComponent(pathname)
  } catch {
    return pathname
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function refusal(error: string, message: string): Response {
  return Response.json({ statusCode: '400', error, message }, { status: 400 })
}
