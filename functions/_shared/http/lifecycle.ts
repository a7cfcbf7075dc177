/** The life of the process that runs a function: work that goes on after the response, and its end. */
declare const EdgeRuntime: { waitUntil(work: Promise<unknown>): void } | undefined

/** Keeps the process running until `work` has settled, where the platform offers that. `work` reports its own failure. */
export function waitUntil(work: Promise<unknown>): void {
  const settled = work.catch(() => {})
  if (typeof EdgeRuntime !== 'undefined') EdgeRuntime.waitUntil(settled)
}

/** Aborts when the platform announces that the process is about to end, or that its time is up. */
export function shutdownSignal(): AbortSignal {
  const shutdown = new AbortController()
  const reason = new DOMException('The process is shutting down.', 'AbortError')
  addEventListener('beforeunload', () => shutdown.abort(reason), { once: true })
  return shutdown.signal
}
