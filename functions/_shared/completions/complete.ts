/** POST /v1/chat/completions. */
import { ChatCompletionsRequest, completionLimits } from '../../../types/openai.ts'
import { truncate } from '../../_lib/text/mod.ts'
import { embedQuestion, questionRecorder } from '../embeddings/embed_question.ts'
import type { ModelSource } from '../embeddings/select_models.ts'
import { readJson } from '../http/body.ts'
import type { FunctionContext } from '../http/serve.ts'
import { passageOptions } from '../model/built_in.ts'
import { Guard } from '../model/guard.ts'
import { ModelCall } from '../model/model_call.ts'
import type { FoundPassage } from '../model/sources.ts'
import type { CallOptions, ChosenModel } from '../model/types.ts'
import { type CallerHandler, onBehalf } from './caller.ts'
import { checkMessages } from './check_messages.ts'
import { hasImages, invalid, questionOf, toCallOptions } from './prompt.ts'
import { admitCompletion, type CompletionAdmission, finishRequest, type UserCaller } from './request.ts'
import { type Completion, respondAtOnce, respondInStream } from './respond.ts'

/** Leaves the choice to the workspace. */
const anyModel = 'default'

export function complete(embeddingModels: ModelSource): CallerHandler {
  return async (request, context, caller) => {
    const body = await readJson(request, ChatCompletionsRequest, completionLimits.bytes)
    const user = onBehalf(caller, body.user)
    const options = toCallOptions(body)
    const admission = await admitCompletion(
      context,
      user,
      body.model === anyModel ? null : body.model,
      embeddingModels,
    )
    const guard = new Guard(admission.checks)
    checkMessages(body, guard, context.requestId)
    checkAbilities(body, options, admission.model)

    const { model, fallback } = admission
    const readsPassages = model.provider === 'builtin' || fallback?.provider === 'builtin'
    const passages = readsPassages
      ? await findPassages(context, user, admission, embeddingModels, questionOf(body))
      : []
    const call = new ModelCall({ model, fallback, logFields: { request_id: context.requestId } })
    const completion: Completion = {
      options: readsPassages ? { ...options, providerOptions: passageOptions(passages) } : options,
      passages,
      guard,
      call,
      requestId: context.requestId,
      includesUsage: body.stream_options?.include_usage === true,
      headers: {
        'cache-control': 'no-store',
        'x-ratelimit-limit-requests': `${admission.rate_limit.limit}`,
        'x-ratelimit-remaining-requests': `${admission.rate_limit.remaining}`,
      },
      record: recorder(context, user, admission, call),
    }
    return body.stream
      ? await respondInStream(completion, request.signal)
      : await respondAtOnce(completion, request.signal)
  }
}

function checkAbilities(body: ChatCompletionsRequest, options: CallOptions, model: ChosenModel): void {
  const { maxOutputTokens } = options
  if (maxOutputTokens !== undefined && maxOutputTokens > model.max_output_tokens) {
    const field = body.max_completion_tokens ? 'max_completion_tokens' : 'max_tokens'
    throw invalid(field, `${field} must not exceed ${model.max_output_tokens} for ${model.id}.`)
  }
  if (body.tools?.length && !model.supports_tools) {
    throw invalid('tools', `${model.id} does not support tools.`)
  }
  if (hasImages(body) && !model.supports_images) {
    throw invalid('messages', `${model.id} does not support images.`)
  }
}

function recorder(
  context: FunctionContext,
  user: UserCaller,
  admission: CompletionAdmission,
  call: ModelCall<ChosenModel>,
): Completion['record'] {
  const started = performance.now()
  let recording: Promise<void> | undefined
  return (status) =>
    recording ??= finishRequest(context, user, admission, 'completions', {
      ...call.usage,
      model_id: call.answeredBy.id,
      status,
      duration_ms: Math.round(performance.now() - started),
    })
}

/** Passages for the question, found with the rights of the user. */
async function findPassages(
  { supabaseAdmin, requestId }: FunctionContext,
  { userId, apiKeyId }: UserCaller,
  { workspace_id, question: admitted }: CompletionAdmission,
  embeddingModels: ModelSource,
  question: string,
): Promise<FoundPassage[]> {
  const query = truncate(question.trim(), 1_000)
  if (!query) return []
  const { vector } = await embedQuestion(embeddingModels, query, {
    admit: () => Promise.resolve(admitted),
    record: questionRecorder(supabaseAdmin, userId, 0, { requestId, apiKeyId }),
  })
  const { data } = await supabaseAdmin.schema('studio').rpc('find_passages', {
    user_id: userId,
    workspace_id,
    query,
    ...(vector.query_embedding ? { ...vector, query_embedding: JSON.stringify(vector.query_embedding) } : {}),
  }).throwOnError()
  return data
}
