/**
 * Row changes of tasks to many sockets of stock supabase-js: latency, lost, duplicated and reordered changes, and memory of
 * the platform.
 *
 *   deno run -A bench/realtime.ts [--sockets 200] [--seconds 60] [--scenario own|shared|unfiltered] [--native]
 *
 * own         every socket is a user who watches their own tasks with a filter; one of them changes each second
 * unfiltered  the same without a filter: only the policies select the subscribers
 * shared      all sockets watch one table of their workspace, in which one row changes each second
 */
import { parseArgs } from 'node:util'
import { readFile } from 'node:fs/promises'
import { createClient } from '@supabase/supabase-js'
import postgres from 'postgres'
import { signToken } from '../stack/keys/tokens.ts'
import { end, start } from '../tests/support/instance.ts'
import { startPostgres } from '../tests/support/postgres.ts'

const { values: options } = parseArgs({
  args: Deno.args,
  options: {
    sockets: { type: 'string', default: '200' },
    seconds: { type: 'string', default: '60' },
    scenario: { type: 'string', default: 'own' },
    native: { type: 'boolean', default: false },
  },
})
const [sockets, seconds, scenario] = [Number(options.sockets), Number(options.seconds), options.scenario]

type Watcher = { user: string; heard: { sequence: number; at: number }[] }

const server = options.native ? await startPostgres() : null
const stack = await start(['--ephemeral', '--no-seed'], server ? { env: { DATABASE_URL: server.url } } : {})
const env = (name: string): string => stack.env[name] ?? ''
const sql = postgres(env('DATABASE_URL'), { max: 1, onnotice: () => {} })

const users = Array.from({ length: sockets }, () => crypto.randomUUID())
await sql`insert into auth.users (instance_id, id, aud, role, email)
  select '00000000-0000-0000-0000-000000000000', id, 'authenticated', 'authenticated', id || '@example.com'
  from unnest(${users}::uuid[]) as id`
const [shared] = await sql<
  { id: string }[]
>`insert into public.workspaces (name) values ('Shared') returning id`
await sql`insert into public.workspace_members (workspace_id, user_id, display_name)
  select ${shared?.id ?? null}, id, 'member' from unnest(${users}::uuid[]) as id`
const [job] = await sql<{ id: string }[]>`
  insert into business.jobs (workspace_id) values (${shared?.id ?? null}) returning id`
await sql`insert into dashboard.tasks (user_id, title) select id, '0' from unnest(${users}::uuid[]) as id`

const exp = Math.floor(Date.now() / 1000) + 3600
const watchers = await Promise.all(users.map(async (user): Promise<Watcher> => {
  const token = await signToken({ sub: user, role: 'authenticated', aud: 'authenticated', exp }, {
    secret: env('SUPABASE_JWT_SECRET'),
  })
  const client = createClient(env('SUPABASE_URL'), env('SUPABASE_PUBLISHABLE_KEY'), {
    auth: { persistSession: false, autoRefreshToken: false },
    accessToken: () => Promise.resolve(token),
  })
  await client.realtime.setAuth()
  const watcher: Watcher = { user, heard: [] }
  const wanted = scenario === 'shared'
    ? { schema: 'business', table: 'jobs' }
    : { schema: 'dashboard', table: 'tasks', ...(scenario === 'own' ? { filter: `user_id=eq.${user}` } : {}) }
  const ready = Promise.withResolvers<void>()
  client.channel(`bench-${user}`)
    .on('postgres_changes', { event: 'UPDATE', ...wanted }, ({ new: now }) => {
      watcher.heard.push({
        sequence: Number(scenario === 'shared' ? now.notes : now.title),
        at: performance.now(),
      })
    })
    .on(
      'system',
      {},
      ({ status, message }) => status === 'ok' ? ready.resolve() : ready.reject(new Error(message)),
    )
    .subscribe()
  await ready.promise
  return watcher
}))

/** Memory of the platform's process, in MB. */
async function memory(): Promise<number> {
  const status = await readFile(`/proc/${stack.process.pid}/status`, 'utf8')
  return Math.round(Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1024)
}

const writtenAt = new Map<string, number>()
const memories = [await memory()]
const began = performance.now()
for (let second = 1; second <= seconds; second++) {
  if (scenario === 'shared') {
    writtenAt.set(String(second), performance.now())
    await sql`update business.jobs set notes = ${String(second)} where id = ${job?.id ?? null}`
  } else {
    for (const user of users) {
      writtenAt.set(`${user} ${second}`, performance.now())
      await sql`update dashboard.tasks set title = ${String(second)} where user_id = ${user}`
    }
  }
  if (second % 10 === 0) memories.push(await memory())
  await new Promise((resolve) => setTimeout(resolve, Math.max(0, began + second * 1000 - performance.now())))
}
const took = (performance.now() - began) / 1000
await new Promise((resolve) => setTimeout(resolve, 2000))

const expected = Array.from({ length: seconds }, (_, index) => index + 1)
const latencies: number[] = []
let [missed, doubled, disordered] = [0, 0, 0]
for (const { user, heard } of watchers) {
  const seen = new Set(heard.map(({ sequence }) => sequence))
  missed += expected.filter((sequence) => !seen.has(sequence)).length
  doubled += heard.length - seen.size
  disordered += heard.filter(({ sequence }, index) =>
    index > 0 && sequence < (heard[index - 1]?.sequence ?? 0)
  ).length
  for (const { sequence, at } of heard) {
    latencies.push(
      at - (writtenAt.get(scenario === 'shared' ? String(sequence) : `${user} ${sequence}`) ?? 0),
    )
  }
}
latencies.sort((a, b) => a - b)
const at = (share: number): string => (latencies[Math.floor(latencies.length * share)] ?? 0).toFixed(1)
console.log(JSON.stringify({
  database: options.native ? 'native' : 'embedded',
  scenario,
  sockets,
  seconds: Number(took.toFixed(1)),
  delivered: latencies.length,
  missed,
  doubled,
  disordered,
  'ms from write to client': { median: at(0.5), p95: at(0.95), p99: at(0.99), most: at(0.9999) },
  'MB every 10 s': memories,
}))
await sql.end()
await end(stack)
await server?.stop()
Deno.exit(missed + doubled + disordered === 0 ? 0 : 1)
