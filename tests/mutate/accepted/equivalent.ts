/** What no test of one session can notice. */
import type { Accepted } from '../mutant.ts'

export const equivalent: readonly Accepted[] = []
