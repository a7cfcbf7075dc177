/** A company at work: many people write about the same jobs at the same moment. */
import { deepStrictEqual, equal, ok } from 'node:assert/strict'
import { setTimeout as pause } from 'node:timers/promises'
import postgres from 'postgres'

type Sql = postgres.TransactionSql
type Outcome = 'done' | string
type Id = { id: string }

const connections = 20
const sql = postgres(Deno.env.get('DATABASE_URL')!, {
  max: connections,
  fetch_types: false,
  onnotice: () => {},
})
const [server] = await sql<{ embedded: boolean }[]>`select version() like '%PGlite%' as embedded`

/** Runs as this person, as a request with their token would; `rolled back` if the work says so. */
function act(user: string, work: (sql: Sql) => Promise<unknown>): Promise<Outcome> {
  const claims = JSON.stringify({ sub: user, role: 'authenticated', aud: 'authenticated' })
  return sql.begin(async (transaction) => {
    await transaction`select set_config('request.jwt.claims', ${claims}, true), set_config('role', 'authenticated', true)`
    await work(transaction)
  }).then(() => 'done', (error: { code?: string; message: string }) => error.code ?? error.message)
}

function times(count: number, work: (i: number) => Promise<Outcome>): Promise<Outcome[]> {
  return Promise.all(Array.from({ length: count }, (_, i) => work(i)))
}

/** How many of each. */
function tally(outcomes: Outcome[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const outcome of outcomes.sort()) counts[outcome] = (counts[outcome] ?? 0) + 1
  return counts
}

/** A number from 0 to 1 that is the same in every run. */
function chance(seed: number): () => number {
  return () => {
    seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648
    return seed / 2_147_483_648
  }
}

type Company = { workspace: string; ada: string; mia: string; mo: string; eve: string; sam: string }

/** Ada is admin, Mia and Mo are managers, Eve is an employee; Sam is a stranger. */
async function withCompany(work: (company: Company) => Promise<void>): Promise<void> {
  const company = {
    workspace: crypto.randomUUID(),
    ada: crypto.randomUUID(),
    mia: crypto.randomUUID(),
    mo: crypto.randomUUID(),
    eve: crypto.randomUUID(),
    sam: crypto.randomUUID(),
  }
  const { workspace, ada, mia, mo, eve, sam } = company
  const people = [ada, mia, mo, eve, sam]
  try {
    await sql`insert into auth.users ${
      sql(people.map((id) => ({ id, email: `${id}@example.test`, email_confirmed_at: new Date() })))
    }`
    await sql`insert into public.workspaces (id, name) values (${workspace}, 'Company')`
    await sql`insert into public.workspace_members (workspace_id, user_id, role, display_name) values
      (${workspace}, ${ada}, 'admin', 'Ada'), (${workspace}, ${mia}, 'manager', 'Mia'),
      (${workspace}, ${mo}, 'manager', 'Mo'), (${workspace}, ${eve}, 'employee', 'Eve')`
    await sql`update public.profiles set active_workspace_id = ${workspace} where id in ${
      sql([ada, mia, mo, eve])
    }`
    await work(company)
  } finally {
    await sql`delete from public.workspaces where id = ${workspace}`
    await sql`delete from auth.users where id in ${sql(people)}`
  }
}

async function openJob({ workspace }: Company): Promise<string> {
  const [job] = await sql<Id[]>`insert into business.jobs (workspace_id) values (${workspace}) returning id`
  return job!.id
}

/** The sequence parts of the numbers that were given out, in order. */
async function sequence({ workspace }: Company): Promise<number[]> {
  const rows = await sql<{ n: number }[]>`
    select split_part(job_number, '-', 2)::integer as n from business.jobs
    where workspace_id = ${workspace} and job_number ~ '^[0-9]{6}-[0-9]+-' order by n`
  return rows.map((row) => row.n)
}

const upTo = (count: number): number[] => Array.from({ length: count }, (_, i) => i + 1)

Deno.test('two hundred jobs at once get two hundred numbers without a gap', () =>
  withCompany(async (company) => {
    const types = ['mitigation', 'reconstruction', 'remodel', 'abatement', 'remediation']
    const outcomes = await times(
      200,
      (i) =>
        act(
          i % 2 ? company.mia : company.mo,
          (sql) => sql`insert into business.jobs (job_type) values (${types[i % 5]!})`,
        ),
    )
    deepStrictEqual(tally(outcomes), { done: 200 })
    deepStrictEqual(await sequence(company), upTo(200))
  }))

