/** The AI SDK's own words for a language model, from the one package that functions import. */
import type { LanguageModel as AnyLanguageModel } from 'ai'

export type LanguageModel = Extract<AnyLanguageModel, { readonly specificationVersion: 'v4' }>
export type CallOptions = Parameters<LanguageModel['doStream']>[0]
export type GenerateResult = Awaited<ReturnType<LanguageModel['doGenerate']>>
export type StreamResult = Awaited<ReturnType<LanguageModel['doStream']>>
export type StreamPart = StreamResult['stream'] extends ReadableStream<infer Part> ? Part : never
export type FinishPart = Extract<StreamPart, { type: 'finish' }>
export type ProviderMetadata = NonNullable<FinishPart['providerMetadata']>

/** A row of ai_models, as far as asking it goes. */
export interface ModelRow {
  /** What Plinth calls it. */
  readonly id: string
  readonly provider: string
  /** What its provider calls it. */
  readonly provider_model: string
  readonly max_output_tokens?: number | null
}

/** A passage as retrieval gives it; `n` is what an answer cites it by. */
export interface Passage {
  readonly n: number
  readonly text: string
  readonly title?: string | null
  readonly section?: string | null
  readonly [more: string]: unknown
}
