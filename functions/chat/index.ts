/**
 * /functions/v1/chat: questions in, answers streamed out.
 *
 * POST /                        a turn, in the UI message protocol of the AI SDK
 * GET  /:conversation/stream    the answer that is being written, from its beginning; 204 when there is none
 * POST /:conversation/cancel    ends it within a second and keeps what was shown
 * WEBSOCKET / and /:session     the same over a WebSocket, in the protocol of Apex's clients
 *
 * A conversation is named by its number or by its session, which is the `id` of `useChat`; where the caller has both,
 * `?by=number` or `?by=session` says which.
 *
 * Answers, which users may not write, are stored with a secret key; everything else is done as the user.
 */
import { ask, cancel, openSocket, resume } from '../_shared/chat/handlers.ts'
import { TurnRunner } from '../_shared/chat/turn_runner.ts'
import { adminFromEnvironment } from '../_shared/database/admin.ts'
import { waitUntil } from '../_shared/http/lifecycle.ts'
import { serve } from '../_shared/http/serve.ts'
import { runtime } from '../_shared/runtime.ts'

const turns = new TurnRunner(adminFromEnvironment(), runtime.embeddingModels)
const open = openSocket(turns)

runtime.shutdown.addEventListener('abort', () => waitUntil(turns.flush()))

export default serve({
  name: 'chat',
  auth: ['user'],
  routes: {
    'POST /': ask(turns),
    'GET /:conversation/stream': resume(turns),
    'POST /:conversation/cancel': cancel(turns),
    'WEBSOCKET /': open,
    'WEBSOCKET /:session': open,
  },
})
