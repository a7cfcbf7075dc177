/** POST /v1/embeddings: the answer of /functions/v1/embed, with its usage recorded. */
import { answerOpenAiEmbeddings } from '../embeddings/requests.ts'
import type { FunctionContext } from '../http/serve.ts'
import type { Caller } from './caller.ts'
import { admitEmbedding, finishRequest } from './request.ts'

export async function embed(request: Request, context: FunctionContext, caller: Caller): Promise<Response> {
  const headers = { 'cache-control': 'no-store' }
  const { userId } = caller
  // The holder of a secret key is a worker, which has no account, as at /functions/v1/embed.
  if (userId === null) return Response.json(await answerOpenAiEmbeddings(request), { headers })
  const user = { ...caller, userId }
  const admission = await admitEmbedding(context, user)
  const started = performance.now()
  const answer = await answerOpenAiEmbeddings(request)
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
