/** Answers of the functions embed and openai, and the routes of embed and embed-work. */
import {
  type EmbedAnswer,
  type EmbeddingModelList,
  EmbedRequest,
  type EmbedWorkReport,
  EmbedWorkRequest,
  type OpenAiEmbeddingsAnswer,
  OpenAiEmbeddingsRequest,
} from '../../../types/api.ts'
import { appError, AppFailure } from '../../../types/errors.ts'
import { readJson } from '../http/body.ts'
import type { Handler } from '../http/serve.ts'
import { embedRecorded, type RecordEmbedding } from './embed_recorded.ts'
import { embeddingQueue } from './embedding_queue.ts'
import { processEmbeddings } from './process_embeddings.ts'
import type { EmbeddingProvider } from './provider.ts'
import { type KnownModels, knownModels, type ModelSource } from './select_models.ts'
import { toBase64, toNumbers } from './vectors.ts'

/** A million characters, each escaped as \uXXXX, and the JSON around them. */
const maxBodyBytes = 6.5 * 1024 * 1024

const headers = { 'cache-control': 'no-store' }

/** Admits a valid request for a model, or throws its refusal. Returns what records its usage. */
export type AdmitEmbedding = (model: string, known: KnownModels) => Promise<RecordEmbedding>

/** The answer to a request of `EmbedRequest`. */
export async function answerEmbeddings(
  models: ModelSource,
  request: Request,
  requestId: string,
  admit: AdmitEmbedding,
): Promise<EmbedAnswer> {
  const { texts, input, ...options } = await readJson(request, EmbedRequest, maxBodyBytes)
  const embedded = await embed(models, texts ?? listOf(input ?? []), options, request.signal, admit)
  const { provider: { model, dimensions, semantic }, vectors, tokens } = embedded
  return { model, dimensions, semantic, vectors, tokens, request_id: requestId }
}

/** GET /embed */
export function listEmbeddingModels(models: ModelSource): Handler {
  return async (_request, { requestId }) => {
    const { standard, all } = await models()
    const answer: EmbeddingModelList = {
      standard: standard.model,
      models: all.map(({ model, dimensions, semantic, maxTokens }) => ({
        model,
        dimensions,
        semantic,
        max_tokens: maxTokens,
      })),
      request_id: requestId,
    }
    return Response.json(answer, { headers })
  }
}

/** The answer to a request in OpenAI's protocol. */
export async function answerOpenAiEmbeddings(
  models: ModelSource,
  request: Request,
  admit: AdmitEmbedding,
): Promise<OpenAiEmbeddingsAnswer> {
  const { input, model, encoding_format, dimensions } = await readJson(
    request,
    OpenAiEmbeddingsRequest,
    maxBodyBytes,
  )
  const options = {
    model,
    encoding_format: encoding_format ?? undefined,
    dimensions: dimensions ?? undefined,
  }
  const { provider, vectors, tokens } = await embed(models, listOf(input), options, request.signal, admit)
  return {
    object: 'list',
    data: vectors.map((embedding, index) => ({ object: 'embedding', index, embedding })),
    model: provider.model,
    usage: { prompt_tokens: tokens, total_tokens: tokens },
  }
}

/** POST /embed-work. `shutdown` aborts when the process ends. */
export function workOnEmbeddings(models: ModelSource, shutdown: AbortSignal): Handler {
  return async (request, { supabaseAdmin }) => {
    const { batch, lease_seconds, budget_seconds } = await readJson(request, EmbedWorkRequest)
    const report: EmbedWorkReport = await processEmbeddings(embeddingQueue(supabaseAdmin), await models(), {
      batch,
      leaseSeconds: lease_seconds,
      budgetMs: budget_seconds * 1000,
      signal: shutdown,
    })
    return Response.json(report, { headers })
  }
}

type Options = Pick<EmbedRequest, 'model' | 'dimensions' | 'encoding_format'>

async function embed(
  models: ModelSource,
  texts: readonly string[],
  { model, dimensions, encoding_format }: Options,
  signal: AbortSignal,
  admit: AdmitEmbedding,
): Promise<{ provider: EmbeddingProvider; vectors: (number[] | string)[]; tokens: number }> {
  const available = await models()
  const provider = available.find(model)
  if (dimensions !== undefined && dimensions !== provider.dimensions) {
    throw new AppFailure(appError('validation', {
      code: 'dimensions_not_available',
      message: `dimensions must be ${provider.dimensions} for the model ${provider.model}.`,
      field: 'dimensions',
    }))
  }
  const record = await admit(provider.model, knownModels(available))
  const { vectors, tokens } = await embedRecorded(provider, texts, signal, record)
  const write: (vector: Float32Array) => number[] | string = encoding_format === 'base64'
    ? toBase64
    : toNumbers
  return { provider, vectors: vectors.map(write), tokens }
}

function listOf(input: string | string[]): string[] {
  return typeof input === 'string' ? [input] : input
}
