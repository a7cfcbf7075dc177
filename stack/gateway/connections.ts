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
import { z } from 'zod'
import { isPostgresError } from '../rest/database_errors.ts'

/** What the connections know of the current request. */
type CurrentRequest = {
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

/** What the database raised during a request to Storage. */
const storageRequest = new AsyncLocalStorage<StorageRefusal>()

type StorageRefusal = { code: string | null; detail?: string | undefined }

/** Like `connect` for the Storage service, with the codes of refused queries for `withinStorage`. */
export function connectStorage(adminUrl: string, max: number): PostgresConnection {
  const connection = connect(adminUrl, 'supabase_storage_admin', max)
  const original = (connection as unknown as Internals).withContext.bind(connection)
  const withContext: Internals['withContext'] = async (context, run, options) => {
    try {
      return await original(context, run, options)
    } catch (cause) {
      const request = storageRequest.getStore()
      if (request && isPostgresError(cause)) {
        Object.assign(request, { code: cause.code, detail: cause.detail })
      }
      throw cause
    }
  }
  return Object.assign(connection, { withContext })
}

/**
 * `@supabase/lite` answers an error that a trigger raises without its code; the platform's own service adds it to its
 * message. That one answers 500 as well for a refusal of ours (`PT4xx`), which here has the status that it names, so that a
 * client that knows nothing of the code waits or gives up as it should.
 */
export async function withinStorage(work: () => Promise<Response>): Promise<Response> {
  const request: StorageRefusal = { code: null }
  const response = await storageRequest.run(request, work)
  if (response.status !== 500 || request.code === null) return response
  const status = Number(/^PT(4\d\d)$/.exec(request.code)?.[1] ?? 500)
  const retryAfter = status === 429 ? retryAfterOf(request.detail) : null
  const code = status === 500 ? 'DatabaseError' : request.code
  const message = `database error, code: ${request.code}`
  return Response.json({ statusCode: String(status), code, error: code, message }, {
    status,
    headers: retryAfter === null ? {} : { 'retry-after': `${retryAfter}` },
  })
}

/** The seconds to wait, which such a refusal has in its detail. */
function retryAfterOf(detail: string | undefined): number | null {
  try {
    const { success, data } = Wait.safeParse(JSON.parse(detail ?? ''))
    return success ? data.retry_after : null
  } catch {
    return null
  }
}

const Wait = z.object({ retry_after: z.number() })

/** Runs a request, whose headers the database can read, as on the platform. */
export function withinRequest<T>({ headers }: Request, work: () => T): T {
  return currentRequest.run({ headers: JSON.stringify(Object.fromEntries(headers)) }, work)
}

/** Sets the role, the claims and the headers of the caller for the rest of the transaction, in one round trip instead of six. */
async function assumeCaller(db: Kysely<unknown>, context: Context): Promise<void> {
  const role = context.auth?.role ?? 'anon'
  const claims = JSON.stringify(context.auth?.jwt ?? { role })
  await sql`select set_config('request.jwt.claims', ${claims}, true),
    set_config('request.jwt.claim.sub', ${context.auth?.uid ?? ''}, true),
    set_config('request.jwt.claim.role', ${role}, true),
    set_config('request.headers', ${currentRequest.getStore()?.headers ?? ''}, true),
    set_config('storage.operation', ${context.storage?.operation ?? ''}, true),
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
