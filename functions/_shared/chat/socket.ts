/**
 * The chat over a WebSocket, in the order Apex's clients know:
 *
 *   init; then for each message: [model_switch] stream_start (text_delta | tool_use | tool_result)* [cancelled]
 *   stream_end [title_update], or error in the place of stream_end.
 *
 * A client that comes back, or sends `resume`, is told the last messages, and the answer that is being written from its
 * beginning. A socket that closes ends nothing but itself.
 */
import { type SocketEvent, type SocketMessage, SocketRequest } from '../../../types/api.ts'
import { appError, AppFailure, fromPostgrest, fromUnknown, fromZod } from '../../../types/errors.ts'
import { log } from '../http/log.ts'
import { configuredProviders } from '../model/providers.ts'
import type { Chunk } from './answer.ts'
import { bucket } from './attachments.ts'
import { type Asked, begin, type Caller } from './begin.ts'
import { followConversation } from './follow.ts'
import { type LiveTurn, liveTurns } from './live.ts'
import { cancelTurn } from './turns.ts'

const historyLength = 10
/** What one socket may send before what it sent is dealt with. */
const mostWaiting = 20

export interface SocketQuery {
  readonly sessionId: string
  readonly conversationId: number | undefined
  readonly chatProjectId: number | undefined
}

interface Conversation {
  id: number
  session_id: string
  chat_project_id: number | null
}

/** Sockets of this process that are open. */
const sockets = new Set<ChatSocket>()
/** Conversations that sockets of this process made, and in which nothing was asked yet. */
const untouched = new Set<number>()

export class ChatSocket {
  #conversation: Conversation | null = null
  /** Nothing was said in it, as far as this socket knows. */
  #isEmpty = false
  #waiting = 0
  /** One after the other; only `cancel` does not wait. */
  #work: Promise<void> = Promise.resolve()

  constructor(
    private readonly socket: WebSocket,
    private readonly caller: Caller,
    private readonly query: SocketQuery,
  ) {
    sockets.add(this)
    socket.addEventListener('open', () => this.#queue(() => this.#open()))
    socket.addEventListener('message', ({ data }) => this.#hear(data))
    socket.addEventListener('close', ({ wasClean }) => {
      sockets.delete(this)
      this.#queue(() => this.#leave(this.#conversation, wasClean))
    })
  }

  #hear(data: unknown): void {
    const request = parse(data)
    if (!request.success) this.#send({ type: 'error', message: request.message })
    else if (request.data.type === 'cancel') void this.#try(() => this.#cancel())
    else if (this.#waiting >= mostWaiting) {
      this.#send({ type: 'error', message: 'Too many messages are waiting.' })
    } else {
      const { data } = request
      this.#queue(() => data.type === 'resume' ? this.#resume(data.session_id) : this.#answer(data))
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

  /** Two sockets of a new session may open at once: the second finds what the first one made. */
  async #start(sessionId: string, chatProjectId: number | undefined): Promise<void> {
    const made = await this.#create(sessionId, chatProjectId)
    const conversation = made ?? await this.#find({ session_id: sessionId })
    if (!conversation) throw unknownConversation()
    await this.#enter(conversation, made === null)
  }

  /** Whoever only looked in leaves no empty conversation behind. One that breaks off comes back to it. */
  async #leave(conversation: Conversation | null, wasClean: boolean): Promise<void> {
    if (!conversation || !untouched.has(conversation.id)) return
    if ([...sockets].some((other) => other.#conversation?.id === conversation.id)) return
    untouched.delete(conversation.id)
    if (!wasClean) return
    // Unless somebody asked from elsewhere, or made it theirs.
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
    // Looked for after the history: an answer that ends in between is then in neither of them twice.
    const running = resumed
      ? await followConversation(this.caller.client, this.caller.userId, conversation.id)
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
  }

  async #answer({ content, model, files }: Extract<SocketRequest, { type: 'message' }>): Promise<void> {
    const conversation = this.#conversation
    const attached = (files ?? []).flatMap(({ path, name, mimeType }) =>
      path === undefined ? [] : [{
        url: `storage://${bucket}/${path}`,
        ...(name === undefined ? {} : { filename: name }),
        ...(mimeType === undefined ? {} : { mediaType: mimeType }),
      }]
    )
    if (content.trim() === '' && attached.length === 0 || !conversation) return
    const asked: Asked = {
      conversation_id: conversation.id,
      trigger: 'submit',
      message: { text: content, files: attached },
    }
    untouched.delete(conversation.id)
    const live = await this.#begin(asked, model ?? undefined).catch(async (cause) => {
      const isGone = cause instanceof AppFailure && cause.error.kind === 'not_found' && this.#isEmpty &&
        !await this.#find({ id: conversation.id })
      if (!isGone) throw cause
      // Another socket of the session left, in another process, and took it for its own.
      await this.#start(conversation.session_id, conversation.chat_project_id ?? undefined)
      untouched.delete(this.#conversation?.id ?? 0)
      return await this.#begin({ ...asked, conversation_id: this.#conversation?.id }, model ?? undefined)
    })
    this.#isEmpty = false
    await this.#relay(live.follow())
  }

  /** Clients name a model with every message, also one that is not set up here: then the workspace chooses. */
  async #begin(asked: Asked, model: string | undefined): Promise<LiveTurn> {
    if (model === undefined) return await begin(this.caller, asked)
    const { data } = await this.caller.client.from('ai_models').select('provider').eq('id', model).eq(
      'is_active',
      true,
    )
      .maybeSingle()
    const available = data && configuredProviders().includes(data.provider)
    return await begin(this.caller, available ? { ...asked, model_id: model } : asked)
  }

