/**
 * What every function does around its own work: request id, CORS, who is calling, one shape of errors, one line of log.
 *
 * A handler may return an error answer by throwing AppFailure; anything else it throws becomes a 500 that tells the
 * caller nothing but the request id under which the log has the rest.
 */
import { AuthError, createSupabaseContext, type SupabaseContext } from '@supabase/server'
import { resolveEnv } from '@supabase/server/core'
import type { Database } from '../../../types/generated/database.ts'
import {
  type AppError,
  appError,
  AppFailure,
  fromUnknown,
  toErrorBody,
  toHttpStatus,
} from '../../../types/errors.ts'
import { corsHeaders } from './cors.ts'
import { log } from './log.ts'

type Auth = NonNullable<NonNullable<Parameters<typeof createSupabaseContext>[1]>['auth']>

export interface FunctionContext extends SupabaseContext<Database> {
  readonly requestId: string
}

export interface FunctionOptions {
  /** As in the folder and the URL. */
  readonly name: string
  /** Who may call: modes of `@supabase/server`. `none` at the end lets in callers who show no key, never a wrong key. */
  readonly auth: Auth
  readonly methods: readonly string[]
  /** For a path that speaks another protocol: its shape of an error. Null leaves it at ours. */
  readonly tellError?: (error: AppError, requestId: string, request: Request) => Response | null
}

export type FunctionHandler = (request: Request, context: FunctionContext) => Response | Promise<Response>

/** The default export of a function: `export default serve({ ... }, handler)`. */
export function serve(options: FunctionOptions, handler: FunctionHandler): {
  fetch(request: Request): Promise<Response>
} {
  return {
    fetch: async (request) => {
      const started = performance.now()
      const requestId = requestIdOf(request)
      const cors = corsHeaders(request.headers.get('origin'), options.methods)
      if (request.method === 'OPTIONS') return new Response(null, { status: 204, headers: cors })

      const { response, error, userId } = await answer(request, requestId, options, handler)
      log(response.status >= 500 ? 'error' : 'info', {
        event: 'request',
        function: options.name,
        request_id: requestId,
        method: request.method,
        status: response.status,
        duration_ms: Math.round(performance.now() - started),
        ...(userId ? { user_id: userId } : {}),
        ...(error ? { code: error.code } : {}),
      })
      // An upgrade to a WebSocket is no answer that can be copied, and needs no CORS.
      if (response.status === 101) return response
      const headers = new Headers(response.headers)
      for (const [name, value] of Object.entries(cors)) headers.set(name, value)
      headers.set('x-request-id', requestId)
      return new Response(response.body, {
        status: response.status,
        statusText: response.statusText,
        headers,
      })
    },
  }
}

interface Answer {
  response: Response
  error?: AppError
  userId?: string | undefined
}

async function answer(
  request: Request,
  requestId: string,
  options: FunctionOptions,
  handler: FunctionHandler,
): Promise<Answer> {
  let userId: string | undefined
  try {
    if (!options.methods.includes(request.method)) {
      const message = `This function answers ${options.methods.join(', ')}.`
      throw new AppFailure(appError('validation', { code: 'method_not_allowed', status: 405, message }))
    }
    const context = await identify(request, options.auth)
    userId = context.userClaims?.id
    return { response: await handler(request, { ...context, requestId }), userId }
  } catch (cause) {
    const error = fromUnknown(cause)
    if (error.code === 'internal') {
      log('error', { event: 'defect', function: options.name, request_id: requestId, ...describe(cause) })
    }
    const response = options.tellError?.(error, requestId, request) ??
      errorResponse(error, requestId, options.methods)
    return { response, error, userId }
  }
}

async function identify(request: Request, auth: Auth): Promise<SupabaseContext<Database>> {
  const { data, error } = await createSupabaseContext<Database>(request, { auth, env: keysWithLegacy() })
  if (error) throw new AppFailure(refusal(error), { cause: error })
  // A wrong key falls through to `none`; absent and invalid are different things.
  if (data.authMode === 'none' && request.headers.has('apikey')) {
    throw new AppFailure(
      appError('authentication', { code: 'INVALID_API_KEY', message: 'The API key is not valid.' }),
    )
  }
  return data
}

/** The older JWT keys of a project still open what the newer ones do, under the name `legacy`. */
function keysWithLegacy(): { publishableKeys?: Record<string, string>; secretKeys?: Record<string, string> } {
  const { data } = resolveEnv()
  const anon = Deno.env.get('SUPABASE_ANON_KEY')
  const service = Deno.env.get('SUPABASE_SERVICE_ROLE_KEY')
  return {
    publishableKeys: { ...data?.publishableKeys, ...(anon ? { legacy: anon } : {}) },
    secretKeys: { ...data?.secretKeys, ...(service ? { legacy: service } : {}) },
  }
}

function refusal(error: AuthError): AppError {
  const { code } = error
  if (error.status !== 401) {
    return appError('unavailable', {
      code,
      message: 'Callers cannot be identified at the moment.',
      retryable: false,
    })
  }
  return appError('authentication', { code, message: 'Valid credentials are needed.' })
}

/** The one shape of an error, as a response. */
export function errorResponse(error: AppError, requestId: string, methods: readonly string[] = []): Response {
  const headers = errorHeaders(error)
  if (error.status === 405) headers.set('allow', methods.join(', '))
  return Response.json(toErrorBody(error, requestId), { status: toHttpStatus(error), headers })
}

/** What an answer with an error says in its headers, whatever its shape. */
export function errorHeaders(error: AppError): Headers {
  const headers = new Headers({ 'cache-control': 'no-store' })
  if (error.kind === 'rate_limit' && error.retryAfter !== null) {
    headers.set('retry-after', `${error.retryAfter}`)
  }
  return headers
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
