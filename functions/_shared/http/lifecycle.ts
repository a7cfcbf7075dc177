/** The life of the process that runs a function: work that goes on after the response, and its end. */
declare const EdgeRuntime: { waitUntil(work: Promise<unknown>): void } | undefined

/** Keeps the process running until `work` has settled, where the platform offers that. `work` reports its own failure. */
export function waitUntil(work: Promise<unknown>): void {
  const settled = work.catch(() => {})
  if (typeof EdgeRuntime !== 'undefined') EdgeRuntime.waitUntil(settled)
}

/** Why the process ends: the platform asks it to, or it has used up the time or the memory that it may take. */
export class ProcessEnds extends DOMException {
  /** Whether the work of the process is the reason, so that the same work would end the next one as well. */
  readonly exhausted: boolean

  constructor(exhausted: boolean) {
    super(exhausted ? 'The process has reached a limit.' : 'The process is shutting down.', 'AbortError')
    this.exhausted = exhausted
  }
}

/** Reasons of the event for which the platform ends a process because of what it does. */
const limits: ReadonlySet<unknown> = new Set(['cpu', 'memory', 'wall_clock'])

/** Aborts with a ProcessEnds when the platform announces that the process is about to end. */
export function shutdownSignal(): AbortSignal {
  const shutdown = new AbortController()
  addEventListener('beforeunload', (event) => {
    const detail: unknown = 'detail' in event ? event.detail : null
    const reason = typeof detail === 'object' && detail !== null && 'reason' in detail ? detail.reason : null
    shutdown.abort(new ProcessEnds(limits.has(reason)))
  }, { once: true })
  return shutdown.signal
}
