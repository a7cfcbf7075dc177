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

/** Every exception. The check fails for one that it does not need. */
export const allowances: readonly Allowance[] = [
  { file: /^tools\/terms_allowed\.ts$/, reason: 'The words of the exceptions.' },
  {
    file: /^seed\//,
    line: /^(?!\s*--)/,
    reason: 'Demo data is text that the demo users wrote.',
  },
  {
    file: /^(functions|migrations|tests\/(api|functions|database\/\w+_test))\b/,
    line: /the service role/i,
    words: ['the service'],
    reason: 'The Postgres role service_role, of which a secret key is the credential.',
  },
  {
    file: /^types\/errors\.ts$/,
    words: ['the service'],
    reason: 'A service of the platform, such as Auth or Storage.',
  },
  {
    file: /^functions\/_lib\/guards\//,
    words: ['company', 'companies', 'anybody', 'nobody', 'somebody'],
    reason: 'Patterns and examples of attacks.',
  },
]
