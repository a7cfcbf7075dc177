/** What the database does for a turn: a thin, typed client of its functions. */
import type { SupabaseClient } from '@supabase/supabase-js'
import { type AppError, appError, AppFailure, fromPostgrest } from '../../../types/errors.ts'
import { retry } from '../../_lib/async/retry.ts'
import type { Part } from './answer.ts'
import { clean } from './clean.ts'

/** Which functions there are is known to the database; the arguments are typed here. */
// deno-lint-ignore no-explicit-any
export type Db = SupabaseClient<any, any, any>

export interface TurnModel {
  readonly id: string
  readonly name: string
  readonly provider: string
  readonly provider_model: string
  readonly context_tokens: number | null
  readonly max_output_tokens: number | null
  readonly supports_tools: boolean
  readonly supports_images: boolean
}

export interface Passage {
  readonly n: number
  readonly chunk_id: string
  readonly document_id: string | null
  readonly artifact_id?: string | null
  readonly title: string | null
  readonly text: string
  readonly page?: number | null
  readonly section?: string | null
  readonly row?: number | null
  readonly url?: string | null
  readonly score?: number
}

export interface HistoryMessage {
  readonly id: number
  readonly role: string
  readonly content: string
  readonly parts: readonly Part[]
}

export interface NewTurn {
  readonly conversation_id?: number | undefined
  readonly session_id?: string | undefined
  readonly chat_project_id?: number | undefined
  readonly agent_id?: number | undefined
  readonly workspace_id?: string | undefined
  readonly trigger: 'submit' | 'regenerate'
  readonly message?: {
    readonly client_id?: string | undefined
    readonly content: string
    /** Stored instead where the workspace wants no personal data kept. */
    readonly redacted_content?: string | undefined
    /** Files beside the text. */
    readonly parts?: readonly unknown[] | undefined
    /** Null begins anew, beside what was said first; without it, the newest message is followed. */
    readonly parent_id?: number | null | undefined
  } | undefined
  readonly message_id?: number | undefined
  readonly model_id?: string | undefined
  readonly providers: readonly string[]
  readonly query_embedding?: readonly number[] | undefined
  readonly embedding_model?: string | undefined
  readonly max_output_tokens?: number | undefined
  readonly checks?: readonly unknown[] | undefined
}

/** All that is needed to answer. */
export interface Turn {
  readonly turn_id: string
  /** Whose account it is on; null is the personal workspace. */
  readonly workspace_id: string | null
  readonly conversation_id: number
  readonly is_new: boolean
  readonly title: string | null
  readonly user_message_id: number
  readonly message_id: number
  readonly previous_model_id: string | null
  readonly previous_model_name: string | null
  readonly model: TurnModel
  readonly fallback: TurnModel | null
  /** Writes titles and summaries; null where no model writes. */
  readonly small_model: TurnModel | null
  readonly instructions: string
  readonly summary: string | null
  readonly history: readonly HistoryMessage[]
  readonly memories: readonly { readonly category: string; readonly content: unknown }[]
  readonly passages: readonly Passage[]
  readonly tools: readonly string[] | null
  readonly mcp_connection_ids: readonly number[]
  readonly needs_summary: { readonly from_id: number; readonly upto_id: number } | null
  readonly guard_policy: Readonly<Record<string, string>>
}

export type TurnStatus = 'complete' | 'cancelled' | 'failed'

export interface TurnResult {
  readonly status: TurnStatus
  readonly content: string
  readonly parts: readonly Part[]
  readonly model_id: string
  readonly model_name: string
  readonly tools_used: readonly unknown[]
  readonly tool_calls: readonly unknown[]
  readonly tool_results: readonly unknown[]
  readonly citations: readonly unknown[]
  readonly usage: {
    readonly input_tokens: number | null
    readonly output_tokens: number | null
    readonly cached_input_tokens: number | null
  }
  readonly error: { readonly code: string; readonly message: string } | null
  readonly metadata: Readonly<Record<string, unknown>>
  readonly checks: readonly unknown[]
}

