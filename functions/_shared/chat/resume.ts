/**
 * Answers that clients come back to. One that another process writes is read from its row again and again: checkpoints
 * save the row every half second, so what a client sees is hardly older than that.
 */
import { appError, AppFailure, fromPostgrest } from '../../../types/errors.ts'
import { sleep } from '../../_lib/async/mod.ts'
import type { Db } from '../database/client.ts'
import { parseResult } from '../database/result.ts'
import { ChunkReader } from './answer.ts'
import type { Caller } from './caller.ts'
import type { LiveTurn } from './live_turn.ts'
import type { AnswerPart, Chunk } from './parts.ts'
import { AnswerRow } from './turn.ts'
import { interrupted } from './turn_failure.ts'

const pollMs = 400
/** The database ends an abandoned answer within half a minute; this ends the stream should it not. */
const maxStreamMs = 20 * 60_000

const columns =
  'id, conversation_id, parent_id, status, content, parts, model_id, model_name, error, input_tokens, output_tokens, metadata'

/** The turns of this process, which need not be read from the database. */
export interface LiveTurns {
  /** The turn of a conversation, if it is the caller's. */
  find(conversationId: number, userId: string): LiveTurn | null
}

/** The answer that is being written in a conversation, from its beginning; null without one. */
export async function resumeConversation(
  turns: LiveTurns,
  { client, userId }: Caller,
  conversationId: number,
): Promise<ReadableStream<Chunk> | null> {
  const live = turns.find(conversationId, userId)
  if (live) return live.stream()
  const { data, error, status } = await client.schema('dashboard').from('messages').select(columns)
    .eq('conversation_id', conversationId).eq('status', 'streaming')
    .order('id', { ascending: false }).limit(1).maybeSingle()
  if (error) throw new AppFailure(fromPostgrest(error, status))
  return data ? streamRow(client, parseResult(AnswerRow, data, 'messages')) : null
}

/** An answer, finished or not, from its beginning, or from the part at which a client continues it. */
export async function resumeMessage(
  turns: LiveTurns,
  { client, userId }: Caller,
  messageId: number,
  partCount = 0,
): Promise<ReadableStream<Chunk>> {
  const row = await readRow(client, messageId)
  if (!row) {
    throw new AppFailure(
      appError('not_found', { code: 'unknown_message', message: 'The message does not exist.' }),
    )
  }
  const live = turns.find(row.conversation_id, userId)
  return live?.turn.message_id === messageId ? live.stream(partCount) : streamRow(client, row, partCount)
}

async function readRow(client: Db, id: number): Promise<AnswerRow | null> {
  const { data, error, status } = await client.schema('dashboard').from('messages').select(columns)
    .eq('id', id).maybeSingle()
  if (error) throw new AppFailure(fromPostgrest(error, status))
  return data && parseResult(AnswerRow, data, 'messages')
}

function streamRow(client: Db, first: AnswerRow, partCount = 0): ReadableStream<Chunk> {
  return ReadableStream.from(chunksOf(client, first, partCount))
}

async function* chunksOf(client: Db, first: AnswerRow, partCount: number): AsyncGenerator<Chunk> {
  const reader = new ChunkReader().skip(partsOf(first).slice(0, partCount))
  const deadline = Date.now() + maxStreamMs
  yield opening(first)
  let row: AnswerRow | null = first
  while (row?.status === 'streaming' && Date.now() < deadline) {
    yield* reader.next(partsOf(row))
    await sleep(pollMs)
    row = await readRow(client, first.id)
  }
  if (row === null) {
    yield { type: 'error', errorText: 'The message was deleted.' }
    return
  }
  yield* reader.next(partsOf(row), true)
  yield* ending(row)
}

/** An answer of text alone is stored without parts. */
function partsOf({ parts, content, status }: AnswerRow): AnswerPart[] {
  if (parts.length > 0) return parts
  return content === ''
    ? []
    : [{ type: 'text', text: content, state: status === 'streaming' ? 'streaming' : 'done' }]
}

function opening({ id, conversation_id, parent_id, model_id, model_name }: AnswerRow): Chunk {
  return {
    type: 'start',
    messageId: String(id),
    messageMetadata: {
      conversation_id,
      message_id: id,
      ...(parent_id === null ? {} : { user_message_id: parent_id }),
      ...(model_id === null ? {} : { model_id, model_name: model_name ?? model_id }),
    },
  }
}

function* ending({ status, error, input_tokens, output_tokens, metadata }: AnswerRow): Generator<Chunk> {
  if (status === 'failed' || status === 'streaming') {
    yield { type: 'error', errorText: error?.message ?? interrupted.message }
    return
  }
  if (status === 'cancelled') yield { type: 'abort', reason: 'cancelled' }
  yield {
    type: 'finish',
    finishReason: status === 'cancelled' ? 'other' : 'stop',
    messageMetadata: {
      status,
      ...(input_tokens === null ? {} : { usage: { input_tokens, output_tokens: output_tokens ?? 0 } }),
      ...(metadata.external_urls ? { external_urls: metadata.external_urls } : {}),
    },
  }
}
