/** A turn of this process: whoever follows it hears what was said so far, and what follows. */
import { Answer, type Chunk, Retelling } from './answer.ts'
import type { Turn, TurnModel } from './turns.ts'

type Listener = { hear(chunk: Chunk): void; close(): void }

export class LiveTurn {
  readonly answer = new Answer()
  /** Why it was stopped: somebody asked for it, or it is no longer ours to answer. */
  stopped: 'cancelling' | 'gone' | null = null
  /** The model asked for, or the one that stood in for it. */
  answeredBy: TurnModel
  /** What models answered before one did. */
  readonly attempts: { model_id: string; outcome: string }[] = []
  readonly #stopping = new AbortController()
  readonly #listeners = new Set<Listener>()
  #ended = false

  constructor(
    readonly turn: Turn,
    readonly userId: string,
    /** The first chunks of every stream. */
    readonly opening: readonly Chunk[],
    /** What the answer may have, in tokens, as far as it was said. */
    readonly maxOutputTokens?: number | undefined,
  ) {
    this.answeredBy = turn.model
  }

  /** Aborted when the turn is to stop. */
  get signal(): AbortSignal {
    return this.#stopping.signal
  }

  stop(reason: 'cancelling' | 'gone'): void {
    this.stopped ??= reason
    this.#stopping.abort(new DOMException('The answer is to end.', 'AbortError'))
  }

  emit(chunk: Chunk): void {
    this.answer.take(chunk)
    for (const listener of this.#listeners) listener.hear(chunk)
  }

  /** Ends all streams. */
  end(): void {
    this.#ended = true
    for (const listener of this.#listeners) listener.close()
    this.#listeners.clear()
  }

  /** What was said so far, retold, and what follows. A reader that leaves disturbs nobody. */
  follow(): ReadableStream<Chunk> {
    let listener: Listener
    return new ReadableStream<Chunk>({
      start: (controller) => {
        for (const chunk of this.opening) controller.enqueue(chunk)
        for (const chunk of new Retelling().tell(this.answer.parts, this.#ended)) controller.enqueue(chunk)
        if (this.#ended) {
          controller.close()
          return
        }
        listener = { hear: (chunk) => controller.enqueue(chunk), close: () => controller.close() }
        this.#listeners.add(listener)
      },
      cancel: () => {
        this.#listeners.delete(listener)
      },
    }, { highWaterMark: Infinity })
  }
}

/** The turns this process answers, by conversation: there is one at most of each. */
export const liveTurns = new Map<number, LiveTurn>()
