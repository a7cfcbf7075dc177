/** Realtime, `/realtime/v1`: sockets, and broadcasts over HTTP, on any Postgres. */
import { setTimeout as sleep } from 'node:timers/promises'
import { Hono } from 'hono'
import { resolveKey } from '../gateway/api_keys.ts'
import type { Keys } from '../keyring.ts'
import { broadcastApi } from './broadcast_api.ts'
import { Changes } from './changes.ts'
import { Database } from './database.ts'
import { Hub } from './hub.ts'
import { install } from './install.ts'
import { limits } from './limits.ts'
import type { Version } from './protocol.ts'
import { Connection } from './socket.ts'
import { type Claims, readToken, TokenError } from './tokens.ts'
import { topicKey } from './topics.ts'
import type { Identity } from './types.ts'

type Realtime = {
  fetch(request: Request): Response | Promise<Response>
  stop(): Promise<void>
}

type Setup = {
  /** As a superuser, who may become each caller. */
  adminUrl: string
  keys: Keys
  /** Size of the connection pool. All connections to the embedded database share one backend. */
  connections: number
  onLog: (line: string) => void
}

/** How long delivery waits for clients that are behind in reading. */
const catchUpTimeoutMs = 2_000
/** A socket whose client does not answer for this long is closed. */
const idleTimeoutSeconds = 30
/** How often old messages are removed, and their age. Hosted keeps them as long. */
const cleanIntervalMs = 60 * 60 * 1000
const retention = '3 days'

export async function startRealtime({ adminUrl, keys, connections, onLog }: Setup): Promise<Realtime> {
  const database = new Database({ adminUrl, max: connections, onLog })
  const snapshots = new Database({
    adminUrl,
    max: 1,
    settings: { default_transaction_isolation: 'repeatable read' },
    onLog,
  })
  await database.ask(install)
  const changes: Changes = new Changes({
    database,
    snapshots,
    adminUrl,
    onLog,
    onMessage: (topic, isPrivate, broadcast) => hub.topics.broadcast(topicKey(topic, isPrivate), broadcast),
    onPublication: () => {
      for (const channel of hub.channels) channel.resubscribe()
    },
    caughtUp: () => caughtUp(hub),
    onRights: (userId) => {
      for (const channel of hub.channels) {
        if (userId === null || channel.userId === userId) channel.checkRights()
      }
    },
  })
  const hub: Hub = new Hub(database, keys.jwtSecret, changes, onLog)
  await changes.start()
  const clean = async (): Promise<void> => {
    await database.ask((sql) =>
      sql`delete from realtime.messages where inserted_at < now() at time zone 'UTC' - ${retention}::interval`
    ).catch((cause) => onLog(`realtime: ${cause}`))
  }
  await clean()
  const timer = setInterval(() => void clean(), cleanIntervalMs)
  let stopped = false

  const app = new Hono()
    .get('/realtime/v1/websocket', async (c) => {
      if (stopped) return c.json({ error: 'Realtime is restarting, please standby' }, 503)
      return await openSocket(c.req.raw, hub, keys)
    })
    .route('/realtime/v1/api', broadcastApi(hub, (request) => identifyRequest(request, keys)))
    .notFound((c) => c.json({ message: 'not found' }, 404))
  return {
    fetch: (request) => app.fetch(request),
    stop: async () => {
      if (stopped) return
      stopped = true
      clearInterval(timer)
      for (const connection of hub.connections) connection.close('restart')
      await changes.stop()
      await Promise.all([database.end(), snapshots.end()])
    },
  }
}

/** Upgrades a request to a socket, or answers with the reason why not. */
async function openSocket(request: Request, hub: Hub, keys: Keys): Promise<Response> {
  const refuse = (status: number, error: string): Response => Response.json({ error }, { status })
  const { searchParams } = new URL(request.url)
  if (request.headers.get('upgrade')?.toLowerCase() !== 'websocket') {
    return refuse(426, 'This address speaks WebSocket')
  }
  const version = searchParams.get('vsn') ?? '1.0.0'
  if (version !== '1.0.0' && version !== '2.0.0') {
    return refuse(400, `The version "${version}" of the protocol is not supported`)
  }
  const key = request.headers.get('x-api-key') ?? searchParams.get('apikey')
  if (!key) return refuse(401, 'API key is missing')
  let identity: Identity
  try {
    identity = await identify(key, request, keys)
  } catch (cause) {
    if (!(cause instanceof TokenError)) throw cause
    return refuse(401, cause.message.startsWith('Token has expired') ? 'Token has expired' : cause.message)
  }
  if (hub.connections.size >= limits.connections) return refuse(429, 'Too many connected users')
  const { socket, response } = Deno.upgradeWebSocket(request, { idleTimeout: idleTimeoutSeconds })
  new Connection(socket, hub, version satisfies Version, identity)
  return response
}

/** The identity of an API key. As on the platform, a user's token may take its place. Throws a TokenError. */
async function identify(key: string, request: Request, keys: Keys): Promise<Identity> {
  const headers = Object.fromEntries([...request.headers].filter(([name]) => name.startsWith('x-')))
  const known = key.startsWith('sb_') ? await resolveKey(key, keys) : null
  if (known) return { claims: known.claims as Claims, token: null, headers }
  return { claims: await readToken(key, keys.jwtSecret), token: key, headers }
}

/** The claims of an HTTP request's token, or else of its key. Null without a valid one. */
async function identifyRequest(request: Request, keys: Keys): Promise<Claims | null> {
  const bearer = /^Bearer (\S+)$/i.exec(request.headers.get('authorization') ?? '')?.[1]
  const key = bearer ?? request.headers.get('apikey')
  if (!key) return null
  return await identify(key, request, keys).then(({ claims }) => claims, () => null)
}

/** Waits for clients that are behind in reading. Delivering more would only fill the memory. */
async function caughtUp(hub: Hub): Promise<void> {
  const deadline = Date.now() + catchUpTimeoutMs
  while (Date.now() < deadline && [...hub.connections].some((connection) => !connection.hasCaughtUp)) {
    await sleep(10)
  }
}
