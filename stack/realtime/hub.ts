/** What the sockets and channels of one server share. */
import type { Changes } from './changes.ts'
import type { Channel } from './channel.ts'
import type { Database } from './database.ts'
import { limits, Rate } from './limits.ts'
import { Presence } from './presence.ts'
import type { Connection } from './socket.ts'
import { Topics } from './topics.ts'

export class Hub {
  readonly topics = new Topics()
  readonly presence = new Presence(this.topics)
  readonly connections = new Set<Connection>()
  readonly channels = new Set<Channel>()
  readonly joins = new Rate(limits.joins, limits.window)

  constructor(
    readonly database: Database,
    /** Verifies tokens. */
    readonly secret: string,
    readonly changes: Changes,
    readonly onLog: (line: string) => void,
  ) {}
}
