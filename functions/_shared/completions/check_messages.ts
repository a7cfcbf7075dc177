/**
 * The checks of a workspace on a request: without them here, an API key would be a way around them. The caller says which
 * role a text has. Personal data is looked for in every text but calls of tools and their results, which stand for data
 * as files do; injections only in what others than the author of the program may have written.
 */
import type { ChatCompletionsRequest } from '../../../types/openai.ts'
import { log } from '../http/log.ts'
import { blockedMessage, type CheckName, type Guard } from '../model/guard.ts'
import { plainTextOf } from './prompt.ts'

/** Together: a check takes a millisecond or two for a thousand characters. */
const maxChars = 200_000

type Message = ChatCompletionsRequest['messages'][number]

/** Refuses messages that the workspace blocks. Findings are logged by name, since no message is stored to keep them. */
export function checkMessages(request: ChatCompletionsRequest, guard: Guard, requestId: string): void {
  const found = new Set<CheckName>()
  let charsLeft = maxChars
  for (const { role, text } of textsOf(request)) {
    if (text.length > charsLeft && (guard.blocks('prompt_injection') || guard.blocks('pii'))) {
      throw blockedMessage('messages', `Send at most ${maxChars} characters: more are not checked.`)
    }
    const where = role === 'tool' ? 'tool' : 'user'
    for (const { check } of guard.inspect(text.slice(0, charsLeft), where, checksOf(role))) {
      found.add(check)
    }
    charsLeft -= Math.min(charsLeft, text.length)
  }
  if (found.size === 0) return
  const isBlocked = [...found].some((check) => guard.blocks(check))
  log('info', { event: 'checks', request_id: requestId, found: [...found].join(','), blocked: isBlocked })
  if (isBlocked) throw blockedMessage('messages')
}

interface WrittenText {
  readonly role: Message['role']
  readonly text: string
}

/** The newest first. What describes tools and the format of the answer is read as the instructions are. */
function textsOf({ messages, tools, response_format }: ChatCompletionsRequest): WrittenText[] {
  const described = [...tools ?? [], ...(response_format?.type === 'json_schema' ? [response_format] : [])]
  return [
    ...messages.toReversed().map((message) => ({ role: message.role, text: plainTextOf(message) })),
    ...described.map((description) => ({ role: 'system' as const, text: JSON.stringify(description) })),
  ]
}

function checksOf(role: Message['role']): readonly CheckName[] {
  switch (role) {
    case 'user':
      return ['prompt_injection', 'pii']
    case 'tool':
      return ['prompt_injection']
    default:
      return ['pii']
  }
}
