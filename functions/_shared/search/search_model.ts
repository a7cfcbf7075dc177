/** The embedding model that the passages of a workspace are compared with. */
import type { Db } from '../database/client.ts'

/** Of the workspace that the client works in; null where nothing is embedded yet. */
export async function searchModel(client: Db, signal: AbortSignal): Promise<string | null> {
  const { data } = await client.rpc('search_model').abortSignal(signal).throwOnError()
  return data
}
