/** A workspace of any size on a real Postgres, identical in every run, and queries that its admin sends. */
import postgres from 'postgres'
import { startPostgres } from '../tests/support/postgres.ts'
import { end, start } from '../tests/support/instance.ts'

export type Company = {
  workspace: string
  /** As the owner of the database. */
  sql: postgres.Sql
  /** Rows and milliseconds of one query, sent as the admin would send it through the API. */
  ask(query: string): Promise<{ rows: number; ms: number }>
}

const syllables =
  ('ba be bi bo bra da den di do dra fa fel fi fo ga ger go gra hal har ja jen ka kel ko kra la len li lo ' +
    'ma mer mi mo na nel ni no pa per po pra ra ren ri ro sa sen si so sta ta ten ti to tra va vel vi vo wal wen')
    .split(' ')

/** Pronounceable names of three syllables. */
function names(count: number, seed: number): string[] {
  return Array.from({ length: count }, (_, index) => {
    const at = (index * 7919 + seed * 104729) % syllables.length ** 3
    const word = [at, Math.floor(at / syllables.length), Math.floor(at / syllables.length ** 2)]
      .map((place) => syllables[place % syllables.length]).join('')
    return word.charAt(0).toUpperCase() + word.slice(1)
  })
}

/** `jobs` jobs of one workspace and as many of twenty others; `children` payments, labor entries and receipts of the first. */
async function fill(sql: postgres.Sql, workspace: string, jobs: number, children: number): Promise<void> {
  await sql.begin(async (sql) => {
    const tables = ['clients', 'jobs', 'estimates', 'payments', 'labor_entries', 'receipts', 'work_orders']
    for (const table of tables) await sql.unsafe(`alter table business.${table} disable trigger user`)
    await sql`create temporary table tenant on commit drop as
      select 0 as place, ${workspace}::uuid as id, ${jobs}::integer as jobs
      union all select n, gen_random_uuid(), ${jobs}::integer / 20 from generate_series(1, 20) as n`
    await sql`insert into public.workspaces (id, name) select t.id, 'Workspace ' || t.place from tenant as t on conflict do nothing`
    await sql`create temporary table word on commit drop as
      select 'first' as kind, w.word, w.place from unnest(${
      names(400, 1)
    }::text[]) with ordinality as w (word, place)
      union all select 'last', w.word, w.place from unnest(${
      names(4000, 2)
    }::text[]) with ordinality as w (word, place)
      union all select 'street', w.word, w.place from unnest(${
      names(600, 3)
    }::text[]) with ordinality as w (word, place)
      union all select 'city', w.word, w.place from unnest(${
      names(60, 4)
    }::text[]) with ordinality as w (word, place)`
    await sql`create index on word (kind, place)`
    await sql`insert into business.clients (workspace_id, name)
      select t.id, f.word || ' ' || l.word
      from tenant as t cross join generate_series(1, t.jobs::bigint / 3) as n
      join word as f on f.kind = 'first' and f.place = 1 + n % 400
      join word as l on l.kind = 'last' and l.place = 1 + (n * 31) % 4000`
    await sql`create temporary table client on commit drop as
      select c.id, c.workspace_id, row_number() over (partition by c.workspace_id order by c.id) - 1 as place
      from business.clients as c where c.workspace_id in (select t.id from tenant as t)`
    await sql`create index on client (workspace_id, place)`
    await sql`insert into business.jobs
        (workspace_id, job_number, status, client_id, address, city, claim_number, policy_number, created_at)
      select t.id, to_char(timestamp '2016-01-01' + n * interval '1 hour', 'YYYYMM') || '-' || lpad((n % 750)::text, 3, '0') || '-MIT' ||
          case when n >= 87000 then '-' || n else '' end,
        (array['lead', 'pending', 'inspection', 'active', 'complete', 'closed', 'cancelled'])[1 + n % 7], c.id,
        1 + n * 31 % 9999 || ' ' || s.word || ' ' || (array['Street', 'Avenue', 'Road', 'Lane', 'Drive', 'Court'])[1 + n % 6], g.word,
        'CLM-' || 2016 + n / 8760 || '-' || lpad((n * 7919 % 1000000)::text, 6, '0'), 'HO-' || lpad((n * 104729 % 10000000)::text, 7, '0'),
        timestamp '2016-01-01' + n * interval '1 hour'
      from tenant as t cross join generate_series(1, t.jobs::bigint) as n
      join client as c on c.workspace_id = t.id and c.place = n % (t.jobs / 3)
      join word as s on s.kind = 'street' and s.place = 1 + n * 17 % 600
      join word as g on g.kind = 'city' and g.place = 1 + n * 13 % 60`
    if (children > 0) {
      await sql`create temporary table job on commit drop as
        select j.id, row_number() over (order by j.id) - 1 as place from business.jobs as j where j.workspace_id = ${workspace}`
      await sql`create index on job (place)`
      await sql`insert into business.estimates (workspace_id, job_id, version, estimate_type, amount, status, approved_date)
        select ${workspace}, j.id, v, 'mitigation', 1000 + j.place % 977, case v when 2 then 'approved' else 'draft' end, date '2020-01-01'
        from job as j, generate_series(1, 3) as v`
      await sql`insert into business.payments (workspace_id, job_id, amount, received_date)
        select ${workspace}, j.id, 10 + n % 97, date '2020-01-01' + n % 1800
        from generate_series(0, ${children}::integer - 1) as n join job as j on j.place = n % ${jobs}::integer`
      await sql`insert into business.labor_entries (workspace_id, job_id, hours, hourly_rate, work_date)
        select ${workspace}, j.id, 1 + n % 8, 33.33, date '2020-01-01' + n % 1800
        from generate_series(0, ${children}::integer - 1) as n join job as j on j.place = n % ${jobs}::integer`
      await sql`insert into business.receipts (workspace_id, job_id, expense_category, description, amount, expense_date)
        select ${workspace}, j.id, 'materials', 'Boards', 10 + n % 55, date '2020-01-01' + n % 1800
        from generate_series(0, ${children}::integer - 1) as n join job as j on j.place = n % ${jobs}::integer`
      await sql`insert into business.work_orders (workspace_id, job_id, work_order_number, title, budget_amount)
        select ${workspace}, j.id, 'WO', 'Demolition', 100 from job as j`
    }
    await sql`select private.fill_job_search(array(
      select j.id from business.jobs as j where j.workspace_id in (select t.id from tenant as t)), '{}')`
    for (const table of tables) await sql.unsafe(`alter table business.${table} enable trigger user`)
  })
  for (const table of ['business.clients', 'business.jobs', 'business.estimates', 'business.payments']) {
    await sql.unsafe(`vacuum analyze ${table}`)
  }
  await sql.unsafe(
    'vacuum analyze business.labor_entries, business.receipts, business.work_orders, private.job_search',
  )
}

