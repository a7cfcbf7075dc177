/** The function openai with providers of its own, behind a real address, for the SDKs that tests use. */
import { join } from 'node:path'
import postgres from 'postgres'
import { startFunctions } from '../../stack/functions/host.ts'
import { jwks } from '../../stack/keys/tokens.ts'
import { env, type Person, raiseLimits, signUp } from '../support/clients.ts'
import { type Providers, startProviders } from './providers.ts'

export interface OpenAiHost extends AsyncDisposable {
  /** What SDKs take as their base URL. */
  readonly baseURL: string
  readonly providers: Providers
  /** What the functions printed. */
  readonly log: string[]
  readonly sql: postgres.Sql
}

export async function startOpenAi(): Promise<OpenAiHost> {
  await raiseLimits()
  const providers = startProviders()
  const log: string[] = []
  const functions = await startFunctions({
    root: join(import.meta.dirname ?? '.', '..', '..'),
    env: {
      SUPABASE_URL: env('SUPABASE_URL'),
      SUPABASE_PUBLISHABLE_KEYS: JSON.stringify({ default: env('SUPABASE_PUBLISHABLE_KEY') }),
      SUPABASE_SECRET_KEYS: JSON.stringify({ default: env('SUPABASE_SECRET_KEY') }),
      SUPABASE_JWKS: JSON.stringify(jwks(env('SUPABASE_JWT_SECRET'))),
      ...providers.env,
    },
    onLog: (line) => log.push(line),
  })
  const server = Deno.serve(
    { port: 0, hostname: '127.0.0.1', onListen: () => {} },
    (request) => functions.fetch(request),
  )
  const sql = postgres(env('DATABASE_URL'), { max: 1, onnotice: () => {} })
  return {
    baseURL: `http://127.0.0.1:${server.addr.port}/functions/v1/openai/v1`,
    providers,
    log,
    sql,
    [Symbol.asyncDispose]: async () => {
      await functions.stop()
      await server.shutdown()
      await providers.close()
      await sql.end()
    },
  }
}

export interface KeyOwner extends Person {
  readonly key: string
  readonly keyId: number
  readonly workspace: string
}

/** A new user with a key. */
export async function signUpWithKey(name: string, scopes?: string[]): Promise<KeyOwner> {
  const person = await signUp(name)
  const { data: [made] } = await person.client.schema('studio')
    .rpc('create_api_key', { name: 'test', ...(scopes ? { scopes } : {}) }).throwOnError()
  const { data: workspace } = await person.client.rpc('current_workspace').throwOnError()
  if (!made || !workspace) throw new Error('no key was made')
  return { ...person, key: made.key, keyId: made.id, workspace }
}
