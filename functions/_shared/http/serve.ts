/**
 * What every function shares: routes, request id, CORS, authentication, one shape of errors, and one line of log per
 * request.
 *
 * A handler fails by throwing an AppFailure. Anything else it throws becomes a 500 that reveals nothing but the request
 * id, under which the log has the cause.
 */
import { type AppError, fromUnknown, toHttpStatus } from '../../../types/errors.ts'
import { corsHeaders } from './cors.ts'
import { errorResponse } from './error_response.ts'
import { type Auth, identify, type Identity } from './identify.ts'
import { log } from './log.ts'
import { type ParamNames, type RouteKey, RouteTable } from './routes.ts'
import { isUpgrade, openSocket, refuseSocket, withCredentialsOfAddress } from './sockets.ts'

/** What a handler knows of its request: the caller, clients with the caller's rights and with full rights, parameters. */
export interface FunctionContext<Params extends string = never> extends Identity {
  readonly requestId: string
  /** The parameters of the path, decoded. */
  readonly params: Readonly<Record<Params, string>>
}

/** Answers a request of one route. */
export type Handler<Params extends string = never> = (
  request: Request,
  context: FunctionContext<Params>,
) => Response | Promise<Response>

/** Takes over a socket before it opens. */
type SocketHandler<Params extends string = never> = (
  socket: WebSocket,
  context: FunctionContext<Params>,
  request: Request,
) => void

type HandlerOf<Key extends RouteKey> = Key extends `WEBSOCKET ${infer Path}` ? SocketHandler<ParamNames<Path>>
  : Key extends `${string} ${infer Path}` ? Handler<ParamNames<Path>>
  : never

/** A handler, or a handler with its own `auth`, where that differs from the function's. */
type Route<Key extends RouteKey> = HandlerOf<Key> | {
  readonly auth: Auth
  readonly handler: HandlerOf<Key>
}

interface FunctionOptions<Key extends RouteKey> {
  /** The name of the folder, and in the URL. */
  readonly name: string
  /** Who may call. */
  readonly auth: Auth
  readonly routes: { readonly [Each in Key]: Route<Each> }
  /** The shape of errors of another protocol; null for paths that have Plinth's. */
  readonly formatError?: (error: AppError, requestId: string, path: string) => Response | null
  /** Moves credentials that another protocol sends elsewhere to the headers that `@supabase/server` reads. */
  readonly readCredentials?: (request: Request) => Request
}

/** A route once its handler was checked against its path. */
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
      // The response of an upgrade must not be copied, and needs no CORS.
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
      // FunctionOptions has checked that a handler names only parameters of its path.
      return [key, { ...own, socket: key.startsWith('WEBSOCKET ') } as Target]
    }),
  )
}

interface Answer {
  response: Response
  /** Of a refused upgrade: the status that the response would have without a socket. */
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
  const { readCredentials = (request) => request, formatError } = options
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
    const response = (upgrading ? refuseSocket(received, error, upgraded) : null) ??
      formatError?.(error, requestId, path) ?? errorResponse(error, requestId)
    return { response, status: toHttpStatus(error), error, userId }
  }
}

/** The id that the caller sent, where it is safe for logs and headers; a new one otherwise. */
function requestIdOf(request: Request): string {
  const given = request.headers.get('x-request-id')
  return given && /^[\w.:-]{1,64}$/.test(given) ? given : crypto.randomUUID()
}

/** The type and origin of a defect. Its message is left out, since it may contain data. */
function describe(cause: unknown): { error: string; at?: string } {
  if (!(cause instanceof Error)) return { error: typeof cause }
  const at = cause.stack?.split('\n').filter((line) => line.trimStart().startsWith('at ')).slice(0, 3)
    .map((line) => line.trim()).join(' < ')
  return at ? { error: cause.name, at } : { error: cause.name }
}
