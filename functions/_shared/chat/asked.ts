/** What `useChat` sends, as what is asked of the database. */
import type { ChatMessage, ChatRequest } from '../../../types/api.ts'
import { chatLimits } from '../../../types/api.ts'
import { appError, AppFailure, fromPostgrest } from '../../../types/errors.ts'
import { redact } from '../../_lib/guards/guards.ts'
import { bucket } from './attachments.ts'
import type { Asked } from './begin.ts'
import { clean } from './clean.ts'
import { lookForConversation } from './follow.ts'
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
  const again = request.trigger === 'regenerate-message'
  const shown = shownQuestion(request)
  const isEdit = shown !== undefined && request.messageId === shown.id
  const stored = again || isEdit ? await storedQuestions(client, request, shown) : []
  if (again) {
    const id = shown
      ? stored.find(({ content }) => isSaid(content, textOf(shown)))?.id
      : rowId(request.messageId) ?? stored[0]?.id
    if (id !== undefined) return { ...common, trigger: 'regenerate', message_id: id }
    // A question that never arrived: its client tries again, as it does after any failure.
    if (!shown || shown !== request.messages.at(-1)) throw unknownMessage()
  }
  return { ...common, trigger: 'submit', message: await submitted(request, stored) }
}

/** The question that is edited or answered again, as the client shows it; undefined where an answer is named. */
function shownQuestion({ messageId, messages }: ChatRequest): ChatMessage | undefined {
  return messages.findLast(({ id, role }) => role === 'user' && (messageId ?? id) === id)
}

/**
 * The last message is what is asked. `messageId` says that it stands in the place of earlier ones: it becomes another
 * branch, after the same message as those.
 */
async function submitted(request: ChatRequest, earlier: readonly Question[]): Promise<Asked['message']> {
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
  const isEdit = request.trigger === 'regenerate-message' ? earlier.length > 0 : request.messageId === last.id
  if (!isEdit) return { client_id: last.id || undefined, text, files, parent_id: parentId }
  // The first question, asked in other words, begins anew.
  const place = earlier.length > 0 ? earlier[0]?.parent_id ?? null : before ? undefined : null
  return {
    client_id: `${last.id.slice(0, 180)}~${await digest(JSON.stringify([text, files]))}`,
    text,
    files,
    parent_id: parentId ?? place,
  }
}

interface Question {
  id: number
  parent_id: number | null
  content: string
}

/** A message was edited as often as anybody likes: so many of its versions are looked at, the newest first. */
const mostVersions = 20

/**
 * What is stored of the question that a request is about: the versions it was edited to, and how it was first sent.
 * Clients name it as they named it then, or by its row, if they read it from the database.
 */
async function storedQuestions(
  client: Db,
  request: ChatRequest,
  shown: ChatMessage | undefined,
): Promise<Question[]> {
  const name = shown?.id ?? request.messageId
  if (!name) throw wrong('messageId', 'Name the message to answer again.')
  const row = rowId(name)
  if (!shown && row !== undefined) return []
  const conversationId = request.conversation_id ??
    await lookForConversation(client, request.id ?? '', 'session')
  if (conversationId === null) return []
  const pattern = `${name.slice(0, 180).replace(/[\\%_]/g, '\\$&')}~%`
  const find = (): ReturnType<typeof questions> => questions(client, conversationId)
  const answers = await Promise.all([
    find().like('client_id', pattern),
    find().eq('client_id', name),
    ...(row === undefined ? [] : [find().eq('id', row)]),
  ])
  return answers.flatMap(({ data, error, status }) => {
    if (error) throw new AppFailure(fromPostgrest(error, status))
    return data as Question[]
  })
}

// deno-lint-ignore explicit-function-return-type -- a query of the library, whose type has no name
function questions(client: Db, conversationId: number) {
  return client.schema('dashboard').from('messages').select('id, parent_id, content')
    .eq('conversation_id', conversationId).eq('role', 'user')
    .order('id', { ascending: false }).limit(mostVersions)
}

/** Where a workspace keeps no personal data, the text was stored without it. */
function isSaid(content: string, text: string): boolean {
  const said = clean(text)
  return content === said || content === clean(redact(text))
}

export function textOf({ parts }: ChatMessage): string {
  return parts.flatMap((part) =>
    part.type === 'text' && typeof part['text'] === 'string' ? [part['text']] : []
  )
    .join('\n\n')
}

/** Messages that came from us are named by their rows. */
function rowId(id: string | null | undefined): number | undefined {
  return id && /^[1-9]\d{0,15}$/.test(id) ? Number(id) : undefined
}

async function digest(text: string): Promise<string> {
  const hash = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text))
  return new Uint8Array(hash).toHex().slice(0, 16)
}

function unknownMessage(): AppFailure {
  return new AppFailure(
    appError('not_found', {
      code: 'unknown_message',
      message: 'There is no such message in the conversation.',
    }),
  )
}

function wrong(field: string, message: string): AppFailure {
  return new AppFailure(appError('validation', { code: 'invalid_request', message, field }))
}
