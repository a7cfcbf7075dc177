/**
 * An answer while it is written: a list of parts that only grows.
 *
 * Chunks of the UI message protocol go in. What has arrived comes out as parts, to be stored, and as chunks, for clients
 * that join later. A block of text or reasoning is named by its index in the list, so that a client can read the
 * beginning from stored parts and the rest from chunks.
 */
import {
  type AnswerPart,
  type BlockPart,
  type Chunk,
  isBlock,
  isSource,
  isTool,
  type ToolPart,
} from './parts.ts'

export class Answer {
  readonly parts: AnswerPart[]
  /** Changes with every chunk that changes the answer. */
  version = 0

  /** `parts`: of an answer that continues. */
  constructor(parts: readonly AnswerPart[] = []) {
    this.parts = structuredClone([...parts])
  }

  add(chunk: Chunk): void {
    const { parts } = this
    this.version++
    switch (chunk.type) {
      case 'start-step':
        parts.push({ type: 'step-start' })
        break
      case 'text-start':
        parts.push({ type: 'text', text: '', state: 'streaming' })
        break
      case 'reasoning-start':
        parts.push({ type: 'reasoning', id: chunk.id, text: '', state: 'streaming' })
        break
      case 'text-delta':
      case 'reasoning-delta':
        this.#block(chunk.id).text += chunk.delta
        break
      case 'text-end':
      case 'reasoning-end':
        this.#block(chunk.id).state = 'done'
        break
      case 'tool-input-available':
      case 'tool-input-error':
        parts.push(toolPartOf(chunk))
        break
      case 'tool-approval-request':
        Object.assign(this.#call(chunk.toolCallId) ?? {}, {
          state: 'approval-requested',
          approval: { id: chunk.approvalId },
        })
        break
      case 'tool-approval-response': {
        const { approvalId: id, approved, reason } = chunk
        Object.assign(this.toolCalls().find(({ approval }) => approval?.id === id) ?? {}, {
          state: 'approval-responded',
          approval: { id, approved, ...(reason === undefined ? {} : { reason }) },
        })
        break
      }
      case 'tool-output-denied':
        Object.assign(this.#call(chunk.toolCallId) ?? {}, { state: 'output-denied' })
        break
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
        parts.push(chunk)
        break
      default:
        this.version--
    }
  }

  openBlocks(): { type: 'text' | 'reasoning'; id: string }[] {
    return this.parts.flatMap((part, index) =>
      isBlock(part) && part.state === 'streaming' ? [{ type: part.type, id: String(index) }] : []
    )
  }

  /** The text alone: an empty line separates blocks. */
  get content(): string {
    return this.parts.flatMap((part) => part.type === 'text' && part.text !== '' ? [part.text] : [])
      .join('\n\n')
  }

  /** As it is stored: without parts where the text is all there is. */
  stored(): { content: string; parts: readonly AnswerPart[] } {
    const [first] = this.parts
    const isPlain = this.parts.length === 0 || this.parts.length === 1 && first?.type === 'text'
    return { content: this.content, parts: isPlain ? [] : this.parts }
  }

  toolCalls(): ToolPart[] {
    return this.parts.filter(isTool)
  }

  /** Calls that wait for the decision of the user. */
  awaitingApproval(): ToolPart[] {
    return this.toolCalls().filter(({ state }) => state === 'approval-requested')
  }

  #block(id: string): BlockPart {
    const part = this.parts[Number(id)]
    if (!part || !isBlock(part)) throw new Error(`no block has the id ${id}`)
    return part
  }

  #call(id: string): ToolPart | undefined {
    return this.toolCalls().findLast(({ toolCallId }) => toolCallId === id)
  }
}

type ToolInputChunk = Extract<Chunk, { type: 'tool-input-available' | 'tool-input-error' }>

function toolPartOf(chunk: ToolInputChunk): ToolPart {
  const { toolName, toolCallId, input, dynamic } = chunk
  const call = dynamic
    ? { type: 'dynamic-tool' as const, toolName, toolCallId, input }
    : { type: `tool-${toolName}` as const, toolCallId, input }
  return chunk.type === 'tool-input-error'
    ? { ...call, state: 'output-error', errorText: chunk.errorText }
    : { ...call, state: 'input-available' }
}

/** Reads a growing list of parts again and again, and returns what is new as chunks. */
export class ChunkReader {
  readonly #read: ReadPart[] = []

  /** Passes over the parts that a client has which decided about tool calls, as it has them. */
  skip(parts: readonly AnswerPart[]): this {
    for (const [index, part] of parts.entries()) {
      this.#read[index] = isBlock(part)
        ? { length: part.text.length, state: 'done' }
        : { length: 0, state: !isTool(part) ? 'read' : part.approval ? 'approval-responded' : part.state }
    }
    return this
  }

  /** `ended`: nothing follows, so open blocks are closed. */
  next(parts: readonly AnswerPart[], ended = false): Chunk[] {
    return [...this.#next(parts, ended)]
  }

  *#next(parts: readonly AnswerPart[], ended: boolean): Generator<Chunk> {
    for (const [index, part] of parts.entries()) {
      const isNew = this.#read[index] === undefined
      const read = this.#read[index] ??= { length: 0, state: '' }
      if (isBlock(part)) yield* blockChunks(part, String(index), read, ended)
      else if (isTool(part)) yield* toolChunks(part, read)
      else if (isNew && part.type === 'step-start') {
        yield { type: 'finish-step' }
        yield { type: 'start-step' }
      } else if (isNew && isSource(part)) yield part
    }
  }
}

/** What of a part was returned. */
type ReadPart = { length: number; state: string }

function* blockChunks(part: BlockPart, id: string, read: ReadPart, ended: boolean): Generator<Chunk> {
  const { type, text, state } = part
  if (read.state === '') {
    read.state = 'streaming'
    yield { type: `${type}-start`, id }
  }
  if (text.length > read.length) {
    yield { type: `${type}-delta`, id, delta: text.slice(read.length) }
    read.length = text.length
  }
  // A later part does not mean that the block is done: sources are inserted while a text goes on.
  if (read.state === 'streaming' && (state === 'done' || ended)) {
    read.state = 'done'
    yield { type: `${type}-end`, id }
  }
}

function* toolChunks(part: ToolPart, read: ReadPart): Generator<Chunk> {
  const { toolCallId, input, state, approval } = part
  const dynamic = part.type === 'dynamic-tool' ? { dynamic: true as const } : {}
  if (read.state === '') {
    yield { type: 'tool-input-available', toolCallId, toolName: toolNameOf(part), input, ...dynamic }
    read.state = 'input-available'
  }
  if (approval && read.state === 'input-available') {
    yield { type: 'tool-approval-request', toolCallId, approvalId: approval.id }
    read.state = 'approval-requested'
  }
  if (approval?.approved !== undefined && read.state === 'approval-requested') {
    const { id: approvalId, approved, reason } = approval
    yield {
      type: 'tool-approval-response',
      approvalId,
      approved,
      ...(reason === undefined ? {} : { reason }),
    }
    read.state = 'approval-responded'
  }
  if (read.state === state) return
  read.state = state
  if (state === 'output-available') {
    yield { type: 'tool-output-available', toolCallId, ...dynamic, output: part.output }
  }
  if (state === 'output-denied') yield { type: 'tool-output-denied', toolCallId }
  if (state === 'output-error') {
    yield {
      type: 'tool-output-error',
      toolCallId,
      ...dynamic,
      errorText: part.errorText || 'The tool failed.',
    }
  }
}

export function toolNameOf({ type, toolName }: ToolPart): string {
  return toolName ?? type.replace(/^tool-/, '')
}
