/**
 * Lets many Postgres connections share PGlite's single backend as if each had its own.
 *
 * A connection that starts a query or a transaction keeps the backend until it is idle again, so messages of two
 * clients never mix. Each connection keeps its own user, settings, prepared statements and LISTEN channels. Session
 * advisory locks, temporary tables, cursors WITH HOLD and session settings made by `set_config` inside a function are
 * still shared.
 */
import type { PGlite } from '@electric-sql/pglite'
import type { Client, MessageQueue } from './connection.ts'
import {
  closeStatement,
  commandComplete,
  concat,
  copyFail,
  copyInResponse,
  fatal,
  type Frame,
  Frames,
  parse,
  portalOf,
  query,
  readChannel,
  readSql,
  readStartup,
  readTag,
  readyForQuery,
  renameStatement,
  statementOf,
  sync,
} from './protocol.ts'
import {
  copiesIn,
  type Discarding,
  discards,
  isBinaryCopy,
  preparedName,
  quoted,
  renamePrepared,
} from './statements.ts'

type Job = {
  session: number
  message: Uint8Array
  client: Client
  resolve: () => void
  reject: (cause: Error) => void
}

/** COPY FROM STDIN, whose data is collected before the backend begins, since it would wait for it alone. */
type CopyIn = { parts: Uint8Array[]; bytes: number }

/** The state of one connection, which is restored each time the backend works for it again. */
type Session = {
  id: number
  user: string
  /** Session settings that differ from the server's defaults. */
  settings: Map<string, string>
  /** Both as they were when it began. */
  initial: { user: string; settings: ReadonlyMap<string, string> }
  /** Whether settings may have changed since they were last saved. */
  changed: boolean
  /** SQL of its prepared statements, by their name in the backend. */
  statements: Map<string, string>
  /** SQL of its portals, by their name. */
  portals: Map<string, string>
  /** What it discards once the backend is idle. */
  discarding: Discarding | null
  /** Names of its statements made by PREPARE, in the backend. */
  prepared: Set<string>
  channels: Set<string>
  /** Whether it made the backend stop listening, for all connections. */
  unlistened: boolean
  sql: string
  copyIn: CopyIn | null
  client: Client
}

/** How long a transaction may block the other connections before a warning is printed. */
const holdWarningMs = 10_000
/** How long the connection of an open transaction may say nothing while others wait, before it is ended. */
const holdLimitMs = 60_000
/** How long others wait for a transaction at all, in times of that. */
const maxHoldLimits = 10
/** What COPY FROM STDIN may send. */
const maxCopyBytes = 512 * 1024 ** 2

/** Startup parameters that are not settings. */
const notSettings = new Set(['user', 'database', 'options', 'replication'])

type Hooks = {
  warn: (text: string) => void
  broken: (cause: Error) => void
  /** How long a transaction that others wait for may say nothing. */
  limitMs?: number
}

export class SessionQueue implements MessageQueue {
  #db: PGlite
  #warn: (text: string) => void
  #waiting: Job[] = []
  #sessions = new Map<number, Session>()
  #running = false
  /** The connection in the middle of a query or a transaction. The others wait until it is idle. */
  #holder: number | undefined
  #watch: ReturnType<typeof setInterval> | undefined
  #heldSince = 0
  /** When it last sent a message, or got the end of an answer. */
  #heardAt = 0
  /** The connection whose user and settings the backend has now. */
  #active: Session | undefined

  /** Called when the backend has died, and answers no more. */
  readonly #broken: (cause: Error) => void
  readonly #holdLimitMs: number

  constructor(db: PGlite, { warn, broken, limitMs = holdLimitMs }: Hooks) {
    this.#db = db
    this.#warn = warn
    this.#broken = broken
    this.#holdLimitMs = limitMs
  }

