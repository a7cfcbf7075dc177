/** Jobs, clients, estimates, costs and payments. */
import type { Rules } from '../access_rule.ts'

export const business: Rules = {
  'business.organizations': {
    kind: 'workspace',
    summary: 'Members read organizations. Managers add and edit them. Admins delete them.',
    workspace: 'workspace_id',
    ...{ select: 'employee', insert: 'manager', update: 'manager', delete: 'admin' },
    row: { workspace_id: '{workspace}', name: `'Sample'`, org_type: `'vendor'` },
  },
  'business.clients': {
    kind: 'workspace',
    summary: 'Members read clients. Managers add and edit them. Admins delete them.',
    workspace: 'workspace_id',
    ...{ select: 'employee', insert: 'manager', update: 'manager', delete: 'admin' },
    row: { workspace_id: '{workspace}', name: `'Sample'` },
  },
  'business.contacts': {
    kind: 'workspace',
    summary:
      'Members read contacts. Managers add and edit them. Admins change which member a contact is, and delete contacts.',
    workspace: 'workspace_id',
    ...{ select: 'employee', insert: 'manager', update: 'manager', delete: 'admin' },
    row: { workspace_id: '{workspace}', first_name: `'Sample'`, last_name: `'{n}'` },
  },
  'business.jobs': {
    kind: 'workspace',
    summary: 'Members read jobs. Managers create and edit them and change their status. Admins delete them.',
    workspace: 'workspace_id',
    ...{ select: 'employee', insert: 'manager', update: 'manager', delete: 'admin' },
    row: { workspace_id: '{workspace}', job_number: `'SAMPLE-{n}'` },
  },
  'business.job_contacts': {
    kind: 'workspace',
    summary:
      'Members read the contacts of a job. Managers assign them and unassign them (unassign_contact). Admins delete assignments.',
    workspace: 'workspace_id',
    ...{ select: 'employee', insert: 'manager', update: 'manager', delete: 'admin' },
    row: { job_id: '{business.jobs}', contact_id: '{business.contacts}' },
  },
  'business.notes': {
    kind: 'workspace',
    summary: 'Members read and add notes and edit their own. Managers edit all. Admins delete them.',
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
    summary:
      'Members read and add photos and files and edit their own. Managers edit all. Admins delete them.',
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
    summary:
      'Members read estimates. Managers create, revise and approve them; employees cannot approve. Admins delete them.',
    workspace: 'workspace_id',
    ...{ select: 'employee', insert: 'manager', update: 'manager', delete: 'admin' },
    row: { job_id: '{business.jobs}', amount: '100' },
  },
  'business.payments': {
    kind: 'workspace',
    summary: 'Members read payments. Managers add and edit them. Admins delete them.',
    workspace: 'workspace_id',
    ...{ select: 'employee', insert: 'manager', update: 'manager', delete: 'admin' },
    row: { job_id: '{business.jobs}', amount: '100' },
  },
  'business.labor_entries': {
    kind: 'workspace',
    summary: 'Members read labor entries and log and edit their own. Managers edit all. Admins delete them.',
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
    summary: 'Members read and add receipts and edit their own. Managers edit all. Admins delete them.',
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
    summary: 'Members read work orders. Managers create, edit and approve them. Admins delete them.',
    workspace: 'workspace_id',
    ...{ select: 'employee', insert: 'manager', update: 'manager', delete: 'admin' },
    row: { job_id: '{business.jobs}', title: `'Sample'` },
  },
  'business.activity_log': {
    kind: 'workspace',
    summary: 'Members read the activity log. Only triggers write it, and entries are immutable.',
    workspace: 'workspace_id',
    ...{ select: 'employee', insert: 'nobody', update: 'nobody', delete: 'nobody' },
    row: { workspace_id: '{workspace}', event_type: `'note_added'`, description: `'Sample'` },
  },
}
