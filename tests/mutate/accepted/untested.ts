/** What a test should notice and none does yet. */
import type { Accepted } from '../accepted.ts'

export const untested: readonly Accepted[] = []
