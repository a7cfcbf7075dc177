/** The tokens of a model: counted by its provider or estimated. */
import { estimateTokens } from '../../_lib/text/mod.ts'
import type { TokenUsage } from '../database/record_usage.ts'
import type { FinishPart, Prompt } from './types.ts'

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
