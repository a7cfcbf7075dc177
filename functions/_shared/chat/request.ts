/** The request of a client of the AI SDK, as a turn. */
import { z } from 'zod'
import type { ChatMessage, ChatRequest } from '../../../types/api.ts'
import { chatLimits } from '../../../types/api.ts'
import { appError, AppFailure, fromPostgrest } from '../../../types/errors.ts'
import { redact } from '../../_lib/guards/mod.ts'
import { sha256Hex } from '../../_lib/text/mod.ts'
import type { Db } from '../database/client.ts'
import { storableText } from '../http/storable.ts'
import { type AttachedFile, storageUrl } from './attachments.ts'
import { lookForConversation } from './conversations.ts'
import type { NewTurn } from './turns.ts'

/** What a client asks for; the rest of a turn is added here. */
export interface TurnRequest
  extends Omit<NewTurn, 'providers' | 'message' | 'query_embedding' | 'embedding_model' | 'checks'> {
  readonly message?: {
    readonly client_id?: string | undefined
    readonly text: string
    readonly files: readonly AttachedFile[]
    readonly parent_id?: number | null | undefined
  } | undefined
}

export async function readTurnRequest(client: Db, request: ChatRequest): Promise<TurnRequest> {
  const { id, conversation_id, workspace_id, chat_project_id, agent_id, model_id, max_output_tokens } =
    request
  if (id === undefined && conversation_id === undefined) {
    throw invalid('id', 'id or conversation_id is required.')
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
  const isRegeneration = request.trigger === 'regenerate-message'
  const decided = isRegeneration ? null : decidedAnswer(request)
  if (decided) return { ...common, trigger: 'approve', ...decided }
  const shown = shownQuestion(request)
  const isEdit = shown !== undefined && request.messageId === shown.id
  const stored = isRegeneration || isEdit ? await storedQuestions(client, request, shown) : []
  if (isRegeneration) {
    const messageId = shown
      ? stored.find(({ content }) => isStoredText(content, textOf(shown)))?.id
      : rowId(request.messageId) ?? stored[0]?.id
    if (messageId !== undefined) return { ...common, trigger: 'regenerate', message_id: messageId }
    // The question never arrived: the AI SDK regenerates after any failure, also of the question itself.
    if (!shown || shown !== request.messages.at(-1)) throw unknownMessage()
  }
  return { ...common, trigger: 'submit', message: await submittedMessage(request, stored) }
}

/**
 * The answer whose tool calls a client decided about: the AI SDK sends it as the last message, with the decisions. Nothing
 * else of it is read, so that the client cannot change what the tools run with.
 */
function decidedAnswer({ messages }: ChatRequest): Pick<NewTurn, 'message_id' | 'approvals'> | null {
  const last = messages.at(-1)
  if (last?.role !== 'assistant') return null
  const approvals = last.parts.flatMap((part) => {
    const { data } = DecidedPart.safeParse(part)
    return data
      ? [{ approval_id: data.approval.id, approved: data.approval.approved, reason: data.approval.reason }]
      : []
  })
  if (approvals.length === 0) return null
  const id = rowId(last.id)
  if (id === undefined) throw unknownMessage()
  return { message_id: id, approvals }
}

const DecidedPart = z.object({
  state: z.literal('approval-responded'),
  approval: z.object({
    id: z.string().max(200),
    approved: z.boolean(),
    reason: z.string().max(1_000).optional(),
  }),
})

/** The question to edit or to answer again, as the client shows it; undefined where `messageId` is an answer's. */
function shownQuestion({ messageId, messages }: ChatRequest): ChatMessage | undefined {
  return messages.findLast(({ id, role }) => role === 'user' && (messageId ?? id) === id)
}

/**
 * The last message is the question. With `messageId`, it replaces earlier versions: it becomes another branch, after the
 * same message as they.
 */
async function submittedMessage(
  request: ChatRequest,
  earlier: readonly StoredQuestion[],
): Promise<TurnRequest['message']> {
  const last = request.messages.at(-1)
  if (last?.role !== 'user') throw invalid('messages', 'The last message must have the role user.')
  const text = textOf(last)
  const files = filesOf(last, request.attachments)
  if (text.trim() === '' && files.length === 0) {
    throw invalid('messages', 'The last message must have text or files.')
  }
  if (text.length > chatLimits.characters) {
    throw invalid('messages', `The last message must not exceed ${chatLimits.characters} characters.`)
  }
  const before = request.messages.at(-2)
  const parentId = before?.role === 'assistant' ? rowId(before.id) : undefined
  const isEdit = request.trigger === 'regenerate-message' ? earlier.length > 0 : request.messageId === last.id
  if (!isEdit) return { client_id: last.id || undefined, text, files, parent_id: parentId }
  // An edit of the first question starts the conversation anew.
  const parentOfEarlier = earlier.length > 0 ? earlier[0]?.parent_id ?? null : before ? undefined : null
  const version = (await sha256Hex(JSON.stringify([text, files]))).slice(0, 16)
  return {
    client_id: `${versionPrefix(last.id)}${version}`,
    text,
    files,
    parent_id: parentId ?? parentOfEarlier,
  }
}

function filesOf({ parts }: ChatMessage, attachments: ChatRequest['attachments'] = []): AttachedFile[] {
  const named = (url: unknown, filename: unknown, mediaType: unknown): AttachedFile => ({
    url: String(url ?? ''),
    ...(typeof filename === 'string' ? { filename } : {}),
    ...(typeof mediaType === 'string' ? { mediaType } : {}),
  })
  return [
    ...parts.filter(({ type }) => type === 'file')
      .map((part) => named(part['url'], part['filename'], part['mediaType'])),
    ...attachments.map(({ path, filename, media_type }) => named(storageUrl(path), filename, media_type)),
  ]
}

/** Every version of an edited question has a client id of its own, which begins with that of the question. */
function versionPrefix(id: string): string {
  return `${id.slice(0, 180)}~`
}

interface StoredQuestion {
  id: number
  parent_id: number | null
  content: string
}

/** Of the versions of a question, the newest are considered. */
const maxVersions = 20

/**
 * What is stored of the question that a request is about: as it was first sent, and the versions it was edited to.
 * Clients name it by the id they gave it, or by its row if they read it from the database.
 */
async function storedQuestions(
  client: Db,
  request: ChatRequest,
  shown: ChatMessage | undefined,
): Promise<StoredQuestion[]> {
  const name = shown?.id ?? request.messageId
  if (!name) throw invalid('messageId', 'messageId is required: the message to answer again.')
  const row = rowId(name)
  if (!shown && row !== undefined) return []
  const conversationId = request.conversation_id ??
    await lookForConversation(client, request.id ?? '', 'session')
  if (conversationId === null) return []
  const pattern = `${versionPrefix(name).replace(/[\\%_]/g, '\\$&')}%`
  const find = (): ReturnType<typeof questions> => questions(client, conversationId)
  const results = await Promise.all([
    find().like('client_id', pattern),
    find().eq('client_id', name),
    ...(row === undefined ? [] : [find().eq('id', row)]),
  ])
  return results.flatMap(({ data, error, status }) => {
    if (error) throw new AppFailure(fromPostgrest(error, status))
    return data
  })
}

// deno-lint-ignore explicit-function-return-type -- a query of the library, whose type has no name
function questions(client: Db, conversationId: number) {
  return client.schema('dashboard').from('messages').select('id, parent_id, content')
    .eq('conversation_id', conversationId).eq('role', 'user')
    .order('id', { ascending: false }).limit(maxVersions)
}

/** Whether a message was stored for a text, with personal data or without. */
function isStoredText(content: string, text: string): boolean {
  return content === storableText(text) || content === storableText(redact(text))
}

function textOf({ parts }: ChatMessage): string {
  return parts.flatMap((part) =>
    part.type === 'text' && typeof part['text'] === 'string' ? [part['text']] : []
  )
    .join('\n\n')
}

/** Messages from the database are named by their rows. */
function rowId(id: string | null | undefined): number | undefined {
  return id && /^[1-9]\d{0,15}$/.test(id) ? Number(id) : undefined
}

function unknownMessage(): AppFailure {
  return new AppFailure(
    appError('not_found', {
      code: 'unknown_message',
      message: 'The conversation has no such message.',
    }),
  )
}

function invalid(field: string, message: string): AppFailure {
  return new AppFailure(appError('validation', { code: 'invalid_request', message, field }))
}
