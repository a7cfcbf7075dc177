/** What tools work with: the caller's own rights, and the passages of the turn. */
import type { Sources } from '../chat/sources.ts'
import type { Db } from '../chat/turns.ts'
import { fromPostgrest, type PostgrestLike } from '../../../types/errors.ts'

export interface ToolContext {
  /** The caller's: row level security decides what a tool can see and do. */
  readonly client: Db
  readonly sources: Sources
}

/** A refusal as the model is told: the words for people, so that it can mend its call or explain. */
export class ToolError extends Error {
  override readonly name = 'ToolError'
}

export function must<T>(
  { data, error, status }: { data: T; error: PostgrestLike | null; status: number },
): NonNullable<T> {
  if (error) {
    const { message, hint } = fromPostgrest(error, status)
    throw new ToolError(hint ? `${message} ${hint}` : message)
  }
  if (data === null || data === undefined) throw new ToolError('There is no answer.')
  return data
}
