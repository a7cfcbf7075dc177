/** The functions of the database for turns. */
import type { ModelMessage } from 'ai'
import { z } from 'zod'
import type { ExternalUrl } from '../../../types/api.ts'
import { type AppError, AppFailure, fromPostgrest, type PostgrestLike } from '../../../types/errors.ts'
import { retry } from '../../_lib/async/mod.ts'
import type { Db } from '../database/client.ts'
import { asJson } from '../database/json.ts'
import { parseResult } from '../database/result.ts'
import type { KnownModels } from '../embeddings/select_models.ts'
import type { Finding } from '../model/guard.ts'
import type { Citation, FoundPassage } from '../model/sources.ts'
import type { TokenUsage } from '../database/record_usage.ts'
import type { Attempt } from '../model/with_fallback.ts'
import type { AnswerPart } from './parts.ts'
import {
  CheckpointState,
  FinishedTurn,
  type ToolDecision,
  Turn,
  type TurnStatus,
  Unsummarized,
} from './turn.ts'
import type { TurnFailure } from './turn_failure.ts'

export interface NewTurn {
  readonly conversation_id?: number | undefined
  readonly session_id?: string | undefined
  readonly chat_project_id?: number | undefined
  readonly agent_id?: number | undefined
  readonly workspace_id?: string | undefined
  readonly trigger: 'submit' | 'regenerate' | 'approve'
  readonly message?: {
    readonly client_id?: string | undefined
    readonly content: string
    /** Stored instead where the workspace redacts personal data. */
    readonly redacted_content?: string | undefined
    /** Files beside the text. */
    readonly parts?: readonly unknown[] | undefined
    /** Null starts the conversation anew, as a branch; without it, the message follows the newest one. */
    readonly parent_id?: number | null | undefined
  } | undefined
  readonly message_id?: number | undefined
  /** Decisions about all tool calls that the message waits for. */
  readonly approvals?: readonly ToolDecision[] | undefined
  readonly model_id?: string | undefined
  readonly providers: readonly string[]
  readonly query_embedding?: readonly number[] | undefined
  readonly embedding_model?: string | undefined
  readonly max_output_tokens?: number | undefined
  readonly checks?: readonly Finding[] | undefined
}

interface ToolUse {
  readonly id: string
  readonly name: string
  readonly input?: unknown
  readonly output?: unknown
  readonly status?: 'completed' | 'failed' | 'denied' | 'awaiting_approval'
}

export interface TurnResult {
  readonly status: TurnStatus
  readonly content: string
  readonly parts: readonly AnswerPart[]
  readonly model_id: string
  readonly model_name: string
  readonly tools_used: readonly ToolUse[]
  readonly tool_calls: readonly ToolUse[]
  readonly tool_results: readonly ToolUse[]
  readonly citations: readonly Citation[]
  readonly usage: TokenUsage
  readonly error: TurnFailure | null
  readonly metadata: {
    readonly finish_reason: string | null
    readonly first_token_ms: number | null
    readonly usage_estimated?: true
    /** The model read text that others wrote. */
    readonly is_untrusted?: true
    readonly external_urls?: readonly ExternalUrl[]
    readonly attempts?: readonly Attempt[]
  }
  readonly checks: readonly Finding[]
  readonly paused?: PausedAnswer
}

/** What an answer needs to continue once the user has decided about its tool calls. */
export interface PausedAnswer {
  readonly approval_ids: readonly string[]
  readonly messages: readonly ModelMessage[]
  readonly passages: readonly FoundPassage[]
}

export interface Checkpoint {
  readonly turn_id: string
  readonly content?: string
  readonly parts?: readonly AnswerPart[]
}

/** A refusal with the details that the database gives. */
export class TurnRefusal extends AppFailure {
  constructor(error: AppError, private readonly details: RefusalDetails) {
    super(error)
  }

  /** The answer to the same message or decision, where it was sent before; of a decision, the parts that came before. */
  get earlierAnswer(): { id: number; partCount: number } | null {
    const { user_message_id, message_id, part_count = 0 } = this.details
    return user_message_id === undefined || typeof message_id !== 'number'
      ? null
      : { id: message_id, partCount: part_count }
  }
}

