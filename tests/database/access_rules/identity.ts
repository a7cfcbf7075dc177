/** Workspaces, their members and what belongs to a person. */
import type { Rules } from '../access_rule.ts'

export const identity: Rules = {
  'public.workspaces': {
    kind: 'workspace',
    summary:
      'Members read their workspaces. Admins rename them, and delete all but personal ones. create_workspace() makes one.',
    workspace: 'id',
    ...{ select: 'employee', insert: 'nobody', update: 'admin', delete: 'admin' },
    row: { name: `'Sample'` },
    existing: 'id = {workspace}',
  },
  'public.workspace_members': {
    kind: 'workspace',
    summary:
      'Members see who belongs to their workspaces. Members come and go through functions, which keep an admin in each.',
    workspace: 'workspace_id',
    owner: 'user_id',
    ...{ select: 'employee', insert: 'nobody', update: 'nobody', delete: 'nobody' },
    row: { workspace_id: '{workspace}', user_id: '{user}', display_name: `'Sample'` },
    existing: 'workspace_id = {workspace} and user_id = {user}',
  },
  'public.profiles': {
    kind: 'personal',
    summary: 'People read and edit their own profile. Sign-up makes it, and it goes with the account.',
    owner: 'id',
    ...{ select: 'owner', insert: 'nobody', update: 'owner', delete: 'nobody' },
    row: { id: '{user}', display_name: `'Sample'` },
    existing: 'id = {user}',
  },
  'public.workspace_invitations': {
    kind: 'workspace',
    summary: 'Admins read the invitations of their workspaces. Functions such as invite_member() write them.',
    workspace: 'workspace_id',
    ...{ select: 'admin', insert: 'nobody', update: 'nobody', delete: 'nobody' },
    row: { workspace_id: '{workspace}', email: `'guest{n}@example.test'` },
  },
  'public.user_prefs': {
    kind: 'personal',
    summary: 'People keep their own preferences.',
    owner: 'user_id',
    ...{ select: 'owner', insert: 'owner', update: 'owner', delete: 'owner' },
    row: { user_id: '{user}' },
  },
  'public.feature_flags': {
    kind: 'catalogue',
    summary: 'Everyone who is signed in reads the feature flags. Only the secret key changes them.',
    ...{ select: 'everyone', insert: 'nobody', update: 'nobody', delete: 'nobody' },
    row: { key: `'sample_{n}'`, description: `'Sample'` },
  },
}
