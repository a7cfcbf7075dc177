/** POST, PATCH, PUT and DELETE of a table. */
import { answerWrite, bodyOf, nothing } from './answer_sql.ts'
import { answerToWrite } from './answers.ts'
import { type Body, contentTypeOf, readBody } from './body.ts'
import type { Relation } from './catalog.ts'
import { Parameters } from './fragments.ts'
import { neededColumns, planRead } from './plan.ts'
import type { Query } from './query.ts'
import { readQueryOf } from './read_sql.ts'
import { Refusal } from './refusal.ts'
import { requireAtMost, requireOne, type Work } from './work.ts'
import { type Conflict, deleteOf, insertOf, updateOf } from './write_sql.ts'

export async function write(work: Work, table: Relation): Promise<Response> {
  const { context, schema, query, media, database } = work
  const { preferences, method } = context
  const plan = planRead(query, schema, {
    schema: context.schema,
    name: table.name,
    fromSource: true,
    filtersRoot: false,
    maxRows: null,
  })
  const returns = preferences.return === 'representation' || preferences.return === 'headers-only'
  const returning = returns ? neededColumns(plan, table.key) : []
  const parameters = new Parameters()
  const body = method === 'DELETE' ? null : await bodyFor(work)
  const change = changeOf(work, table, body, returning, parameters)
  const isFull = preferences.return === 'representation'
  const statement = answerWrite(
    change,
    isFull ? readQueryOf(plan, parameters) : 'SELECT * FROM pgrst_source',
    {
      body: isFull ? bodyOf(media, null) : nothing,
      location: method === 'POST' && preferences.return === 'headers-only' ? table.key : null,
      counts: method === 'PUT' || method === 'POST' && preferences.resolution === 'merge-duplicates',
    },
  )
  const row = await database.transaction(context, false, async (run) => {
    const changed = await run(statement, parameters.values)
    if (method === 'PUT' && changed['page_total'] !== '1') {
      throw new Refusal(400, 'PGRST115', 'Payload values do not match URL in primary key column(s)')
    }
    if (media.kind === 'object') requireOne(changed)
    if (method === 'PATCH' || method === 'DELETE') requireAtMost(changed, context)
    return changed
  })
  return answerToWrite(row, table, media, context)
}

async function bodyFor({ request, query }: Work): Promise<Body> {
  const columns = request.method === 'PUT' ? null : query.columns
  return readBody(await request.text(), contentTypeOf(request.headers), { columns, isCall: false })
}

function changeOf(
  { context, query }: Work,
  table: Relation,
  body: Body | null,
  returning: string[],
  parameters: Parameters,
): string {
  const { preferences, method } = context
  const where = [
    ...query.filters.filter(({ path }) => path.length === 0).map(({ filter }) => filter),
    ...query.logic.filter(({ path }) => path.length === 0).map(({ tree }) => tree),
  ]
  const write = {
    table,
    where,
    returning,
    appliesDefaults: preferences.missing === 'default' && method !== 'PUT',
  }
  if (body === null) return deleteOf(write, parameters)
  if (method === 'PATCH') return updateOf(write, body, parameters)
  if (method === 'PUT') {
    requireKey(query, table)
    return insertOf(write, body, { resolution: 'merge-duplicates', columns: table.key }, true, parameters)
  }
  const conflict: Conflict | null = preferences.resolution
    ? { resolution: preferences.resolution, columns: query.onConflict ?? table.key }
    : null
  return insertOf(write, body, conflict, false, parameters)
}

/** A PUT names its row by the primary key alone. */
function requireKey({ filters, logic, ranges }: Query, { key }: Relation): void {
  if (ranges.some(({ path, range }) => path.length === 0 && (range.limit !== null || range.offset > 0))) {
    throw new Refusal(400, 'PGRST114', 'limit/offset querystring parameters are not allowed for PUT')
  }
  const names = filters.map(({ path, filter }) =>
    path.length === 0 && !filter.negated && filter.operation.kind === 'compare' &&
      filter.operation.operator === '=' &&
      !filter.operation.quantifier
      ? filter.field.name
      : null
  )
  const isKey = key.length > 0 && names.length === key.length && key.every((column) => names.includes(column))
  if (isKey && logic.length === 0) return
  throw new Refusal(
    405,
    'PGRST105',
    "Filters must include all and only primary key columns with 'eq' operators",
  )
}
