/** Members of topics. A public and a private channel of the same name belong to different topics. */
import type { Extension } from './authorize.ts'
import { type Broadcast, encodeBroadcast, encodeText, type Frame, type Version } from './protocol.ts'

/** A channel, as its topic uses it. */
export type Member = {
  readonly version: Version
  /** As the client named it: `realtime:` and the topic's name. */
  readonly topic: string
  readonly mayReadBroadcasts: boolean
  readonly mayReadPresence: boolean
  /** Ids of stored messages that it has received already. */
  readonly replayed: ReadonlySet<string>
  /** Receives a frame of the topic. */
  hear(extension: Extension, frame: Frame): void
  /** Called after a broadcast was delivered. */
  received(): void
}

export function topicKey(name: string, isPrivate: boolean): string {
  return `${isPrivate ? 'private' : 'public'}:${name}`
}

export class Topics {
  #members = new Map<string, Set<Member>>()

  enter(key: string, member: Member): void {
    const members = this.#members.get(key) ?? new Set()
    this.#members.set(key, members.add(member))
  }

  leave(key: string, member: Member): void {
    const members = this.#members.get(key)
    if (members?.delete(member) && members.size === 0) this.#members.delete(key)
  }

  /** Sends a broadcast to all members that may read it, except one. */
  broadcast(key: string, broadcast: Broadcast, except?: Member): void {
    const frames = new Map<string, Frame | null>()
    const id = broadcast.kind === 'user' ? broadcast.meta?.id : undefined
    for (const member of this.#members.get(key) ?? []) {
      if (member === except || !member.mayReadBroadcasts) continue
      if (typeof id === 'string' && member.replayed.has(id)) continue
      const wanted = `${member.version} ${member.topic}`
      let frame = frames.get(wanted)
      if (frame === undefined) {
        frame = encodeBroadcast(member.version, member.topic, broadcast)
        frames.set(wanted, frame)
      }
      if (frame === null) continue
      member.hear('broadcast', frame)
      member.received()
    }
  }

  /** Sends changes of presence to all members that may see presence. */
  presence(key: string, diff: object): void {
    const payload = JSON.stringify(diff)
    for (const member of this.#members.get(key) ?? []) {
      if (!member.mayReadPresence) continue
      member.hear(
        'presence',
        encodeText(member.version, { topic: member.topic, event: 'presence_diff', payload }),
      )
    }
  }
}
