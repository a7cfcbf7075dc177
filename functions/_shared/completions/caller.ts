/** Who asks, and what they may ask for: a signed-in user, the holder of a Plinth API key, or of a secret key. */
import { appError, AppFailure, fromPostgrest } from '../../../types/errors.ts'
import type { FunctionContext, Handler } from '../http/serve.ts'

type Scope = 'chat' | 'embeddings'

export interface Caller {
  /** Null: the holder of a secret key, who asks for nobody in particular. */
  readonly userId: string | null
  /** Null: where the user works now. */
  readonly workspaceId: string | null
  readonly apiKeyId: number | null
}

const keyHeader = 'x-plinth-key'
const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

/** A Plinth key comes as OpenAI's SDK sends any key, as a bearer token; it is none, and goes into a header of its own. */
export function plinthKeyFromBearer(request: Request): Request {
  const key = /^Bearer +(pl_[\w-]+) *$/i.exec(request.headers.get('authorization') ?? '')?.[1]
  if (!key) return request
  const headers = new Headers(request.headers)
  headers.delete('authorization')
  // It says who asks; a key of the platform beside it, which a gateway may want, says nothing more.
  headers.delete('apikey')
  headers.set(keyHeader, key)
  return new Request(request, { headers })
}

/** Identifies the caller before the handler runs; a Plinth key needs the scope, if one is named. */
export function withCaller<Params extends string = never>(
  scope: Scope | null,
  handle: (request: Request, context: FunctionContext<Params>, caller: Caller) => Promise<Response>,
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
  if (key !== null) return await callerOfKey(key, context, scope)
  const organization = request.headers.get('openai-organization')
  const workspaceId = organization && uuid.test(organization) ? organization : null
  if (context.authMode === 'user' && context.userClaims) {
    return { userId: context.userClaims.id, workspaceId, apiKeyId: null }
  }
  if (context.authMode === 'secret') return { userId: null, workspaceId, apiKeyId: null }
  throw new AppFailure(appError('authentication', {
    code: 'INVALID_API_KEY',
    message: 'A key is needed.',
    hint: 'Send a Plinth API key, or the access token of a user, as the API key of the SDK.',
  }))
}

/** A secret key asks for a user, whom the body names by their id. */
export function onBehalf(
  caller: Caller,
  user: string | null | undefined,
): Caller & { readonly userId: string } {
  if (caller.userId !== null) return { ...caller, userId: caller.userId }
  if (user && uuid.test(user)) return { ...caller, userId: user }
  throw new AppFailure(appError('validation', {
    code: 'invalid_request',
    message: 'With a secret key, `user` says by their id for whom it asks.',
    field: 'user',
  }))
}

async function callerOfKey(
  key: string,
  { supabaseAdmin }: FunctionContext,
  scope: Scope | null,
): Promise<Caller> {
  // The key stays here; the database is asked by its hash.
  const { data, error, status } = await supabaseAdmin.schema('studio')
    .rpc('authenticate_api_key', { key_hash: await sha256(key) })
  if (error) throw new AppFailure(fromPostgrest(error, status), { cause: error })
  const [found] = data
  if (!found) {
    throw new AppFailure(appError('authentication', {
      code: 'INVALID_API_KEY',
      message: 'The API key is not valid: it is unknown, revoked, or has expired.',
    }))
  }
  if (scope && !found.scopes.includes(scope)) {
    throw new AppFailure(appError('authorization', {
      code: 'scope_missing',
      message: `The API key does not open this: it lacks the scope ${scope}.`,
    }))
  }
  return { userId: found.user_id, workspaceId: found.workspace_id, apiKeyId: found.api_key_id }
}

async function sha256(text: string): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text))
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('')
}
