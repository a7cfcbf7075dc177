/**
 * The service's connections to the database may be lost. What can be asked twice is asked again, and never on what is
 * left of a lost connection: in the driver it may still hold rows and errors of what was asked before.
 */
import pRetry from 'p-retry'
import postgres from 'postgres'

type Options = postgres.Options<Record<string, never>>

/** Codes of the driver and of Postgres for a connection that cannot be used; class 08 is of connections altogether. */
const lost =
  /^(08...|57P0[123]|CONNECTION_(CLOSED|DESTROYED|ENDED)|CONNECT_TIMEOUT|ECONN(REFUSED|RESET)|EPIPE)$/
/** How long connecting may take, and answers on its other connections once one was lost, in seconds. */
const patience = 5

export function isLostConnection(cause: unknown): boolean {
  return cause instanceof Error && 'code' in cause && lost.test(String(cause.code))
}

/** Connections that are left for new ones, all of them, once one was lost. */
export function connect(url: string, options: Options): postgres.Sql {
  const open = (): postgres.Sql => {
    const sql: postgres.Sql = postgres(url, {
      ...options,
      connect_timeout: patience,
      onclose: () => {
        if (sql !== current) return
        current = open()
        void sql.end({ timeout: patience })
      },
    })
    return sql
  }
  let current = open()
  return new Proxy(current, {
    apply: (_, self, question) => Reflect.apply(current, self, question),
    get: (_, name) => Reflect.get(current, name),
  })
}

/** Asks the database, again if the connection was lost, for about three seconds. */
export function askAgain<T>(ask: () => PromiseLike<T>): Promise<T> {
  return pRetry(async () => isWhole(await ask()), {
    retries: 15,
    minTimeout: 20,
    maxTimeout: 300,
    factor: 2,
    shouldRetry: ({ error }) => isLostConnection(error),
  })
}

/** What was waiting for a connection may still get one that was lost, and rows behind as many gaps as it had answered. */
function isWhole<T>(rows: T): T {
  if (Array.isArray(rows) && 'count' in rows && rows.length > Number(rows.count)) {
    throw Object.assign(new Error('The connection was lost before'), { code: 'CONNECTION_CLOSED' })
  }
  return rows
}
