/** The published requests, one file for each area. */
import type { Request } from '../postgrest.ts'
import { assistant } from './assistant.ts'
import { business } from './business.ts'
import { identity } from './identity.ts'
import { knowledge } from './knowledge.ts'
import { notes } from './notes.ts'
import { planning } from './planning.ts'

export const requests: readonly Request[] = [
  ...business,
  ...planning,
  ...notes,
  ...assistant,
  ...knowledge,
  ...identity,
]
