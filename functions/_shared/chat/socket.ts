/**
 * The chat over a WebSocket, in the protocol of Apex's clients:
 *
 *   init; then for each message: [model_switch] stream_start (text_delta | tool_use | tool_result | …)* [cancelled]
 *   stream_end [title_update], or error in place of stream_end.
 *
 * An answer may end with tool_approval_request events. Once the client has sent a tool_approval for each, the answer
 * continues: stream_start (tool_result | text_delta | …)* stream_end.
 *
 * A client that reconnects, or sends `resume`, gets the last messages, and the answer that is being written from its
 * beginning. Closing a socket does not end an answer.
 */
import { type SocketEvent, type SocketMessage, SocketRequest } from '../../../types/api.ts'
import { appError, AppFailure, fromPostgrest, fromUnknown, fromZod } from '../../../types/errors.ts'
import { log } from '../http/log.ts'
import { configuredProviders } from '../model/providers.ts'
import { toolNameOf } from './answer.ts'
import { storageUrl } from './attachments.ts'
import type { Caller } from './caller.ts'
import { unknownConversation } from './conversations.ts'
import type { LiveTurn } from './live_turn.ts'
import { AnswerParts, type Chunk, isTool, type ToolPart } from './parts.ts'
import type { TurnRequest } from './request.ts'
import { resumeConversation } from './resume.ts'
import { SocketEvents } from './socket_events.ts'
import type { TurnRunner } from './turn_runner.ts'

const historyLength = 10
/** Messages of one socket that wait for their answer. */
const maxWaiting = 20

interface SocketQuery {
  readonly sessionId: string
  readonly conversationId: number | undefined
  readonly chatProjectId: number | undefined
}

interface Conversation {
  id: number
  session_id: string
  chat_project_id: number | null
}

/** The open sockets of this process. */
export class ChatSockets {
  readonly #sockets = new Set<ChatSocket>()
  /** Conversations that these sockets created, and in which no question was asked yet. */
  readonly #untouched = new Set<number>()

  constructor(readonly turns: TurnRunner) {}

  open(socket: WebSocket, caller: Caller, query: SocketQuery): void {
    this.#sockets.add(new ChatSocket(socket, caller, query, this))
  }

  remove(socket: ChatSocket): void {
    this.#sockets.delete(socket)
  }

  markUntouched(conversationId: number): void {
    this.#untouched.add(conversationId)
  }

  markTouched(conversationId: number): void {
    this.#untouched.delete(conversationId)
  }

  /** Whether the last socket left a conversation in which no question was asked; true once. */
  takeAbandoned(conversationId: number): boolean {
    return ![...this.#sockets].some((socket) => socket.conversationId === conversationId) &&
      this.#untouched.delete(conversationId)
  }
}

class ChatSocket {
  #conversation: Conversation | null = null
  /** As far as this socket knows. */
  #isEmpty = false
  #waiting = 0
  /** By approval, until all tool calls of the answer are decided. */
  readonly #decisions = new Map<string, boolean>()
  /** Requests are handled one after the other, except for `cancel`. */
  #work: Promise<void> = Promise.resolve()

  constructor(
    private readonly socket: WebSocket,
    private readonly caller: Caller,
    private readonly query: SocketQuery,
    private readonly sockets: ChatSockets,
  ) {
    socket.addEventListener('open', () => this.#queue(() => this.#open()))
    socket.addEventListener('message', ({ data }) => this.#receive(data))
    socket.addEventListener('close', ({ wasClean }) => {
      sockets.remove(this)
      this.#queue(() => this.#leave(this.#conversation, wasClean))
    })
  }

  get conversationId(): number | null {
    return this.#conversation?.id ?? null
  }

  #receive(data: unknown): void {
    const request = parse(data)
    if (!request.success) this.#send({ type: 'error', message: request.message })
    else if (request.data.type === 'cancel') void this.#try(() => this.#cancel())
    else if (this.#waiting >= maxWaiting) {
      this.#send({ type: 'error', message: 'Too many messages are waiting.' })
    } else {
      const { data } = request
      this.#queue(() => {
        switch (data.type) {
          case 'resume':
            return this.#resume(data.session_id)
          case 'tool_approval':
            return this.#decide(data)
          default:
            return this.#answer(data)
        }
      })
    }
  }

