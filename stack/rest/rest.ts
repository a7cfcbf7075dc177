/** REST as a service of the local platform. */
import type { Keys } from '../keyring.ts'
import { withLimitedBody } from '../limited_body.ts'
import { callerOf, readCredentials } from './caller.ts'
import { RestDatabase } from './database.ts'
import { databaseErrorResponse } from './database_errors.ts'
import { createProxy } from './proxy.ts'
import { Refusal, refusalResponse } from './refusal.ts'
import { serve } from './service.ts'
import type { Limits } from './work.ts'

export type Rest = {
  fetch(request: Request): Promise<Response>
  /** The next request reads tables and functions again. */
  reloadSchema(): void
  /** The next request reads the settings of REST in the database again. */
  reloadConfig(): void
  stop(): Promise<void>
}

type Setup = Limits & {
  adminUrl: string
  keys: Keys
  connections: number
  /** Of a PostgREST to use instead, or null. */
  postgrestUrl: string | null
}

export function createRest({ adminUrl, keys, connections, postgrestUrl, ...limits }: Setup): Rest {
  if (postgrestUrl !== null) return proxied(createProxy(postgrestUrl, keys))
  const database = new RestDatabase(adminUrl, { schemas: limits.schemas, connections })
  return {
    fetch: async (request) => await answer(request, keys, database, limits),
    reloadSchema: () => database.reloadSchema(),
    reloadConfig: () => database.reloadConfig(),
    stop: () => database.stop(),
  }
}

/** PostgREST reloads by itself: the database notifies it. */
function proxied(fetch: Rest['fetch']): Rest {
  return { fetch, reloadSchema: () => {}, reloadConfig: () => {}, stop: () => Promise.resolve() }
}

async function answer(
  request: Request,
  keys: Keys,
  database: RestDatabase,
  limits: Limits,
): Promise<Response> {
  const credentials = await readCredentials(request, keys)
  if (credentials instanceof Response) return credentials
  let role = 'anon'
  try {
    const caller = await callerOf(credentials, keys)
    role = caller.role
    if (/^\/rest\/v1\/?$/.test(new URL(request.url).pathname)) return describe(credentials.type)
    return await serve(withLimitedBody(request, maxBodyBytes, tooLarge), caller, database, limits)
  } catch (cause) {
    if (cause instanceof Refusal) return cause.response()
    const response = databaseErrorResponse(cause, role)
    if (response) return response
    console.error(cause)
    return refusalResponse({ code: 'PGRSTX00', details: null, hint: null, message: String(cause) }, 500)
  }
}

/** Of a request, in bytes: a body is held in memory several times over until the database has it. */
const maxBodyBytes = 50 * 1024 ** 2

function tooLarge(): Refusal {
  return new Refusal(413, 'PGRST102', `The body is longer than ${maxBodyBytes} bytes`)
}

/** The description of the whole API, which hosted projects show with a secret key alone; its content is not emulated. */
function describe(type: 'publishable' | 'secret'): Response {
  if (type === 'publishable') {
    return Response.json({ message: 'You cannot consume this service' }, { status: 403 })
  }
  return Response.json({
    swagger: '2.0',
    info: { title: 'standard public schema', version: '13.0' },
    paths: {},
  })
}