  enqueue(session: number, message: Uint8Array, client: Client): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ session, message, client, resolve, reject })
      void this.#drain()
    })
  }

  close(session: number): Promise<void> {
    const dropped = this.#waiting.filter((job) => job.session === session)
    this.#waiting = this.#waiting.filter((job) => job.session !== session)
    for (const job of dropped) job.reject(new Error('the connection was closed'))
    return this.enqueue(session, new Uint8Array(), { deliver: () => {}, end: () => {} }).catch(() => {})
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
          await this.#run(job)
          job.resolve()
        } catch (cause) {
          job.reject(cause instanceof Error ? cause : new Error(String(cause)))
          if (cause instanceof WebAssembly.RuntimeError) this.#broken(cause)
        }
      }
    } finally {
      this.#running = false
    }
  }

  async #run(job: Job): Promise<void> {
    const session = this.#sessions.get(job.session)
    if (job.message.length === 0) return session && await this.#end(session)
    if (!session) return await this.#begin(job)
    session.client = job.client
    if (session.copyIn) return await this.#collect(session, session.copyIn, job.message)
    if (this.#active !== session) await this.#activate(session)
    const type = String.fromCharCode(job.message[0] ?? 0)
    if (type === 'Q') session.sql = readSql(job.message)
    // Other connections may get their turn between parsing and executing a statement, so it counts when it executes.
    if (type === 'B') {
      session.sql = session.statements.get(ownName(session, statementOf(job.message) ?? '')) ?? ''
      session.portals.set(portalOf(job.message), session.sql)
    }
    if (type === 'E') session.sql = session.portals.get(portalOf(job.message)) ?? ''
    if ((type === 'Q' || type === 'B') && /\bset_config\s*\([^)]*\bfalse\b/i.test(session.sql)) {
      session.changed = true
    }
    const runs = type === 'Q' || type === 'E'
    if (runs && copiesIn(session.sql)) return this.#askForData(session, job.message)
    const discarding = runs ? discards(session.sql) : null
    if (discarding && type === 'Q' && !this.#db.isInTransaction()) {
      await this.#discard(session, discarding)
      return session.client.deliver(concat([commandComplete(discarding), readyForQuery('I')]))
    }
    if (discarding && type === 'E') session.discarding = discarding
    this.#hold(session)
    const message = await this.#privateStatement(session, job.message)
    // A COPY that was not noticed is broken off, since the backend would wait for its data for ever.
    await this.#execute(session, runs ? concat([message, noData]) : message)
    if (session.discarding && this.#holder !== session.id) {
      await this.#discard(session, session.discarding)
      session.discarding = null
    }
  }

  #askForData(session: Session, message: Uint8Array): void {
    session.copyIn = { parts: [message.slice()], bytes: 0 }
    session.client.deliver(copyInResponse(isBinaryCopy(session.sql)))
  }

  /** Takes the data of COPY FROM STDIN, and has it carried out when it is complete. */
  async #collect(session: Session, copyIn: CopyIn, message: Uint8Array): Promise<void> {
    const type = String.fromCharCode(message[0] ?? 0)
    if (type === 'd' && copyIn.bytes <= maxCopyBytes) {
      copyIn.parts.push(message.slice())
      copyIn.bytes += message.length
    }
    // Flush and Sync are allowed meanwhile, and change nothing.
    if (type === 'd' || type === 'H' || type === 'S') return
    if (type !== 'c' && type !== 'f') {
      session.client.deliver(fatal('08P01', `unexpected message type ${type} during COPY from stdin`))
      throw new Error('the connection was refused')
    }
    session.copyIn = null
    if (this.#active !== session) await this.#activate(session)
    this.#hold(session)
    const tooMuch = copyIn.bytes > maxCopyBytes
    const last = tooMuch ? copyFail(`COPY FROM STDIN takes ${maxCopyBytes} bytes here`) : message
    await this.#execute(session, concat([...copyIn.parts, last]), 'G')
  }

  /** What the statement does for this connection, and not for those that share the backend. */
  async #discard(session: Session, statement: Discarding): Promise<void> {
    await this.#closeStatements(session)
    if (statement === 'DISCARD ALL') {
      await this.#unlisten(session)
      await this.#db.exec('close all')
      session.changed = false
      session.user = session.initial.user
      session.settings = new Map(session.initial.settings)
      await this.#activate(session)
    }
  }

  /**
   * Sends messages to the backend, which the connection loses when the backend reports that it is idle. `hidden` is the
   * type of an answer that the client has had.
   */
  async #execute(session: Session, message: Uint8Array, hidden?: string): Promise<void> {
    const frames = new Frames()
    let isReady = false
    await this.#db.runExclusive(() =>
      this.#db.execProtocolRawStream(message, {
        onRawData: (chunk) => {
          for (const frame of frames.push(chunk)) {
            isReady ||= frame.type === 'Z'
            if (this.#observe(session, frame) && frame.type !== hidden) session.client.deliver(frame.bytes)
          }
        },
      })
    )
    // Query and Sync are always answered so, by a backend that lives.
    if (!isReady && (message[0] === 0x51 || message[0] === 0x53)) {
      this.#broken(new Error('it stopped in the middle of a statement'))
    }
    if (session.unlistened) await this.#listenAgain(session)
  }

  /** Updates the state of the connection from a backend message. False for a message that is not for this connection. */
  #observe(session: Session, frame: Frame): boolean {
    if (frame.type === 'Z') {
      this.#heardAt = performance.now()
      if (frame.bytes[5] === 0x49) {
        session.portals.clear()
        this.#release()
      }
    } else if (frame.type === 'A') {
      const channel = readChannel(frame)
      for (const listener of this.#sessions.values()) {
        if (listener.channels.has(channel)) listener.client.deliver(frame.bytes)
      }
      return false
    } else if (frame.type === 'C') {
      const tag = readTag(frame)
      if (tag === 'SET' || tag === 'RESET' || tag === 'DISCARD ALL') {
        if (!/^\s*set\s+local\b/i.test(session.sql)) session.changed = true
      } else if (tag === 'LISTEN' || tag === 'UNLISTEN') {
        for (const [, exact, plain] of session.sql.matchAll(/\b(?:un)?listen\s+(?:"([^"]+)"|([\w*]+))/gi)) {
          const name = exact ?? plain?.toLowerCase() ?? ''
          if (tag === 'LISTEN') session.channels.add(name)
          else if (name === '*') session.channels.clear()
          else session.channels.delete(name)
        }
        session.unlistened ||= tag === 'UNLISTEN'
      } else if (tag === 'PREPARE') {
        const name = preparedName(session.sql)
        if (name) session.prepared.add(ownName(session, name))
      }
    }
    return true
  }

  #hold(session: Session): void {
    this.#heardAt = performance.now()
    if (this.#holder !== undefined) return
    this.#holder = session.id
    this.#heldSince = this.#heardAt
    this.#watch = setInterval(() => this.#look(session), Math.min(holdWarningMs, this.#holdLimitMs))
  }

  /** Whether others have waited for a connection for too long. A statement that runs is no silence. */
  #look(session: Session): void {
    const waiting = this.#waiting.length
    if (waiting === 0) return
    const now = performance.now()
    const isSilent = now - this.#heardAt >= this.#holdLimitMs
    if (isSilent || now - this.#heldSince >= maxHoldLimits * this.#holdLimitMs) this.#evict(session)
    // Once.
    else if (now - this.#heldSince < 2 * holdWarningMs) {
      this.#warn(`a connection as ${session.user} holds a transaction open; ${waiting} queries wait for it`)
    }
  }

  /** Ends a connection that keeps all others waiting. */
  #evict(session: Session): void {
    clearInterval(this.#watch)
    session.client.deliver(fatal('25P03', 'terminating connection due to idle-in-transaction timeout'))
    session.client.end()
    void this.close(session.id)
  }

  #release(): void {
    this.#holder = undefined
    clearInterval(this.#watch)
  }

  /** Opens a new connection with the user and the settings of its startup message. */
  async #begin(job: Job): Promise<void> {
    const { user = 'postgres', database, ...parameters } = readStartup(job.message)
    const settings = new Map<string, string>()
    const session: Session = {
      id: job.session,
      user,
      settings,
      changed: false,
      initial: { user, settings: new Map() },
      statements: new Map(),
      portals: new Map(),
      discarding: null,
      prepared: new Set(),
      channels: new Set(),
      unlistened: false,
      sql: '',
      copyIn: null,
      client: job.client,
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
      job.client.deliver(refusal)
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
    session.initial = { user, settings: new Map(settings) }
    this.#sessions.set(session.id, session)
    this.#hold(session)
    await this.#execute(session, job.message)
    try {
      await this.#activate(session)
    } catch (cause) {
      this.#sessions.delete(session.id)
      job.client.deliver(fatal('22023', cause instanceof Error ? cause.message : String(cause)))
      throw cause
    } finally {
      this.#release()
    }
  }

  async #end(session: Session): Promise<void> {
    if (this.#holder === session.id) {
      // What was executed before its Sync is not committed: a statement that fails undoes it.
      await this.#silently(concat([parse('', 'the client has left'), sync()]))
      if (this.#db.isInTransaction()) await this.#db.exec('rollback')
      this.#release()
    }
    if (this.#active === session) {
      session.changed = false
      await this.#deactivate()
    }
    this.#sessions.delete(session.id)
    await this.#closeStatements(session)
    await this.#unlisten(session)
  }

  async #closeStatements(session: Session): Promise<void> {
    for (const name of [...session.statements.keys(), ...session.prepared]) {
      await this.#silently(closeStatement(name))
    }
    session.statements.clear()
    session.prepared.clear()
  }

  async #unlisten(session: Session): Promise<void> {
    const left = [...session.channels]
    session.channels.clear()
    for (const channel of left) {
      if (!this.#isHeard(channel)) await this.#db.exec(`unlisten ${quoted(channel)}`)
    }
  }

  /** After UNLISTEN of one connection: what others listen to. */
  async #listenAgain(session: Session): Promise<void> {
    session.unlistened = false
    const channels = new Set([...this.#sessions.values()].flatMap((other) => [...other.channels]))
    for (const channel of channels) await this.#silently(query(`listen ${quoted(channel)}`))
  }

  #isHeard(channel: string): boolean {
    return [...this.#sessions.values()].some((other) => other.channels.has(channel))
  }

  /** Sets the user and the settings of a connection in the backend. */
  async #activate(session: Session): Promise<void> {
    await this.#deactivate()
    const { role, ...others } = Object.fromEntries(session.settings)
    let sql = `set session authorization ${quoted(session.user)};`
    for (const [name, value] of Object.entries(others)) {
      // search_path is a list of names: as one string it would be the name of one schema.
      sql += name === 'search_path'
        ? `set search_path to ${value === '' ? "''" : value};`
        : `set ${quoteSetting(name)} to ${literal(value)};`
    }
    if (role && role !== 'none') sql += `set role ${quoted(role)};`
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
    if (message[0] === 0x51) return query(renamePrepared(session.sql, (name) => ownName(session, name)))
    const name = statementOf(message)
    if (name === null) return message
    const own = ownName(session, name)
    if (message[0] === 0x50) {
      // A Parse of the unnamed statement replaces it, whereas a named one would exist already.
      if (name === '' && session.statements.has(own)) await this.#silently(closeStatement(own))
      const sql = readSql(message)
      if (name === '' || !session.statements.has(own)) session.statements.set(own, sql)
      if (discards(sql)) return parse(own, 'do $nothing$ begin end $nothing$')
    } else if (message[0] === 0x43) {
      session.statements.delete(own)
    }
    return renameStatement(message, own)
  }

  async #silently(message: Uint8Array): Promise<void> {
    await this.#db.runExclusive(() => this.#db.execProtocolRawStream(message, { onRawData: () => {} }))
  }
}

/** Answers a COPY that waits for data; ignored by a backend that does not. */
const noData = copyFail('COPY FROM STDIN must be the only statement')

function ownName(session: Session, statement: string): string {
  return `s${session.id}_${statement}`
}

function quoteSetting(name: string): string {
  return name.split('.').map(quoted).join('.')
}

function literal(value: string): string {
  return `'${value.replaceAll("'", "''")}'`
}
