/**
 * /functions/v1/chat: questions in, answers streamed out.
 *
 * POST /                        a turn, in the UI message protocol of the AI SDK
 * GET  /:conversation/stream    the answer that is being written, from its beginning; 204 when there is none
 * POST /:conversation/cancel    ends it within a second and keeps what was shown
 * WEBSOCKET / and /:session     the same over a WebSocket, in the protocol of Apex's clients
 *
 * A conversation is named by its number or by its session, which is the `id` of `useChat`; `?by=number` or `?by=session`
 * says which, where the caller has both.
 *
 * `supabaseAdmin` is used to store answers, which users may not write; all else is done as the user.
 */
import { ask, cancel, openSocket, resume } from '../_shared/chat/handlers.ts'
import { serve } from '../_shared/http/serve.ts'

export default serve({
  name: 'chat',
  auth: ['user'],
  routes: {
    'POST /': ask,
    'GET /:conversation/stream': resume,
    'POST /:conversation/cancel': cancel,
    'WEBSOCKET /': openSocket,
    'WEBSOCKET /:session': openSocket,
  },
})
