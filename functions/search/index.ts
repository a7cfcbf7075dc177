/**
 * POST /functions/v1/search: passages that match a question; clients need no vectors of their own.
 * POST /functions/v1/search/rebuild: rebuilds passages and their vectors; for admins.
 *
 * `supabaseAdmin` is used for two things: users may not write usage, and embedding a question may cost something; and a
 * rebuild that an admin has started is worked on at once.
 */
import { serve } from '../_shared/http/serve.ts'
import { runtime } from '../_shared/runtime.ts'
import { rebuildSearch, search } from '../_shared/search/handlers.ts'

export default serve({
  name: 'search',
  auth: 'user',
  routes: {
    'POST /': search(runtime.embeddingModels),
    'POST /rebuild': rebuildSearch(runtime.embeddingModels, runtime.shutdown),
  },
})
