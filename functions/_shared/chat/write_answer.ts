/** Has the model write the answer of a turn, piece by piece into the streams of the turn. */
import {
  type LanguageModel,
  type ModelMessage,
  stepCountIs,
  streamText,
  type TextStreamPart,
  type ToolSet,
  toUIMessageChunk,
} from 'ai'
import type { Redactor } from '../../_lib/guards/mod.ts'
import { type OwnRows, passageOptions } from '../model/built_in.ts'
import type { Guard } from '../model/guard.ts'
import { citationOf, type FoundPassage, type Sources } from '../model/sources.ts'
import { toolFailureText } from '../tools/context.ts'
import type { ToolApprovals } from './approvals.ts'
import type { LiveTurn } from './live_turn.ts'
import type { Chunk } from './parts.ts'
import { describeFailure, interrupted, type TurnFailure } from './turn_failure.ts'

/** Rounds of text and tool calls. */
const maxSteps = 8

interface Assignment {
  readonly model: LanguageModel
  readonly system: string
  readonly messages: ModelMessage[]
  readonly tools: ToolSet
  readonly sources: Sources
  /** Only for the built-in model. */
  readonly rows: OwnRows | null
  readonly guard: Guard
  readonly approvals: ToolApprovals
  readonly maxOutputTokens: number
}

export interface AnswerOutcome {
  /** Null where the answer was cancelled or failed before the model gave one. */
  readonly finishReason: string | null
  readonly failure: TurnFailure | null
  /** From the request until the first text. */
  readonly firstTokenMs: number | null
  /** What the model wrote and read, where tool calls need the approval of the user before it goes on. */
  readonly paused: readonly ModelMessage[] | null
}

export async function writeAnswer(live: LiveTurn, assignment: Assignment): Promise<AnswerOutcome> {
  const { signal } = live
  const started = performance.now()
  const writer = new AnswerWriter(live, assignment)
  let finishReason: string | null = null
  let failure: TurnFailure | null = null
  let firstTokenMs: number | null = null

  const { stream, responseMessages } = streamText({
    model: assignment.model,
    instructions: assignment.system,
    messages: assignment.messages,
    tools: assignment.tools,
    toolApproval: ({ toolCall }) =>
      assignment.approvals.isNeededFor(toolCall.toolName) ? 'user-approval' : undefined,
    stopWhen: stepCountIs(maxSteps),
    // Without tools in the last step, the model has to answer.
    prepareStep: ({ stepNumber }) => stepNumber === maxSteps - 1 ? { toolChoice: 'none' } : undefined,
    abortSignal: signal,
    // The model retries by itself.
    maxRetries: 0,
    // Errors come in the stream; by default the SDK would print them too.
    onError: () => {},
    providerOptions: passageOptions(assignment.sources.passages, assignment.rows),
    maxOutputTokens: assignment.maxOutputTokens,
  })
  try {
    // Rejects with the stream, which reports the failure.
    responseMessages.then(() => {}, () => {})
    for await (const part of stream) {
      if (signal.aborted) break
      if (part.type === 'text-delta') firstTokenMs ??= performance.now() - started
      if (part.type === 'finish-step') finishReason = part.finishReason
      if (part.type === 'error') failure = describeFailure(part.error)
      else writer.write(part)
    }
  } catch (cause) {
    if (!signal.aborted) failure = describeFailure(cause)
  }
  const isComplete = !signal.aborted && failure === null
  closeAnswer(live, isComplete)
  if (signal.aborted) {
    failure = live.stopped === 'gone' ? interrupted : null
    return { finishReason: null, failure, firstTokenMs, paused: null }
  }
  const isPaused = isComplete && live.answer.awaitingApproval().length > 0
  return { finishReason, failure, firstTokenMs, paused: isPaused ? await responseMessages : null }
}

/** Closes what a cancelled or failed answer left open. A complete one may wait for approvals. */
export function closeAnswer(live: LiveTurn, isComplete: boolean): void {
  for (const { type, id } of live.answer.openBlocks()) live.emit({ type: `${type}-end`, id })
  for (const { toolCallId, state, type, approval } of live.answer.toolCalls()) {
    if (state === 'approval-requested' && approval && !isComplete) {
      live.emit({ type: 'tool-approval-response', approvalId: approval.id, approved: false })
      live.emit({ type: 'tool-output-denied', toolCallId })
    }
    if (state === 'approval-responded' && approval?.approved === false) {
      live.emit({ type: 'tool-output-denied', toolCallId })
      continue
    }
    if (state !== 'input-available' && state !== 'approval-responded') continue
    const dynamic = type === 'dynamic-tool' ? { dynamic: true as const } : {}
    const errorText = 'The tool call was not completed.'
    live.emit({ type: 'tool-output-error', toolCallId, errorText, ...dynamic })
  }
}

