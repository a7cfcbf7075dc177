/** What hosted Auth has and the local platform lacks: a clear refusal instead of an answer that misleads. */
import { z } from 'zod'
import type { Keys } from '../keyring.ts'
import { verifyToken } from '../keys/tokens.ts'
import { type AuthRefusal, refusals } from './errors.ts'

const lacking: [path: RegExp, what: string][] = [
  [/^(admin\/users\/[^/]+\/)?factors(\/|$)/, 'multi-factor authentication'],
  [/^(admin\/users\/[^/]+\/)?passkeys(\/|$)/, 'passkeys'],
  [/^(admin\/|user\/)?oauth(\/|$)|^\.well-known\/oauth-authorization-server$/, 'OAuth server'],
  [/^admin\/custom-providers(\/|$)/, 'providers of your own'],
  [/^admin\/audit(\/|$)/, 'audit log API'],
  [/^scim(\/|$)/, 'SCIM'],
]
/** Off on hosted projects until they are switched on; the answers are those of a project that has not. */
const off: [path: RegExp, refusal: () => AuthRefusal][] = [
  [/^(admin\/)?sso(\/|$)|^saml(\/|$)/, refusals.samlDisabled],
  [/^user\/identities(\/|$)/, refusals.linkingDisabled],
]
/** For people who have signed in. */
const personal = /^(factors|user\/identities|user\/oauth|passkeys\/(?!authentication))(\/|$)/

const Phone = z.looseObject({ phone: z.string().min(1) })
const Provider = z.looseObject({ provider: z.string() })

/** The refusal of a request that only hosted Auth can carry out; null for another one. */
export async function refuseLacking(
  request: Request,
  body: unknown,
  keys: Keys,
): Promise<AuthRefusal | null> {
  const { pathname, searchParams } = new URL(request.url)
  const path = pathname.slice('/auth/v1/'.length)
  if (personal.test(path)) {
    const refusal = await refuseStranger(request, keys)
    if (refusal) return refusal
  }
  const [, what] = lacking.find(([pattern]) => pattern.test(path)) ?? []
  if (what) return refusals.notAvailable(what)
  const [, refuse] = off.find(([pattern]) => pattern.test(path)) ?? []
  if (refuse) return refuse()
  const grant = path === 'token' ? searchParams.get('grant_type') : null
  if (grant === 'web3') return refusals.web3Disabled()
  if (grant === 'id_token') return refusals.providerDisabled(Provider.safeParse(body).data?.provider ?? '')
  const phone = Phone.safeParse(body).data?.phone
  if (phone === undefined) return null
  if (path === 'verify') return refuseCode(phone)
  return /^(signup|otp|token|resend|user)$/.test(path) ? refusals.phoneDisabled() : null
}

async function refuseStranger({ headers }: Request, keys: Keys): Promise<AuthRefusal | null> {
  const token = /^Bearer\s+(.+)$/i.exec(headers.get('authorization') ?? '')?.[1]
  if (token === undefined) return refusals.noAuthorization()
  const claims = await verifyToken(token, { secret: keys.jwtSecret }).catch(() => null)
  if (claims?.sub) return null
  return refusals.badToken(
    claims ? 'invalid claim: missing sub claim' : 'invalid JWT: unable to verify signature',
  )
}

/** No code was ever sent to a phone. */
function refuseCode(phone: string): AuthRefusal {
  const isNumber = /^[1-9]\d{1,14}$/.test(phone.replace(/^\+/, '').replaceAll(' ', ''))
  return isNumber ? refusals.wrongCode() : refusals.invalid('Invalid phone number format (E.164 required)')
}
