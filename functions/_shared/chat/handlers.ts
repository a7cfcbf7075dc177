/** The routes of the function chat. */
import { type ChatCancelAnswer, ChatRequest } from '../../../types/api.ts'
import { readJson } from '../http/body.ts'
import type { FunctionContext, Handler } from '../http/serve.ts'
import { requestedWorkspace } from '../http/workspace.ts'
import { callerOf } from './caller.ts'
import { findConversation, lookForConversation, type NamedBy } from './conversations.ts'
import { readTurnRequest } from './request.ts'
import { resumeConversation, resumeMessage } from './resume.ts'
import { ChatSockets } from './socket.ts'
import { toEventStream } from './sse.ts'
import type { TurnRunner } from './turn_runner.ts'
import { TurnRefusal } from './turns.ts'

/** Messages may contain files. */
const maxBodyBytes = 40 * 1024 * 1024

/** POST /: a turn. */
export function ask(turns: TurnRunner): Handler {
  return async (request, context) => {
    const body = await readJson(request, ChatRequest, maxBodyBytes)
    const caller = callerOf(context, requestedWorkspace(request, body.workspace_id))
    const turnRequest = await readTurnRequest(caller.client, body)
    try {
      const live = await turns.begin(caller, turnRequest)
      // A client that decided about tool calls has what was written before.
      return toEventStream(live.stream(live.partCount))
    } catch (cause) {
      // A message or decision that was sent before: the client lost its answer, and gets the same one.
      const earlier = cause instanceof TurnRefusal ? cause.earlierAnswer : null
      if (earlier === null) throw cause
      return toEventStream(await resumeMessage(turns, caller, earlier.id, earlier.partCount))
    }
  }
}

/** GET /:conversation/stream: the answer that is being written. */
export function resume(turns: TurnRunner): Handler<'conversation'> {
  return async (request, context) => {
    const caller = callerOf(context)
    // Clients ask on every page, so a session without messages is not an error.
    const id = await lookForConversation(caller.client, context.params.conversation, namedBy(request))
    const running = id === null ? null : await resumeConversation(turns, caller, id)
    return running ? toEventStream(running) : new Response(null, { status: 204 })
  }
}

/** POST /:conversation/cancel */
export function cancel(turns: TurnRunner): Handler<'conversation'> {
  return async (request, context) => {
    const caller = callerOf(context)
    const id = await findConversation(caller.client, context.params.conversation, namedBy(request))
    const cancelled = await turns.cancel(caller, id)
    const answer: ChatCancelAnswer = { cancelled, request_id: context.requestId }
    return Response.json(answer, { headers: { 'cache-control': 'no-store' } })
  }
}

/** WEBSOCKET / and /:session: the session of that name, or a new one. */
export function openSocket(
  turns: TurnRunner,
): (
  socket: WebSocket,
  context: FunctionContext & { params: { session?: string } },
  request: Request,
) => void {
  const sockets = new ChatSockets(turns)
  return (socket, context, request) => {
    const { searchParams } = new URL(request.url)
    const id = (name: string): number | undefined => {
      const text = searchParams.get(name) ?? ''
      return /^[1-9]\d{0,15}$/.test(text) ? Number(text) : undefined
    }
    sockets.open(socket, callerOf(context), {
      sessionId: context.params.session || crypto.randomUUID(),
      conversationId: id('conversation_id'),
      chatProjectId: id('chat_project_id'),
    })
  }
}

/** `?by=`, for a name that may be both a number and a session. */
function namedBy(request: Request): NamedBy | undefined {
  const by = new URL(request.url).searchParams.get('by')
  return by === 'number' || by === 'session' ? by : undefined
}