/** Names blocks by their index in the answer, redacts them, and emits sources as soon as the text cites them. */
class AnswerWriter {
  readonly #ids = new Map<string, string>()
  #steps: number
  #redactor: Redactor | null = null

  constructor(
    private readonly live: LiveTurn,
    private readonly assignment: Assignment,
  ) {
    // The first step of an answer that continues is not its first.
    this.#steps = live.partCount > 0 ? 1 : 0
  }

  write(part: TextStreamPart<ToolSet>): void {
    switch (part.type) {
      case 'start-step':
        // An answer of one step is stored as its text alone, so the first step has no part.
        if (this.#steps++ > 0) {
          this.live.emit({ type: 'finish-step' })
          this.live.emit({ type: 'start-step' })
        }
        return
      case 'text-start':
        this.#redactor = this.assignment.guard.redactor()
        this.#nameBlock(part)
        break
      case 'text-delta':
        this.#writeText(part.id, this.#redactor ? this.#redactor.push(part.text) : part.text)
        return
      case 'text-end':
        this.#writeText(part.id, this.#redactor?.end() ?? '')
        break
      case 'reasoning-start':
        // Reasoning is not redacted, so it is not shown where the answer is.
        if (this.assignment.guard.redactsPii) return
        this.#nameBlock(part)
        break
      case 'reasoning-delta':
      case 'reasoning-end':
        if (!this.#ids.has(`reasoning-start ${part.id}`)) return
        break
      case 'tool-approval-request':
        // Without the input of the call, which the part of the tool shows.
        this.live.emit({
          type: part.type,
          approvalId: part.approvalId,
          toolCallId: part.toolCall.toolCallId,
        })
        return
      case 'tool-error':
        // Of input that the tool does not accept, the call itself said so.
        if (
          this.live.answer.toolCalls().some(({ toolCallId, state }) =>
            toolCallId === part.toolCallId && state === 'output-error'
          )
        ) return
        break
      case 'start':
      case 'finish-step':
      case 'finish':
      case 'abort':
      case 'tool-input-start':
      case 'tool-input-delta':
      case 'tool-input-end':
      case 'source':
      case 'file':
      case 'custom':
        return
    }
    const chunk = toUIMessageChunk(part, { sendReasoning: true, onError: toolFailureText })
    if (chunk) this.live.emit(this.#named(this.#redacted(chunk)))
  }

  #writeText(id: string, delta: string): void {
    if (delta === '') return
    this.live.emit(this.#named({ type: 'text-delta', id, delta }))
    for (const passage of this.assignment.sources.read(delta)) this.live.emit(sourceChunk(passage))
  }

  #nameBlock({ type, id }: { readonly type: 'text-start' | 'reasoning-start'; readonly id: string }): void {
    this.#ids.set(`${type} ${id}`, String(this.live.answer.parts.length))
  }

  #named(chunk: Chunk): Chunk {
    const block = /^(text|reasoning)-(start|delta|end)$/.exec(chunk.type)?.[1]
    if (!block || !('id' in chunk) || typeof chunk.id !== 'string') return chunk
    return { ...chunk, id: this.#ids.get(`${block}-start ${chunk.id}`) ?? chunk.id } as Chunk
  }

  /** Only the model reads what tools get and return as it is. */
  #redacted(chunk: Chunk): Chunk {
    const redact = <Value>(value: Value): Value => this.assignment.guard.redact(value, 'tool')
    switch (chunk.type) {
      case 'tool-input-available':
        return { ...chunk, input: redact(chunk.input) }
      case 'tool-input-error':
        return { ...chunk, input: redact(chunk.input), errorText: redact(chunk.errorText) }
      case 'tool-output-available':
        return { ...chunk, output: redact(chunk.output) }
      case 'tool-output-error':
        return { ...chunk, errorText: redact(chunk.errorText) }
      default:
        return chunk
    }
  }
}

function sourceChunk(passage: FoundPassage): Chunk {
  const { chunk_id: sourceId, title, url } = passage
  const providerMetadata = { plinth: { ...citationOf(passage, 300) } }
  return url ? { type: 'source-url', sourceId, url, title: title ?? url, providerMetadata } : {
    type: 'source-document',
    sourceId,
    mediaType: 'text/plain',
    title: title ?? 'Untitled',
    providerMetadata,
  }
}
