/**
 * Delivers changes to the subscribers that may read the row; others do not hear that anything changed. One query decides
 * this for all changes of a batch and all subscribers; those with the same claims are checked once.
 */
import type { Database } from './database.ts'
import type { Filter } from './filters.ts'
import { encodeText, type Version } from './protocol.ts'
import type { Row } from './rows.ts'
import type { Event, Target } from './subscriptions.ts'
import type { Claims } from './tokens.ts'

/** One change of a table. Old rows have the columns of the replica identity. */
export type Change = {
  xid: string
  id: string
  relation: string
  operation: Exclude<Event, '*'>
  committedAt: string
  isTooLarge: boolean
  newRow: Row | null
  oldRow: Row | null
}

/** A channel, as a receiver of changes. */
export type Listener = {
  readonly version: Version
  readonly topic: string
  send(frame: string): void
}

export type Subscription = {
  /** Its id in the database. */
  id: string
  /** Its id for the client, unique within the channel. */
  clientId: number
  listener: Listener
  event: Event
  select: string[] | null
  claims: Claims
  targets: Target[]
}

/** The database's answer about the changes of one table. */
type Answer = {
  schema: string
  table: string
  key: string[]
  /** Row level security is enabled. */
  is_limited: boolean
  columns: { name: string; type: string }[]
  filters: number[][]
  roles: { columns: string[]; visible: number[][] }[]
}

/** Keeps the claims that are checked, because a refreshed token replaces those of the subscription meanwhile. */
type Candidate = { subscription: Subscription; claims: Claims; filtered: string[]; others: Filter[] }
type Question = {
  filters: Filter[]
  tested: number[]
  roles: { role: string; readers: { claims: Claims; ids: number[] }[] }[]
}

/** A change, and the subscriptions that it matches as far as can be decided without the database. */
type Match = { change: Change; candidates: Candidate[] }

/**
 * Sends each change, in the given order, to its subscribers, and then to `others`. `snapshots` must be repeatable read:
 * otherwise a row that is deleted meanwhile exists for one part of the answer and not for the next, and no subscriber
 * receives it.
 */
export async function deliver(
  snapshots: Database,
  changes: Change[],
  subscriptionsOf: (relation: string) => Iterable<{ subscription: Subscription; target: Target }>,
  others: (change: Change) => void,
): Promise<void> {
  const matches = changes.map((change): Match => ({
    change,
    candidates: candidatesFor(change, subscriptionsOf),
  }))
  const questions = new Map<string, Questions>()
  for (const { change, candidates } of matches) {
    for (const candidate of candidates) {
      const question = questions.get(change.relation) ?? new Questions()
      questions.set(change.relation, question)
      question.add(change, candidate)
    }
  }
  if (questions.size > 0) {
    const asked = Object.fromEntries([...questions].map(([relation, question]) => [relation, question.asked]))
    const [row] = await snapshots.ask((sql) =>
      sql<{ answer: Record<string, Answer | null> }[]>`
      select _realtime.judge(${sql.json(asked as never)}, ${changes.map((change) => change.xid)},
        ${changes.map((change) => change.id)}) as answer`
    )
    for (const [relation, question] of questions) question.understand(row?.answer[relation] ?? null)
  }
  for (const { change, candidates } of matches) {
    const question = questions.get(change.relation)
    if (question) send(change, candidates, question)
    others(change)
  }
}

function candidatesFor(
  change: Change,
  subscriptionsOf: (relation: string) => Iterable<{ subscription: Subscription; target: Target }>,
): Candidate[] {
  const row = (change.operation === 'DELETE' ? change.oldRow : change.newRow) ?? {}
  const candidates: Candidate[] = []
  for (const { subscription, target } of subscriptionsOf(change.relation)) {
    if (subscription.event !== '*' && subscription.event !== change.operation) continue
    const others: Filter[] = []
    const passes = target.conditions.every(({ filter, test }) => {
      // Of a deleted row, only the replica identity can be compared.
      if (change.operation === 'DELETE' && !(filter.column in row)) return false
      // A row that is too large comes without some values.
      if (test && !change.isTooLarge) return test(row)
      return others.push(filter)
    })
    const filtered = target.conditions.map(({ filter }) => filter.column)
    if (passes) candidates.push({ subscription, claims: subscription.claims, filtered, others })
  }
  return candidates
}

/** The questions about one table, and the database's answer. */
class Questions {
  asked: Question = { filters: [], tested: [], roles: [] }
  answer: Answer | null = null
  #filters = new Map<string, number>()
  #readers = new Map<string, { role: number; reader: number }>()
  #passed: Set<number>[] = []
  #visible: Set<number>[][] = []

