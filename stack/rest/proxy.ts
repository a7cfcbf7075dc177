/** A real PostgREST behind /rest/v1: what the gateway of hosted projects adds to requests, and to answers. */
import type { Keys } from '../keyring.ts'
import { signToken } from '../keys/tokens.ts'
import { type Credentials, readCredentials } from './caller.ts'
import { refusalResponse } from './refusal.ts'

/** How long a token is good for that stands for a key, in seconds. */
const tokenSeconds = 60

/** What concerns one connection alone. */
const hopHeaders = [
  'connection',
  'keep-alive',
  'transfer-encoding',
  'upgrade',
  'te',
  'trailer',
  'host',
  'content-length',
]

/** Forwards requests to the PostgREST at `url`, which verifies tokens by the secret of `keys`. */
export function createProxy(url: string, keys: Keys): (request: Request) => Promise<Response> {
  return async (request) => {
    const credentials = await readCredentials(request, keys)
    if (credentials instanceof Response) return credentials
    const { pathname, searchParams } = new URL(request.url)
    const path = pathname.slice('/rest/v1'.length) || '/'
    if (path === '/' && credentials.type === 'publishable') {
      return Response.json({ message: 'You cannot consume this service' }, { status: 403 })
    }
    searchParams.delete('apikey')
    const query = searchParams.size > 0 ? `?${searchParams}` : ''
    const headers = await forwarded(request, credentials, keys)
    return await forward(`${url.replace(/\/$/, '')}${path}${query}`, request, headers)
  }
}

/** Its headers, with a token where the key stands for the caller. */
async function forwarded(request: Request, { claims, token }: Credentials, keys: Keys): Promise<Headers> {
  const { host, protocol } = new URL(request.url)
  const headers = new Headers(request.headers)
  for (const name of hopHeaders) headers.delete(name)
  headers.set('accept-encoding', 'identity')
  headers.set('x-forwarded-host', host)
  headers.set('x-forwarded-proto', protocol.slice(0, -1))
  headers.set('x-forwarded-prefix', '/rest/v1')
  headers.set('authorization', `Bearer ${token ?? await tokenOf(claims, keys)}`)
  return headers
}

async function tokenOf(claims: Record<string, unknown>, keys: Keys): Promise<string> {
  const now = Math.floor(Date.now() / 1000)
  return await signToken({ ...claims, iat: now, exp: now + tokenSeconds }, { secret: keys.jwtSecret })
}

async function forward(url: string, request: Request, headers: Headers): Promise<Response> {
  const { method, signal } = request
  const body = method === 'GET' || method === 'HEAD' ? null : await request.arrayBuffer()
  try {
    const response = await fetch(url, { method, headers, body, signal, redirect: 'manual' })
    const answered = new Headers(response.headers)
    for (const name of hopHeaders) answered.delete(name)
    return new Response(response.body, { status: response.status, headers: answered })
  } catch (cause) {
    if (signal.aborted) throw cause
    const message = 'The PostgREST of POSTGREST_URL cannot be reached.'
    const details = cause instanceof Error ? cause.message : String(cause)
    return refusalResponse({ code: 'PGRST000', details, hint: null, message }, 503)
  }
}
