/**
 * The order of messages that every provider takes. Histories have failed, cancelled and deleted messages, and programs
 * send what they like; strict chat templates then refuse every further request of a conversation. So what a model is
 * sent begins with the user, has no two turns of one role in a row, no empty content, and a result for each tool call.
 */
import type { Prompt } from './types.ts'

type Message = Prompt[number]
type User = Extract<Message, { role: 'user' }>
type Assistant = Extract<Message, { role: 'assistant' }>
type ToolAnswer = Extract<Message, { role: 'tool' }>
type ToolResult = Extract<ToolAnswer['content'][number], { type: 'tool-result' }>

/** In place of what was before the first message that is left. */
const beginning: User = { role: 'user', content: [{ type: 'text', text: '(Earlier messages are missing.)' }] }

export function alternate(prompt: Prompt): Prompt {
  const system = prompt.filter(({ role, content }) => role === 'system' && content !== '')
  const turns = merge(prompt.flatMap(withoutEmptyParts))
  const paired = merge(turns.flatMap((turn, index) => pair(turn, turns[index - 1], turns[index + 1])))
  return [...system, ...(paired[0]?.role === 'user' ? [] : [beginning]), ...paired]
}

function withoutEmptyParts(message: Message): Message[] {
  switch (message.role) {
    case 'system':
      return []
    case 'tool':
      return message.content.length > 0 ? [message] : []
    case 'user': {
      const content = message.content.filter((part) => part.type !== 'text' || part.text.trim() !== '')
      return content.length > 0 ? [{ ...message, content }] : []
    }
    case 'assistant': {
      const content = message.content.filter((part) => part.type !== 'text' || part.text.trim() !== '')
      // Reasoning alone is no turn.
      return content.some(({ type }) => type !== 'reasoning') ? [{ ...message, content }] : []
    }
  }
}

/** Neighbors of one role become one. Calls of tools whose results follow stay as they are. */
function merge(messages: readonly Message[]): Message[] {
  const merged: Message[] = []
  for (const message of messages) {
    const last = merged.at(-1)
    if (last?.role === 'user' && message.role === 'user') {
      merged[merged.length - 1] = { ...last, content: [...last.content, ...message.content] }
    } else if (last?.role === 'assistant' && message.role === 'assistant') {
      merged[merged.length - 1] = { ...last, content: [...last.content, ...message.content] }
    } else if (last?.role === 'tool' && message.role === 'tool') {
      merged[merged.length - 1] = { ...last, content: [...last.content, ...message.content] }
    } else merged.push(message)
  }
  return merged
}

/** Results without their call are left out, and calls without a result get one that says so. */
function pair(turn: Message, before: Message | undefined, after: Message | undefined): Message[] {
  if (turn.role === 'tool') {
    const called = new Set(
      before?.role === 'assistant' ? callsOf(before).map(({ toolCallId }) => toolCallId) : [],
    )
    const content = turn.content.filter((part) =>
      part.type !== 'tool-result' || called.delete(part.toolCallId)
    )
    return content.length > 0 ? [{ ...turn, content }] : []
  }
  if (turn.role !== 'assistant') return [turn]
  const seen = new Set<string>()
  // Turns that became one may repeat a call.
  const content = turn.content.filter((part) =>
    part.type !== 'tool-call' || !seen.has(part.toolCallId) && seen.add(part.toolCallId)
  )
  const answered = new Set(after?.role === 'tool' ? resultIdsOf(after) : [])
  const missing = callsOf({ ...turn, content }).filter(({ toolCallId }) => !answered.has(toolCallId)).map((
    call,
  ): ToolResult => ({
    type: 'tool-result',
    toolCallId: call.toolCallId,
    toolName: call.toolName,
    output: { type: 'error-text', value: 'The tool call was not completed.' },
  }))
  const called = { ...turn, content }
  return missing.length > 0 ? [called, { role: 'tool', content: missing }] : [called]
}

/** Calls that the caller has to answer; what a provider executes has its result within the same turn. */
function callsOf({ content }: Assistant): Extract<Assistant['content'][number], { type: 'tool-call' }>[] {
  return content.flatMap((part) => part.type === 'tool-call' && !part.providerExecuted ? [part] : [])
}

function resultIdsOf({ content }: ToolAnswer): string[] {
  return content.flatMap((part) => part.type === 'tool-result' ? [part.toolCallId] : [])
}
