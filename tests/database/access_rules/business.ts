/** Jobs, the people around them, and the money. */
import type { Rules } from '../access_rule.ts'

export const business: Rules = {
  'business.organizations': {
    kind: 'workspace',
    summary: 'Everybody sees the companies; managers add and edit them; admins delete.',
    workspace: 'workspace_id',
    ...{ select: 'employee', insert: 'manager', update: 'manager', delete: 'admin' },
    row: { workspace_id: '{workspace}', name: `'Sample'`, org_type: `'vendor'` },
  },
  'business.clients': {
    kind: 'workspace',
    summary: 'Everybody sees the clients; managers add and edit them; admins delete.',
    workspace: 'workspace_id',
    ...{ select: 'employee', insert: 'manager', update: 'manager', delete: 'admin' },
    row: { workspace_id: '{workspace}', name: `'Sample'` },
  },
  'business.contacts': {
    kind: 'workspace',
    summary:
      'Everybody sees the contacts; managers add and edit them, and say which of them are members; admins delete.',
    workspace: 'workspace_id',
    ...{ select: 'employee', insert: 'manager', update: 'manager', delete: 'admin' },
    row: { workspace_id: '{workspace}', first_name: `'Sample'`, last_name: `'{n}'` },
  },
  'business.jobs': {
    kind: 'workspace',
    summary: 'Everybody sees the jobs; managers open, edit, move and cancel them; only admins remove one.',
    workspace: 'workspace_id',
    ...{ select: 'employee', insert: 'manager', update: 'manager', delete: 'admin' },
    row: { workspace_id: '{workspace}', job_number: `'SAMPLE-{n}'` },
  },
  'business.job_contacts': {
    kind: 'workspace',
    summary:
      'Everybody sees who is on a job; managers put people on it and take them off (unassign_contact); admins delete.',
    workspace: 'workspace_id',
    ...{ select: 'employee', insert: 'manager', update: 'manager', delete: 'admin' },
    row: { job_id: '{business.jobs}', contact_id: '{business.contacts}' },
  },
  'business.notes': {
    kind: 'workspace',
    summary: 'Everybody sees and adds notes; people edit their own, managers all; admins delete.',
    workspace: 'workspace_id',
    owner: 'user_id',
    ...{
      select: 'employee',
      insert: 'owner',
      update: { own: 'employee', others: 'manager' },
      delete: 'admin',
    },
    row: { job_id: '{business.jobs}', user_id: '{user}', content: `'Sample'` },
  },
  'business.media': {
    kind: 'workspace',
    summary: 'Everybody sees and adds photos and files; people edit their own, managers all; admins delete.',
    workspace: 'workspace_id',
    owner: 'user_id',
    ...{
      select: 'employee',
      insert: 'owner',
      update: { own: 'employee', others: 'manager' },
      delete: 'admin',
    },
    row: { job_id: '{business.jobs}', user_id: '{user}', file_name: `'a.jpg'`, file_path: `'media/a.jpg'` },
  },
  'business.estimates': {
    kind: 'workspace',
    summary: 'Everybody sees the estimates; managers write, revise and approve them; admins delete.',
    workspace: 'workspace_id',
    ...{ select: 'employee', insert: 'manager', update: 'manager', delete: 'admin' },
    row: { job_id: '{business.jobs}', amount: '100' },
  },
  'business.payments': {
    kind: 'workspace',
    summary: 'Everybody sees the payments; managers enter and edit them; admins delete.',
    workspace: 'workspace_id',
    ...{ select: 'employee', insert: 'manager', update: 'manager', delete: 'admin' },
    row: { job_id: '{business.jobs}', amount: '100' },
  },
  'business.labor_entries': {
    kind: 'workspace',
    summary: 'Everybody sees the hours; people log their own, managers anybody’s; admins delete.',
    workspace: 'workspace_id',
    owner: 'user_id',
    ...{
      select: 'employee',
      insert: 'owner',
      update: { own: 'employee', others: 'manager' },
      delete: 'admin',
    },
    row: { job_id: '{business.jobs}', user_id: '{user}', hours: '1' },
  },
  'business.receipts': {
    kind: 'workspace',
    summary: 'Everybody sees and adds receipts; people edit their own, managers all; admins delete.',
    workspace: 'workspace_id',
    owner: 'user_id',
    ...{
      select: 'employee',
      insert: 'owner',
      update: { own: 'employee', others: 'manager' },
      delete: 'admin',
    },
    row: {
      job_id: '{business.jobs}',
      user_id: '{user}',
      expense_category: `'other'`,
      description: `'Sample'`,
      amount: '1',
    },
  },
  'business.work_orders': {
    kind: 'workspace',
    summary: 'Everybody sees the work orders; managers write and approve them; admins delete.',
    workspace: 'workspace_id',
    ...{ select: 'employee', insert: 'manager', update: 'manager', delete: 'admin' },
    row: { job_id: '{business.jobs}', title: `'Sample'` },
  },
  'business.activity_log': {
    kind: 'workspace',
    summary: 'Everybody reads what happened on the jobs. The database writes it, and nobody changes it.',
    workspace: 'workspace_id',
    ...{ select: 'employee', insert: 'nobody', update: 'nobody', delete: 'nobody' },
    row: { workspace_id: '{workspace}', event_type: `'note_added'`, description: `'Sample'` },
  },
}
