/** The vector of a question. Without one, search goes by words alone, so that nothing here may fail a turn. */
import { toNumbers } from '../embeddings/requests.ts'
import { embeddingModels } from '../embeddings/select.ts'
import { log } from '../log.ts'
import type { Db } from './turns.ts'

const patience = 3_000
/** What models read of a text at most, and more than a question has. */
const longest = 8_000

export interface QuestionVector {
  readonly query_embedding?: number[]
  readonly embedding_model?: string
}

/** Of the model that the caller's passages are searched with; of the standard where nothing is embedded yet. */
export async function embedQuestion(client: Db, text: string): Promise<QuestionVector> {
  if (text.trim() === '') return {}
  const signal = AbortSignal.timeout(patience)
  try {
    const [models, { data: model }] = await Promise.all([
      embeddingModels(),
      client.rpc('search_model').abortSignal(signal).throwOnError(),
    ])
    const provider = models.find(model)
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
