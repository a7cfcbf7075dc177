/** Why an answer failed, as the person and the row are told: never a key, never what only we should know. */
import { fromUnknown } from '../../../types/errors.ts'

export interface Failure {
  readonly code: string
  readonly message: string
}

/** The database gave the turn up, because nothing was heard of it for too long. */
export const interrupted: Failure = { code: 'interrupted', message: 'The answer was interrupted.' }

export function describeFailure(cause: unknown): Failure {
  const { kind, code, message } = fromUnknown(cause)
  return kind === 'database'
    ? { code: 'answer_failed', message: 'The answer could not be finished.' }
    : { code, message }
}
