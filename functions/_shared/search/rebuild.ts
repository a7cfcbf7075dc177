/** Starts a rebuild of the search: the RPC `rebuild_search` as the caller. */
import type { SupabaseClient } from '@supabase/supabase-js'
import type { RebuildSearchAnswer, RebuildSearchRequest } from '../../../types/api.ts'
import type { Database } from '../../../types/generated/database.ts'
import { embeddingModels } from '../embeddings/select.ts'

export async function startRebuild(
  db: SupabaseClient<Database>,
  { document_ids, workspace_id }: RebuildSearchRequest,
): Promise<RebuildSearchAnswer> {
  const workspace = workspace_id ? { workspace_id } : {}
  const { data: rebuild_id } = await db.rpc('rebuild_search', {
    ...workspace,
    ...(document_ids ? { document_ids } : {}),
  }).throwOnError()
  const { data: status } = await db.rpc('embedding_status', workspace).single().throwOnError()
  const model = status.model ?? (await embeddingModels()).standard.model
  return { status: 'ok', items: status.passages, backend: 'pgvector', embedding_provider: model, rebuild_id }
}
