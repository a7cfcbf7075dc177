/** Transactions of REST: each has the role, the claims and the headers of its caller. */
import { readFile } from 'node:fs/promises'
import postgres from 'postgres'
import type { Caller } from './caller.ts'
import type { Preferences, TransactionEnd } from './preferences.ts'
import { readSchema, type Schema } from './schema.ts'

/** What the database may know of a request. */
export type RequestContext = {
  caller: Caller
  schema: string
  method: string
  path: string
  headers: Headers
  preferences: Preferences
}

export type Row = Record<string, string | null>

/** Runs one statement within the transaction. */
export type Run = (text: string, values: (string | null)[]) => Promise<Row>

/** `pgrst.*` of the role authenticator, where PostgREST reads its configuration: the part that the platform follows. */
export type Settings = {
  /** The function to call before each request; quoted. */
  preRequest: string | null
  end: TransactionEnd
}

/** What answering a request needs of the database. */
export type Transactions = {
  /** What the database has; read again after a reload. */
  schema(): Promise<Schema>
  settings(): Promise<Settings>
  transaction<T>(context: RequestContext, readOnly: boolean, work: (run: Run) => Promise<T>): Promise<T>
}

/** Schemas that are searched after the one of a request, as hosted projects set it. */
const searchedSchemas = ['public', 'extensions']

/** Types of the driver whose values pass as the text that they are: the database reads and writes it. */
const passedOn = Object.fromEntries(
  [16, 17, 20, 21, 23, 26, 114, 700, 701, 1082, 1114, 1184, 1700, 3802].map((oid) => [
    `type${oid}`,
    { to: oid, from: [oid], serialize: (text: string) => text, parse: (text: string) => text },
  ]),
)

export class RestDatabase implements Transactions {
  readonly #sql: postgres.Sql
  readonly #schemas: string[]
  #schema: Promise<Schema> | null = null
  #settings: Promise<Settings> | null = null

  /** `adminUrl` is a superuser's, who may become each caller's role. `schemas` are the exposed ones. */
  constructor(adminUrl: string, { schemas, connections }: { schemas: string[]; connections: number }) {
    this.#schemas = schemas
    this.#sql = postgres(adminUrl, {
      max: connections,
      onnotice: () => {},
      fetch_types: false,
      connection: {
        role: 'none',
        application_name: 'plinth',
        search_path: 'public, extensions',
        TimeZone: 'UTC',
      },
      types: passedOn as unknown as Record<string, postgres.PostgresType>,
    })
  }

  async schema(): Promise<Schema> {
    return await (this.#schema ??= this.#readSchema().catch((cause) => {
      this.#schema = null
      throw cause
    }))
  }

  reloadSchema(): void {
    this.#schema = null
  }

  reloadConfig(): void {
    this.#settings = null
  }

  async settings(): Promise<Settings> {
    return await (this.#settings ??= this.#readSettings().catch((cause) => {
      this.#settings = null
      throw cause
    }))
  }

  async transaction<T>(
    context: RequestContext,
    readOnly: boolean,
    work: (run: Run) => Promise<T>,
  ): Promise<T> {
    const { preRequest, end } = await this.settings()
    const undoes = (context.preferences.tx ?? end.usually) === 'rollback'
    const mode = `isolation level read committed read ${readOnly ? 'only' : 'write'}`
    const result = this.#sql.begin(mode, async (sql) => {
      const settings = settingsOf(context)
      const list = settings.map(([name], index) => `set_config('${name}', $${index + 1}, true)`).join(', ')
      await sql.unsafe(`select ${list}`, settings.map(([, value]) => value), { prepare: true })
      if (preRequest) await sql.unsafe(`select ${preRequest}()`)
      const result = await work(async (text, values) => (await sql.unsafe<Row[]>(text, values))[0] ?? {})
      if (!undoes) return result
      await sql`set constraints all immediate`
      throw new Undone(result)
    }) as Promise<T>
    return await result.catch((cause) => {
      if (cause instanceof Undone) return cause.result as T
      throw cause
    })
  }

  async stop(): Promise<void> {
    await this.#sql.end({ timeout: 1 })
  }

  async #readSchema(): Promise<Schema> {
    const text = await readFile(new URL('schema.sql', import.meta.url), 'utf8')
    // In quotes, as the driver would need the type of arrays.
    const schemas = `{${this.#schemas.map((name) => JSON.stringify(name)).join(',')}}`
    const [row] = await this.#sql.unsafe<{ document: string }[]>(text, [schemas])
    return readSchema(row?.document ?? '')
  }

  async #readSettings(): Promise<Settings> {
    const rows = await this.#sql.unsafe<{ name: string; value: string }[]>(`
      select split_part(c.setting, '=', 1) as name, case split_part(c.setting, '=', 1)
        when 'pgrst.db_pre_request' then to_regproc(split_part(c.setting, '=', 2))::text
        else split_part(c.setting, '=', 2)
      end as value
      from pg_db_role_setting as s cross join unnest(s.setconfig) as c (setting)
      where s.setrole = 'authenticator'::regrole and c.setting like 'pgrst.%'`)
    const found = new Map(rows.map(({ name, value }) => [name, value]))
    const end = found.get('pgrst.db_tx_end') ?? 'commit'
    return {
      preRequest: found.get('pgrst.db_pre_request') ?? null,
      end: {
        usually: end.startsWith('rollback') ? 'rollback' : 'commit',
        mayDiffer: end.endsWith('-allow-override'),
      },
    }
  }
}

/** Thrown to undo a transaction whose answer stands. */
class Undone {
  constructor(readonly result: unknown) {}
}

function settingsOf(context: RequestContext): [name: string, value: string][] {
  const { caller, schema, method, path, headers, preferences } = context
  const searched = [schema, ...searchedSchemas].map((name) => JSON.stringify(name)).join(', ')
  return [
    ['search_path', searched],
    ['role', caller.role],
    ['request.jwt.claims', JSON.stringify(caller.claims)],
    ['request.method', method],
    ['request.path', path],
    ['request.headers', JSON.stringify(Object.fromEntries(headers))],
    ['request.cookies', JSON.stringify(cookiesOf(headers))],
    ...(preferences.timezone ? [['timezone', preferences.timezone] as [string, string]] : []),
  ]
}

function cookiesOf(headers: Headers): Record<string, string> {
  const pairs = (headers.get('cookie') ?? '').split(';').map((pair) => pair.trim().split('=', 2))
  return Object.fromEntries(pairs.filter(([name]) => name).map(([name = '', value = '']) => [name, value]))
}
