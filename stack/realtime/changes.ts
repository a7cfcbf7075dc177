/**
 * Reads the changes that the triggers recorded (database/10_capture.sql), transaction by transaction in the order of the
 * commits, and delivers them: changes of tables to their subscribers, stored messages to their topics.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { Announcements } from './announcements.ts'
import type { Database } from './database.ts'
import { type Change, deliver, type Subscription } from './delivery.ts'
import { limits } from './limits.ts'
import type { Broadcast } from './protocol.ts'
import { parseRow, type Row } from './rows.ts'
import type { Target } from './subscriptions.ts'

type Setup = {
  database: Database
  /** Answers each question in one snapshot. */
  snapshots: Database
  adminUrl: string
  onLog: (line: string) => void
  /** A message was stored for a topic, for example by realtime.send. */
  onMessage(topic: string, isPrivate: boolean, broadcast: Broadcast): void
  /** Tables were added to the publication, or removed from it. */
  onPublication(): void
  /** Waits until the clients have read most of what they were sent. */
  caughtUp(): Promise<void>
  /** The rights of a user have changed, or possibly those of anyone: null. */
  onRights(userId: string | null): void
}

/** How much is read at once; bytes are approximate. */
const batch = { transactions: 200, rows: 500, bytes: 4_000_000 }
/** How long a table stays watched after its last subscriber left. Many reconnect at once. */
const unwatchDelayMs = 30_000
/** How long a subscriber waits for transactions that began before it subscribed. */
const settleTimeoutMs = 5_000
/** How long to wait before reading again after an error. */
const retryDelayMs = 500
/** After how many changes the table is truncated, which frees their space. */
const truncateAfter = 1_000

type Read = {
  xid: string
  id: string
  relation: string
  operation: Change['operation']
  new_row: string | null
  old_row: string | null
  is_too_large: boolean
  is_all: boolean
}

export class Changes {
  #setup: Setup
  #messages = ''
  #byRelation = new Map<string, Map<Subscription, Target>>()
  /** Announced transactions, with the time of the announcement. */
  #pending = new Map<string, string>()
  #reading: Promise<void> | null = null
  #stopped = false
  #announcements: Announcements
  /** Announcements may be missing. Nothing is read until the missing ones were looked for. */
  #hasGap = true
  #timer: ReturnType<typeof setInterval> | undefined
  #read = 0
  /** The last change that was read of the first pending transaction. */
  #after = '-1'
  /** Delivered changes that are still in the database: transaction by change id. */
  #done = new Map<string, string>()
  /** Tables whose changes are to be recorded, with the time at which the last subscriber left. */
  #watched = new Map<string, number | null>()
  #watchesMessages = false
  /** Tables whose changes the triggers record, as the database was last told. */
  #told = new Set<string>()
  #toldMessages = false
  #watching: Promise<void> = Promise.resolve()
  #settled: Promise<void> = Promise.resolve()

