/** Auth: the answers of `@supabase/lite`, with what hosted Auth has besides. */
import { decodeJwt } from 'jose'
import { z } from 'zod'
import { resolveKey } from '../gateway/api_keys.ts'
import type { Keys } from '../keyring.ts'
import { nestsTooDeep } from '../nesting.ts'
import { withLimitedBody } from '../limited_body.ts'
import { adminPaths, adminRoutes } from './admin.ts'
import { comparingAlways } from './decoy.ts'
import type { EmailChanges } from './email_change.ts'
import { AuthRefusal, refusals, withErrorBody } from './errors.ts'
import { refuseLacking } from './lacking.ts'
import type { Limits } from './limits.ts'
import type { SessionTokens } from './session_tokens.ts'
import type { Users } from './users.ts'

type Handler = (request: Request) => Promise<Response>
type Parts = {
  /** Answers as `@supabase/lite` does, with the platform's links. */
  lite: Handler
  tokens: SessionTokens
  limits: Limits
  users: Users
  changes: EmailChanges
  keys: Keys
  /** Whether people may create accounts. */
  signups: boolean
}

/**
 * What a code consists of. It is hashed with the address before it, so that the end of an address at the beginning of a code
 * would make guesses for that address, and count for another one.
 */
const digits = /^\d+$/

/** With the hash of a link, the address does not matter. */
const Code = z.looseObject({ email: z.string(), token: z.string() }).refine(({ token_hash }) => !token_hash)
const Address = z.looseObject({ email: z.string() })
const Password = z.looseObject({ password: z.string() })
const SignIn = z.looseObject({
  email: z.string(),
  create_user: z.boolean().optional(),
  data: z.record(z.string(), z.unknown()).nullish(),
})

/** Paths that need no key: links in mail lead to them. */
const openPaths = /^\/auth\/v1\/(verify|callback|authorize|\.well-known\/.*)$/

/** What sends mail to the address in the body. */
const mailing = /^(POST \/auth\/v1\/(otp|magiclink|recover|resend)|PUT \/auth\/v1\/user)$/

/** Of a request, in bytes: accounts are small. */
const maxBodyBytes = 1024 ** 2

export function createAuth(parts: Parts, admin: Parameters<typeof adminRoutes>[0]): Handler {
  const adminApp = adminRoutes(admin)
  return async (asked) => {
    const request = withLimitedBody(asked, maxBodyBytes, refusals.tooLarge)
    try {
      const { pathname } = new URL(request.url)
      if (adminPaths.test(pathname)) return await withErrorBody(await adminApp.fetch(request))
      return await withErrorBody(await answer(request, parts))
    } catch (cause) {
      if (cause instanceof AuthRefusal) return cause.respond()
      console.error('Auth:', cause)
      return refusals.unexpected().respond()
    }
  }
}

async function answer(request: Request, parts: Parts): Promise<Response> {
  const url = new URL(request.url)
  const { pathname, searchParams } = url
  if (pathname === '/auth/v1/logout' && !searchParams.has('scope')) searchParams.set('scope', 'global')
  const text = request.body ? await request.text() : ''
  if (nestsTooDeep(text)) throw refusals.badJson()
  const body = parse(text)
  const refusal = await refuseLacking(request, body, parts.keys)
  if (refusal) throw refusal
  const headers = new Headers(request.headers)
  headers.delete('content-length')
  const read = new Request(url, {
    ...{ method: request.method, headers },
    ...(text === '' ? {} : { body: text }),
  })
  // `@supabase/lite` refuses it, before anything is done.
  const mayAsk = openPaths.test(pathname) || await hasKey(request, parts.keys)
  return mayAsk ? await limited(read, body, parts) : await parts.lite(read)
}

async function hasKey({ headers, url }: Request, keys: Keys): Promise<boolean> {
  const key = headers.get('apikey') ?? new URL(url).searchParams.get('apikey') ?? ''
  return await resolveKey(key, keys) !== null
}

