/**
 * The PKCE flow of links in mail, which `@supabase/lite` does not have: the link gives the page a code instead of a
 * session, and only the browser that asked for the mail can exchange it. Kept in memory, as the mailbox is.
 */
import { AsyncLocalStorage } from 'node:async_hooks'
import { createHash, randomUUID } from 'node:crypto'
import { z } from 'zod'
import type { Mailbox } from './mailbox.ts'

const Asked = z.looseObject({
  code_challenge: z.string().min(43).max(128),
  code_challenge_method: z.enum(['s256', 'S256', 'plain']),
})
const Exchange = z.looseObject({ auth_code: z.string(), code_verifier: z.string() })

type Message = Parameters<Mailbox['send']>[0]
type Driver = { send(message: Message): Promise<void> }
type Challenge = { value: string; plain: boolean }
type Grant = { challenge: Challenge; refreshToken: string; expiresAt: number }

/** How long a code may be exchanged, as on the platform. */
const codeLifetimeMs = 5 * 60_000
/** Older links and codes are dropped. */
const maxEntries = 200

export class PkceFlows {
  /** Of the request that is being answered. */
  readonly #asked = new AsyncLocalStorage<Challenge | null>()
  /** By the token of a link. */
  readonly #challenges = new Map<string, Challenge>()
  /** By code. */
  readonly #grants = new Map<string, Grant>()

  /** Answers a request to Auth: `answer` is that of lite. */
  async follow(request: Request, answer: (request: Request) => Promise<Response>): Promise<Response> {
    const { pathname, searchParams, origin } = new URL(request.url)
    if (request.method === 'GET') {
      const answered = await answer(request)
      return pathname === '/auth/v1/verify'
        ? this.#redirect(searchParams.get('token') ?? '', answered)
        : answered
    }
    const body: unknown = await request.clone().json().catch(() => null)
    if (pathname !== '/auth/v1/token') {
      return await this.#asked.run(challengeOf(body), () => answer(request))
    }
    const refreshToken = searchParams.get('grant_type') === 'pkce' ? this.#exchange(body) : null
    if (refreshToken === null) return await answer(request)
    const headers = new Headers(request.headers)
    headers.delete('content-length')
    return await answer(
      new Request(`${origin}${pathname}?grant_type=refresh_token`, {
        method: 'POST',
        headers,
        body: JSON.stringify({ refresh_token: refreshToken }),
      }),
    )
  }

  /** The driver, with links whose challenge is remembered. */
  watching(driver: Driver): Driver {
    return {
      send: async (message) => {
        const challenge = this.#asked.getStore()
        const token = /[?&]token=([^&\s]+)/.exec(message.text ?? '')?.[1]
        if (challenge && token) set(this.#challenges, token, challenge)
        await driver.send(message)
      },
    }
  }

  /** The answer to a link: a code in place of the session, where the mail was asked for with a challenge. */
  #redirect(token: string, answer: Response): Response {
    const challenge = this.#challenges.get(token)
    const location = URL.parse(answer.headers.get('location') ?? '')
    const refreshToken = new URLSearchParams(location?.hash.slice(1)).get('refresh_token')
    if (!location || !challenge || !refreshToken) return answer
    this.#challenges.delete(token)
    const code = randomUUID()
    set(this.#grants, code, { challenge, refreshToken, expiresAt: Date.now() + codeLifetimeMs })
    location.hash = ''
    location.searchParams.set('code', code)
    return new Response(null, { status: answer.status, headers: { location: location.href } })
  }

  /** The refresh token that a code stands for; null for another code, or a verifier that does not fit. */
  #exchange(body: unknown): string | null {
    const { success, data } = Exchange.safeParse(body)
    const grant = success ? this.#grants.get(data.auth_code) : undefined
    if (!success || !grant || grant.expiresAt < Date.now()) return null
    if (computed(data.code_verifier, grant.challenge) !== grant.challenge.value) return null
    this.#grants.delete(data.auth_code)
    return grant.refreshToken
  }
}

function challengeOf(body: unknown): Challenge | null {
  const { success, data } = Asked.safeParse(body)
  return success ? { value: data.code_challenge, plain: data.code_challenge_method === 'plain' } : null
}

function computed(verifier: string, { plain }: Challenge): string {
  return plain ? verifier : createHash('sha256').update(verifier).digest('base64url')
}

/** Adds an entry, and drops the oldest one when there are too many. */
function set<T>(entries: Map<string, T>, key: string, value: T): void {
  entries.set(key, value)
  const [oldest] = entries.keys()
  if (entries.size > maxEntries && oldest !== undefined) entries.delete(oldest)
}
