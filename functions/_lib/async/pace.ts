/**
 * The pace of background work on something that others use too, such as a database: pieces of about the same time, not of
 * the same size. People wait for the piece that is being worked on, and a busy or slow database takes long for a large one.
 */

interface PaceOptions {
  /** How long a piece should take. */
  readonly pieceMs?: number
  /** The smallest piece, as a share of the largest. */
  readonly least?: number
}

export class Pace {
  readonly #pieceMs: number
  readonly #least: number
  #share: number

  constructor({ pieceMs = 60, least = 1 / 16 }: PaceOptions = {}) {
    this.#pieceMs = pieceMs
    this.#least = least
    this.#share = Math.max(least, 1 / 4)
  }

  /** How large the next piece may be, as a share of the largest. */
  get share(): number {
    return this.#share
  }

  /** Works on a piece of this share. The time that it takes decides about the size of the next one. */
  async work<T>(share: number, work: () => Promise<T>): Promise<T> {
    const started = performance.now()
    const result = await work()
    const tookMs = performance.now() - started
    const fitting = share * this.#pieceMs / Math.max(tookMs, 1)
    // A small piece that was quick says little about larger ones, so the size at most doubles.
    const next = fitting < this.#share ? fitting : Math.min(fitting, share * 2)
    if (tookMs > this.#pieceMs || next > this.#share) this.#share = Math.min(1, Math.max(this.#least, next))
    return result
  }
}
