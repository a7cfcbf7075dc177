/** From what somebody asks to a turn that is under way. */
import type { FunctionContext } from '../http/serve.ts'
import { appError, AppFailure } from '../../../types/errors.ts'
import { embedQuestion } from '../embeddings/embed_question.ts'
import { configuredProviders } from '../model/providers.ts'
import { runtime } from '../runtime.ts'
import { searchModel } from '../search/search_model.ts'
import { type FilePart, placeFiles, removeFiles } from './attachments.ts'
import type { Chunk } from './answer.ts'
import { LiveTurn } from './live.ts'
import { carryOut } from './carry_out.ts'
import { beginTurn, type Db, type NewTurn, type Turn } from './turns.ts'
import { checkQuestion } from './watch.ts'

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
  const { checks, redacted_content } = checkQuestion(message?.text ?? '')
  const uploaded: string[] = []
  const turn = await store().catch(async (cause) => {
    // Where it is not known whether the question was stored, its files stay.
    if (cause instanceof AppFailure && !cause.error.retryable || isRateLimit(cause)) {
      await removeFiles(caller.client, uploaded)
    }
    throw cause
  })
  const live = new LiveTurn(turn, caller.userId, opening(turn), asked.max_output_tokens)
  carryOut(live, caller)
  return live

  async function store(): Promise<Turn> {
    const placing = placeFiles(caller.client, caller.userId, message?.files ?? [], uploaded)
    const [files, vector] = await Promise.all([
      placing,
      embedQuestion(
        runtime.embeddingModels,
        message?.text ?? '',
        (signal) => searchModel(caller.client, signal),
      ),
    ])
    return await beginTurn(caller.client, {
      ...rest,
      ...vector,
      providers: configuredProviders(),
      checks,
      ...(message
        ? {
          message: {
            client_id: message.client_id,
            parent_id: message.parent_id,
            content: message.text,
            redacted_content,
            ...(files.length > 0 ? { parts: files } : {}),
          },
        }
        : {}),
    })
  }
}

function isRateLimit(cause: unknown): boolean {
  return cause instanceof AppFailure && cause.error.kind === 'rate_limit'
}

/** How every stream of the answer begins: which messages these are, and whether another model answers than before. */
function opening(turn: Turn): Chunk[] {
  const { conversation_id, user_message_id, message_id, is_new, model, previous_model_id } = turn
  const known = { conversation_id, user_message_id, message_id, model_id: model.id, model_name: model.name }
  const isSwitch = previous_model_id !== null && previous_model_id !== model.id
  return [
    { type: 'start', messageId: String(message_id), messageMetadata: known },
    { type: 'data-turn', data: { ...known, is_new }, transient: true },
    ...(isSwitch
      ? [{
        type: 'data-model-switch' as const,
        data: {
          from_model: previous_model_id,
          from_model_name: turn.previous_model_name,
          to_model: model.id,
          to_model_name: model.name,
        },
        transient: true,
      }]
      : []),
  ]
}
