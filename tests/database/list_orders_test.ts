/**
 * Every order of a published list has an index that gives it: with sorting made as expensive as can be, the plan of the
 * statement that PostgREST sends sorts no rows before their page is taken. Sorting the ties of an index is fine.
 */
import { strict as assert } from 'node:assert'
import postgres from 'postgres'
import { readCatalogue, statement } from '../../bench/scale/postgrest.ts'
import { requests } from '../../bench/scale/requests/all.ts'
import { load } from './helpers.ts'

interface Plan {
  readonly 'Node Type': string
  readonly 'Subplan Name'?: string
  readonly 'Parent Relationship'?: string
  readonly Plans?: readonly Plan[]
}

/** Lists whose rows are few whatever a tenant has, or whose policy allows two kinds of rows, which no index has in order. */
const sorted: Readonly<Record<string, string>> = {
  'My Day, a list': 'a day has few tasks',
  'usage by day': 'own days and, for admins, those of the workspace',
}

/** Ids that stand for rows that need not exist. */
const id = '00000000-0000-4000-8000-000000000001'
const placeholders: Readonly<Record<string, string>> = {
  today: '2026-01-01',
  user: id,
  artifact: id,
  job_number: 'J',
}

Deno.test('every order of a published list has an index', async (t) => {
  const url = Deno.env.get('DATABASE_URL') ?? ''
  await load(url)
  const sql = postgres(url, { max: 1, onnotice: () => {} })
  try {
    const catalogue = await readCatalogue(sql)
    for (const request of requests) {
      if (!request.get || !/[?&]order=/.test(request.get)) continue
      await t.step(request.name, async () => {
        const get = request.get?.replaceAll(
          /\{([a-z_0-9]+)\}/g,
          (_, name: string) => placeholders[name] ?? '1',
        )
        const isSorted = await sorts(
          sql,
          request.schema,
          statement({ ...request, get: get ?? '' }, catalogue),
        )
        assert.equal(
          isSorted,
          request.name in sorted,
          isSorted ? 'its rows are sorted' : 'it needs no exception',
        )
      })
    }
  } finally {
    await sql.end()
  }
})

const rollback = new Error('rolled back')

async function sorts(sql: postgres.Sql, path: string, query: string): Promise<boolean> {
  let found: boolean | undefined
  await sql.begin(async (sql) => {
    await sql`select tests.create_team('orders', 'mia admin')`
    await sql`select tests.act_as('mia')`
    await sql.unsafe(`set local search_path = ${path}, public, extensions`)
    await sql`set local enable_sort = off`
    await sql`set local enable_seqscan = off`
    const [{ 'QUERY PLAN': [plan] } = { 'QUERY PLAN': [] }] = await sql.unsafe(
      `explain (format json) ${query}`,
    ) as unknown as [{ 'QUERY PLAN': { Plan: Plan }[] }]
    const list = plan && listOf(plan.Plan)
    if (!list) throw new Error('The plan has no list.')
    found = chain(list).some((node) => node['Node Type'] === 'Sort')
    throw rollback
  }).catch((cause) => {
    if (cause !== rollback) throw cause
  })
  return found ?? false
}

/** The part that reads the page: a CTE, unless it became part of the query. */
function listOf(plan: Plan): Plan | undefined {
  if (plan['Subplan Name'] === 'CTE pgrst_source' || plan['Node Type'] === 'Limit') return plan
  for (const child of plan.Plans ?? []) {
    const found = listOf(child)
    if (found) return found
  }
  return undefined
}

/** The nodes from a plan down to the table whose rows are listed; what a row embeds hangs beside them. */
function chain(plan: Plan): Plan[] {
  const next = plan.Plans?.find((child) => ['Outer', 'Subquery'].includes(child['Parent Relationship'] ?? ''))
  return next ? [plan, ...chain(next)] : [plan]
}
