/**
 * Serves the edge functions as the platform does: in separate processes, which are replaced when a file changes and
 * restarted when they end. A new process takes over once it is ready; the old one finishes its requests.
 *
 * A function that reads files of users has a process of its own, which begins with its first request: a file that takes
 * all of the time or memory of its process ends that one alone. The others share a process, and with it the weights of
 * the models that they load.
 */
import { join } from 'node:path'
import { refuse } from '../gateway/cors.ts'
import { within } from '../within.ts'
import { type Limits, type Process, startProcess } from './process.ts'
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
  /** The functions with a process of their own, and its limits. */
  apart?: Apart
}

/** Functions with a process of their own, and the limits of each. */
export type Apart = Limits & { names: readonly string[] }

/** The functions that read files of users. */
const readingFunctions = ['file-text', 'files-work']

/** The limits of functions with a process of their own, as settings of the developer. */
function apartOf(env: (name: string) => string | undefined): Apart {
  const number = (name: string, usual: number): number => {
    const value = Number(env(name) ?? usual)
    return Number.isFinite(value) && value > 0 ? value : usual
  }
  return {
    names: readingFunctions,
    memoryMb: number('FUNCTION_MEMORY_MB', 256),
    blockedMs: number('FUNCTION_BLOCKED_SECONDS', 20) * 1_000,
    idleMs: 10 * 60_000,
  }
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
  readonly #shared: Group
  readonly #apart: ReadonlyMap<string, Group>
  readonly #watcher: Deno.FsWatcher

  constructor(setup: Setup) {
    const { names, ...limits } = setup.apart ?? apartOf((name) => Deno.env.get(name))
    this.#shared = new Group(setup, (all) => all.filter((name) => !names.includes(name)), null)
    this.#shared.start()
    this.#apart = new Map(
      names.map((name) => [name, new Group(setup, (all) => all.filter((other) => other === name), limits)]),
    )
    this.#watcher = Deno.watchFs([join(setup.root, 'functions'), join(setup.root, 'types')])
    void afterBursts(this.#watcher, () => this.#groups().forEach((group) => group.reload()))
  }

  async fetch(request: Request): Promise<Response> {
    const name = new URL(request.url).pathname.split('/')[3] ?? ''
    return await (this.#apart.get(name) ?? this.#shared).fetch(request)
  }

  async stop(): Promise<void> {
    this.#watcher.close()
    await Promise.all(this.#groups().map((group) => group.stop()))
  }

  #groups(): Group[] {
    return [this.#shared, ...this.#apart.values()]
  }
}

/** The functions of one process. With limits it begins with the first request, and ends when it has been idle. */
class Group {
  readonly #setup: Setup
  readonly #select: (names: readonly string[]) => string[]
  readonly #limits: Limits | null
  #started = false
  #requests = 0
  #idle: ReturnType<typeof setTimeout> | undefined
  #active: Process | null = null
  #ready = Promise.withResolvers<Process>()
  /** Starts that failed, in a row. */
  #failures = 0
  #stopped = false
  /** Processes start one after the other. */
  #starting: Promise<void> = Promise.resolve()
  #restart: ReturnType<typeof setTimeout> | undefined
  #retiring = new Set<Promise<void>>()

  constructor(setup: Setup, select: (names: readonly string[]) => string[], limits: Limits | null) {
    this.#setup = setup
    this.#select = select
    this.#limits = limits
  }

  start(): void {
    if (this.#started) return
    this.#started = true
    this.#replace()
  }

  /** After a file has changed. */
  reload(): void {
    if (!this.#started) return
    this.#failures = 0
    // One line for all.
    this.#replace(this.#limits ? undefined : 'functions: reloaded')
  }

  async fetch(request: Request): Promise<Response> {
    this.start()
    this.#requests++
    clearTimeout(this.#idle)
    try {
      const process = this.#active ?? await within(this.#ready.promise, drainTimeoutMs)
      if (!process) return unavailable(request)
      return await proxy(request, process.port)
    } catch (cause) {
      if (request.signal.aborted) throw cause
      return unavailable(request)
    } finally {
      if (--this.#requests === 0 && this.#limits) this.#endWhenIdle(this.#limits.idleMs)
    }
  }

  async stop(): Promise<void> {
    this.#stopped = true
    clearTimeout(this.#restart)
    clearTimeout(this.#idle)
    await this.#starting
    if (this.#active) this.#retire(this.#active, stopTimeoutMs)
    await Promise.all(this.#retiring)
  }

  #endWhenIdle(idleMs: number): void {
    clearTimeout(this.#idle)
    if (this.#stopped) return
    this.#idle = setTimeout(() => {
      const process = this.#active
      if (process) this.#retire(process, drainTimeoutMs)
      this.#rest()
    }, idleMs)
  }

  /** The next request starts a process. */
  #rest(): void {
    this.#active = null
    this.#ready = Promise.withResolvers()
    this.#started = false
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
      const next = await startProcess({
        root,
        platform: env,
        onLog,
        select: this.#select,
        limits: this.#limits,
      })
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
    if (this.#limits) {
      this.#setup.onLog('functions: a process that reads files ended')
      this.#rest()
      return
    }
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

function unavailable(request: Request): Response {
  const body = { code: 'BOOT_ERROR', message: 'Function failed to start (please check logs)' }
  return refuse(request, Response.json(body, { status: 503, headers: { 'retry-after': '1' } }))
}
