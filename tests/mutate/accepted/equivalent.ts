/** What no test of one session can notice. */
import type { Accepted } from '../accepted.ts'

export const equivalent: readonly Accepted[] = []
