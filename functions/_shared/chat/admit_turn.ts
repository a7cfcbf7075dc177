/** From a request to a turn that the database has admitted and stored. */
import { AppFailure } from '../../../types/errors.ts'
import { inspect, redact } from '../../_lib/guards/mod.ts'
import type { Db } from '../database/client.ts'
import { embedQuestion, type QuestionDoor, questionRecorder } from '../embeddings/embed_question.ts'
import type { ModelSource } from '../embeddings/select_models.ts'
import type { Finding } from '../model/guard.ts'
import { configuredProviders } from '../model/providers.ts'
import { placeFiles, removeFiles } from './attachments.ts'
import type { Caller } from './caller.ts'
import type { TurnRequest } from './request.ts'
import type { Turn } from './turn.ts'
import { beginQuestion, beginTurn } from './turns.ts'

/** Rejects, with nothing stored, where the database refuses the turn. `admin` records what embedding the question used. */
export async function admitTurn(
  caller: Caller,
  request: TurnRequest,
  embeddingModels: ModelSource,
  admin: Db,
): Promise<Turn> {
  const uploaded: string[] = []
  const door: QuestionDoor = {
    admit: (known, signal) => beginQuestion(caller.client, request, known, signal),
    record: questionRecorder(admin, caller.userId, 0),
  }
  try {
    return await storeQuestion(caller, request, embeddingModels, door, uploaded)
  } catch (cause) {
    // Where the question may have been stored after all, its files have to stay.
    if (isRefusal(cause)) await removeFiles(caller.client, uploaded)
    throw cause
  }
}

async function storeQuestion(
  { client, userId }: Caller,
  { message, ...request }: TurnRequest,
  embeddingModels: ModelSource,
  door: QuestionDoor,
  uploaded: string[],
): Promise<Turn> {
  const text = message?.text ?? ''
  const reasons = request.approvals?.flatMap(({ reason }) => reason === undefined ? [] : [reason]) ?? []
  const { checks, redacted_content } = checkQuestion(text, reasons)
  const [files, { vector }] = await Promise.all([
    placeFiles(client, userId, message?.files ?? [], uploaded),
    // Without personal data, since another service may make the vector before the database refuses the question.
    embedQuestion(embeddingModels, redacted_content ?? text, door),
  ])
  return await beginTurn(client, {
    ...request,
    ...vector,
    providers: configuredProviders(),
    checks,
    message: message && {
      client_id: message.client_id,
      parent_id: message.parent_id,
      content: text,
      redacted_content,
      ...(files.length > 0 ? { parts: files } : {}),
    },
  })
}

/**
 * The database knows the policy of the workspace, so it gets all findings, and the text to store should it redact. It
 * refuses honest requests before anything is stored; `TurnGuard` holds against others.
 */
function checkQuestion(
  text: string,
  reasons: readonly string[],
): { checks: Finding[]; redacted_content?: string } {
  const found = (text: string): Finding[] =>
    inspect(text, 'user').map((check) => ({ ...check, where: 'user' }))
  const checks = found(text)
  const hasPii = checks.some(({ check }) => check === 'pii')
  return {
    checks: [...checks, ...reasons.flatMap(found)],
    ...(hasPii ? { redacted_content: redact(text) } : {}),
  }
}

/** Whether it is certain that nothing was stored. */
function isRefusal(cause: unknown): boolean {
  if (!(cause instanceof AppFailure)) return false
  const { kind, code, retryable } = cause.error
  return code !== 'invalid_database_result' && (!retryable || kind === 'rate_limit')
}