Deno.test('requests that fail or are taken back among them leave no gap', () =>
  withCompany(async (company) => {
    const random = chance(7)
    const fates = Array.from({ length: 120 }, () => random())
    const outcomes = await times(120, (i) =>
      act(company.mia, async (sql) => {
        const fate = fates[i]!
        if (fate < 0.2) await sql`insert into business.jobs (client_id) values (999999999)`
        else await sql`insert into business.jobs (address) values (${`house ${i}`})`
        if (fate < 0.4) {
          await pause(random() * 5)
          throw new Error('taken back')
        }
        if (fate > 0.9) {
          await sql`savepoint again`
          await sql`insert into business.jobs (address) values ('never')`
          await sql`rollback to savepoint again`
        }
      }))
    const stored = fates.filter((fate) => fate >= 0.4).length
    const refused = fates.filter((fate) => fate < 0.2).length
    deepStrictEqual(tally(outcomes), {
      '23503': refused,
      done: stored,
      'taken back': 120 - stored - refused,
    })
    deepStrictEqual(await sequence(company), upTo(stored))
  }))

Deno.test('numbers that people bring and numbers that are given out never meet', () =>
  withCompany(async (company) => {
    const [{ month } = { month: '' }] = await sql<{ month: string }[]>`
      select to_char(now() at time zone 'UTC', 'YYYYMM') as month`
    const outcomes = await times(
      60,
      (i) =>
        act(
          company.mia,
          (sql) =>
            i % 6 === 0
              ? sql`insert into business.jobs (job_number) values (${`${month}-${
                String(i).padStart(3, '0')
              }-MIT`})`
              : sql`insert into business.jobs default values`,
        ),
    )
    // Who brings a number that was given out a moment before is told that it is taken.
    deepStrictEqual(Object.keys(tally(outcomes)).filter((code) => code !== 'done' && code !== '23505'), [])
    const numbers = await sequence(company)
    equal(new Set(numbers).size, numbers.length)
    equal(numbers.length, outcomes.filter((outcome) => outcome === 'done').length)
  }))

Deno.test('of several versions approved at once exactly one stays approved, and nobody waits for ever', () =>
  withCompany(async (company) => {
    for (let round = 0; round < 5; round++) {
      const job = await openJob(company)
      const estimates = await sql<Id[]>`insert into business.estimates (job_id, estimate_type, amount)
        select ${job}, 'mitigation', v from generate_series(1, 10) as v returning id`
      const outcomes = await times(
        40,
        (i) =>
          act(
            i % 2 ? company.mia : company.mo,
            (sql) =>
              i % 4 < 2
                ? sql`select business.approve_estimate(${estimates[i % 10]!.id})`
                : sql`update business.estimates set status = 'approved' where id = ${estimates[i % 10]!.id}`,
          ),
      )
      deepStrictEqual(tally(outcomes), { done: 40 })
      const found = await sql<{ status: string; count: number }[]>`
        select status, count(*)::integer from business.estimates where job_id = ${job} group by 1 order by 1`
      deepStrictEqual(found.map((row) => ({ ...row })), [
        { status: 'approved', count: 1 },
        { status: 'superseded', count: 9 },
      ])
      deepStrictEqual(await brokenMoves(job, 'estimate_status_changed'), [])
    }
  }))

Deno.test('when a job is removed while its estimates are approved, all of it goes or all of it stays', () =>
  withCompany(async (company) => {
    const outcomes: Outcome[] = []
    for (let round = 0; round < 5; round++) {
      const job = await openJob(company)
      const estimates = await sql<Id[]>`insert into business.estimates (job_id, amount)
        select ${job}, v from generate_series(1, 4) as v returning id`
      const [removal = '', ...approvals] = await Promise.all([
        act(company.ada, (sql) => sql`delete from business.jobs where id = ${job}`),
        ...estimates.map(({ id }) => act(company.mia, (sql) => sql`select business.approve_estimate(${id})`)),
      ])
      outcomes.push(removal, ...approvals)
      const [left] = await sql<{ jobs: number; estimates: number }[]>`
        select (select count(*)::integer from business.jobs where id = ${job}) as jobs,
          (select count(*)::integer from business.estimates where job_id = ${job}) as estimates`
      deepStrictEqual({ ...left }, removal === 'done' ? { jobs: 0, estimates: 0 } : { jobs: 1, estimates: 4 })
    }
    // Each wants what the other holds. One of the two is told so within a second, and may try again; who comes late finds
    // nothing, or sees it go.
    deepStrictEqual(
      Object.keys(tally(outcomes)).filter((code) => !['done', '40P01', 'PT404', '42501'].includes(code)),
      [],
    )
  }))

