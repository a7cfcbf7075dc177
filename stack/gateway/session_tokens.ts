/**
 * Issues access tokens as hosted Supabase does: with the claims of the custom access token hook, and with a `kid` header,
 * without which `@supabase/server` refuses a token. `@supabase/lite` does neither, so the tokens in Auth's answers are
 * replaced.
 */
import type postgres from 'postgres'
import { z } from 'zod'
import { signToken, verifyToken } from '../keys/tokens.ts'
import type { Config } from './config.ts'

const Answer = z.looseObject({ access_token: z.string() })
const HookAnswer = z.union([
  z.looseObject({ claims: z.record(z.string(), z.unknown()) }),
  z.looseObject({ error: z.object({ http_code: z.number().optional(), message: z.string() }) }),
])

export class SessionTokens {
  #sql: postgres.Sql
  #secret: string
  #hook: string | null

  /** `sql` must be allowed to become `supabase_auth_admin`, the role that runs hooks on the platform. */
  constructor(sql: postgres.Sql, secret: string, config: Config) {
    this.#sql = sql
    this.#secret = secret
    const hook = config.auth.hook.custom_access_token
    this.#hook = hook?.enabled
      ? new URL(hook.uri).pathname.slice(1).split('/').map((name) => `"${name}"`).join('.')
      : null
  }

  /** Replaces the access token in an answer of Auth: in the body, or in the fragment of a redirect. */
  async reissue(response: Response): Promise<Response> {
    const location = response.headers.get('location')
    if (location?.includes('access_token=')) {
      const target = new URL(location)
      const fragment = new URLSearchParams(target.hash.slice(1))
      fragment.set('access_token', await this.#sign(fragment.get('access_token') ?? ''))
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
      const access_token = await this.#sign(answer.data.access_token)
      return Response.json({ ...answer.data, access_token }, { status: response.status, headers })
    } catch (cause) {
      const message = cause instanceof Error ? cause.message : String(cause)
      return Response.json({ code: 500, error_code: 'hook_error', msg: message }, { status: 500, headers })
    }
  }

  async #sign(token: string): Promise<string> {
    const claims = await verifyToken(token, { secret: this.#secret })
    return await signToken(this.#hook === null ? claims : await this.#callHook(this.#hook, claims), {
      secret: this.#secret,
    })
  }

  async #callHook(hook: string, claims: Record<string, unknown>): Promise<Record<string, unknown>> {
    const methods = z.array(z.object({ method: z.string() })).safeParse(claims.amr)
    const event = {
      user_id: claims.sub,
      claims,
      authentication_method: methods.success ? methods.data[0]?.method ?? 'password' : 'password',
    }
    const [row] = await this.#sql.begin(async (sql) => {
      await sql`set local role supabase_auth_admin`
      return await sql.unsafe<{ answer: unknown }[]>(`select ${hook}($1::jsonb) as answer`, [
        sql.json(event as never),
      ])
    })
    const answer = HookAnswer.parse(row?.answer)
    if ('claims' in answer) return answer.claims as Record<string, unknown>
    throw new Error(`the access token hook refused: ${(answer.error as { message: string }).message}`)
  }
}
