/** One channel of a socket: its join, the messages of its client, and what it delivers to the client. */
import { within } from '../within.ts'
import { authorize, type Extension } from './authorize.ts'
import type { Listener, Subscription } from './delivery.ts'
import type { Hub } from './hub.ts'
import { type Join, readJoin, readReplay } from './join.ts'
import { limits, Rate } from './limits.ts'
import { encodeBroadcast, encodeText, type Frame, type Incoming, UserPush, type Version } from './protocol.ts'
import { replay } from './replay.ts'
import { enter, readWanted, SubscriptionError, withdraw } from './subscriptions.ts'
import { type Claims, isKey, readToken, TokenError } from './tokens.ts'
import { type Member, topicKey } from './topics.ts'
import type { ClientChannel, ClientSocket } from './types.ts'

/** A refused join. The message is the reason that the client receives. */
class Refusal extends Error {
  override name = 'Refusal'
}

/** What the policies allow; undefined where they have not been asked yet. Public channels may do everything. */
type Rights = Record<'read' | 'write', Partial<Record<Extension, boolean>>>
const everything: Rights = {
  read: { broadcast: true, presence: true },
  write: { broadcast: true, presence: true },
}

/** One entry of `postgres_changes`: its parameters, and its ids in the database and for the client. */
type ChangeRequest = { params: unknown; id: string; clientId: number }

/** The longest time that a timer can wait. */
const maxTimerMs = 2 ** 31 - 1
/** How long a client that waits for its subscription does so by default, and at most. */
const subscribeTimeoutMs = { default: 15_000, max: 20_000 }

export class Channel implements Member, Listener, ClientChannel {
  readonly topic: string
  readonly version: Version
  /** The topic without `realtime:`. */
  readonly name: string
  replayed: ReadonlySet<string> = new Set()
  #socket: ClientSocket
  #hub: Hub
  #joinRef: string | null
  #config: Join['config'] = readJoin({}).config
  #key = ''
  #claims: Claims
  #token: string | null = null
  #rights: Rights = everything
  #presenceKey = ''
  #tracked: string | null = null
  #requests: ChangeRequest[] = []
  #subscriptions: Subscription[] = []
  #expiry: ReturnType<typeof setTimeout> | undefined
  /** How many changes of rights the policies have not been asked about yet, and what the topic says until then. */
  #checks = 0
  #held: { extension: Extension; frame: Frame }[] = []
  /** Messages of the client are handled one after the other. */
  #queue: Promise<void> = Promise.resolve()
  #ended = false
  #messages = new Rate(limits.messagesPerSecond, limits.windowMs)
  #presences = new Rate(limits.presencesPerSecond, limits.windowMs)

  constructor(socket: ClientSocket, hub: Hub, { topic, joinRef }: Incoming) {
    this.#socket = socket
    this.#hub = hub
    this.#joinRef = joinRef
    this.#claims = socket.identity.claims
    this.topic = topic
    this.version = socket.version
    this.name = topic.slice('realtime:'.length)
  }

  get userId(): string | null {
    return typeof this.#claims.sub === 'string' ? this.#claims.sub : null
  }

  get mayReadBroadcasts(): boolean {
    return this.#rights.read.broadcast === true
  }

  get mayReadPresence(): boolean {
    return this.#rights.read.presence === true
  }

