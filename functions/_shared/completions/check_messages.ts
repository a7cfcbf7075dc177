/**
 * The checks of a workspace on a request: without them here, an API key would be a way around them. The caller says which
 * role a text has. Personal data is looked for in every role but `tool`, which stands for data as a file does; injections
 * only in what others than the author of the program may have written.
 */
import type { ChatCompletionsRequest } from '../../../types/openai.ts'
import { log } from '../http/log.ts'
import { blockedMessage, type CheckName, type Guard } from '../model/guard.ts'
import { plainTextOf } from './prompt.ts'

/** Together: a check takes a millisecond or two for a thousand characters. */
const maxChars = 200_000

type Message = ChatCompletionsRequest['messages'][number]

/** Refuses messages that the workspace blocks. Findings are logged by name, since no message is stored to keep them. */
export function checkMessages({ messages }: ChatCompletionsRequest, guard: Guard, requestId: string): void {
  const found = new Set<CheckName>()
  let charsLeft = maxChars
  for (const message of messages.toReversed()) {
    const text = plainTextOf(message)
    if (text.length > charsLeft && (guard.blocks('prompt_injection') || guard.blocks('pii'))) {
      throw blockedMessage('messages', `Send at most ${maxChars} characters: more are not checked.`)
    }
    const where = message.role === 'tool' ? 'tool' : 'user'
    for (const { check } of guard.inspect(text.slice(0, charsLeft), where, checksOf(message))) {
      found.add(check)
    }
    charsLeft -= Math.min(charsLeft, text.length)
  }
  if (found.size === 0) return
  const isBlocked = [...found].some((check) => guard.blocks(check))
  log('info', { event: 'checks', request_id: requestId, found: [...found].join(','), blocked: isBlocked })
  if (isBlocked) throw blockedMessage('messages')
}

function checksOf({ role }: Message): readonly CheckName[] {
  switch (role) {
    case 'user':
      return ['prompt_injection', 'pii']
    case 'tool':
      return ['prompt_injection']
    default:
      return ['pii']
  }
}
