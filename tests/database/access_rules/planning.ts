/** Goals, projects and time tracking. */
import type { Rules } from '../access_rule.ts'

export const planning: Rules = {
  'dashboard.goals': {
    kind: 'personal',
    summary: 'Users manage their own goals.',
    owner: 'user_id',
    ...{ select: 'owner', insert: 'owner', update: 'owner', delete: 'owner' },
    row: { user_id: '{user}', name: `'Sample'` },
  },
  'dashboard.milestones': {
    kind: 'personal',
    summary: 'Users manage the milestones of their own goals.',
    owner: 'user_id',
    ...{ select: 'owner', insert: 'owner', update: 'owner', delete: 'owner' },
    row: { user_id: '{user}', goal_id: '{dashboard.goals}', name: `'Sample'` },
  },
  'dashboard.projects': {
    kind: 'personal',
    summary: 'Users manage their own projects.',
    owner: 'user_id',
    ...{ select: 'owner', insert: 'owner', update: 'owner', delete: 'owner' },
    row: { user_id: '{user}', goal_id: '{dashboard.goals}', name: `'Sample'` },
  },
  'dashboard.time_entries': {
    kind: 'personal',
    summary: 'Users manage their own time entries.',
    owner: 'user_id',
    ...{ select: 'owner', insert: 'owner', update: 'owner', delete: 'owner' },
    row: {
      user_id: '{user}',
      project_id: '{dashboard.projects}',
      // Consecutive hours, because the time entries of a user must not overlap.
      clock_in: `timestamptz '2026-01-05 00:00+00' + interval '1 hour' * {n}`,
      clock_out: `timestamptz '2026-01-05 00:30+00' + interval '1 hour' * {n}`,
    },
  },
}
