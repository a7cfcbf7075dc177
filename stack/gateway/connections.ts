/**
 * The database connections of `@supabase/lite`, brought to the platform's behaviour where the two differ.
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

/** What `@supabase/lite` knows of a database. */
type Introspection = Awaited<ReturnType<PostgresConnection['introspect']>>

/** The schema that the request under way is about. */
const requestedSchema = new AsyncLocalStorage<string>()

/** What `@supabase/lite` keeps to itself of its connections, and this module replaces. */
type Internals = {
  ensureRlsContext(): Promise<boolean>
  applyJwtSessionContext(db: Kysely<unknown>, context: Context, assumeRole: boolean): Promise<void>
  withContext(context: Context | undefined, run: unknown, options?: unknown): Promise<unknown>
}
type Context = {
  auth?: { uid?: string | null; role?: string; jwt?: Record<string, unknown> | null }
  storage?: { operation?: string }
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
        // The platform's own storage service says so too: its trigger refuses other deletes.
        ...(role === 'supabase_storage_admin' ? { 'storage.allow_delete_query': 'true' } : {}),
      },
      types: postgrestTypes,
    },
  })
  connection.kysely = connection.kysely.withPlugin(databaseNumbersRefreshTokens)
  const internals: Omit<Internals, 'withContext'> = {
    // Its own way to prepare for row level security grants everything to everybody; the migrations' grants are the law.
    ensureRlsContext: () => Promise.resolve(true),
    applyJwtSessionContext: assumeCaller,
  }
  return Object.assign(connection, internals)
}

/** How PostgREST writes what the driver reads: numbers whatever their scale, and times in ISO 8601. */
const postgrestTypes: Record<string, PostgresType> = {
  numeric: { to: 1700, from: [1700], serialize: String, parse: Number },
  json: { to: 114, from: [114], serialize: jsonText, parse: JSON.parse },
  jsonb: { to: 3802, from: [3802], serialize: jsonText, parse: JSON.parse },
  timestamp: { to: 1114, from: [1114], serialize: (time) => time, parse: isoTime },
  timestamptz: { to: 1184, from: [1184], serialize: (time) => time, parse: isoTime },
}

/**
 * Auth and RPC arguments come as JSON text already, and encoding that again would store a string; columns come as
 * values. So a string that is JSON is taken for text: a string such as "5" becomes the number.
 */
function jsonText(value: unknown): string {
  if (typeof value === 'string') {
    try {
      JSON.parse(value)
      return value
    } catch {
      // A value, then.
    }
  }
  return JSON.stringify(value)
}

/** `2026-01-31 12:00:00+00` as `2026-01-31T12:00:00+00:00`. */
function isoTime(text: string): string {
  return text.replace(' ', 'T').replace(/([+-]\d\d)$/, '$1:00')
}

/** Like `connect`, with a refused query answered as PostgREST answers it. */
export function connectRest(adminUrl: string, max: number): PostgresConnection {
  const connection = connect(adminUrl, 'none', max)
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
  return Object.assign(connection, {
    withContext,
    introspect: async (options: Parameters<typeof introspect>[0]) =>
      withinSchema(await introspect(options), requestedSchema.getStore()),
  })
}

/** Does something about one schema. */
export function inSchema<T>(schema: string, work: () => T): T {
  return requestedSchema.run(schema, work)
}

const known = new WeakMap<Introspection, Map<string, Introspection>>()

/**
 * `@supabase/lite` finds tables that a request embeds by their name alone, so the columns of realtime.messages would be
 * asked of dashboard.messages. PostgREST looks in the schema of the request: what has the same name there hides others.
 */
function withinSchema(database: Introspection, schema: string | undefined): Introspection {
  if (schema === undefined) return database
  const schemas = known.get(database) ?? new Map<string, Introspection>()
  known.set(database, schemas)
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

/** Becomes the caller for the rest of the transaction, in one round trip instead of six. */
async function assumeCaller(db: Kysely<unknown>, context: Context): Promise<void> {
  const role = context.auth?.role ?? 'anon'
  const claims = JSON.stringify(context.auth?.jwt ?? { role })
  await sql`select set_config('request.jwt.claims', ${claims}, true),
    set_config('request.jwt.claim.sub', ${context.auth?.uid ?? ''}, true),
    set_config('request.jwt.claim.role', ${role}, true),
    set_config('storage.operation', ${context.storage?.operation ?? ''}, true),
    set_config('role', ${role}, true)`.execute(db)
}

/**
 * `@supabase/lite` numbers refresh tokens with uuids, whereas the platform's auth.refresh_tokens.id is a bigint that
 * the database assigns. Nothing refers to it, so the column is left out of what lite inserts.
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
