/** From what somebody asks to a turn that is under way. */
import type { FunctionContext } from '../serve.ts'
import { appError, AppFailure } from '../../../types/errors.ts'
import { configuredProviders } from '../models/providers.ts'
import { type FilePart, placeFiles } from './attachments.ts'
import type { Chunk } from './answer.ts'
import { embedQuestion } from './embed_question.ts'
import { LiveTurn } from './live.ts'
import { carryOut } from './carry_out.ts'
import { beginTurn, type Db, type NewTurn, type Turn } from './turns.ts'

export interface Asked
  extends Omit<NewTurn, 'providers' | 'message' | 'query_embedding' | 'embedding_model' | 'checks'> {
  readonly message?: {
    readonly client_id?: string | undefined
    readonly text: string
    readonly files: readonly Partial<FilePart>[]
    readonly parent_id?: number | null | undefined
  } | undefined
}

export interface Caller {
  /** With the rights of the person who asks. */
  readonly client: Db
  /** Writes answers, which nobody else may. */
  readonly admin: Db
  readonly userId: string
}

/** Answers are written by the service role; everything a turn reads or does is as the user. */
export function callerOf({ supabase, supabaseAdmin, userClaims }: FunctionContext): Caller {
  if (!userClaims) {
    throw new AppFailure(appError('authentication', { code: 'no_user', message: 'Sign in first.' }))
  }
  return { client: supabase as unknown as Db, admin: supabaseAdmin as unknown as Db, userId: userClaims.id }
}

/** Rejects, with nothing stored, where there can be no turn. Otherwise the turn goes on by itself. */
export async function begin(caller: Caller, asked: Asked): Promise<LiveTurn> {
  const { message, ...rest } = asked
  const [files, vector] = await Promise.all([
    placeFiles(caller.client, caller.userId, message?.files ?? []),
    embedQuestion(message?.text ?? ''),
  ])
  const turn = await beginTurn(caller.client, {
    ...rest,
    ...vector,
    providers: configuredProviders(),
    ...(message
      ? {
        message: {
          client_id: message.client_id,
          parent_id: message.parent_id,
          content: message.text,
          ...(files.length > 0 ? { parts: [...files, { type: 'text', text: message.text }] } : {}),
        },
      }
      : {}),
  })
  const live = new LiveTurn(turn, caller.userId, opening(turn))
  carryOut(live, caller)
  return live
}

/** The first chunk of every stream of the answer. */
function opening(turn: Turn): Chunk {
  const { conversation_id, user_message_id, message_id, model } = turn
  return {
    type: 'start',
    messageId: String(message_id),
    messageMetadata: {
      conversation_id,
      user_message_id,
      message_id,
      model_id: model.id,
      model_name: model.name,
    },
  }
}
