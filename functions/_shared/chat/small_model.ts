/** The model for what is done beside an answer: titles and summaries. What it uses is on the account of whoever asked. */
import { generateText } from 'ai'
import { log } from '../log.ts'
import { languageModel } from '../models/providers.ts'
import type { Db, Turn } from './turns.ts'

const ofAnthropic = { id: 'claude-haiku-4-5', provider: 'anthropic', provider_model: 'claude-haiku-4-5' }

/** Answers with what the model writes. Throws when it does not. */
export type SmallModel = (asked: {
  readonly instructions: string
  readonly prompt: string
  readonly maxOutputTokens: number
  /** How long it may take, in ms. */
  readonly patience: number
}) => Promise<string>

/** A small one of the provider that answers, or its own where none is known; null where no model writes at all. */
export function smallModel(turn: Turn, admin: Db, userId: string): SmallModel | null {
  if (turn.model.provider === 'builtin') return null
  const row = turn.model.provider === 'anthropic' ? ofAnthropic : turn.model
  const model = languageModel(row)
  return async ({ patience, ...asked }) => {
    const { text, usage } = await generateText({
      ...asked,
      model,
      maxRetries: 0,
      abortSignal: AbortSignal.timeout(patience),
    })
    const { error } = await admin.schema('studio').rpc('finish_request', {
      usage: {
        user_id: userId,
        workspace_id: turn.workspace_id,
        conversation_id: turn.conversation_id,
        endpoint: 'chat',
        model_id: row.id,
        input_tokens: usage.inputTokens ?? 0,
        output_tokens: usage.outputTokens ?? 0,
        cached_input_tokens: usage.inputTokenDetails.cacheReadTokens ?? 0,
      },
    })
    if (error) log('error', { event: 'usage_lost', user_id: userId, model: row.id, code: error.code })
    return text
  }
}
