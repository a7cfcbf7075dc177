/** The routes of the function search. */
import { RebuildSearchRequest, SearchRequest } from '../../../types/api.ts'
import type { ModelSource } from '../embeddings/select_models.ts'
import { readJson } from '../http/body.ts'
import type { Handler } from '../http/serve.ts'
import { searchPassages } from './search_passages.ts'
import { startRebuild } from './start_rebuild.ts'

const headers = { 'cache-control': 'no-store' }

/** POST /search */
export function search(models: ModelSource): Handler {
  return async (request, { supabase }) => {
    const wanted = await readJson(request, SearchRequest)
    return Response.json(await searchPassages(supabase, models, wanted, request.signal), { headers })
  }
}

/** POST /search/rebuild */
export function rebuildSearch(models: ModelSource): Handler {
  return async (request, { supabase }) => {
    const wanted = await readJson(request, RebuildSearchRequest)
    return Response.json(await startRebuild(supabase, models, wanted), { status: 202, headers })
  }
}
