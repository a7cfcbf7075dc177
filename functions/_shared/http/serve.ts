/**
 * What every function does around its own work: routes, request id, CORS, who is calling, one shape of errors, one line
 * of log.
 *
 * A handler may return an error answer by throwing AppFailure; anything else it throws becomes a 500 that tells the
 * caller nothing but the request id under which the log has the rest.
 */
import type { SupabaseContext } from '@supabase/server'
import type { Database } from '../../../types/generated/database.ts'
import { type AppError, fromUnknown, toHttpStatus } from '../../../types/errors.ts'
import { corsHeaders } from './cors.ts'
import { errorResponse } from './error_response.ts'
import { type Auth, identify } from './identify.ts'
import { log } from './log.ts'
import { type ParamNames, type RouteKey, RouteTable } from './routes.ts'
import { isUpgrade, openSocket, refuseSocket, withCredentialsOfAddress } from './sockets.ts'

export interface FunctionContext<Params extends string = never> extends SupabaseContext<Database> {
  readonly requestId: string
  /** The parameters of the path, decoded. */
  readonly params: Readonly<Record<Params, string>>
}

export type Handler<Params extends string = never> = (
  request: Request,
  context: FunctionContext<Params>,
) => Response | Promise<Response>

/** Takes over a socket that is opening. */
export type SocketHandler<Params extends string = never> = (
  socket: WebSocket,
  context: FunctionContext<Params>,
  request: Request,
) => void

type HandlerOf<Key extends RouteKey> = Key extends `WEBSOCKET ${infer Path}` ? SocketHandler<ParamNames<Path>>
  : Key extends `${string} ${infer Path}` ? Handler<ParamNames<Path>>
  : never

/** A handler, with `auth` of its own where the route is open to others than the function. */
export type Route<Key extends RouteKey> = HandlerOf<Key> | {
  readonly auth: Auth
  readonly handler: HandlerOf<Key>
}

export interface FunctionOptions<Key extends RouteKey> {
  /** As in the folder and the URL. */
  readonly name: string
  /** Who may call. */
  readonly auth: Auth
  readonly routes: { readonly [Each in Key]: Route<Each> }
  /** For a path that speaks another protocol: its shape of an error. Null leaves it at ours. */
  readonly tellError?: (error: AppError, requestId: string, path: string) => Response | null
  /** For a protocol that sends keys elsewhere: puts them where `@supabase/server` looks for them. */
  readonly readCredentials?: (request: Request) => Request
}

/** What a route leads to, once the types have held its handler to its path. */
type Target =
  | { readonly auth: Auth; readonly socket: false; readonly handler: Handler<string> }
  | { readonly auth: Auth; readonly socket: true; readonly handler: SocketHandler<string> }

interface Served<Key extends RouteKey> {
  readonly options: FunctionOptions<Key>
  readonly table: RouteTable<Target>
}

/** The default export of a function: `export default serve({ name, auth, routes: { 'POST /': handler } })`. */
export function serve<Key extends RouteKey>(options: FunctionOptions<Key>): {
  fetch(request: Request): Promise<Response>
} {
  const served = { options, table: new RouteTable(options.name, targetsOf(options)) }
  const { table } = served
  return {
    fetch: async (received) => {
      const started = performance.now()
      const requestId = requestIdOf(received)
      const path = table.pathOf(received)
      const methods = table.methodsAt(path)
      const cors = corsHeaders(received.headers.get('origin'), methods)
      if (received.method === 'OPTIONS') return new Response(null, { status: 204, headers: cors })

      const { response, status, error, userId } = await answer(received, path, requestId, served)
      log(status >= 500 ? 'error' : 'info', {
        event: 'request',
        function: options.name,
        request_id: requestId,
        method: received.method,
        status,
        duration_ms: Math.round(performance.now() - started),
        ...(userId ? { user_id: userId } : {}),
        ...(error ? { code: error.code } : {}),
      })
      // An upgrade to a WebSocket is no answer that can be copied, and needs no CORS.
      if (response.status === 101) return response
      const headers = new Headers(response.headers)
      for (const [name, value] of Object.entries(cors)) headers.set(name, value)
      headers.set('x-request-id', requestId)
      if (response.status === 405) headers.set('allow', methods.join(', '))
      if (response.status === 426) headers.set('upgrade', 'websocket')
      const bodiless = received.method === 'HEAD'
      if (bodiless) await response.body?.cancel()
      return new Response(bodiless ? null : response.body, {
        status: response.status,
        statusText: response.statusText,
        headers,
      })
    },
  }
}

function targetsOf<Key extends RouteKey>({ auth, routes }: FunctionOptions<Key>): Record<string, Target> {
  return Object.fromEntries(
    Object.entries<Route<Key>>(routes).map(([key, route]) => {
      const own = typeof route === 'function' ? { auth, handler: route } : route
      // The parameters that a handler names are those of its path: FunctionOptions says so.
      return [key, { ...own, socket: key.startsWith('WEBSOCKET ') } as Target]
    }),
  )
}

interface Answer {
  response: Response
  /** Of a refused upgrade: what the refusal would be without a socket. */
  status: number
  error?: AppError
  userId?: string | undefined
}

async function answer<Key extends RouteKey>(
  received: Request,
  path: string,
  requestId: string,
  { options, table }: Served<Key>,
): Promise<Answer> {
  const { readCredentials = (request) => request, tellError } = options
  const upgrading = table.hasSockets && isUpgrade(received)
  let upgraded: Deno.WebSocketUpgrade | undefined
  let userId: string | undefined
  try {
    const { target, params } = table.match(upgrading ? 'WEBSOCKET' : received.method, path)
    const request = upgrading ? withCredentialsOfAddress(received) : readCredentials(received)
    const caller = await identify(request, target.auth)
    userId = caller.userClaims?.id
    const context = { ...caller, requestId, params }
    if (!target.socket) {
      const response = await target.handler(request, context)
      return { response, status: response.status, userId }
    }
    upgraded = openSocket(received)
    target.handler(upgraded.socket, context, request)
    return { response: upgraded.response, status: 101, userId }
  } catch (cause) {
    const error = fromUnknown(cause)
    if (error.code === 'internal') {
      log('error', { event: 'defect', function: options.name, request_id: requestId, ...describe(cause) })
    }
    const status = toHttpStatus(error)
    if (upgrading && error.code !== 'invalid_upgrade') {
      try {
        upgraded ??= openSocket(received)
        refuseSocket(upgraded.socket, error)
        return { response: upgraded.response, status, error, userId }
      } catch {
        // No handshake, no socket: the refusal is an ordinary response.
      }
    }
    const response = tellError?.(error, requestId, path) ?? errorResponse(error, requestId)
    return { response, status, error, userId }
  }
}

/** A caller's id is kept when it is an id: it goes into logs and headers. */
function requestIdOf(request: Request): string {
  const given = request.headers.get('x-request-id')
  return given && /^[\w.:-]{1,64}$/.test(given) ? given : crypto.randomUUID()
}

/** Where a defect came from. Its message may quote data, and is left out. */
function describe(cause: unknown): { error: string; at?: string } {
  if (!(cause instanceof Error)) return { error: typeof cause }
  const at = cause.stack?.split('\n').filter((line) => line.trimStart().startsWith('at ')).slice(0, 3)
    .map((line) => line.trim()).join(' < ')
  return at ? { error: cause.name, at } : { error: cause.name }
}
