/** Conversations and what the assistant did: docs/guide/assistant.md, seed/40_assistant.sql. */
import type { Request } from '../postgrest.ts'

const schema = 'dashboard'

export const assistant: Request[] = [
  {
    name: 'conversation list',
    schema,
    get: '/conversation_list?select=*&archived=is.false&order=last_message_at.desc,id&limit=30',
  },
  { name: 'recent_conversations', schema, call: 'recent_conversations?limit=30' },
  {
    name: 'messages of a conversation',
    schema,
    get: '/messages?select=*&conversation_id=eq.{conversation}&order=created_at,id&limit=100',
  },
  {
    name: 'a conversation with its messages',
    schema,
    get: '/conversations?select=*,messages(*)&id=eq.{conversation}',
  },
  {
    name: 'last_messages',
    schema,
    call: 'last_messages',
    args: { conversation_id: '{conversation}', max_messages: 10 },
  },
  { name: 'search messages', schema, call: 'search_messages', args: { query: 'dehumidifier' } },
  {
    name: 'search messages by a rare word',
    schema,
    call: 'search_messages',
    args: { query: '{message_word}' },
  },
  {
    name: 'export_conversation',
    schema,
    call: 'export_conversation',
    args: { conversation_id: '{conversation}' },
  },
  { name: 'ai_task_summary', schema, call: 'ai_task_summary', args: { days: 30 } },
  { name: 'ai_tasks_per_day', schema, call: 'ai_tasks_per_day' },
  {
    name: 'activity logs, newest first',
    schema,
    get: '/activity_logs?select=*&order=created_at.desc&limit=50',
  },
]
