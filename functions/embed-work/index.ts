/**
 * POST /functions/v1/embed-work, with a secret key: embeds the texts of the queue.
 *
 * `supabaseAdmin` is used because the queue belongs to no user: only the service role may call its functions.
 */
import { workOnEmbeddings } from '../_shared/embeddings/handlers.ts'
import { serve } from '../_shared/http/serve.ts'
import { runtime } from '../_shared/runtime.ts'

export default serve({
  name: 'embed-work',
  auth: 'secret:*',
  routes: { 'POST /': workOnEmbeddings(runtime.embeddingModels, runtime.shutdown) },
})
