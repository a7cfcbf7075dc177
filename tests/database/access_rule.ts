/** What the rules in access_rules/ consist of: for each exposed table, the least a caller must be for each command. */

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
    | {
      kind: 'workspace'
      workspace: string
      owner?: string
      /** It belongs to a row that strangers do not see: that refuses them before the policy of insert has to. */
      parent?: true
    }
    | { kind: 'catalogue' }
  )
>

export type Rules = Readonly<Record<string, TableRules>>
