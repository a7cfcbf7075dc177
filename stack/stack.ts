/** Starts everything in the order that each part needs, and stops it in the reverse one. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import postgres from 'postgres'
import { startEmbedded } from './database/embedded.ts'
import { useExternal } from './database/external.ts'
import { migrate } from './database/migrate.ts'
import { startFunctions } from './functions/host.ts'
import { readConfig } from './gateway/config.ts'
import { createGateway } from './gateway/gateway.ts'
import { Mailbox } from './gateway/mailbox.ts'
import { ObjectStore } from './gateway/object_store.ts'
import { startServices } from './gateway/services.ts'
import { SessionTokens } from './gateway/session_tokens.ts'
import { type Keys, readKeys } from './keyring.ts'
import { jwks } from './keys/tokens.ts'
import { lock } from './lock.ts'
import { type Options, root, StackError } from './options.ts'
import { startRealtime } from './realtime/server.ts'
import { startSchedules } from './schedules.ts'

export type Stack = {
  /** Address of the API. */
  url: string
  /** Address of the database, as `postgres`. */
  databaseUrl: string
  keys: Keys
  stop(): Promise<void>
}

/** How long requests under way may take at the end, in ms. */
const farewell = 2_000

const env = (name: string): string | undefined => Deno.env.get(name)

/** Either everything runs, or nothing does and the reason is thrown. `log` receives what a developer should see. */
export async function startStack(options: Options, log: (text: string) => void): Promise<Stack> {
  const cleanups: (() => Promise<unknown>)[] = []
  const stop = async (): Promise<void> => {
    for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
  }
  try {
    const data = options.ephemeral ? await mkdtemp(join(tmpdir(), 'plinth-data-')) : options.data
    if (options.ephemeral) cleanups.push(() => rm(data, { recursive: true, force: true }))
    await lock(data)
    const config = await readConfig()
    const keys = await readKeys(data, env)

    // The port is taken first: whatever else fails, nothing was started for nothing.
    let handle: (request: Request) => Response | Promise<Response> = () =>
      Response.json({ message: 'Plinth is starting.' }, { status: 503, headers: { 'retry-after': '1' } })
    const server = listen(options.port, (request) => handle(request))
    cleanups.push(() => Promise.resolve(void server.shutdown()))
    const url = `http://127.0.0.1:${server.addr.port}`

    const database = options.databaseUrl
      ? await useExternal(options.databaseUrl)
      : await startEmbedded(data, options.dbPort, log)
    cleanups.push(() => database.stop())
    const sql = postgres(database.adminUrl, { max: 2, onnotice: () => {} })
    cleanups.push(() => sql.end({ timeout: 1 }))
    await migrate(sql, database.url, options.seed)

    const mailbox = new Mailbox()
    const services = await startServices({
      adminUrl: database.adminUrl,
      url,
      keys,
      config,
      mailbox,
      objects: new ObjectStore(join(data, 'storage')),
      connections: options.databaseUrl ? 10 : 1,
    })
    cleanups.push(() => services.stop())
    await sql.listen('pgrst', (payload) => {
      if (payload === '' || payload === 'reload schema') void services.reloadSchema()
    })
    const functions = await startFunctions({
      root,
      env: functionEnv(url, database.url, keys),
      onLog: log,
    })
    cleanups.push(() => functions.stop())
    const realtime = await startRealtime({
      adminUrl: database.adminUrl,
      keys,
      connections: options.databaseUrl ? 5 : 2,
      onLog: log,
    })
    cleanups.push(() => realtime.stop())
    handle = createGateway({
      services,
      tokens: new SessionTokens(sql, keys.jwtSecret, config),
      mailbox,
      functions: (request) => functions.fetch(request),
      realtime: (request) => realtime.fetch(request),
      config,
      keys,
    }).fetch
    // A running job keeps its connection; signing in must not wait for one.
    const jobs = postgres(database.adminUrl, { max: 4, onnotice: () => {} })
    cleanups.push(() => jobs.end({ timeout: 1 }))
    const schedules = await startSchedules({
      sql: jobs,
      onLog: log,
      invoke: async (name, body) => {
        const response = await functions.fetch(
          new Request(`${url}/functions/v1/${name}`, {
            method: 'POST',
            headers: { 'content-type': 'application/json', apikey: keys.secretKey },
            body: JSON.stringify(body),
          }),
        )
        await response.body?.cancel()
        if (!response.ok) throw new Error(`function ${name} answered ${response.status}`)
      },
    })
    cleanups.push(() => schedules.stop())
    // Requests under way are answered before anything they need is stopped; endless streams are not waited for.
    cleanups.push(() =>
      Promise.race([server.shutdown(), new Promise((resolve) => setTimeout(resolve, farewell))])
    )
    // Open sockets would keep that waiting.
    cleanups.push(() => realtime.stop())
    return { url, databaseUrl: database.url, keys, stop }
  } catch (cause) {
    await stop()
    throw cause
  }
}

function listen(
  port: number,
  handler: (request: Request) => Response | Promise<Response>,
): Deno.HttpServer<Deno.NetAddr> {
  try {
    return Deno.serve({ port, hostname: '127.0.0.1', onListen: () => {} }, handler)
  } catch (cause) {
    if (cause instanceof Deno.errors.AddrInUse) {
      throw new StackError(`Port ${port} is in use: stop what listens there, or choose another with --port.`)
    }
    throw cause
  }
}

/** What the platform tells a function of itself. */
function functionEnv(url: string, databaseUrl: string, keys: Keys): Record<string, string> {
  return {
    ...modelSettings(),
    SUPABASE_URL: url,
    SUPABASE_DB_URL: databaseUrl,
    SUPABASE_PUBLISHABLE_KEYS: JSON.stringify({ default: keys.publishableKey }),
    SUPABASE_SECRET_KEYS: JSON.stringify({ default: keys.secretKey }),
    SUPABASE_JWKS: JSON.stringify(jwks(keys.jwtSecret)),
    SUPABASE_ANON_KEY: keys.anonKey,
    SUPABASE_SERVICE_ROLE_KEY: keys.serviceRoleKey,
  }
}

/** Which model embeds texts may also be said where the platform is started. */
function modelSettings(): Record<string, string> {
  return Object.fromEntries(
    Object.entries(Deno.env.toObject()).filter(([name]) => name.startsWith('EMBEDDING_')),
  )
}
