/** POST /v1/embeddings: as /functions/v1/embed answers it, and counted. */
import { answerOpenAiEmbeddings } from '../embeddings/handlers.ts'
import type { FunctionContext } from '../http/serve.ts'
import { runtime } from '../runtime.ts'
import type { Caller } from './caller.ts'
import { beginRequest, finishRequest } from './limits.ts'

export async function embed(request: Request, context: FunctionContext, caller: Caller): Promise<Response> {
  const headers = { 'cache-control': 'no-store' }
  const { userId } = caller
  // Whoever holds a secret key asks for nobody in particular: a worker, which /embed does not count either.
  if (userId === null) {
    return Response.json(await answerOpenAiEmbeddings(runtime.embeddingModels, request), { headers })
  }
  const asking = { ...caller, userId }
  const begun = await beginRequest(context, asking, 'embeddings', null)
  const started = performance.now()
  const answer = await answerOpenAiEmbeddings(runtime.embeddingModels, request)
  await finishRequest(context, asking, begun, 'embeddings', {
    model_id: answer.model,
    status: 'complete',
    input_tokens: answer.usage.prompt_tokens,
    output_tokens: 0,
    cached_input_tokens: 0,
    duration_ms: Math.round(performance.now() - started),
  })
  return Response.json(answer, { headers })
}
