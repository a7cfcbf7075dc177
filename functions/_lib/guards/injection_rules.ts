/** All rules of English, in the order they are tried. */
import { askingRules } from './injection/asking.ts'
import { assembledRules } from './injection/assembled.ts'
import { carryingAwayRules } from './injection/carrying_away.ts'
import { personaRules } from './injection/persona.ts'
import { plantedRules } from './injection/planted.ts'
import { pretenceRules } from './injection/pretence.ts'
import { setAsideRules } from './injection/set_aside.ts'
import type { Rule } from './injection/vocabulary.ts'

export { foreignRules } from './injection/foreign.ts'
export type { Rule } from './injection/vocabulary.ts'

export const rules: readonly Rule[] = [
  ...setAsideRules,
  ...personaRules,
  ...askingRules,
  ...pretenceRules,
  ...plantedRules,
  ...carryingAwayRules,
  ...assembledRules,
]
