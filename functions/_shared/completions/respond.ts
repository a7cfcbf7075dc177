/** The answer to an admitted request, whole or as a stream of events. */
import { fromUnknown } from '../../../types/errors.ts'
import { redact } from '../../_lib/guards/mod.ts'
import { waitUntil } from '../http/lifecycle.ts'
import type { Guard } from '../model/guard.ts'
import type { ModelCall } from '../model/model_call.ts'
import type { FoundPassage } from '../model/sources.ts'
import type { CallOptions, ChosenModel, StreamPart } from '../model/types.ts'
import type { UsageRecord } from '../database/record_usage.ts'
import { citationsOf, CompletionChunks, newHead, toCompletion, toEvent } from './format.ts'
import { openAiErrorBody } from './protocol.ts'

/** A request that was admitted, and the call that answers it. */
export interface Completion {
  readonly options: CallOptions
  /** What the built-in model answers from. */
  readonly passages: readonly FoundPassage[]
  readonly guard: Guard
  readonly call: ModelCall<ChosenModel>
  readonly requestId: string
  readonly includesUsage: boolean
  readonly headers: Readonly<Record<string, string>>
  /** Records the usage, once. */
  record(status: NonNullable<UsageRecord['status']>): Promise<void>
}

export async function respondAtOnce(completion: Completion, signal: AbortSignal): Promise<Response> {
  const { call, guard, options, passages, headers, record } = completion
  const generating = Promise.resolve(call.model.doGenerate({ ...options, abortSignal: signal }))
  const result = await generating.catch(async (cause) => {
    await record(signal.aborted ? 'cancelled' : 'failed')
    throw cause
  })
  await record('complete')
  const content = guard.redactsPii
    ? result.content.map((part) => part.type === 'text' ? { ...part, text: redact(part.text) } : part)
    : result.content
  const head = newHead(call.answeredBy.id)
  const citations = citationsOf(result.providerMetadata, passages)
  return Response.json(toCompletion({ ...result, content }, head, call.usage, citations), { headers })
}

/** Rejects as long as there is no first token: the caller then gets a status instead of a stream. */
export async function respondInStream(
  completion: Completion,
  requestSignal: AbortSignal,
): Promise<Response> {
  const { call, options, headers, record, requestId } = completion
  const leaving = new AbortController()
  const signal = AbortSignal.any([requestSignal, leaving.signal])
  const opening = Promise.resolve(call.model.doStream({ ...options, abortSignal: signal }))
  const { stream } = await opening.catch(async (cause) => {
    await record(signal.aborted ? 'cancelled' : 'failed')
    throw cause
  })
  const reader = stream.getReader()
  const events = eventsOf(completion, reader)
  const encoder = new TextEncoder()
  const body = new ReadableStream<Uint8Array>({
    pull: async (controller) => {
      try {
        const { done, value } = await events.next()
        if (done) controller.close()
        else controller.enqueue(encoder.encode(value))
      } catch (cause) {
        waitUntil(record(signal.aborted ? 'cancelled' : 'failed'))
        if (signal.aborted) return controller.error(cause)
        controller.enqueue(encoder.encode(toEvent(openAiErrorBody(fromUnknown(cause), requestId))))
        controller.close()
      }
    },
    cancel: async (reason) => {
      leaving.abort(reason)
      waitUntil(record('cancelled'))
      await reader.cancel(reason).catch(() => {})
    },
  })
  return new Response(body, {
    headers: { ...headers, 'content-type': 'text/event-stream; charset=utf-8', 'x-accel-buffering': 'no' },
  })
}

async function* eventsOf(
  { call, guard, passages, includesUsage, record }: Completion,
  reader: ReadableStreamDefaultReader<StreamPart>,
): AsyncGenerator<string> {
  const chunks = new CompletionChunks(newHead(call.answeredBy.id), includesUsage)
  const redactor = guard.redactor()
  while (true) {
    const { done, value: part } = await reader.read()
    if (done) return
    if (part.type === 'error') throw part.error
    if (part.type === 'finish') {
      const rest = redactor?.end() ?? ''
      if (rest !== '') yield chunks.eventsOf({ type: 'text-delta', id: '', delta: rest })
      await record('complete')
      const citations = citationsOf(part.providerMetadata, passages)
      yield chunks.finish(part.finishReason.unified, call.usage, citations)
      return
    }
    const events = chunks.eventsOf(
      redactor && part.type === 'text-delta' ? { ...part, delta: redactor.push(part.delta) } : part,
    )
    if (events !== '') yield events
  }
}