/** Creates the workspace on the server of DATABASE_URL, or on a temporary server that is stopped afterwards. */
export async function withCompany(
  { jobs, children }: { jobs: number; children: number },
  work: (company: Company) => Promise<void>,
): Promise<void> {
  const server = await startPostgres()
  const stack = await start(['--ephemeral', '--no-seed'], { env: { DATABASE_URL: server.url } }).catch(
    async (cause) => {
      await server.stop()
      throw cause
    },
  )
  const sql = postgres(stack.env['DATABASE_URL'] ?? '', { max: 1, onnotice: () => {} })
  try {
    const [user, workspace] = [crypto.randomUUID(), crypto.randomUUID()]
    await sql`insert into auth.users (id, email, aud, role) values (${user}, ${
      user + '@example.test'
    }, 'authenticated', 'authenticated')`
    await sql`insert into public.workspaces (id, name) values (${workspace}, 'Measured')`
    await sql`insert into public.workspace_members (workspace_id, user_id, role, display_name)
      values (${workspace}, ${user}, 'admin', 'Mia')`
    await sql`update public.profiles set active_workspace_id = ${workspace} where id = ${user}`
    await fill(sql, workspace, jobs, children)
    const claims = JSON.stringify({ sub: user, role: 'authenticated', aud: 'authenticated' })
    const ask = (query: string): Promise<{ rows: number; ms: number }> =>
      sql.begin(async (sql) => {
        await sql`select set_config('request.jwt.claims', ${claims}, true), set_config('role', 'authenticated', true)`
        const started = performance.now()
        const rows = await sql.unsafe(query)
        return { rows: rows.length, ms: performance.now() - started }
      }) as Promise<{ rows: number; ms: number }>
    await work({ workspace, sql, ask })
  } finally {
    await sql.end()
    await end(stack)
    await server.stop()
  }
}

/** Runs the variants alternately, `rounds` times after a warm-up round, so that other load affects all of them. */
export async function measure(
  company: Company,
  variants: Record<string, string>,
  rounds: number,
): Promise<Record<string, { rows: number; median: number; worst: number }>> {
  const times: Record<string, number[]> = {}
  const rows: Record<string, number> = {}
  for (let round = 0; round <= rounds; round++) {
    for (const [name, query] of Object.entries(variants)) {
      const answer = await company.ask(query)
      rows[name] = answer.rows
      if (round > 0) (times[name] ??= []).push(answer.ms)
    }
  }
  return Object.fromEntries(
    Object.entries(times).map(([name, all]) => {
      const sorted = all.toSorted((a, b) => a - b)
      const at = (share: number): number =>
        sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0
      return [name, { rows: rows[name] ?? 0, median: at(0.5), worst: at(0.95) }]
    }),
  )
}

/** A line of a table whose first column is `width` wide. */
export function line(name: string, width: number, cells: string[]): string {
  return name.padEnd(width) + cells.map((cell) => cell.padStart(24)).join('')
}

export function cell({ rows, median, worst }: { rows: number; median: number; worst: number }): string {
  return `${median.toFixed(1)} / ${worst.toFixed(1)} ms (${rows})`
}
