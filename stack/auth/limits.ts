/** How often a code may be guessed, and how often mail is sent. Kept in memory, as the mailbox is. */
import { refusals } from './errors.ts'

/** Wrong codes for an address until its code is good for nothing. */
const maxGuesses = 5
/** Wrong links, of all addresses together: as many as hosted Auth takes at once, and how soon they are forgotten. */
const maxWrongLinks = 30
const linksWindowMs = 5 * 60_000
/** Addresses that are remembered; the oldest are dropped. */
const maxAddresses = 10_000

export class Limits {
  /** By address: the codes that were tried since the last mail. */
  readonly #guesses = new Map<string, number>()
  /** By address: when mail was asked for. */
  readonly #mailed = new Map<string, number>()
  #wrongLinks: number[] = []
  readonly #mailIntervalMs: number

  /** `mailIntervalMs`: the time between two mails to an address. */
  constructor(mailIntervalMs: number) {
    this.#mailIntervalMs = mailIntervalMs
  }

  /** Tries a code of an address. After some wrong ones it is refused unseen, and `burn` ends the code. */
  async guess(
    address: string,
    attempt: () => Promise<Response>,
    burn: () => Promise<void>,
  ): Promise<Response> {
    // Counted before it is known to be wrong, so that attempts at the same time count, too.
    const count = (this.#guesses.get(address) ?? 0) + 1
    if (count > maxGuesses) throw refusals.tooManyRequests()
    remember(this.#guesses, address, count)
    const response = await attempt()
    if (response.ok) this.#guesses.delete(address)
    else if (count === maxGuesses) await burn()
    return response
  }

  /** Tries a link. `failed` says of an answer whether the link was wrong. */
  async follow(attempt: () => Promise<Response>, failed: (response: Response) => boolean): Promise<Response> {
    const now = performance.now()
    this.#wrongLinks = this.#wrongLinks.filter((time) => now - time < linksWindowMs)
    if (this.#wrongLinks.length >= maxWrongLinks) throw refusals.tooManyRequests()
    this.#wrongLinks.push(now)
    const response = await attempt()
    if (!failed(response)) this.#wrongLinks.splice(this.#wrongLinks.indexOf(now), 1)
    return response
  }

  /** A new code may be guessed anew. */
  sent(address: string): void {
    this.#guesses.delete(address.toLowerCase())
  }

  /** Sends mail to an address, unless the last one was sent just now. */
  async mail(address: string, send: () => Promise<Response>): Promise<Response> {
    const now = performance.now()
    const last = this.#mailed.get(address) ?? -Infinity
    const waitMs = last + this.#mailIntervalMs - now
    if (waitMs > 0) throw refusals.tooMuchMail(Math.ceil(waitMs / 1000))
    remember(this.#mailed, address, now)
    const response = await send()
    if (!response.ok) this.#mailed.delete(address)
    return response
  }
}

/** Adds an entry, and drops the oldest one when there are too many. */
function remember(entries: Map<string, number>, key: string, value: number): void {
  entries.delete(key)
  entries.set(key, value)
  const [oldest] = entries.keys()
  if (entries.size > maxAddresses && oldest !== undefined) entries.delete(oldest)
}

const unitsMs: Record<string, number> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 }

/** The milliseconds of a duration such as `1m30s`, as config.toml and the admin API have it; null for other text. */
export function parseDuration(text: string): number | null {
  if (!/^(\d+(\.\d+)?(ms|s|m|h))+$/.test(text)) return null
  const parts = text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)/g)
  return [...parts].reduce((sum, [, count, unit = '']) => sum + Number(count) * (unitsMs[unit] ?? 0), 0)
}
