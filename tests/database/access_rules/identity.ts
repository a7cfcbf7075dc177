/** Workspaces, members, profiles and preferences. */
import type { Rules } from '../access_rule.ts'

export const identity: Rules = {
  'public.workspaces': {
    kind: 'workspace',
    summary:
      'Members read their workspaces. Admins rename them and delete all but personal ones. create_workspace() creates one.',
    workspace: 'id',
    ...{ select: 'employee', insert: 'nobody', update: 'admin', delete: 'admin' },
    row: { name: `'Sample'` },
    existing: 'id = {workspace}',
  },
  'public.workspace_members': {
    kind: 'workspace',
    summary:
      'Members read the members of their workspaces. Functions add, change and remove members, and keep an admin in each workspace.',
    workspace: 'workspace_id',
    owner: 'user_id',
    ...{ select: 'employee', insert: 'nobody', update: 'nobody', delete: 'nobody' },
    row: { workspace_id: '{workspace}', user_id: '{user}', display_name: `'Sample'` },
    existing: 'workspace_id = {workspace} and user_id = {user}',
  },
  'public.profiles': {
    kind: 'personal',
    summary:
      'Users read, edit and upsert their own profile. Sign-up creates it, and deleting the account deletes it.',
    owner: 'id',
    ...{ select: 'owner', insert: 'owner', update: 'owner', delete: 'nobody' },
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
    summary: 'Users manage their own preferences.',
    owner: 'user_id',
    ...{ select: 'owner', insert: 'owner', update: 'owner', delete: 'owner' },
    row: { user_id: '{user}' },
  },
  'public.feature_flags': {
    kind: 'catalogue',
    summary: 'Signed-in users read feature flags. Only the secret key writes them.',
    ...{ select: 'everyone', insert: 'nobody', update: 'nobody', delete: 'nobody' },
    row: { key: `'sample_{n}'`, description: `'Sample'` },
  },
}
