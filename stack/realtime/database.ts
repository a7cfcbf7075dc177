/**
 * Realtime's connections to Postgres. Its queries can be repeated, so a lost connection costs time and nothing else.
 * A query is repeated on new connections: the driver's own reconnection may answer it with rows of an earlier query.
 */
import pRetry from 'p-retry'
import postgres from 'postgres'
import { isLostConnection } from '../database/lost_connections.ts'

type Setup = {
  /** As a superuser, who may become each caller. */
  adminUrl: string
  /** Size of the connection pool. */
  max: number
  /** Settings of the sessions. */
  settings?: Partial<postgres.ConnectionParameters>
  onLog: (line: string) => void
}

export class Database {
  #setup: Setup
  #sql: postgres.Sql
  #ended = false

  constructor(setup: Setup) {
    this.#setup = setup
    this.#sql = this.#open()
  }

  /** Rejects if Postgres refuses, or cannot be reached for about three seconds. */
  ask<T>(question: (sql: postgres.Sql) => PromiseLike<T>): Promise<T> {
    return pRetry(async () => {
      const sql = this.#sql
      const answer = await question(sql).then((value) => ({ value }), (cause) => {
        if (isLostConnection(cause)) this.#replace(sql)
        throw cause
      })
      if (sql !== this.#sql) throw new Replaced()
      return answer.value
    }, {
      retries: 15,
      minTimeout: 20,
      maxTimeout: 300,
      factor: 2,
      shouldRetry: ({ error }) => (isLostConnection(error) || error instanceof Replaced) && !this.#ended,
    })
  }

  async end(): Promise<void> {
    this.#ended = true
    await this.#sql.end({ timeout: 1 })
  }

  #open(): postgres.Sql {
    const { adminUrl, max, settings, onLog } = this.#setup
    return postgres(adminUrl, {
      max,
      onnotice: ({ severity, message }) => {
        if (severity === 'WARNING') onLog(String(message))
      },
      connection: { application_name: 'plinth realtime', ...settings },
    })
  }

  #replace(sql: postgres.Sql): void {
    if (this.#ended || this.#sql !== sql) return
    this.#sql = this.#open()
    void sql.end({ timeout: 1 }).catch(() => {})
  }
}

/** Another query found the connections lost, so the answer of this one may be wrong. */
class Replaced extends Error {}
