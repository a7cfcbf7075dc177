/** What the caller's passages are compared by. */
import type { Db } from './turns.ts'

export async function searchModel(client: Db, signal: AbortSignal): Promise<string | null> {
  const { data } = await client.rpc('search_model').abortSignal(signal).throwOnError()
  return data
}
