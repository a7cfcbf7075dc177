/** Translates requests to Auth where `@supabase/lite` and auth-js differ. */
import { z } from 'zod'

/**
 * auth-js verifies codes and links of every sign-in by mail as `email`, and hosted Auth those of an invitation as
 * `invite`. Lite knows only the kinds that these stand for.
 */
const kinds = { email: 'magiclink', invite: 'signup' } as const

const Kind = z.enum(['email', 'invite'])
const Verification = z.looseObject({ type: Kind })

/** Answers a request, with the kind of a verification that lite knows. */
export async function withVerificationNames(
  request: Request,
  answer: (request: Request) => Promise<Response>,
): Promise<Response> {
  const url = new URL(request.url)
  if (url.pathname !== '/auth/v1/verify') return await answer(request)
  if (request.method !== 'GET') return await answer(await renameBody(request))
  const { success, data: kind } = Kind.safeParse(url.searchParams.get('type'))
  if (!success) return await answer(request)
  url.searchParams.set('type', kinds[kind])
  const response = await answer(new Request(url, request))
  return kind === 'invite' ? nameInRedirect(response, kind) : response
}

async function renameBody(request: Request): Promise<Request> {
  const text = await request.text()
  const { success, data } = Verification.safeParse(parse(text))
  const body = success ? JSON.stringify({ ...data, type: kinds[data.type] }) : text
  const headers = new Headers(request.headers)
  headers.delete('content-length')
  return new Request(request.url, { method: request.method, headers, ...(body === '' ? {} : { body }) })
}

/** A page learns from its address what the link was for. */
function nameInRedirect(response: Response, kind: string): Response {
  const location = URL.parse(response.headers.get('location') ?? '')
  const fragment = new URLSearchParams(location?.hash.slice(1))
  if (!location || !fragment.has('type')) return response
  fragment.set('type', kind)
  location.hash = fragment.toString()
  return new Response(null, { status: response.status, headers: { location: location.href } })
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // Lite answers it.
    return undefined
  }
}
