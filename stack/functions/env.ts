import type { Keys } from '../keyring.ts'
import { jwks } from '../keys/tokens.ts'

/** The environment that the platform gives to edge functions. */
export function functionEnv(url: string, databaseUrl: string, keys: Keys): Record<string, string> {
  return {
    ...embeddingSettings(),
    SUPABASE_URL: url,
    SUPABASE_DB_URL: databaseUrl,
    SUPABASE_PUBLISHABLE_KEYS: JSON.stringify({ default: keys.publishableKey }),
    SUPABASE_SECRET_KEYS: JSON.stringify({ default: keys.secretKey }),
    SUPABASE_JWKS: JSON.stringify(jwks(keys.jwtSecret)),
    SUPABASE_ANON_KEY: keys.anonKey,
    SUPABASE_SERVICE_ROLE_KEY: keys.serviceRoleKey,
  }
}

/** The embedding model may also be set in the platform's own environment. */
function embeddingSettings(): Record<string, string> {
  return Object.fromEntries(
    Object.entries(Deno.env.toObject()).filter(([name]) => name.startsWith('EMBEDDING_')),
  )
}
