/** The interface of an embedding model, and the errors that every implementation shares. */
import { appError, AppFailure } from '../../../types/errors.ts'

/** An embedding model. */
export interface EmbeddingProvider {
  /** The name its vectors are stored under. Vectors of different models are never compared. */
  readonly model: string
  readonly dimensions: number
  /** Whether vectors close to each other mean similar texts; otherwise only texts with common words. */
  readonly semantic: boolean
  /** How many tokens of a text count. The rest is cut off; an endpoint may refuse the text instead. */
  readonly maxTokens: number
  /** Texts leave this process for an endpoint, which may charge for them. */
  readonly isEndpoint?: true
  /**
   * One vector of length 1 per text, in order. The vector of a text does not depend on the other texts, except at an
   * endpoint, which decides that itself. Adds the tokens that were read to `usage`, also where it fails afterwards.
   */
  embed(texts: readonly string[], signal: AbortSignal, usage?: TokenCount): Promise<Float32Array[]>
}

/** Tokens that a call has read so far. */
export interface TokenCount {
  tokens: number
}

/** Throws `empty_text` if one of the texts has nothing but white space. */
export function refuseBlank(texts: readonly string[]): void {
  if (texts.every((text) => text.trim() !== '')) return
  throw new AppFailure(
    appError('validation', { code: 'empty_text', message: 'A text to embed must not be blank.' }),
  )
}

/** The model returned something unusable, and would again. */
export function malformed(message: string): AppFailure {
  return new AppFailure(
    appError('unavailable', { code: 'embedding_malformed', message, retryable: false }),
  )
}

/** The settings, or the files they name, do not fit together: the operator has to correct them. */
export function notSetUp(message: string, hint?: string, cause?: unknown): AppFailure {
  return new AppFailure(
    appError('unavailable', { code: 'embeddings_not_set_up', message, hint, retryable: false }),
    { cause },
  )
}
