/** Notes with what hangs on them, the inbox, and notifications. */
import type { Rules } from '../access_rule.ts'

export const notes: Rules = {
  'dashboard.notes': {
    kind: 'personal',
    summary: 'People keep their own notes.',
    owner: 'user_id',
    ...{ select: 'owner', insert: 'owner', update: 'owner', delete: 'owner' },
    row: { user_id: '{user}', title: `'Sample {n}'` },
  },
  'dashboard.note_tags': {
    kind: 'personal',
    summary: 'People tag and untag their own notes. A tag on a note is never changed.',
    owner: 'user_id',
    ...{ select: 'owner', insert: 'owner', update: 'nobody', delete: 'owner' },
    row: { user_id: '{user}', note_id: '{dashboard.notes}', tag_id: '{dashboard.tags}' },
  },
  'dashboard.note_links': {
    kind: 'personal',
    summary: 'People read what their notes link to. The database writes it, from the text of the notes.',
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
    summary: 'People keep their own inbox.',
    owner: 'user_id',
    ...{ select: 'owner', insert: 'owner', update: 'owner', delete: 'owner' },
    row: { user_id: '{user}', content: `'Sample'` },
  },
  'dashboard.notifications': {
    kind: 'personal',
    summary: 'People read, mark and delete what they were told. Only the database and the service write it.',
    owner: 'user_id',
    ...{ select: 'owner', insert: 'nobody', update: 'owner', delete: 'owner' },
    row: { user_id: '{user}', type: `'system'`, title: `'Sample'` },
  },
}
