/** The routes of the function search. */
import { RebuildSearchRequest, SearchRequest } from '../../../types/api.ts'
import { questionRecorder } from '../embeddings/embed_question.ts'
import type { ModelSource } from '../embeddings/select_models.ts'
import { readJson, readJsonIfAny } from '../http/body.ts'
import { waitUntil } from '../http/lifecycle.ts'
import type { Handler } from '../http/serve.ts'
import { requestedWorkspace } from '../http/workspace.ts'
import { runRebuilds } from './run_rebuilds.ts'
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

/** POST /search/rebuild. `shutdown` aborts when the process ends. */
export function rebuildSearch(models: ModelSource, shutdown: AbortSignal): Handler {
  return async (request, { clientIn, supabaseAdmin }) => {
    const wanted = await readJsonIfAny(request, RebuildSearchRequest)
    const client = clientIn(requestedWorkspace(request, wanted.workspace_id))
    const answer = await startRebuild(client, models, wanted)
    waitUntil(runRebuilds(supabaseAdmin, shutdown))
    return Response.json(answer, { status: 202, headers })
  }
}
