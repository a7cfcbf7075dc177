/**
 * A new address is confirmed by its own mail and by that of the former one, as on hosted projects. `@supabase/lite` asks
 * the former one alone, so that people could take addresses of others.
 */
import { createHash } from 'node:crypto'
import { z } from 'zod'
import { refusals } from './errors.ts'
import { mailOf, makeLink } from './links.ts'
import type { Users } from './users.ts'

type Parts = {
  users: Users
  /** The address of the API. */
  url: string
  mail: (message: ReturnType<typeof mailOf>) => Promise<void>
  /** Whether the former address confirms a change, too. Else `@supabase/lite` asks the new one alone. */
  double: boolean
  /** The page that the links of a request lead to. */
  targetOf: (request: Request) => string
}

const Changed = z.looseObject({ email: z.string().min(1), new_email: z.string().min(1) })
const Change = z.looseObject({ email: z.string().min(1) })
const ByHash = z.looseObject({ type: z.literal('email_change'), token_hash: z.string().min(1) })
const ByCode = z.looseObject({ type: z.literal('email_change'), email: z.string(), token: z.string() })

const accepted = 'Confirmation link accepted. Please proceed to confirm link sent to the other email'

export class EmailChanges {
  readonly #parts: Parts

  constructor(parts: Parts) {
    this.#parts = parts
  }

  /** Sends the mail to the new address, where `response` says that there is to be one. */
  async follow(request: Request, body: unknown, response: Response): Promise<void> {
    if (!this.#parts.double || !response.ok || !Change.safeParse(body).success) return
    const { success, data } = Changed.safeParse(await response.clone().json())
    if (success) await this.send('email_change_new', data.email, data.new_email, request)
  }

  /** Sends a link that confirms a change, to the former or to the new address. */
  async send(
    type: 'email_change_current' | 'email_change_new',
    email: string,
    newEmail: string,
    request: Request,
  ): Promise<void> {
    const { users, url, mail, targetOf } = this.#parts
    const link = await makeLink({ type, email, new_email: newEmail }, targetOf(request), url, users)
    await mail(mailOf(link, type === 'email_change_new' ? newEmail : email))
  }

  /** Sends the link that confirms the address of an account that is not confirmed. */
  async confirmSignup(email: string, request: Request): Promise<void> {
    const { users, url, mail, targetOf } = this.#parts
    await mail(mailOf(await makeLink({ type: 'signup', email }, targetOf(request), url, users), email))
  }

  /** The answer to the first of two confirmations; null for the second one, which changes the address, and for others. */
  async confirm(request: Request, body: unknown): Promise<Response | null> {
    const hash = hashOf(request, body)
    if (hash === null || !this.#parts.double) return null
    const first = await this.#confirmFirst(hash)
    if (!first) {
      await this.#prepareSecond(hash)
      return null
    }
    if (request.method === 'POST') return Response.json({ msg: accepted, code: '200' })
    const target = new URL(this.#parts.targetOf(request))
    target.hash = new URLSearchParams({ message: accepted }).toString()
    return new Response(null, { status: 303, headers: { location: target.href } })
  }

  async #confirmFirst(hash: string): Promise<boolean> {
    const { count } = await this.#parts.users.asAuth((sql) =>
      sql`
        update auth.users set email_change_confirm_status = 1, updated_at = now(),
          email_change_token_current = case email_change_token_current when ${hash} then null
            else email_change_token_current end,
          email_change_token_new = case email_change_token_new when ${hash} then null else email_change_token_new end
        where email_change_confirm_status = 0 and email_change_sent_at > now() - interval '1 hour'
          and (email_change_token_current = ${hash} or email_change_token_new = ${hash})`
    )
    return count > 0
  }

  /** Lets `@supabase/lite` find the second token where it looks for it. */
  async #prepareSecond(hash: string): Promise<void> {
    const { users } = this.#parts
    const [user] = await users.asAuth((sql) =>
      sql<{ id: string; email_change: string }[]>`
        update auth.users set email_change_token_current = ${hash}, email_change_token_new = null,
          email_change_confirm_status = 0
        where email_change_confirm_status = 1
          and (email_change_token_current = ${hash} or email_change_token_new = ${hash})
        returning id, email_change`
    )
    const other = user ? await users.byEmail(user.email_change) : null
    if (other && other.id !== user?.id) throw refusals.emailExists()
  }
}

/** The hash of the token that a request confirms a change with; null for other requests. */
function hashOf(request: Request, body: unknown): string | null {
  const { searchParams } = new URL(request.url)
  if (request.method === 'GET') {
    // An empty one is that of every account that has no token.
    return searchParams.get('type') === 'email_change' ? searchParams.get('token') || null : null
  }
  const byHash = ByHash.safeParse(body)
  if (byHash.success) return byHash.data.token_hash
  const { success, data } = ByCode.safeParse(body)
  return success ? createHash('sha256').update(data.email.toLowerCase() + data.token).digest('hex') : null
}
