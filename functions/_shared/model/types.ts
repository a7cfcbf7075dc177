/** The AI SDK's types of a language model, and what Plinth knows of models and passages. */
import type { LanguageModel as AnyLanguageModel } from 'ai'
import { z } from 'zod'

export type LanguageModel = Extract<AnyLanguageModel, { readonly specificationVersion: 'v4' }>
export type CallOptions = Parameters<LanguageModel['doStream']>[0]
export type Prompt = CallOptions['prompt']
export type GenerateResult = Awaited<ReturnType<LanguageModel['doGenerate']>>
export type StreamResult = Awaited<ReturnType<LanguageModel['doStream']>>
export type StreamPart = StreamResult['stream'] extends ReadableStream<infer Part> ? Part : never
export type FinishPart = Extract<StreamPart, { type: 'finish' }>
export type ProviderMetadata = NonNullable<FinishPart['providerMetadata']>

/** What of a row of ai_models is needed to ask the model. */
export interface ModelRow {
  /** The name in Plinth. */
  readonly id: string
  readonly provider: string
  /** The name at the provider. */
  readonly provider_model: string
  readonly max_output_tokens?: number | null
}

/** A model as the database chooses it for a turn or a request. */
export const ChosenModel = z.object({
  id: z.string(),
  name: z.string(),
  provider: z.string(),
  provider_model: z.string(),
  context_tokens: z.number(),
  max_output_tokens: z.number(),
  supports_tools: z.boolean(),
  supports_images: z.boolean(),
})
export type ChosenModel = z.infer<typeof ChosenModel>

/** What a model reads of a passage; an answer cites it by `n`. */
export interface Passage {
  readonly n: number
  readonly text: string
  readonly title?: string | null | undefined
  readonly section?: string | null | undefined
}