Deno.test('revisions and new estimates at once are one version each', () =>
  withCompany(async (company) => {
    const job = await openJob(company)
    const [first] = await sql<Id[]>`
      insert into business.estimates (job_id, estimate_type, amount) values (${job}, 'remodel', 100) returning id`
    const outcomes = await times(60, (i) =>
      act(i % 2 ? company.mia : company.mo, (sql) => {
        switch (i % 3) {
          case 0:
            return sql`select business.revise_estimate(${first!.id}, ${100 - i})`
          case 1:
            return sql`insert into business.estimates (job_id, estimate_type) values (${job}, 'remodel')`
          default: // as forms send it
            return sql`insert into business.estimates (job_id, estimate_type, version) values (${job}, 'remodel', 1)`
        }
      }))
    deepStrictEqual(tally(outcomes), { done: 60 })
    const rows = await sql<{ version: number }[]>`
      select version from business.estimates where job_id = ${job} order by version`
    deepStrictEqual(rows.map((row) => row.version), upTo(61))
  }))

/** Moves in the log of a job that do not go on from where the one before ended, or that are not allowed. */
async function brokenMoves(job: string, event: string): Promise<unknown[]> {
  const rows = await sql`
    select l.description from (
      select l.*, lag(l.new_value) over (partition by l.entity_id order by l.id) as came_from
      from business.activity_log as l where l.job_id = ${job} and l.event_type = ${event}
    ) as l
    where l.came_from is not null and l.came_from <> l.old_value
      or ${event} = 'status_changed' and not exists (
        select from private.job_transitions as t where t.from_status = l.old_value and t.to_status = l.new_value)`
  return rows.map((row) => ({ ...row }))
}

Deno.test('payments on a job at once are all in its totals', () =>
  withCompany(async (company) => {
    const jobs = [await openJob(company), await openJob(company)]
    const outcomes = await times(
      60,
      (i) =>
        act(
          i % 2 ? company.mia : company.mo,
          (sql) => {
            const [first, second] = i % 3 ? jobs : jobs.toReversed()
            return sql`insert into business.payments (job_id, amount) values (${first!}, ${
              i + 1
            }), (${second!}, ${i + 1})`
          },
        ),
    )
    deepStrictEqual(tally(outcomes), { done: 60 })
    const totals = await sql<{ paid: string }[]>`
      select t.paid from private.job_totals as t where t.workspace_id = ${company.workspace}`
    deepStrictEqual(totals.map(({ paid }) => paid), ['1830.00', '1830.00'])
  }))

Deno.test('however many move a job at once, it never takes a forbidden way', () =>
  withCompany(async (company) => {
    const random = chance(11)
    const statuses = ['lead', 'pending', 'inspection', 'active', 'complete', 'closed', 'cancelled']
    const job = await openJob(company)
    const wishes = Array.from({ length: 150 }, () => statuses[Math.floor(random() * 7)]!)
    const outcomes = await times(
      150,
      (i) =>
        act(
          i % 2 ? company.mia : company.mo,
          (sql) => sql`update business.jobs set status = ${wishes[i]!} where id = ${job}`,
        ),
    )
    deepStrictEqual(Object.keys(tally(outcomes)).filter((code) => code !== 'done' && code !== 'PT409'), [])
    ok((tally(outcomes)['done'] ?? 0) > 20)
    deepStrictEqual(await brokenMoves(job, 'status_changed'), [])
    const [last] = await sql<{ agrees: boolean }[]>`
      select j.status = (select l.new_value from business.activity_log as l
        where l.job_id = j.id and l.event_type = 'status_changed' order by l.id desc limit 1) as agrees
      from business.jobs as j where j.id = ${job}`
    ok(last?.agrees, 'the log ends where the job is')
  }))

