/** The vector of a question. Without one, search goes by words alone, so a missing vector never fails the request. */
import { fromUnknown } from '../../../types/errors.ts'
import { log } from '../http/log.ts'
import type { ModelSource } from './select_models.ts'
import { toNumbers } from './vectors.ts'

/** More than models read of a text, and than a question has. */
const maxCharacters = 8_000

/** As functions of the database take it; empty where there is no vector. */
export interface QuestionVector {
  readonly query_embedding?: number[]
  readonly embedding_model?: string
}

interface QuestionOptions {
  readonly timeoutMs?: number
  readonly signal?: AbortSignal
}

/**
 * `modelName` looks up the model of the passages; null where nothing is embedded yet, and the standard model will do.
 * Throws nothing but the reason of `signal`.
 */
export async function embedQuestion(
  models: ModelSource,
  text: string,
  modelName: (signal: AbortSignal) => PromiseLike<string | null>,
  { timeoutMs = 3_000, signal }: QuestionOptions = {},
): Promise<QuestionVector> {
  if (text.trim() === '') return {}
  const timeout = AbortSignal.timeout(timeoutMs)
  const end = signal ? AbortSignal.any([signal, timeout]) : timeout
  try {
    const [available, wanted] = await Promise.all([models(), modelName(end)])
    const provider = available.find(wanted)
    const [vector] = await provider.embed([text.slice(0, maxCharacters)], end)
    return vector ? { query_embedding: toNumbers(vector), embedding_model: provider.model } : {}
  } catch (cause) {
    signal?.throwIfAborted()
    log('warn', { event: 'question_not_embedded', code: fromUnknown(cause).code })
    return {}
  }
}
