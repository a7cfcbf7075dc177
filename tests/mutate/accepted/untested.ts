/** What a test should notice and none does yet. */
import type { Accepted } from '../mutant.ts'

export const untested: readonly Accepted[] = []
