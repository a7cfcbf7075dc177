/**
 * Sends the HTTP requests that the database asks for with net.http_post and the like, where the stand-in for pg_net is
 * (platform/65_net.sql). As with pg_net, a request is removed from the queue before it is sent, so it is sent at most
 * once, and its outcome is stored in net._http_response.
 */
import type postgres from 'postgres'
import { within } from './within.ts'

type Setup = {
  /** As a superuser, who owns the queue. */
  sql: postgres.Sql
  onLog: (line: string) => void
}

type QueuedRequest = {
  id: string
  method: string
  url: string
  headers: Record<string, string> | null
  body: string | null
  timeout_milliseconds: number
}
type Outcome = {
  status_code: number | null
  content_type: string | null
  headers: Record<string, string> | null
  content: string | null
  timed_out: boolean
  error_msg: string | null
}

/** How many requests are taken from the queue at once: the default of pg_net. */
const batchSize = 200
/** How long responses are kept: the default of pg_net. */
const responseTtl = '6 hours'
/** How long requests may take to finish when everything stops. */
const stopTimeoutMs = 2_000

/** Whether the database has the stand-in for pg_net, and not pg_net itself. */
export async function hasNetStandIn(sql: postgres.Sql): Promise<boolean> {
  const [found] = await sql<{ stands_in: boolean }[]>`
    select to_regclass('net.http_request_queue') is not null
      and not exists (select from pg_catalog.pg_extension where extname = 'pg_net') as stands_in`
  return found?.stands_in ?? false
}

/**
 * Stores the secrets of the vault with which private.invoke_function calls edge functions: the address of the API, and
 * a key.
 */
export async function storeFunctionSecrets(
  sql: postgres.Sql,
  secrets: { project_url: string; secret_key: string },
): Promise<void> {
  for (const [name, value] of Object.entries(secrets)) {
    const [known] = await sql<{ id: string }[]>`select id from vault.secrets where name = ${name}`
    if (known) await sql`select vault.update_secret(${known.id}, ${value})`
    else await sql`select vault.create_secret(${value}, ${name})`
  }
}

/** Sends requests until it is stopped. */
export async function startNet({ sql, onLog }: Setup): Promise<{ stop(): Promise<void> }> {
  const sender = new Sender(sql, onLog)
  await sender.start()
  return sender
}

class Sender {
  #sql: postgres.Sql
  #log: (line: string) => void
  #listening: { unlisten(): Promise<void> } | undefined
  #emptying: Promise<void> | null = null
  /** The queue may hold requests. */
  #isWoken = false
  #stopping = new AbortController()
  #sending = new Set<Promise<void>>()

  constructor(sql: postgres.Sql, onLog: (line: string) => void) {
    this.#sql = sql
    this.#log = onLog
  }

  async start(): Promise<void> {
    // The second callback runs at once, and after every reconnection: a notification may have been missed.
    this.#listening = await this.#sql.listen('pg_net', () => this.#wake(), () => this.#wake())
  }

  async stop(): Promise<void> {
    await this.#listening?.unlisten()
    await this.#emptying
    await within(Promise.all(this.#sending), stopTimeoutMs)
    this.#stopping.abort()
    await Promise.all(this.#sending)
  }

  #wake(): void {
    this.#isWoken = true
    this.#emptying ??= this.#empty().catch((cause) => this.#log(`net: ${cause}`)).finally(() => {
      this.#emptying = null
    })
  }

  async #empty(): Promise<void> {
    while (this.#isWoken) {
      this.#isWoken = false
      await this.#sql`delete from net._http_response where created < now() - ${responseTtl}::interval`
      const requests = await this.#take()
      for (const request of requests) {
        const sent = this.#send(request).catch((cause) => this.#log(`net: request ${request.id}: ${cause}`))
          .finally(() => this.#sending.delete(sent))
        this.#sending.add(sent)
      }
      if (requests.length === batchSize) this.#isWoken = true
    }
  }

  async #take(): Promise<QueuedRequest[]> {
    return await this.#sql<QueuedRequest[]>`
      with taken as (select q.id from net.http_request_queue as q order by q.id limit ${batchSize})
      delete from net.http_request_queue as q using taken where q.id = taken.id
      returning q.id, upper(q.method) as method, q.url, q.headers, convert_from(q.body, 'UTF8') as body,
        q.timeout_milliseconds`
  }

  async #send(request: QueuedRequest): Promise<void> {
    const outcome = await this.#fetch(request)
    const { status_code, content_type, headers, content, timed_out, error_msg } = outcome
    if (error_msg !== null || (status_code ?? 0) >= 400) {
      this.#log(`net: request ${request.id}, ${request.method} ${request.url}: ${error_msg ?? status_code}`)
    }
    await this.#sql`
      insert into net._http_response (id, status_code, content_type, headers, content, timed_out, error_msg)
      values (${request.id}, ${status_code}, ${content_type}, ${
      headers && this.#sql.json(headers)
    }, ${content},
        ${timed_out}, ${error_msg})`
  }

  async #fetch(
    { method, url, headers, body, timeout_milliseconds: timeoutMs }: QueuedRequest,
  ): Promise<Outcome> {
    const timeout = AbortSignal.timeout(timeoutMs)
    try {
      const response = await fetch(url, {
        method,
        headers: { ...headers, 'user-agent': 'pg_net' },
        body: method === 'GET' ? null : body,
        signal: AbortSignal.any([timeout, this.#stopping.signal]),
      })
      // Postgres stores no null characters; pg_net reads up to the first one, too.
      const [content = ''] = (await response.text()).split('\0', 1)
      return {
        status_code: response.status,
        content_type: response.headers.get('content-type'),
        headers: Object.fromEntries(response.headers),
        content: content === '' ? null : content,
        timed_out: false,
        error_msg: null,
      }
    } catch (cause) {
      const error = cause instanceof Error ? cause.message : String(cause)
      return {
        status_code: null,
        content_type: null,
        headers: null,
        content: null,
        timed_out: timeout.aborted,
        error_msg: timeout.aborted ? `Timeout of ${timeoutMs} ms reached` : error,
      }
    }
  }
}
