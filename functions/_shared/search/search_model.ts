/** What the caller's passages are compared by: of one workspace, or of all; null where nothing is embedded yet. */
import type { SupabaseClient } from '@supabase/supabase-js'
import type { Database } from '../../../types/generated/database.ts'

export async function searchModel(
  client: SupabaseClient<Database>,
  signal: AbortSignal,
  workspaceId?: string,
): Promise<string | null> {
  const { data } = await client.rpc('search_model', workspaceId ? { workspace_id: workspaceId } : {})
    .abortSignal(signal).throwOnError()
  return data
}
