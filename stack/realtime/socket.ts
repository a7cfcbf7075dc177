/** One open socket: its channels, and the messages that are not about one of them. */
import { Channel } from './channel.ts'
import type { Hub } from './hub.ts'
import { limits } from './limits.ts'
import { decode, encodeText, type Frame, type Incoming, type Version } from './protocol.ts'
import {
  type ClientChannel,
  type ClientSocket,
  closeCodes,
  type CloseReason,
  type Identity,
} from './types.ts'

/** A client that has fewer bytes than this to read has caught up. */
const caughtUpBytes = 1_000_000

export class Connection implements ClientSocket {
  readonly channels = new Map<string, ClientChannel>()
  #socket: WebSocket
  #hub: Hub

  constructor(socket: WebSocket, hub: Hub, readonly version: Version, readonly identity: Identity) {
    this.#socket = socket
    this.#hub = hub
    socket.binaryType = 'arraybuffer'
    socket.onopen = () => void hub.connections.add(this)
    socket.onmessage = ({ data }) => {
      try {
        this.#receive(data)
      } catch (cause) {
        // What one client sends must not affect the others.
        hub.onLog(`realtime: ${cause}`)
      }
    }
    socket.onclose = () => this.#end()
    socket.onerror = () => this.#end()
  }

  get hasCaughtUp(): boolean {
    return this.#socket.bufferedAmount < caughtUpBytes
  }

  send(frame: Frame): void {
    if (this.#socket.readyState !== WebSocket.OPEN) return
    // A client that does not read would fill the memory. It may reconnect.
    if (this.#socket.bufferedAmount > limits.backlogBytes) this.close('tooSlow')
    else this.#socket.send(frame)
  }

  reply(to: Incoming, status: 'ok' | 'error', response: object = {}): void {
    const { joinRef, ref, topic } = to
    this.send(encodeText(this.version, {
      joinRef,
      ref,
      topic,
      event: 'phx_reply',
      payload: JSON.stringify({ status, response }),
    }))
  }

  close(reason: CloseReason): void {
    try {
      this.#socket.close(closeCodes[reason])
    } catch {
      // It is closed already.
    }
    this.#end()
  }

  #receive(data: string | ArrayBuffer): void {
    if ((typeof data === 'string' ? data.length : data.byteLength) > limits.frameBytes) {
      return this.close('tooLarge')
    }
    const message = decode(this.version, data)
    if (!message) return
    if (message.topic === 'phoenix') {
      if (message.event === 'heartbeat') this.reply(message, 'ok')
      return
    }
    if (message.event === 'phx_join') return this.#join(message)
    const channel = this.channels.get(message.topic)
    if (channel) channel.receive(message)
    else if (message.event === 'phx_leave') this.reply(message, 'ok')
    else this.reply(message, 'error', { reason: 'unmatched topic' })
  }

  #join(message: Incoming): void {
    if (!message.topic.startsWith('realtime:')) {
      return this.reply(message, 'error', { reason: 'unmatched topic' })
    }
    if (!this.#hub.joins.allows()) {
      this.reply(message, 'error', { reason: 'ClientJoinRateLimitReached: Too many joins per second' })
      return this.close('goingAway')
    }
    // Joining again begins afresh.
    this.channels.get(message.topic)?.close()
    if (this.channels.size >= limits.channels) {
      return this.reply(message, 'error', { reason: 'ChannelRateLimitReached: Too many channels' })
    }
    const channel = new Channel(this, this.#hub, message)
    this.channels.set(message.topic, channel)
    channel.join(message)
  }

  #end(): void {
    this.#hub.connections.delete(this)
    for (const channel of this.channels.values()) channel.end()
  }
}
