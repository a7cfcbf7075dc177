/** The claims that an API key stands for: the newer opaque keys, and the legacy ones, which are tokens. */
import { verifyToken } from '../keys/tokens.ts'
import type { Keys } from '../keyring.ts'

export type ApiKey = { type: 'publishable' | 'secret'; claims: Record<string, unknown> }

/** What a key is, or null if it is none of this project's. */
export async function resolveKey(key: string, keys: Keys): Promise<ApiKey | null> {
  if (key === keys.publishableKey) return { type: 'publishable', claims: { role: 'anon' } }
  if (key === keys.secretKey) return { type: 'secret', claims: { role: 'service_role' } }
  if (!key.startsWith('ey')) return null
  const claims = await verifyToken(key, { secret: keys.jwtSecret }).catch(() => null)
  if (claims?.role === 'anon') return { type: 'publishable', claims }
  if (claims?.role === 'service_role') return { type: 'secret', claims }
  return null
}
