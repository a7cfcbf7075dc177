/** The state that the sockets and channels of one server share. */
import type { Changes } from './changes.ts'
import type { Database } from './database.ts'
import { limits, Rate } from './limits.ts'
import { Presence } from './presence.ts'
import { Topics } from './topics.ts'
import type { ClientChannel, ClientSocket } from './types.ts'

export class Hub {
  readonly topics = new Topics()
  readonly presence = new Presence(this.topics)
  readonly connections = new Set<ClientSocket>()
  readonly channels = new Set<ClientChannel>()
  readonly joins = new Rate(limits.joinsPerSecond, limits.windowMs)

  constructor(
    readonly database: Database,
    /** The JWT secret that tokens are verified with. */
    readonly secret: string,
    readonly changes: Changes,
    readonly onLog: (line: string) => void,
  ) {}
}
