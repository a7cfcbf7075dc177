/** Starts a rebuild of the search index. */
import type { RebuildSearchAnswer, RebuildSearchRequest } from '../../../types/api.ts'
import type { Db } from '../database/client.ts'
import type { ModelSource } from '../embeddings/select_models.ts'

/** Calls `rebuild_search` with the rights of the caller. */
export async function startRebuild(
  db: Db,
  models: ModelSource,
  { document_ids }: RebuildSearchRequest,
): Promise<RebuildSearchAnswer> {
  const { data: rebuild_id } = await db.rpc('rebuild_search', document_ids ? { document_ids } : {})
    .throwOnError()
  const { data: status } = await db.rpc('embedding_status').single().throwOnError()
  const model = status.model ?? (await models()).standard.model
  return { status: 'ok', items: status.passages, backend: 'pgvector', embedding_provider: model, rebuild_id }
}