/** Guards what can be guessed and what sends mail. */
async function limited(request: Request, body: unknown, parts: Parts): Promise<Response> {
  const { limits, users } = parts
  const { pathname } = new URL(request.url)
  const proceed = (): Promise<Response> => issue(request, body, parts)
  const address = Address.safeParse(body).data?.email.toLowerCase()
  if (pathname === '/auth/v1/verify') {
    const code = Code.safeParse(body)
    if (!code.success || !address) return await limits.follow(proceed, isWrongLink)
    if (!digits.test(code.data.token)) throw refusals.wrongCode()
    return await limits.guess(address, proceed, () => users.burnCodes(address))
  }
  if (!address || !mailing.test(`${request.method} ${pathname}`)) return await proceed()
  return await limits.mail(address, async () => {
    if (/\/(otp|magiclink)$/.test(pathname)) await prepareSignIn(body, parts)
    if (pathname === '/auth/v1/recover' && !await users.byEmail(address)) await pretendMail(address, parts)
    return await (pathname === '/auth/v1/resend' ? resend(request, body, parts) : proceed())
  })
}

/** Does for an address without an account what shows when mail is sent: it takes time, and codes are guessed anew. */
async function pretendMail(address: string, { users, limits }: Parts): Promise<void> {
  await users.burnCodes(address)
  limits.sent(address)
}

function isWrongLink(response: Response): boolean {
  return !response.ok && !(response.status === 303 && !response.headers.get('location')?.includes('error='))
}

/**
 * `@supabase/lite` creates the account of a first sign-in by mail without the data that comes with it, and also where
 * people may create none; and it hashes a password for it, so that its time would show which addresses have an account.
 */
async function prepareSignIn(body: unknown, { users, signups }: Parts): Promise<void> {
  const { success, data: asked } = SignIn.safeParse(body)
  if (!success || asked.create_user === false || await users.byEmail(asked.email)) return
  if (!signups) throw refusals.noSignups()
  await users.create({ email: asked.email, email_confirm: true, user_metadata: asked.data ?? {} })
}

const Resend = z.looseObject({ type: z.enum(['signup', 'email_change']), email: z.string() })

/** Sends a confirmation again; `@supabase/lite` refuses it for ever. The answer does not show whether there was one. */
async function resend(request: Request, body: unknown, parts: Parts): Promise<Response> {
  const { success, data } = Resend.safeParse(body)
  if (!success) return await parts.lite(request)
  const { changes, users } = parts
  const user = await users.byEmail(data.email)
  const newEmail = user?.email_change
  if (data.type === 'signup' && user && !user.email_confirmed_at) {
    await changes.confirmSignup(data.email, request)
  }
  if (data.type === 'email_change' && typeof newEmail === 'string' && newEmail !== '') {
    await changes.send('email_change_current', data.email, newEmail, request)
    await changes.send('email_change_new', data.email, newEmail, request)
  }
  return Response.json({})
}

/** The answer of `@supabase/lite`, with the platform's tokens. */
async function issue(
  request: Request,
  body: unknown,
  { lite, tokens, users, changes }: Parts,
): Promise<Response> {
  const { pathname, searchParams } = new URL(request.url)
  const confirmed = pathname === '/auth/v1/verify' ? await changes.confirm(request, body) : null
  if (confirmed) return confirmed
  const password = Password.safeParse(body).data?.password
  const changesPassword = request.method === 'PUT' && pathname === '/auth/v1/user' && password !== undefined
  if (changesPassword) users.checkPassword(password)
  const signsIn = pathname === '/auth/v1/token' && searchParams.get('grant_type') === 'password'
  const response = signsIn ? await comparingAlways(() => lite(request)) : await lite(request)
  if (changesPassword && response.ok) await endOthers(request, users)
  if (request.method === 'PUT' && pathname === '/auth/v1/user') await changes.follow(request, body, response)
  return await tokens.reissue(
    response,
    pathname === '/auth/v1/verify' || searchParams.get('grant_type') === 'pkce' ? 'otp' : 'password',
  )
}

/** Others may know the former password. */
async function endOthers(request: Request, users: Users): Promise<void> {
  const token = /^Bearer\s+(.+)$/i.exec(request.headers.get('authorization') ?? '')?.[1] ?? ''
  // Auth has verified it.
  const { sub, session_id: session } = decodeJwt(token)
  if (sub && typeof session === 'string') await users.endOtherSessions(sub, session)
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // Lite answers it.
    return undefined
  }
}
