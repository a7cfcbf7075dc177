/** The claims of API keys: the newer opaque keys, and the legacy keys, which are tokens. */
import { verifyToken } from '../keys/tokens.ts'
import type { Keys } from '../keyring.ts'

type ApiKey = { type: 'publishable' | 'secret'; claims: Record<string, unknown> }

/** The type and the claims of a key, or null if it does not belong to this project. */
export async function resolveKey(key: string, keys: Keys): Promise<ApiKey | null> {
  if (key === keys.publishableKey) return { type: 'publishable', claims: { role: 'anon' } }
  if (key === keys.secretKey) return { type: 'secret', claims: { role: 'service_role' } }
  if (!key.startsWith('ey')) return null
  const claims = await verifyToken(key, { secret: keys.jwtSecret }).catch(() => null)
  if (claims?.role === 'anon') return { type: 'publishable', claims }
  if (claims?.role === 'service_role') return { type: 'secret', claims }
  return null
}

/** Whether a page sends the request, as hosted Supabase decides: a secret key has no place there. */
export function isBrowser({ headers }: Request): boolean {
  return /^\s*Mozilla\s*\/\s*5\s*\.\s*0/i.test(headers.get('user-agent') ?? '')
}
