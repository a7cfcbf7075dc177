/** Connections to the embedded database share one backend, and none of them notices. */
import { strict as assert } from 'node:assert'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import postgres from 'postgres'
import { startEmbedded } from '../../stack/database/embedded.ts'
import { sleep, until } from '../support/wait.ts'

async function withDatabase(use: (connect: (user?: string) => postgres.Sql) => Promise<void>): Promise<void> {
  const data = await mkdtemp(join(tmpdir(), 'plinth-sessions-'))
  const database = await startEmbedded(data, 0, () => {})
  const open: postgres.Sql[] = []
  try {
    await use((user = 'postgres') => {
      const url = new URL(database.url)
      url.username = user
      const sql = postgres(url.href, { max: 1, onnotice: () => {} })
      open.push(sql)
      return sql
    })
  } finally {
    await Promise.all(open.map((sql) => sql.end({ timeout: 1 }).catch(() => {})))
    await database.stop()
    await rm(data, { recursive: true, force: true })
  }
}

Deno.test('each connection has its own user, role and settings', () =>
  withDatabase(async (connect) => {
    const [one, two, admin] = [connect(), connect(), connect('supabase_admin')]
    await one`set role authenticated`
    await one`set application_name to 'it''s one'`
    await two`select set_config('work_mem', '5MB', false)`
    const look = (sql: postgres.Sql): Promise<unknown> =>
      sql`select current_user, session_user, current_setting('application_name') as name, current_setting('work_mem') as memory`
    for (let round = 0; round < 3; round++) {
      assert.deepEqual([...await look(one) as unknown[]], [
        { current_user: 'authenticated', session_user: 'postgres', name: "it's one", memory: '4MB' },
      ])
      assert.deepEqual([...await look(two) as unknown[]], [
        { current_user: 'postgres', session_user: 'postgres', name: 'postgres.js', memory: '5MB' },
      ])
      assert.deepEqual((await admin`select session_user, current_user`)[0], {
        session_user: 'supabase_admin',
        current_user: 'supabase_admin',
      })
    }
  }))

Deno.test('a role taken by a prepared statement stays, however the connections take turns', () =>
  withDatabase(async (connect) => {
    const jobs = Array.from({ length: 8 }, () => connect('supabase_admin'))
    await Promise.all(jobs.map(async (sql, index) => {
      const role = index % 2 === 0 ? 'postgres' : 'authenticated'
      for (let round = 0; round < 10; round++) {
        await sql`select set_config('role', ${role}, false)`
        assert.equal((await sql`select current_user as who`)[0]?.who, role)
        await sql`reset role`
        assert.equal((await sql`select current_user as who`)[0]?.who, 'supabase_admin')
      }
    }))
  }))

Deno.test('a transaction is never interrupted by another connection', () =>
  withDatabase(async (connect) => {
    const [one, two] = [connect(), connect()]
    await one`create schema shop`
    await one`create table shop.stock (amount integer)`
    await one`insert into shop.stock values (10)`
    const take = (sql: postgres.Sql): Promise<unknown> =>
      sql.begin(async (transaction) => {
        const [row] = await transaction<{ amount: number }[]>`select amount from shop.stock`
        await sleep(5)
        await transaction`update shop.stock set amount = ${(row?.amount ?? 0) - 1}`
      })
    await Promise.all(Array.from({ length: 10 }, (_, index) => take(index % 2 === 0 ? one : two)))
    assert.equal((await one`select amount from shop.stock`)[0]?.amount, 0)
  }))

Deno.test('what a lost connection left open is rolled back', () =>
  withDatabase(async (connect) => {
    const [one, two] = [connect(), connect()]
    await one`create schema shop`
    await one`create table shop.orders (id integer)`
    const lost = await one.reserve()
    await lost`begin`
    await lost`insert into shop.orders values (1)`
    const waiting = two`select count(*)::int as count from shop.orders`
    await one.end({ timeout: 0 })
    assert.equal((await waiting)[0]?.count, 0)
  }))

Deno.test('prepared statements of one name do not meet', () =>
  withDatabase(async (connect) => {
    const [one, two] = [connect(), connect()]
    await Promise.all(Array.from({ length: 20 }, async (_, index) => {
      const [row] = index % 2 === 0
        ? await one`select ${'a'}::text as value`
        : await two`select ${7}::int as value`
      assert.equal(row?.value, index % 2 === 0 ? 'a' : 7)
    }))
  }))

Deno.test('a notification reaches those who listen, and only them', () =>
  withDatabase(async (connect) => {
    const [listener, other, sender] = [connect(), connect(), connect()]
    const heard: string[] = []
    await listener.listen('news', (payload) => heard.push(`listener: ${payload}`))
    await other.listen('weather', (payload) => heard.push(`other: ${payload}`))
    await sender.notify('news', 'hello')
    await until(() => heard.length > 0, 'a notification came')
    assert.deepEqual(heard, ['listener: hello'])
  }))

Deno.test('postgres is no superuser, and an unknown user is refused', () =>
  withDatabase(async (connect) => {
    const [role] = await connect()`select rolsuper from pg_roles where rolname = current_user`
    assert.equal(role?.rolsuper, false)
    await assert.rejects(connect('nobody')`select 1`, { code: '28000' })
    await assert.rejects(connect('anon')`select 1`, { code: '28000' }, 'a role that may not log in')
  }))
