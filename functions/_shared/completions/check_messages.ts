/** The checks of a workspace on a request: without them here, an API key would be a way around them. */
import type { ChatCompletionsRequest } from '../../../types/openai.ts'
import { appError, AppFailure } from '../../../types/errors.ts'
import { log } from '../http/log.ts'
import type { CheckName, Guard } from '../model/guard.ts'
import { plainTextOf } from './prompt.ts'

/** Of the newest messages: a check takes a millisecond or two for a thousand characters. */
const maxChars = 200_000

/** Refuses messages that the workspace blocks. Findings are logged by name, since no message is stored to keep them. */
export function checkMessages({ messages }: ChatCompletionsRequest, guard: Guard, requestId: string): void {
  const found = new Set<CheckName>()
  let charsLeft = maxChars
  for (const message of messages.toReversed()) {
    if (message.role !== 'user' && message.role !== 'tool') continue
    const text = plainTextOf(message).slice(0, charsLeft)
    charsLeft -= text.length
    // The caller may look up personal data with a tool of their own.
    const checks: CheckName[] = message.role === 'tool' ? ['prompt_injection'] : ['prompt_injection', 'pii']
    for (const { check } of guard.inspect(text, message.role, checks)) found.add(check)
    if (charsLeft <= 0) break
  }
  if (found.size === 0) return
  const isBlocked = [...found].some((check) => guard.actionOf(check) === 'block')
  log('info', { event: 'checks', request_id: requestId, found: [...found].join(','), blocked: isBlocked })
  if (!isBlocked) return
  throw new AppFailure(appError('validation', {
    code: 'message_blocked',
    status: 422,
    field: 'messages',
    message: 'A check of the workspace blocks this message.',
    hint:
      'Remove what looks like personal data or like an attempt to override the instructions of the assistant.',
  }))
}
