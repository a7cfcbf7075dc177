/** The stream of one model, with time limits and with failures in our own terms. */
import { abortable } from '../../_lib/async/mod.ts'
import { brokenOff, timedOut, toFailureMidway } from './failure.ts'
import type { CallOptions, FinishPart, LanguageModel, StreamPart, StreamResult } from './types.ts'

/** A stream whose first token has come. */
interface OpenStream {
  readonly head: Omit<StreamResult, 'stream'>
  readonly reader: ReadableStreamDefaultReader<StreamPart>
  /** What was read; the first token is the last of them. */
  readonly parts: readonly StreamPart[]
  /** Of the caller, or of a time limit. */
  readonly signal: AbortSignal
  /** Stops the provider. */
  abort(reason?: unknown): void
}

/** Resolves with the first token, or with an end without one; rejects with whatever happens before. */
export async function openStream(
  model: LanguageModel,
  options: CallOptions,
  firstTokenMs: number,
): Promise<OpenStream> {
  const controller = new AbortController()
  const abort = (reason?: unknown): void => controller.abort(reason)
  const signal = options.abortSignal
    ? AbortSignal.any([options.abortSignal, controller.signal])
    : controller.signal
  const timer = setTimeout(() => abort(timedOut()), firstTokenMs)
  try {
    const { stream, ...head } = await abortable(model.doStream({ ...options, abortSignal: signal }), signal)
    const reader = stream.getReader()
    const parts: StreamPart[] = []
    while (true) {
      const { done, value } = await abortable(reader.read(), signal)
      if (done) throw brokenOff()
      if (value.type === 'error') throw value.error
      parts.push(value)
      if (isContent(value)) return { head, reader, parts, signal, abort }
    }
  } catch (cause) {
    abort()
    throw cause
  } finally {
    clearTimeout(timer)
  }
}

function isContent({ type }: StreamPart): boolean {
  const before: StreamPart['type'][] = [
    'stream-start',
    'response-metadata',
    'custom',
    'ping',
    'raw',
    'text-start',
    'reasoning-start',
  ]
  return !before.includes(type)
}

/** The answer from its first token on, part by part as they come. `finish` gets its last part. */
export function watchStream(
  { reader, parts, signal, abort }: OpenStream,
  nextTokenMs: number,
  finish: (part: FinishPart) => FinishPart,
): StreamResult['stream'] {
  const joiner = new SurrogateJoiner()
  let ended = false
  const pass = (read: StreamPart, controller: ReadableStreamDefaultController<StreamPart>): void => {
    const part = joiner.join(read)
    if (part.type === 'error') {
      ended = true
      controller.enqueue({ type: 'error', error: toFailureMidway(part.error) })
    } else if (part.type === 'finish') {
      ended = true
      // What the modules of providers make of a stream that stops without an end.
      if (part.finishReason.unified === 'interrupted') {
        controller.enqueue({ type: 'error', error: brokenOff() })
      } else controller.enqueue(finish(part))
    } else controller.enqueue(part)
  }
  return new ReadableStream<StreamPart>({
    start: (controller) => parts.forEach((part) => pass(part, controller)),
    pull: async (controller) => {
      const timer = setTimeout(() => abort(timedOut()), nextTokenMs)
      try {
        const { done, value } = await abortable(reader.read(), signal)
        if (!done) return pass(value, controller)
        if (!ended) controller.enqueue({ type: 'error', error: brokenOff() })
        controller.close()
      } catch (cause) {
        abort(cause)
        void reader.cancel(cause).catch(() => {})
        // The caller's own abort is passed on as it is.
        if (isCallerAbort(cause)) return controller.error(cause)
        controller.enqueue({ type: 'error', error: toFailureMidway(cause) })
        controller.close()
      } finally {
        clearTimeout(timer)
      }
    },
    cancel: async (reason) => {
      abort(reason)
      await reader.cancel(reason).catch(() => {})
    },
  })
}

/** Some servers cut a text within a surrogate pair, which not every client can read: a half waits for the next piece. */
class SurrogateJoiner {
  readonly #held = new Map<string, string>()

  /** A piece may become empty. A half that nothing follows is no character, and is dropped. */
  join(part: StreamPart): StreamPart {
    if (part.type !== 'text-delta' && part.type !== 'reasoning-delta') return part
    const key = `${part.type} ${part.id}`
    const text = (this.#held.get(key) ?? '') + part.delta
    const half = /[\ud800-\udbff]$/.exec(text)?.[0]
    if (half) this.#held.set(key, half)
    else this.#held.delete(key)
    return { ...part, delta: half ? text.slice(0, -1) : text }
  }
}

function isCallerAbort(cause: unknown): boolean {
  return cause instanceof DOMException && cause.name === 'AbortError'
}
