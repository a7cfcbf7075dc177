/** The model for what is done beside an answer: titles and summaries. What it uses is on the account of whoever asked. */
import { generateText, type LanguageModelUsage } from 'ai'
import { fromUnknown } from '../../../types/errors.ts'
import { log } from '../http/log.ts'
import { languageModel } from '../model/providers.ts'
import type { Db, Turn, TurnModel } from './turns.ts'

/** Answers with what the model writes. Throws when it does not. */
export type SmallModel = (asked: {
  readonly instructions: string
  readonly prompt: string
  readonly maxOutputTokens: number
  /** How long it may take, in ms. */
  readonly patience: number
}) => Promise<string>

/** The one that the workspace chose; null where no model writes at all. Should it not be there, the turn's own does it. */
export function smallModel(turn: Turn, admin: Db, userId: string): SmallModel | null {
  const { small_model: chosen, model } = turn
  if (!chosen) return null
  return async ({ patience, ...asked }) => {
    const signal = AbortSignal.timeout(patience)
    const ask = async (row: TurnModel): Promise<string> => {
      const { text, usage } = await generateText({
        ...asked,
        model: languageModel(row),
        maxRetries: 0,
        abortSignal: signal,
      })
      await count(row, usage)
      return text
    }
    try {
      return await ask(chosen)
    } catch (cause) {
      if (signal.aborted || chosen.id === model.id) throw cause
      log('warn', { event: 'small_model_failed', model: chosen.id, code: fromUnknown(cause).code })
      return await ask(model)
    }
  }

  async function count(row: TurnModel, usage: LanguageModelUsage): Promise<void> {
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
  }
}
