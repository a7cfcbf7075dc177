/** Chunks of the UI message protocol as events of the WebSocket, in the order that Apex's clients expect. */
import type { SocketEvent } from '../../../types/api.ts'
import { toolNameOf } from './answer.ts'
import type { Chunk, ToolPart } from './parts.ts'

/** Of one answer. */
export class SocketEvents {
  #model = { model: '', model_name: '' }
  #messageId = 0
  #started = false
  #texts = 0
  readonly #calls = new Map<string, { name: string; input: unknown }>()

  /** `calls`: tool calls that the client knows, of an answer that continues. */
  constructor(calls: readonly ToolPart[] = []) {
    for (const call of calls) {
      this.#calls.set(call.toolCallId, { name: toolNameOf(call), input: call.input })
    }
  }

  of(chunk: Chunk): SocketEvent[] {
    return [...this.#of(chunk)]
  }

  *#of(chunk: Chunk): Generator<SocketEvent> {
    switch (chunk.type) {
      case 'start': {
        const { model_id = '', model_name = '' } = (chunk.messageMetadata ?? {}) as Record<string, string>
        this.#model = { model: model_id, model_name }
        this.#messageId = Number(chunk.messageId)
        return
      }
      case 'data-model-switch':
        yield {
          type: 'model_switch',
          ...chunk.data as Omit<Extract<SocketEvent, { type: 'model_switch' }>, 'type'>,
        }
        return
      case 'data-turn':
      case 'start-step':
      case 'finish-step':
        return
      case 'data-title':
        yield { type: 'title_update', ...chunk.data as { conversation_id: number; title: string } }
        return
      case 'error':
        yield { type: 'error', message: chunk.errorText }
        return
    }
    if (!this.#started) {
      this.#started = true
      yield { type: 'stream_start', ...this.#model }
    }
    yield* this.#contentOf(chunk)
  }

  *#contentOf(chunk: Chunk): Generator<SocketEvent> {
    switch (chunk.type) {
      case 'text-start':
        // The protocol has no blocks, so an empty line separates them.
        if (this.#texts++ > 0) yield { type: 'text_delta', content: '\n\n' }
        return
      case 'text-delta':
        yield { type: 'text_delta', content: chunk.delta }
        return
      case 'tool-input-available':
      case 'tool-input-error': {
        const { toolCallId: id, toolName: name, input } = chunk
        this.#calls.set(id, { name, input })
        yield { type: 'tool_use', tool: { id, name, input, status: 'running' } }
        if (chunk.type === 'tool-input-error') yield this.#result(id, { error: chunk.errorText })
        return
      }
      case 'tool-approval-request': {
        const { name, input } = this.#calls.get(chunk.toolCallId) ?? { name: 'unknown', input: null }
        yield { type: 'tool_approval_request', approval_id: chunk.approvalId, tool: name, input }
        return
      }
      case 'tool-output-denied':
        yield this.#result(chunk.toolCallId, { denied: true })
        return
      case 'tool-output-available':
        yield this.#result(chunk.toolCallId, chunk.output)
        return
      case 'tool-output-error':
        yield this.#result(chunk.toolCallId, { error: chunk.errorText })
        return
      case 'abort':
        yield { type: 'cancelled' }
        return
      case 'finish': {
        const { task_id = null } = (chunk.messageMetadata ?? {}) as { task_id?: number | null }
        yield { type: 'stream_end', task_id, message_id: this.#messageId, ...this.#model }
      }
    }
  }

  #result(id: string, output: unknown): SocketEvent {
    const { name } = this.#calls.get(id) ?? { name: 'unknown' }
    return { type: 'tool_result', tool: { id, name, output, status: 'completed' } }
  }
}
