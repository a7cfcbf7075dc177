/** The frame around every request of a program: the database admits it, and records what it used. */
import { z } from 'zod'
import { type AppError, appError, AppFailure, fromPostgrest } from '../../../types/errors.ts'
import { recordUsage, type TokenUsage, type UsageRecord } from '../database/record_usage.ts'
import { parseResult } from '../database/result.ts'
import { QuestionAdmission } from '../embeddings/embed_question.ts'
import { type KnownModels, knownModels, type ModelSource } from '../embeddings/select_models.ts'
import type { FunctionContext } from '../http/serve.ts'
import { configuredProviders } from '../model/providers.ts'
import { ChosenModel } from '../model/types.ts'
import type { Caller } from './caller.ts'

/** What the database allows a request, and what it needs. */
const Admission = z.object({
  workspace_id: z.string(),
  rate_limit: z.object({ limit: z.number(), remaining: z.number() }),
  /** The guard policy of the workspace. */
  checks: z.record(z.string(), z.string()),
})
type Admission = z.infer<typeof Admission>

const CompletionAdmission = Admission.extend({
  model: ChosenModel,
  fallback: ChosenModel.nullable(),
  /** Whether the question may be embedded, and with which model; null where the model reads no passages. */
  question: QuestionAdmission.nullable(),
})
export type CompletionAdmission = z.infer<typeof CompletionAdmission>

type Endpoint = 'completions' | 'embeddings'

/** A caller on behalf of a user. */
export type UserCaller = Caller & { readonly userId: string }

/** Null leaves the model to the workspace. */
export async function admitCompletion(
  context: FunctionContext,
  caller: UserCaller,
  model: string | null,
  embeddingModels: ModelSource,
): Promise<CompletionAdmission> {
  // An answer does not depend on the embedding models: without them, passages are found by words.
  const known = await embeddingModels().then(knownModels, () => ({ endpoint_models: [] }))
  const begun = await begin(context, caller, 'completions', model, known)
  return parseResult(CompletionAdmission, begun, 'begin_request')
}

/** `model` is an available embedding model. */
export async function admitEmbedding(
  context: FunctionContext,
  caller: UserCaller,
  model: string,
  known: KnownModels,
): Promise<Admission> {
  return parseResult(Admission, await begin(context, caller, 'embeddings', model, known), 'begin_request')
}

async function begin(
  { supabaseAdmin }: FunctionContext,
  { userId, workspaceId }: UserCaller,
  endpoint: Endpoint,
  model: string | null,
  known: Partial<KnownModels>,
): Promise<unknown> {
  const request = {
    user_id: userId,
    workspace_id: workspaceId,
    endpoint,
    model,
    providers: configuredProviders(),
    ...known,
  }
  const { data, error, status } = await supabaseAdmin.schema('studio').rpc('begin_request', { request })
  if (error) throw new AppFailure(withOpenAiCode(fromPostgrest(error, status), model), { cause: error })
  return data
}

/** The code that OpenAI's clients know for a model that cannot be used. */
function withOpenAiCode(error: AppError, model: string | null): AppError {
  const isUnknownModel = error.kind === 'not_found' && /\bmodel\b/i.test(error.message)
  const hasNoKey = error.code === '22023'
  if (model === null || !isUnknownModel && !hasNoKey) return error
  return appError('not_found', {
    code: 'model_not_found',
    message: hasNoKey ? error.message : `Unknown model: ${JSON.stringify(model)}.`,
    hint: 'GET /v1/models lists the available models.',
  })
}

interface Usage extends TokenUsage {
  readonly model_id: string
  readonly status: NonNullable<UsageRecord['status']>
  readonly duration_ms: number
  readonly provider?: UsageRecord['provider']
}

/** Never fails: the answer was given. */
export async function finishRequest(
  { supabaseAdmin, requestId }: FunctionContext,
  { userId, apiKeyId }: UserCaller,
  { workspace_id }: Admission,
  endpoint: Endpoint,
  usage: Usage,
): Promise<void> {
  await recordUsage(
    supabaseAdmin,
    { ...usage, user_id: userId, workspace_id, api_key_id: apiKeyId, endpoint },
    requestId,
  )
}
