/**
 * The vector of a question. Without one, search goes by words alone, so a missing vector never fails the request. The
 * database says which model to use; where that costs something, it checks the limits first, and what it used is recorded.
 */
import { z } from 'zod'
import { fromUnknown } from '../../../types/errors.ts'
import { truncate } from '../../_lib/text/mod.ts'
import type { Db } from '../database/client.ts'
import { recordUsage } from '../database/record_usage.ts'
import { waitUntil } from '../http/lifecycle.ts'
import { log } from '../http/log.ts'
import { type EmbeddingUsage, embedRecorded } from './embed_recorded.ts'
import { type KnownModels, knownModels, type ModelSource } from './select_models.ts'
import { toNumbers } from './vectors.ts'

/** More than models read of a text, and than a question has. */
const maxCharacters = 8_000

/** What the database answers: `begin_question`, `chat_begin_question` and, for programs, `begin_request`. */
export const QuestionAdmission = z.object({
  workspace_id: z.string().nullable(),
  /** Null where nothing is embedded yet, and no standard model was named. */
  model: z.string().nullable(),
  costs: z.boolean(),
  /** Why a limit refuses the vector; null where it does not. */
  refusal: z.string().nullable(),
})

/** Where the questions of a user come from. */
export interface QuestionDoor {
  /** Asks the database for a `QuestionAdmission`. */
  admit(known: KnownModels, signal: AbortSignal): PromiseLike<unknown>
  /** Records the usage of a question that costs something. Never rejects. */
  record(workspaceId: string | null, usage: EmbeddingUsage): Promise<void>
}

/** As functions of the database take it; empty where there is no vector. */
export interface QuestionVector {
  readonly query_embedding?: number[]
  readonly embedding_model?: string
}

/** A question, embedded or not. */
export interface EmbeddedQuestion {
  readonly vector: QuestionVector
  /** The model that is to be used; null where there is none, or where it is not known. */
  readonly model: string | null
  /** Why a limit refuses the vector. */
  readonly refusal: string | null
}

interface QuestionOptions {
  readonly timeoutMs?: number
  readonly signal?: AbortSignal
}

const unasked: EmbeddedQuestion = { vector: {}, model: null, refusal: null }

/** Throws nothing but the reason of `signal`. */
export async function embedQuestion(
  models: ModelSource,
  text: string,
  door: QuestionDoor,
  { timeoutMs = 3_000, signal }: QuestionOptions = {},
): Promise<EmbeddedQuestion> {
  if (text.trim() === '') return unasked
  const timeout = AbortSignal.timeout(timeoutMs)
  const end = signal ? AbortSignal.any([signal, timeout]) : timeout
  let asked = unasked
  try {
    const available = await models()
    const { workspace_id, model, costs, refusal } = QuestionAdmission.parse(
      await door.admit(knownModels(available), end),
    )
    asked = { vector: {}, model, refusal }
    if (model === null || refusal !== null) return asked
    const provider = available.find(model)
    const { vectors: [vector] } = await embedRecorded(
      provider,
      [truncate(text, maxCharacters)],
      end,
      (usage) => {
        // The question does not wait for it.
        if (costs) waitUntil(door.record(workspace_id, usage))
        return Promise.resolve()
      },
    )
    if (!vector) return asked
    return { ...asked, vector: { query_embedding: toNumbers(vector), embedding_model: provider.model } }
  } catch (cause) {
    signal?.throwIfAborted()
    log('warn', { event: 'question_not_embedded', code: fromUnknown(cause).code })
    return asked
  }
}

/** Records questions of a user. `requests` is 0 for those that are a part of a request, such as a turn. */
export function questionRecorder(
  admin: Db,
  userId: string,
  requests: 0 | 1,
  more: { readonly requestId?: string; readonly apiKeyId?: number | null } = {},
): QuestionDoor['record'] {
  return (workspace_id, usage) =>
    recordUsage(
      admin,
      {
        ...usage,
        endpoint: 'embeddings',
        user_id: userId,
        workspace_id,
        requests,
        api_key_id: more.apiKeyId ?? null,
      },
      more.requestId,
    )
}
