/**
 * Lets many Postgres connections share PGlite's single backend as if each had its own.
 *
 * A connection that starts a query or a transaction keeps the backend until it is idle again, so messages of two
 * clients never mix. Each connection keeps its own user, settings, prepared statements and LISTEN channels. Session
 * advisory locks, temporary tables and session settings made by `set_config` inside a function are still shared.
 */
import type { PGlite } from '@electric-sql/pglite'
import {
  closeStatement,
  fatal,
  type Frame,
  Frames,
  readChannel,
  readSql,
  readStartup,
  readTag,
  renameStatement,
  statementOf,
  sync,
} from './protocol.ts'

type Deliver = (bytes: Uint8Array) => void
type Job = {
  session: number
  message: Uint8Array
  deliver: Deliver
  resolve: (bytes: number) => void
  reject: (cause: Error) => void
}

/** The state of one connection, which is restored each time the backend works for it again. */
type Session = {
  id: number
  user: string
  /** Session settings that differ from the server's defaults. */
  settings: Map<string, string>
  /** Whether settings may have changed since they were last saved. */
  changed: boolean
  /** SQL of its prepared statements, by their name in the backend. */
  statements: Map<string, string>
  channels: Set<string>
  sql: string
  deliver: Deliver
}

/** How long a transaction may block the other connections before a warning is printed. */
const holdWarningMs = 10_000

/** Startup parameters that are not settings. */
const notSettings = new Set(['user', 'database', 'options', 'replication'])

/** A queue in the shape that `PGLiteSocketHandler` of `@electric-sql/pglite-socket` works with. */
export class SessionQueue {
  #db: PGlite
  #warn: (text: string) => void
  #waiting: Job[] = []
  #sessions = new Map<number, Session>()
  #running = false
  /** The connection in the middle of a query or a transaction. The others wait until it is idle. */
  #holder: number | undefined
  #heldTimer: ReturnType<typeof setTimeout> | undefined
  /** The connection whose user and settings the backend has now. */
  #active: Session | undefined

  constructor(db: PGlite, warn: (text: string) => void) {
    this.#db = db
    this.#warn = warn
  }

