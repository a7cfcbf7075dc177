/**
 * The database connections of `@supabase/lite`, changed where they behave differently from the platform.
 */
import { AsyncLocalStorage } from 'node:async_hooks'
import { createPostgresConnection, type PostgresConnection } from '@supabase/lite/postgres'
import {
  type ColumnNode,
  type InsertQueryNode,
  type Kysely,
  type KyselyPlugin,
  type PrimitiveValueListNode,
  type RootOperationNode,
  sql,
  type ValuesNode,
} from 'kysely'
import type { PostgresType } from 'postgres'
import { databaseErrorResponse } from './database_errors.ts'

/** What `@supabase/lite` reads about a database. */
type Introspection = Awaited<ReturnType<PostgresConnection['introspect']>>

/** What the connections know of the current request. */
type CurrentRequest = {
  /** The schema that it is about, where its service has schemas. */
  schema?: string
  /** As JSON, for `request.headers`. */
  headers: string
}

const currentRequest = new AsyncLocalStorage<CurrentRequest>()

/** Private methods of the connections that this module replaces. */
type Internals = {
  ensureRlsContext(): Promise<boolean>
  applyJwtSessionContext(db: Kysely<unknown>, context: Context, assumeRole: boolean): Promise<void>
  withContext(context: Context | undefined, run: unknown, options?: unknown): Promise<unknown>
}
type Context = {
  auth?: { uid?: string | null; role?: string; jwt?: Record<string, unknown> | null }
}

/** A pool of at most `max` connections of a superuser's URL, working as `role`. */
export function connect(adminUrl: string, role: string, max: number): PostgresConnection {
  const connection = createPostgresConnection({
    url: adminUrl,
    postgresOptions: {
      max,
      onnotice: () => {},
      connection: {
        role,
        application_name: 'plinth',
      },
      types: postgrestTypes,
    },
  })
  connection.kysely = connection.kysely.withPlugin(databaseNumbersRefreshTokens)
  const internals: Omit<Internals, 'withContext'> = {
    // The original grants all rights on tables with row level security to anon. The migrations alone decide on grants.
    ensureRlsContext: () => Promise.resolve(true),
    applyJwtSessionContext: assumeCaller,
  }
  return Object.assign(connection, internals)
}

/** A connection for REST, which calls the function that the database names for PostgREST before every request. */
type RestConnection = PostgresConnection & {
  /** The next request reads the name again, as PostgREST does when its configuration is reloaded. */
  reloadConfig(): void
}

/** Converts values as PostgREST does: numeric to numbers, and times to ISO 8601. */
const postgrestTypes: Record<string, PostgresType> = {
  numeric: { to: 1700, from: [1700], serialize: String, parse: Number },
  json: { to: 114, from: [114], serialize: jsonText, parse: JSON.parse },
  jsonb: { to: 3802, from: [3802], serialize: jsonText, parse: JSON.parse },
  timestamp: { to: 1114, from: [1114], serialize: (time) => time, parse: isoTime },
  timestamptz: { to: 1184, from: [1184], serialize: (time) => time, parse: isoTime },
}

/**
 * Auth and RPC arguments arrive as JSON text, and encoding them again would store a string; columns arrive as values. So
 * a string that is valid JSON is taken for JSON text: the string "5" becomes a number.
 */
function jsonText(value: unknown): string {
  if (typeof value === 'string') {
    try {
      JSON.parse(value)
      return value
    } catch {
      // It is a value.
    }
  }
  return JSON.stringify(value)
}

/** `2026-01-31 12:00:00+00` as `2026-01-31T12:00:00+00:00`. */
function isoTime(text: string): string {
  return text.replace(' ', 'T').replace(/([+-]\d\d)$/, '$1:00')
}

/** Like `connect`, but refused queries are answered as by PostgREST. */
export function connectRest(adminUrl: string, max: number): RestConnection {
  const connection = connect(adminUrl, 'none', max)
  /** Undefined until a request has read it. */
  let preRequest: string | null | undefined
  const applyJwtSessionContext: Internals['applyJwtSessionContext'] = async (db, context) => {
    // By the connection of the request: there may be no other one.
    const name = preRequest === undefined ? preRequest = await readPreRequest(db) : preRequest
    await assumeCaller(db, context)
    if (name) await sql`select ${sql.raw(name)}()`.execute(db)
  }
  const original = (connection as unknown as Internals).withContext.bind(connection)
  const withContext: Internals['withContext'] = async (context, run, options) => {
    try {
      return await original(context, run, options)
    } catch (cause) {
      const response = databaseErrorResponse(cause, context?.auth?.role ?? 'anon')
      if (response) return response
      throw cause
    }
  }
  const introspect = connection.introspect.bind(connection)
  const narrowed = new WeakMap<Introspection, Map<string, Introspection>>()
  return Object.assign(connection, {
    applyJwtSessionContext,
    reloadConfig: () => {
      preRequest = undefined
    },
    withContext,
    introspect: async (options: Parameters<typeof introspect>[0]) =>
      withinSchema(await introspect(options), currentRequest.getStore()?.schema, narrowed),
  })
}

