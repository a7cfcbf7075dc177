/** The embedding model that the caller's passages are compared with. */
import type { Db } from '../database/client.ts'

/** Of one workspace, or of all of the caller; null where nothing is embedded yet. */
export async function searchModel(
  client: Db,
  signal: AbortSignal,
  workspaceId?: string,
): Promise<string | null> {
  const { data } = await client.rpc('search_model', workspaceId ? { workspace_id: workspaceId } : {})
    .abortSignal(signal).throwOnError()
  return data
}
