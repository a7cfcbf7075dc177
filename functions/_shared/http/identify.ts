/** Who is calling: the keys and tokens of a request, judged by `@supabase/server`. */
import { AuthError, createSupabaseContext, type SupabaseContext } from '@supabase/server'
import { resolveEnv } from '@supabase/server/core'
import { type AppError, appError, AppFailure } from '../../../types/errors.ts'
import type { Database } from '../../../types/generated/database.ts'

/** Who may call: modes of `@supabase/server`. `none` at the end lets in callers who show no key, never a wrong key. */
export type Auth = NonNullable<NonNullable<Parameters<typeof createSupabaseContext>[1]>['auth']>

export async function identify(request: Request, auth: Auth): Promise<SupabaseContext<Database>> {
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
      message: 'Callers cannot be identified at the moment.',
      retryable: false,
    })
  }
  return appError('authentication', { code, message: 'Valid credentials are needed.' })
}
