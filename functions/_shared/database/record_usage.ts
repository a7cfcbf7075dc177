/** What requests to models used, recorded for limits, budgets and bills. */
import { log } from '../http/log.ts'
import type { Db } from './client.ts'
import { asJson } from './json.ts'

export interface TokenUsage {
  readonly input_tokens: number
  readonly output_tokens: number
  readonly cached_input_tokens: number
}

export interface UsageRecord extends TokenUsage {
  readonly endpoint: 'chat' | 'completions' | 'embeddings'
  readonly user_id: string
  /** Null is the personal workspace. */
  readonly workspace_id: string | null
  readonly model_id: string
  readonly status?: 'complete' | 'cancelled' | 'failed'
  readonly api_key_id?: number | null
  /** Of a model that ran in this process, which costs nothing. */
  readonly provider?: 'builtin' | undefined
  /** 0 for the usage of a part of a request that is recorded as well. */
  readonly requests?: 0 | 1
  readonly conversation_id?: number
  readonly duration_ms?: number
}

/** Never fails: an answer is not lost for its usage. The log has what could not be recorded. */
export async function recordUsage(admin: Db, record: UsageRecord, requestId?: string): Promise<void> {
  const { error } = await admin.schema('studio').rpc('finish_request', { usage: asJson(record) })
  log(error ? 'error' : 'info', {
    event: error ? 'usage_lost' : 'usage',
    ...(requestId === undefined ? {} : { request_id: requestId }),
    endpoint: record.endpoint,
    user_id: record.user_id,
    model: record.model_id,
    status: record.status ?? 'complete',
    input_tokens: record.input_tokens,
    output_tokens: record.output_tokens,
    duration_ms: record.duration_ms ?? null,
    ...(error ? { code: error.code } : {}),
  })
}
