/**
 * An upgrade from any release in tests/fixtures/releases keeps every row, and ends with the schema that a push from
 * nothing makes. A second push changes nothing.
 */
import { strict as assert } from 'node:assert'
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import postgres from 'postgres'
import { type Database, startEmbedded } from '../../stack/database/embedded.ts'
import { useExternal } from '../../stack/database/external.ts'
import { root } from '../../stack/options.ts'
import { compare } from '../../tools/platform_catalogue.ts'
import { readSchema, readSchemaWithin } from '../../tools/schema_catalogue.ts'

/** A file for each release; README.md there says how it is made. */
const releases = join(root, 'tests', 'fixtures', 'releases')
const tags = (await readdir(releases)).filter((name) => name.endsWith('.sql')).map((name) =>
  basename(name, '.sql')
)

const url = Deno.env.get('DATABASE_URL') ?? ''

/** A fresh database like the one under test: embedded, or on the same server. */
async function freshDatabase(folder: string, embedded: boolean): Promise<Database> {
  if (embedded) return await startEmbedded(join(folder, 'data'), 0, () => {})
  const name = `upgrade_${crypto.randomUUID().replaceAll('-', '')}`
  const server = new URL(url)
  server.username = 'supabase_admin'
  const sql = postgres(server.href, { max: 1, onnotice: () => {} })
  await sql.unsafe(`create database ${name}`)
  const target = new URL(server)
  target.pathname = `/${name}`
  const database = await useExternal(target.href)
  return {
    ...database,
    stop: async () => {
      await sql.unsafe(`drop database ${name} with (force)`)
      await sql.end()
    },
  }
}

/** The project as it was released: its migrations and its demo data, with the configuration of today. */
async function releasedProject(folder: string, tag: string): Promise<string> {
  const copy = join(folder, tag)
  await cp(join(root, 'supabase'), join(copy, 'supabase'), { recursive: true, verbatimSymlinks: true })
  for (const name of ['migrations', 'seed']) await mkdir(join(copy, name))
  const [before, ...parts] = (await readFile(join(releases, `${tag}.sql`), 'utf8')).split(/^-- file: (.+)\n/m)
  assert.equal(before, '', `${tag}.sql begins with the name of a file`)
  for (let at = 0; at < parts.length; at += 2) {
    await writeFile(join(copy, parts[at] ?? ''), parts[at + 1] ?? '')
  }
  return copy
}

async function push(database: string, project: string, seed: boolean): Promise<void> {
  const { success, stdout, stderr } = await new Deno.Command(join(root, 'node_modules', '.bin', 'supabase'), {
    args: ['db', 'push', `--remote=${database}`, '--yes', ...(seed ? ['--include-seed'] : [])],
    cwd: project,
    env: { DO_NOT_TRACK: '1', SUPABASE_TELEMETRY_DISABLED: '1', PGSSLMODE: 'prefer' },
    stdin: 'null',
  }).output()
  const text = new TextDecoder()
  assert.ok(success, `${text.decode(stdout)}\n${text.decode(stderr)}`)
}

type Rows = Map<string, Record<string, unknown>[]>

async function readRows(sql: postgres.Sql): Promise<Rows> {
  const tables = await sql<{ name: string; key: string }[]>`
    select c.oid::regclass::text as name, string_agg(a.attname, ', ' order by a.attnum) as key
    from pg_class as c
    join pg_namespace as n on n.oid = c.relnamespace
    join pg_constraint as k on k.conrelid = c.oid and k.contype = 'p'
    join pg_attribute as a on a.attrelid = c.oid and a.attnum = any (k.conkey)
    where c.relkind in ('r', 'p') and (n.nspname in ('public', 'dashboard', 'business', 'studio', 'private')
      or c.oid in ('auth.users'::regclass, 'auth.identities'::regclass))
    group by c.oid order by 1`
  const rows: Rows = new Map()
  for (const { name, key } of tables) {
    const found = await sql.unsafe<{ row: Record<string, unknown> }[]>(
      `select to_jsonb(t) as row from ${name} as t order by ${key}`,
    )
    rows.set(name, found.map(({ row }) => row))
  }
  return rows
}

