/** A turn that this process runs: its readers get what was written so far, and what follows. */
import { Answer, ChunkReader } from './answer.ts'
import type { Chunk } from './parts.ts'
import type { Turn } from './turn.ts'

export class LiveTurn {
  readonly answer: Answer
  /** Parts that the answer had when it continued. */
  readonly partCount: number
  readonly #opening: readonly Chunk[]
  readonly #stopping = new AbortController()
  readonly #readers = new Set<ReadableStreamDefaultController<Chunk>>()
  #stopped: 'cancelling' | 'gone' | null = null
  #ended = false

  constructor(
    readonly turn: Turn,
    readonly userId: string,
    /** In tokens, if the request limits the answer. */
    readonly maxOutputTokens?: number | undefined,
  ) {
    this.#opening = openingOf(turn)
    this.answer = new Answer(turn.continuation?.parts)
    this.partCount = this.answer.parts.length
  }

  /** Aborted when the turn has to stop. */
  get signal(): AbortSignal {
    return this.#stopping.signal
  }

  /** Why: its user cancelled it, or it is `gone`: ended elsewhere, or deleted. */
  get stopped(): 'cancelling' | 'gone' | null {
    return this.#stopped
  }

  stop(reason: 'cancelling' | 'gone'): void {
    this.#stopped ??= reason
    this.#stopping.abort(new DOMException('The turn was stopped.', 'AbortError'))
  }

  emit(chunk: Chunk): void {
    this.answer.add(chunk)
    for (const reader of this.#readers) reader.enqueue(chunk)
  }

  /** Closes all streams. */
  end(): void {
    this.#ended = true
    for (const reader of this.#readers) reader.close()
    this.#readers.clear()
  }

  /**
   * The answer from its beginning, or from the part at which a client continues it. Cancelling the stream does not affect
   * the turn or other readers.
   */
  stream(partCount = 0): ReadableStream<Chunk> {
    let own: ReadableStreamDefaultController<Chunk>
    return new ReadableStream<Chunk>({
      start: (controller) => {
        own = controller
        for (const chunk of this.#opening) controller.enqueue(chunk)
        const { parts } = this.answer
        const reader = new ChunkReader().skip(parts.slice(0, partCount))
        for (const chunk of reader.next(parts, this.#ended)) controller.enqueue(chunk)
        if (this.#ended) controller.close()
        else this.#readers.add(controller)
      },
      cancel: () => {
        this.#readers.delete(own)
      },
    }, { highWaterMark: Infinity })
  }
}

/** The first chunks of every stream: which messages these are, and whether another model answers than before. */
function openingOf(turn: Turn): Chunk[] {
  const { conversation_id, user_message_id, message_id, is_new, model, previous_model_id } = turn
  const known = { conversation_id, user_message_id, message_id, model_id: model.id, model_name: model.name }
  const isSwitch = previous_model_id !== null && previous_model_id !== model.id
  return [
    { type: 'start', messageId: String(message_id), messageMetadata: known },
    { type: 'data-turn', data: { ...known, is_new }, transient: true },
    ...(isSwitch
      ? [{
        type: 'data-model-switch' as const,
        data: {
          from_model: previous_model_id,
          from_model_name: turn.previous_model_name,
          to_model: model.id,
          to_model_name: model.name,
        },
        transient: true,
      }]
      : []),
  ]
}