Deno.test('of two who move a job from where it was, the second is held to where it is', () =>
  withCompany(async (company) => {
    const job = await openJob(company)
    const worked = Promise.withResolvers<void>()
    const first = act(company.mia, async (sql) => {
      await sql`update business.jobs set status = 'complete' where id = ${job}`
      worked.resolve()
      await pause(100)
    }).finally(worked.resolve)
    await worked.promise
    const second = act(
      company.mo,
      (sql) => sql`update business.jobs set status = 'active' where id = ${job}`,
    )
    deepStrictEqual(await Promise.all([first, second]), ['done', 'PT409'])
  }))

Deno.test('twenty who open a job for the same new client make one client', () =>
  withCompany(async (company) => {
    const outcomes = await times(
      20,
      (i) =>
        act(
          i % 2 ? company.mia : company.mo,
          (sql) =>
            sql`select business.create_job(${
              sql.json({ client_name: i % 2 ? 'Brand New' : 'BRAND NEW ', address: `${i} Main St` })
            })`,
        ),
    )
    deepStrictEqual(tally(outcomes), { done: 20 })
    const [found] = await sql<{ clients: number; jobs: number; of_client: number }[]>`
      select (select count(*)::integer from business.clients where workspace_id = ${company.workspace}) as clients,
        count(*)::integer as jobs, count(distinct client_id)::integer as of_client
      from business.jobs where workspace_id = ${company.workspace}`
    deepStrictEqual({ ...found }, { clients: 1, jobs: 20, of_client: 1 })
    deepStrictEqual(await sequence(company), upTo(20))
  }))

Deno.test('work orders at once are one number each', () =>
  withCompany(async (company) => {
    const job = await openJob(company)
    const outcomes = await times(
      50,
      (i) =>
        act(
          i % 2 ? company.mia : company.mo,
          (sql) => sql`insert into business.work_orders (job_id, title) values (${job}, 'Paint')`,
        ),
    )
    deepStrictEqual(tally(outcomes), { done: 50 })
    const rows = await sql<{ n: number }[]>`
      select split_part(work_order_number, '-', 3)::integer as n from business.work_orders
      where job_id = ${job} order by n`
    deepStrictEqual(rows.map((row) => row.n), upTo(50))
  }))

Deno.test('a request that is repeated assigns somebody once', () =>
  withCompany(async (company) => {
    const job = await openJob(company)
    const [contact] = await sql<Id[]>`
      insert into business.contacts (workspace_id, first_name, last_name)
      values (${company.workspace}, 'Al', 'Adjuster') returning id`
    const outcomes = await times(
      10,
      () =>
        act(
          company.mia,
          (sql) =>
            sql`insert into business.job_contacts (job_id, contact_id) values (${job}, ${contact!.id})`,
        ),
    )
    deepStrictEqual(tally(outcomes), { '23505': 9, done: 1 })
    const [assigned] = await sql<{ count: number }[]>`
      select count(*)::integer from business.job_contacts where job_id = ${job}`
    equal(assigned?.count, 1)
  }))

