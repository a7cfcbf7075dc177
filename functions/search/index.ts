/**
 * POST /functions/v1/search: passages that fit a question, as a client without vectors of its own asks for them.
 * POST /functions/v1/search/rebuild: an admin has the passages and their vectors made again.
 */
import { RebuildSearchRequest, SearchRequest } from '../../types/api.ts'
import { appError, AppFailure } from '../../types/errors.ts'
import { readJson } from '../_shared/http/body.ts'
import { answerSearch } from '../_shared/search/answer.ts'
import { startRebuild } from '../_shared/search/rebuild.ts'
import { serve } from '../_shared/http/serve.ts'

export default serve({ name: 'search', auth: 'user', methods: ['POST'] }, async (request, { supabase }) => {
  const headers = { 'cache-control': 'no-store' }
  switch (pathOf(request)) {
    case '':
      return Response.json(
        await answerSearch(supabase, await readJson(request, SearchRequest), request.signal),
        { headers },
      )
    case '/rebuild':
      return Response.json(await startRebuild(supabase, await readJson(request, RebuildSearchRequest)), {
        status: 202,
        headers,
      })
    default:
      throw new AppFailure(appError('not_found', {
        code: 'unknown_path',
        message: 'There is nothing at this path.',
        hint: 'POST /search asks, POST /search/rebuild makes it new.',
      }))
  }
})

/** What follows the name of the function. The hosted platform leaves `/functions/v1` out. */
function pathOf(request: Request): string {
  return new URL(request.url).pathname.replace(/^(\/functions\/v1)?\/search(?=\/|$)/, '').replace(/\/+$/, '')
}
