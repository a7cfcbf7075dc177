/** Calls of the database with a time limit. */
import type { PostgrestSingleResponse } from '@supabase/supabase-js'
import { AppFailure, fromPostgrest } from '../../../types/errors.ts'

/** A request that supabase-js has built and not yet sent. */
interface Call<T> {
  abortSignal(signal: AbortSignal): PromiseLike<PostgrestSingleResponse<T>>
}

/** Marks a call of work in the background: where one database session serves everyone, people come first. */
export function inBackground<C extends { setHeader(name: string, value: string): C }>(call: C): C {
  // RFC 9218: the lowest urgency, for background tasks.
  return call.setHeader('priority', 'u=7')
}

/** Sends it, and returns its data. Throws an AppFailure. */
export async function callDatabase<T>(call: Call<T>, timeoutMs: number): Promise<T> {
  const { data, error, status } = await call.abortSignal(AbortSignal.timeout(timeoutMs))
  if (error) throw new AppFailure(fromPostgrest(error, status))
  return data
}