  send(frame: Frame): void {
    if (!this.#ended) this.#socket.send(frame)
  }

  hear(extension: Extension, frame: Frame): void {
    if (this.#checks > 0) this.#held.push({ extension, frame })
    else this.send(frame)
  }

  received(): void {
    if (!this.#messages.allows()) this.#shutDown('Too many messages per second')
  }

  join(message: Incoming): void {
    this.#handle(async () => {
      try {
        const changes = await this.#join(message.payload)
        if (this.#ended) return
        this.#socket.reply(message, 'ok', { postgres_changes: changes })
        await this.#afterJoin()
      } catch (cause) {
        if (this.#ended) return
        if (!(cause instanceof Refusal)) this.#hub.onLog(`realtime: join of ${this.topic}: ${cause}`)
        const reason = cause instanceof Refusal
          ? cause.message
          : 'Realtime was unable to connect to the project database'
        this.#socket.reply(message, 'error', { reason })
        this.end()
      }
    })
  }

  receive(message: Incoming): void {
    this.#handle(async () => {
      switch (message.event) {
        case 'broadcast':
          return await this.#broadcast(message)
        case 'presence':
          return await this.#presence(message)
        case 'access_token':
          return await this.#refresh(message.payload)
        case 'phx_leave':
          this.#socket.reply(message, 'ok')
          return this.close()
      }
    })
  }

  close(): void {
    if (this.#ended) return
    this.send(this.#frame('phx_close', {}, this.#joinRef))
    this.end()
  }

  end(): void {
    if (this.#ended) return
    this.#ended = true
    clearTimeout(this.#expiry)
    if (this.#socket.channels.get(this.topic) === this) this.#socket.channels.delete(this.topic)
    this.#hub.channels.delete(this)
    this.#hub.topics.leave(this.#key, this)
    this.#hub.presence.untrack(this.#key, this)
    this.#unsubscribe()
    const ids = this.#requests.map(({ id }) => id)
    if (ids.length > 0) {
      // Queued behind the work in progress, which may still enter subscriptions.
      void this.#queue.then(() => withdraw(this.#hub.database, ids)).catch(() => {})
    }
  }

  resubscribe(): void {
    if (this.#requests.length > 0) this.#handle(() => this.#subscribe(false))
  }

  checkRights(): void {
    if (!this.#config.private) return
    // What is said from now on is not heard before the answer.
    this.#checks++
    this.#handle(async () => {
      if (!(await this.#mayRead())) {
        return this.#shutDown(`You no longer have permission to read from this Channel topic: ${this.name}`)
      }
      if (--this.#checks > 0) return
      for (const { extension, frame } of this.#held.splice(0)) {
        if (this.#rights.read[extension]) this.send(frame)
      }
    })
  }

  #handle(work: () => Promise<void>): void {
    this.#queue = this.#queue.then(() => this.#ended ? undefined : work()).catch((cause) => {
      this.#hub.onLog(`realtime: ${this.topic}: ${cause}`)
    })
  }

  #frame(event: string, payload: object, ref: string | null = null): Frame {
    return encodeText(this.version, {
      joinRef: this.#joinRef,
      ref,
      topic: this.topic,
      event,
      payload: JSON.stringify(payload),
    })
  }

  #system(extension: 'system' | 'postgres_changes', status: 'ok' | 'error', message: string): void {
    this.send(this.#frame('system', { extension, status, message, channel: this.name }))
  }

  #shutDown(message: string): void {
    this.#system('system', 'error', message)
    this.close()
  }

  // Joining ----------------------------------------------------------------------------------------------------------

  /** Checks whether the client may join; throws a Refusal. Returns its requests for changes with their ids. */
  async #join(payload: unknown): Promise<object[]> {
    if (this.name === '') throw new Refusal('TopicNameRequired: You must provide a topic name')
    const { config, access_token, user_token } = readJoin(payload)
    this.#config = config
    this.#presenceKey = config.presence.key || crypto.randomUUID()
    this.#key = topicKey(this.name, config.private)
    const token = access_token ?? user_token
    try {
      await this.#identify(token === undefined || isKey(token) ? null : user_token ?? access_token ?? null)
    } catch (cause) {
      if (cause instanceof TokenError) throw new Refusal(`${cause.code}: ${cause.message}`)
      throw cause
    }
    if (this.#ended) return []
    // Before the policies are asked, so that a change of rights meanwhile is not missed.
    this.#hub.channels.add(this)
    if (config.private && !(await this.#mayRead())) {
      throw new Refusal(
        `Unauthorized: You do not have permissions to read from this Channel topic: ${this.name}`,
      )
    }
    const again = config.broadcast.replay === undefined ? [] : await this.#replayable()
    await this.#hub.changes.addMessages()
    if (this.#ended) return []
    this.#requests = requests(config.postgres_changes)
    if (config.postgres_changes_options.wait && this.#requests.length > 0) {
      const reason = await this.#subscribeInTime(config.postgres_changes_options.timeout)
      if (reason) throw new Refusal(reason)
    }
    if (this.#ended) return []
    this.replayed = new Set(again.flatMap(({ meta }) => typeof meta?.id === 'string' ? [meta.id] : []))
    this.#again = again.flatMap((broadcast) => encodeBroadcast(this.version, this.topic, broadcast) ?? [])
    this.#hub.topics.enter(this.#key, this)
    return this.#requests.map(({ params, clientId }) => ({ ...params as object, id: clientId }))
  }

  /** Frames of stored broadcasts, sent right after joining. */
  #again: Frame[] = []

  async #afterJoin(): Promise<void> {
    for (const frame of this.#again.splice(0)) this.hear('broadcast', frame)
    if (this.#config.presence.enabled && this.mayReadPresence) {
      this.hear('presence', this.#frame('presence_state', this.#hub.presence.state(this.#key)))
    }
    if (this.#config.broadcast.replication_ready) {
      this.#system('system', 'ok', 'Replication connection established')
    }
    if (this.#requests.length > 0) {
      if (this.#config.postgres_changes_options.wait) {
        this.#system('postgres_changes', 'ok', 'Subscribed to PostgreSQL')
      } else await this.#subscribe(true)
    }
  }

  async #replayable(): ReturnType<typeof replay> {
    if (!this.#config.private) {
      throw new Refusal('UnableToReplayMessages: Replay is not allowed for public channels')
    }
    if (!this.mayReadBroadcasts) {
      throw new Refusal(
        `Unauthorized: You do not have permissions to read from this Channel topic: ${this.name}`,
      )
    }
    const wanted = readReplay(this.#config.broadcast.replay)
    if (!wanted) throw new Refusal('UnableToReplayMessages: Replay params are not valid')
    return await replay(this.#hub.database, this.name, wanted)
  }

  // Identity ---------------------------------------------------------------------------------------------------------

  /** Takes the claims of a token, or else of the socket's key. The channel ends when they expire. Throws a TokenError. */
  async #identify(token: string | null): Promise<void> {
    const { identity } = this.#socket
    const own = token ?? identity.token
    this.#claims = own === null ? identity.claims : await readToken(own, this.#hub.secret)
    this.#token = own
    clearTimeout(this.#expiry)
    if (own !== null && !this.#ended) this.#awaitExpiry(Number(this.#claims.exp) * 1000)
  }

  #awaitExpiry(at: number): void {
    const left = at - Date.now()
    this.#expiry = setTimeout(() => {
      if (left > maxTimerMs) this.#awaitExpiry(at)
      else {this.#shutDown(
          `Token has expired ${Math.max(0, Math.round((Date.now() - at) / 1000))} seconds ago`,
        )}
    }, Math.min(Math.max(left, 0), maxTimerMs))
  }

  async #refresh(payload: unknown): Promise<void> {
    const token = typeof payload === 'object' && payload !== null && 'access_token' in payload
      ? payload.access_token
      : null
    if (typeof token !== 'string' || isKey(token) || token === this.#token) return
    const before = this.#rights.read
    try {
      await this.#identify(token)
    } catch (cause) {
      if (cause instanceof TokenError) return this.#shutDown(cause.message)
      throw cause
    }
    if (this.#config.private) {
      if (!(await this.#mayRead())) {
        return this.#shutDown(`You do not have permissions to read from this Channel topic: ${this.name}`)
      }
      const after = this.#rights.read
      if (before.broadcast && !after.broadcast || before.presence && !after.presence) {
        return this.#shutDown(`You no longer have permission to read from this Channel topic: ${this.name}`)
      }
    }
    for (const subscription of this.#subscriptions) subscription.claims = this.#claims
    if (this.#requests.length > 0) await this.#subscribe(true)
  }

  // Authorization ----------------------------------------------------------------------------------------------------

  async #ask(action: 'read' | 'write', extensions: Extension[]): Promise<Rights['read']> {
    const caller = {
      topic: this.name,
      claims: this.#claims,
      headers: this.#socket.identity.headers,
    }
    return await authorize(this.#hub.database, caller, action, extensions).catch((cause) => {
      // A policy that raises an error allows nothing.
      this.#hub.onLog(`realtime: RlsPolicyError: ${cause instanceof Error ? cause.message : cause}`)
      return Object.fromEntries(extensions.map((extension) => [extension, false]))
    })
  }

  /**
   * Asks the policies again. Their previous answer holds until then, so that nothing is missed meanwhile. They are asked
   * about presence only if the client wants to see it.
   */
  async #mayRead(): Promise<boolean> {
    const read = await this.#ask(
      'read',
      this.#config.presence.enabled ? ['broadcast', 'presence'] : ['broadcast'],
    )
    this.#rights = { read, write: {} }
    return this.mayReadBroadcasts || this.mayReadPresence
  }

  async #mayWrite(extension: Extension): Promise<boolean> {
    const { read, write } = this.#rights
    if (write[extension] === undefined) {
      this.#rights = { read, write: { ...write, ...await this.#ask('write', [extension]) } }
    }
    return this.#rights.write[extension] === true
  }

  // Broadcast --------------------------------------------------------------------------------------------------------

  async #broadcast(message: Incoming): Promise<void> {
    const { payload } = message
    const { ack, self } = this.#config.broadcast
    // As on the platform, a client that may not write gets no answer.
    if (!(await this.#mayWrite('broadcast')) || this.#ended) return
    if (!this.#messages.allows()) return this.#shutDown('Too many messages per second')
    const broadcast = payload instanceof UserPush
      ? isSound(payload) ? { kind: 'user' as const, ...payload } : null
      : typeof payload === 'object' && payload !== null
      ? { kind: 'json' as const, payload: { ...payload } }
      : null
    if (!broadcast) return
    const size = broadcast.kind === 'user' ? broadcast.body.length : JSON.stringify(broadcast.payload).length
    const fits = size <= limits.payloadBytes
    if (fits) this.#hub.topics.broadcast(this.#key, broadcast, self ? undefined : this)
    if (!ack) return
    if (fits) this.#socket.reply(message, 'ok')
    else this.#socket.reply(message, 'error', { reason: 'payload_size_exceeded' })
  }

  // Presence ---------------------------------------------------------------------------------------------------------

  async #presence(message: Incoming): Promise<void> {
    const payload = typeof message.payload === 'object' && message.payload !== null
      ? message.payload as Record<string, unknown>
      : {}
    if (typeof payload.event !== 'string') return this.#socket.reply(message, 'ok')
    if (!this.#presences.allows()) return this.#shutDown('Client presence rate limit exceeded')
    switch (payload.event.toLowerCase()) {
      case 'track':
        return await this.#track(message, payload.payload ?? {})
      case 'untrack':
        this.#tracked = null
        this.#hub.presence.untrack(this.#key, this)
        return this.#socket.reply(message, 'ok')
      default:
        return this.#socket.reply(message, 'error')
    }
  }

  async #track(message: Incoming, payload: unknown): Promise<void> {
    if (this.#config.private && this.#rights.read.presence === undefined) {
      const read = { ...this.#rights.read, ...await this.#ask('read', ['presence']) }
      this.#rights = { ...this.#rights, read }
    }
    if (!(await this.#mayWrite('presence'))) return this.#socket.reply(message, 'error')
    if (this.#ended) return
    if (typeof payload !== 'object' || payload === null || Array.isArray(payload)) {
      return this.#socket.reply(message, 'error', { reason: 'Presence track payload must be a map' })
    }
    const text = JSON.stringify(payload)
    if (text.length > limits.payloadBytes) return this.#shutDown('Track message size exceeded')
    if (text !== this.#tracked) {
      this.#tracked = text
      this.#hub.presence.track(this.#key, this, this.#presenceKey, { ...payload })
    }
    this.#socket.reply(message, 'ok')
  }

  // Changes ----------------------------------------------------------------------------------------------------------

  /** Subscribes, or subscribes again with other claims, and sends the client the outcome. */
  async #subscribe(isAnnounced: boolean): Promise<void> {
    try {
      await this.#enterAll()
      if (isAnnounced) this.#system('postgres_changes', 'ok', 'Subscribed to PostgreSQL')
    } catch (cause) {
      if (!(cause instanceof SubscriptionError)) this.#hub.onLog(`realtime: ${this.topic}: ${cause}`)
      this.#system('postgres_changes', 'error', cause instanceof Error ? cause.message : String(cause))
    }
  }

  /** For a client that waits for its subscription: the reason of a failure, or null. */
  async #subscribeInTime(timeoutMs = subscribeTimeoutMs.default): Promise<string | null> {
    const entered = this.#enterAll().then(() => ({ reason: null }), (cause) => {
      if (!(cause instanceof SubscriptionError)) throw cause
      return { reason: `RealtimeDisabledForConfiguration: ${cause.message}` }
    })
    const answer = await within(entered, Math.min(timeoutMs, subscribeTimeoutMs.max))
    return answer ? answer.reason : 'PostgresChangesSubscribeTimeout: Subscribing to changes took too long'
  }

  /** Enters all requested subscriptions, or none. */
  async #enterAll(): Promise<void> {
    const { database, changes } = this.#hub
    const entered: Subscription[] = []
    try {
      const wanted = this.#requests.map(({ params, ...ids }) => ({ ...ids, ...readWanted(params) }))
      for (const { id, clientId, ...one } of wanted) {
        const targets = await enter(database, id, one, this.#claims)
        entered.push({
          id,
          clientId,
          listener: this,
          event: one.event,
          select: one.select,
          claims: this.#claims,
          targets,
        })
      }
    } catch (cause) {
      this.#unsubscribe()
      await withdraw(database, this.#requests.map(({ id }) => id))
      throw cause
    }
    this.#unsubscribe()
    if (this.#ended) return
    this.#subscriptions = entered
    await Promise.all(entered.map((subscription) => changes.add(subscription)))
  }

  #unsubscribe(): void {
    for (const subscription of this.#subscriptions.splice(0)) this.#hub.changes.remove(subscription)
  }
}

/** JSON is forwarded as it came, so it must be valid. */
function isSound({ encoding, body }: UserPush): boolean {
  if (encoding === 'binary') return true
  try {
    JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body))
    return true
  } catch {
    return false
  }
}

/** Gives each entry of `postgres_changes` its ids. Equal entries share the client's id. */
function requests(wanted: unknown[]): ChangeRequest[] {
  const ids = new Map<string, number>()
  return wanted.map((params) => {
    const text = JSON.stringify(params)
    let clientId = ids.get(text)
    if (clientId === undefined) {
      clientId = hash(text)
      while ([...ids.values()].includes(clientId)) clientId++
      ids.set(text, clientId)
    }
    return { params, id: crypto.randomUUID(), clientId }
  })
}

/** FNV-1a in 27 bits, as on the platform. */
function hash(text: string): number {
  let value = 0x811c9dc5
  for (const byte of new TextEncoder().encode(text)) value = Math.imul(value ^ byte, 0x01000193) >>> 0
  return value % 2 ** 27
}
