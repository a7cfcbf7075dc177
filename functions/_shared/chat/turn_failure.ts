/** Why an answer failed, as the caller sees it and the message keeps it: without keys, and without internals. */
import { fromUnknown } from '../../../types/errors.ts'

export interface TurnFailure {
  readonly code: string
  readonly message: string
}

/** The database ended the turn, since its process sent no checkpoint for too long. */
export const interrupted: TurnFailure = { code: 'interrupted', message: 'The answer was interrupted.' }

export function describeFailure(cause: unknown): TurnFailure {
  const { kind, code, message } = fromUnknown(cause)
  return kind === 'database'
    ? { code: 'answer_failed', message: 'The answer could not be completed.' }
    : { code, message }
}
