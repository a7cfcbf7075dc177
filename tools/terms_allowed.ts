/** Where a word of the word list in CONVENTIONS.md may stand, and why. */

/** An exception of the check of terms. */
export interface Allowance {
  /** Files that the exception covers, relative to the root. */
  readonly file: RegExp
  /** Lines that it covers; all lines of the files if left out. */
  readonly line?: RegExp
  /** Words that it covers, as in the word list; all words if left out. */
  readonly words?: readonly string[]
  readonly reason: string
}

export const allowances: readonly Allowance[] = [
  {
    file: /^seed\//,
    line: /^(?!\s*--)/,
    reason: 'Demo data is text that the demo users wrote.',
  },
]
