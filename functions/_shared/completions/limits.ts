/** What a request asks the database before it reaches a model, and tells it afterwards. */
import { z } from 'zod'
import { type AppError, appError, AppFailure, fromPostgrest } from '../../../types/errors.ts'
import { log } from '../http/log.ts'
import { configuredProviders } from '../model/providers.ts'
import type { FunctionContext } from '../http/serve.ts'
import type { TokenUsage } from './answer.ts'
import type { Caller } from './caller.ts'

const Model = z.object({
  id: z.string(),
  provider: z.string(),
  provider_model: z.string(),
  max_output_tokens: z.number(),
  supports_tools: z.boolean(),
  supports_images: z.boolean(),
})
const Begun = z.object({
  workspace_id: z.string(),
  model: Model.nullable(),
  fallback: Model.nullable(),
  rate_limit: z.object({ limit: z.number(), remaining: z.number() }),
  embedding_model: z.string().nullable(),
  checks: z.record(z.string(), z.string()),
})
export type Begun = z.infer<typeof Begun>

export type Asking = Caller & { readonly userId: string }

export async function beginRequest(
  { supabaseAdmin }: FunctionContext,
  { userId, workspaceId }: Asking,
  endpoint: 'completions' | 'embeddings',
  model: string | null,
): Promise<Begun> {
  const request = {
    user_id: userId,
    workspace_id: workspaceId,
    endpoint,
    model,
    providers: configuredProviders(),
  }
  const { data, error, status } = await supabaseAdmin.schema('studio').rpc('begin_request', { request })
  if (error) throw new AppFailure(inOpenAiWords(fromPostgrest(error, status), model), { cause: error })
  return Begun.parse(data)
}

/** The codes that OpenAI's clients know for the same. */
function inOpenAiWords(error: AppError, model: string | null): AppError {
  const aboutModel = error.kind === 'not_found' && error.message === 'No such model.' ||
    error.code === '22023'
  if (aboutModel && model !== null) {
    return appError('not_found', {
      code: 'model_not_found',
      message: error.code === '22023' ? error.message : `There is no model ${JSON.stringify(model)} here.`,
      hint: 'GET /v1/models lists those there are.',
    })
  }
  return error
}

export interface Used extends TokenUsage {
  readonly model_id: string
  readonly status: 'complete' | 'cancelled' | 'failed'
  readonly duration_ms: number
}

/** Never fails: what was answered stays answered, and the log has what is missing. */
export async function finishRequest(
  { supabaseAdmin, requestId }: FunctionContext,
  { userId, apiKeyId }: Asking,
  { workspace_id }: Begun,
  endpoint: 'completions' | 'embeddings',
  used: Used,
): Promise<void> {
  const usage = { ...used, user_id: userId, workspace_id, api_key_id: apiKeyId, endpoint }
  const { error } = await supabaseAdmin.schema('studio').rpc('finish_request', { usage })
  log(error ? 'error' : 'info', {
    event: error ? 'usage_lost' : 'usage',
    request_id: requestId,
    user_id: userId,
    model: used.model_id,
    status: used.status,
    input_tokens: used.input_tokens,
    output_tokens: used.output_tokens,
    duration_ms: used.duration_ms,
    ...(error ? { code: error.code } : {}),
  })
}
