/** Identifies the caller of a request by its key or token, with `@supabase/server`. */
import { AuthError, createSupabaseContext, type SupabaseContext } from '@supabase/server'
import { createContextClient, extractCredentials, resolveEnv } from '@supabase/server/core'
import { type AppError, appError, AppFailure } from '../../../types/errors.ts'
import type { Database } from '../../../types/generated/database.ts'
import { storableFetch } from './storable.ts'
import { requestedWorkspace, workspaceHeader } from './workspace.ts'

/** Who may call: modes of `@supabase/server`. `none`, at the end, admits callers without a key, but not with a wrong one. */
export type Auth = NonNullable<NonNullable<Parameters<typeof createSupabaseContext>[1]>['auth']>

/** The caller, with clients of the database. `supabase` has the caller's rights, in the workspace of the request. */
export interface Identity extends SupabaseContext<Database> {
  /** The same in another workspace; the default one for undefined. The database checks the membership. */
  clientIn(workspaceId: string | undefined): SupabaseContext<Database>['supabase']
}

/** Throws an AppFailure where the caller is not one of `auth`. */
export async function identify(request: Request, auth: Auth): Promise<Identity> {
  const { data, error } = await createSupabaseContext<Database>(request, {
    auth,
    env: keysWithLegacy(),
    supabaseOptions: { global: { fetch: storableFetch } },
  })
  if (error) throw new AppFailure(refusal(error), { cause: error })
  // A wrong key falls through to `none`, which is for callers without a key.
  if (data.authMode === 'none' && request.headers.has('apikey')) {
    throw new AppFailure(
      appError('authentication', { code: 'INVALID_API_KEY', message: 'The API key is not valid.' }),
    )
  }
  const { token } = extractCredentials(request)
  const clientIn: Identity['clientIn'] = (workspaceId) =>
    createContextClient<Database>({
      auth: { token: data.userClaims ? token : null },
      env: keysWithLegacy(),
      supabaseOptions: {
        global: { fetch: storableFetch, headers: workspaceId ? { [workspaceHeader]: workspaceId } : {} },
      },
    })
  const workspaceId = requestedWorkspace(request)
  return { ...data, supabase: workspaceId ? clientIn(workspaceId) : data.supabase, clientIn }
}

/** The keys of the platform. The JWT keys of older projects are valid as well, under the name `legacy`. */
export function keysWithLegacy(): {
  publishableKeys?: Record<string, string>
  secretKeys?: Record<string, string>
} {
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
      message: 'Authentication is not available.',
      retryable: false,
    })
  }
  return appError('authentication', { code, message: 'Valid credentials are required.' })
}
