/**
 * Survivors that do not fail a run, each with its reason. `equivalent` need no test: what they change cannot be noticed, or
 * not by one session. `untested` should have one: a test that notices one takes its line away.
 */
import { equivalent } from './accepted/equivalent.ts'
import { untested } from './accepted/untested.ts'
import type { Accepted, Mutant } from './mutant.ts'

export const accepted: readonly Accepted[] = [...equivalent, ...untested]

export function reasonFor({ name }: Mutant): string | undefined {
  return accepted.find(({ names }) => names instanceof RegExp ? names.test(name) : names.includes(name))
    ?.reason
}

/** Names in the lists that no mutant has, or that a test notices. */
export function needless(
  lists: readonly Accepted[],
  results: ReadonlyMap<string, 'killed' | 'survived' | 'invalid'>,
  isComplete: boolean,
): string[] {
  return lists.flatMap(({ names }) => names instanceof RegExp ? [] : names).filter((name) => {
    const result = results.get(name)
    return result === undefined ? isComplete : result !== 'survived'
  })
}
