/** Notes, the inbox and notifications. */
import type { Rules } from '../access_rule.ts'

export const notes: Rules = {
  'dashboard.notes': {
    kind: 'personal',
    summary: 'Users manage their own notes.',
    owner: 'user_id',
    ...{ select: 'owner', insert: 'owner', update: 'owner', delete: 'owner' },
    row: { user_id: '{user}', title: `'Sample {n}'` },
  },
  'dashboard.note_tags': {
    kind: 'personal',
    summary: 'Users tag and untag their own notes. An update, as of an upsert, changes nothing.',
    owner: 'user_id',
    ...{ select: 'owner', insert: 'owner', update: 'owner', delete: 'owner' },
    row: { user_id: '{user}', note_id: '{dashboard.notes}', tag_id: '{dashboard.tags}' },
  },
  'dashboard.note_links': {
    kind: 'personal',
    summary: 'Users read the links of their own notes. The database derives them from the text.',
    owner: 'user_id',
    ...{ select: 'owner', insert: 'nobody', update: 'nobody', delete: 'nobody' },
    row: {
      user_id: '{user}',
      note_id: '{dashboard.notes}',
      target_type: `'note'`,
      target_key: `'sample {n}'`,
      target_title: `'Sample'`,
    },
  },
  'dashboard.inbox_items': {
    kind: 'personal',
    summary: 'Users manage their own inbox.',
    owner: 'user_id',
    ...{ select: 'owner', insert: 'owner', update: 'owner', delete: 'owner' },
    row: { user_id: '{user}', content: `'Sample'` },
  },
  'dashboard.notifications': {
    kind: 'personal',
    summary:
      'Users read their own notifications, mark them as read and delete them. Only the database and the secret key create them.',
    owner: 'user_id',
    ...{ select: 'owner', insert: 'nobody', update: 'owner', delete: 'owner' },
    row: { user_id: '{user}', type: `'system'`, title: `'Sample'` },
  },
}
