/**
 * What the triggers and foreign keys of a table cost: rows inserted through one statement, with them and without, for the
 * tables that users write. Processor time of the server process, and how many times that of the bare table. Prints a table
 * (docs/performance.md); each statement is undone.
 *
 * deno run -A bench/writes.ts [--rows 10000] [--only <word>]
 *
 * Makes a small database of bench/scale.ts; DATABASE_URL with SCALE_FILLED=1 uses one that is filled already.
 */
import { parseArgs } from 'node:util'
import postgres from 'postgres'
import { startMeasured } from './scale/database.ts'
import { fill } from './scale/fill.ts'
import { processorMs } from './scale/measure.ts'
import { type Tenant, tenants } from './scale/tenants.ts'

const { values } = parseArgs({
  options: { rows: { type: 'string', default: '10000' }, only: { type: 'string' } },
})

/** Columns, and their values for row n, of a member of the workspace with 1 %. What a trigger would number is given. */
const writes: Record<string, [columns: string, row: string]> = {
  'dashboard.tasks': ['title, sort_order', `'Task ' || n, 1000000 + n`],
  'dashboard.task_lists': ['name, sort_order', `'List ' || n, 1000000 + n`],
  'dashboard.goals': ['name', `'New goal ' || n`],
  'dashboard.projects': ['name, sort_order', `'New project ' || n, 1000000 + n`],
  'dashboard.tags': ['name', `'new tag ' || n`],
  'dashboard.notes': ['title, content', `'New note ' || n, 'See [[note 7]].'`],
  'dashboard.inbox_items': ['content', `'Item ' || n`],
  'dashboard.conversations': ['title', `'Talk ' || n`],
  'dashboard.messages': ['conversation_id, content', `{conversation}, 'Message ' || n`],
  'dashboard.ai_tasks': ['description, category', `'Looked ' || n, 'research'`],
  'dashboard.agents': ['name', `'New agent ' || n`],
  'business.clients': ['name', `'New client ' || n`],
  'business.contacts': ['first_name, last_name', `'Ann', 'Number ' || n`],
  'business.organizations': ['name, org_type', `'New vendor ' || n, 'vendor'`],
  'business.jobs': ['job_number', `'B-' || n`],
  'business.estimates': ['job_id, version, amount', `{job}, 100 + n, 10`],
  'business.payments': ['job_id, amount', `{job}, 10`],
  'business.labor_entries': ['job_id, hours, hourly_rate', `{job}, 1, 40`],
  'business.receipts': ['job_id, expense_category, description, amount', `{job}, 'materials', 'Nails', 1`],
  'business.work_orders': ['job_id, work_order_number, title', `{job}, 'W-' || n, 'Order ' || n`],
  'business.notes': ['job_id, content', `{job}, 'Called.'`],
  'business.media': ['job_id, file_name, file_path', `{job}, 'a.jpg', 'photo ' || n`],
  'public.artifacts': ['filename', `'file ' || n`],
  'public.search_chunks': ['source_type, text', `'pdf', 'Passage ' || n`],
  'public.evidence': ['preview', `'Table ' || n`],
  'public.facts': ['entity', `'Store ' || n`],
  'public.cipher_memory': ['content', `to_jsonb('Memory ' || n)`],
}

const filled = Deno.env.get('SCALE_FILLED') ? Deno.env.get('DATABASE_URL') : undefined
const server = filled
  ? { sql: postgres(filled, { max: 1, onnotice: () => {}, prepare: false }), stop: () => {} }
  : await startMeasured()
const undone = new Error('undone')
try {
  if (!filled) await fill(server.sql, 0.02)
  const tenant = (await tenants(server.sql)).find(({ share }) => share === '1 %')
  if (!tenant) throw new Error('There is no workspace with 1 %.')
  console.log(`| ${values.rows} rows of | with triggers | without | |\n|---|---|---|---|`)
  for (const table of Object.keys(writes)) {
    if (values.only && !table.includes(values.only)) continue
    const costs = {
      origin: await write(server.sql, tenant, table, 'origin'),
      replica: await write(server.sql, tenant, table, 'replica'),
    }
    console.log(
      `| ${table} | ${costs.origin.toFixed(0)} ms | ${costs.replica.toFixed(0)} ms | ${
        (costs.origin / costs.replica).toFixed(1)
      }× |`,
    )
  }
} finally {
  if (filled) await server.sql.end()
  await server.stop()
}

/** Processor ms of one statement, until its deferred checks are done. */
async function write(
  sql: postgres.Sql,
  tenant: Tenant,
  table: string,
  mode: 'origin' | 'replica',
): Promise<number> {
  const [columns, row] = writes[table] ?? ['', '']
  const given = tenant.give({
    name: table,
    schema: '',
    get: `insert into ${table} (${columns}) select ${row} from generate_series(1, ${
      Number(values.rows)
    }) as n`,
  })
  if (!given?.get) throw new Error(`${tenant.share} has no row that ${table} needs.`)
  const { get: statement } = given
  let cost = 0
  await sql.begin(async (sql) => {
    const [{ pid } = { pid: 0 }] = await sql<{ pid: number }[]>`select pg_backend_pid() as pid`
    const claims = { sub: tenant.user, role: 'authenticated', workspace_id: tenant.workspace, aal: 'aal1' }
    await sql`select set_config('request.jwt.claims', ${JSON.stringify(claims)}, true),
      set_config('session_replication_role', ${mode}, true), set_config('search_path', 'public, extensions', true)`
    const started = await processorMs(pid)
    await sql.unsafe(statement)
    await sql`set constraints all immediate`
    const ended = await processorMs(pid)
    if (started === undefined || ended === undefined) throw new Error('The server is on another machine.')
    cost = ended - started
    throw undone
  }).catch((cause) => {
    if (cause !== undone) throw cause
  })
  return cost
}
