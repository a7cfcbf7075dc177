/** What a start does, for people who wait: a line for each stage, and further ones where a stage takes long. */

/** The longest time without a line. */
const silenceMs = 5_000

/** The stages of one start. `print` receives the lines. */
export class Progress {
  readonly #print: (text: string) => void
  readonly #silenceMs: number
  readonly #started = performance.now()
  #timer: ReturnType<typeof setInterval> | undefined
  /** What it does now, as a part of a sentence; null before the first stage and after the last. */
  #stage: string | null = null
  #detail = ''

  constructor(print: (text: string) => void, silence = silenceMs) {
    this.#print = print
    this.#silenceMs = silence
  }

  /** Begins the next stage, such as `applying the migrations`. */
  begin(stage: string): void {
    this.end()
    this.#stage = stage
    this.#say(`${stage[0]?.toUpperCase()}${stage.slice(1)} ...`)
    this.#timer = setInterval(
      () => this.#say(`Still ${stage}${this.#detail && `: ${this.#detail}`} ...`),
      this.#silenceMs,
    )
  }

  /** What the stage is at, for example the name of a file. */
  at(detail: string): void {
    this.#detail = detail
  }

  /** Nothing is waited for any more. Returns the last stage. */
  end(): string | null {
    const last = this.#stage
    clearInterval(this.#timer)
    this.#stage = null
    this.#detail = ''
    return last
  }

  #say(text: string): void {
    const seconds = (performance.now() - this.#started) / 1000
    this.#print(`[${seconds.toFixed(1).padStart(5)} s] ${text}`)
  }
}
