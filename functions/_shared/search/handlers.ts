/** The routes of the function search. */
import { RebuildSearchRequest, SearchRequest } from '../../../types/api.ts'
import { questionRecorder } from '../embeddings/embed_question.ts'
import type { ModelSource } from '../embeddings/select_models.ts'
import { readJson } from '../http/body.ts'
import type { Handler } from '../http/serve.ts'
import { requestedWorkspace } from '../http/workspace.ts'
import { searchPassages } from './search_passages.ts'
import { startRebuild } from './start_rebuild.ts'

const headers = { 'cache-control': 'no-store' }

/** POST /search */
export function search(models: ModelSource): Handler {
  return async (request, { clientIn, supabaseAdmin, userClaims, requestId }) => {
    const wanted = await readJson(request, SearchRequest)
    const client = clientIn(requestedWorkspace(request, wanted.workspace_id))
    const record = questionRecorder(supabaseAdmin, userClaims?.id ?? '', 1, { requestId })
    return Response.json(await searchPassages(client, models, wanted, record, request.signal), { headers })
  }
}

/** POST /search/rebuild */
export function rebuildSearch(models: ModelSource): Handler {
  return async (request, { clientIn }) => {
    const wanted = await readJson(request, RebuildSearchRequest)
    const client = clientIn(requestedWorkspace(request, wanted.workspace_id))
    return Response.json(await startRebuild(client, models, wanted), { status: 202, headers })
  }
}
