/** All rules, in the order in which they are tried. */
import { assembledRules } from './assembled.ts'
import { exfiltrationRules } from './exfiltration.ts'
import { fakeMarkupRules } from './fake_markup.ts'
import { indirectRules } from './indirect.ts'
import { otherLanguageRules } from './other_languages.ts'
import { overrideRules } from './override.ts'
import { personaRules } from './persona.ts'
import { promptLeakRules } from './prompt_leak.ts'
import type { Rule } from './vocabulary.ts'

/** Of all languages. */
export const rules: readonly Rule[] = [
  ...overrideRules,
  ...personaRules,
  ...promptLeakRules,
  ...fakeMarkupRules,
  ...indirectRules,
  ...exfiltrationRules,
  ...assembledRules,
  ...otherLanguageRules,
]
