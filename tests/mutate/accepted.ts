/** Survivors that are accepted, each with the reason why no test of one session can or need notice it. */
import type { Mutant } from './mutant.ts'

export type Accepted = {
  /** The name of a mutant, or an expression that is found in the names of several. */
  name: string | RegExp
  reason: string
}

export const accepted: readonly Accepted[] = []

export function reasonFor({ name }: Mutant): string | undefined {
  return accepted.find((entry) =>
    typeof entry.name === 'string' ? entry.name === name : entry.name.test(name)
  )
    ?.reason
}
