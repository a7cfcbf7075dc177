/**
 * Who may do what: every exposed table, and the least a caller must be for each command. The access matrix tries all of
 * it against the database, and fails for a table that is not listed here.
 */

export const commands = ['select', 'insert', 'update', 'delete'] as const
export type Command = typeof commands[number]

export const roles = ['employee', 'manager', 'admin'] as const
export type Role = typeof roles[number]

/**
 * Among signed-in users: nobody, the user a row belongs to, members of its workspace from a role upwards, or everyone.
 * Where the author of a row may do more than a colleague, both are said. The secret key may do everything; anon nothing.
 */
export type Rule = 'nobody' | 'owner' | 'everyone' | Role | { own: Role; others: Role }

/**
 * Values of a sample row, as SQL. {user} and {workspace} are whose it is, {n} is a number that is never used twice, and
 * {schema.table} is the id of the sample row of the same owner in a table listed above.
 */
export type Sample = Record<string, string>

export type TableRules = Readonly<
  & Record<Command, Rule>
  & {
    /** The rule in words. */
    summary: string
    row: Sample
    /** Finds the row where one is there without anybody's doing: those of sign-up. */
    existing?: string
  }
  & (
    | { kind: 'personal'; owner: string }
    | { kind: 'workspace'; workspace: string; owner?: string }
    | { kind: 'catalogue' }
  )
>

export const accessRules: Readonly<Record<string, TableRules>> = {
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
  'dashboard.task_lists': {
    kind: 'personal',
    summary: 'People keep their own task lists.',
    owner: 'user_id',
    ...{ select: 'owner', insert: 'owner', update: 'owner', delete: 'owner' },
    row: { user_id: '{user}', name: `'Sample'` },
  },
  'dashboard.tasks': {
    kind: 'personal',
    summary: 'People keep their own tasks.',
    owner: 'user_id',
    ...{ select: 'owner', insert: 'owner', update: 'owner', delete: 'owner' },
    row: { user_id: '{user}', list_id: '{dashboard.task_lists}', title: `'Sample'` },
  },
  'dashboard.tags': {
    kind: 'personal',
    summary: 'People keep their own tags.',
    owner: 'user_id',
    ...{ select: 'owner', insert: 'owner', update: 'owner', delete: 'owner' },
    row: { user_id: '{user}', name: `'Sample {n}'` },
  },
  'dashboard.task_tags': {
    kind: 'personal',
    summary: 'People tag and untag their own tasks. A tag on a task is never changed.',
    owner: 'user_id',
    ...{ select: 'owner', insert: 'owner', update: 'nobody', delete: 'owner' },
    row: { user_id: '{user}', task_id: '{dashboard.tasks}', tag_id: '{dashboard.tags}' },
  },
}
