/**
 * REST, and Auth and Storage by `@supabase/lite`. Each service uses the database role that it has on the platform, so a
 * grant that is missing there is missing here, too.
 */
import { App, setExperimental } from '@supabase/lite'
import type { Keys } from '../keyring.ts'
import { createRest } from '../rest/rest.ts'
import { resolveKey } from './api_keys.ts'
import { nameVerification } from './auth_dialect.ts'
import type { Config } from './config.ts'
import { connect, connectStorage, withinRequest, withinStorage } from './connections.ts'
import type { Mailbox } from './mailbox.ts'
import type { ObjectStore } from './object_store.ts'
import { PkceFlows } from './pkce.ts'
import { Redirects } from './redirects.ts'
import { refuseUnfiltered } from './rest_requests.ts'
import { nameUpload, translateAnswer } from './storage_dialect.ts'
import { refuseMalformed, refuseSignature } from './storage_requests.ts'

export type Services = {
  auth(request: Request): Promise<Response>
  rest(request: Request): Promise<Response>
  storage(request: Request): Promise<Response>
  /** Clears REST's cache of tables and functions; the next request reads them again. */
  reloadSchema(): void
  /** The next request reads the settings of REST in the database again. */
  reloadConfig(): void
  stop(): Promise<void>
}

type Setup = {
  /** As a superuser, who may become each service's role. */
  adminUrl: string
  /** The API's own address. */
  url: string
  keys: Keys
  config: Config
  mailbox: Mailbox
  objects: ObjectStore
  /** Size of each service's connection pool. All connections to the embedded database share one backend. */
  connections: number
  /** Of a PostgREST to use instead of the platform's own REST, or null. */
  postgrestUrl: string | null
}

/** Starts the three services. */
export async function startServices(setup: Setup): Promise<Services> {
  const { keys, config } = setup
  setExperimental('storage', true)
  silenceLite()
  const auth = connect(setup.adminUrl, 'supabase_auth_admin', setup.connections)
  const rest = createRest({
    adminUrl: setup.adminUrl,
    keys,
    connections: setup.connections,
    postgrestUrl: setup.postgrestUrl,
    schemas: config.api.schemas,
    maxRows: config.api.max_rows,
  })
  const storage = connectStorage(setup.adminUrl, setup.connections)
  const redirects = new Redirects(config, setup.url)
  const pkce = new PkceFlows()
  const server = { apiKeys: { resolver: (key: string) => resolveKey(key, keys) }, disableStudio: true }
  const common = {
    options: { server, drivers: { email: redirects.addressing(pkce.watching(setup.mailbox)) } },
    api: {
      enabled: true,
      schemas: config.api.schemas,
      max_rows: config.api.max_rows,
      external_url: setup.url,
      anonymous_enabled: false,
    },
    auth: {
      ...config.auth,
      enabled: true,
      // Links in mail begin with it.
      site_url: setup.url,
      additional_redirect_urls: [...redirects.allowed],
      jwt_secret: keys.jwtSecret,
      publishable_key: keys.publishableKey,
      secret_key: keys.secretKey,
    },
    studio: { enabled: false },
  }
  const authApp = new App({ ...common, connection: auth })
  const storageApp = new App({
    ...common,
    connection: storage,
    storage: { ...config.storage, enabled: true },
  })
  storageApp._storageAdapter = setup.objects
  await Promise.all([authApp.init(), storageApp.init()])
  return {
    auth: async (request) => {
      const named = await nameVerification(request)
      return await redirects.follow(
        named,
        (followed) => pkce.follow(followed, async (request) => await authApp.fetch(request)),
      )
    },
    rest: async (request) => refuseUnfiltered(request) ?? await rest.fetch(request),
    storage: async (request) => {
      const refusal = await refuseMalformed(request) ?? await refuseSignature(request, keys.jwtSecret)
      if (refusal) return refusal
      const named = await nameUpload(request)
      const answer = await withinStorage(async () =>
        await withinRequest(request, () => storageApp.fetch(named))
      )
      return translateAnswer(request, answer)
    },
    reloadSchema: () => rest.reloadSchema(),
    reloadConfig: () => rest.reloadConfig(),
    stop: async () => {
      await Promise.all([auth.close(), rest.stop(), storage.close()])
    },
  }
}

/**
 * `@supabase/lite` prints each refused query with its stack, although the client gets the error, and a warning that
 * storage is experimental. Both would only clutter the terminal.
 */
function silenceLite(): void {
  const { error, warn } = console
  const isRefusal = (item: unknown): boolean =>
    item instanceof Error && ('severity' in item && 'code' in item || 'relation' in item)
  console.error = (...items: unknown[]) => items.length === 1 && isRefusal(items[0]) || error(...items)
  console.warn = (...items: unknown[]) => String(items[0]).startsWith('EXPERIMENTAL') || warn(...items)
}
