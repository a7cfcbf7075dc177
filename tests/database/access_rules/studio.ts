/** Models, API keys, usage and budgets. */
import type { Rules } from '../access_rule.ts'

export const studio: Rules = {
  'public.ai_models': {
    kind: 'catalogue',
    summary: 'Signed-in users read models. Only the secret key writes them.',
    ...{ select: 'everyone', insert: 'nobody', update: 'nobody', delete: 'nobody' },
    row: {
      id: `'sample-{n}'`,
      name: `'Sample'`,
      provider: `'openai'`,
      provider_model: `'sample'`,
      context_tokens: '1000',
      max_output_tokens: '100',
    },
  },
  'public.ai_settings': {
    kind: 'workspace',
    summary: 'Members read the assistant settings of the workspace. Admins edit them.',
    workspace: 'workspace_id',
    ...{ select: 'employee', insert: 'nobody', update: 'admin', delete: 'nobody' },
    row: { workspace_id: '{workspace}' },
    existing: 'workspace_id = {workspace}',
  },
  'studio.rate_limit_rules': {
    kind: 'catalogue',
    summary: 'Signed-in users read rate limits. Only the secret key writes them.',
    ...{ select: 'everyone', insert: 'nobody', update: 'nobody', delete: 'nobody' },
    row: { endpoint: `'sample-{n}'`, burst: '1', per_minute: '1' },
  },
  'studio.limits': {
    kind: 'catalogue',
    summary: 'Only the secret key reads and writes the limits of the installation.',
    ...{ select: 'nobody', insert: 'nobody', update: 'nobody', delete: 'nobody' },
    // An account has one row of each name.
    row: {
      name: 'tests.unused_limit({user})',
      user_id: '{user}',
      value: '1',
    },
  },
  'studio.api_keys': {
    kind: 'workspace',
    summary:
      'Members read their own API keys, admins all of the workspace. Functions create and revoke keys.',
    workspace: 'workspace_id',
    owner: 'user_id',
    ...{ select: { own: 'employee', others: 'admin' }, insert: 'nobody', update: 'nobody', delete: 'nobody' },
    row: {
      workspace_id: '{workspace}',
      user_id: '{user}',
      name: `'Sample'`,
      prefix: `'pl_00000000'`,
      scopes: `array['chat']`,
    },
  },
  'studio.api_usage': {
    kind: 'workspace',
    summary: 'Members read their own requests, admins all of the workspace. Only the secret key writes them.',
    workspace: 'workspace_id',
    owner: 'user_id',
    ...{ select: { own: 'employee', others: 'admin' }, insert: 'nobody', update: 'nobody', delete: 'nobody' },
    row: {
      workspace_id: '{workspace}',
      user_id: '{user}',
      endpoint: `'chat'`,
      model_id: `'sample'`,
      created_at: `date_trunc('second', now())`,
    },
  },
  'studio.usage_days': {
    kind: 'workspace',
    summary:
      'Members read their own daily usage, admins all of the workspace. Only the secret key writes it.',
    workspace: 'workspace_id',
    owner: 'user_id',
    ...{ select: { own: 'employee', others: 'admin' }, insert: 'nobody', update: 'nobody', delete: 'nobody' },
    row: { workspace_id: '{workspace}', user_id: '{user}', day: 'current_date', model_id: `'sample-{n}'` },
  },
  'studio.budgets': {
    kind: 'workspace',
    summary: 'Members read budgets that apply to them, admins all of the workspace. Admins manage them.',
    workspace: 'workspace_id',
    owner: 'user_id',
    ...{ select: { own: 'employee', others: 'admin' }, insert: 'admin', update: 'admin', delete: 'admin' },
    row: {
      workspace_id: '{workspace}',
      scope: `'member'`,
      user_id: '{user}',
      limit_usd: '10',
    },
  },
}