  enqueue(session: number, message: Uint8Array, deliver: Deliver): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ session, message, deliver, resolve, reject })
      void this.#drain()
    })
  }

  /** Drops the waiting messages of a closed connection. */
  clearQueueForHandler(session: number): void {
    const dropped = this.#waiting.filter((job) => job.session === session)
    this.#waiting = this.#waiting.filter((job) => job.session !== session)
    for (const job of dropped) job.reject(new Error('the connection was closed'))
  }

  /** Removes a closed connection: rolls back its open transaction and releases the backend. */
  clearTransactionIfNeeded(id: number): Promise<void> {
    return new Promise((resolve) => {
      const close: Job = {
        session: id,
        message: new Uint8Array(),
        deliver: () => {},
        resolve: () => resolve(),
        reject: () => resolve(),
      }
      this.#waiting.push(close)
      void this.#drain()
    })
  }

  async #drain(): Promise<void> {
    if (this.#running) return
    this.#running = true
    try {
      for (;;) {
        const next = this.#holder === undefined
          ? 0
          : this.#waiting.findIndex((job) => job.session === this.#holder)
        const job = next < 0 ? undefined : this.#waiting.splice(next, 1)[0]
        if (!job) return
        try {
          job.resolve(await this.#run(job))
        } catch (cause) {
          job.reject(cause instanceof Error ? cause : new Error(String(cause)))
        }
      }
    } finally {
      this.#running = false
    }
  }

  async #run(job: Job): Promise<number> {
    const session = this.#sessions.get(job.session)
    if (job.message.length === 0) {
      if (session) await this.#end(session)
      return 0
    }
    if (!session) return await this.#begin(job)
    session.deliver = job.deliver
    if (this.#active !== session) await this.#activate(session)
    const type = String.fromCharCode(job.message[0] ?? 0)
    if (type === 'X') return 0
    if (type === 'Q') session.sql = readSql(job.message)
    // Other connections may get their turn between parsing and executing a statement, so it counts when it executes.
    if (type === 'B') {
      session.sql = session.statements.get(ownName(session, statementOf(job.message) ?? '')) ?? ''
    }
    if ((type === 'Q' || type === 'B') && /\bset_config\s*\([^)]*\bfalse\b/i.test(session.sql)) {
      session.changed = true
    }
    this.#hold(session)
    return await this.#execute(session, await this.#privateStatement(session, job.message))
  }

  /** Sends one message to the backend, which the connection loses when the backend reports that it is idle. */
  async #execute(session: Session, message: Uint8Array): Promise<number> {
    const frames = new Frames()
    let sent = 0
    await this.#db.runExclusive(() =>
      this.#db.execProtocolRawStream(message, {
        onRawData: (chunk) => {
          for (const frame of frames.push(chunk)) {
            if (this.#observe(session, frame)) {
              session.deliver(frame.bytes)
              sent += frame.bytes.length
            }
          }
        },
      })
    )
    return sent
  }

  /** Updates the state of the connection from a backend message. False for a message that is not for this connection. */
  #observe(session: Session, frame: Frame): boolean {
    if (frame.type === 'Z') {
      if (frame.bytes[5] === 0x49) this.#release()
    } else if (frame.type === 'A') {
      const channel = readChannel(frame)
      for (const listener of this.#sessions.values()) {
        if (listener.channels.has(channel)) listener.deliver(frame.bytes.slice())
      }
      return false
    } else if (frame.type === 'C') {
      const tag = readTag(frame)
      if (tag === 'SET' || tag === 'RESET' || tag === 'DISCARD ALL') {
        if (!/^\s*set\s+local\b/i.test(session.sql)) session.changed = true
      } else if (tag === 'LISTEN' || tag === 'UNLISTEN') {
        const channel = /listen\s+(?:"([^"]+)"|([\w*]+))/i.exec(session.sql)
        const name = channel?.[1] ?? channel?.[2]?.toLowerCase()
        if (tag === 'LISTEN' && name) session.channels.add(name)
        else if (name === '*') session.channels.clear()
        else if (name) session.channels.delete(name)
      }
    }
    return true
  }

  #hold(session: Session): void {
    if (this.#holder !== undefined) return
    this.#holder = session.id
    this.#heldTimer = setTimeout(() => {
      const waiting = this.#waiting.length
      if (waiting > 0) {
        this.#warn(`a connection as ${session.user} holds a transaction open; ${waiting} queries wait for it`)
      }
    }, holdWarningMs)
  }

  #release(): void {
    this.#holder = undefined
    clearTimeout(this.#heldTimer)
  }

  /** Opens a new connection with the user and the settings of its startup message. */
  async #begin(job: Job): Promise<number> {
    const { user = 'postgres', database, ...parameters } = readStartup(job.message)
    const settings = new Map<string, string>()
    const session: Session = {
      id: job.session,
      user,
      settings,
      changed: false,
      statements: new Map(),
      channels: new Set(),
      sql: '',
      deliver: job.deliver,
    }
    await this.#deactivate()
    const known = await this.#db.query<{ setconfig: string[] | null }>(
      `select s.setconfig from pg_catalog.pg_roles as r
       left join pg_catalog.pg_db_role_setting as s on s.setrole = r.oid and s.setdatabase = 0
       where r.rolname = $1 and r.rolcanlogin`,
      [user],
    )
    const refusal = known.rows.length === 0
      ? fatal('28000', `role "${user}" does not exist or may not log in`)
      : database && database !== 'postgres'
      ? fatal('3D000', `database "${database}" does not exist`)
      : undefined
    if (refusal) {
      job.deliver(refusal)
      throw new Error('the connection was refused')
    }
    for (const entry of known.rows[0]?.setconfig ?? []) {
      const at = entry.indexOf('=')
      settings.set(entry.slice(0, at), entry.slice(at + 1))
    }
    for (
      const [, name, value] of (parameters.options ?? '').matchAll(/(?:-c\s*|--)([\w.]+)=((?:\\.|\S)*)/g)
    ) {
      if (name && value !== undefined) settings.set(name, value.replaceAll(/\\(.)/g, '$1'))
    }
    for (const [name, value] of Object.entries(parameters)) {
      if (!notSettings.has(name)) settings.set(name, value)
    }
    this.#sessions.set(session.id, session)
    this.#hold(session)
    const sent = await this.#execute(session, job.message)
    try {
      await this.#activate(session)
    } catch (cause) {
      this.#sessions.delete(session.id)
      job.deliver(fatal('22023', cause instanceof Error ? cause.message : String(cause)))
      throw cause
    } finally {
      this.#release()
    }
    return sent
  }

  async #end(session: Session): Promise<void> {
    if (this.#holder === session.id) {
      await this.#db.runExclusive(() => this.#db.execProtocolRawStream(sync(), { onRawData: () => {} }))
      if (this.#db.isInTransaction()) await this.#db.exec('rollback')
      this.#release()
    }
    if (this.#active === session) {
      session.changed = false
      await this.#deactivate()
    }
    this.#sessions.delete(session.id)
    for (const name of session.statements.keys()) await this.#silently(closeStatement(name))
    for (const channel of session.channels) {
      const wanted = [...this.#sessions.values()].some((other) => other.channels.has(channel))
      if (!wanted) await this.#db.exec(`unlisten "${channel}"`)
    }
  }

  /** Sets the user and the settings of a connection in the backend. */
  async #activate(session: Session): Promise<void> {
    await this.#deactivate()
    const { role, ...others } = Object.fromEntries(session.settings)
    let sql = `set session authorization ${quote(session.user)};`
    for (const [name, value] of Object.entries(others)) {
      // search_path is a list of names: as one string it would be the name of one schema.
      sql += name === 'search_path'
        ? `set search_path to ${value === '' ? "''" : value};`
        : `set ${quoteSetting(name)} to ${literal(value)};`
    }
    if (role && role !== 'none') sql += `set role ${quote(role)};`
    await this.#db.exec(sql)
    this.#active = session
  }

  /** Saves the settings that the active connection changed, and resets the backend to its defaults. */
  async #deactivate(): Promise<void> {
    const session = this.#active
    if (session?.changed) {
      const { rows } = await this.#db.query<{ name: string; setting: string }>(
        `select name, current_setting(name) as setting from pg_catalog.pg_settings
         where source = 'session' and context in ('user', 'superuser') and name not in ('role', 'session_authorization')
         union all select 'role', current_setting('role')
         union all select 'session_authorization', session_user`,
      )
      session.settings = new Map(rows.map((row) => [row.name, row.setting]))
      session.user = session.settings.get('session_authorization') ?? session.user
      session.settings.delete('session_authorization')
      session.changed = false
    }
    if (session) await this.#db.exec('reset session authorization; reset role; reset all;')
    this.#active = undefined
  }

  /** Makes the names of prepared statements unique to their connection, the unnamed one included. */
  async #privateStatement(session: Session, message: Uint8Array): Promise<Uint8Array> {
    const name = statementOf(message)
    if (name === null) return message
    const own = ownName(session, name)
    if (message[0] === 0x50) {
      // A Parse of the unnamed statement replaces it, whereas a named one would exist already.
      if (name === '' && session.statements.has(own)) await this.#silently(closeStatement(own))
      session.statements.set(own, readSql(message))
    } else if (message[0] === 0x43) {
      session.statements.delete(own)
    }
    return renameStatement(message, own)
  }

  async #silently(message: Uint8Array): Promise<void> {
    await this.#db.runExclusive(() => this.#db.execProtocolRawStream(message, { onRawData: () => {} }))
  }
}

function ownName(session: Session, statement: string): string {
  return `s${session.id}_${statement}`
}

function quote(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

function quoteSetting(name: string): string {
  return name.split('.').map(quote).join('.')
}

function literal(value: string): string {
  return `'${value.replaceAll("'", "''")}'`
}
