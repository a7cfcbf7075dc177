/** What `useChat` sends, as what is asked of the database. */
import type { ChatMessage, ChatRequest } from '../../../types/api.ts'
import { chatLimits } from '../../../types/api.ts'
import { appError, AppFailure, fromPostgrest } from '../../../types/errors.ts'
import { bucket } from './attachments.ts'
import type { Asked } from './begin.ts'
import { findConversation } from './follow.ts'
import type { Db } from './turns.ts'

export async function readAsked(client: Db, request: ChatRequest): Promise<Asked> {
  const { id, conversation_id, workspace_id, chat_project_id, agent_id, model_id, max_output_tokens } =
    request
  if (id === undefined && conversation_id === undefined) {
    throw wrong('id', 'Send id, as the AI SDK does, or conversation_id.')
  }
  const common = {
    conversation_id,
    session_id: conversation_id === undefined ? id : undefined,
    workspace_id,
    chat_project_id,
    agent_id,
    model_id,
    max_output_tokens,
  }
  return request.trigger === 'regenerate-message'
    ? { ...common, trigger: 'regenerate', message_id: await regenerated(client, request) }
    : { ...common, trigger: 'submit', message: await submitted(request) }
}

/**
 * The last message is what is asked. `messageId` says that it stands in the place of an earlier one: it becomes another
 * branch, after the same message as that one.
 */
async function submitted(request: ChatRequest): Promise<Asked['message']> {
  const last = request.messages.at(-1)
  if (last?.role !== 'user') throw wrong('messages', 'The last message must be a question of the user.')
  const text = textOf(last)
  const files = [
    ...last.parts.filter(({ type }) => type === 'file') as Record<string, unknown>[],
    ...(request.attachments ?? []).map(({ path, filename, media_type }) => ({
      url: `storage://${bucket}/${path}`,
      filename,
      mediaType: media_type,
    })),
  ].map(({ url, filename, mediaType }) => ({
    url: String(url ?? ''),
    ...(typeof filename === 'string' ? { filename } : {}),
    ...(typeof mediaType === 'string' ? { mediaType } : {}),
  }))
  if (text.trim() === '' && files.length === 0) throw wrong('messages', 'There is nothing in the message.')
  if (text.length > chatLimits.characters) {
    throw wrong('messages', `A message may have ${chatLimits.characters} characters.`)
  }
  const before = request.messages.at(-2)
  const parentId = before?.role === 'assistant' ? rowId(before.id) : undefined
  const isEdit = request.messageId === last.id
  return {
    client_id: isEdit ? `${last.id.slice(0, 180)}~${await digest(text)}` : last.id,
    text,
    files,
    // The first question, asked in other words, begins anew.
    ...(isEdit && !before ? { parent_id: null } : { parent_id: parentId }),
  }
}

/** An answer, or the question to answer again: by the id of its row, or by the one its client gave it. */
async function regenerated(client: Db, request: ChatRequest): Promise<number> {
  const name = request.messageId ?? request.messages.findLast(({ role }) => role === 'user')?.id
  if (name === undefined) throw wrong('messageId', 'Name the message to answer again.')
  const known = rowId(name)
  if (known !== undefined) return known
  const conversationId = request.conversation_id ?? await findConversation(client, request.id ?? '')
  const pattern = `${name.slice(0, 180).replace(/[\\%_]/g, '\\$&')}~%`
  const find = (): ReturnType<typeof messages> => messages(client, conversationId)
  const [edited, plain] = await Promise.all([
    find().like('client_id', pattern).limit(1).maybeSingle(),
    find().eq('client_id', name).limit(1).maybeSingle(),
  ])
  for (const { data, error, status } of [edited, plain]) {
    if (error) throw new AppFailure(fromPostgrest(error, status))
    if (data) return data.id
  }
  throw new AppFailure(
    appError('not_found', {
      code: 'unknown_message',
      message: 'There is no such message in the conversation.',
    }),
  )
}

// deno-lint-ignore explicit-function-return-type -- a query of the library, whose type has no name
function messages(client: Db, conversationId: number) {
  return client.schema('dashboard').from('messages').select('id').eq('conversation_id', conversationId)
    .order('id', { ascending: false })
}

export function textOf({ parts }: ChatMessage): string {
  return parts.flatMap((part) =>
    part.type === 'text' && typeof part['text'] === 'string' ? [part['text']] : []
  )
    .join('\n\n')
}

/** Messages that came from us are named by their rows. */
function rowId(id: string | undefined): number | undefined {
  return id !== undefined && /^[1-9]\d{0,15}$/.test(id) ? Number(id) : undefined
}

async function digest(text: string): Promise<string> {
  const hash = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text))
  return new Uint8Array(hash).toHex().slice(0, 16)
}

function wrong(field: string, message: string): AppFailure {
  return new AppFailure(appError('validation', { code: 'invalid_request', message, field }))
}
