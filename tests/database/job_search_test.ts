/** Clients are renamed while jobs come to them and leave them: each job is found by the name its client ends up with. */
import { deepStrictEqual } from 'node:assert/strict'
import { setTimeout as pause } from 'node:timers/promises'
import postgres from 'postgres'

type Sql = postgres.TransactionSql
type Work = (sql: Sql) => Promise<unknown>

const sql = postgres(Deno.env.get('DATABASE_URL')!, { max: 8, fetch_types: false, onnotice: () => {} })

type Company = { act(work: Work): Promise<unknown>; found(word: string): Promise<string[]> }

/** A company with one member, the clients Adams and Baker, and a job of Adams. */
async function withCompany(work: (company: Company) => Promise<void>): Promise<void> {
  const [user, workspace] = [crypto.randomUUID(), crypto.randomUUID()]
  const claims = JSON.stringify({ sub: user, role: 'authenticated', aud: 'authenticated' })
  const act = (work: Work): Promise<unknown> =>
    sql.begin(async (transaction) => {
      await transaction`select set_config('request.jwt.claims', ${claims}, true), set_config('role', 'authenticated', true)`
      return await work(transaction)
    })
  const found = async (word: string): Promise<string[]> =>
    (await act((sql) =>
      sql`select s.job_number from business.search_jobs(${word}) as s
        where s.rank >= 0.7 order by 1`
    ) as { job_number: string }[]).map((job) => job.job_number)
  try {
    await sql`insert into auth.users (id, email, aud, role)
      values (${user}, ${user + '@example.test'}, 'authenticated', 'authenticated')`
    await sql`insert into public.workspaces (id, name) values (${workspace}, 'Company')`
    await sql`insert into public.workspace_members (workspace_id, user_id, role, display_name)
      values (${workspace}, ${user}, 'admin', 'Mia')`
    await sql`update public.profiles set active_workspace_id = ${workspace} where id = ${user}`
    await act(async (sql) => {
      await sql`insert into business.clients (name) values ('Adams'), ('Baker')`
      await sql`insert into business.jobs (job_number, client_id)
        select 'first', c.id from business.clients as c where c.name = 'Adams'`
    })
    await work({ act, found })
  } finally {
    await sql`delete from public.workspaces where id = ${workspace}`
    await sql`delete from auth.users where id = ${user}`
  }
}

/** The second begins when the first has done its work and not yet committed. */
async function overlap({ act }: Company, first: Work, second: Work): Promise<void> {
  const worked = Promise.withResolvers<void>()
  const one = act(async (sql) => {
    await first(sql)
    worked.resolve()
    await pause(100)
  }).finally(worked.resolve)
  await worked.promise
  await Promise.all([one, act(second)])
}

const rename: Work = (sql) => sql`update business.clients set name = 'Carter' where name = 'Adams'`
const open: Work = (sql) =>
  sql`insert into business.jobs (job_number, client_id)
    select 'second', c.id from business.clients as c where c.name in ('Adams', 'Carter')`
const leave: Work = (sql) =>
  sql`update business.jobs set client_id = (select c.id from business.clients as c where c.name = 'Baker')
    where job_number = 'first'`

Deno.test('a job that is opened while its client is being renamed', () =>
  withCompany(async (company) => {
    await overlap(company, rename, open)
    deepStrictEqual([await company.found('adams'), await company.found('carter')], [[], ['first', 'second']])
  }))

Deno.test('a client who is renamed while a job is being opened', () =>
  withCompany(async (company) => {
    await overlap(company, open, rename)
    deepStrictEqual([await company.found('adams'), await company.found('carter')], [[], ['first', 'second']])
  }))

Deno.test('a job that goes to somebody else while its client is being renamed', () =>
  withCompany(async (company) => {
    await overlap(company, rename, leave)
    deepStrictEqual([await company.found('carter'), await company.found('baker')], [[], ['first']])
  }))

Deno.test('a client who is renamed while a job is going to somebody else', () =>
  withCompany(async (company) => {
    await overlap(company, leave, rename)
    deepStrictEqual([await company.found('carter'), await company.found('baker')], [[], ['first']])
  }))

Deno.test('a client who is deleted while their job is being edited', () =>
  withCompany(async ({ act, found }) => {
    const held = Promise.withResolvers<void>()
    const edit = act(async (sql) => {
      await sql`select from business.jobs where job_number = 'first' for no key update`
      held.resolve()
      await pause(100)
      await sql`update business.jobs set city = 'Dover' where job_number = 'first'`
    }).finally(held.resolve)
    await held.promise
    await Promise.all([edit, act((sql) => sql`delete from business.clients where name = 'Adams'`)])
    deepStrictEqual([await found('adams'), await found('dover')], [[], ['first']])
  }))

Deno.test('forty writers at once: renames and moves neither deadlock nor leave an old name behind', () =>
  withCompany(async (company) => {
    await company.act((sql) =>
      sql`insert into business.jobs (job_number, client_id)
        select 'job ' || n, c.id from business.clients as c, generate_series(1, 10) as n where c.name = 'Adams'`
    )
    await Promise.all(
      Array.from(
        { length: 40 },
        (_, i) =>
          company.act((sql) =>
            i % 2
              ? sql`update business.clients set name = ${`Name${i}`} where id = (
              select max(c.id) - ${i % 4 === 1 ? 0 : 1} from business.clients as c)`
              : sql`update business.jobs set client_id = (
              select max(c.id) - ${
                i % 4 === 0 ? 0 : 1
              } from business.clients as c) where job_number = ${`job ${i / 2 % 10 + 1}`}`
          ),
      ),
    )
    const stale =
      await sql`select j.job_number from private.job_search as s join business.jobs as j on j.id = s.job_id
      join business.clients as c on c.id = j.client_id where strpos(s.content, lower(c.name)) = 0`
    deepStrictEqual([...stale], [])
  }))

globalThis.addEventListener('unload', () => void sql.end())
