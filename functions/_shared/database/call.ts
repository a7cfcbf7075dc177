/** Calls of the database with a time limit. */
import type { PostgrestSingleResponse } from '@supabase/supabase-js'
import { AppFailure, fromPostgrest } from '../../../types/errors.ts'

/** A request that supabase-js has built and not yet sent. */
interface Call<T> {
  abortSignal(signal: AbortSignal): PromiseLike<PostgrestSingleResponse<T>>
}

/** Sends it, and returns its data. Throws an AppFailure. */
export async function callDatabase<T>(call: Call<T>, timeoutMs: number): Promise<T> {
  const { data, error, status } = await call.abortSignal(AbortSignal.timeout(timeoutMs))
  if (error) throw new AppFailure(fromPostgrest(error, status))
  return data
}
