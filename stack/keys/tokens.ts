/** API keys and tokens in the platform's formats. */
import { createHash } from 'node:crypto'
import { generateApiKey } from '@supabase/lite'
import { type JWTPayload, jwtVerify, SignJWT } from 'jose'

/** PostgREST's own minimum for an HS256 secret, in characters. */
export const minimumSecretLength = 32

const tenYears = 10 * 365 * 24 * 60 * 60

/** The `kid` of a secret in token headers. It is derived, so all parts of the platform use the same one. */
export function keyId(secret: string): string {
  return createHash('sha256').update(`kid:${secret}`).digest('hex').slice(0, 16)
}

/** Signs claims with HS256, without changing them. */
export async function signToken(
  claims: JWTPayload,
  { secret, kid = keyId(secret) }: { secret: string; kid?: string },
): Promise<string> {
  return await new SignJWT(claims)
    .setProtectedHeader({ alg: 'HS256', typ: 'JWT', kid })
    .sign(new TextEncoder().encode(secret))
}

/** The claims of a token that is signed with the secret by HS256 and has not expired; throws otherwise. */
export async function verifyToken(token: string, { secret }: { secret: string }): Promise<JWTPayload> {
  const { payload } = await jwtVerify(token, new TextEncoder().encode(secret), { algorithms: ['HS256'] })
  return payload
}

/** The key set that verifies tokens of `signToken`. */
export function jwks(secret: string): { keys: Record<string, unknown>[] } {
  const k = new TextEncoder().encode(secret).toBase64({ alphabet: 'base64url', omitPadding: true })
  return { keys: [{ kty: 'oct', alg: 'HS256', use: 'sig', kid: keyId(secret), k }] }
}

/** A random secret of `length` characters. The first is no hyphen, so that commands take it as a value. */
export function generateSecret(length = 64): string {
  const bytes = crypto.getRandomValues(new Uint8Array(length))
  const secret = bytes.toBase64({ alphabet: 'base64url', omitPadding: true }).slice(0, length)
  return secret.startsWith('-') ? generateSecret(length) : secret
}

export type GeneratedKeys = {
  jwtSecret: string
  publishableKey: string
  secretKey: string
  anonKey: string
  serviceRoleKey: string
}

/** All keys of a project, for a given secret or a new one. Throws a RangeError for a secret that is too short. */
export async function generateKeys(
  { secret = generateSecret() }: { secret?: string } = {},
): Promise<GeneratedKeys> {
  if (secret.length < minimumSecretLength) {
    throw new RangeError(`secret must have at least ${minimumSecretLength} characters`)
  }
  const iat = Math.floor(Date.now() / 1000)
  const legacy = (role: string): Promise<string> =>
    signToken({ role, iss: 'supabase', iat, exp: iat + tenYears }, { secret })
  return {
    jwtSecret: secret,
    publishableKey: (await generateApiKey('publishable')).key,
    secretKey: (await generateApiKey('secret')).key,
    anonKey: await legacy('anon'),
    serviceRoleKey: await legacy('service_role'),
  }
}
