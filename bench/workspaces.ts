/**
 * What row level security costs on lists of a workspace, as PostgREST sends them: by the workspace of the request (the
 * policies of Plinth), by the set of the member's workspaces (the policy it replaced), and as the owner with a filter.
 * Prints median milliseconds and buffers for tenants of 0.1, 1, 10 and 40 % of all jobs, measured alternately in one run
 * on a real Postgres. Ends with 1 where the policies need more than 1.2 times the owner's buffers and 100 more.
 *
 * deno run -A bench/workspaces.ts [--jobs 1000000] [--rounds 5] [--json]
 */
import { parseArgs } from 'node:util'
import postgres from 'postgres'
import { end, start } from '../tests/support/instance.ts'
import { startPostgres } from '../tests/support/postgres.ts'

const { values } = parseArgs({
  options: {
    jobs: { type: 'string', default: '1000000' },
    rounds: { type: 'string', default: '5' },
    json: { type: 'boolean', default: false },
  },
})
const [jobs, rounds] = [Number(values.jobs), Number(values.rounds)]

/** Shares of all jobs; the rest belongs to 190 tenants. */
const shares = { '0.1 %': 0.001, '1 %': 0.01, '10 %': 0.1, '40 %': 0.4 }

/** `where` is a filter on jobs, which owners add by hand; reports are called by members only. */
const lists: Record<string, (where: string) => string> = {
  'newest 50': (where) =>
    body(`select jobs.* from business.jobs ${where} order by jobs.created_at desc limit 50 offset 0`),
  'newest 50 with client and balance': (where) =>
    body(
      `select jobs.id, jobs.job_number, jobs.status, row_to_json(client.*)::jsonb as client, row_to_json(financials.*)::jsonb as financials
       from business.jobs
       left join lateral (select c.name from business.clients as c
         where c.workspace_id = jobs.workspace_id and c.id = jobs.client_id limit 1000 offset 0) as client on true
       left join lateral (select f.balance_due from business.financials(jobs::business.jobs) as f limit 1000 offset 0) as financials on true
       ${where} order by jobs.created_at desc limit 50 offset 0`,
    ),
  'active jobs, newest 50': (where) =>
    body(
      `select jobs.* from business.jobs ${where}${where ? ' and' : ' where'} jobs.status = 'active'
       order by jobs.created_at desc limit 50 offset 0`,
    ),
  'job by number': (where) =>
    body(
      `select jobs.* from business.jobs ${where}${
        where ? ' and' : ' where'
      } jobs.job_number = '202601-0000007-MIT' limit 1000 offset 0`,
    ),
}

function body(query: string): string {
  return `with pgrst_source as (${query}) select null::bigint as total_result_set, count(_postgrest_t) as page_total,
    coalesce(json_agg(_postgrest_t), '[]') as body from (select * from pgrst_source) as _postgrest_t`
}

/** Ends a transaction that only measures. */
const rollback = new Error('rolled back')

const server = await startPostgres()
const stack = await start(['--ephemeral', '--no-seed'], { env: { DATABASE_URL: server.url } }).catch(
  async (cause) => {
    await server.stop()
    throw cause
  },
)
const sql = postgres(stack.env['DATABASE_URL'] ?? '', { max: 1, onnotice: () => {} })
try {
  const tenants = await fill(sql)
  const rows = await measureAll(sql, tenants)
  print(rows)
  if (rows.some(({ equality, owner }) => equality.buffers > owner.buffers * 1.2 + 100)) Deno.exitCode = 1
} finally {
  await sql.end()
  await end(stack)
  await server.stop()
}

interface Tenant {
  readonly share: string
  readonly workspace: string
  readonly member: string
}

/** Every tenant has a member, an employee of three more workspaces. */
async function fill(sql: postgres.Sql): Promise<Tenant[]> {
  const tenants = Object.keys(shares).map((share) => ({
    share,
    workspace: crypto.randomUUID(),
    member: crypto.randomUUID(),
  }))
  await sql.begin(async (sql) => {
    await sql`create temporary table tenant (id uuid, jobs integer, member uuid) on commit drop`
    for (const { share, workspace, member } of tenants) {
      await sql`insert into tenant values (${workspace}, ${
        Math.round(jobs * shares[share as keyof typeof shares])
      }, ${member})`
    }
    await sql`insert into tenant
      select gen_random_uuid(), (${jobs}::integer - (select sum(t.jobs) from tenant as t)) / 190 from generate_series(1, 190)`
    await sql`insert into auth.users (id, email, aud, role)
      select t.member, t.member || '@example.test', 'authenticated', 'authenticated' from tenant as t where t.member is not null`
    await sql`insert into public.workspaces (id, name) select t.id, 'Measured' from tenant as t`
    await sql`insert into public.workspace_members (workspace_id, user_id, role, display_name)
      select t.id, t.member, 'employee'::public.app_role, 'Mia' from tenant as t where t.member is not null
      union all
      select o.id, t.member, 'employee'::public.app_role, 'Mia' from tenant as t
      cross join (select s.id from tenant as s where s.member is null limit 3) as o where t.member is not null`
    await sql`update public.profiles as p set active_workspace_id = t.id from tenant as t where p.id = t.member`
    const tables = ['clients', 'jobs', 'estimates', 'payments']
    for (const table of tables) await sql.unsafe(`alter table business.${table} disable trigger user`)
    await sql`insert into business.clients (workspace_id, name)
      select t.id, 'Client ' || n from tenant as t cross join generate_series(1, greatest(t.jobs / 10, 1)) as n`
    await sql`create temporary table client on commit drop as
      select c.id, c.workspace_id, row_number() over (partition by c.workspace_id order by c.id) as place from business.clients as c`
    await sql`create index on client (workspace_id, place)`
    await sql`insert into business.jobs (workspace_id, job_number, status, client_id, created_at)
      select t.id, to_char(timestamp '2026-01-01' + n * interval '10 minutes', 'YYYYMM') || '-' || lpad(n::text, 7, '0') || '-MIT',
        (array['lead', 'pending', 'inspection', 'active', 'complete', 'closed', 'cancelled'])[1 + n % 7], c.id,
        timestamp '2026-01-01' + n * interval '10 minutes'
      from tenant as t cross join generate_series(1, t.jobs) as n
      join client as c on c.workspace_id = t.id and c.place = 1 + n % greatest(t.jobs / 10, 1)
      order by n, t.id`
    await sql`insert into business.estimates (workspace_id, job_id, version, estimate_type, amount, status, approved_date)
      select j.workspace_id, j.id, 1, 'mitigation', 1000 + j.id % 977, 'approved', date '2026-01-01' from business.jobs as j
      where j.id % 2 = 0`
    await sql`insert into business.payments (workspace_id, job_id, amount, received_date)
      select j.workspace_id, j.id, 10 + j.id % 97, date '2026-01-01' from business.jobs as j where j.id % 2 = 0`
    for (const table of tables) await sql.unsafe(`alter table business.${table} enable trigger user`)
  })
  await sql.unsafe('vacuum analyze business.clients, business.jobs, business.estimates, business.payments')
  return tenants
}

