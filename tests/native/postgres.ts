/** A Postgres server for one test run: started on a free port, with a superuser as on the platform, ended with it. */
import { join } from 'node:path'
import postgres from 'postgres'
import { debianPostgres } from './debian.ts'

export type Server = {
  /** As the superuser. */
  url: string
  stop(): Promise<void>
}

const bin = '/usr/lib/postgresql/17/bin'
const settings: Record<string, string> = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  shared_preload_libraries: 'pg_cron',
  'cron.database_name': 'postgres',
  wal_level: 'logical',
  max_connections: '200',
  // A test run that is cut off has nothing to keep.
  fsync: 'off',
}

/** Uses DATABASE_URL if it is set, and leaves that server running. */
export async function startPostgres(): Promise<Server> {
  const given = Deno.env.get('DATABASE_URL')
  if (given) return { url: given, stop: () => Promise.resolve() }
  const root = await debianPostgres()
  const data = `/var/lib/postgresql/plinth-${crypto.randomUUID()}`
  const port = freePort()
  const inside = (command: string): Deno.Command =>
    new Deno.Command('unshare', {
      // A mount namespace of its own: whatever is mounted goes with the process.
      args: [
        '--mount',
        '--fork',
        '--kill-child',
        'sh',
        '-c',
        prepareMounts(root) + ` exec chroot '${root}' su postgres -s /bin/sh -c "${command}"`,
      ],
      stdin: 'null',
      stdout: 'piped',
      stderr: 'piped',
    })
  const made = await inside(
    `${bin}/initdb -D ${data} -U supabase_admin --auth=trust --encoding=UTF8 --locale=C.UTF-8`,
  ).output()
  if (!made.success) throw new Error(`initdb failed: ${new TextDecoder().decode(made.stderr)}`)
  const options = Object.entries({ ...settings, port: String(port) }).map(([name, value]) =>
    `-c ${name}='${value}'`
  )
  const server = inside(`exec ${bin}/postgres -D ${data} ${options.join(' ')}`).spawn()
  void server.stdout.cancel()
  const log = collect(server.stderr)
  const url = `postgres://supabase_admin@127.0.0.1:${port}/postgres`
  try {
    await accepting(url, server)
  } catch (cause) {
    server.kill('SIGKILL')
    throw new Error(`Postgres did not start: ${cause instanceof Error ? cause.message : cause}\n${await log}`)
  }
  return {
    url,
    stop: async () => {
      server.kill('SIGTERM')
      await server.status
      await Deno.remove(join(root, data), { recursive: true }).catch(() => {})
    },
  }
}

function prepareMounts(root: string): string {
  return `mount -t proc proc '${root}/proc' && mkdir -p '${root}/dev/shm' && mount -t tmpfs tmpfs '${root}/dev/shm' &&`
}

function freePort(): number {
  using listener = Deno.listen({ hostname: '127.0.0.1', port: 0 })
  return listener.addr.port
}

async function accepting(url: string, server: Deno.ChildProcess): Promise<void> {
  let ended = false
  void server.status.then(() => ended = true)
  const sql = postgres(url, { max: 1, connect_timeout: 2, onnotice: () => {} })
  try {
    for (let attempt = 0; attempt < 150 && !ended; attempt++) {
      try {
        await sql`select`
        return
      } catch {
        await new Promise((resolve) => setTimeout(resolve, 200))
      }
    }
  } finally {
    await sql.end({ timeout: 0 })
  }
  throw new Error(ended ? 'it ended at once' : 'it accepts no connection')
}

async function collect(stream: ReadableStream<Uint8Array<ArrayBuffer>>): Promise<string> {
  return await new Response(stream).text()
}
