/** The routes of the function chat. */
import { type ChatCancelAnswer, ChatRequest } from '../../../types/api.ts'
import { readJson } from '../http/body.ts'
import type { FunctionContext } from '../http/serve.ts'
import { readAsked } from './asked.ts'
import { begin, callerOf } from './begin.ts'
import {
  findConversation,
  followConversation,
  followMessage,
  lookForConversation,
  type NamedBy,
} from './follow.ts'
import { liveTurns } from './live.ts'
import { ChatSocket } from './socket.ts'
import { toEventStream } from './sse.ts'
import { cancelTurn, TurnRefusal } from './turns.ts'

/** Files may come inside of a message. */
const mostBytes = 40 * 1024 * 1024

/** POST /: a turn. */
export async function ask(request: Request, context: FunctionContext): Promise<Response> {
  const caller = callerOf(context)
  const asked = await readAsked(caller.client, await readJson(request, ChatRequest, mostBytes))
  try {
    return toEventStream((await begin(caller, asked)).follow())
  } catch (cause) {
    // The same message once more: a client that lost the answer is given it, and no second one.
    const earlier = cause instanceof TurnRefusal ? cause.earlierAnswer : null
    if (earlier === null) throw cause
    return toEventStream(await followMessage(caller.client, caller.userId, earlier))
  }
}

/** GET /:conversation/stream: the answer that is being written. */
export async function resume(request: Request, context: FunctionContext<'conversation'>): Promise<Response> {
  const { client, userId } = callerOf(context)
  // A chat of which nothing was said yet is no error: clients ask on every page.
  const id = await lookForConversation(client, context.params.conversation, namedBy(request))
  const running = id === null ? null : await followConversation(client, userId, id)
  return running ? toEventStream(running) : new Response(null, { status: 204 })
}

/** POST /:conversation/cancel */
export async function cancel(request: Request, context: FunctionContext<'conversation'>): Promise<Response> {
  const { client, userId } = callerOf(context)
  const id = await findConversation(client, context.params.conversation, namedBy(request))
  const cancelled = await cancelTurn(client, id)
  const live = liveTurns.get(id)
  if (live?.userId === userId) live.stop('cancelling')
  const answer: ChatCancelAnswer = { cancelled, request_id: context.requestId }
  return Response.json(answer, { headers: { 'cache-control': 'no-store' } })
}

/** WEBSOCKET / and /:session: a session that is named, or a new one. */
export function openSocket(
  socket: WebSocket,
  context: FunctionContext & { params: { session?: string } },
  request: Request,
): void {
  const { searchParams } = new URL(request.url)
  const id = (name: string): number | undefined => {
    const text = searchParams.get(name) ?? ''
    return /^[1-9]\d{0,15}$/.test(text) ? Number(text) : undefined
  }
  new ChatSocket(socket, callerOf(context), {
    sessionId: context.params.session || crypto.randomUUID(),
    conversationId: id('conversation_id'),
    chatProjectId: id('chat_project_id'),
  })
}

/** `?by=` where a name may be both a number and a session. */
function namedBy(request: Request): NamedBy | undefined {
  const by = new URL(request.url).searchParams.get('by')
  return by === 'number' || by === 'session' ? by : undefined
}
