/** What hosted Auth has and the local platform lacks: a clear refusal instead of an answer that misleads. */
import { z } from 'zod'
import { type AuthRefusal, refusals } from './errors.ts'

const paths: [path: RegExp, what: string][] = [
  [/^(admin\/users\/[^/]+\/)?factors(\/|$)/, 'multi-factor authentication'],
  [/^(admin\/users\/[^/]+\/)?passkeys(\/|$)/, 'passkeys'],
  [/^(admin\/)?sso(\/|$)|^saml(\/|$)/, 'single sign-on'],
  [/^(admin\/|user\/)?oauth(\/|$)|^\.well-known\/oauth-authorization-server$/, 'OAuth server'],
  [/^admin\/custom-providers(\/|$)/, 'providers of your own'],
  [/^admin\/audit(\/|$)/, 'audit log API'],
  [/^user\/identities(\/|$)/, 'linking of identities'],
  [/^scim(\/|$)/, 'SCIM'],
]

const Phone = z.looseObject({ phone: z.string().min(1) })

/** The refusal of a request that only hosted Auth can carry out; null for another one. */
export function refuseLacking(request: Request, body: unknown): AuthRefusal | null {
  const { pathname, searchParams } = new URL(request.url)
  const path = pathname.slice('/auth/v1/'.length)
  const [, what] = paths.find(([pattern]) => pattern.test(path)) ?? []
  if (what) return refusals.notAvailable(what)
  const grant = path === 'token' ? searchParams.get('grant_type') : null
  if (grant === 'id_token' || grant === 'web3') return refusals.notAvailable(`sign-in with ${grant}`)
  const byPhone = /^(signup|otp|token|verify|resend|user)$/.test(path) && Phone.safeParse(body).success
  return byPhone ? refusals.phoneDisabled() : null
}
