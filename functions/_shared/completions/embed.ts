/** POST /v1/embeddings: the answer of /functions/v1/embed, with its usage recorded. */
import { answerOpenAiEmbeddings } from '../embeddings/handlers.ts'
import type { ModelSource } from '../embeddings/select_models.ts'
import type { CallerHandler } from './caller.ts'
import { admitEmbedding, finishRequest } from './request.ts'

export function embed(embeddingModels: ModelSource): CallerHandler {
  return async (request, context, caller) => {
    const headers = { 'cache-control': 'no-store' }
    const { userId } = caller
    // The holder of a secret key is a worker, which has no account, as at /functions/v1/embed.
    if (userId === null) {
      return Response.json(await answerOpenAiEmbeddings(embeddingModels, request), { headers })
    }
    const user = { ...caller, userId }
    const admission = await admitEmbedding(context, user)
    const started = performance.now()
    const answer = await answerOpenAiEmbeddings(embeddingModels, request)
    await finishRequest(context, user, admission, 'embeddings', {
      model_id: answer.model,
      status: 'complete',
      input_tokens: answer.usage.prompt_tokens,
      output_tokens: 0,
      cached_input_tokens: 0,
      duration_ms: Math.round(performance.now() - started),
    })
    return Response.json(answer, { headers })
  }
}
