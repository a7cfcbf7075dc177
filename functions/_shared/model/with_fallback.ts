/**
 * A model that keeps time limits and has others to fall back on.
 *
 * Before the first token the caller has seen nothing of an answer, so an overloaded model is asked once more, and then
 * the next one; after it, an answer goes on or fails. Which model answered, and what was tried before, is in the
 * metadata that ends the answer, under `plinth`.
 */
import { sleep, withTimeout } from '../../_lib/async/mod.ts'
import type { AppFailure } from '../../../types/errors.ts'
import { isTransient, retryAfterOf, timedOut, toFailure } from './failure.ts'
import { openStream, watchStream } from './stream.ts'
import type { CallOptions, LanguageModel, ProviderMetadata } from './types.ts'

export interface ModelTimeouts {
  readonly firstTokenMs: number
  /** Between two parts of a stream. */
  readonly nextTokenMs: number
  /** For an answer that is not streamed. */
  readonly totalMs: number
  /** Before the second attempt, unless the provider names a time. */
  readonly retryPauseMs: number
}

/** A provider that asks for a longer pause is not asked again. */
const maxPauseMs = 3_000

interface Candidate {
  readonly id: string
  /** The longest answer it writes, in tokens: whatever another could write, it is not asked for more. */
  readonly maxOutputTokens?: number | null | undefined
  open(): LanguageModel
}

export interface Attempt {
  readonly model_id: string
  /** `answered`, or the code of the failure. */
  readonly outcome: string
}

/** What the metadata of an answer says under `plinth`. */
interface Origin {
  readonly model_id: string
  /** Whether it is another model than the one that was asked first. */
  readonly fallback: boolean
  readonly attempts: readonly Attempt[]
}

/** `onAttempt` is called after every attempt; the last one is the answer's. */
export function withFallback(
  candidates: readonly Candidate[],
  timeouts: ModelTimeouts,
  onAttempt: (attempt: Attempt) => void = () => {},
): LanguageModel {
  const [first] = candidates
  if (!first) throw new TypeError('at least one model is required')
  const attempt = <Result>(options: CallOptions, call: Call<Result>): Promise<Answered<Result>> =>
    firstAnswer(candidates, options, call, timeouts.retryPauseMs, onAttempt)
  return {
    specificationVersion: 'v4',
    provider: 'plinth',
    modelId: first.id,
    // None: the functions fetch what a message refers to themselves, since they know what may be fetched.
    supportedUrls: {},
    doGenerate: async (options) => {
      const { result, origin } = await attempt(
        options,
        (model, asked) =>
          withTimeout((abortSignal) => model.doGenerate({ ...asked, abortSignal }), {
            timeoutMs: timeouts.totalMs,
            reason: timedOut,
            signal: asked.abortSignal,
          }),
      )
      return { ...result, providerMetadata: withOrigin(result.providerMetadata, origin) }
    },
    doStream: async (options) => {
      const { result, origin } = await attempt(
        options,
        (model, asked) => openStream(model, asked, timeouts.firstTokenMs),
      )
      const stream = watchStream(result, timeouts.nextTokenMs, (finish) => ({
        ...finish,
        providerMetadata: withOrigin(finish.providerMetadata, origin),
      }))
      return { ...result.head, stream }
    },
  }
}

type Call<Result> = (model: LanguageModel, options: CallOptions) => Promise<Result>

interface Answered<Result> {
  readonly result: Result
  readonly origin: Origin
}

async function firstAnswer<Result>(
  candidates: readonly Candidate[],
  options: CallOptions,
  call: Call<Result>,
  retryPauseMs: number,
  onAttempt: (attempt: Attempt) => void,
): Promise<Answered<Result>> {
  const attempts: Attempt[] = []
  const report = (model_id: string, outcome: string): void => {
    attempts.push({ model_id, outcome })
    onAttempt({ model_id, outcome })
  }
  let failure: AppFailure | undefined
  for (const [index, candidate] of candidates.entries()) {
    for (const isRetry of [false, true]) {
      options.abortSignal?.throwIfAborted()
      try {
        const result = await call(candidate.open(), withinLength(options, candidate))
        report(candidate.id, 'answered')
        return { result, origin: { model_id: candidate.id, fallback: index > 0, attempts } }
      } catch (cause) {
        // The caller no longer wants an answer, from any model.
        options.abortSignal?.throwIfAborted()
        failure = toFailure(cause)
        report(candidate.id, failure.error.code)
        if (!isTransient(failure)) throw failure
        const pauseMs = (retryAfterOf(failure) ?? 0) * 1000 || retryPauseMs
        // A model that timed out would do so again.
        if (isRetry || failure.error.code === 'model_timeout' || pauseMs > maxPauseMs) break
        await sleep(pauseMs * (1 + Math.random() / 4), options.abortSignal)
      }
    }
  }
  throw failure
}

function withinLength(options: CallOptions, { maxOutputTokens }: Candidate): CallOptions {
  const wanted = options.maxOutputTokens
  return wanted === undefined || maxOutputTokens === null || maxOutputTokens === undefined
    ? options
    : { ...options, maxOutputTokens: Math.min(wanted, maxOutputTokens) }
}

function withOrigin(metadata: ProviderMetadata | undefined, origin: Origin): ProviderMetadata {
  return {
    ...metadata,
    plinth: {
      ...metadata?.['plinth'],
      ...origin,
      attempts: origin.attempts.map((attempt) => ({ ...attempt })),
    },
  }
}
