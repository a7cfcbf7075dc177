/** Conversations with the assistant, what it works with, and what is logged of it. */
import type { Rules } from '../access_rule.ts'

export const assistant: Rules = {
  'dashboard.chat_projects': {
    kind: 'personal',
    summary: 'People keep their own chat projects.',
    owner: 'user_id',
    ...{ select: 'owner', insert: 'owner', update: 'owner', delete: 'owner' },
    row: { user_id: '{user}', name: `'Sample'` },
  },
  'dashboard.agents': {
    kind: 'workspace',
    summary: 'Members read the agents of their workspaces. Admins set them up.',
    workspace: 'workspace_id',
    ...{ select: 'employee', insert: 'admin', update: 'admin', delete: 'admin' },
    row: { workspace_id: '{workspace}', name: `'Sample {n}'` },
  },
  'dashboard.conversations': {
    kind: 'personal',
    summary: 'People keep their own conversations, whatever workspace these are about.',
    owner: 'user_id',
    ...{ select: 'owner', insert: 'owner', update: 'owner', delete: 'owner' },
    row: { user_id: '{user}', chat_project_id: '{dashboard.chat_projects}' },
  },
  'dashboard.messages': {
    kind: 'personal',
    summary:
      'People read and delete the messages of their own conversations, and add what they say themselves. Nobody rewrites what was said; answers come from the service.',
    owner: 'user_id',
    ...{ select: 'owner', insert: 'owner', update: 'nobody', delete: 'owner' },
    row: { user_id: '{user}', conversation_id: '{dashboard.conversations}', content: `'Sample'` },
  },
  'dashboard.message_feedback': {
    kind: 'personal',
    summary:
      'People read and take back what they thought of answers, and nobody else does. rate_message() writes it.',
    owner: 'user_id',
    ...{ select: 'owner', insert: 'nobody', update: 'nobody', delete: 'owner' },
    row: { user_id: '{user}', message_id: '{dashboard.messages}', rating: '1' },
  },
  'dashboard.ai_tasks': {
    kind: 'personal',
    summary: 'People keep their own log of AI tasks.',
    owner: 'user_id',
    ...{ select: 'owner', insert: 'owner', update: 'owner', delete: 'owner' },
    row: { user_id: '{user}', conversation_id: '{dashboard.conversations}', description: `'Sample'` },
  },
  'dashboard.files_processed': {
    kind: 'personal',
    summary: 'People read, add to and clear their own log of files. A row of it is never changed.',
    owner: 'user_id',
    ...{ select: 'owner', insert: 'owner', update: 'nobody', delete: 'owner' },
    row: { user_id: '{user}', ai_task_id: '{dashboard.ai_tasks}', filename: `'sample.pdf'` },
  },
  'dashboard.automation_candidates': {
    kind: 'workspace',
    summary: 'Managers keep the automation candidates of their workspaces.',
    workspace: 'workspace_id',
    ...{ select: 'manager', insert: 'manager', update: 'manager', delete: 'manager' },
    row: { workspace_id: '{workspace}', pattern_description: `'Sample'` },
  },
  'dashboard.activity_logs': {
    kind: 'workspace',
    summary: 'Admins read the log of their workspaces. Only the service writes it.',
    workspace: 'workspace_id',
    ...{ select: 'admin', insert: 'nobody', update: 'nobody', delete: 'nobody' },
    row: { workspace_id: '{workspace}', log_type: `'api'` },
  },
  'dashboard.mcp_connections': {
    kind: 'workspace',
    summary:
      'Members see the tool servers of their workspaces, without secrets. Admins connect them. Only the secret key reads secrets, through mcp_config().',
    workspace: 'workspace_id',
    ...{ select: 'employee', insert: 'admin', update: 'admin', delete: 'admin' },
    row: { workspace_id: '{workspace}', name: `'Sample {n}'`, server_type: `'sdk'` },
  },
}