  constructor(setup: Setup) {
    this.#setup = setup
    this.#announcements = new Announcements({
      adminUrl: setup.adminUrl,
      onAnnouncement: (payload) =>
        payload === 'publication' ? setup.onPublication() : this.#announce([payload]),
      onRights: setup.onRights,
      onLoss: () => {
        this.#hasGap = true
        this.#announcedBefore ??= [...this.#pending.keys()]
      },
      onListening: () => {
        void this.#find()
        setup.onRights(null)
      },
    })
  }

  async start(): Promise<void> {
    const { database } = this.#setup
    // What an earlier process left.
    await database.ask((sql) => sql`delete from realtime.subscription`)
    await database.ask((sql) => sql`truncate _realtime.changes`)
    await database.ask((sql) => sql`select _realtime.watch('{}', false)`)
    const [row] = await database.ask((sql) =>
      sql<{ messages: string }[]>`select 'realtime.messages'::regclass::oid::text as messages`
    )
    this.#messages = row?.messages ?? ''
    await this.#announcements.start()
    this.#timer = setInterval(() => void this.#tidyUp(), unwatchDelayMs)
  }

  async stop(): Promise<void> {
    this.#stopped = true
    clearInterval(this.#timer)
    await this.#announcements.stop()
    await this.#reading
    await this.#watching
    await this.#setup.database.ask((sql) => sql`select _realtime.watch('{}', false)`).catch(() => {})
  }

  /** Starts delivering to a subscription. Resolves once no change can be missed. */
  async add(subscription: Subscription): Promise<void> {
    for (const target of subscription.targets) {
      const subscriptions = this.#byRelation.get(target.relation) ?? new Map<Subscription, Target>()
      this.#byRelation.set(target.relation, subscriptions.set(subscription, target))
    }
    await this.#watch(subscription.targets.map((target) => target.relation), false)
  }

  remove(subscription: Subscription): void {
    for (const { relation } of subscription.targets) {
      const subscriptions = this.#byRelation.get(relation)
      if (!subscriptions?.delete(subscription) || subscriptions.size > 0) continue
      this.#byRelation.delete(relation)
      this.#watched.set(relation, performance.now())
    }
  }

  /** Starts delivering stored messages. */
  async addMessages(): Promise<void> {
    await this.#watch([], true)
  }

  /** Makes the triggers record these changes too, and waits until all of them do. */
  async #watch(relations: string[], messages: boolean): Promise<void> {
    for (const relation of relations) this.#watched.set(relation, null)
    this.#watchesMessages ||= messages
    const isKnown = relations.every((relation) => this.#told.has(relation)) &&
      (this.#toldMessages || !messages)
    if (!isKnown) await this.#tellTriggers()
    await this.#settled
  }

  #tellTriggers(): Promise<void> {
    const telling = this.#watching.then(async () => {
      const [relations, messages] = [[...this.#watched.keys()], this.#watchesMessages]
      // A subscriber that arrives while its table is being unwatched must not take it for watched.
      this.#told = this.#told.intersection(new Set(relations))
      const [row] = await this.#setup.database.ask((sql) =>
        sql<{ xid: string }[]>`select _realtime.watch(${relations}, ${messages}) as xid`
      )
      this.#told = new Set(relations)
      this.#toldMessages = messages
      this.#settled = this.#untilSettled(row?.xid ?? '0')
    })
    this.#watching = telling.catch(() => {})
    return telling
  }

  /** Waits for the end of transactions that may have written before their triggers knew of a subscription. */
  async #untilSettled(xid: string): Promise<void> {
    const deadline = Date.now() + settleTimeoutMs
    while (!this.#stopped && Date.now() < deadline) {
      const [row] = await this.#setup.database.ask((sql) =>
        sql<{ settled: boolean }[]>`select _realtime.has_settled(${xid}) as settled`
      ).catch(() => [])
      if (row?.settled) return
      await sleep(20)
    }
  }

  /** Transactions that were announced before the connection was lost. */
  #announcedBefore: string[] | null = null

  /**
   * Looks for transactions whose announcements were missed. They come after those announced before the connection was
   * lost, and before those announced since. Among them, the order of their first changes approximates that of their
   * commits.
   */
  async #find(): Promise<void> {
    try {
      const rows = await this.#setup.database.ask((sql) =>
        sql<{ xid: string }[]>`
        select c.xid::text from _realtime.changes as c group by c.xid order by min(c.id)`
      )
      const announced = [...this.#pending]
      this.#pending.clear()
      const before = new Set(this.#announcedBefore ?? [])
      for (const [xid, at] of announced) if (before.has(xid)) this.#pending.set(xid, at)
      this.#announcedBefore = null
      this.#hasGap = false
      this.#announce(rows.map((row) => row.xid))
      this.#announce(announced.map(([xid]) => xid))
    } catch (cause) {
      if (this.#stopped) return
      this.#setup.onLog(`realtime: ${cause}`)
      await sleep(retryDelayMs)
      await this.#find()
    }
  }

  #announce(xids: string[]): void {
    const now = new Date().toISOString()
    for (const xid of xids) if (!this.#pending.has(xid)) this.#pending.set(xid, now)
    this.#wake()
  }

  #wake(): void {
    if (!this.#canRead || this.#reading) return
    this.#reading = this.#readAll().finally(() => {
      this.#reading = null
      this.#wake()
    })
  }

  get #canRead(): boolean {
    return this.#pending.size > 0 && !this.#hasGap && !this.#stopped
  }

  async #readAll(): Promise<void> {
    while (this.#canRead) {
      try {
        await this.#readSome()
        await this.#setup.caughtUp()
        if (this.#pending.size === 0) await this.#forget()
      } catch (cause) {
        if (this.#stopped) return
        this.#setup.onLog(`realtime: changes cannot be read: ${cause}`)
        await sleep(retryDelayMs)
      }
    }
  }

  async #readSome(): Promise<void> {
    const xids = [...this.#pending.keys()].slice(0, batch.transactions)
    const done = new Map(this.#done)
    const rows = await this.#setup.database.ask((sql) =>
      sql<Read[]>`
      select xid, id::text, relation::text, operation, new_row, old_row, is_too_large, is_all
      from _realtime.read(${xids}, ${this.#after}, ${batch.rows}, ${batch.bytes}, ${limits.recordBytes},
        ${[...done.values()]}, ${[...done.keys()]})`
    )
    for (const id of done.keys()) this.#done.delete(id)
    const changes = rows.map((row): Change => ({
      xid: row.xid,
      id: row.id,
      relation: row.relation,
      operation: row.operation,
      committedAt: this.#pending.get(row.xid) ?? '',
      isTooLarge: row.is_too_large,
      newRow: parseRow(row.new_row),
      oldRow: parseRow(row.old_row),
    }))
    await this.#deliver(changes)
    for (const { id, xid } of changes) this.#done.set(id, xid)
    this.#read += changes.length
    // Of a transaction that was not read to its end, the rest comes first the next time.
    const rest = rows.at(-1)?.is_all ?? true ? undefined : rows.at(-1)?.xid
    this.#after = rest === undefined ? '-1' : rows.at(-1)?.id ?? '-1'
    for (const xid of xids) {
      if (xid === rest) break
      this.#pending.delete(xid)
    }
  }

  /** If this fails, the next read deletes them. Nothing is delivered twice: a read deletes before it reads. */
  async #forget(): Promise<void> {
    const done = new Map(this.#done)
    await this.#setup.database.ask((sql) =>
      sql`select _realtime.forget(${[...done.values()]}, ${[...done.keys()]})`
    )
    for (const id of done.keys()) this.#done.delete(id)
  }

  /** Delivers changes and messages in the order of the commits. */
  async #deliver(changes: Change[]): Promise<void> {
    await deliver(
      this.#setup.snapshots,
      changes,
      (relation) => this.#subscriptionsOf(relation),
      (change) => {
        if (change.relation === this.#messages && change.newRow) this.#deliverMessage(change.newRow)
      },
    )
  }

  *#subscriptionsOf(relation: string): Iterable<{ subscription: Subscription; target: Target }> {
    for (const [subscription, target] of this.#byRelation.get(relation) ?? []) yield { subscription, target }
  }

  #deliverMessage({ id, topic, event, private: isPrivate, payload, binary_payload: binary }: Row): void {
    const body = typeof binary === 'string'
      ? Uint8Array.fromHex(binary.replace(/^\\x/, ''))
      : payload === null
      ? null
      : new TextEncoder().encode(JSON.stringify(payload))
    if (!body || typeof topic !== 'string' || typeof event !== 'string' || typeof isPrivate !== 'boolean') {
      return
    }
    if (body.length > limits.payloadBytes) {
      this.#setup.onLog(`realtime: UnableToBroadcastChanges: payload_size_exceeded (topic ${topic})`)
      return
    }
    const encoding = typeof binary === 'string' ? 'binary' : 'json'
    this.#setup.onMessage(topic, isPrivate, { kind: 'user', event, encoding, body, meta: { id } })
  }

  async #tidyUp(): Promise<void> {
    const before = performance.now() - unwatchDelayMs
    const left = [...this.#watched].filter(([, since]) => since !== null && since < before)
    for (const [relation] of left) this.#watched.delete(relation)
    try {
      if (left.length > 0) await this.#tellTriggers()
      if (this.#read < truncateAfter || this.#pending.size > 0) return
      const [row] = await this.#setup.database.ask((sql) =>
        sql<{ tidy: boolean }[]>`select _realtime.tidy_up() as tidy`
      )
      if (row?.tidy) this.#read = 0
    } catch (cause) {
      if (!this.#stopped) this.#setup.onLog(`realtime: ${cause}`)
    }
  }
}
