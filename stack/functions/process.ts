/** One process that runs functions. It has the environment and the permissions that the platform gives a function. */
import { access, readdir, readFile, realpath } from 'node:fs/promises'
import { constants, setPriority } from 'node:os'
import { join, resolve } from 'node:path'
import { parseEnv } from 'node:util'
import { within } from '../within.ts'

export type Process = {
  readonly port: number
  readonly pid: number
  readonly ended: Promise<void>
  /** Accepts no more requests, finishes the current ones within the time limit, then ends. */
  drain(timeoutMs: number): Promise<void>
}

/** What a process may use until it is ended. */
export type Limits = {
  /** Its heap. */
  memoryMb: number
  /** How long it may compute without a pause, in which nothing else that it does goes on. */
  blockedMs: number
  /** How long it is kept without a request. */
  idleMs: number
}

type Setup = {
  root: string
  /** The environment that the platform gives. */
  platform: Record<string, string>
  onLog: (line: string) => void
  /** Which functions it runs, of all. */
  select: (names: readonly string[]) => string[]
  limits: Limits | null
}

/** How often a process is asked whether it still answers. */
const pulseMs = 1_000
/** How long a process may take to load all functions. */
const loadTimeoutMs = 30_000
/** How long a process may take to end after its time to finish is over. */
const killDelayMs = 1_000

/** Resolves once each function is loaded or has failed to load; rejects when the process cannot serve at all. */
export async function startProcess({ root, platform, onLog, select, limits }: Setup): Promise<Process> {
  const env = { ...ownEnv(), ...await dotEnv(root), ...platform }
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      'run',
      '--quiet',
      '--no-prompt',
      ...(limits ? [`--v8-flags=--max-old-space-size=${limits.memoryMb}`] : []),
      '--allow-net',
      '--allow-env',
      '--allow-sys',
      `--allow-read=${['functions', 'types', 'node_modules'].map((name) => join(root, name)).join(',')}`,
      ...await modelPermissions(root, env['EMBEDDING_MODEL_PATH']),
      new URL('./worker.ts', import.meta.url).href,
      root,
      ...select(await functionNames(root)),
    ],
    cwd: root,
    clearEnv: true,
    env,
    // The child ends at the end of its input, and so with its parent, even after kill -9.
    stdin: 'piped',
    stdout: 'piped',
    stderr: 'piped',
  }).spawn()
  if (limits) giveWay(child.pid)
  const kill = (): void => {
    try {
      child.kill('SIGKILL')
    } catch {
      // It has ended already.
    }
  }

  const listening = Promise.withResolvers<number>()
  void eachLine(child.stderr, onLog)
  void eachLine(child.stdout, (line) => {
    const port = /^functions listen on (\d+)$/.exec(line)?.[1]
    if (port) listening.resolve(Number(port))
    else onLog(line)
  })
  const ended = child.status.then(({ code }) => listening.reject(new Error(`its process ended with ${code}`)))
  const port = await within(listening.promise, loadTimeoutMs).catch((cause) => {
    kill()
    throw cause
  })
  if (port === null) {
    kill()
    throw new Error(`not loaded within ${loadTimeoutMs} ms`)
  }

  if (limits) {
    void endBlocked(port, ended, limits.blockedMs, () => {
      onLog(`functions: a process did not pause for ${limits.blockedMs / 1000} s and is ended`)
      kill()
    })
  }
  const input = child.stdin.getWriter()
  return {
    port,
    pid: child.pid,
    ended,
    drain: async (timeoutMs) => {
      const overdue = setTimeout(kill, timeoutMs + killDelayMs)
      await input.write(new TextEncoder().encode(`${timeoutMs}\n`)).catch(() => {})
      await ended
      clearTimeout(overdue)
    },
  }
}

/** Others come first: a file that takes all of the time of its process takes what they leave. */
function giveWay(pid: number): void {
  try {
    setPriority(pid, constants.priority.PRIORITY_BELOW_NORMAL)
  } catch {
    // The process ended at once, or the system has no priorities.
  }
}

/** A computation without a pause cannot be interrupted from inside of its process. */
async function endBlocked(
  port: number,
  ended: Promise<void>,
  blockedMs: number,
  end: () => void,
): Promise<void> {
  const gone = ended.then(() => true)
  while (!(await within(gone, pulseMs))) {
    const pulse = fetch(`http://127.0.0.1:${port}/alive`, { signal: AbortSignal.timeout(blockedMs) })
    const answered = await pulse.then(
      (response) => response.body?.cancel().then(() => true) ?? true,
      () => false,
    )
    if (!answered && !(await within(gone, 1))) return end()
  }
}

/** Each folder with an index.ts is a function. */
async function functionNames(root: string): Promise<string[]> {
  const names: string[] = []
  for (const entry of await readdir(join(root, 'functions'), { withFileTypes: true })) {
    if (!entry.isDirectory() || !/^[a-z0-9][a-z0-9_-]*$/i.test(entry.name)) continue
    const exists = await access(join(root, 'functions', entry.name, 'index.ts')).then(() => true, () => false)
    if (exists) names.push(entry.name)
  }
  return names.sort()
}

/** The variables that Deno itself needs to find its cache. */
function ownEnv(): Record<string, string> {
  const names = ['PATH', 'HOME', 'USERPROFILE', 'LOCALAPPDATA', 'SYSTEMROOT', 'DENO_DIR', 'TMPDIR', 'TEMP']
  const found = names.flatMap((name) => {
    const value = Deno.env.get(name)
    return value === undefined ? [] : [[name, value] as const]
  })
  return { ...Object.fromEntries(found), NO_COLOR: '1', DENO_NO_UPDATE_CHECK: '1' }
}

/** A local model is read from its folder, and run by native code of the installed packages. No other code may run natively. */
async function modelPermissions(root: string, path: string | undefined): Promise<string[]> {
  if (!path) return []
  const packages = await realpath(join(root, 'node_modules')).catch(() => null)
  return [`--allow-read=${resolve(root, path)}`, ...(packages ? [`--allow-ffi=${packages}`] : [])]
}

/** functions/.env, as the Supabase CLI reads it. */
async function dotEnv(root: string): Promise<Record<string, string>> {
  const text = await readFile(join(root, 'functions', '.env'), 'utf8').catch(() => '')
  return Object.fromEntries(
    Object.entries(parseEnv(text)).flatMap(([name, value]) => value === undefined ? [] : [[name, value]]),
  )
}

async function eachLine(
  stream: ReadableStream<Uint8Array<ArrayBuffer>>,
  take: (line: string) => void,
): Promise<void> {
  let rest = ''
  for await (const chunk of stream.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + chunk).split('\n')
    rest = lines.pop() ?? ''
    lines.forEach(take)
  }
  if (rest) take(rest)
}
