/** Lets a model write the answer of a turn, piece by piece into the turn's stream. */
import {
  type LanguageModel,
  type LanguageModelUsage,
  type ModelMessage,
  stepCountIs,
  streamText,
  type TextStreamPart,
  type ToolSet,
  toUIMessageChunk,
} from 'ai'
import type { Chunk } from './answer.ts'
import { describeFailure, type Failure, interrupted } from './failure.ts'
import type { Redactor } from '../../_lib/guards/guards.ts'
import type { LiveTurn } from './live.ts'
import { sourceChunk, type Sources } from './sources.ts'

/** Rounds of tools and text before the model has to come to an end. */
const mostSteps = 8

export interface Assignment {
  readonly model: LanguageModel
  readonly system: string
  readonly messages: ModelMessage[]
  readonly tools: ToolSet
  readonly sources: Sources
  /** For each text of the answer: what takes out of it what must not go out. */
  readonly redactor: () => Redactor | null
  /** The same for what tools are given and answer. */
  readonly redact: <T>(value: T) => T
  readonly maxOutputTokens: number
}

export interface Production {
  /** Null where it was cancelled or failed before the model said why it stopped. */
  readonly finishReason: string | null
  readonly failure: Failure | null
  readonly usage: { input: number; output: number; cached: number; estimated: boolean }
  /** From the request to the model until its first words, in ms. */
  readonly firstToken: number | null
}

export async function produce(live: LiveTurn, assignment: Assignment): Promise<Production> {
  const { sources, system, messages } = assignment
  const { signal } = live
  const started = performance.now()
  const usage = { input: 0, output: 0, cached: 0, estimated: false }
  const writer = new Writer(live, assignment)
  let finishReason: string | null = null
  let failure: Failure | null = null
  let firstToken: number | null = null
  let counted = 0
  /** Of the round of the model that is not over: it was asked, or said something. */
  let round: 'none' | 'asked' | 'heard' = 'asked'
  let brokeOff = false

  const result = streamText({
    model: assignment.model,
    instructions: system,
    messages,
    tools: assignment.tools,
    stopWhen: stepCountIs(mostSteps),
    // The last round is for the answer: one that ends with a call would say nothing.
    prepareStep: ({ stepNumber }) => stepNumber === mostSteps - 1 ? { toolChoice: 'none' } : undefined,
    abortSignal: signal,
    // Whether and when to ask again is the business of the model itself.
    maxRetries: 0,
    // It would be printed otherwise.
    onError: () => {},
    // For the model that answers from passages alone; others pass it over.
    providerOptions: { plinth: { passages: sources.passages.map((passage) => ({ ...passage })) } },
    maxOutputTokens: assignment.maxOutputTokens,
  })
  try {
    for await (const part of result.stream) {
      if (signal.aborted) break
      if (part.type === 'text-delta') firstToken ??= performance.now() - started
      if (isSaid(part)) round = 'heard'
      if (part.type === 'finish-step') {
        // What the tools answered is the next round's question.
        round = part.finishReason === 'tool-calls' ? 'asked' : 'none'
        add(usage, part.usage)
        // What was said of a round that broke off is not in what the provider counted.
        if (!brokeOff) counted = live.answer.content.length
        finishReason = part.finishReason
      }
      if (part.type === 'error') {
        failure = describeFailure(part.error)
        brokeOff = round === 'heard'
      } else writer.write(part)
    }
  } catch (cause) {
    if (!signal.aborted) failure = describeFailure(cause)
  }
  writer.close()
  // A model that refuses is not paid for it; one that is left, or breaks off, read what it was given.
  const isLeft = signal.aborted ? round !== 'none' : brokeOff
  const isUntold = !failure && usage.input + usage.output === 0
  if (isLeft || isUntold) {
    estimate(usage, system, messages, live.answer.content.slice(isUntold ? 0 : counted))
  }
  if (signal.aborted) {
    return { finishReason: null, failure: live.stopped === 'gone' ? interrupted : null, usage, firstToken }
  }
  return { finishReason, failure, usage, firstToken }
}

