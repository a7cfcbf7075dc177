/** What the rules in access_rules/ consist of: for each exposed table, the least a caller must be for each command. */

export const commands = ['select', 'insert', 'update', 'delete'] as const
export type Command = typeof commands[number]

export const roles = ['employee', 'manager', 'admin'] as const
export type Role = typeof roles[number]

/**
 * The signed-in users who may run a command: none ('nobody'), the owner of the row, members of its workspace from a role
 * upwards, or everyone. `{ own, others }` is for tables where the author of a row may do more than other members. The
 * secret key may do everything, anon nothing.
 */
export type Rule = 'nobody' | 'owner' | 'everyone' | Role | { own: Role; others: Role }

/**
 * Values of a sample row, as SQL expressions. {user} and {workspace} are its owner, {n} is a unique number, and
 * {schema.table} is the id of the same owner's sample row in a table that is listed earlier.
 */
export type Sample = Record<string, string>

export type TableRules = Readonly<
  & Record<Command, Rule>
  & {
    /** The rule as a sentence, for the documentation. */
    summary: string
    row: Sample
    /** Condition that finds the row, for rows that sign-up creates. */
    existing?: string
  }
  & (
    | { kind: 'personal'; owner: string }
    | {
      kind: 'workspace'
      workspace: string
      owner?: string
      /** The row references a parent that other users cannot read, so the parent check refuses their insert first. */
      parent?: true
    }
    | { kind: 'catalogue' }
  )
>

export type Rules = Readonly<Record<string, TableRules>>
