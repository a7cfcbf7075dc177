/** Who asks Storage for something: an application with its key, a user with a token, or an anonymous caller. */
import { isBrowser, resolveKey } from '../gateway/api_keys.ts'
import { verifyToken } from '../keys/tokens.ts'
import type { Keys } from '../keyring.ts'
import type { Caller } from './catalog.ts'
import { refusals, StorageError } from './errors.ts'

/** Throws for a token that is wrong: it is never treated as absent. */
export async function readCaller(request: Request, keys: Keys): Promise<Caller> {
  const token = /^Bearer\s+(.+)$/i.exec(request.headers.get('authorization') ?? '')?.[1]
  const apikey = request.headers.get('apikey') ?? new URL(request.url).searchParams.get('apikey')
  const known = apikey ? await resolveKey(apikey, keys) : null
  if (known?.type === 'secret' && isBrowser(request)) {
    throw new StorageError(
      401,
      'InvalidJWT',
      'Forbidden use of secret API key in browser',
      'Unauthorized',
      {},
      401,
    )
  }
  if (apikey && !known) throw unauthorized('Invalid API key')
  // supabase-js sends its key as a token, too, as long as no user has signed in.
  const claims = token === undefined || token === apikey ? known?.claims : await claimsOf(token, keys)
  const role = typeof claims?.role === 'string' ? claims.role : 'anon'
  return {
    role,
    sub: typeof claims?.sub === 'string' ? claims.sub : null,
    claims: claims ?? { role },
    anonymous: claims === undefined,
    headers: JSON.stringify(Object.fromEntries(request.headers)),
  }
}

async function claimsOf(token: string, keys: Keys): Promise<Record<string, unknown>> {
  const known = token.startsWith('sb_') ? await resolveKey(token, keys) : null
  if (known) return known.claims
  try {
    return await verifyToken(token, { secret: keys.jwtSecret })
  } catch (cause) {
    throw unauthorized(cause instanceof Error ? cause.message : 'Invalid JWT')
  }
}

function unauthorized(message: string): StorageError {
  return new StorageError(403, 'AccessDenied', message, 'Unauthorized')
}

/** What a signed link is for. */
export type Signature = { url: string; scope: 'download' | 'upload'; owner?: string | null; upsert?: boolean }

/** Throws unless the token was signed here, for this object and this use, and has not expired. */
export async function checkSignature(
  token: string,
  { url, scope }: Signature,
  secret: string,
): Promise<{ owner: string | null; upsert: boolean; exp: number }> {
  const claims = await verifyToken(token, { secret }).catch((cause) => {
    throw refusals.invalidToken(cause instanceof Error ? cause.message : 'Invalid JWT')
  })
  if (claims.scope !== scope) throw refusals.invalidSignature(`Token is not scoped for ${scope}`)
  if (claims.url !== url) throw refusals.invalidSignature()
  return {
    owner: typeof claims.owner === 'string' ? claims.owner : null,
    upsert: claims.upsert === true,
    exp: claims.exp ?? 0,
  }
}
