/** Requests for embeddings: the limits of their user apply, and what they use is recorded. */
import { answerEmbeddings, answerOpenAiEmbeddings } from '../embeddings/handlers.ts'
import type { ModelSource } from '../embeddings/select_models.ts'
import type { FunctionContext } from '../http/serve.ts'
import type { Caller, CallerHandler } from './caller.ts'
import { admitEmbedding, finishRequest } from './request.ts'

const headers = { 'cache-control': 'no-store' }

/** POST /embed */
export function embedTexts(models: ModelSource): CallerHandler {
  return async (request, context, caller) => {
    const answer = await metered(context, caller, async () => {
      const embedded = await answerEmbeddings(models, request, context.requestId)
      return { answer: embedded, model: embedded.model, tokens: embedded.tokens }
    })
    return Response.json(answer, { headers })
  }
}

/** POST /v1/embeddings, in OpenAI's protocol. */
export function embed(models: ModelSource): CallerHandler {
  return async (request, context, caller) => {
    const answer = await metered(context, caller, async () => {
      const embedded = await answerOpenAiEmbeddings(models, request)
      return { answer: embedded, model: embedded.model, tokens: embedded.usage.prompt_tokens }
    })
    return Response.json(answer, { headers })
  }
}

interface Embedded<Answer> {
  readonly answer: Answer
  readonly model: string
  readonly tokens: number
}

/** The holder of a secret key is a worker, which has no account. */
async function metered<Answer>(
  context: FunctionContext,
  caller: Caller,
  work: () => Promise<Embedded<Answer>>,
): Promise<Answer> {
  const { userId } = caller
  if (userId === null) return (await work()).answer
  const user = { ...caller, userId }
  const admission = await admitEmbedding(context, user)
  const started = performance.now()
  const { answer, model, tokens } = await work()
  await finishRequest(context, user, admission, 'embeddings', {
    model_id: model,
    status: 'complete',
    input_tokens: tokens,
    output_tokens: 0,
    cached_input_tokens: 0,
    duration_ms: Math.round(performance.now() - started),
  })
  return answer
}
