/** A turn that this process runs: its readers get what was written so far, and what follows. */
import { Answer, ChunkReader } from './answer.ts'
import type { Chunk } from './parts.ts'
import type { Turn } from './turn.ts'

export class LiveTurn {
  readonly answer = new Answer()
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

  /** The answer from its beginning. Cancelling the stream does not affect the turn or other readers. */
  stream(): ReadableStream<Chunk> {
    let reader: ReadableStreamDefaultController<Chunk>
    return new ReadableStream<Chunk>({
      start: (controller) => {
        reader = controller
        for (const chunk of this.#opening) controller.enqueue(chunk)
        for (const chunk of new ChunkReader().next(this.answer.parts, this.#ended)) controller.enqueue(chunk)
        if (this.#ended) controller.close()
        else this.#readers.add(controller)
      },
      cancel: () => {
        this.#readers.delete(reader)
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
