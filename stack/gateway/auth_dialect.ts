/** Translates requests to Auth where `@supabase/lite` and auth-js differ. */
import { z } from 'zod'

const Verification = z.looseObject({ type: z.literal('email') })

/**
 * auth-js verifies codes and links of every sign-in by mail as `email`. Lite knows only the kinds that this stands for;
 * a magic link covers them.
 */
export async function nameVerification(request: Request): Promise<Request> {
  const url = new URL(request.url)
  if (url.pathname !== '/auth/v1/verify') return request
  if (request.method === 'GET') {
    if (url.searchParams.get('type') !== 'email') return request
    url.searchParams.set('type', 'magiclink')
    return new Request(url, request)
  }
  const text = await request.text()
  const asked = Verification.safeParse(parse(text))
  const body = asked.success ? JSON.stringify({ ...asked.data, type: 'magiclink' }) : text
  const headers = new Headers(request.headers)
  headers.delete('content-length')
  return new Request(url, { method: request.method, headers, ...(body === '' ? {} : { body }) })
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // Lite answers it.
    return undefined
  }
}
