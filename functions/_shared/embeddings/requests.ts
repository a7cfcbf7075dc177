/** Answers requests for vectors, in our shape and in OpenAI's. */
import { Buffer } from 'node:buffer'
import {
  type EmbedAnswer,
  type EmbeddingModelList,
  EmbedRequest,
  type OpenAiEmbeddingsAnswer,
  OpenAiEmbeddingsRequest,
} from '../../../types/api.ts'
import { appError, AppFailure } from '../../../types/errors.ts'
import { readJson } from '../http/body.ts'
import type { FunctionContext } from '../http/serve.ts'
import type { EmbeddingProvider } from './provider.ts'
import { embeddingModels } from './select.ts'

/** A million characters, each escaped as \uXXXX, and what is around them. */
const mostBytes = 6.5 * 1024 * 1024

const headers = { 'cache-control': 'no-store' }

/** POST /embed */
export async function embedTexts(request: Request, { requestId }: FunctionContext): Promise<Response> {
  const { texts, input, ...options } = await readJson(request, EmbedRequest, mostBytes)
  const { provider, vectors, tokens } = await embed(texts ?? listOf(input ?? []), options, request.signal)
  const { model, dimensions, semantic } = provider
  const answer: EmbedAnswer = { model, dimensions, semantic, vectors, tokens, request_id: requestId }
  return Response.json(answer, { headers })
}

/** GET /embed */
export async function listModels(_request: Request, { requestId }: FunctionContext): Promise<Response> {
  const { standard, all } = await embeddingModels()
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

/** POST /embed/v1/embeddings */
export async function embedForOpenAi(request: Request): Promise<Response> {
  return Response.json(await answerOpenAiEmbeddings(request), { headers })
}

export async function answerOpenAiEmbeddings(request: Request): Promise<OpenAiEmbeddingsAnswer> {
  const { input, user: _, ...options } = await readJson(request, OpenAiEmbeddingsRequest, mostBytes)
  const { provider, vectors, tokens } = await embed(listOf(input), options, request.signal)
  return {
    object: 'list',
    data: vectors.map((embedding, index) => ({ object: 'embedding', index, embedding })),
    model: provider.model,
    usage: { prompt_tokens: tokens, total_tokens: tokens },
  }
}

type Options = Pick<EmbedRequest, 'model' | 'dimensions' | 'encoding_format'>

async function embed(
  texts: readonly string[],
  { model, dimensions, encoding_format }: Options,
  signal: AbortSignal,
): Promise<{ provider: EmbeddingProvider; vectors: (number[] | string)[]; tokens: number }> {
  const provider = (await embeddingModels()).find(model)
  if (dimensions !== undefined && dimensions !== provider.dimensions) {
    throw new AppFailure(appError('validation', {
      code: 'dimensions_not_available',
      message: `${provider.model} gives ${provider.dimensions} dimensions.`,
      field: 'dimensions',
    }))
  }
  const usage = { tokens: 0 }
  const vectors = await provider.embed(texts, signal, usage)
  const write: (vector: Float32Array) => number[] | string = encoding_format === 'base64'
    ? toBase64
    : toNumbers
  return { provider, vectors: vectors.map(write), tokens: usage.tokens }
}

function listOf(input: string | string[]): string[] {
  return typeof input === 'string' ? [input] : input
}

/** Nine digits say which 32-bit float is meant; the double it is held in has up to seventeen. */
export function toNumbers(vector: Float32Array): number[] {
  return Array.from(vector, (value) => Number(value.toPrecision(9)))
}

function toBase64({ buffer, byteOffset, byteLength }: Float32Array): string {
  return Buffer.from(buffer, byteOffset, byteLength).toString('base64')
}
