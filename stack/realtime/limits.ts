/** What one client may do before it is turned away, as the platform's larger plans have it. */

export const limits = {
  /** Open sockets. */
  connections: 500,
  /** Channels joined by one socket. */
  channels: 100,
  /** Joins a second, of all sockets, on average over `window`. */
  joins: 500,
  /** Broadcasts that one channel sends and receives a second, on average over `window`. */
  messages: 500,
  /** Times that one channel tracks or untracks its presence a second, on average over `window`. */
  presences: 10,
  /** Size of a broadcast or of a presence, in bytes. */
  payload: 3_000_000,
  /** Size of one frame of a socket, in bytes. */
  frame: 5_000_000,
  /** Size of a changed row; of a larger one only short values are sent. In bytes. */
  record: 1024 * 1024,
  /** What a socket may be behind in reading before it is closed, in bytes. */
  backlog: 32_000_000,
  /** Over how long a rate is averaged, in ms. */
  window: 10_000,
}
export type Limits = typeof limits

/** Counts events; remembers no more than one window. */
export class Rate {
  #perSecond: number
  #window: number
  #since = 0
  #count = 0
  #previous = 0

  constructor(perSecond: number, window: number) {
    this.#perSecond = perSecond
    this.#window = window
  }

  /** Counts one event; false once the average over the last window is above the rate. */
  allows(now = performance.now()): boolean {
    if (now - this.#since >= this.#window) {
      this.#previous = now - this.#since < 2 * this.#window ? this.#count : 0
      this.#since = now
      this.#count = 0
    }
    this.#count++
    const rest = 1 - (now - this.#since) / this.#window
    return this.#count + this.#previous * rest <= this.#perSecond * this.#window / 1000
  }
}
