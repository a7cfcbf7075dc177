/** Verifies tokens: the claims, or the reason of the refusal in the platform's words. */
import { errors } from 'jose'
import { verifyToken } from '../keys/tokens.ts'

export type Claims = Record<string, unknown> & { role: string }

/** A refused token. The platform puts `code` before the message when it refuses a join. */
export class TokenError extends Error {
  override name = 'TokenError'
  constructor(readonly code: 'InvalidJWTToken' | 'MalformedJWT' | 'JwtSignatureError', message: string) {
    super(message)
  }
}

/** The claims of a token that is signed with the secret and valid now; throws a TokenError. */
export async function readToken(token: string, secret: string): Promise<Claims> {
  let claims
  try {
    claims = await verifyToken(token.trim(), { secret })
  } catch (cause) {
    if (cause instanceof errors.JWTExpired) {
      const ago = Math.floor(Date.now() / 1000) - Math.round(Number(cause.payload.exp))
      throw new TokenError('InvalidJWTToken', `Token has expired ${ago} seconds ago`)
    }
    if (
      cause instanceof errors.JWSSignatureVerificationFailed || cause instanceof errors.JOSEAlgNotAllowed
    ) {
      throw new TokenError('JwtSignatureError', 'Failed to validate JWT signature')
    }
    throw new TokenError('MalformedJWT', 'The token provided is not a valid JWT')
  }
  if (typeof claims.role !== 'string' || claims.exp === undefined) {
    throw new TokenError('InvalidJWTToken', 'Fields `role` and `exp` are required in JWT')
  }
  return claims as Claims
}

/** Whether it is an API key that is no token. Clients that are signed out send their key in place of a token. */
export function isKey(token: string): boolean {
  return token.startsWith('sb_')
}
