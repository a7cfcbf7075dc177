/**
 * POST /functions/v1/search: passages that fit a question, as a client without vectors of its own asks for them.
 * POST /functions/v1/search/rebuild: an admin has the passages and their vectors made again.
 */
import { RebuildSearchRequest, SearchRequest } from '../../types/api.ts'
import { readJson } from '../_shared/http/body.ts'
import { answerSearch } from '../_shared/search/answer.ts'
import { startRebuild } from '../_shared/search/rebuild.ts'
import { serve } from '../_shared/http/serve.ts'

const headers = { 'cache-control': 'no-store' }

export default serve({
  name: 'search',
  auth: 'user',
  routes: {
    'POST /': async (request, { supabase }) =>
      Response.json(
        await answerSearch(supabase, await readJson(request, SearchRequest), request.signal),
        { headers },
      ),
    'POST /rebuild': async (request, { supabase }) =>
      Response.json(await startRebuild(supabase, await readJson(request, RebuildSearchRequest)), {
        status: 202,
        headers,
      }),
  },
})
