/** The vector of a question. Without one, search goes by words alone, so that nothing here may fail an answer. */
import { log } from '../http/log.ts'
import { toNumbers } from './requests.ts'
import { embeddingModels } from './select.ts'

const patience = 3_000
/** What models read of a text at most, and more than a question has. */
const longest = 8_000

export interface QuestionVector {
  readonly query_embedding?: number[]
  readonly embedding_model?: string
}

/** `model` names what the passages are embedded with; null where none is yet, and the standard will do. */
export async function embedQuestion(
  text: string,
  model: (signal: AbortSignal) => PromiseLike<string | null>,
): Promise<QuestionVector> {
  if (text.trim() === '') return {}
  const signal = AbortSignal.timeout(patience)
  try {
    const [models, wanted] = await Promise.all([embeddingModels(), model(signal)])
    const provider = models.find(wanted)
    const [vector] = await provider.embed([text.slice(0, longest)], signal)
    return vector ? { query_embedding: toNumbers(vector), embedding_model: provider.model } : {}
  } catch (cause) {
    log('warn', {
      event: 'question_not_embedded',
      error: cause instanceof Error ? cause.name : typeof cause,
    })
    return {}
  }
}
