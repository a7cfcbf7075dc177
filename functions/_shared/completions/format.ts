/** An answer as OpenAI's protocol has it: whole, or as a stream of events. */
import { citationOf, type FoundPassage } from '../model/sources.ts'
import type { FinishPart, GenerateResult, ProviderMetadata, StreamPart } from '../model/types.ts'
import type { TokenUsage } from '../database/record_usage.ts'

/** What every chunk of an answer repeats. */
interface Head {
  readonly id: string
  readonly created: number
  /** The model that answers, which may be the fallback. */
  readonly model: string
}

/** Fields beside OpenAI's. */
type Extension = Readonly<Record<string, unknown>>

type FinishReason = FinishPart['finishReason']['unified']

export function newHead(model: string): Head {
  return {
    id: `chatcmpl-${crypto.randomUUID().replaceAll('-', '')}`,
    created: Math.floor(Date.now() / 1000),
    model,
  }
}

export function toCompletion(
  { content, finishReason }: GenerateResult,
  head: Head,
  usage: TokenUsage,
  extension: Extension,
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
    ...headOf(head, 'chat.completion'),
    choices: [{
      index: 0,
      message,
      logprobs: null,
      finish_reason: finishReasonOf(finishReason.unified, calls.length > 0),
    }],
    usage: usageOf(usage),
    ...extension,
  }
}

/** What the numbers in the answer of the built-in model stand for: no field of OpenAI's has a place for it. */
export function citationsOf(
  metadata: ProviderMetadata | undefined,
  passages: readonly FoundPassage[],
): Extension {
  const cited = metadata?.['plinth']?.['citations']
  if (!Array.isArray(cited)) return {}
  const citations = passages.filter(({ n }) => cited.includes(n)).map((passage) => {
    const { n, title, chunk_id, document_id, page } = citationOf(passage, 0)
    return { n, title, chunk_id, document_id, page }
  })
  return { plinth: { citations } }
}

/** Turns the parts of one stream into events. */
export class CompletionChunks {
  /** Ids of tool calls, by their index. */
  readonly #calls: string[] = []
  #started = false

  constructor(
    private readonly head: Head,
    private readonly includesUsage: boolean,
  ) {}

  eventsOf(part: StreamPart): string {
    switch (part.type) {
      case 'text-delta':
        return part.delta === '' ? '' : this.#delta({ content: part.delta })
      case 'tool-input-start':
        return this.#startCall(part.id, part.toolName)
      case 'tool-input-delta':
        return this.#delta({
          tool_calls: [{ index: this.#calls.indexOf(part.id), function: { arguments: part.delta } }],
        })
      case 'tool-call': {
        if (this.#calls.includes(part.toolCallId)) return ''
        const start = this.#startCall(part.toolCallId, part.toolName)
        const index = this.#calls.indexOf(part.toolCallId)
        return start + this.#delta({ tool_calls: [{ index, function: { arguments: part.input } }] })
      }
      default:
        return ''
    }
  }

  /** The end of an answer that is complete. */
  finish(reason: FinishReason, usage: TokenUsage, extension: Extension): string {
    const last = this.#delta({}, finishReasonOf(reason, this.#calls.length > 0), extension)
    const totals = this.includesUsage
      ? toEvent({ ...headOf(this.head, 'chat.completion.chunk'), choices: [], usage: usageOf(usage) })
      : ''
    return `${last}${totals}data: [DONE]\n\n`
  }

  #startCall(id: string, name: string): string {
    const index = this.#calls.push(id) - 1
    return this.#delta({ tool_calls: [{ index, id, type: 'function', function: { name, arguments: '' } }] })
  }

  #delta(delta: Extension, finishReason: string | null = null, extension: Extension = {}): string {
    const first = this.#started ? '' : this.#chunk({ role: 'assistant', content: '' }, null)
    this.#started = true
    return first + this.#chunk(delta, finishReason, extension)
  }

  #chunk(delta: Extension, finish_reason: string | null, extension: Extension = {}): string {
    return toEvent({
      ...headOf(this.head, 'chat.completion.chunk'),
      choices: [{ index: 0, delta, logprobs: null, finish_reason }],
      ...(this.includesUsage ? { usage: null } : {}),
      ...extension,
    })
  }
}

export function toEvent(value: unknown): string {
  return `data: ${JSON.stringify(value)}\n\n`
}

/** In the order in which OpenAI sends them. */
function headOf({ id, created, model }: Head, object: string): Record<string, unknown> {
  return { id, object, created, model }
}

/** Some servers end a call of a tool with "stop": clients then would not run it. */
function finishReasonOf(reason: FinishReason, hasCalls: boolean): string {
  if (reason === 'tool-calls' || hasCalls && reason !== 'length' && reason !== 'content-filter') {
    return 'tool_calls'
  }
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
