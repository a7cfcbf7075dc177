/**
 * A model that keeps its time limits and has somebody to fall back on.
 *
 * Before its first token nobody has seen anything of an answer, so an overloaded model is asked once more, and then
 * the next model; after it, an answer goes on or fails. Which model answered, and what was tried before, is in the
 * metadata that ends the answer, under `plinth`.
 */
import type { AppFailure } from '../../../types/errors.ts'
import { brokenOff, isTransient, retryAfterOf, timedOut, toFailure, toFailureMidway } from './failure.ts'
import type { CallOptions, LanguageModel, ProviderMetadata, StreamPart, StreamResult } from './types.ts'

export interface Patience {
  /** Until the first token, in ms. */
  readonly firstToken: number
  /** Between two signs of life, in ms. */
  readonly nextToken: number
  /** For an answer that is not streamed, in ms. */
  readonly whole: number
  /** Before the second attempt, in ms, unless the provider names one. */
  readonly pause: number
}

/** The most that is waited for a provider that asks to come back later, in ms. */
const longestPause = 3_000

export interface Candidate {
  readonly id: string
  /** The longest answer it writes, in tokens: it is asked for no longer one, whatever another could. */
  readonly longest?: number | null | undefined
  open(): LanguageModel
}

export interface Attempt {
  readonly model_id: string
  /** `answered`, or the code of what went wrong. */
  readonly outcome: string
}

export function patient(
  candidates: readonly Candidate[],
  patience: Patience,
  onAttempt: (attempt: Attempt) => void = () => {},
): LanguageModel {
  const [first] = candidates
  if (!first) throw new TypeError('a model is needed')

  async function attempt<T>(
    options: CallOptions,
    ask: (
      model: LanguageModel,
      options: CallOptions & { abortSignal: AbortSignal },
      abort: (reason: unknown) => void,
    ) => Promise<T>,
  ): Promise<{ result: T; plinth: PlinthMetadata }> {
    const tried: Attempt[] = []
    const tell = (model_id: string, outcome: string): void => {
      tried.push({ model_id, outcome })
      onAttempt({ model_id, outcome })
    }
    let last: AppFailure | undefined
    for (const [index, candidate] of candidates.entries()) {
      for (const isSecond of [false, true]) {
        options.abortSignal?.throwIfAborted()
        const controller = new AbortController()
        const signal = options.abortSignal
          ? AbortSignal.any([options.abortSignal, controller.signal])
          : controller.signal
        try {
          const { maxOutputTokens: wanted, ...rest } = options
          const longest = wanted === undefined ? undefined : Math.min(wanted, candidate.longest ?? wanted)
          const asked = {
            ...rest,
            ...(longest === undefined ? {} : { maxOutputTokens: longest }),
            abortSignal: signal,
          }
          const result = await ask(candidate.open(), asked, (reason) => controller.abort(reason))
          tell(candidate.id, 'answered')
          return { result, plinth: { model_id: candidate.id, fallback: index > 0, attempts: tried } }
        } catch (cause) {
          controller.abort()
          // Whoever asked does not want the answer any more.
          options.abortSignal?.throwIfAborted()
          last = toFailure(cause)
          tell(candidate.id, last.error.code)
          if (!isTransient(last)) throw last
          // A model that keeps silent would do so again, and one that asks for more time than that is left alone.
          const wait = (retryAfterOf(last) ?? 0) * 1000 || patience.pause
          if (isSecond || last.error.code === 'model_timeout' || wait > longestPause) break
          await sleep(wait * (1 + Math.random() / 4), options.abortSignal)
        }
      }
    }
    throw last
  }

  return {
    specificationVersion: 'v4',
    provider: 'plinth',
    modelId: first.id,
    get supportedUrls() {
      // Nothing: what a message refers to is fetched here, where it is known what may be fetched.
      return {}
    },
    doGenerate: async (options) => {
      const { result, plinth } = await attempt(options, async (model, asked, abort) => {
        const timer = setTimeout(() => abort(timedOut()), patience.whole)
        try {
          return await orAborted(Promise.resolve(model.doGenerate(asked)), asked.abortSignal)
        } finally {
          clearTimeout(timer)
        }
      })
      return { ...result, providerMetadata: withPlinth(result.providerMetadata, plinth) }
    },
    doStream: async (options) => {
      const { result, plinth } = await attempt(
        options,
        (model, asked, abort) => begin(model, asked, asked.abortSignal, abort, patience),
      )
      return { ...result.head, stream: follow(result, plinth, patience) }
    },
  }
}

interface PlinthMetadata {
  readonly model_id: string
  /** It is not the model that was asked first. */
  readonly fallback: boolean
  readonly attempts: readonly Attempt[]
}

interface Begun {
  readonly head: Omit<StreamResult, 'stream'>
  readonly reader: ReadableStreamDefaultReader<StreamPart>
  /** What was read up to the first token, which is the last of them. */
  readonly parts: StreamPart[]
  readonly signal: AbortSignal
  abort(reason: unknown): void
}

