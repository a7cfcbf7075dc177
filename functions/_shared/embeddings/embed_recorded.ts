/** The one way to embed the texts of a request: what they used is recorded, however it ends. */
import type { UsageRecord } from '../database/record_usage.ts'
import type { EmbeddingProvider } from './provider.ts'

/** What one request used. */
export type EmbeddingUsage =
  & Pick<UsageRecord, 'model_id' | 'input_tokens' | 'output_tokens' | 'cached_input_tokens' | 'provider'>
  & Required<Pick<UsageRecord, 'status' | 'duration_ms'>>

/** Called once, when the request ends. Never rejects. */
export type RecordEmbedding = (usage: EmbeddingUsage) => Promise<void>

/** The vectors and the number of tokens that were read. A request whose client has left is recorded as well. */
export async function embedRecorded(
  provider: EmbeddingProvider,
  texts: readonly string[],
  signal: AbortSignal,
  record: RecordEmbedding,
): Promise<{ vectors: Float32Array[]; tokens: number }> {
  const started = performance.now()
  const usage = { tokens: 0 }
  let status: EmbeddingUsage['status'] = 'failed'
  try {
    const vectors = await provider.embed(texts, signal, usage)
    status = 'complete'
    return { vectors, tokens: usage.tokens }
  } catch (cause) {
    if (signal.aborted) status = 'cancelled'
    throw cause
  } finally {
    await record({
      model_id: provider.model,
      ...(provider.isEndpoint ? {} : { provider: 'builtin' as const }),
      status,
      input_tokens: usage.tokens,
      output_tokens: 0,
      cached_input_tokens: 0,
      duration_ms: Math.round(performance.now() - started),
    })
  }
}
