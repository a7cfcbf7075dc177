/** The tokens of a model: counted by its provider or estimated, and recorded for budgets and bills. */
import { estimateTokens } from '../../_lib/text/mod.ts'
import type { Db } from '../database/client.ts'
import { toJson } from '../database/json.ts'
import { log } from '../http/log.ts'
import type { FinishPart, Prompt } from './types.ts'

export interface TokenUsage {
  readonly input_tokens: number
  readonly output_tokens: number
  readonly cached_input_tokens: number
}

export const noTokens: TokenUsage = { input_tokens: 0, output_tokens: 0, cached_input_tokens: 0 }

/** What a provider counted. */
export function countTokens({ inputTokens, outputTokens }: FinishPart['usage']): TokenUsage {
  return {
    input_tokens: inputTokens.total ?? 0,
    output_tokens: outputTokens.total ?? 0,
    cached_input_tokens: inputTokens.cacheRead ?? 0,
  }
}

export function addTokens(one: TokenUsage, other: TokenUsage): TokenUsage {
  return {
    input_tokens: one.input_tokens + other.input_tokens,
    output_tokens: one.output_tokens + other.output_tokens,
    cached_input_tokens: one.cached_input_tokens + other.cached_input_tokens,
  }
}

/** About what a provider would have counted for a prompt and so many characters of an answer. */
export function estimateUsage(prompt: Prompt, writtenChars: number): TokenUsage {
  return {
    input_tokens: estimatePrompt(prompt),
    output_tokens: estimateTokens(writtenChars),
    cached_input_tokens: 0,
  }
}

/** About what providers count for an image. */
const imageTokens = 1_000

function estimatePrompt(prompt: Prompt): number {
  let chars = 0
  let images = 0
  for (const { content } of prompt) {
    if (typeof content === 'string') chars += content.length
    else {
      for (const part of content) {
        if (part.type === 'text' || part.type === 'reasoning') chars += part.text.length
        else if (part.type === 'file') images++
        else if (part.type === 'tool-call') chars += lengthOf(part.input)
        else if (part.type === 'tool-result') chars += lengthOf(part.output)
      }
    }
  }
  return estimateTokens(chars) + images * imageTokens
}

function lengthOf(value: unknown): number {
  return JSON.stringify(value)?.length ?? 0
}

export interface UsageRecord extends TokenUsage {
  readonly endpoint: 'chat' | 'completions' | 'embeddings'
  readonly user_id: string
  /** Null is the personal workspace. */
  readonly workspace_id: string | null
  readonly model_id: string
  readonly status?: 'complete' | 'cancelled' | 'failed'
  readonly api_key_id?: number | null
  readonly conversation_id?: number
  readonly duration_ms?: number
}

/** Never fails: an answer is not lost for its usage. The log has what could not be recorded. */
export async function recordUsage(admin: Db, record: UsageRecord, requestId?: string): Promise<void> {
  const { error } = await admin.schema('studio').rpc('finish_request', { usage: toJson(record) })
  log(error ? 'error' : 'info', {
    event: error ? 'usage_lost' : 'usage',
    ...(requestId === undefined ? {} : { request_id: requestId }),
    endpoint: record.endpoint,
    user_id: record.user_id,
    model: record.model_id,
    status: record.status ?? 'complete',
    input_tokens: record.input_tokens,
    output_tokens: record.output_tokens,
    duration_ms: record.duration_ms ?? null,
    ...(error ? { code: error.code } : {}),
  })
}
