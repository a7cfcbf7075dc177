/** The vector of a question. Without one, search goes by words alone, so that nothing here may fail a turn. */
import { toNumbers } from '../embeddings/requests.ts'
import { embeddingModels } from '../embeddings/select.ts'
import { log } from '../log.ts'

const patience = 3_000
/** What models read of a text at most, and more than a question has. */
const longest = 8_000

export interface QuestionVector {
  readonly query_embedding?: number[]
  readonly embedding_model?: string
}

export async function embedQuestion(text: string): Promise<QuestionVector> {
  if (text.trim() === '') return {}
  try {
    const { standard } = await embeddingModels()
    const [vector] = await standard.embed([text.slice(0, longest)], AbortSignal.timeout(patience))
    return vector ? { query_embedding: toNumbers(vector), embedding_model: standard.model } : {}
  } catch (cause) {
    log('warn', {
      event: 'question_not_embedded',
      error: cause instanceof Error ? cause.name : typeof cause,
    })
    return {}
  }
}
