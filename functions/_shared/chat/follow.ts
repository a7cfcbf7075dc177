/**
 * Follows an answer that may be written by another process: its row is read again and again, and what came since is
 * told. The row is saved every half second, so that what is told is never older than that.
 */
import { appError, AppFailure, fromPostgrest } from '../../../types/errors.ts'
import { type Chunk, type Part, Retelling } from './answer.ts'
import { liveTurns } from './live.ts'
import type { Db } from './turns.ts'

/** Between two looks at a row, in ms. */
const pause = 400
/** An answer that nobody writes any more is ended by the database within half a minute. In ms. */
const patience = 20 * 60_000

interface Row {
  id: number
  conversation_id: number
  parent_id: number | null
  status: 'streaming' | 'complete' | 'cancelled' | 'failed'
  content: string
  parts: Part[]
  model_id: string | null
  model_name: string | null
  error: { message?: string } | null
  input_tokens: number | null
  output_tokens: number | null
}

const columns =
  'id, conversation_id, parent_id, status, content, parts, model_id, model_name, error, input_tokens, output_tokens'

/** What the name of a conversation is: clients may number their sessions too. */
export type NamedBy = 'number' | 'session'

/**
 * By its number, or by its session: `by` says which where a name may be both. `PT404` where the caller has none of that
 * name, and a conflict where they have two.
 */
export async function findConversation(client: Db, name: string, by?: NamedBy): Promise<number> {
  const isNumber = /^[1-9]\d{0,17}$/.test(name)
  const query = client.schema('dashboard').from('conversations').select('id')
  const { data, error, status } = by === 'number'
    ? await query.eq('id', isNumber ? name : 0)
    : await (isNumber && !by ? query.or(`id.eq.${name},session_id.eq.${name}`) : query.eq('session_id', name))
  if (error) throw new AppFailure(fromPostgrest(error, status))
  const [found, another] = data
  if (another) {
    throw new AppFailure(appError('conflict', {
      code: 'ambiguous_conversation',
      message: 'This is the number of one conversation and the session of another.',
      hint: 'Say which is meant: ?by=number or ?by=session.',
    }))
  }
  if (!found) {
    throw new AppFailure(
      appError('not_found', { code: 'unknown_conversation', message: 'There is no such conversation.' }),
    )
  }
  return found.id
}

/** The same, or null where nothing was said yet under that name. */
export async function lookForConversation(client: Db, name: string, by?: NamedBy): Promise<number | null> {
  return await findConversation(client, name, by).catch((cause) => {
    if (cause instanceof AppFailure && cause.error.kind === 'not_found') return null
    throw cause
  })
}

/** The answer that is being written in a conversation: what there is of it, and what follows. Null without one. */
export async function followConversation(
  client: Db,
  userId: string,
  conversationId: number,
): Promise<ReadableStream<Chunk> | null> {
  const live = liveTurns.get(conversationId)
  if (live?.userId === userId) return live.follow()
  const { data, error, status } = await client.schema('dashboard').from('messages').select(columns)
    .eq('conversation_id', conversationId).eq('status', 'streaming')
    .order('id', { ascending: false }).limit(1).maybeSingle()
  if (error) throw new AppFailure(fromPostgrest(error, status))
  return data ? followRow(client, data as unknown as Row) : null
}

/** An answer, finished or not. */
export async function followMessage(
  client: Db,
  userId: string,
  messageId: number,
): Promise<ReadableStream<Chunk>> {
  const row = await readRow(client, messageId)
  if (!row) {
    throw new AppFailure(
      appError('not_found', { code: 'unknown_message', message: 'There is no such message.' }),
    )
  }
  const live = liveTurns.get(row.conversation_id)
  return live?.userId === userId && live.turn.message_id === messageId
    ? live.follow()
    : followRow(client, row)
}

async function readRow(client: Db, id: number): Promise<Row | null> {
  const { data, error, status } = await client.schema('dashboard').from('messages').select(columns)
    .eq('id', id).maybeSingle()
  if (error) throw new AppFailure(fromPostgrest(error, status))
  return data as Row | null
}

function followRow(client: Db, first: Row): ReadableStream<Chunk> {
  return ReadableStream.from(chunksOf(client, first))
}

async function* chunksOf(client: Db, first: Row): AsyncGenerator<Chunk> {
  const retelling = new Retelling()
  const deadline = Date.now() + patience
  yield opening(first)
  let row: Row | null = first
  while (row?.status === 'streaming' && Date.now() < deadline) {
    yield* retelling.tell(partsOf(row))
    await new Promise((resolve) => setTimeout(resolve, pause))
    row = await readRow(client, first.id)
  }
  if (row === null) {
    yield { type: 'error', errorText: 'The message was deleted.' }
    return
  }
  yield* retelling.tell(partsOf(row), true)
  yield* ending(row)
}

/** What a plain answer leaves out. */
function partsOf({ parts, content, status }: Row): Part[] {
  if (parts.length > 0) return parts
  return content === ''
    ? []
    : [{ type: 'text', text: content, state: status === 'streaming' ? 'streaming' : 'done' }]
}

function opening({ id, conversation_id, parent_id, model_id, model_name }: Row): Chunk {
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

function* ending({ status, error, input_tokens, output_tokens }: Row): Generator<Chunk> {
  if (status === 'failed' || status === 'streaming') {
    yield { type: 'error', errorText: error?.message ?? 'The answer was interrupted.' }
    return
  }
  if (status === 'cancelled') yield { type: 'abort', reason: 'cancelled' }
  yield {
    type: 'finish',
    finishReason: status === 'cancelled' ? 'other' : 'stop',
    messageMetadata: {
      status,
      ...(input_tokens === null ? {} : { usage: { input_tokens, output_tokens: output_tokens ?? 0 } }),
    },
  }
}
