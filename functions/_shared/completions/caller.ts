/** Who calls, and for whom: a signed-in user, the holder of an API key (`pl_…`), or the holder of a secret key. */
import { sha256Hex } from '../../_lib/text/mod.ts'
import { appError, AppFailure, fromPostgrest } from '../../../types/errors.ts'
import type { FunctionContext, Handler } from '../http/serve.ts'
import { requestedWorkspace, workspaceHeader } from '../http/workspace.ts'

type Scope = 'chat' | 'embeddings'

export interface Caller {
  /** Null for the holder of a secret key. */
  readonly userId: string | null
  /** Null only with a secret key: the active workspace of the user that the request names. */
  readonly workspaceId: string | null
  readonly apiKeyId: number | null
}

const keyHeader = 'x-plinth-key'
const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

/** OpenAI's SDKs send an API key as a bearer token. It is not a token of the platform, so it moves to its own header. */
export function plinthKeyFromBearer(request: Request): Request {
  const key = /^Bearer +(pl_[\w-]+) *$/i.exec(request.headers.get('authorization') ?? '')?.[1]
  if (!key) return request
  const headers = new Headers(request.headers)
  headers.delete('authorization')
  // A key of the platform beside it, which a gateway may require, must not decide who calls.
  headers.delete('apikey')
  headers.set(keyHeader, key)
  return new Request(request, { headers })
}

/** A handler that needs to know the caller. */
export type CallerHandler<Params extends string = never> = (
  request: Request,
  context: FunctionContext<Params>,
  caller: Caller,
) => Response | Promise<Response>

/** Identifies the caller before the handler runs. An API key must have the scope; null accepts any valid key. */
export function withCaller<Params extends string = never>(
  scope: Scope | null,
  handle: CallerHandler<Params>,
): Handler<Params> {
  return async (request, context) =>
    await handle(request, context, await identifyCaller(request, context, scope))
}

async function identifyCaller(
  request: Request,
  context: FunctionContext,
  scope: Scope | null,
): Promise<Caller> {
  const key = request.headers.get(keyHeader)
  const organization = request.headers.get('openai-organization')
  const named = requestedWorkspace(
    request,
    organization && uuid.test(organization) ? organization : undefined,
  )
  if (key !== null) return await callerOfKey(key, named, context, scope)
  if (context.authMode === 'user' && context.userClaims) {
    return {
      userId: context.userClaims.id,
      workspaceId: await workspaceOfToken(context, named),
      apiKeyId: null,
    }
  }
  if (context.authMode === 'secret') return { userId: null, workspaceId: named ?? null, apiKeyId: null }
  throw new AppFailure(appError('authentication', {
    code: 'INVALID_API_KEY',
    message: 'An API key is required.',
    hint: 'Send a Plinth API key, or the access token of a user, as the API key of the SDK.',
  }))
}

/** Of no one, so the database refuses the requests of a user whose membership has ended. */
const noWorkspace = '00000000-0000-0000-0000-000000000000'

/** The workspace that a request names, or that of the token. The database refuses one that the user does not belong to. */
async function workspaceOfToken({ clientIn }: FunctionContext, named: string | undefined): Promise<string> {
  const { data, error, status } = await clientIn(named).rpc('current_workspace')
  if (error) throw new AppFailure(fromPostgrest(error, status), { cause: error })
  return data ?? noWorkspace
}

/** The user that a request is for: with a secret key, its body names one. */
export function onBehalf(
  caller: Caller,
  user: string | null | undefined,
): Caller & { readonly userId: string } {
  if (caller.userId !== null) return { ...caller, userId: caller.userId }
  if (user && uuid.test(user)) return { ...caller, userId: user }
  throw new AppFailure(appError('validation', {
    code: 'invalid_request',
    message: 'With a secret key, `user` must be a user id.',
    field: 'user',
  }))
}

async function callerOfKey(
  key: string,
  named: string | undefined,
  { supabaseAdmin }: FunctionContext,
  scope: Scope | null,
): Promise<Caller> {
  // Only the hash of the key leaves this process.
  const { data, error, status } = await supabaseAdmin.schema('studio')
    .rpc('authenticate_api_key', { key_hash: await sha256Hex(key) })
  if (error) throw new AppFailure(fromPostgrest(error, status), { cause: error })
  const [found] = data
  if (!found) {
    throw new AppFailure(appError('authentication', {
      code: 'INVALID_API_KEY',
      message: 'The API key is not valid: it is unknown, revoked, or expired.',
    }))
  }
  if (scope && !found.scopes.includes(scope)) {
    throw new AppFailure(appError('authorization', {
      code: 'scope_missing',
      message: `The API key lacks the scope ${scope}.`,
    }))
  }
  if (named !== undefined && named.toLowerCase() !== found.workspace_id) refuseWorkspace(named)
  return { userId: found.user_id, workspaceId: found.workspace_id, apiKeyId: found.api_key_id }
}

/** With the codes with which the database refuses the header for the token of a user. */
function refuseWorkspace(named: string): never {
  const [code, message, status] = uuid.test(named)
    ? ['PT403', 'The API key belongs to another workspace.', 403] as const
    : ['22023', `The header ${workspaceHeader} must be a UUID.`, 400] as const
  throw new AppFailure(fromPostgrest({ code, message }, status))
}