interface Cost {
  readonly ms: number
  readonly buffers: number
}

interface Row {
  readonly share: string
  readonly list: string
  readonly owner: Cost
  readonly equality: Cost
  readonly array: Cost
}

async function measureAll(sql: postgres.Sql, tenants: readonly Tenant[]): Promise<Row[]> {
  const rows: Row[] = []
  for (const { share, workspace, member } of tenants) {
    for (const [list, query] of Object.entries(lists)) {
      const runs = { owner: [] as Cost[], equality: [] as Cost[], array: [] as Cost[] }
      for (let round = 0; round <= rounds; round++) {
        const costs = {
          owner: await cost(sql, query(`where jobs.workspace_id = '${workspace}'`), null, null),
          equality: await cost(sql, query(''), member, null),
          array: await cost(sql, query(''), member, 'array'),
        }
        if (round === 0) continue
        for (const name of ['owner', 'equality', 'array'] as const) runs[name].push(costs[name])
      }
      rows.push({
        share,
        list,
        owner: median(runs.owner),
        equality: median(runs.equality),
        array: median(runs.array),
      })
    }
  }
  return rows
}

/** Of one execution, in a transaction that is rolled back, with the policy that Plinth had before if `policy` says so. */
async function cost(
  sql: postgres.Sql,
  query: string,
  member: string | null,
  policy: 'array' | null,
): Promise<Cost> {
  let found: Cost | undefined
  await sql.begin(async (sql) => {
    if (policy) {
      for (
        const table of [
          'jobs',
          'clients',
          'estimates',
          'payments',
          'labor_entries',
          'receipts',
          'work_orders',
        ]
      ) {
        const [{ polname } = { polname: '' }] = await sql<{ polname: string }[]>`
          select p.polname from pg_policy as p
          where p.polrelid = ${`business.${table}`}::regclass and p.polcmd = 'r'`
        await sql.unsafe(`alter policy "${polname}" on business.${table}
          using (workspace_id = any (array(select private.my_workspace_ids())))`)
      }
    }
    if (member) {
      const claims = JSON.stringify({ sub: member, role: 'authenticated' })
      await sql`select set_config('request.jwt.claims', ${claims}, true), set_config('role', 'authenticated', true)`
    }
    const [{ 'QUERY PLAN': [plan] } = { 'QUERY PLAN': [] }] = await sql.unsafe(
      `explain (analyze, buffers, timing off, format json) ${query}`,
    ) as unknown as [{ 'QUERY PLAN': Explained[] }]
    if (!plan) throw new Error('there is no plan')
    found = {
      ms: plan['Execution Time'] + plan['Planning Time'],
      buffers: plan.Plan['Shared Hit Blocks'] + plan.Plan['Shared Read Blocks'],
    }
    throw rollback
  }).catch((cause) => {
    if (cause !== rollback) throw cause
  })
  return found!
}

interface Explained {
  readonly 'Execution Time': number
  readonly 'Planning Time': number
  readonly Plan: { readonly 'Shared Hit Blocks': number; readonly 'Shared Read Blocks': number }
}

function median(costs: readonly Cost[]): Cost {
  const sorted = costs.toSorted((a, b) => a.ms - b.ms)
  return sorted[Math.floor(sorted.length / 2)] ?? { ms: NaN, buffers: NaN }
}

function print(rows: readonly Row[]): void {
  if (values.json) {
    console.log(JSON.stringify(rows, null, 2))
    return
  }
  console.log(
    '| Tenant with | List | Owner | `current_workspace()` | Set of workspaces |\n| --- | --- | --- | --- | --- |',
  )
  const cell = ({ ms, buffers }: Cost): string => `${ms.toFixed(1)} ms, ${buffers.toLocaleString('en-US')}`
  for (const { share, list, owner, equality, array } of rows) {
    console.log(`| ${share} | ${list} | ${cell(owner)} | ${cell(equality)} | ${cell(array)} |`)
  }
}
