/**
 * An answer while it is written: a list of parts that only grows, as the AI SDK's UI messages have them.
 *
 * Chunks of the UI message protocol go in. What has arrived comes out again as parts, to be stored, and as chunks, for
 * clients that join later: a stored list of parts tells them all that went before. A block of text is named by its place
 * in the list, so that the chunks of either way fit together.
 */
import type { UIMessage, UIMessageChunk } from 'ai'

export type Chunk = UIMessageChunk
export type Part = UIMessage['parts'][number]

interface Block {
  type: 'text' | 'reasoning'
  text: string
  state: 'streaming' | 'done'
}

interface ToolCall {
  type: string
  toolName?: string
  toolCallId: string
  state: 'input-available' | 'output-available' | 'output-error'
  input: unknown
  output?: unknown
  errorText?: string
}

export class Answer {
  readonly parts: Part[] = []
  /** Counts what was taken in, so that a keeper sees whether anything came. */
  version = 0

  take(chunk: Chunk): void {
    const { parts } = this
    this.version++
    switch (chunk.type) {
      case 'start-step':
        parts.push({ type: 'step-start' })
        break
      case 'text-start':
      case 'reasoning-start': {
        const block = { text: '', state: 'streaming' as const }
        parts.push(
          chunk.type === 'text-start'
            ? { type: 'text', ...block }
            : { type: 'reasoning', id: chunk.id, ...block },
        )
        break
      }
      case 'text-delta':
      case 'reasoning-delta':
        this.#block(chunk.id).text += chunk.delta
        break
      case 'text-end':
      case 'reasoning-end':
        this.#block(chunk.id).state = 'done'
        break
      case 'tool-input-available':
      case 'tool-input-error': {
        const { toolName, toolCallId, input, dynamic } = chunk
        const failed = chunk.type === 'tool-input-error'
        const call: ToolCall = {
          ...(dynamic ? { type: 'dynamic-tool', toolName } : { type: `tool-${toolName}` }),
          toolCallId,
          state: failed ? 'output-error' : 'input-available',
          input,
          ...(failed ? { errorText: chunk.errorText } : {}),
        }
        parts.push(call as Part)
        break
      }
      case 'tool-output-available':
        Object.assign(this.#call(chunk.toolCallId) ?? {}, { state: 'output-available', output: chunk.output })
        break
      case 'tool-output-error':
        Object.assign(this.#call(chunk.toolCallId) ?? {}, {
          state: 'output-error',
          errorText: chunk.errorText,
        })
        break
      case 'source-url':
      case 'source-document':
        parts.push(chunk as Part)
        break
      default:
        this.version--
    }
  }

  /** Which blocks are still open. */
  open(): { type: 'text' | 'reasoning'; id: string }[] {
    return this.parts.flatMap((part, index) =>
      isBlock(part) && part.state === 'streaming' ? [{ type: part.type, id: String(index) }] : []
    )
  }

  /** The text alone: blocks are separated by an empty line. */
  get content(): string {
    return contentOf(this.parts)
  }

  /** As it is stored: no parts where the text says it all. */
  stored(): { content: string; parts: Part[] } {
    const [first] = this.parts
    const plain = this.parts.length === 0 || this.parts.length === 1 && first?.type === 'text'
    return { content: this.content, parts: plain ? [] : this.parts }
  }

  calls(): ToolCall[] {
    return this.parts.filter(isCall)
  }

  #block(id: string): Block {
    const part = this.parts[Number(id)]
    if (!part || !isBlock(part)) throw new Error(`there is no open block ${id}`)
    return part
  }

  #call(id: string): ToolCall | undefined {
    return this.calls().findLast(({ toolCallId }) => toolCallId === id)
  }
}

export function contentOf(parts: readonly Part[]): string {
  return parts.flatMap((part) => part.type === 'text' && part.text !== '' ? [part.text] : []).join('\n\n')
}

/** Tells a growing list of parts as chunks: each time, what came since. */
export class Retelling {
  #told: Told[] = []

  /** `ended`: nothing follows, so that what is open is closed. */
  tell(parts: readonly Part[], ended = false): Chunk[] {
    return [...this.#tell(parts, ended)]
  }

  *#tell(parts: readonly Part[], ended: boolean): Generator<Chunk> {
    for (const [index, part] of parts.entries()) {
      const before = this.#told[index]
      const told = this.#told[index] ??= { length: 0, state: '' }
      if (isBlock(part)) yield* tellBlock(part, String(index), told, ended)
      else if (isCall(part)) yield* tellCall(part, told)
      else if (!before && part.type === 'step-start') {
        yield { type: 'finish-step' }
        yield { type: 'start-step' }
      } else if (!before && (part.type === 'source-url' || part.type === 'source-document')) yield part
    }
  }
}

type Told = { length: number; state: string }

function* tellBlock(part: Block, id: string, told: Told, ended: boolean): Generator<Chunk> {
  const { type, text, state } = part
  if (told.state === '') {
    told.state = 'streaming'
    yield { type: `${type}-start`, id }
  }
  if (text.length > told.length) {
    yield { type: `${type}-delta`, id, delta: text.slice(told.length) }
    told.length = text.length
  }
  // Sources come in the midst of a text: only its own state, or the end of all, says that it is done.
  if (told.state === 'streaming' && (state === 'done' || ended)) {
    told.state = 'done'
    yield { type: `${type}-end`, id }
  }
}

function* tellCall(part: ToolCall, told: Told): Generator<Chunk> {
  const { toolCallId, input, state } = part
  const dynamic = part.type === 'dynamic-tool'
  if (told.state === '') {
    const toolName = part.toolName ?? part.type.replace(/^tool-/, '')
    yield {
      type: 'tool-input-available',
      toolCallId,
      toolName,
      input,
      ...(dynamic ? { dynamic: true as const } : {}),
    }
    told.state = 'input-available'
  }
  if (told.state === state) return
  told.state = state
  const common = { toolCallId, ...(dynamic ? { dynamic: true as const } : {}) }
  if (state === 'output-available') yield { type: 'tool-output-available', ...common, output: part.output }
  if (state === 'output-error') {
    yield { type: 'tool-output-error', ...common, errorText: part.errorText ?? '' }
  }
}

function isBlock(part: Part): part is Part & Block {
  return part.type === 'text' || part.type === 'reasoning'
}

function isCall(part: Part): part is Part & ToolCall {
  return part.type === 'dynamic-tool' || part.type.startsWith('tool-')
}
