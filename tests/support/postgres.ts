/** A Postgres server for one test run: started on a free port, with a superuser as on the platform, ended with it. */
import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import postgres from 'postgres'
import { debianPostgres, version } from './debian.ts'
import { isRunning } from './processes.ts'
import { sleep, startTimeoutMs } from './wait.ts'

export type Server = {
  /** As the superuser. */
  url: string
  stop(): Promise<void>
}

const bin = `/usr/lib/postgresql/${version}/bin`
/** Holds the data of every run, seen from inside the installation. */
const home = '/var/lib/postgresql'
/** How long a stop may take on a busy machine. */
const stopTimeoutMs = 60_000

const settings: Record<string, string> = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  shared_preload_libraries: 'pg_cron',
  'cron.database_name': 'postgres',
  wal_level: 'logical',
  max_connections: '200',
  // Needs neither /proc nor /dev/shm, so that nothing is mounted that a killed run would leave behind.
  dynamic_shared_memory_type: 'mmap',
  // A test run that is cut off has nothing to keep.
  fsync: 'off',
}

type Options = {
  /** Settings beside those of every test run. */
  settings?: Record<string, string>
  /** What the clock of the server shows at the start. */
  startsAt?: Date | undefined
}

/** Uses DATABASE_URL if it is set, and leaves that server running. */
export async function startPostgres({ settings: more = {}, startsAt }: Options = {}): Promise<Server> {
  const given = Deno.env.get('DATABASE_URL')
  if (given && startsAt) throw new Error('The clock of the server of DATABASE_URL cannot be set.')
  if (given) return { url: given, stop: () => Promise.resolve() }
  const installation = await debianPostgres()
  await removeAbandoned(installation)
  const data = `${home}/plinth-${Deno.pid}-${crypto.randomUUID()}`
  const made = await inside(installation, [
    `${bin}/initdb`,
    `--pgdata=${data}`,
    '--username=supabase_admin',
    '--auth=trust',
    '--encoding=UTF8',
    '--locale=C.UTF-8',
    '--no-sync',
  ]).output()
  if (!made.success) throw new Error(`initdb failed: ${new TextDecoder().decode(made.stderr)}`)
  const port = freePort()
  const options = Object.entries({ ...settings, ...more, port: String(port) })
    .flatMap(([name, value]) => ['-c', `${name}=${value}`])
  const clock = startsAt ? await shiftedClock(installation, startsAt) : []
  const server = inside(installation, [...clock, `${bin}/postgres`, '-D', data, ...options]).spawn()
  void server.stdout.cancel()
  const log = new Response(server.stderr).text()
  const stop = async (): Promise<void> => {
    await end(server)
    await rm(join(installation, data), { recursive: true, force: true })
  }
  const url = `postgres://supabase_admin@127.0.0.1:${port}/postgres`
  try {
    await accepting(url, server)
  } catch (cause) {
    await stop()
    throw new Error(`Postgres did not start: ${cause instanceof Error ? cause.message : cause}\n${await log}`)
  }
  return { url, stop }
}

/** A command of the installation as its user postgres, who is told to stop should this process die. */
function inside(installation: string, command: string[]): Deno.Command {
  const asPostgres = ['--reuid=postgres', '--regid=postgres', '--init-groups', '--pdeathsig=INT']
  return new Deno.Command('chroot', {
    args: [installation, '/usr/bin/setpriv', ...asPostgres, ...command],
    cwd: '/',
    env: { LC_ALL: 'C.UTF-8', PATH: '/usr/sbin:/usr/bin:/sbin:/bin' },
    stdin: 'null',
    stdout: 'piped',
    stderr: 'piped',
  })
}

/** Runs what follows by another clock; how long something takes is still told by the real one. */
async function shiftedClock(installation: string, startsAt: Date): Promise<string[]> {
  const folder = await Array.fromAsync(Deno.readDir(join(installation, 'usr/lib')))
  const machine = folder.find(({ name }) => name.endsWith('-linux-gnu'))?.name ?? ''
  const seconds = Math.round((startsAt.getTime() - Date.now()) / 1000)
  return [
    '/usr/bin/env',
    `LD_PRELOAD=/usr/lib/${machine}/faketime/libfaketime.so.1`,
    `FAKETIME=${seconds < 0 ? '' : '+'}${seconds}`,
    'FAKETIME_DONT_FAKE_MONOTONIC=1',
  ]
}

/** Data of runs that were killed. */
async function removeAbandoned(installation: string): Promise<void> {
  const folder = join(installation, home)
  for (const name of await readdir(folder)) {
    const runner = /^plinth-(\d+)-/.exec(name)?.[1]
    if (runner && !isRunning(Number(runner))) await rm(join(folder, name), { recursive: true, force: true })
  }
}

function freePort(): number {
  using listener = Deno.listen({ hostname: '127.0.0.1', port: 0 })
  return listener.addr.port
}

async function accepting(url: string, server: Deno.ChildProcess): Promise<void> {
  let ended = false
  void server.status.then(() => ended = true)
  const sql = postgres(url, { max: 1, connect_timeout: 2, onnotice: () => {} })
  const deadline = performance.now() + startTimeoutMs
  try {
    while (performance.now() < deadline && !ended) {
      try {
        await sql`select`
        return
      } catch {
        await sleep(200)
      }
    }
  } finally {
    await sql.end({ timeout: 0 })
  }
  throw new Error(
    ended
      ? 'it ended at once'
      : `it accepted no connection within ${startTimeoutMs / 1000} s (PLINTH_START_TIMEOUT)`,
  )
}

/** Fast shutdown: clients are disconnected. */
async function end(server: Deno.ChildProcess): Promise<void> {
  const timer = setTimeout(() => server.kill('SIGKILL'), stopTimeoutMs)
  try {
    server.kill('SIGINT')
  } catch {
    // It has ended already.
  }
  await server.status
  clearTimeout(timer)
}
