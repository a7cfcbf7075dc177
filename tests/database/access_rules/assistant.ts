/** Conversations, agents, MCP servers and activity logs. */
import type { Rules } from '../access_rule.ts'

export const assistant: Rules = {
  'dashboard.chat_projects': {
    kind: 'personal',
    summary: 'Users manage their own chat projects.',
    owner: 'user_id',
    ...{ select: 'owner', insert: 'owner', update: 'owner', delete: 'owner' },
    row: { user_id: '{user}', name: `'Sample'` },
  },
  'dashboard.agents': {
    kind: 'workspace',
    summary: 'Members read the agents of the workspace. Admins manage them.',
    workspace: 'workspace_id',
    ...{ select: 'employee', insert: 'admin', update: 'admin', delete: 'admin' },
    row: { workspace_id: '{workspace}', name: `'Sample {n}'` },
  },
  'dashboard.conversations': {
    kind: 'personal',
    summary: 'Users manage their own conversations, in any workspace.',
    owner: 'user_id',
    ...{ select: 'owner', insert: 'owner', update: 'owner', delete: 'owner' },
    row: { user_id: '{user}', chat_project_id: '{dashboard.chat_projects}' },
  },
  'dashboard.messages': {
    kind: 'personal',
    summary:
      'Users read and delete the messages of their own conversations and add their own messages. Messages are immutable. The secret key writes answers.',
    owner: 'user_id',
    ...{ select: 'owner', insert: 'owner', update: 'nobody', delete: 'owner' },
    row: { user_id: '{user}', conversation_id: '{dashboard.conversations}', content: `'Sample'` },
  },
  'dashboard.message_feedback': {
    kind: 'personal',
    summary: 'Users read and delete their own ratings of answers. rate_message() writes them.',
    owner: 'user_id',
    ...{ select: 'owner', insert: 'nobody', update: 'nobody', delete: 'owner' },
    row: { user_id: '{user}', message_id: '{dashboard.messages}', rating: '1' },
  },
  'dashboard.ai_tasks': {
    kind: 'personal',
    summary: 'Users manage their own AI tasks.',
    owner: 'user_id',
    ...{ select: 'owner', insert: 'owner', update: 'owner', delete: 'owner' },
    row: { user_id: '{user}', conversation_id: '{dashboard.conversations}', description: `'Sample'` },
  },
  'dashboard.files_processed': {
    kind: 'personal',
    summary: 'Users read, add and delete their own entries. Entries are immutable.',
    owner: 'user_id',
    ...{ select: 'owner', insert: 'owner', update: 'nobody', delete: 'owner' },
    row: { user_id: '{user}', ai_task_id: '{dashboard.ai_tasks}', filename: `'sample.pdf'` },
  },
  'dashboard.automation_candidates': {
    kind: 'workspace',
    summary: 'Managers manage the automation candidates of the workspace.',
    workspace: 'workspace_id',
    ...{ select: 'manager', insert: 'manager', update: 'manager', delete: 'manager' },
    row: { workspace_id: '{workspace}', pattern_description: `'Sample'` },
  },
  'dashboard.activity_logs': {
    kind: 'workspace',
    summary: 'Admins read the activity logs of the workspace. Only the secret key writes them.',
    workspace: 'workspace_id',
    ...{ select: 'admin', insert: 'nobody', update: 'nobody', delete: 'nobody' },
    row: { workspace_id: '{workspace}', log_type: `'api'` },
  },
  'dashboard.mcp_connections': {
    kind: 'workspace',
    summary:
      'Members read the MCP servers of the workspace, without secrets. Admins manage them. Only the secret key reads secrets, through mcp_config().',
    workspace: 'workspace_id',
    ...{ select: 'employee', insert: 'admin', update: 'admin', delete: 'admin' },
    row: { workspace_id: '{workspace}', name: `'Sample {n}'`, server_type: `'sdk'` },
  },
}