  #queue(work: () => Promise<void>): void {
    this.#waiting++
    this.#work = this.#work.then(() => this.#try(work)).finally(() => this.#waiting--)
  }

  async #try(work: () => Promise<void>): Promise<void> {
    try {
      await work()
    } catch (cause) {
      const error = fromUnknown(cause)
      if (error.code === 'internal') {
        log('error', {
          event: 'defect',
          function: 'chat',
          error: cause instanceof Error ? cause.name : typeof cause,
        })
      }
      this.#send({ type: 'error', message: error.hint ? `${error.message} ${error.hint}` : error.message })
      if (error.kind === 'authentication') this.#close(4001)
      else if (!this.#conversation) this.#close(4000 + error.status % 1000)
    }
  }

  async #open(): Promise<void> {
    const { sessionId, conversationId, chatProjectId } = this.query
    const found = await this.#find(
      conversationId === undefined ? { session_id: sessionId } : { id: conversationId },
    )
    if (!found && conversationId !== undefined) throw unknownConversation()
    await (found ? this.#enter(found, true) : this.#start(sessionId, chatProjectId))
  }

  /** Two sockets of a new session may open at the same time: the second finds the conversation of the first. */
  async #start(sessionId: string, chatProjectId: number | undefined): Promise<void> {
    const created = await this.#create(sessionId, chatProjectId)
    const conversation = created ?? await this.#find({ session_id: sessionId })
    if (!conversation) throw unknownConversation()
    await this.#enter(conversation, created === null)
  }

  /** An empty conversation goes with its last socket, unless the connection broke: then the client will reconnect. */
  async #leave(conversation: Conversation | null, wasClean: boolean): Promise<void> {
    if (!conversation || !this.sockets.takeAbandoned(conversation.id) || !wasClean) return
    // The conditions keep a conversation that was used from elsewhere.
    await this.caller.client.schema('dashboard').from('conversations').delete().eq('id', conversation.id)
      .eq('message_count', 0).is('title', null).eq('is_pinned', false).eq('archived', false)
  }

  async #resume(sessionId: string): Promise<void> {
    const found = await this.#find({ session_id: sessionId })
    if (!found) throw unknownConversation()
    await this.#enter(found, true)
  }

  async #enter(conversation: Conversation, resumed: boolean): Promise<void> {
    const history = resumed ? await this.#history(conversation.id) : []
    // Read after the history: an answer that ends in between is in neither of them twice.
    const running = resumed
      ? await resumeConversation(this.sockets.turns, this.caller, conversation.id)
      : null
    const before = this.#conversation
    this.#conversation = conversation
    await this.#leave(before, true)
    this.#isEmpty = history.length === 0 && !running
    this.#send({
      type: 'init',
      session_id: conversation.session_id,
      conversation_id: conversation.id,
      resumed,
      chatProjectId: conversation.chat_project_id,
      history,
    })
    if (running) await this.#relay(running)
    else if (resumed) await this.#repeatApprovalRequests(conversation.id)
  }

  /** A client that comes back gets the requests that it may have missed. */
  async #repeatApprovalRequests(conversationId: number): Promise<void> {
    for (const { approval, input, ...call } of (await this.#pausedAnswer(conversationId)).calls) {
      if (!approval) continue
      this.#send({
        type: 'tool_approval_request',
        approval_id: approval.id,
        tool: toolNameOf({ ...call, input }),
        input,
      })
    }
  }

  async #decide(
    { approval_id, approved }: Extract<SocketRequest, { type: 'tool_approval' }>,
  ): Promise<void> {
    const conversation = this.#conversation
    if (!conversation) return
    const { id, calls } = await this.#pausedAnswer(conversation.id)
    const awaited = calls.flatMap(({ approval }) => approval ? [approval.id] : [])
    if (id === null || !awaited.includes(approval_id)) throw unknownApproval()
    this.#decisions.set(approval_id, approved)
    const decided = awaited.flatMap((one) => {
      const decision = this.#decisions.get(one)
      return decision === undefined ? [] : [{ approval_id: one, approved: decision }]
    })
    if (decided.length < awaited.length) return
    this.#decisions.clear()
    const live = await this.sockets.turns.begin(this.caller, {
      conversation_id: conversation.id,
      trigger: 'approve',
      message_id: id,
      approvals: decided,
    })
    await this.#relay(live.stream(live.partCount), live.answer.toolCalls())
  }

  /** The newest message of a conversation, with the tool calls that it waits for. */
  async #pausedAnswer(conversationId: number): Promise<{ id: number | null; calls: readonly ToolPart[] }> {
    const { data, error, status } = await this.caller.client.schema('dashboard').from('messages')
      .select('id, parts').eq('conversation_id', conversationId)
      .order('created_at', { ascending: false }).order('id', { ascending: false }).limit(1).maybeSingle()
    if (error) throw new AppFailure(fromPostgrest(error, status))
    const parts = AnswerParts.safeParse(data?.parts).data ?? []
    return {
      id: data?.id ?? null,
      calls: parts.filter(isTool).filter(({ state }) => state === 'approval-requested'),
    }
  }

  async #answer({ content, model, files }: Extract<SocketRequest, { type: 'message' }>): Promise<void> {
    const conversation = this.#conversation
    const attached = (files ?? []).flatMap(({ path, name, mimeType }) =>
      path === undefined ? [] : [{
        url: storageUrl(path),
        ...(name === undefined ? {} : { filename: name }),
        ...(mimeType === undefined ? {} : { mediaType: mimeType }),
      }]
    )
    if (content.trim() === '' && attached.length === 0 || !conversation) return
    const request: TurnRequest = {
      conversation_id: conversation.id,
      trigger: 'submit',
      message: { text: content, files: attached },
    }
    this.sockets.markTouched(conversation.id)
    const live = await this.#begin(request, model ?? undefined).catch(async (cause) => {
      const isGone = cause instanceof AppFailure && cause.error.kind === 'not_found' && this.#isEmpty &&
        !await this.#find({ id: conversation.id })
      if (!isGone) throw cause
      // Another process deleted the empty conversation when its last socket of this session closed.
      await this.#start(conversation.session_id, conversation.chat_project_id ?? undefined)
      const { id } = this.#conversation ?? conversation
      this.sockets.markTouched(id)
      return await this.#begin({ ...request, conversation_id: id }, model ?? undefined)
    })
    this.#isEmpty = false
    await this.#relay(live.stream())
  }

  /** Clients name a model with every message, also one that is not available: then the workspace chooses. */
  async #begin(request: TurnRequest, model: string | undefined): Promise<LiveTurn> {
    const { turns } = this.sockets
    if (model === undefined) return await turns.begin(this.caller, request)
    const { data } = await this.caller.client.from('ai_models').select('provider').eq('id', model)
      .eq('is_active', true).maybeSingle()
    const isAvailable = data && configuredProviders().some((provider) => provider === data.provider)
    return await turns.begin(this.caller, isAvailable ? { ...request, model_id: model } : request)
  }

  async #cancel(): Promise<void> {
    if (this.#conversation) await this.sockets.turns.cancel(this.caller, this.#conversation.id)
  }

  async #relay(chunks: ReadableStream<Chunk>, calls: readonly ToolPart[] = []): Promise<void> {
    const events = new SocketEvents(calls)
    for await (const chunk of chunks) {
      if (this.socket.readyState !== WebSocket.OPEN) return
      for (const event of events.of(chunk)) this.#send(event)
    }
  }

  async #find(by: { id: number } | { session_id: string }): Promise<Conversation | null> {
    const { data, error, status } = await this.caller.client.schema('dashboard').from('conversations')
      .select('id, session_id, chat_project_id').match(by).maybeSingle()
    if (error) throw new AppFailure(fromPostgrest(error, status))
    return data
  }

  /** Null where the session has a conversation by now. */
  async #create(sessionId: string, chatProjectId: number | undefined): Promise<Conversation | null> {
    const { data, error, status } = await this.caller.client.schema('dashboard').from('conversations')
      .insert({
        session_id: sessionId,
        ...(chatProjectId === undefined ? {} : { chat_project_id: chatProjectId }),
      })
      .select('id, session_id, chat_project_id').single()
    if (error?.code === '23505') return null
    if (error) throw new AppFailure(fromPostgrest(error, status))
    this.sockets.markUntouched(data.id)
    return data
  }

  /** Without the answer that is being written, which is relayed. */
  async #history(conversationId: number): Promise<SocketMessage[]> {
    const { data, error, status } = await this.caller.client.schema('dashboard').from('messages')
      .select('id, role, content, model_id, model_name, tools_used, created_at')
      .eq('conversation_id', conversationId).neq('status', 'streaming')
      .order('created_at', { ascending: false }).order('id', { ascending: false }).limit(historyLength)
    if (error) throw new AppFailure(fromPostgrest(error, status))
    return data.reverse().map((message) => ({
      id: message.id,
      role: message.role,
      content: message.content,
      model: message.model_id,
      modelName: message.model_name,
      toolsUsed: message.tools_used,
      timestamp: message.created_at,
    }))
  }

  #send(event: SocketEvent): void {
    if (this.socket.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(event))
  }

  #close(code: number): void {
    if (this.socket.readyState === WebSocket.OPEN) this.socket.close(code)
  }
}

function unknownApproval(): AppFailure {
  return new AppFailure(
    appError('not_found', { code: 'unknown_approval', message: 'No tool call waits for this approval.' }),
  )
}

function parse(data: unknown): { success: true; data: SocketRequest } | { success: false; message: string } {
  try {
    const parsed = SocketRequest.safeParse(JSON.parse(String(data)))
    return parsed.success
      ? { success: true, data: parsed.data }
      : { success: false, message: fromZod(parsed.error).message }
  } catch {
    return { success: false, message: 'A message must be JSON.' }
  }
}
