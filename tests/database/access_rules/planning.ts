/** What people want to reach, their projects, and the time they spend. */
import type { Rules } from '../access_rule.ts'

export const planning: Rules = {
  'dashboard.goals': {
    kind: 'personal',
    summary: 'People keep their own goals.',
    owner: 'user_id',
    ...{ select: 'owner', insert: 'owner', update: 'owner', delete: 'owner' },
    row: { user_id: '{user}', name: `'Sample'` },
  },
  'dashboard.milestones': {
    kind: 'personal',
    summary: 'People keep the milestones of their own goals.',
    owner: 'user_id',
    ...{ select: 'owner', insert: 'owner', update: 'owner', delete: 'owner' },
    row: { user_id: '{user}', goal_id: '{dashboard.goals}', name: `'Sample'` },
  },
  'dashboard.projects': {
    kind: 'personal',
    summary: 'People keep their own projects.',
    owner: 'user_id',
    ...{ select: 'owner', insert: 'owner', update: 'owner', delete: 'owner' },
    row: { user_id: '{user}', goal_id: '{dashboard.goals}', name: `'Sample'` },
  },
  'dashboard.time_entries': {
    kind: 'personal',
    summary: 'People record their own time.',
    owner: 'user_id',
    ...{ select: 'owner', insert: 'owner', update: 'owner', delete: 'owner' },
    row: {
      user_id: '{user}',
      project_id: '{dashboard.projects}',
      // Hours that follow each other: nobody works twice at the same time.
      clock_in: `timestamptz '2026-01-05 00:00+00' + interval '1 hour' * {n}`,
      clock_out: `timestamptz '2026-01-05 00:30+00' + interval '1 hour' * {n}`,
    },
  },
}