async function upgrade(t: Deno.TestContext, tag: string): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'plinth-upgrade-'))
  const current = postgres(url, { max: 1, onnotice: () => {} })
  const [server] = await current<{ embedded: boolean }[]>`select version() like '%PGlite%' as embedded`
  const database = await freshDatabase(folder, server?.embedded ?? false)
  const sql = postgres(database.url, { max: 1, onnotice: () => {} })
  try {
    await push(database.url, await releasedProject(folder, tag), true)
    const before = await readRows(sql)
    assert.ok([...before.values()].some((rows) => rows.length > 0))

    await push(database.url, root, false)
    await t.step('every row is what it was, in every column that there was', async () => {
      const after = await readRows(sql)
      for (const [name, rows] of before) {
        const columns = Object.keys(rows[0] ?? {})
        const kept = after.get(name)?.map((row) => Object.fromEntries(columns.map((key) => [key, row[key]])))
        assert.deepEqual(kept, rows, name)
      }
    })
    await t.step('the schema is that of a push from nothing', async () => {
      const differences = compare(await readSchema(current), await readSchema(sql))
      assert.deepEqual([...differences].map(([item, is]) => `${item}: ${is}`), [])
    })
    await t.step('the demo data of this version comes on top', async () => {
      await push(database.url, root, true)
      const after = await readRows(sql)
      for (const [name, rows] of before) assert.ok((after.get(name)?.length ?? 0) >= rows.length, name)
    })
  } finally {
    await sql.end()
    await database.stop()
    await current.end()
    await rm(folder, { recursive: true, force: true })
  }
}

for (const tag of tags) {
  Deno.test(`an upgrade from ${tag} keeps every row and makes the schema of a fresh push`, (t) =>
    upgrade(t, tag))
}

Deno.test('a second push changes nothing', async () => {
  const sql = postgres(url, { max: 1, onnotice: () => {} })
  try {
    const before = await readSchema(sql)
    await push(url, root, true)
    const differences = compare(before, await readSchema(sql))
    assert.deepEqual([...differences].map(([item, is]) => `${item}: ${is}`), [])
  } finally {
    await sql.end()
  }
})

Deno.test('the comparison notices what differs', async () => {
  const sql = postgres(url, { max: 1, onnotice: () => {} })
  const undo = new Error('undo')
  try {
    const before = await readSchema(sql)
    const changes = [
      'create table business.planted (id bigint)',
      'alter table business.jobs alter column job_number drop not null',
      'alter table business.jobs drop constraint jobs_city_length',
      'drop index business.jobs_client_id_idx',
      'drop trigger jobs_set_updated_at on business.jobs',
      'drop policy "Members read the jobs of their workspaces" on business.jobs',
      'alter table business.jobs no force row level security',
      'grant select on business.jobs to anon',
      'grant update (id) on business.jobs to authenticated',
      'revoke execute on function business.create_job(jsonb) from authenticated',
      'alter function private.my_contact_ids() security invoker',
      "comment on table business.jobs is 'x'",
      'alter publication supabase_realtime drop table business.jobs',
      'alter table business.jobs replica identity default',
      'alter table business.jobs alter column notes set storage external',
      'drop statistics dashboard.messages_owner_statistics',
      "select cron.unschedule('delete-old-records')",
      "update storage.buckets set public = true where id = 'apex-files'",
      'alter sequence dashboard.tasks_id_seq increment by 2',
    ]
    for (const change of changes) {
      let noticed = 0
      await sql.begin(async (transaction) => {
        await transaction.unsafe(change)
        noticed = compare(before, await readSchemaWithin(transaction)).size
        throw undo
      }).catch((cause) => {
        if (cause !== undo) throw cause
      })
      assert.ok(noticed > 0, change)
    }
  } finally {
    await sql.end()
  }
})
