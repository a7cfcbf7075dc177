/** Limits of Realtime, as hosted projects on the larger plans have them. */

export const limits = {
  /** Open sockets. */
  connections: 500,
  /** Channels joined by one socket. */
  channels: 100,
  /** Joins a second of all sockets together, on average over `windowMs`. */
  joinsPerSecond: 500,
  /** Broadcasts a second that one channel sends and receives, on average over `windowMs`. */
  messagesPerSecond: 500,
  /** Presence messages a second of one channel, on average over `windowMs`. */
  presencesPerSecond: 10,
  /** Size of a broadcast or of a presence. */
  payloadBytes: 3_000_000,
  /** Size of one frame of a socket. */
  frameBytes: 5_000_000,
  /** Size of a changed row. Of a larger row, only short values are sent. */
  recordBytes: 1024 * 1024,
  /** Unread bytes of a socket beyond which it is closed. */
  backlogBytes: 32_000_000,
  /** Period over which rates are averaged. */
  windowMs: 10_000,
}

/** Counts events of the current window and the one before it. */
export class Rate {
  #perSecond: number
  #windowMs: number
  #since = 0
  #count = 0
  #previous = 0

  constructor(perSecond: number, windowMs: number) {
    this.#perSecond = perSecond
    this.#windowMs = windowMs
  }

  /** Counts one event; false once the average over the last window is above the rate. */
  allows(now = performance.now()): boolean {
    if (now - this.#since >= this.#windowMs) {
      this.#previous = now - this.#since < 2 * this.#windowMs ? this.#count : 0
      this.#since = now
      this.#count = 0
    }
    this.#count++
    const rest = 1 - (now - this.#since) / this.#windowMs
    return this.#count + this.#previous * rest <= this.#perSecond * this.#windowMs / 1000
  }
}
