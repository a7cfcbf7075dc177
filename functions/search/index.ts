/**
 * POST /functions/v1/search: passages that match a question; clients need no vectors of their own.
 * POST /functions/v1/search/rebuild: rebuilds passages and their vectors; for admins.
 *
 * `supabaseAdmin` is used for one thing: users may not write usage, and embedding a question may cost something.
 */
import { serve } from '../_shared/http/serve.ts'
import { runtime } from '../_shared/runtime.ts'
import { rebuildSearch, search } from '../_shared/search/handlers.ts'

export default serve({
  name: 'search',
  auth: 'user',
  routes: {
    'POST /': search(runtime.embeddingModels),
    'POST /rebuild': rebuildSearch(runtime.embeddingModels),
  },
})
