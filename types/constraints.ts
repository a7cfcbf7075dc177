/** Generated from the database's catalogue by types/generate_constraints.ts; a test fails when it is out of date. */
export interface Constraint {
  /** The column it is about, where it is about one. */
  readonly field?: string
  /** For a foreign key from one exposed schema to another: both ends. */
  readonly references?: { readonly source: string; readonly target: string }
}

export const constraints: Readonly<Record<string, Constraint>> = {}