  add(change: Change, { claims, others }: Candidate): void {
    const id = Number(change.id)
    for (const filter of others) {
      const key = JSON.stringify(filter)
      if (!this.#filters.has(key)) this.#filters.set(key, this.asked.filters.push(filter) - 1)
      if (this.asked.tested.at(-1) !== id) this.asked.tested.push(id)
    }
    const { role, reader } = this.#readerOf(claims)
    const ids = this.asked.roles[role]?.readers[reader]?.ids
    if (ids && ids.at(-1) !== id) ids.push(id)
  }

  understand(answer: Answer | null): void {
    this.answer = answer
    this.#passed = answer?.filters.map((ids) => new Set(ids)) ?? []
    this.#visible = answer?.roles.map((role) => role.visible.map((ids) => new Set(ids))) ?? []
  }

  passes(change: Change, others: Filter[]): boolean {
    return others.every((filter) =>
      this.#passed[this.#filters.get(JSON.stringify(filter)) ?? -1]?.has(Number(change.id)) ?? false
    )
  }

  mayRead(change: Change, claims: Claims): boolean {
    const { role, reader } = this.#readerOf(claims)
    return this.#visible[role]?.[reader]?.has(Number(change.id)) ?? false
  }

  /** Columns that the role may select. */
  columnsOf(claims: Claims): string[] {
    return this.answer?.roles[this.#readerOf(claims).role]?.columns ?? []
  }

  #readerOf(claims: Claims): { role: number; reader: number } {
    const key = claimsKey(claims)
    const known = this.#readers.get(key)
    if (known) return known
    let role = this.asked.roles.findIndex((item) => item.role === claims.role)
    if (role < 0) role = this.asked.roles.push({ role: claims.role, readers: [] }) - 1
    const readers = this.asked.roles[role]?.readers ?? []
    const place = { role, reader: readers.push({ claims, ids: [] }) - 1 }
    this.#readers.set(key, place)
    return place
  }
}

const claimsKeys = new WeakMap<Claims, string>()

function claimsKey(claims: Claims): string {
  const key = claimsKeys.get(claims) ?? JSON.stringify(claims)
  claimsKeys.set(claims, key)
  return key
}

function send(change: Change, candidates: Candidate[], question: Questions): void {
  if (!question.answer) return
  const payloads = new Map<string, string>()
  /** Client ids by channel and payload: a channel with several matching subscriptions gets one message. */
  const messages = new Map<Listener, Map<string, Set<number>>>()
  const error = errorOf(change, question.answer)
  for (const { subscription, claims, filtered, others } of candidates) {
    const { select, listener, clientId } = subscription
    const columns = question.columnsOf(claims)
    if (!question.passes(change, others) || !question.mayRead(change, claims)) continue
    // What passes a filter shows a value, which the role may have lost the right to read since it subscribed.
    if (!filtered.every((name) => columns.includes(name))) continue
    const key = `${claims.role} ${select?.join() ?? '*'}`
    const payload = payloads.get(key) ?? payloadOf(change, question.answer, columns, select, error)
    payloads.set(key, payload)
    const mine = messages.get(listener) ?? new Map<string, Set<number>>()
    messages.set(listener, mine.set(payload, (mine.get(payload) ?? new Set()).add(clientId)))
  }
  for (const [listener, mine] of messages) {
    for (const [payload, ids] of mine) {
      listener.send(encodeText(listener.version, {
        topic: listener.topic,
        event: 'postgres_changes',
        payload: `{"ids":${JSON.stringify([...ids])},"data":${payload}}`,
      }))
    }
  }
}

function errorOf({ operation }: Change, { key }: Answer): string | null {
  return key.length > 0 || operation === 'DELETE' ? null : 'Error 400: Bad Request, no primary key'
}

/** The change in the platform's shape, with the columns that the role may select and the subscription asks for. */
function payloadOf(
  change: Change,
  answer: Answer,
  selectable: string[],
  select: string[] | null,
  error: string | null,
): string {
  const { schema, table, key, is_limited } = answer
  const { operation, committedAt, isTooLarge } = change
  const common = { schema, table, commit_timestamp: committedAt, type: operation }
  if (error) return JSON.stringify({ ...common, columns: [], record: {}, errors: [error] })
  const columns = answer.columns.filter(({ name }) =>
    selectable.includes(name) && (select === null || select.includes(name) || key.includes(name))
  )
  const pick = (row: Row | null, wanted = columns): Row => {
    const picked: Row = {}
    for (const { name, type } of wanted) {
      if (row && name in row) picked[name] = type === 'bytea' ? withoutPrefix(row[name]) : row[name]
    }
    return picked
  }
  // Whether a policy would show the other columns of a deleted row can no longer be checked.
  const deleted = is_limited ? columns.filter(({ name }) => key.includes(name)) : columns
  return JSON.stringify({
    ...common,
    columns,
    ...(operation === 'DELETE' ? {} : { record: pick(change.newRow) }),
    ...(operation === 'UPDATE' ? { old_record: pick(change.oldRow) } : {}),
    ...(operation === 'DELETE' ? { old_record: pick(change.oldRow, deleted) } : {}),
    errors: isTooLarge ? ['Error 413: Payload Too Large'] : null,
  })
}

/** Hosted writes bytes as hexadecimal digits only. */
function withoutPrefix(value: unknown): unknown {
  return typeof value === 'string' ? value.replace(/^\\x/, '') : value
}
