/** Conversations by the names that clients have for them. */
import { appError, AppFailure, fromPostgrest } from '../../../types/errors.ts'
import type { Db } from '../database/client.ts'

/** What a name is: clients may use numbers for their sessions. */
export type NamedBy = 'number' | 'session'

/**
 * The conversation of a number or a session. Without `by`, a name that is the number of one conversation and the session
 * of another is a conflict.
 */
export async function findConversation(client: Db, name: string, by?: NamedBy): Promise<number> {
  const isNumber = /^[1-9]\d{0,17}$/.test(name)
  const query = client.schema('dashboard').from('conversations').select('id')
  const { data, error, status } = by === 'number'
    ? await query.filter('id', 'eq', isNumber ? name : '0')
    : await (isNumber && !by ? query.or(`id.eq.${name},session_id.eq.${name}`) : query.eq('session_id', name))
  if (error) throw new AppFailure(fromPostgrest(error, status))
  const [found, another] = data
  if (another) {
    throw new AppFailure(appError('conflict', {
      code: 'ambiguous_conversation',
      message: 'The name is the number of one conversation and the session of another.',
      hint: 'Add ?by=number or ?by=session.',
    }))
  }
  if (!found) throw unknownConversation()
  return found.id
}

/** The same; null where there is none. */
export async function lookForConversation(client: Db, name: string, by?: NamedBy): Promise<number | null> {
  return await findConversation(client, name, by).catch((cause) => {
    if (cause instanceof AppFailure && cause.error.kind === 'not_found') return null
    throw cause
  })
}

export function unknownConversation(): AppFailure {
  return new AppFailure(
    appError('not_found', { code: 'unknown_conversation', message: 'The conversation does not exist.' }),
  )
}
