/**
 * What a workspace has decided about checks holds here too, or a key would be a way around it: a message that is to be
 * blocked is refused, and answers are told without personal data. Findings are logged by their names, never what they
 * found.
 */
import type { ChatCompletionsRequest } from '../../../types/openai.ts'
import { appError, AppFailure } from '../../../types/errors.ts'
import { inspect, type Redactor, redactor } from '../../_lib/guards/guards.ts'
import { log } from '../http/log.ts'
import { plainTextOf } from './prompt.ts'

export type Policy = Readonly<Record<string, string>>

/** Of the newest messages; a check takes a millisecond or two for a thousand characters. */
const mostCharacters = 200_000

export function checkMessages({ messages }: ChatCompletionsRequest, policy: Policy, requestId: string): void {
  const wanted = ['prompt_injection', 'pii'].filter((check) => (policy[check] ?? 'record') !== 'off')
  if (wanted.length === 0) return
  const found = new Set<string>()
  let left = mostCharacters
  for (const message of messages.toReversed()) {
    if (message.role !== 'user' && message.role !== 'tool') continue
    const text = plainTextOf(message).slice(0, left)
    left -= text.length
    // Personal data that a tool answered was the caller's to look up.
    for (const { check } of inspect(text, message.role)) {
      if (wanted.includes(check) && !(check === 'pii' && message.role === 'tool')) found.add(check)
    }
    if (left <= 0) break
  }
  if (found.size === 0) return
  const blocked = [...found].filter((check) => policy[check] === 'block')
  log('info', {
    event: 'checks',
    request_id: requestId,
    found: [...found].join(','),
    blocked: blocked.length > 0,
  })
  if (blocked.length === 0) return
  throw new AppFailure(appError('validation', {
    code: 'message_blocked',
    status: 422,
    field: 'messages',
    message: 'The workspace does not let this message through.',
    hint:
      'Leave out what looks like personal data, or like an attempt to give the assistant other instructions.',
  }))
}

/** For the text of an answer; null where it may go out as it is. */
export function redactorFor(policy: Policy): Redactor | null {
  return ['redact', 'block'].includes(policy['pii'] ?? '') ? redactor() : null
}
