/** A model whose inline reasoning becomes parts of its own, as that of other models is: people see it apart from the answer. */
import { ReasoningSplitter, splitReasoning } from '../../_lib/text/mod.ts'
import type { GenerateResult, LanguageModel, ModelRow, StreamPart } from './types.ts'

/** Models whose chat templates write the opening tag themselves, so that the answer begins within the reasoning. */
const beginsWithin =
  /deepseek-?r1|\br1[-:]|\bqwq\b|qwen3.*thinking|[-_:]thinking\b|[-_]reasoner\b|nemotron|glm-4\.[5-9]|glm-z1|minimax-m[12]|exaone-deep|magistral/i

export function mayBeginWithinReasoning({ provider, provider_model: name }: ModelRow): boolean {
  return provider === 'openai' && beginsWithin.test(name)
}

export function withInlineReasoning(model: LanguageModel, mayBeginWithin: boolean): LanguageModel {
  return {
    ...model,
    doGenerate: async (options) => {
      const { content, ...rest } = await model.doGenerate(options)
      return { ...rest, content: content.flatMap(splitPart) }
    },
    doStream: async (options) => {
      const { stream, ...rest } = await model.doStream(options)
      return { ...rest, stream: stream.pipeThrough(splitStream(mayBeginWithin)) }
    },
  }
}

type ContentPart = GenerateResult['content'][number]

function splitPart(part: ContentPart): ContentPart[] {
  if (part.type !== 'text') return [part]
  const { text, reasoning } = splitReasoning(part.text)
  if (text === part.text) return [part]
  return [
    ...(reasoning === '' ? [] : [{ type: 'reasoning' as const, text: reasoning }]),
    ...(text === '' ? [] : [{ ...part, text }]),
  ]
}

interface OpenBlock {
  readonly splitter: ReasoningSplitter
  /** Of the text, sent with the first of its text. */
  start: StreamPart | null
  isReasoning: boolean
}

function splitStream(mayBeginWithin: boolean): TransformStream<StreamPart, StreamPart> {
  const blocks = new Map<string, OpenBlock>()
  let isFirst = mayBeginWithin
  return new TransformStream({
    transform: (part, controller): void => {
      const send = (id: string, block: OpenBlock, pieces: ReturnType<ReasoningSplitter['push']>): void => {
        const reasoningId = `${id}-reasoning`
        for (const { type, text } of pieces) {
          if (type === 'reasoning') {
            if (!block.isReasoning) controller.enqueue({ type: 'reasoning-start', id: reasoningId })
            block.isReasoning = true
            controller.enqueue({ type: 'reasoning-delta', id: reasoningId, delta: text })
            continue
          }
          endReasoning(id, block)
          if (block.start) controller.enqueue(block.start)
          block.start = null
          controller.enqueue({ type: 'text-delta', id, delta: text })
        }
      }
      const endReasoning = (id: string, block: OpenBlock): void => {
        if (block.isReasoning) controller.enqueue({ type: 'reasoning-end', id: `${id}-reasoning` })
        block.isReasoning = false
      }
      const close = (id: string, block: OpenBlock): void => {
        send(id, block, block.splitter.end())
        endReasoning(id, block)
        blocks.delete(id)
      }
      switch (part.type) {
        case 'reasoning-start':
        case 'reasoning-delta':
          // The server splits it by itself.
          isFirst = false
          break
        case 'text-start':
          blocks.set(part.id, {
            splitter: new ReasoningSplitter({ mayBeginWithin: isFirst }),
            start: part,
            isReasoning: false,
          })
          isFirst = false
          return
        case 'text-delta': {
          const block = blocks.get(part.id)
          if (!block) break
          send(part.id, block, block.splitter.push(part.delta))
          return
        }
        case 'text-end': {
          const block = blocks.get(part.id)
          if (!block) break
          close(part.id, block)
          if (block.start) return
          break
        }
        case 'error':
          for (const [id, block] of blocks) send(id, block, block.splitter.end())
          break
        case 'finish':
          for (const [id, block] of blocks) {
            close(id, block)
            if (!block.start) controller.enqueue({ type: 'text-end', id })
          }
      }
      controller.enqueue(part)
    },
  })
}
