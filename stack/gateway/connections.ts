/**
 * The database connections of `@supabase/lite`, changed where they behave differently from the platform.
 */
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

/** Private methods of the connections that this module replaces. */
type Internals = {
  ensureRlsContext(): Promise<boolean>
  applyJwtSessionContext(db: Kysely<unknown>, context: Context, assumeRole: boolean): Promise<void>
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
  const internals: Internals = {
    // The original grants all rights on tables with row level security to anon. The migrations alone decide on grants.
    ensureRlsContext: () => Promise.resolve(true),
    applyJwtSessionContext: assumeCaller,
  }
  return Object.assign(connection, internals)
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
 * Auth sends JSON text, and encoding it again would store a string; other values arrive as they are. So a string that is
 * valid JSON is taken for JSON text: the string "5" becomes a number.
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

/** Sets the role and the claims of the caller for the rest of the transaction, in one round trip instead of six. */
async function assumeCaller(db: Kysely<unknown>, context: Context): Promise<void> {
  const role = context.auth?.role ?? 'anon'
  const claims = JSON.stringify(context.auth?.jwt ?? { role })
  await sql`select set_config('request.jwt.claims', ${claims}, true),
    set_config('request.jwt.claim.sub', ${context.auth?.uid ?? ''}, true),
    set_config('request.jwt.claim.role', ${role}, true),
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
