/** The model for what is done beside an answer: titles and summaries. */
import type { LanguageModel } from 'ai'
import { languageModel } from '../models/providers.ts'
import type { TurnModel } from './turns.ts'

const ofAnthropic = { id: 'claude-haiku-4-5', provider: 'anthropic', provider_model: 'claude-haiku-4-5' }

/** A small one of the provider that answers, or its own where none is known; null where no model writes at all. */
export function smallModel(model: TurnModel): LanguageModel | null {
  if (model.provider === 'builtin') return null
  return languageModel(model.provider === 'anthropic' ? ofAnthropic : model)
}
