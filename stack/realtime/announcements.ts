/**
 * Listens to the announcements of transactions, in the order of their commits, and to users whose rights have changed:
 * `pg_notify('realtime_rights', <user id>)`. Unlike the driver's own `listen`, it
 * reports a lost connection at once, before anything is announced on the next one.
 */
import postgres from 'postgres'

type Setup = {
  adminUrl: string
  onAnnouncement(payload: string): void
  onRights(userId: string): void
  /** The connection is lost, so announcements may be missed. */
  onLoss(): void
  /** Listening has begun, for the first time or again. */
  onListening(): void
}

/** The driver's options, with the one that its own `listen` is made of. */
type Options = postgres.Options<Record<string, never>> & { onnotify(channel: string, payload: string): void }

/** How long to wait before connecting again. */
const reconnectDelayMs = 250

export class Announcements {
  #setup: Setup
  #sql: postgres.Sql
  #stopped = false

  constructor(setup: Setup) {
    this.#setup = setup
    const options: Options = {
      max: 1,
      idle_timeout: 0,
      max_lifetime: null,
      fetch_types: false,
      onnotice: () => {},
      onnotify: (channel, payload) =>
        channel === 'realtime_rights' ? setup.onRights(payload) : setup.onAnnouncement(payload),
      onclose: () => this.#lose(),
      connection: { application_name: 'plinth realtime' },
    }
    this.#sql = postgres(setup.adminUrl, options)
  }

  async start(): Promise<void> {
    await this.#sql`listen _realtime`
    await this.#sql`listen realtime_rights`
    this.#setup.onListening()
  }

  async stop(): Promise<void> {
    this.#stopped = true
    await this.#sql.end({ timeout: 1 })
  }

  #lose(): void {
    if (this.#stopped) return
    this.#setup.onLoss()
    setTimeout(() => void this.#reconnect(), reconnectDelayMs)
  }

  async #reconnect(): Promise<void> {
    if (this.#stopped) return
    // After a refused connection, either #lose or this handler schedules the next attempt.
    await this.start().catch(() => {
      if (!this.#stopped) setTimeout(() => void this.#reconnect(), reconnectDelayMs)
    })
  }
}
