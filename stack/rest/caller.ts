/** Who asks: what the platform's gateway and PostgREST make of the API key and the token of a request. */
import { errors } from 'jose'
import { isBrowser, resolveKey } from '../gateway/api_keys.ts'
import type { Keys } from '../keyring.ts'
import { verifyToken } from '../keys/tokens.ts'
import { Refusal } from './refusal.ts'

export type Caller = { role: string; claims: Record<string, unknown> }

export type Credentials = {
  /** Of the key. */
  type: 'publishable' | 'secret'
  claims: Record<string, unknown>
  /** Of the user, where the request has one beside the key. */
  token: string | null
}

/** The key and the token of a request, or the refusal of the gateway. */
export async function readCredentials(request: Request, keys: Keys): Promise<Credentials | Response> {
  const key = request.headers.get('apikey') || new URL(request.url).searchParams.get('apikey')
  if (!key) {
    const hint = 'No `apikey` request header or url param was found.'
    return refuseKey('MISSING_API_KEY', { message: 'No API key found in request', hint })
  }
  const found = await resolveKey(key, keys)
  if (!found) {
    return refuseKey('INVALID_API_KEY', {
      message: 'Invalid API key',
      hint: 'Double check your Supabase `apikey`',
    })
  }
  if (key === keys.secretKey && isBrowser(request)) {
    return refuseKey('INVALID_API_KEY_TYPE', { message: 'Forbidden use of secret API key in browser' })
  }
  const [, bearer] = /^Bearer\s+(\S.*)$/i.exec(request.headers.get('authorization') ?? '') ?? []
  // Clients without a session send their key as a token, too.
  const isKey = bearer === undefined || bearer === key || bearer.startsWith('sb_')
  return { ...found, token: isKey ? null : bearer.trim() }
}

function refuseKey(code: string, body: { message: string; hint?: string }): Response {
  const headers = { 'www-authenticate': 'Bearer', 'sb-error-code': `UNAUTHORIZED_${code}` }
  return Response.json(body, { status: 401, headers })
}

/** The caller of a token, or else of the key; a Refusal for a token that is not valid. */
export async function callerOf({ claims, token }: Credentials, keys: Keys): Promise<Caller> {
  const all = token === null ? claims : await claimsOf(token, keys)
  const role = typeof all['role'] === 'string' ? all['role'] : 'anon'
  return { role, claims: { ...all, role } }
}

async function claimsOf(token: string, keys: Keys): Promise<Record<string, unknown>> {
  const parts = token.split('.').length
  if (parts !== 3) throw new Refusal(401, 'PGRST301', `Expected 3 parts in JWT; got ${parts}`)
  try {
    const claims = await verifyToken(token, { secret: keys.jwtSecret })
    if ((claims.iat ?? 0) > Date.now() / 1000 + allowedSkewSeconds) {
      throw new Refusal(401, 'PGRST303', 'JWT issued at future')
    }
    return claims
  } catch (cause) {
    if (cause instanceof Refusal) throw cause
    if (cause instanceof errors.JWTExpired) throw new Refusal(401, 'PGRST303', 'JWT expired')
    if (cause instanceof errors.JWTClaimValidationFailed) {
      throw new Refusal(
        401,
        'PGRST303',
        cause.claim === 'nbf' ? 'JWT not yet valid' : 'Parsing claims failed',
      )
    }
    throw new Refusal(
      401,
      'PGRST301',
      'No suitable key or wrong key type',
      'None of the keys was able to decode the JWT',
    )
  }
}

/** How far clocks may differ. */
const allowedSkewSeconds = 30