/** `pgrst.db_pre_request` of the role authenticator, where PostgREST reads its configuration; quoted, or null. */
async function readPreRequest(db: Kysely<unknown>): Promise<string | null> {
  const { rows: [setting] } = await sql<{ name: string }>`
    select to_regproc(split_part(c.setting, '=', 2))::text as name
    from pg_db_role_setting as s cross join unnest(s.setconfig) as c (setting)
    where s.setrole = 'authenticator'::regrole and c.setting like 'pgrst.db_pre_request=%'`.execute(db)
  return setting?.name ?? null
}

/** Runs a request, whose headers the database can read, as on the platform. */
export function withinRequest<T>({ headers }: Request, schema: string | undefined, work: () => T): T {
  return currentRequest.run({
    ...(schema ? { schema } : {}),
    headers: JSON.stringify(Object.fromEntries(headers)),
  }, work)
}

/**
 * `@supabase/lite` finds embedded tables by their name alone, so it would select columns of realtime.messages from
 * dashboard.messages. PostgREST looks in the schema of the request: its tables hide those of the same name elsewhere.
 */
function withinSchema(
  database: Introspection,
  schema: string | undefined,
  narrowed: WeakMap<Introspection, Map<string, Introspection>>,
): Introspection {
  if (schema === undefined) return database
  const schemas = narrowed.get(database) ?? new Map<string, Introspection>()
  narrowed.set(database, schemas)
  const within = schemas.get(schema) ?? { ...database, ...only(database, schema) }
  schemas.set(schema, within)
  return within
}

function only(database: Introspection, schema: string): Partial<Introspection> {
  const names = new Set(database.tables.filter((table) => table.schema === schema).map(({ name }) => name))
  const visible = <T extends { schema?: string | undefined }>(items: T[], nameOf: (item: T) => string): T[] =>
    items.filter((item) => item.schema === schema || !names.has(nameOf(item)))
  const ofTable = ({ table }: { table: string }): string => table
  return {
    tables: visible(database.tables, ({ name }) => name),
    views: visible(database.views, ({ name }) => name),
    columns: visible(database.columns, ofTable),
    primary_keys: visible(database.primary_keys, ofTable),
    unique_constraints: visible(database.unique_constraints, ofTable),
    foreign_keys: visible(database.foreign_keys, ofTable),
  }
}

/** Sets the role, the claims and the headers of the caller for the rest of the transaction, in one round trip instead of six. */
async function assumeCaller(db: Kysely<unknown>, context: Context): Promise<void> {
  const role = context.auth?.role ?? 'anon'
  const claims = JSON.stringify(context.auth?.jwt ?? { role })
  await sql`select set_config('request.jwt.claims', ${claims}, true),
    set_config('request.jwt.claim.sub', ${context.auth?.uid ?? ''}, true),
    set_config('request.jwt.claim.role', ${role}, true),
    set_config('request.headers', ${currentRequest.getStore()?.headers ?? ''}, true),
    set_config('role', ${role}, true)`.execute(db)
}

/**
 * `@supabase/lite` inserts uuids as ids of refresh tokens, whereas the platform's auth.refresh_tokens.id is a bigint that
 * the database assigns. Nothing refers to it, so the column is left out of the insert.
 */
const databaseNumbersRefreshTokens: KyselyPlugin = {
  transformQuery: ({ node }) => node.kind === 'InsertQueryNode' ? withoutId(node) : node,
  transformResult: ({ result }) => Promise.resolve(result),
}

function withoutId(insert: InsertQueryNode): RootOperationNode {
  const at = insert.columns?.findIndex((column: ColumnNode) => column.column.name === 'id') ?? -1
  if (insert.into?.table.identifier.name !== 'refresh_tokens' || at < 0) return insert
  const values = insert.values as ValuesNode
  const others = <T>(items: readonly T[]): T[] => items.filter((_, index) => index !== at)
  return {
    ...insert,
    columns: others(insert.columns ?? []),
    values: {
      ...values,
      values: values.values.map((row) => ({ ...row, values: others(row.values) }) as PrimitiveValueListNode),
    } as ValuesNode,
  }
}
