/** Subscriptions to changes: reads what a client asks for, and enters it in the database as the platform does. */
import postgres from 'postgres'
import type { Database } from './database.ts'
import { compile, type Filter, FilterError, parseFilters, type Test } from './filters.ts'
import { inspect } from './inspect.ts'
import { parseJson } from './rows.ts'
import type { Claims } from './tokens.ts'

export type Event = '*' | 'INSERT' | 'UPDATE' | 'DELETE'

/** The changes that a client subscribes to; `*` stands for every schema or table. */
type Wanted = {
  event: Event
  schema: string
  table: string
  filters: Filter[]
  /** Columns, or null for all. */
  select: string[] | null
}

/** A refused subscription. The message is the platform's. */
export class SubscriptionError extends Error {
  override name = 'SubscriptionError'
}

/** Reads one entry of a channel's `postgres_changes`; throws a SubscriptionError. */
export function readWanted(params: unknown): Wanted {
  const given: Record<string, unknown> = typeof params === 'object' && params !== null ? { ...params } : {}
  const { schema, table, filter } = given
  const event = readEvent(given.event)
  const select = readSelect(given.select)
  const wanted = (schema: string, table: string, filters: Filter[]): Wanted => {
    if (select && (schema === '*' || table === '*')) {
      throw new SubscriptionError(
        'Column selection is not supported for wildcard subscriptions. Provide an explicit schema and table name.',
      )
    }
    return { event, schema, table, filters, select }
  }
  if (typeof schema === 'string' && typeof table === 'string' && typeof filter === 'string') {
    try {
      return wanted(schema, table, parseFilters(filter))
    } catch (cause) {
      if (cause instanceof FilterError) {
        throw new SubscriptionError(`Error parsing \`filter\` params: ${cause.message}`)
      }
      throw cause
    }
  }
  if (filter === undefined) {
    if (typeof schema === 'string' && typeof table === 'string') return wanted(schema, table, [])
    if (typeof schema === 'string' && table === undefined) return wanted(schema, '*', [])
    if (typeof table === 'string' && schema === undefined) return wanted('public', table, [])
  }
  throw new SubscriptionError(
    `No subscription params provided. Please provide at least a \`schema\` or \`table\` to subscribe to: ${
      'user_token' in given || 'auth_token' in given ? '<redacted>' : inspect(params)
    }`,
  )
}

function readEvent(event: unknown): Event {
  const name = String(event).toUpperCase()
  return name === 'INSERT' || name === 'UPDATE' || name === 'DELETE' ? name : '*'
}

function readSelect(select: unknown): string[] | null {
  if (typeof select === 'string') {
    throw new SubscriptionError(
      'Error parsing `select` params: expected a list of column name strings, e.g. select: ["col1", "col2"]',
    )
  }
  const names = Array.isArray(select) ? select.filter((name) => typeof name === 'string') : []
  return names.length > 0 ? names : null
}

/** A table of a subscription, with all filters. `test` is null where only Postgres can evaluate the filter. */
export type Target = { relation: string; conditions: { filter: Filter; test: Test | null }[] }

/** Enters a subscription. Throws a SubscriptionError if it matches no published table, or if Postgres refuses it. */
export async function enter(
  database: Database,
  id: string,
  { event, schema, table, filters, select }: Wanted,
  claims: Claims,
): Promise<Target[]> {
  const params = `[event: ${event}, schema: ${schema}, table: ${table}, filters: [${
    filters.map((filter) =>
      `{${[filter.column, filter.operator, filter.value, filter.negated].map(inspect).join(', ')}}`
    ).join(', ')
  }], select: ${inspect(select)}]`
  const columns = filters.map((filter) => filter.column)
  const operators = filters.map((filter) => filter.operator)
  const values = filters.map((filter) => filter.value)
  const negations = filters.map((filter) => String(filter.negated))
  let rows
  try {
    rows = await database.ask((sql) =>
      sql<{ relation: string; types: string[]; compared: string }[]>`
      select relation::text, types, compared::text
      from _realtime.subscribe(${id}, ${sql.json(claims as never)}, ${event}, ${schema}, ${table},
        ${columns}, ${operators}, ${values}, ${negations}::text[]::boolean[], ${select})`
    )
  } catch (cause) {
    if (!(cause instanceof postgres.PostgresError)) throw cause
    throw new SubscriptionError(
      'Unable to subscribe to changes with given parameters. An exception happened so please check your connect ' +
        `parameters: ${params}. Exception: ${describe(cause)}`,
    )
  }
  if (rows.length === 0) {
    throw new SubscriptionError(
      'Unable to subscribe to changes with given parameters. Please check Realtime is enabled for the given connect ' +
        `parameters: ${params}`,
    )
  }
  return rows.map(({ relation, types, compared }) => {
    const literals = parseJson(compared) as unknown[]
    const conditions = filters.map((filter, index) => ({
      filter,
      test: compile(filter, types[index] ?? '', literals[index]),
    }))
    return { relation, conditions }
  })
}

export async function withdraw(database: Database, ids: string[]): Promise<void> {
  await database.ask((sql) =>
    sql`delete from realtime.subscription where subscription_id = any (${ids}::uuid[])`
  )
}

/** Condition names that the platform writes beside an SQLSTATE. */
const conditions: Record<string, string> = {
  '22003': 'numeric_value_out_of_range',
  '22007': 'invalid_datetime_format',
  '22008': 'datetime_field_overflow',
  '22P02': 'invalid_text_representation',
  '42501': 'insufficient_privilege',
  '42704': 'undefined_object',
  'P0001': 'raise_exception',
}

function describe({ severity, code, message }: postgres.PostgresError): string {
  const condition = conditions[code]
  return `${severity} ${code}${condition ? ` (${condition})` : ''} ${message}`
}
