/** What sockets, channels and the hub know of each other. Their files import this one instead of each other. */
import type { Frame, Incoming, Version } from './protocol.ts'
import type { Claims } from './tokens.ts'

/** Who a socket belongs to: what its API key stands for. */
export type Identity = {
  claims: Claims
  /** The key, if it is a token. */
  token: string | null
  /** The `x-` headers of its request. */
  headers: Record<string, string>
}

/** Codes of the WebSocket protocol, where the platform's server uses them. */
export const closeCodes = { goingAway: 1001, tooLarge: 1009, tooSlow: 1013, restart: 1012 } as const
export type CloseReason = keyof typeof closeCodes

/** An open socket, as its channels and the server use it. */
export type ClientSocket = {
  readonly version: Version
  readonly identity: Identity
  /** The channels that its client has joined, by their topics. */
  readonly channels: Map<string, ClientChannel>
  /** The client has read most of what it was sent. */
  readonly hasCaughtUp: boolean
  send(frame: Frame): void
  reply(to: Incoming, status: 'ok' | 'error', response?: object): void
  close(reason: CloseReason): void
}

/** A channel of a socket, as the socket and the server use it. */
export type ClientChannel = {
  /** The user of its token. */
  readonly userId: string | null
  receive(message: Incoming): void
  /** Subscribes to changes again, after tables were added to the publication or removed from it. */
  resubscribe(): void
  /** Asks the policies of a private topic again, and ends the channel where they allow nothing any more. */
  checkRights(): void
  /** Ends the channel and sends its client `phx_close`. */
  close(): void
  /** Ends the channel without a message. */
  end(): void
}