export interface FinishedTurn {
  readonly message_id: number
  readonly task_id: number | null
  readonly conversation_id: number
  readonly status: TurnStatus | 'gone'
  readonly needs_title: boolean
}

export interface Checkpoint {
  readonly turn_id: string
  readonly content?: string
  readonly parts?: readonly Part[]
}

export interface CheckpointState {
  readonly turn_id: string
  readonly state: 'running' | 'cancelling' | 'gone'
}

/** A refusal, with what the database told beside it: which messages it is about, when to come again. */
export class TurnRefusal extends AppFailure {
  constructor(error: AppError, readonly detail: Readonly<Record<string, unknown>>) {
    super(error)
  }

  /** The answer to the same message, which was sent before. */
  get earlierAnswer(): number | null {
    const { user_message_id, message_id } = this.detail
    return typeof user_message_id === 'number' && typeof message_id === 'number' ? message_id : null
  }
}

/** As the user: stores the question and an empty answer, and takes the conversation's only turn. */
export async function beginTurn(client: Db, turn: NewTurn): Promise<Turn> {
  return await call(client, 'chat_begin_turn', { turn })
}

export async function cancelTurn(client: Db, conversationId: number): Promise<boolean> {
  return await call(client, 'chat_cancel_turn', { conversation_id: conversationId })
}

export async function saveTurns(admin: Db, turns: readonly Checkpoint[]): Promise<CheckpointState[]> {
  return await call(admin, 'chat_checkpoint', { turns })
}

/** Finishing twice is finishing once, so it is tried again until the lease is likely to have run out. */
export async function finishTurn(admin: Db, turnId: string, result: TurnResult): Promise<FinishedTurn> {
  return await retry(
    () => call<FinishedTurn>(admin, 'chat_finish_turn', { turn_id: turnId, result }),
    { idempotent: true, attempts: 5, pauseMs: 200, budgetMs: 8_000 },
  )
}

export async function setTitle(admin: Db, conversationId: number, title: string): Promise<void> {
  await call(admin, 'chat_set_title', { conversation_id: conversationId, title })
}

export interface Unsummarised {
  readonly summary: string | null
  readonly messages: readonly { readonly role: string; readonly content: string }[]
  readonly upto_id: number
}

/** What is to be summarised next, up to a message; null where nothing is left. */
export async function readUnsummarised(
  admin: Db,
  conversationId: number,
  uptoMessageId: number,
): Promise<Unsummarised | null> {
  return await call(admin, 'chat_unsummarised', {
    conversation_id: conversationId,
    upto_message_id: uptoMessageId,
  })
}

export async function storeSummary(
  admin: Db,
  conversationId: number,
  summary: string,
  uptoMessageId: number,
): Promise<void> {
  await call(admin, 'chat_store_summary', {
    conversation_id: conversationId,
    summary,
    upto_message_id: uptoMessageId,
  })
}

async function call<T>(client: Db, name: string, parameters: Record<string, unknown>): Promise<T> {
  const { data, error, status } = await client.schema('dashboard').rpc(name, clean(parameters))
  if (error) throw refusal(error, status)
  return data as T
}

function refusal(
  error: { code: string; message: string; hint?: string | null; details?: string | null },
  status: number,
): TurnRefusal {
  const detail = readDetail(error.details)
  const known = fromPostgrest(error, status)
  const after = detail['retry_after']
  if (known.kind !== 'rate_limit' || typeof after !== 'number') return new TurnRefusal(known, detail)
  return new TurnRefusal(appError('rate_limit', { ...known, retryAfter: after }), detail)
}

function readDetail(details: string | null | undefined): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(details ?? '')
    return typeof value === 'object' && value !== null ? { ...value } : {}
  } catch {
    return {}
  }
}
