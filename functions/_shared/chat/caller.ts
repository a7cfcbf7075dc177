/** Who takes part in a conversation. */
import { appError, AppFailure } from '../../../types/errors.ts'
import type { Db } from '../database/client.ts'
import type { FunctionContext } from '../http/serve.ts'

export interface Caller {
  /** With the rights of the caller, in the workspace of the request. */
  readonly client: Db
  readonly userId: string
  /** The same in another workspace: a turn reads and does everything in that of its conversation. */
  clientIn(workspaceId: string): Db
}

/** `workspaceId` is that of the request, where its body names one. */
export function callerOf(
  { supabase, clientIn, userClaims }: FunctionContext,
  workspaceId?: string | undefined,
): Caller {
  if (!userClaims) {
    throw new AppFailure(
      appError('authentication', { code: 'no_user', message: 'A signed-in user is required.' }),
    )
  }
  return { client: workspaceId ? clientIn(workspaceId) : supabase, userId: userClaims.id, clientIn }
}
