/** What is mutated: one change of the schema that opens a door, and what of the schema it is about. */

export const kinds = [
  'policy',
  'grant',
  'function',
  'lock',
  'trigger',
  'constraint',
] as const
export type Kind = typeof kinds[number]

export type Mutant = {
  kind: Kind
  /** Says what is changed; the same in every run. Names an accepted survivor. */
  name: string
  /** SQL with full names. */
  change: string
  /** What a test must use to notice it: all of these. Each is schema.name. */
  tables: string[]
  functions: string[]
}

/** Survivors that do not fail a run: names of mutants, or an expression that is found in them, and why. */
export type Accepted = { reason: string; names: readonly string[] | RegExp }