/** As the caller: whether the question of a turn may be embedded, and with which model, that of the conversation's workspace. */
export async function beginQuestion(
  client: Db,
  { conversation_id, session_id }: Pick<NewTurn, 'conversation_id' | 'session_id'>,
  { standard_model, endpoint_models }: KnownModels,
  signal: AbortSignal,
): Promise<unknown> {
  const result = await client.schema('dashboard').rpc('chat_begin_question', {
    standard_model,
    endpoint_models,
    ...(conversation_id === undefined ? {} : { conversation_id }),
    ...(session_id === undefined ? {} : { session_id }),
  }).abortSignal(signal)
  return dataOf(result)
}

/** As the caller: stores the question with an empty answer, and takes the one turn of the conversation. */
export async function beginTurn(client: Db, turn: NewTurn): Promise<Turn> {
  const result = await client.schema('dashboard').rpc('chat_begin_turn', { turn: asJson(turn) })
  return parseResult(Turn, dataOf(result), 'chat_begin_turn')
}

/** As the caller: whether a turn was running. */
export async function cancelTurn(client: Db, conversationId: number): Promise<boolean> {
  return dataOf(
    await client.schema('dashboard').rpc('chat_cancel_turn', { conversation_id: conversationId }),
  )
}

export async function checkpointTurns(admin: Db, turns: readonly Checkpoint[]): Promise<CheckpointState[]> {
  const result = await admin.schema('dashboard').rpc('chat_checkpoint', { turns: asJson(turns) })
  return parseResult(z.array(CheckpointState), dataOf(result), 'chat_checkpoint')
}

/** Idempotent, so it is repeated until the lease of the turn is likely to have expired. */
export async function finishTurn(admin: Db, turnId: string, result: TurnResult): Promise<FinishedTurn> {
  const args = { turn_id: turnId, result: asJson(result) }
  const finished = await retry(
    async () => dataOf(await admin.schema('dashboard').rpc('chat_finish_turn', args)),
    { idempotent: true, attempts: 5, pauseMs: 200, budgetMs: 8_000 },
  )
  return parseResult(FinishedTurn, finished, 'chat_finish_turn')
}

export async function setTitle(admin: Db, conversationId: number, title: string): Promise<void> {
  dataOf(
    await admin.schema('dashboard')
      .rpc('chat_set_title', { conversation_id: conversationId, title }),
  )
}

/** What to summarize next, up to a message. */
export async function readUnsummarized(
  admin: Db,
  conversationId: number,
  uptoMessageId: number,
): Promise<Unsummarized> {
  const result = await admin.schema('dashboard').rpc('chat_unsummarized', {
    conversation_id: conversationId,
    upto_message_id: uptoMessageId,
  })
  return parseResult(Unsummarized, dataOf(result), 'chat_unsummarized')
}

export async function storeSummary(
  admin: Db,
  conversationId: number,
  summary: string,
  uptoMessageId: number,
): Promise<void> {
  dataOf(
    await admin.schema('dashboard').rpc('chat_store_summary', {
      conversation_id: conversationId,
      summary,
      upto_message_id: uptoMessageId,
    }),
  )
}

type RpcResult<Data> =
  | { readonly data: Data; readonly error: null }
  | { readonly data: null; readonly error: PostgrestLike; readonly status: number }

function dataOf<Data>(result: RpcResult<Data>): Data {
  if (result.error) throw refusal(result.error, result.status)
  return result.data
}

/** What the database says beside its message. */
const RefusalDetails = z.object({
  user_message_id: z.number().optional(),
  message_id: z.number().nullish(),
  part_count: z.number().optional(),
}).catch({})
type RefusalDetails = z.infer<typeof RefusalDetails>

function refusal(error: PostgrestLike, status: number): TurnRefusal {
  return new TurnRefusal(fromPostgrest(error, status), RefusalDetails.parse(parseJson(error.details ?? '')))
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