  async #cancel(): Promise<void> {
    const conversation = this.#conversation
    if (!conversation) return
    const live = liveTurns.get(conversation.id)
    if (live?.userId === this.caller.userId) live.stop('cancelling')
    else await cancelTurn(this.caller.client, conversation.id)
  }

  async #relay(chunks: ReadableStream<Chunk>): Promise<void> {
    const told = new Translation()
    for await (const chunk of chunks) {
      if (this.socket.readyState !== WebSocket.OPEN) return
      for (const event of told.of(chunk)) this.#send(event)
    }
  }

  async #find(by: { id: number } | { session_id: string }): Promise<Conversation | null> {
    const { data, error, status } = await this.caller.client.schema('dashboard').from('conversations')
      .select('id, session_id, chat_project_id').match(by).maybeSingle()
    if (error) throw new AppFailure(fromPostgrest(error, status))
    return data
  }

  /** Null where there is one of this session by now. */
  async #create(sessionId: string, chatProjectId: number | undefined): Promise<Conversation | null> {
    const { data, error, status } = await this.caller.client.schema('dashboard').from('conversations')
      .insert({
        session_id: sessionId,
        ...(chatProjectId === undefined ? {} : { chat_project_id: chatProjectId }),
      })
      .select('id, session_id, chat_project_id').single()
    if (error?.code === '23505') return null
    if (error) throw new AppFailure(fromPostgrest(error, status))
    untouched.add(data.id)
    return data
  }

  /** Without the answer that is being written: it is told as it comes. */
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

/** Chunks of the UI message protocol in Apex's words. */
export class Translation {
  #model = { model: '', model_name: '' }
  #messageId = 0
  #started = false
  #texts = 0
  readonly #tools = new Map<string, string>()

  of(chunk: Chunk): SocketEvent[] {
    return [...this.#of(chunk)]
  }

  *#of(chunk: Chunk): Generator<SocketEvent> {
    switch (chunk.type) {
      case 'start': {
        const { model_id = '', model_name = '' } = (chunk.messageMetadata ?? {}) as Record<string, string>
        this.#model = { model: model_id, model_name }
        this.#messageId = Number(chunk.messageId)
        return
      }
      case 'data-model-switch':
        yield {
          type: 'model_switch',
          ...chunk.data as Omit<Extract<SocketEvent, { type: 'model_switch' }>, 'type'>,
        }
        return
      case 'data-turn':
      case 'start-step':
      case 'finish-step':
        return
      case 'data-title':
        yield { type: 'title_update', ...chunk.data as { conversation_id: number; title: string } }
        return
    }
    if (chunk.type === 'error') {
      yield { type: 'error', message: chunk.errorText }
      return
    }
    if (!this.#started) {
      this.#started = true
      yield { type: 'stream_start', ...this.#model }
    }
    switch (chunk.type) {
      case 'text-start':
        // Here texts have no borders of their own.
        if (this.#texts++ > 0) yield { type: 'text_delta', content: '\n\n' }
        return
      case 'text-delta':
        yield { type: 'text_delta', content: chunk.delta }
        return
      case 'tool-input-available':
      case 'tool-input-error': {
        const { toolCallId: id, toolName: name, input } = chunk
        this.#tools.set(id, name)
        yield { type: 'tool_use', tool: { id, name, input, status: 'running' } }
        if (chunk.type === 'tool-input-error') yield this.#result(id, { error: chunk.errorText })
        return
      }
      case 'tool-output-available':
        yield this.#result(chunk.toolCallId, chunk.output)
        return
      case 'tool-output-error':
        yield this.#result(chunk.toolCallId, { error: chunk.errorText })
        return
      case 'abort':
        yield { type: 'cancelled' }
        return
      case 'finish': {
        const { task_id = null } = (chunk.messageMetadata ?? {}) as { task_id?: number | null }
        yield { type: 'stream_end', task_id, message_id: this.#messageId, ...this.#model }
      }
    }
  }

  #result(id: string, output: unknown): SocketEvent {
    const name = this.#tools.get(id) ?? 'unknown'
    return { type: 'tool_result', tool: { id, name, output, status: 'completed' } }
  }
}

function parse(data: unknown): { success: true; data: SocketRequest } | { success: false; message: string } {
  try {
    const parsed = SocketRequest.safeParse(JSON.parse(String(data)))
    return parsed.success
      ? { success: true, data: parsed.data }
      : { success: false, message: fromZod(parsed.error).message }
  } catch {
    return { success: false, message: 'A message is JSON.' }
  }
}

function unknownConversation(): AppFailure {
  return new AppFailure(
    appError('not_found', { code: 'unknown_conversation', message: 'There is no such conversation.' }),
  )
}