/** Resolves with the first token, or with an end without one; rejects with whatever happens before. */
async function begin(
  model: LanguageModel,
  options: CallOptions,
  signal: AbortSignal,
  abort: (reason: unknown) => void,
  { firstToken }: Patience,
): Promise<Begun> {
  const timer = setTimeout(() => abort(timedOut()), firstToken)
  try {
    const { stream, ...head } = await orAborted(Promise.resolve(model.doStream(options)), signal)
    const reader = stream.getReader()
    const parts: StreamPart[] = []
    while (true) {
      const { done, value } = await orAborted(reader.read(), signal)
      if (done) throw brokenOff()
      if (value.type === 'error') throw value.error
      parts.push(value)
      if (isContent(value)) return { head, reader, parts, signal, abort }
    }
  } finally {
    clearTimeout(timer)
  }
}

function isContent({ type }: StreamPart): boolean {
  const before: StreamPart['type'][] = [
    'stream-start',
    'response-metadata',
    'custom',
    'ping',
    'raw',
    'text-start',
    'reasoning-start',
  ]
  return !before.includes(type)
}

/** The answer from its first token on: every part at once, as it comes. */
function follow(
  { reader, parts, signal, abort }: Begun,
  plinth: PlinthMetadata,
  { nextToken }: Patience,
): StreamResult['stream'] {
  let ended = false
  const halves = new Halves()
  const pass = (read: StreamPart, controller: ReadableStreamDefaultController<StreamPart>): void => {
    const part = halves.join(read)
    if (part.type === 'error') {
      ended = true
      controller.enqueue({ type: 'error', error: toFailureMidway(part.error) })
    } else if (part.type === 'finish') {
      ended = true
      // What a provider's module makes of a stream that just stops.
      if (part.finishReason.unified === 'interrupted') {
        controller.enqueue({ type: 'error', error: brokenOff() })
      } else controller.enqueue({ ...part, providerMetadata: withPlinth(part.providerMetadata, plinth) })
    } else controller.enqueue(part)
  }
  return new ReadableStream<StreamPart>({
    start: (controller) => parts.forEach((part) => pass(part, controller)),
    pull: async (controller) => {
      const timer = setTimeout(() => abort(timedOut()), nextToken)
      try {
        const { done, value } = await orAborted(reader.read(), signal)
        if (!done) return pass(value, controller)
        if (!ended) controller.enqueue({ type: 'error', error: brokenOff() })
        controller.close()
      } catch (cause) {
        const failure = signal.aborted ? signal.reason : cause
        abort(failure)
        void reader.cancel(failure).catch(() => {})
        if (isCallerAbort(failure)) return controller.error(failure)
        controller.enqueue({ type: 'error', error: toFailureMidway(failure) })
        controller.close()
      } finally {
        clearTimeout(timer)
      }
    },
    cancel: async (reason) => {
      abort(reason)
      await reader.cancel(reason).catch(() => {})
    },
  })
}

/** Some servers cut a text within a character. Not every client of ours can read half of one: it goes with the next piece. */
class Halves {
  readonly #held = new Map<string, string>()

  /** A piece may come to nothing that way. A half that nothing follows is no character, and is dropped. */
  join(part: StreamPart): StreamPart {
    if (part.type !== 'text-delta' && part.type !== 'reasoning-delta') return part
    const key = `${part.type} ${part.id}`
    const text = (this.#held.get(key) ?? '') + part.delta
    const half = /[\ud800-\udbff]$/.exec(text)?.[0]
    if (half) this.#held.set(key, half)
    else this.#held.delete(key)
    return { ...part, delta: half ? text.slice(0, -1) : text }
  }
}

/** An abort by whoever asked is theirs to see as what it is. */
function isCallerAbort(cause: unknown): boolean {
  return cause instanceof DOMException && cause.name === 'AbortError'
}

function withPlinth(metadata: ProviderMetadata | undefined, plinth: PlinthMetadata): ProviderMetadata {
  return {
    ...metadata,
    plinth: {
      ...metadata?.['plinth'],
      ...plinth,
      attempts: plinth.attempts.map((attempt) => ({ ...attempt })),
    },
  }
}

/** Not every model heeds its signal; the one who waits does. */
async function orAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  if (signal.aborted) {
    work.catch(() => {})
    throw signal.reason
  }
  const aborted = Promise.withResolvers<never>()
  const stop = (): void => aborted.reject(signal.reason)
  signal.addEventListener('abort', stop, { once: true })
  try {
    return await Promise.race([work, aborted.promise])
  } catch (cause) {
    // The signal's own reason says more than what a model made of it.
    throw signal.aborted ? signal.reason : cause
  } finally {
    signal.removeEventListener('abort', stop)
  }
}

async function sleep(ms: number, signal: AbortSignal | undefined): Promise<void> {
  const timer = Promise.withResolvers<void>()
  const id = setTimeout(timer.resolve, ms)
  try {
    await (signal ? orAborted(timer.promise, signal) : timer.promise)
  } finally {
    clearTimeout(id)
  }
}
