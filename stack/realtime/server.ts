/** Realtime: `/realtime/v1`, for sockets and for broadcasts over HTTP, over any Postgres. */
import { Hono } from 'hono'
import { resolveKey } from '../gateway/api_keys.ts'
import type { Keys } from '../keyring.ts'
import { broadcastApi } from './broadcast_api.ts'
import { Changes } from './changes.ts'
import { Hub } from './hub.ts'
import { install } from './install.ts'
import { limits } from './limits.ts'
import { connect } from './lost_connections.ts'
import type { Version } from './protocol.ts'
import { Connection, type Identity } from './socket.ts'
import { type Claims, readToken, TokenError } from './tokens.ts'
import { topicKey } from './topics.ts'

export type Realtime = {
  fetch(request: Request): Response | Promise<Response>
  stop(): Promise<void>
}

type Setup = {
  /** As a superuser, who may become each caller. */
  adminUrl: string
  keys: Keys
  /** Connections to the database: the embedded one has but one backend to share. */
  connections: number
  onLog: (line: string) => void
}

/** How long a client may take to read what it was sent before the others no longer wait for it, in ms. */
const patience = 2_000
/** A client that does not answer for so long is gone, in seconds. */
const silence = 30
/** How often old messages are removed, in ms, and how old they may be; hosted keeps them as long. */
const cleaning = 60 * 60 * 1000
const retention = '3 days'

export async function startRealtime({ adminUrl, keys, connections, onLog }: Setup): Promise<Realtime> {
  const sql = connect(adminUrl, {
    max: connections,
    onnotice: ({ severity, message }) => {
      if (severity === 'WARNING') onLog(String(message))
    },
    connection: { application_name: 'plinth realtime' },
  })
  await install(sql)
  const changes: Changes = new Changes({
    sql,
    adminUrl,
    onLog,
    onMessage: (topic, isPrivate, broadcast) => hub.topics.broadcast(topicKey(topic, isPrivate), broadcast),
    onPublication: () => {
      for (const channel of hub.channels) channel.resubscribe()
    },
    caughtUp: () => caughtUp(hub),
  })
  const hub: Hub = new Hub(sql, keys.jwtSecret, changes, onLog)
  await changes.start()
  const clean = async (): Promise<void> => {
    await sql`delete from realtime.messages where inserted_at < now() at time zone 'UTC' - ${retention}::interval`
      .catch((cause) => onLog(`realtime: ${cause}`))
  }
  await clean()
  const timer = setInterval(() => void clean(), cleaning)
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
      await sql.end({ timeout: 1 })
    },
  }
}

/** Answers an upgrade, or why it is refused. */
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
  const { socket, response } = Deno.upgradeWebSocket(request, { idleTimeout: silence })
  new Connection(socket, hub, version satisfies Version, identity)
  return response
}

/** What a key stands for; as on the platform, a user's token does for a key. Throws a TokenError. */
async function identify(key: string, request: Request, keys: Keys): Promise<Identity> {
  const headers = Object.fromEntries([...request.headers].filter(([name]) => name.startsWith('x-')))
  const known = key.startsWith('sb_') ? await resolveKey(key, keys) : null
  if (known) return { claims: known.claims as Claims, token: null, headers }
  return { claims: await readToken(key, keys.jwtSecret), token: key, headers }
}

/** Who makes an HTTP request: its token, or else its key. */
async function identifyRequest(request: Request, keys: Keys): Promise<Claims | null> {
  const bearer = /^Bearer (\S+)$/i.exec(request.headers.get('authorization') ?? '')?.[1]
  const key = bearer ?? request.headers.get('apikey')
  if (!key) return null
  return await identify(key, request, keys).then(({ claims }) => claims, () => null)
}

/** Waits a while for clients that are behind: reading on would only fill the memory. */
async function caughtUp(hub: Hub): Promise<void> {
  const deadline = Date.now() + patience
  while (Date.now() < deadline && [...hub.connections].some((connection) => !connection.hasCaughtUp)) {
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}
