/** REST: what PostgREST 13 answers, with the statements that it sends. */
import { call } from './calls.ts'
import type { Caller } from './caller.ts'
import type { Relation } from './catalog.ts'
import type { RequestContext, Transactions } from './database.ts'
import { negotiate } from './media_types.ts'
import { readPreferences } from './preferences.ts'
import { readQuery } from './query.ts'
import { topRange } from './ranges.ts'
import { read } from './reads.ts'
import { Refusal } from './refusal.ts'
import { mostSimilar } from './similar.ts'
import type { Limits, Work } from './work.ts'
import { write } from './writes.ts'

const methods = ['GET', 'HEAD', 'POST', 'PATCH', 'PUT', 'DELETE', 'OPTIONS']

/** Answers a request below /rest/v1; throws a Refusal, or what the database raised. */
export async function serve(
  request: Request,
  caller: Caller,
  database: Transactions,
  limits: Limits,
): Promise<Response> {
  const url = new URL(request.url)
  const { method, headers } = request
  const { path, name, isCall } = targetOf(decode(url.pathname), method)
  const { end } = await database.settings()
  const context: RequestContext = {
    caller,
    schema: schemaOf(request, limits.schemas),
    method,
    path,
    headers,
    preferences: readPreferences(headers.get('prefer'), end),
  }
  const reads = method === 'GET' || method === 'HEAD'
  const query = readQuery(url.searchParams, isCall && reads)
  const range = topRange(query, method === 'GET' ? headers.get('range') : null)
  query.ranges = [...query.ranges.filter((each) => each.path.length > 0), { path: [], range }]
  const schema = await database.schema()
  const media = negotiate(headers.get('accept'))
  const work: Work = { request, context, schema, query, media, database, limits }
  if (isCall) return await call(work, name)
  const table = findTable(work, name)
  if (method === 'OPTIONS') return new Response(null, { headers: { allow: methods.join(',') } })
  return reads ? await read(work, table) : await write(work, table)
}

/** The table or function of a path. */
function targetOf(pathname: string, method: string): { path: string; name: string; isCall: boolean } {
  const path = pathname.slice('/rest/v1'.length)
  const [, rpc, name] = /^\/(rpc\/)?([^/]+)$/.exec(path) ?? []
  if (name === undefined) throw new Refusal(404, 'PGRST125', 'Invalid path specified in request URL')
  if (!methods.includes(method)) throw new Refusal(405, 'PGRST117', `Unsupported HTTP method: ${method}`)
  if (rpc && !['GET', 'HEAD', 'POST', 'OPTIONS'].includes(method)) {
    throw new Refusal(405, 'PGRST101', `Cannot use the ${method} method on RPC`)
  }
  return { path, name, isCall: rpc !== undefined }
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
  const similar = mostSimilar(name, schema.names(context.schema))
  throw new Refusal(
    404,
    'PGRST205',
    `Could not find the table '${context.schema}.${name}' in the schema cache`,
    null,
    similar === null ? null : `Perhaps you meant the table '${context.schema}.${similar}'`,
  )
}
