/**
 * REST and Storage, and Auth by `@supabase/lite`. Each service uses the database role that it has on the platform, so a
 * grant that is missing there is missing here, too.
 */
import { App } from '@supabase/lite'
import type postgres from 'postgres'
import { createAuth } from '../auth/auth.ts'
import { decoyPassword } from '../auth/decoy.ts'
import { EmailChanges } from '../auth/email_change.ts'
import { Limits, parseDuration } from '../auth/limits.ts'
import { SessionTokens } from '../auth/session_tokens.ts'
import { Users } from '../auth/users.ts'
import type { Keys } from '../keyring.ts'
import { createRest } from '../rest/rest.ts'
import { resolveKey } from './api_keys.ts'
import { withVerificationNames } from './auth_dialect.ts'
import type { Config } from './config.ts'
import { connect } from './connections.ts'
import type { Mailbox } from './mailbox.ts'
import { PkceFlows } from './pkce.ts'
import { Redirects } from './redirects.ts'
import { refuseUnfiltered } from './rest_requests.ts'
import { Catalog } from '../storage/catalog.ts'
import { parseSize } from '../storage/names.ts'
import type { ObjectStore } from '../storage/object_store.ts'
import { createStorage } from '../storage/storage.ts'

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
  /** Connections as a superuser. */
  sql: postgres.Sql
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
  silenceLite()
  const auth = connect(setup.adminUrl, 'supabase_auth_admin', setup.connections)
  auth.kysely = auth.kysely.withPlugin(decoyPassword)
  const rest = createRest({
    adminUrl: setup.adminUrl,
    keys,
    connections: setup.connections,
    postgrestUrl: setup.postgrestUrl,
    schemas: config.api.schemas,
    maxRows: config.api.max_rows,
  })
  const catalog = new Catalog(setup.adminUrl, setup.connections)
  const redirects = new Redirects(config, setup.url)
  const pkce = new PkceFlows()
  const limits = new Limits(parseDuration(config.auth.email.max_frequency) ?? 0)
  const mail: Mailbox['send'] = async (message) => {
    limits.sent(message.to)
    await setup.mailbox.send(message)
  }
  const server = { apiKeys: { resolver: (key: string) => resolveKey(key, keys) }, disableStudio: true }
  const common = {
    options: { server, drivers: { email: redirects.addressing(pkce.watching({ send: mail })) } },
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
  await authApp.init()
  const maxBytes = parseSize(config.storage.file_size_limit)
  return {
    auth: authOf(setup, { app: authApp, redirects, pkce, limits, mail }),
    rest: async (request) => refuseUnfiltered(request) ?? await rest.fetch(request),
    storage: createStorage({ catalog, objects: setup.objects, keys, maxBytes }),
    reloadSchema: () => rest.reloadSchema(),
    reloadConfig: () => rest.reloadConfig(),
    stop: async () => {
      await Promise.all([auth.close(), rest.stop(), catalog.close()])
    },
  }
}

type AuthParts = {
  app: App
  redirects: Redirects
  pkce: PkceFlows
  limits: Limits
  mail: Mailbox['send']
}

/** Auth around that of `@supabase/lite`. */
function authOf(
  { sql, url, keys, config }: Setup,
  { app, redirects, pkce, limits, mail }: AuthParts,
): Services['auth'] {
  const users = new Users(sql, config.auth.minimum_password_length)
  const tokens = new SessionTokens(users, keys.jwtSecret, url, config)
  const changes = new EmailChanges({
    ...{ users, mail, url, double: config.auth.email.double_confirm_changes },
    targetOf: (request) => redirects.targetOf(request),
  })
  const lite = async (request: Request): Promise<Response> =>
    await withVerificationNames(request, (named) =>
      redirects.follow(
        named,
        (followed) => pkce.follow(followed, async (request) => await app.fetch(request)),
      ))
  const signups = config.auth.enable_signup
  const admin = { users, keys, redirects, mail, url }
  return createAuth({ lite, tokens, limits, users, changes, keys, signups }, admin)
}

/**
 * `@supabase/lite` prints each refused query with its stack, although the client gets the error. It would only clutter
 * the terminal.
 */
function silenceLite(): void {
  const { error } = console
  const isRefusal = (item: unknown): boolean =>
    item instanceof Error && ('severity' in item && 'code' in item || 'relation' in item)
  console.error = (...items: unknown[]) => items.length === 1 && isRefusal(items[0]) || error(...items)
}
