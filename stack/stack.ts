/** Starts everything in the order that each part needs, and stops it in the reverse order. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import postgres from 'postgres'
import { createEmbedded, type Database, startEmbedded } from './database/embedded.ts'
import { useExternal } from './database/external.ts'
import { migrate } from './database/migrate.ts'
import { functionEnv } from './functions/env.ts'
import { startFunctions } from './functions/host.ts'
import { type Config, readConfig } from './gateway/config.ts'
import { createGateway } from './gateway/gateway.ts'
import { Mailbox } from './gateway/mailbox.ts'
import { startServices } from './gateway/services.ts'
import { type Keys, readKeys } from './keyring.ts'
import { lock } from './lock.ts'
import { hasNetStandIn, startNet, storeFunctionSecrets } from './net.ts'
import { type Options, root, StackError } from './options.ts'
import { startRealtime } from './realtime/server.ts'
import { hasCronStandIn, startSchedules } from './schedules.ts'
import { Progress } from './progress.ts'
import { listen } from './server.ts'
import { ObjectStore } from './storage/object_store.ts'

export type Stack = {
  /** Address of the API. */
  url: string
  /** Address of the database, as `postgres`. */
  databaseUrl: string
  keys: Keys
  stop(): Promise<void>
}

/** What the parts of one platform share. */
type Platform = {
  options: Options
  /** The data folder. */
  data: string
  config: Config
  keys: Keys
  /** Address of the API. */
  url: string
  database: Database
  /** Connections as a superuser. */
  sql: postgres.Sql
  log: (text: string) => void
  /** Everything that has to be stopped. */
  resources: AsyncDisposableStack
}

const env = (name: string): string | undefined => Deno.env.get(name)

/** Starts the whole platform, or throws the reason and stops what was started. `log` receives lines for the developer. */
export async function startStack(options: Options, log: (text: string) => void): Promise<Stack> {
  const resources = new AsyncDisposableStack()
  const progress = new Progress(log)
  const stop = async (): Promise<void> => await resources.disposeAsync()
  try {
    const data = await openDataFolder(options, resources)
    const config = await readConfig()
    const keys = await readKeys(data, env)
    // Takes the port first: if it is in use, nothing else has been started.
    const server = listen(options.port)
    resources.defer(() => void server.shutdown())
    const { url } = server
    const database = await openDatabase(options, data, log, progress)
    resources.defer(() => database.stop())
    const sql = postgres(database.adminUrl, { max: 2, onnotice: () => {} })
    resources.defer(() => sql.end({ timeout: 1 }))
    const platform = { options, data, config, keys, url, database, sql, log, resources }
    const sendsRequests = await hasNetStandIn(sql)
    if (sendsRequests) await storeFunctionSecrets(sql, { project_url: url, secret_key: keys.secretKey })
    await migrate(sql, database.url, options.seed, progress)
    progress.begin('starting the services')

    const { fetch, closeSockets } = await startApi(platform)
    server.handle(fetch)
    await startJobs(platform)
    // Requests are answered before anything they need is stopped. Open sockets would delay that.
    resources.defer(() => server.shutdown())
    resources.defer(closeSockets)
    if (sendsRequests) {
      // It stops first, so that requests it has not sent yet stay in the queue for the next start.
      const net = await startNet({ sql, onLog: log })
      resources.defer(() => net.stop())
    }
    progress.end()
    return { url, databaseUrl: database.url, keys, stop }
  } catch (cause) {
    const stage = progress.end()
    // The sentence of an expected failure says what is wrong by itself.
    if (stage && !(cause instanceof StackError)) log(`The start failed while ${stage}:`)
    await stop()
    throw cause
  }
}

async function openDataFolder(options: Options, resources: AsyncDisposableStack): Promise<string> {
  if (!options.ephemeral) {
    await lock(options.data)
    return options.data
  }
  const data = await mkdtemp(join(tmpdir(), 'plinth-data-'))
  resources.defer(() => rm(data, { recursive: true, force: true }))
  await lock(data)
  return data
}

async function openDatabase(
  { databaseUrl, dbPort }: Options,
  data: string,
  log: (text: string) => void,
  progress: Progress,
): Promise<Database> {
  if (databaseUrl) {
    progress.begin('preparing the database of DATABASE_URL')
    return await useExternal(databaseUrl)
  }
  await createEmbedded(data, () => progress.begin('making a database, once for all starts'))
  progress.begin('opening the database')
  return await startEmbedded(data, dbPort, log)
}

/** Starts the services behind the gateway. */
async function startApi(
  { options, data, config, keys, url, database, sql, log, resources }: Platform,
): Promise<{ fetch: (request: Request) => Promise<Response>; closeSockets: () => Promise<void> }> {
  const mailbox = new Mailbox()
  const services = await startServices({
    adminUrl: database.adminUrl,
    sql,
    url,
    keys,
    config,
    mailbox,
    objects: new ObjectStore(join(data, 'storage')),
    connections: options.databaseUrl ? 10 : 1,
    postgrestUrl: options.postgrestUrl,
  })
  resources.defer(() => services.stop())
  await sql.listen('pgrst', (payload) => {
    if (payload === '' || payload === 'reload schema') services.reloadSchema()
    if (payload === '' || payload === 'reload config') services.reloadConfig()
  })
  const functions = startFunctions({ root, env: functionEnv(url, database.url, keys), onLog: log })
  resources.defer(() => functions.stop())
  const realtime = await startRealtime({
    adminUrl: database.adminUrl,
    keys,
    connections: options.databaseUrl ? 5 : 2,
    onLog: log,
  })
  resources.defer(() => realtime.stop())
  const gateway = createGateway({
    services,
    mailbox,
    functions: (request) => functions.fetch(request),
    realtime: (request) => realtime.fetch(request),
    config,
    keys,
  })
  return { fetch: gateway, closeSockets: () => realtime.stop() }
}

async function startJobs({ database, sql, log, resources }: Platform): Promise<void> {
  if (!await hasCronStandIn(sql)) return
  // A running job keeps its connection, and sign-ins must not wait for one.
  const connections = postgres(database.adminUrl, { max: 4, onnotice: () => {} })
  resources.defer(() => connections.end({ timeout: 1 }))
  const schedules = await startSchedules({ sql: connections, onLog: log })
  resources.defer(() => schedules.stop())
}
