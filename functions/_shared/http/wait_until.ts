/** Work that goes on after the response. */

declare const EdgeRuntime: { waitUntil(work: Promise<unknown>): void } | undefined

/** Has the platform keep the process until `work` is done, where it offers that. A failure is for `work` to report. */
export function waitUntil(work: Promise<unknown>): void {
  const settled = work.catch(() => {})
  if (typeof EdgeRuntime !== 'undefined') EdgeRuntime.waitUntil(settled)
}
