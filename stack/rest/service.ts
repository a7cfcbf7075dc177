/** REST: what PostgREST 13 answers, with the statements that it sends. */
import { answerCall, answerRead, answerWrite, bodyOf, nothing } from './answer_sql.ts'
import { type Body, contentTypeOf, readBody } from './body.ts'
import type { Caller } from './caller.ts'
import type { RequestContext, Row, Transactions } from './database.ts'
import { Parameters } from './fragments.ts'
import { type MediaType, negotiate } from './media_types.ts'
import { neededColumns, type Node, planRead } from './plan.ts'
import { readPreferences } from './preferences.ts'
import { type Query, readQuery } from './query.ts'
import { countQueryOf, readQueryOf } from './read_sql.ts'
import { Refusal } from './refusal.ts'
import { answerToCall, answerToRead, answerToWrite } from './answers.ts'
import { callOf, findRoutine, returnsSingle } from './routines.ts'
import type { Relation } from './catalog.ts'
import type { Schema } from './schema.ts'
import { topRange } from './ranges.ts'
import { type Conflict, deleteOf, insertOf, updateOf } from './write_sql.ts'

export type Limits = {
  /** Exposed; the first one is meant where a request names none. */
  schemas: string[]
  /** The most rows of each table in an answer. */
  maxRows: number
}

/** What the steps of a request share. */
export type Work = {
  request: Request
  context: RequestContext
  schema: Schema
  query: Query
  media: MediaType
  database: Transactions
  limits: Limits
}

const methods = ['GET', 'HEAD', 'POST', 'PATCH', 'PUT', 'DELETE', 'OPTIONS']

/** Answers a request below /rest/v1; throws a Refusal, or what the database raised. */
export async function serve(
  request: Request,
  caller: Caller,
  database: Transactions,
  limits: Limits,
): Promise<Response> {
  const url = new URL(request.url)
  const path = decode(url.pathname).slice('/rest/v1'.length)
  const [, isCall, name] = /^\/(rpc\/)?([^/]+)$/.exec(path) ?? []
  if (name === undefined) throw new Refusal(404, 'PGRST125', 'Invalid path specified in request URL')
  const { method, headers } = request
  if (!methods.includes(method)) throw new Refusal(405, 'PGRST117', `Unsupported HTTP method: ${method}`)
  if (isCall && !['GET', 'HEAD', 'POST', 'OPTIONS'].includes(method)) {
    throw new Refusal(405, 'PGRST101', `Cannot use the ${method} method on RPC`)
  }
  const context: RequestContext = {
    caller,
    schema: schemaOf(request, limits.schemas),
    method,
    path,
    headers,
    preferences: readPreferences(headers.get('prefer')),
  }
  const reads = method === 'GET' || method === 'HEAD'
  const query = readQuery(url.searchParams, Boolean(isCall) && reads)
  const range = topRange(query, reads ? headers.get('range') : null)
  query.ranges = [...query.ranges.filter((each) => each.path.length > 0), { path: [], range }]
  const schema = await database.schema()
  const media = negotiate(headers.get('accept'))
  const work: Work = { request, context, schema, query, media, database, limits }
  if (isCall) return await call(work, name)
  const table = findTable(work, name)
  if (method === 'OPTIONS') return new Response(null, { headers: { allow: methods.join(',') } })
  return reads ? await read(work, table) : await write(work, table)
}

function decode(pathname: string): string {
  try {
    return decodeURI(pathname)
  } catch {
    return pathname
  }
}

/** The schema that a request names in its headers, or else the first. */
function schemaOf({ method, headers }: Request, schemas: string[]): string {
  const name = headers.get(method === 'GET' || method === 'HEAD' ? 'accept-profile' : 'content-profile') ??
    schemas[0] ?? ''
  if (schemas.includes(name)) return name
  throw new Refusal(
    406,
    'PGRST106',
    `Invalid schema: ${name}`,
    null,
    `Only the following schemas are exposed: ${schemas.join(', ')}`,
  )
}

