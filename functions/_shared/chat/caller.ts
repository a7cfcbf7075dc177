/** Who takes part in a conversation. */
import { appError, AppFailure } from '../../../types/errors.ts'
import type { Db } from '../database/client.ts'
import type { FunctionContext } from '../http/serve.ts'

export interface Caller {
  /** With the rights of the caller: a turn reads and does everything with them, except for storing its answer. */
  readonly client: Db
  readonly userId: string
}

export function callerOf({ supabase, userClaims }: FunctionContext): Caller {
  if (!userClaims) {
    throw new AppFailure(
      appError('authentication', { code: 'no_user', message: 'A signed-in user is required.' }),
    )
  }
  return { client: supabase, userId: userClaims.id }
}
