/**
 * The pace of background work on something that others use too, such as a database: small pieces, with a pause after each.
 * A database with one session, such as the embedded one, makes everyone wait for the piece that it works on; one that is
 * busy is relieved.
 */
import { sleep } from './abortable.ts'

interface PaceOptions {
  /** How long a piece should take. */
  readonly pieceMs?: number
  /** How long the pause after a piece is, as a multiple of the time that the piece took, and at most. */
  readonly rest?: number
  readonly maxPauseMs?: number
  /** The smallest piece, as a share of the largest. */
  readonly least?: number
}

export class Pace {
  readonly #options: Required<PaceOptions>
  #share: number

  constructor({ pieceMs = 40, rest = 1, maxPauseMs = 100, least = 1 / 8 }: PaceOptions = {}) {
    this.#options = { pieceMs, rest, maxPauseMs, least }
    this.#share = Math.max(least, 1 / 4)
  }

  /** How large the next piece may be, as a share of the largest. */
  get share(): number {
    return this.#share
  }

  /** Works on a piece of this share, and pauses. The time that it took decides about the size of the next one. */
  async work<T>(share: number, work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    const started = performance.now()
    const result = await work()
    const tookMs = performance.now() - started
    this.#learn(share, tookMs)
    await sleep(Math.min(tookMs * this.#options.rest, this.#options.maxPauseMs), signal)
    return result
  }

  #learn(share: number, tookMs: number): void {
    const { pieceMs, least } = this.#options
    const fitting = share * pieceMs / Math.max(tookMs, 1)
    // A small piece that was quick says little about larger ones, so the size at most doubles.
    const next = fitting < this.#share ? fitting : Math.min(fitting, share * 2)
    if (tookMs > pieceMs || next > this.#share) this.#share = Math.min(1, Math.max(least, next))
  }
}
