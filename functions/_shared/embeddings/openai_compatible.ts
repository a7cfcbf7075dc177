/**
 * Any endpoint that answers `POST <url>/embeddings` as OpenAI does. Texts are sent to that URL only: redirects are not
 * followed, and neither texts nor the key appear in logs or errors.
 */
import { z } from 'zod'
import { appError, AppFailure, fromNetwork, fromUnknown, parseRetryAfter } from '../../../types/errors.ts'
import { retry } from '../../_lib/async/mod.ts'
import { estimateTokens } from '../../_lib/text/mod.ts'
import { type EmbeddingProvider, malformed, notSetUp, refuseBlank } from './provider.ts'
import { toUnit } from './vectors.ts'

/** The settings of an endpoint. */
export interface EndpointSettings {
  /** The base URL that the OpenAI SDK takes: `https://api.openai.com/v1`. */
  readonly url: string
  readonly model: string
  /** Vectors of another size are refused. */
  readonly dimensions: number
  readonly key?: string | undefined
  /** Asks the endpoint to shorten its vectors to `dimensions`, which only some models support. */
  readonly shorten: boolean
  readonly maxTokens: number
  /** Texts per request. */
  readonly batch: number
  /** Of one request. */
  readonly timeoutMs?: number
  /** Before the second attempt, unless the endpoint sends `Retry-After`. */
  readonly pauseMs?: number
}

const EmbeddingsResponse = z.object({
  data: z.array(z.object({ index: z.number().int().nonnegative(), embedding: z.array(z.number()) })),
  usage: z.object({ prompt_tokens: z.number().nonnegative() }).optional().catch(undefined),
})
type EmbeddingsResponse = z.infer<typeof EmbeddingsResponse>

/** The model of an endpoint. */
export function openAiCompatible(settings: EndpointSettings): EmbeddingProvider {
  const { model, dimensions, maxTokens, batch, pauseMs = 500 } = settings
  const url = new URL(settings.url)
  url.pathname = `${url.pathname.replace(/\/+$/, '')}/embeddings`
  const estimate = (texts: readonly string[]): number =>
    texts.reduce((sum, text) => sum + Math.min(maxTokens, estimateTokens(text.length)), 0)
  return {
    model,
    dimensions,
    semantic: true,
    maxTokens,
    isEndpoint: true,
    embed: async (texts, signal, usage) => {
      refuseBlank(texts)
      const vectors: Float32Array[] = []
      for (let start = 0; start < texts.length; start += batch) {
        const slice = texts.slice(start, start + batch).map((text) => text.toWellFormed())
        const attempt = async (): Promise<EmbeddingsResponse> => {
          signal.throwIfAborted()
          return await requestEmbeddings(url, settings, slice, signal).catch((cause) => {
            // Without an answer, the endpoint may have read the texts all the same.
            if (usage && (signal.aborted || fromUnknown(cause).code === 'timeout')) {
              usage.tokens += estimate(slice)
            }
            throw cause
          })
        }
        const response = await retry(attempt, {
          idempotent: true,
          attempts: 2,
          pauseMs,
          signal,
        })
        vectors.push(...inOrder(response.data, slice.length).map((vector) => toUnit(vector, dimensions)))
        if (usage) {
          usage.tokens += response.usage?.prompt_tokens ?? estimate(slice)
        }
      }
      return vectors
    },
  }
}

async function requestEmbeddings(
  url: URL,
  { model, dimensions, key, shorten, timeoutMs = 30_000 }: EndpointSettings,
  input: readonly string[],
  caller: AbortSignal,
): Promise<EmbeddingsResponse> {
  let body: unknown
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...(key ? { authorization: `Bearer ${key}` } : {}) },
      body: JSON.stringify({ model, input, encoding_format: 'float', ...(shorten ? { dimensions } : {}) }),
      redirect: 'manual',
      signal: AbortSignal.any([caller, AbortSignal.timeout(timeoutMs)]),
    })
    if (!response.ok) {
      await response.body?.cancel()
      throw refusal(response)
    }
    body = await response.json()
  } catch (cause) {
    if (cause instanceof AppFailure) throw cause
    caller.throwIfAborted()
    if (cause instanceof SyntaxError) throw malformed('The embedding service returned invalid JSON.')
    throw new AppFailure(fromNetwork(cause), { cause })
  }
  const parsed = EmbeddingsResponse.safeParse(body)
  if (!parsed.success) throw malformed('The embedding service returned no list of vectors.')
  return parsed.data
}

/** Whose mistake a status is, and whether it is temporary. The text of the response is not passed on. */
function refusal({ status, headers }: Response): AppFailure {
  const message = `The embedding service returned status ${status}.`
  const retryAfter = parseRetryAfter(headers.get('retry-after'))
  if (status === 429) {
    return new AppFailure(appError('rate_limit', { code: 'embedding_busy', message, retryAfter }))
  }
  if (status === 400 || status === 413 || status === 422) {
    const hint = 'A text may be too long for the model.'
    return new AppFailure(appError('validation', { code: 'embedding_refused', message, hint, status: 422 }))
  }
  if (status >= 500 || status === 408 || status === 409 || status === 425) {
    return new AppFailure(appError('unavailable', { code: 'embedding_failed', message }))
  }
  return notSetUp(message, 'Check EMBEDDING_URL, EMBEDDING_MODEL and EMBEDDING_API_KEY.')
}

/** The vectors in the order of the texts; each exactly once. */
function inOrder(data: EmbeddingsResponse['data'], count: number): number[][] {
  const vectors = new Map(data.map(({ index, embedding }) => [index, embedding]))
  return Array.from({ length: count }, (_, index) => {
    const vector = vectors.get(index)
    if (vector === undefined || data.length !== count) {
      throw malformed('The embedding service did not return exactly one vector per text.')
    }
    return vector
  })
}
