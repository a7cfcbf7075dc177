/** What a test should notice and none does yet. */
import type { Accepted } from '../mutant.ts'

export const untested: readonly Accepted[] = [
  {
    reason: 'No test shows a second owner, workspace or state where this condition decides.',
    names: [
      'private.chat_unsummarized(bigint,bigint,integer): without: not exists ( select from private.chat_summaries as s where s.user_id = c.user_id and s.conversation_id = c.id)',
      'private.choose_model(text,text,uuid,uuid,text[]): never refuses: not found (2)',
      'private.end_abandoned_turns(): without: t.id = expired.id',
    ],
  },
]
