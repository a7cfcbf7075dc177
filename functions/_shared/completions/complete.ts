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
import { unsupportedFields } from './fields.ts'
import { hasImages, invalid, questionOf, toCallOptions, unsupported } from './prompt.ts'
import { admitCompletion, type CompletionAdmission, finishRequest, type UserCaller } from './request.ts'
import { type Completion, respondAtOnce, respondInStream } from './respond.ts'

/** Leaves the choice to the workspace. */
const anyModel = 'default'

export function complete(embeddingModels: ModelSource): CallerHandler {
  return async (request, context, caller) => {
    const body = await readJson(request, ChatCompletionsRequest, completionLimits.bytes)
    const [unknown] = unsupportedFields(body)
    if (unknown !== undefined) throw unsupported(unknown, `${unknown} is not supported with this value.`)
    const user = onBehalf(caller, body.user)
    // With a secret key it is the id of an account, which no provider needs.
    const options = toCallOptions(caller.userId === null ? { ...body, user: null } : body)
    const admission = await admitCompletion(
      context,
      user,
      body.model === anyModel ? null : body.model,
      embeddingModels,
    )
    const guard = new Guard(admission.checks)
    checkMessages(body, guard, context.requestId)
    checkAbilities(body, options, admission.model)

    const { model } = admission
    // Another provider may not do what the request asks for.
    const fallback = admission.fallback && unsupportedBy(body, admission.fallback) === undefined
      ? admission.fallback
      : null
    const readsPassages = model.provider === 'builtin' || fallback?.provider === 'builtin'
    const passages = readsPassages
      ? await findPassages(context, user, admission, embeddingModels, questionOf(body))
      : []
    const call = new ModelCall({ model, fallback, logFields: { request_id: context.requestId } })
    const completion: Completion = {
      options: readsPassages
        ? { ...options, providerOptions: { ...options.providerOptions, ...passageOptions(passages) } }
        : options,
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

/** The first field that a model would drop. */
function unsupportedBy(body: ChatCompletionsRequest, { provider }: ChosenModel): string | undefined {
  const [field] = unsupportedFields(body, provider)
  if (field !== undefined || provider === 'openai') {
    return field === 'response_format' && body.response_format?.type === 'text' ? undefined : field
  }
  if (body.response_format?.type === 'json_object') return 'response_format'
  const images = body.messages.flatMap((message, index) =>
    message.role === 'user' && typeof message.content !== 'string'
      ? message.content.flatMap((part, at) =>
        part.type === 'image_url' && (part.image_url.detail ?? 'auto') !== 'auto'
          ? [`messages.${index}.content.${at}.image_url.detail`]
          : []
      )
      : []
  )
  return images[0]
}

function checkAbilities(body: ChatCompletionsRequest, options: CallOptions, model: ChosenModel): void {
  const { maxOutputTokens } = options
  const field = unsupportedBy(body, model)
  if (field !== undefined) throw unsupported(field, `${model.id} does not support ${field} with this value.`)
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