function findTable({ schema, context }: Work, name: string): Relation {
  const table = schema.relation(context.schema, name)
  if (table) return table
  throw new Refusal(
    404,
    'PGRST205',
    `Could not find the table '${context.schema}.${name}' in the schema cache`,
  )
}

async function read(
  { context, schema, query, media, database, limits, request }: Work,
  { name }: Relation,
): Promise<Response> {
  const root = { schema: context.schema, name, fromSource: false, filtersRoot: true, maxRows: limits.maxRows }
  const plan = planRead(query, schema, root)
  const parameters = new Parameters()
  const reading = readQueryOf(plan, parameters)
  const count = context.preferences.count ? countQueryOf(plan, parameters) : null
  const body = context.method === 'HEAD' ? nothing : bodyOf(media, null)
  const statement = answerRead(reading, count, body)
  const row = await database.transaction(context, true, async (run) => {
    const found = await run(statement, parameters.values)
    if (media.kind === 'object') requireOne(found)
    return found
  })
  return answerToRead(row, plan, media, context, new URL(request.url).searchParams)
}

function requireOne({ page_total: total }: Row): void {
  if (total === '1') return
  throw new Refusal(
    406,
    'PGRST116',
    'Cannot coerce the result to a single JSON object',
    `The result contains ${total} rows`,
  )
}

/** With `handling=strict`, at most so many rows may be concerned. */
function requireAtMost({ page_total: total }: Row, { preferences }: RequestContext): void {
  const { handling, maxAffected } = preferences
  if (handling !== 'strict' || maxAffected === undefined || Number(total) <= maxAffected) return
  throw new Refusal(
    400,
    'PGRST124',
    'Query result exceeds max-affected preference constraint',
    `The query affects ${total} rows`,
  )
}

async function write(work: Work, table: Relation): Promise<Response> {
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

async function call(
  { context, schema, query, media, database, limits, request }: Work,
  name: string,
): Promise<Response> {
  const { method, preferences } = context
  const isPost = method === 'POST'
  const contentType = contentTypeOf(request.headers)
  const body = isPost
    ? readBody(await request.text(), contentType, { columns: query.columns, isCall: true })
    : null
  const keys = body ? body.keys : [...new Set(query.arguments.map(([key]) => key))].sort()
  const routine = findRoutine({ schema: context.schema, name, keys, contentType, isPost }, schema)
  const changes = routine.volatility === 'v'
  if (method === 'OPTIONS') {
    return new Response(null, { headers: { allow: changes ? 'OPTIONS,POST' : 'OPTIONS,GET,HEAD,POST' } })
  }
  const plan: Node = planRead(query, schema, {
    schema: context.schema,
    name: routine.isComposite ? routine.resultName : routine.name,
    fromSource: true,
    filtersRoot: true,
    maxRows: limits.maxRows,
  })
  if (returnsSingle(routine) && preferences.handling === 'strict' && preferences.maxAffected !== undefined) {
    throw new Refusal(
      400,
      'PGRST128',
      'Function must return SETOF or TABLE when max-affected preference is used with handling=strict',
    )
  }
  const parameters = new Parameters()
  const called = callOf(routine, body ? { body } : { named: query.arguments }, plan, parameters)
  const reading = readQueryOf(plan, parameters)
  const count = preferences.count ? countQueryOf(plan, parameters) : null
  const statement = answerCall(
    routine,
    called,
    reading,
    count,
    method === 'HEAD' ? nothing : bodyOf(media, routine),
  )
  const row = await database.transaction(context, !isPost || !changes, async (run) => {
    const result = await run(statement, parameters.values)
    if (media.kind === 'object') requireOne(result)
    requireAtMost(result, context)
    return result
  })
  return answerToCall(row, routine, plan, media, context)
}
