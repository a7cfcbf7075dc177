/**
 * Issues access tokens as hosted Supabase does: with what they say of the user and of the sign-in, with the claims of the
 * custom access token hook, and with a `kid` header, without which `@supabase/server` refuses a token. `@supabase/lite`
 * does none of it, so the tokens in Auth's answers are replaced.
 */
import { z } from 'zod'
import { signToken, verifyToken } from '../keys/tokens.ts'
import type { Config } from '../gateway/config.ts'
import { AuthRefusal, refusals } from './errors.ts'
import type { UserRow, Users } from './users.ts'

const Answer = z.looseObject({ access_token: z.string() })
const HookAnswer = z.union([
  z.looseObject({ claims: z.record(z.string(), z.unknown()) }),
  z.looseObject({ error: z.object({ http_code: z.number().optional(), message: z.string() }) }),
])

/** How a user signed in. */
export type Method = 'password' | 'otp'

type Session = UserRow & { aal: string | null; amr: { method: string; timestamp: number }[] }

export class SessionTokens {
  readonly #users: Users
  readonly #secret: string
  readonly #issuer: string
  readonly #hook: string | null

  /** `url` is the address of the API. */
  constructor(users: Users, secret: string, url: string, config: Config) {
    this.#users = users
    this.#secret = secret
    this.#issuer = `${url}/auth/v1`
    const hook = config.auth.hook.custom_access_token
    this.#hook = hook?.enabled
      ? new URL(hook.uri).pathname.slice(1).split('/').map((name) => `"${name}"`).join('.')
      : null
  }

  /**
   * Replaces the access token in an answer of Auth: in the body, or in the fragment of a redirect. `method` is how the
   * user signed in, if this is a sign-in.
   */
  async reissue(response: Response, method: Method): Promise<Response> {
    const location = response.headers.get('location')
    if (location?.includes('access_token=')) {
      const target = new URL(location)
      const fragment = new URLSearchParams(target.hash.slice(1))
      fragment.set('access_token', await this.#sign(fragment.get('access_token') ?? '', method))
      target.hash = fragment.toString()
      const headers = new Headers(response.headers)
      headers.set('location', target.href)
      return new Response(response.body, { status: response.status, headers })
    }
    if (!response.ok || !response.headers.get('content-type')?.includes('json')) return response
    const body: unknown = await response.clone().json().catch(() => null)
    const answer = Answer.safeParse(body)
    if (!answer.success) return response
    const headers = new Headers(response.headers)
    headers.delete('content-length')
    try {
      const access_token = await this.#sign(answer.data.access_token, method)
      return Response.json({ ...answer.data, access_token }, { status: response.status, headers })
    } catch (cause) {
      if (cause instanceof AuthRefusal) throw cause
      const message = cause instanceof Error ? cause.message : String(cause)
      return Response.json({ code: 500, error_code: 'hook_error', msg: message }, { status: 500, headers })
    }
  }

  async #sign(token: string, method: Method): Promise<string> {
    const claims = { ...await verifyToken(token, { secret: this.#secret }) }
    const session = await this.#session(String(claims.session_id), method)
    Object.assign(claims, { iss: this.#issuer }, claimsOf(session))
    return await signToken(this.#hook === null ? claims : await this.#callHook(this.#hook, claims), {
      secret: this.#secret,
    })
  }

  /** The session of a token. Ends that of a user who may not sign in, which `@supabase/lite` does not ask. */
  async #session(id: string, method: Method): Promise<Session> {
    const session = await this.#users.asAuth(async (sql) => {
      await sql`
        insert into auth.mfa_amr_claims (id, session_id, created_at, updated_at, authentication_method)
        select gen_random_uuid(), s.id, now(), now(), ${method} from auth.sessions as s
        where s.id = ${id} and not exists (select from auth.mfa_amr_claims as a where a.session_id = s.id)`
      const [row] = await sql<Session[]>`
        select u.*, s.aal, (
          select coalesce(jsonb_agg(jsonb_build_object('method', a.authentication_method,
            'timestamp', extract(epoch from a.created_at)::bigint) order by a.created_at desc), '[]')
          from auth.mfa_amr_claims as a where a.session_id = s.id) as amr
        from auth.sessions as s join auth.users as u on u.id = s.user_id where s.id = ${id}`
      return row
    })
    const refusal = !session ? refusals.noAuthorization() : whyRefused(session)
    if (!session || refusal) {
      await this.#users.asAuth((sql) => sql`delete from auth.sessions where id = ${id}`)
      throw refusal
    }
    return session
  }

  async #callHook(hook: string, claims: Record<string, unknown>): Promise<Record<string, unknown>> {
    const methods = z.array(z.object({ method: z.string() })).safeParse(claims.amr)
    const event = {
      user_id: claims.sub,
      claims,
      authentication_method: methods.success ? methods.data[0]?.method ?? 'password' : 'password',
    }
    const [row] = await this.#users.asAuth((sql) =>
      sql.unsafe<{ answer: unknown }[]>(`select ${hook}($1::jsonb) as answer`, [sql.json(event as never)])
    )
    const answer = HookAnswer.parse(row?.answer)
    if ('claims' in answer) return answer.claims as Record<string, unknown>
    throw new Error(`the access token hook refused: ${(answer.error as { message: string }).message}`)
  }
}

/** What a token says of the user and of the session. */
function claimsOf(session: Session): Record<string, unknown> {
  return {
    aal: session.aal ?? 'aal1',
    amr: session.amr,
    email: session.email ?? '',
    phone: session.phone ?? '',
    app_metadata: session.raw_app_meta_data ?? {},
    user_metadata: session.raw_user_meta_data ?? {},
    is_anonymous: session.is_anonymous ?? false,
  }
}

function whyRefused({ banned_until, email_confirmed_at, phone_confirmed_at }: Session): AuthRefusal | null {
  if (banned_until && banned_until.getTime() > Date.now()) return refusals.banned()
  return email_confirmed_at || phone_confirmed_at ? null : refusals.notConfirmed()
}
