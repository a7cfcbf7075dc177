/** Tasks, lists and tags. */
import type { Rules } from '../access_rule.ts'

export const tasks: Rules = {
  'dashboard.task_lists': {
    kind: 'personal',
    summary: 'Users manage their own task lists.',
    owner: 'user_id',
    ...{ select: 'owner', insert: 'owner', update: 'owner', delete: 'owner' },
    row: { user_id: '{user}', name: `'Sample'` },
  },
  'dashboard.tasks': {
    kind: 'personal',
    summary: 'Users manage their own tasks.',
    owner: 'user_id',
    ...{ select: 'owner', insert: 'owner', update: 'owner', delete: 'owner' },
    row: { user_id: '{user}', list_id: '{dashboard.task_lists}', title: `'Sample'` },
  },
  'dashboard.tags': {
    kind: 'personal',
    summary: 'Users manage their own tags.',
    owner: 'user_id',
    ...{ select: 'owner', insert: 'owner', update: 'owner', delete: 'owner' },
    row: { user_id: '{user}', name: `'Sample {n}'` },
  },
  'dashboard.task_tags': {
    kind: 'personal',
    summary: 'Users tag and untag their own tasks. An update, as of an upsert, changes nothing.',
    owner: 'user_id',
    ...{ select: 'owner', insert: 'owner', update: 'owner', delete: 'owner' },
    row: { user_id: '{user}', task_id: '{dashboard.tasks}', tag_id: '{dashboard.tags}' },
  },
}
