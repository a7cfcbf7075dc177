/** What turns texts into vectors, whichever model does it. */
import { appError, AppFailure } from '../../../types/errors.ts'

export interface EmbeddingProvider {
  /** The name its vectors are stored under. Vectors of two names are never compared. */
  readonly model: string
  readonly dimensions: number
  /** Whether near vectors mean near meanings. Otherwise they only mean common words. */
  readonly semantic: boolean
  /** How many tokens of a text count. What follows is cut off; an endpoint may refuse the text instead. */
  readonly maxTokens: number
  /**
   * One vector of length 1 for each text, in their order. A text's vector is the same alone and among others, as far as
   * it is decided here: an endpoint does as it likes. `usage` is counted up by the tokens that were read.
   */
  embed(texts: readonly string[], signal: AbortSignal, usage?: Usage): Promise<Float32Array[]>
}

export interface Usage {
  tokens: number
}

/** A text without anything in it has no place among others. */
export function refuseBlank(texts: readonly string[]): void {
  const blank = texts.findIndex((text) => text.trim() === '')
  if (blank < 0) return
  throw new AppFailure(
    appError('validation', { code: 'empty_text', message: 'There is nothing in the text to embed.' }),
  )
}

/** Brings a vector to length 1, so that the inner product is the cosine. */
export function toUnit(values: ArrayLike<number>, dimensions: number): Float32Array {
  if (values.length !== dimensions) {
    throw malformed(`The model answered ${values.length} dimensions instead of ${dimensions}.`)
  }
  let sum = 0
  for (let index = 0; index < dimensions; index++) sum += (values[index] ?? 0) ** 2
  if (!Number.isFinite(sum) || sum === 0) throw malformed('The model answered what is no vector.')
  const length = Math.sqrt(sum)
  return Float32Array.from(values, (value) => value / length)
}

/** An answer that no repetition makes better. */
export function malformed(message: string): AppFailure {
  return new AppFailure(
    appError('unavailable', { code: 'embedding_malformed', message, retryable: false }),
  )
}

/** The settings, or the files they name, do not fit together: for the person who runs this. */
export function notSetUp(message: string, hint?: string, cause?: unknown): AppFailure {
  return new AppFailure(
    appError('unavailable', { code: 'embeddings_not_set_up', message, hint, retryable: false }),
    { cause },
  )
}

/** For runtimes that do not tell how many tokens they read. */
export function estimateTokens(text: string, most: number): number {
  return Math.min(most, Math.ceil(text.length / 4))
}
