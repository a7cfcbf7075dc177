/**
 * Serves the edge functions as the platform does: in a process apart, which is replaced when a file changes and started
 * again when it ends. The new process takes over once it is ready; the old one finishes what it began.
 */
import { join } from 'node:path'
import { type Process, startProcess } from './process.ts'
import { proxy } from './proxy.ts'

export type Functions = {
  /** Answers a request for `/functions/v1/<name>`; waits while the process starts. */
  fetch(request: Request): Promise<Response>
  stop(): Promise<void>
}

type Setup = {
  /** The repository. */
  root: string
  /** What the platform tells functions of itself. functions/.env is added to it. */
  env: Record<string, string>
  /** Receives what functions print, line by line. */
  onLog: (line: string) => void
}

/** How long a burst of file changes may last before the functions are started anew, in ms. */
const settling = 150
/** How long a replaced process may take to finish what it began, in ms. */
const draining = 30_000
/** The same when everything stops, in ms. */
const stopping = 2_000
/** Pauses between starts after failures, in ms; the last one repeats. */
const backoff = [100, 500, 2_000, 10_000]
/** A process that ran this long was no failed start, in ms. */
const proven = 60_000

/** Returns at once; the functions load meanwhile, and a process that cannot start is tried again. */
export function startFunctions({ root, env, onLog }: Setup): Promise<Functions> {
  let active: Process | null = null
  let ready = Promise.withResolvers<Process>()
  let failures = 0
  let stopped = false
  let work: Promise<void> = Promise.resolve()
  let again: ReturnType<typeof setTimeout> | undefined
  const leaving = new Set<Promise<void>>()

  /** Starts a process and lets it take over. One at a time: the last change wins. */
  const replace = (note?: string): Promise<void> =>
    work = work.then(async () => {
      if (stopped) return
      clearTimeout(again)
      const started = performance.now()
      try {
        const next = await startProcess(root, env, onLog)
        const old = active
        active = next
        ready.resolve(next)
        if (old) retire(old, draining)
        if (note) onLog(note)
        void next.ended.then(() => {
          if (active !== next || stopped) return
          active = null
          ready = Promise.withResolvers()
          if (performance.now() - started > proven) failures = 0
          later('the process ended')
        })
      } catch (cause) {
        // A process that still serves is kept: the next change may mend what this one broke.
        if (active) onLog(`functions: not reloaded: ${cause instanceof Error ? cause.message : cause}`)
        else later(cause instanceof Error ? cause.message : String(cause))
      }
    })
  const later = (reason: string): void => {
    const pause = backoff[Math.min(failures++, backoff.length - 1)] ?? 0
    onLog(`functions: ${reason}; starting again in ${pause} ms`)
    again = setTimeout(() => void replace(), pause)
  }
  const retire = (old: Process, patience: number): void => {
    const done = old.drain(patience).finally(() => leaving.delete(done))
    leaving.add(done)
  }

  void replace()
  const watcher = Deno.watchFs([join(root, 'functions'), join(root, 'types')])
  void afterBursts(watcher, () => {
    failures = 0
    void replace('functions: reloaded')
  })

  return Promise.resolve({
    fetch: async (request) => {
      const process = active ?? await within(ready.promise, draining)
      if (!process) return unavailable()
      try {
        return await proxy(request, process.port)
      } catch (cause) {
        if (request.signal.aborted) throw cause
        return unavailable()
      }
    },
    stop: async () => {
      stopped = true
      clearTimeout(again)
      watcher.close()
      await work
      if (active) retire(active, stopping)
      await Promise.all(leaving)
    },
  })
}

/** Calls `changed` once after each burst of file changes. */
async function afterBursts(watcher: Deno.FsWatcher, changed: () => void): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined
  for await (const event of watcher) {
    if (event.kind === 'access') continue
    clearTimeout(timer)
    timer = setTimeout(changed, settling)
  }
  clearTimeout(timer)
}

async function within<T>(promise: Promise<T>, patience: number): Promise<T | null> {
  const late = Promise.withResolvers<null>()
  const timer = setTimeout(() => late.resolve(null), patience)
  return await Promise.race([promise, late.promise]).finally(() => clearTimeout(timer))
}

function unavailable(): Response {
  const body = { code: 'BOOT_ERROR', message: 'Function failed to start (please check logs)' }
  return Response.json(body, { status: 503, headers: { 'retry-after': '1' } })
}