Deno.test({
  name: 'a stranger waits for nobody, so that no lock tells what there is',
  // It has one session, which everybody shares by turns: nobody holds a lock while another asks.
  ignore: server?.embedded ?? false,
  fn: () =>
    withCompany(async (company) => {
      const job = await openJob(company)
      const [estimate] = await sql<Id[]>`
        insert into business.estimates (job_id, amount, status) values (${job}, 1, 'approved') returning id`
      const [contact] = await sql<Id[]>`
        insert into business.contacts (workspace_id, first_name, last_name)
        values (${company.workspace}, 'Al', 'Adjuster') returning id`
      await sql`insert into business.job_contacts (job_id, contact_id) values (${job}, ${contact!.id})`
      const tables = await sql<{ name: string }[]>`
        select c.oid::regclass::text as name from pg_class as c
        join pg_attribute as a on a.attrelid = c.oid and a.attname = 'workspace_id'
        where c.relkind in ('r', 'p') and c.relnamespace in ('business'::regnamespace, 'private'::regnamespace)`
      const asked = Promise.withResolvers<void>()
      const held = Promise.withResolvers<void>()
      // Everything of the company is locked, and a job for a new client is about to be opened.
      const holder = sql.begin(async (transaction) => {
        const claims = JSON.stringify({ sub: company.mia, role: 'authenticated' })
        for (const { name } of tables) {
          await transaction.unsafe(
            `select from ${name} where workspace_id = '${company.workspace}' for update`,
          )
        }
        await transaction`select from public.workspaces where id = ${company.workspace} for update`
        await transaction`select set_config('request.jwt.claims', ${claims}, true), set_config('role', 'authenticated', true)`
        await transaction`select business.create_job(${transaction.json({ client_name: 'Secret' })})`
        held.resolve()
        await asked.promise
      }).finally(held.resolve)
      await held.promise
      const attempts: [string, string[]][] = [
        [`insert into business.jobs (workspace_id) values ('${company.workspace}')`, ['42501']],
        [
          `insert into business.jobs (workspace_id, job_number) values ('${company.workspace}', '202601-001-MIT')`,
          [
            '42501',
          ],
        ],
        [`insert into business.clients (workspace_id, name) values ('${company.workspace}', 'Secret')`, [
          '42501',
        ]],
        [
          `insert into business.contacts (workspace_id, first_name, last_name) values ('${company.workspace}', 'x', 'y')`,
          ['42501'],
        ],
        [`insert into business.jobs (client_id) select max(id) from business.clients`, ['done']],
        [
          `insert into business.contacts (user_id, first_name, last_name) values ('${company.eve}', 'x', 'y')`,
          [
            '23503',
          ],
        ],
        [`insert into business.job_contacts (job_id, contact_id) values (${job}, ${contact!.id})`, ['23503']],
        [`insert into business.notes (job_id, content) values (${job}, 'x')`, ['23503']],
        [`insert into business.media (job_id, file_name, file_path) values (${job}, 'x', 'y')`, ['23503']],
        [`insert into business.estimates (job_id) values (${job})`, ['23503']],
        [`insert into business.estimates (job_id, version) values (${job}, 5)`, ['23503']],
        [`insert into business.estimates (job_id, status) values (${job}, 'approved')`, ['23503']],
        [`insert into business.payments (job_id, estimate_id, amount) values (${job}, ${estimate!.id}, 1)`, [
          '23503',
        ]],
        [`insert into business.labor_entries (job_id, hours) values (${job}, 1)`, ['23503']],
        [
          `insert into business.receipts (job_id, expense_category, description, amount) values (${job}, 'other', 'x', 1)`,
          ['23503'],
        ],
        [`insert into business.work_orders (job_id, title) values (${job}, 'x')`, ['23503']],
        [`insert into business.work_orders (job_id, title, status) values (${job}, 'x', 'approved')`, [
          '23503',
        ]],
        [`update business.jobs set status = 'active' where id = ${job}`, ['done']],
        [`update business.estimates set status = 'approved' where id = ${estimate!.id}`, ['done']],
        [`delete from business.jobs where id = ${job}`, ['done']],
        [`select from business.jobs where id = ${job} for update`, ['done']],
        [`select business.approve_estimate(${estimate!.id})`, ['PT404']],
        [`select business.revise_estimate(${estimate!.id}, 1)`, ['PT404']],
        [`select business.unassign_contact(${job}, ${contact!.id})`, ['PT404']],
      ]
      const withHeader = [
        ...attempts.map(([statement]) => statement),
        `select business.next_job_number('remodel')`,
        `select business.create_job('{"client_name": "Secret"}')`,
        'select business.pipeline_board()',
      ]
      async function ask(statement: string, headers: Record<string, string>): Promise<Outcome> {
        return await act(company.sam, async (sql) => {
          await sql`select set_config('request.headers', ${JSON.stringify(headers)}, true)`
          await sql`set local lock_timeout = '100ms'`
          await sql`select public.check_request()`
          await sql.unsafe(statement)
        })
      }
      const outcomes: [string, Outcome[]][] = []
      const refusals: Outcome[] = []
      for (const [statement] of attempts) outcomes.push([statement, [await ask(statement, {})]])
      for (const statement of withHeader) {
        refusals.push(await ask(statement, { 'x-workspace-id': company.workspace }))
      }
      asked.resolve()
      await holder
      deepStrictEqual(outcomes, attempts)
      deepStrictEqual(tally(refusals), { PT403: withHeader.length })
    }),
})

globalThis.addEventListener('unload', () => void sql.end())
