/**
 * /functions/v1/chat: questions in, answers streamed out.
 *
 * POST /                        a turn, in the UI message protocol of the AI SDK
 * GET  /<conversation>/stream   the answer that is being written, from its beginning; 204 when there is none
 * POST /<conversation>/cancel   ends it within a second and keeps what was shown
 * GET  /<session> with Upgrade  the same over a WebSocket, in Apex's words
 *
 * A conversation is named by its number or by its session, which is the `id` of `useChat`; `?by=number` or `?by=session`
 * says which, where the caller has both.
 *
 * `supabaseAdmin` is used to store answers, which users may not write; all else is done as the user.
 */
import { type ChatCancelAnswer, ChatRequest } from '../../types/api.ts'
import { appError, AppFailure, type ErrorBody } from '../../types/errors.ts'
import { readJson } from '../_shared/http/body.ts'
import { readAsked } from '../_shared/chat/asked.ts'
import { begin, type Caller, callerOf } from '../_shared/chat/begin.ts'
import {
  findConversation,
  followConversation,
  followMessage,
  lookForConversation,
  type NamedBy,
} from '../_shared/chat/follow.ts'
import { liveTurns } from '../_shared/chat/live.ts'
import { ChatSocket } from '../_shared/chat/socket.ts'
import { toEventStream } from '../_shared/chat/sse.ts'
import { cancelTurn, TurnRefusal } from '../_shared/chat/turns.ts'
import { decodeName } from '../_shared/http/decode_name.ts'
import { serve } from '../_shared/http/serve.ts'

/** Files may come inside of a message. */
const mostBytes = 40 * 1024 * 1024

/** Requests as they arrived: only these can become sockets. */
const upgrades = new WeakMap<Request, Request>()

const chat = serve(
  { name: 'chat', auth: ['user'], methods: ['POST', 'GET'] },
  async (request, context): Promise<Response> => {
    const caller = callerOf(context)
    const path = pathOf(request)
    const [, name = '', action] = /^\/([^/]*)(?:\/([^/]+))?$/.exec(path) ?? []
    // A name that cannot be read is the name of nothing.
    const conversation = decodeName(name) ?? ''
    const original = upgrades.get(request)
    if (original && action === undefined) return openSocket(original, caller, conversation)
    if (request.method === 'POST' && path === '/') return await answer(request, caller)
    if (request.method === 'GET' && conversation !== '' && action === 'stream') {
      return await resume(caller, conversation, namedBy(request))
    }
    if (request.method === 'POST' && conversation !== '' && action === 'cancel') {
      const cancelled: ChatCancelAnswer = {
        cancelled: await cancel(caller, conversation, namedBy(request)),
        request_id: context.requestId,
      }
      return Response.json(cancelled, { headers: { 'cache-control': 'no-store' } })
    }
    throw new AppFailure(appError('not_found', {
      code: 'unknown_path',
      message: 'There is nothing at this path.',
      hint:
        'POST /chat asks; GET /chat/<conversation>/stream resumes; POST /chat/<conversation>/cancel stops.',
    }))
  },
)

export default {
  fetch: async (request: Request): Promise<Response> => {
    if (request.headers.get('upgrade')?.toLowerCase() !== 'websocket') return await chat.fetch(request)
    const readable = withTokenOfAddress(request)
    upgrades.set(readable, request)
    const answered = await chat.fetch(readable)
    return answered.status === 101 ? answered : await refuseSocket(request, answered)
  },
}

async function answer(request: Request, caller: Caller): Promise<Response> {
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

async function resume({ client, userId }: Caller, conversation: string, by?: NamedBy): Promise<Response> {
  // A chat of which nothing was said yet is no error: clients ask on every page.
  const id = await lookForConversation(client, conversation, by)
  const running = id === null ? null : await followConversation(client, userId, id)
  return running ? toEventStream(running) : new Response(null, { status: 204 })
}

async function cancel({ client, userId }: Caller, conversation: string, by?: NamedBy): Promise<boolean> {
  const id = await findConversation(client, conversation, by)
  const cancelled = await cancelTurn(client, id)
  const live = liveTurns.get(id)
  if (live?.userId === userId) live.stop('cancelling')
  return cancelled
}

function openSocket(request: Request, caller: Caller, sessionId: string): Response {
  const { searchParams } = new URL(request.url)
  const id = (name: string): number | undefined => {
    const text = searchParams.get(name) ?? ''
    return /^[1-9]\d{0,15}$/.test(text) ? Number(text) : undefined
  }
  const { socket, response } = Deno.upgradeWebSocket(request)
  new ChatSocket(socket, caller, {
    sessionId: sessionId || crypto.randomUUID(),
    conversationId: id('conversation_id'),
    chatProjectId: id('chat_project_id'),
  })
  return response
}

/** Browsers cannot set headers of a socket: the token comes in the address, as `token`. */
function withTokenOfAddress(request: Request): Request {
  const { searchParams } = new URL(request.url)
  const headers = new Headers(request.headers)
  const token = searchParams.get('token')
  const key = searchParams.get('apikey')
  if (token && !headers.has('authorization')) headers.set('authorization', `Bearer ${token}`)
  if (key && !headers.has('apikey')) headers.set('apikey', key)
  headers.delete('upgrade')
  headers.delete('connection')
  return new Request(request.url, { headers })
}

/** A refused upgrade tells a browser nothing: the socket is opened, told why, and closed with 4001, or 4000 + status. */
async function refuseSocket(request: Request, answered: Response): Promise<Response> {
  const { message }: ErrorBody = await answered.json()
  const { socket, response } = Deno.upgradeWebSocket(request)
  socket.onopen = () => {
    socket.send(JSON.stringify({ type: 'error', message }))
    socket.close(answered.status === 401 ? 4001 : 4000 + answered.status % 1000)
  }
  return response
}

/** `?by=` where a name may be both a number and a session. */
function namedBy(request: Request): NamedBy | undefined {
  const by = new URL(request.url).searchParams.get('by')
  return by === 'number' || by === 'session' ? by : undefined
}

/** What follows the name of the function. The hosted platform leaves `/functions/v1` out. */
function pathOf(request: Request): string {
  return new URL(request.url).pathname.replace(/^(\/functions\/v1)?\/chat(?=\/|$)/, '').replace(/\/+$/, '') ||
    '/'
}
