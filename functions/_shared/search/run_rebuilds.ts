/** Works on rebuilds right after their start, so that a small one does not wait for the schedule. */
import { fromUnknown } from '../../../types/errors.ts'
import type { Db } from '../database/client.ts'
import { log } from '../http/log.ts'

/** How long texts are embedded, in seconds. */
const budget_seconds = 20

/** Cuts documents, embeds their passages and counts what is done. What is left is up to the schedule. */
export async function runRebuilds(admin: Db, signal: AbortSignal): Promise<void> {
  try {
    await admin.rpc('run_search_rebuilds').abortSignal(signal).throwOnError()
    const { error } = await admin.functions.invoke('embed-work', { body: { budget_seconds }, signal })
    if (error) throw error
    await admin.rpc('run_search_rebuilds').abortSignal(signal).throwOnError()
  } catch (cause) {
    if (!signal.aborted) log('warn', { event: 'rebuild_not_run', code: fromUnknown(cause).code })
  }
}