function isSaid({ type }: TextStreamPart<ToolSet>): boolean {
  return ['text-delta', 'reasoning-delta', 'tool-input-delta', 'tool-call'].includes(type)
}

/** Names blocks by their place in the answer, and tells sources as soon as they are named. */
class Writer {
  readonly #ids = new Map<string, string>()
  #steps = 0

  #redactor: Redactor | null = null

  constructor(
    private readonly live: LiveTurn,
    private readonly assignment: Assignment,
  ) {}

  write(part: TextStreamPart<ToolSet>): void {
    switch (part.type) {
      case 'start-step':
        // The first step needs no mark: an answer of one is told by its text alone.
        if (this.#steps++ > 0) {
          this.live.emit({ type: 'finish-step' })
          this.live.emit({ type: 'start-step' })
        }
        return
      case 'text-start':
      case 'reasoning-start':
        // What must not be said must not be thought aloud either.
        if (part.type === 'reasoning-start' && this.assignment.redactor()) return
        this.#ids.set(`${part.type} ${part.id}`, String(this.live.answer.parts.length))
        break
      case 'reasoning-delta':
      case 'reasoning-end':
        if (!this.#ids.has(`reasoning-start ${part.id}`)) return
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
    if (part.type === 'text-start') this.#redactor = this.assignment.redactor()
    if (part.type === 'text-end') this.#say(part.id, this.#redactor?.end() ?? '')
    if (part.type === 'text-delta') {
      this.#say(part.id, this.#redactor ? this.#redactor.push(part.text) : part.text)
      return
    }
    const chunk = toUIMessageChunk(part, { sendReasoning: true, onError: () => '' })
    if (chunk) this.live.emit(this.#named(this.#redacted(chunk)))
  }

  #say(id: string, delta: string): void {
    if (delta === '') return
    this.live.emit(this.#named({ type: 'text-delta', id, delta }))
    for (const passage of this.assignment.sources.read(delta)) this.live.emit(sourceChunk(passage))
  }

  /** The model is told what a tool answers, and nobody else more of it than of an answer. */
  #redacted(chunk: Chunk): Chunk {
    const { redact } = this.assignment
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

  /** Closes what a cancelled or broken answer left open. */
  close(): void {
    for (const { type, id } of this.live.answer.open()) this.live.emit({ type: `${type}-end`, id })
    for (const { toolCallId, state, type } of this.live.answer.calls()) {
      if (state !== 'input-available') continue
      const dynamic = type === 'dynamic-tool' ? { dynamic: true as const } : {}
      this.live.emit({ type: 'tool-output-error', toolCallId, errorText: 'It was not finished.', ...dynamic })
    }
  }

  #named(chunk: Chunk): Chunk {
    const block = /^(text|reasoning)-(start|delta|end)$/.exec(chunk.type)?.[1]
    if (!block || !('id' in chunk) || typeof chunk.id !== 'string') return chunk
    return { ...chunk, id: this.#ids.get(`${block}-start ${chunk.id}`) ?? chunk.id } as Chunk
  }
}

function add(usage: Production['usage'], step: LanguageModelUsage): void {
  usage.input += step.inputTokens ?? 0
  usage.output += step.outputTokens ?? 0
  usage.cached += step.inputTokenDetails?.cacheReadTokens ?? 0
}

/** What providers count for an image, or rather less. */
const tokensOfImage = 1_000

/** A provider that was broken off does not say what it counted, and some never do: about four characters are a token. */
function estimate(
  usage: Production['usage'],
  system: string,
  messages: readonly ModelMessage[],
  text: string,
): void {
  const read = messages.reduce(
    (sum, { content }) => sum + (typeof content === 'string' ? content.length : lengthOf(content)),
    system.length,
  )
  usage.input += Math.ceil(read / 4)
  usage.output += Math.ceil(text.length / 4)
  usage.estimated = true
}

function lengthOf(parts: Exclude<ModelMessage['content'], string>): number {
  return parts.reduce(
    (sum, part) =>
      sum + (part.type === 'text' ? part.text.length : part.type === 'file' ? tokensOfImage * 4 : 0),
    0,
  )
}
