/**
 * Asking a model, the same for a turn of a conversation and for a request of a program: which model answers, the
 * attempts before it, and the tokens that were used, however it ends. What a workspace lets through is in guard.ts.
 */
import { log } from '../http/log.ts'
import { languageModel } from './providers.ts'
import type { GenerateResult, LanguageModel, ModelRow, Prompt, StreamPart } from './types.ts'
import type { TokenUsage } from '../database/record_usage.ts'
import { addTokens, countTokens, estimateUsage, noTokens } from './usage.ts'
import type { Attempt } from './with_fallback.ts'

interface ModelCallOptions<Row extends ModelRow> {
  readonly model: Row
  /** Answers where the model is overloaded. */
  readonly fallback?: Row | null
  /** Identifies the turn or request in the log. */
  readonly logFields?: Readonly<Record<string, string>>
}

/** One call, of several rounds where the model uses tools. */
export class ModelCall<Row extends ModelRow> {
  /** For the AI SDK, or to call directly. */
  readonly model: LanguageModel
  readonly failedAttempts: Attempt[] = []
  readonly #rounds: Round[] = []
  #answeredBy: Row

  constructor({ model, fallback = null, logFields = {} }: ModelCallOptions<Row>) {
    this.#answeredBy = model
    this.model = this.#metered(languageModel(model, {
      fallback,
      onAttempt: (attempt) => {
        this.#answeredBy = fallback?.id === attempt.model_id ? fallback : model
        if (attempt.outcome === 'answered') return
        this.failedAttempts.push(attempt)
        log('warn', {
          event: 'model_attempt',
          ...logFields,
          model: attempt.model_id,
          outcome: attempt.outcome,
        })
      },
    }))
  }

  /** The model that answers; the last one that was tried where none does. */
  get answeredBy(): Row {
    return this.#answeredBy
  }

  /** So far. A round that has not ended counts by estimate. */
  get usage(): TokenUsage {
    return this.#rounds.map(({ usage }) => usage).reduce(addTokens, noTokens)
  }

  /** Whether a part of the usage was not counted by the provider. */
  get isEstimated(): boolean {
    return this.#rounds.some(({ isEstimated }) => isEstimated)
  }

  /** The same model, with its rounds recorded. */
  #metered(model: LanguageModel): LanguageModel {
    const start = (prompt: Prompt): Round => {
      const round = new Round(prompt)
      this.#rounds.push(round)
      return round
    }
    return {
      ...model,
      doGenerate: async (options) => {
        const round = start(options.prompt)
        try {
          const result = await model.doGenerate(options)
          round.finish(result.usage, writtenIn(result))
          return result
        } catch (cause) {
          if (!options.abortSignal?.aborted) round.fail()
          throw cause
        }
      },
      doStream: async (options) => {
        const round = start(options.prompt)
        try {
          const { stream, ...head } = await model.doStream(options)
          return { ...head, stream: stream.pipeThrough(round.listener()) }
        } catch (cause) {
          if (!options.abortSignal?.aborted) round.fail()
          throw cause
        }
      },
    }
  }
}

/**
 * One request to a provider. A request that failed before its first token costs nothing. One that was aborted, that broke
 * off, or whose provider does not count, costs what its prompt and its answer so far are estimated at.
 */
class Round {
  #counted: TokenUsage | null = null
  #brokeOff = false
  #writtenChars = 0
  /** Tool calls whose input is streamed, and then repeated whole. */
  readonly #streamedCalls = new Set<string>()

  constructor(private readonly prompt: Prompt) {}

  get isEstimated(): boolean {
    return this.#counted === null
  }

  get usage(): TokenUsage {
    return this.#counted ?? estimateUsage(this.prompt, this.#writtenChars)
  }

  fail(): void {
    this.#counted = noTokens
  }

  finish(usage: GenerateResult['usage'], writtenChars: number): void {
    this.#writtenChars = writtenChars
    const counted = countTokens(usage)
    if (counted.input_tokens + counted.output_tokens > 0) this.#counted = counted
  }

  listener(): TransformStream<StreamPart, StreamPart> {
    return new TransformStream({
      transform: (part, controller): void => {
        this.#record(part)
        controller.enqueue(part)
      },
    })
  }

  #record(part: StreamPart): void {
    switch (part.type) {
      case 'text-delta':
      case 'reasoning-delta':
      case 'tool-input-delta':
        this.#writtenChars += part.delta.length
        break
      case 'tool-input-start':
        this.#streamedCalls.add(part.id)
        break
      case 'tool-call':
        if (!this.#streamedCalls.has(part.toolCallId)) this.#writtenChars += part.input.length
        break
      case 'error':
        this.#brokeOff = true
        break
      case 'finish':
        // What a provider counts of an answer that broke off is only a part of it.
        if (!this.#brokeOff) this.finish(part.usage, this.#writtenChars)
    }
  }
}

function writtenIn({ content }: GenerateResult): number {
  return content.reduce(
    (sum, part) =>
      sum +
      (part.type === 'text' || part.type === 'reasoning'
        ? part.text.length
        : part.type === 'tool-call'
        ? part.input.length
        : 0),
    0,
  )
}
