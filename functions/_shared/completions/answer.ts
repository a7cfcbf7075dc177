/** A model's answer in OpenAI's words, at once or as a stream of events. */
import type { FinishPart, GenerateResult, StreamPart } from '../model/types.ts'

/** What every chunk of an answer says again. */
export interface Head {
  readonly id: string
  readonly created: number
  /** The model that answers, which may be the fallback. */
  model: string
}

export interface TokenUsage {
  readonly input_tokens: number
  readonly output_tokens: number
  readonly cached_input_tokens: number
}

export function newHead(model: string): Head {
  return {
    id: `chatcmpl-${crypto.randomUUID().replaceAll('-', '')}`,
    created: Math.floor(Date.now() / 1000),
    model,
  }
}

export function countTokens(usage: FinishPart['usage']): TokenUsage {
  return {
    input_tokens: usage.inputTokens.total ?? 0,
    output_tokens: usage.outputTokens.total ?? 0,
    cached_input_tokens: usage.inputTokens.cacheRead ?? 0,
  }
}

export function toCompletion(
  { content, finishReason, usage }: GenerateResult,
  head: Head,
): Record<string, unknown> {
  const text = content.flatMap((part) => part.type === 'text' ? [part.text] : []).join('')
  const calls = content.flatMap((part) =>
    part.type === 'tool-call'
      ? [{
        id: part.toolCallId,
        type: 'function',
        function: { name: part.toolName, arguments: part.input },
      }]
      : []
  )
  const message = {
    role: 'assistant',
    content: text === '' && calls.length > 0 ? null : text,
    refusal: null,
    ...(calls.length > 0 ? { tool_calls: calls } : {}),
  }
  return {
    ...ordered(head, 'chat.completion'),
    choices: [{ index: 0, message, logprobs: null, finish_reason: finishOf(finishReason.unified) }],
    usage: usageOf(countTokens(usage)),
  }
}

/** Turns the parts of one stream into chunks. */
export class Chunks {
  readonly #head: Head
  readonly #tellUsage: boolean
  /** Ids of calls, each in its place. */
  readonly #calls: string[] = []
  #started = false
  /** Characters of the answer so far. */
  written = 0

  constructor(head: Head, tellUsage: boolean) {
    this.#head = head
    this.#tellUsage = tellUsage
  }

  of(part: StreamPart): string {
    switch (part.type) {
      case 'text-delta':
        if (part.delta === '') return ''
        this.written += part.delta.length
        return this.#delta({ content: part.delta })
      case 'tool-input-start':
        return this.#startCall(part.id, part.toolName)
      case 'tool-input-delta':
        this.written += part.delta.length
        return this.#delta({
          tool_calls: [{ index: this.#calls.indexOf(part.id), function: { arguments: part.delta } }],
        })
      case 'tool-call': {
        if (this.#calls.includes(part.toolCallId)) return ''
        this.written += part.input.length
        const start = this.#startCall(part.toolCallId, part.toolName)
        const index = this.#calls.indexOf(part.toolCallId)
        return start + this.#delta({ tool_calls: [{ index, function: { arguments: part.input } }] })
      }
      default:
        return ''
    }
  }

  /** The end of an answer that is complete. `more` goes with it, outside of OpenAI's fields. */
  finish(
    reason: FinishPart['finishReason']['unified'],
    usage: TokenUsage,
    more: Record<string, unknown>,
  ): string {
    const last = this.#delta({}, finishOf(reason), more)
    const told = this.#tellUsage
      ? event({ ...ordered(this.#head, 'chat.completion.chunk'), choices: [], usage: usageOf(usage) })
      : ''
    return `${last}${told}data: [DONE]\n\n`
  }

  #startCall(id: string, name: string): string {
    const index = this.#calls.push(id) - 1
    return this.#delta({ tool_calls: [{ index, id, type: 'function', function: { name, arguments: '' } }] })
  }

  #delta(
    delta: Record<string, unknown>,
    finish_reason: string | null = null,
    more: Record<string, unknown> = {},
  ): string {
    const first = this.#started ? '' : this.#chunk({ role: 'assistant', content: '' }, null)
    this.#started = true
    return first + this.#chunk(delta, finish_reason, more)
  }

  #chunk(
    delta: Record<string, unknown>,
    finish_reason: string | null,
    more: Record<string, unknown> = {},
  ): string {
    return event({
      ...ordered(this.#head, 'chat.completion.chunk'),
      choices: [{ index: 0, delta, logprobs: null, finish_reason }],
      ...(this.#tellUsage ? { usage: null } : {}),
      ...more,
    })
  }
}

export function event(value: unknown): string {
  return `data: ${JSON.stringify(value)}\n\n`
}

function ordered({ id, created, model }: Head, object: string): Record<string, unknown> {
  return { id, object, created, model }
}

function finishOf(reason: FinishPart['finishReason']['unified']): string {
  if (reason === 'tool-calls') return 'tool_calls'
  if (reason === 'content-filter') return 'content_filter'
  return reason === 'length' ? 'length' : 'stop'
}

function usageOf({ input_tokens, output_tokens, cached_input_tokens }: TokenUsage): unknown {
  return {
    prompt_tokens: input_tokens,
    completion_tokens: output_tokens,
    total_tokens: input_tokens + output_tokens,
    prompt_tokens_details: { cached_tokens: cached_input_tokens },
  }
}
