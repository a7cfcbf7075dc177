import { assistant } from './access_rules/assistant.ts'
import { business } from './access_rules/business.ts'
import { identity } from './access_rules/identity.ts'
import { knowledge } from './access_rules/knowledge.ts'
import { notes } from './access_rules/notes.ts'
import { planning } from './access_rules/planning.ts'
import { studio } from './access_rules/studio.ts'
import { tasks } from './access_rules/tasks.ts'

import type { Rules } from './access_rule.ts'
export * from './access_rule.ts'

/**
 * The permissions of every exposed table: the minimum role for each command. The access matrix tests all of them against
 * the database and fails for a table that is not listed here. tools/generate_permissions.ts renders them as
 * docs/reference/permissions.md.
 */
export const accessRules: Rules = {
  ...identity,
  ...tasks,
  ...planning,
  ...notes,
  ...business,
  ...assistant,
  ...knowledge,
  ...studio,
}
