/** Runs instances of the local platform of their own, for tests that start, break and end them. */
import { cp, mkdtemp, readFile, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { root } from '../../stack/options.ts'
import { sleep, startTimeoutMs } from './wait.ts'

export type Instance = {
  env: Record<string, string>
  process: Deno.ChildProcess
  /** Everything it printed so far. */
  output(): string
}

type Options = {
  env?: Record<string, string>
  /** The project, where it is not this one. */
  root?: string
  /** Ends the platform when it is aborted. */
  signal?: AbortSignal
}

/** Starts the platform on free ports and waits until it is ready. Throws with its output if it ends instead. */
export async function start(
  args: string[],
  options: Options = {},
): Promise<Instance> {
  const folder = await mkdtemp(join(tmpdir(), 'plinth-env-'))
  const file = join(folder, 'env')
  const running = launch(['--port', '0', '--db-port', '0', '--env-file', file, ...args], options)
  let ended: Deno.CommandStatus | undefined
  void running.process.status.then((status) => ended = status)
  const deadline = performance.now() + startTimeoutMs
  try {
    while (performance.now() < deadline) {
      const text = await readFile(file, 'utf8').catch(() => '')
      if (text.endsWith('\n')) return { ...running, env: parseEnv(text) }
      if (ended) throw new Error(`it ended with ${ended.code}: ${running.output()}`)
      await sleep(50)
    }
    running.process.kill('SIGKILL')
    throw new Error(
      `it was not ready after ${startTimeoutMs / 1000} s (PLINTH_START_TIMEOUT): ${running.output()}`,
    )
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** Runs the platform to its end, for starts that must fail. */
export async function run(
  args: string[],
  options: Options = {},
): Promise<{ code: number; output: string }> {
  const running = launch(args, options)
  const timer = setTimeout(() => running.process.kill('SIGKILL'), startTimeoutMs)
  const { code } = await running.process.status
  clearTimeout(timer)
  await running.printed
  return { code, output: running.output() }
}

/** Ends an instance as `kill -9` or Ctrl-C would, and waits until it has. */
export async function end(instance: Instance, signal: Deno.Signal = 'SIGTERM'): Promise<void> {
  try {
    instance.process.kill(signal)
  } catch {
    // It has ended already.
  }
  await instance.process.status
}

/** A copy of the project, for a test that changes its files; packages are shared. */
export async function copyProject(): Promise<string> {
  const copy = await mkdtemp(join(tmpdir(), 'plinth-copy-'))
  for (
    const name of [
      'stack',
      'supabase',
      'migrations',
      'functions',
      'seed',
      'types',
      'deno.json',
      'package.json',
    ]
  ) {
    await cp(join(root, name), join(copy, name), { recursive: true, verbatimSymlinks: true })
  }
  await symlink(join(root, 'node_modules'), join(copy, 'node_modules'))
  return copy
}

function launch(
  args: string[],
  { env = {}, root: folder = root, signal }: Options,
): { process: Deno.ChildProcess; output(): string; printed: Promise<unknown> } {
  const { DATABASE_URL: _, POSTGREST_URL: __, ...inherited } = Deno.env.toObject()
  const process = new Deno.Command(Deno.execPath(), {
    args: ['run', '-A', join(folder, 'stack', 'main.ts'), ...args],
    cwd: folder,
    clearEnv: true,
    env: { ...inherited, ...env },
    stdin: 'null',
    stdout: 'piped',
    stderr: 'piped',
    ...(signal ? { signal } : {}),
  }).spawn()
  let text = ''
  const collect = async (stream: ReadableStream<Uint8Array<ArrayBuffer>>): Promise<void> => {
    for await (const chunk of stream.pipeThrough(new TextDecoderStream())) text += chunk
  }
  const printed = Promise.all([collect(process.stdout), collect(process.stderr)])
  return { process, output: () => text, printed }
}

function parseEnv(text: string): Record<string, string> {
  return Object.fromEntries(
    text.trim().split('\n').map((line) => {
      const at = line.indexOf('=')
      return [line.slice(0, at), line.slice(at + 1)]
    }),
  )
}
