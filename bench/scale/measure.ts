/** Asks one statement as PostgREST would, and reports what it cost: time, buffers, and what its plan reads or sorts whole. */
import { readFile } from 'node:fs/promises'
import postgres from 'postgres'

/** Who asks: a member through the policies, or the owner of the tables, who has none. */
export interface Person {
  readonly user: string
  readonly workspace: string
}

export interface Cost {
  /** Of planning and execution: processor time of the connection's process, or elapsed time for a server elsewhere. */
  readonly ms: number
  readonly buffers: number
  readonly faults: readonly string[]
}

interface Plan {
  readonly 'Node Type': string
  readonly 'Relation Name'?: string
  readonly 'Actual Rows': number
  readonly 'Actual Loops': number
  readonly 'Rows Removed by Filter'?: number
  readonly 'Shared Hit Blocks': number
  readonly 'Shared Read Blocks': number
  readonly Plans?: readonly Plan[]
}

/** Rows that a plan may scan or sort without being reported. */
const manyRows = 10_000
const rollback = new Error('rolled back')

/** In a transaction, or within one to a savepoint, that is rolled back. `path` is the schema of the request's profile. */
export async function ask(
  sql: postgres.Sql | postgres.TransactionSql,
  person: Person,
  role: 'authenticated' | 'owner',
  path: string,
  statement: string,
): Promise<Cost> {
  let cost: Cost | undefined
  const measured = async (sql: postgres.TransactionSql): Promise<void> => {
    const claims = JSON.stringify({
      sub: person.user,
      role: 'authenticated',
      workspace_id: person.workspace,
      aal: 'aal1',
    })
    await sql`select set_config('search_path', ${`"${path}", "public", "extensions"`}, true),
      set_config('request.jwt.claims', ${claims}, true), set_config('request.method', 'GET', true),
      set_config('request.path', '/', true), set_config('request.headers', '{"accept":"application/json"}', true),
      set_config('request.cookies', '{}', true), set_config('statement_timeout', '30s', true)`
    if (role === 'authenticated') await sql`select set_config('role', 'authenticated', true)`
    const before = await wholeTables(sql)
    const [{ pid } = { pid: 0 }] = await sql<{ pid: number }[]>`select pg_backend_pid() as pid`
    const started = await processorMs(pid)
    const [{ 'QUERY PLAN': [explained] } = { 'QUERY PLAN': [] }] = await sql.unsafe(
      `explain (analyze, buffers, timing off, summary on, format json) ${statement}`,
    ) as unknown as [{ 'QUERY PLAN': { Plan: Plan; 'Execution Time': number; 'Planning Time': number }[] }]
    if (!explained) throw new Error('There is no plan.')
    const used = await processorMs(pid)
    const after = await wholeTables(sql)
    const scans = [...after].filter(([table, rows]) => rows - (before.get(table) ?? 0) > manyRows)
      .map(([table, rows]) => `scans ${table} (${rows - (before.get(table) ?? 0)} rows)`)
    cost = {
      ms: started === undefined || used === undefined
        ? explained['Execution Time'] + explained['Planning Time']
        : used - started,
      buffers: explained.Plan['Shared Hit Blocks'] + explained.Plan['Shared Read Blocks'],
      faults: [...scans, ...sorts(explained.Plan)],
    }
    throw rollback
  }
  await ('savepoint' in sql ? sql.savepoint(measured) : sql.begin(measured)).catch((cause) => {
    if (cause !== rollback) throw cause
  })
  if (!cost) throw new Error('There is no cost.')
  return cost
}

/** Processor time of a process of this machine, which other work on it does not change much. */
export async function processorMs(pid: number): Promise<number | undefined> {
  const text = await readFile(`/proc/${pid}/schedstat`, 'utf8').catch(() => undefined)
  return text === undefined ? undefined : Number(text.split(' ')[0]) / 1e6
}

/** Rows that this transaction read by scanning tables, also within functions, whose plans EXPLAIN does not show. */
async function wholeTables(sql: postgres.TransactionSql): Promise<Map<string, number>> {
  const rows = await sql<{ name: string; rows: string }[]>`
    select s.schemaname || '.' || s.relname as name, s.seq_tup_read as rows
    from pg_stat_xact_user_tables as s where s.seq_tup_read > 0`
  return new Map(rows.map(({ name, rows }) => [name, Number(rows)]))
}

function sorts(plan: Plan): string[] {
  const below = (plan.Plans ?? []).flatMap(sorts)
  const rows = (plan.Plans ?? []).reduce((sum, p) => sum + p['Actual Rows'] * p['Actual Loops'], 0)
  return plan['Node Type'] === 'Sort' && rows > manyRows ? [...below, `sorts ${rows} rows`] : below
}

/** The condition of the policy by which the person reads a table, with constants: what the owner adds to a request. */
export async function policyCondition(
  sql: postgres.Sql | postgres.TransactionSql,
  schema: string,
  table: string,
  person: Person,
): Promise<string> {
  const policies = await sql<{ condition: string }[]>`
    select pg_get_expr(p.polqual, p.polrelid) as condition
    from pg_policy as p join pg_class as c on c.oid = p.polrelid
    where c.relname = ${table} and c.relnamespace = ${schema}::regnamespace and p.polcmd in ('r', '*') and p.polpermissive`
  return policies.map(({ condition }) =>
    `(${
      condition
        .replaceAll(
          /\( SELECT private\.current_workspace\(\) AS current_workspace\)/g,
          `'${person.workspace}'::uuid`,
        )
        .replaceAll(/\( SELECT (?:auth\.)?uid\(\) AS uid\)/g, `'${person.user}'::uuid`)
        .replaceAll(/\( SELECT private\.has_role\([^)]*\) AS has_role\)/g, 'true')
        .replaceAll(/(?<![.\w])(workspace_id|user_id)\b/g, `"${schema}"."${table}".$1`)
    })`
  ).join(' OR ')
}
