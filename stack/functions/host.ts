/**
 * Serves the edge functions as the platform does: in a separate process, which is replaced when a file changes and
 * restarted when it ends. The new process takes over once it is ready; the old one finishes its requests.
 */
import { join } from 'node:path'
import { readableByPages } from '../gateway/cors.ts'
import { within } from '../within.ts'
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
  /** The environment of the functions, in addition to functions/.env. */
  env: Record<string, string>
  /** Receives what functions print, line by line. */
  onLog: (line: string) => void
}

/** File changes within this time of each other cause one reload. */
const reloadDelayMs = 150
/** How long a replaced process may take to finish its requests, and how long a request waits for a process. */
const drainTimeoutMs = 30_000
/** How long a process may take to finish its requests when everything stops. */
const stopTimeoutMs = 2_000
/** Pauses between starts after failures; the last one repeats. */
const restartDelaysMs = [100, 500, 2_000, 10_000]
/** A process that ran this long counts as started well. */
const stableAfterMs = 60_000

/** Returns at once: the functions load meanwhile, and a process that cannot start is tried again. */
export function startFunctions(setup: Setup): Functions {
  return new FunctionHost(setup)
}

class FunctionHost implements Functions {
  #setup: Setup
  #active: Process | null = null
  #ready = Promise.withResolvers<Process>()
  /** Starts that failed, in a row. */
  #failures = 0
  #stopped = false
  /** Processes start one after the other. */
  #starting: Promise<void> = Promise.resolve()
  #restart: ReturnType<typeof setTimeout> | undefined
  #retiring = new Set<Promise<void>>()
  #watcher: Deno.FsWatcher

  constructor(setup: Setup) {
    this.#setup = setup
    this.#replace()
    this.#watcher = Deno.watchFs([join(setup.root, 'functions'), join(setup.root, 'types')])
    void afterBursts(this.#watcher, () => {
      this.#failures = 0
      this.#replace('functions: reloaded')
    })
  }

  async fetch(request: Request): Promise<Response> {
    const process = this.#active ?? await within(this.#ready.promise, drainTimeoutMs)
    if (!process) return unavailable()
    try {
      return await proxy(request, process.port)
    } catch (cause) {
      if (request.signal.aborted) throw cause
      return unavailable()
    }
  }

  async stop(): Promise<void> {
    this.#stopped = true
    clearTimeout(this.#restart)
    this.#watcher.close()
    await this.#starting
    if (this.#active) this.#retire(this.#active, stopTimeoutMs)
    await Promise.all(this.#retiring)
  }

  /** Starts a process and lets it take over. */
  #replace(note?: string): void {
    this.#starting = this.#starting.then(() => this.#start(note))
  }

  async #start(note?: string): Promise<void> {
    if (this.#stopped) return
    clearTimeout(this.#restart)
    const { root, env, onLog } = this.#setup
    const startedAt = performance.now()
    try {
      const next = await startProcess(root, env, onLog)
      const old = this.#active
      this.#active = next
      this.#ready.resolve(next)
      if (old) this.#retire(old, drainTimeoutMs)
      if (note) onLog(note)
      void next.ended.then(() => this.#onEnd(next, startedAt))
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause)
      // A process that still serves is kept: the next change may fix what this one broke.
      if (this.#active) onLog(`functions: not reloaded: ${reason}`)
      else this.#restartLater(reason)
    }
  }

  #onEnd(process: Process, startedAt: number): void {
    if (this.#active !== process || this.#stopped) return
    this.#active = null
    this.#ready = Promise.withResolvers()
    if (performance.now() - startedAt > stableAfterMs) this.#failures = 0
    this.#restartLater('the process ended')
  }

  #restartLater(reason: string): void {
    const delayMs = restartDelaysMs[Math.min(this.#failures++, restartDelaysMs.length - 1)] ?? 0
    this.#setup.onLog(`functions: ${reason}; starting again in ${delayMs} ms`)
    this.#restart = setTimeout(() => this.#replace(), delayMs)
  }

  #retire(process: Process, timeoutMs: number): void {
    const done = process.drain(timeoutMs).finally(() => this.#retiring.delete(done))
    this.#retiring.add(done)
  }
}

/** Calls `changed` once after each burst of file changes. */
async function afterBursts(watcher: Deno.FsWatcher, changed: () => void): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined
  for await (const event of watcher) {
    if (event.kind === 'access') continue
    clearTimeout(timer)
    timer = setTimeout(changed, reloadDelayMs)
  }
  clearTimeout(timer)
}

function unavailable(): Response {
  const body = { code: 'BOOT_ERROR', message: 'Function failed to start (please check logs)' }
  return Response.json(body, { status: 503, headers: { ...readableByPages, 'retry-after': '1' } })
}
