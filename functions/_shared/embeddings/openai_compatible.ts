/**
 * Any endpoint that answers `POST <url>/embeddings` as OpenAI does. Texts go there and nowhere else: redirects are not
 * followed, and nothing of a text or of the key is logged or told to callers.
 */
import { z } from 'zod'
import { appError, AppFailure, fromNetwork, parseRetryAfter } from '../../../types/errors.ts'
import { retry } from '../../_lib/async/retry.ts'
import {
  type EmbeddingProvider,
  estimateTokens,
  malformed,
  notSetUp,
  refuseBlank,
  toUnit,
} from './provider.ts'

export interface EndpointSettings {
  /** As the OpenAI SDK takes it: `https://api.openai.com/v1`. */
  readonly url: string
  readonly model: string
  /** What the vectors must have; anything else is refused. */
  readonly dimensions: number
  readonly key?: string | undefined
  /** Asks the endpoint to shorten its vectors to `dimensions`, which only some models can. */
  readonly shorten: boolean
  readonly maxTokens: number
  /** Texts a request. */
  readonly batch: number
  /** How long one request may take, in ms. */
  readonly timeout?: number
  /** The pause before the second attempt, in ms, unless the endpoint names one. */
  readonly pause?: number
}

const Answer = z.object({
  data: z.array(z.object({ index: z.number().int().nonnegative(), embedding: z.array(z.number()) })),
  usage: z.object({ prompt_tokens: z.number().nonnegative() }).optional().catch(undefined),
})

export function openAiCompatible(settings: EndpointSettings): EmbeddingProvider {
  const { model, dimensions, maxTokens, batch, pause = 500 } = settings
  const url = new URL(settings.url)
  url.pathname = `${url.pathname.replace(/\/+$/, '')}/embeddings`
  return {
    model,
    dimensions,
    semantic: true,
    maxTokens,
    embed: async (texts, signal, usage) => {
      refuseBlank(texts)
      const vectors: Float32Array[] = []
      for (let start = 0; start < texts.length; start += batch) {
        const slice = texts.slice(start, start + batch).map((text) => text.toWellFormed())
        const answer = await retry(() => ask(url, settings, slice, signal), {
          idempotent: true,
          attempts: 2,
          pauseMs: pause,
          signal,
        })
        vectors.push(...inOrder(answer.data, slice.length).map((vector) => toUnit(vector, dimensions)))
        if (usage) {
          usage.tokens += answer.usage?.prompt_tokens ??
            slice.reduce((sum, text) => sum + estimateTokens(text, maxTokens), 0)
        }
      }
      return vectors
    },
  }
}

async function ask(
  url: URL,
  { model, dimensions, key, shorten, timeout = 30_000 }: EndpointSettings,
  input: readonly string[],
  caller: AbortSignal,
): Promise<z.infer<typeof Answer>> {
  let answer: unknown
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...(key ? { authorization: `Bearer ${key}` } : {}) },
      body: JSON.stringify({ model, input, encoding_format: 'float', ...(shorten ? { dimensions } : {}) }),
      redirect: 'manual',
      signal: AbortSignal.any([caller, AbortSignal.timeout(timeout)]),
    })
    if (!response.ok) {
      await response.body?.cancel()
      throw refusal(response)
    }
    answer = await response.json()
  } catch (cause) {
    if (cause instanceof AppFailure) throw cause
    caller.throwIfAborted()
    if (cause instanceof SyntaxError) throw malformed('The embedding service did not answer JSON.')
    throw new AppFailure(fromNetwork(cause), { cause })
  }
  const parsed = Answer.safeParse(answer)
  if (!parsed.success) throw malformed('The embedding service did not answer a list of vectors.')
  return parsed.data
}

/** What a status means here: whose mistake it is, and whether it may pass. Its text is not passed on. */
function refusal({ status, headers }: Response): AppFailure {
  const message = `The embedding service answered ${status}.`
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
  return notSetUp(message, 'Look at EMBEDDING_URL, EMBEDDING_MODEL and EMBEDDING_API_KEY.')
}

/** The vectors in the order of the texts; each exactly once. */
function inOrder(data: z.infer<typeof Answer>['data'], count: number): number[][] {
  const vectors = new Map(data.map(({ index, embedding }) => [index, embedding]))
  return Array.from({ length: count }, (_, index) => {
    const vector = vectors.get(index)
    if (vector === undefined || data.length !== count) {
      throw malformed('The embedding service did not answer one vector a text.')
    }
    return vector
  })
}
