/** The model that writes titles and summaries. Its usage is recorded for the user of the turn. */
import { generateText } from 'ai'
import { fromUnknown } from '../../../types/errors.ts'
import type { Db } from '../database/client.ts'
import { log } from '../http/log.ts'
import { ModelCall } from '../model/model_call.ts'
import type { ChosenModel } from '../model/types.ts'
import { recordUsage } from '../database/record_usage.ts'
import type { Turn } from './turn.ts'

interface SmallModelPrompt {
  readonly instructions: string
  readonly prompt: string
  readonly maxOutputTokens: number
  readonly timeoutMs: number
}

/** Resolves with the text of the model. */
export type SmallModel = (prompt: SmallModelPrompt) => Promise<string>

/** The one that the workspace chose, and the model of the turn where it fails; null where no model writes. */
export function smallModelOf(turn: Turn, admin: Db, userId: string): SmallModel | null {
  const { small_model: chosen, model } = turn
  if (!chosen) return null
  return async ({ timeoutMs, ...prompt }) => {
    const abortSignal = AbortSignal.timeout(timeoutMs)
    const ask = async (row: ChosenModel): Promise<string> => {
      const call = new ModelCall({ model: row })
      const { text } = await generateText({ ...prompt, model: call.model, maxRetries: 0, abortSignal })
      await recordUsage(admin, {
        ...call.usage,
        user_id: userId,
        workspace_id: turn.workspace_id,
        conversation_id: turn.conversation_id,
        endpoint: 'chat',
        model_id: row.id,
      })
      return text
    }
    try {
      return await ask(chosen)
    } catch (cause) {
      if (abortSignal.aborted || chosen.id === model.id) throw cause
      log('warn', { event: 'small_model_failed', model: chosen.id, code: fromUnknown(cause).code })
      return await ask(model)
    }
  }
}
