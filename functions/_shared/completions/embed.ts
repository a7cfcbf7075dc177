/** Requests for embeddings: the limits of their user apply, and what they use is recorded. */
import { type AdmitEmbedding, answerEmbeddings, answerOpenAiEmbeddings } from '../embeddings/handlers.ts'
import type { ModelSource } from '../embeddings/select_models.ts'
import type { FunctionContext } from '../http/serve.ts'
import type { Caller, CallerHandler } from './caller.ts'
import { admitEmbedding, finishRequest } from './request.ts'

const headers = { 'cache-control': 'no-store' }

/** POST /embed */
export function embedTexts(models: ModelSource): CallerHandler {
  return async (request, context, caller) => {
    const answer = await answerEmbeddings(models, request, context.requestId, admission(context, caller))
    return Response.json(answer, { headers })
  }
}

/** POST /v1/embeddings, in OpenAI's protocol. */
export function embed(models: ModelSource): CallerHandler {
  return async (request, context, caller) =>
    Response.json(await answerOpenAiEmbeddings(models, request, admission(context, caller)), { headers })
}

/** The holder of a secret key is a worker, which has no account. */
function admission(context: FunctionContext, caller: Caller): AdmitEmbedding {
  return async (model, known) => {
    const { userId } = caller
    if (userId === null) return () => Promise.resolve()
    const user = { ...caller, userId }
    const admitted = await admitEmbedding(context, user, model, known)
    return (usage) => finishRequest(context, user, admitted, 'embeddings', usage)
  }
}
