/** The access matrix: every exposed table, persona, command and whose row it is, tried out and compared with the rules. */
import type postgres from 'postgres'
import { type Command, commands, type Role, roles, type Rule, type TableRules } from './access_rules.ts'
import { type Person, quoted, SampleRows } from './sample_rows.ts'

export const personas = ['anon', 'outsider', ...roles, 'service'] as const
export type Persona = typeof personas[number]

/** Whose row is met, seen from the persona. */
type Relation = 'own' | "a colleague's" | "their workspace's" | "another workspace's" | "anybody's"

/** A row belongs to a user in a workspace; the outsider is admin of a workspace without the others. */
type Scope = Role | 'outsider'
const people: readonly Person<Scope>[] = [
  ...roles.map((role) => ({ name: role, workspace: 'here', role })),
  { name: 'outsider', workspace: 'elsewhere', role: 'admin' },
]

export type Cell = {
  persona: Persona
  command: Command
  relation: Relation
  expected: Outcome
  scope: Scope
}
type Outcome = 'allowed' | 'filtered' | 'refused by a grant' | 'refused'

/** A change that opens or shuts a door, and the cells that are likely to show it. */
export type Mutant = { change: string; reveals: (cell: Cell) => boolean }

/** What tests.attempts tries. */
type Attempt = { persona: Persona; expected: Outcome; statement: string; arrangement: string | null }

/** The attempts of one transaction on its sample rows: two workspaces, four users, and a row of each in every table. */
export class Matrix {
  readonly #samples: SampleRows<Scope>
  /** Sets a column of the sample row of a scope to what it is, by table. */
  #changes = new Map<string, Map<Scope, string>>()

  constructor(
    private readonly sql: postgres.TransactionSql,
    rules: Readonly<Record<string, TableRules>>,
  ) {
    this.#samples = new SampleRows(sql, rules, people)
  }

  async arrange(): Promise<void> {
    await this.#samples.arrange()
    for (const table of Object.keys(this.#samples.rules)) {
      const { updatable, columns } = this.#samples.entry(table)
      const column = quoted(updatable?.[0] ?? columns[0] ?? '')
      this.#changes.set(table, new Map())
      for (const { name } of people) {
        const [current] = await this.sql.unsafe<{ value: string }[]>(
          `select quote_nullable(${column}::text) as value from ${table} where ${
            this.#samples.row(table, name)
          }`,
        )
        this.#changes.get(table)?.set(name, `${column} = ${current?.value}`)
      }
    }
  }

  /** Tables without rules, and rules without a table. */
  unmatched(): Promise<string[]> {
    return this.#samples.unmatched()
  }

  cells(name: string): Cell[] {
    const rules = this.#samples.rulesOf(name)
    return personas.flatMap((persona) =>
      relations(rules, persona).flatMap(({ relation, scope }) =>
        commands.map((command) => ({
          persona,
          command,
          relation,
          scope,
          expected: expectation(rules[command], command, persona, relation),
        }))
      )
    )
  }

  /** What the database does in each cell, in the words of `expected`; anything else is an error in its own words. */
  async attempt(name: string, cells: readonly Cell[]): Promise<string[]> {
    const [answer] = await this.sql<{ outcomes: string[] }[]>`
      select tests.attempts(${this.sql.json(this.#attempts(name, cells))}) as outcomes`
    return answer?.outcomes ?? []
  }

  /** For each mutant, a change of the schema, whether one of the cells is then not as declared. Nothing of it stays. */
  async notices(name: string, mutants: readonly Mutant[]): Promise<boolean[]> {
    const cells = this.cells(name)
    const trials = mutants.map(({ change, reveals }) => ({
      change,
      // All of them, the likely ones first: the first surprise ends the trial.
      attempts: this.#attempts(name, [...cells.filter(reveals), ...cells.filter((cell) => !reveals(cell))]),
    }))
    const [answer] = await this.sql<{ noticed: boolean[] }[]>`
      select tests.mutants_noticed(${this.sql.json(trials)}) as noticed`
    return answer?.noticed ?? []
  }

  #attempts(name: string, cells: readonly Cell[]): Attempt[] {
    return cells.map((cell) => ({
      persona: cell.persona,
      expected: cell.expected,
      ...this.#statement(name, cell),
    }))
  }

  #statement(name: string, cell: Cell): { statement: string; arrangement: string | null } {
    const rules = this.#samples.rulesOf(name)
    const entry = this.#samples.entry(name)
    const row = this.#samples.row(name, cell.scope)
    switch (cell.command) {
      case 'select':
        return { statement: `select ${entry.key.map(quoted)} from ${name} where ${row}`, arrangement: null }
      case 'update':
      case 'delete': {
        const change = cell.command === 'delete'
          ? `delete from ${name}`
          : `update ${name} set ${this.#changes.get(name)?.get(cell.scope)}`
        if (cell.persona === 'service') return { statement: `${change} where ${row}`, arrangement: null }
        // Whoever names a column in a condition is held by the policy of select as well. Without one, nothing but the
        // policy of the command itself protects the row; a restrictive policy leaves only this row in reach.
        return {
          statement: change,
          arrangement:
            `create policy "Reach one row" on ${name} as restrictive for ${cell.command} using (${row})`,
        }
      }
      case 'insert': {
        // In a workspace of others it is still the persona who is named as the author.
        const foreign = rules.kind === 'workspace' && cell.relation === "another workspace's"
        const author = foreign && cell.persona !== 'anon' && cell.persona !== 'service'
          ? cell.persona
          : cell.scope
        const sample = Object.entries(rules.row).filter(([column]) =>
          // What no user may write is left to its default; a row for someone else has to name them.
          cell.persona === 'service' || cell.expected !== 'allowed' || entry.insertable?.includes(column)
        )
        const values = sample.map(([, value]) => this.#samples.fill(value, author, cell.scope))
        return {
          statement: `insert into ${name} (${sample.map(([column]) => quoted(column))}) values (${
            values.join(', ')
          })`,
          // The new row takes the place of the sample, in case there can be only one.
          arrangement: cell.expected === 'allowed' && rules.kind !== 'catalogue'
            ? `delete from ${name} where ${row}`
            : null,
        }
      }
    }
  }
}

/** The rows worth trying: those of everyone whom a rule may tell apart from the persona. */
function relations(rules: TableRules, persona: Persona): { relation: Relation; scope: Scope }[] {
  if (rules.kind === 'catalogue') return [{ relation: "anybody's", scope: 'employee' }]
  if (persona === 'anon' || persona === 'service') return [{ relation: "anybody's", scope: 'employee' }]
  if (persona === 'outsider') return [{ relation: "another workspace's", scope: 'employee' }]
  const elsewhere = { relation: "another workspace's", scope: 'outsider' } as const
  return rules.owner === undefined ? [{ relation: "their workspace's", scope: persona }, elsewhere] : [
    { relation: 'own', scope: persona },
    { relation: "a colleague's", scope: persona === 'employee' ? 'manager' : 'employee' },
    elsewhere,
  ]
}

function expectation(rule: Rule, command: Command, persona: Persona, relation: Relation): Outcome {
  if (persona === 'service') return 'allowed'
  if (persona === 'anon' || rule === 'nobody') return 'refused by a grant'
  if (permits(rule, persona, relation)) return 'allowed'
  // All users share one role of the database, so where one is allowed, the others are told apart by policies.
  return command === 'insert' ? 'refused' : 'filtered'
}

function permits(rule: Rule, persona: Role | 'outsider', relation: Relation): boolean {
  if (rule === 'everyone') return true
  if (rule === 'nobody' || persona === 'outsider' || relation === "another workspace's") return false
  if (rule === 'owner') return relation === 'own'
  const least = typeof rule === 'string' ? rule : relation === 'own' ? rule.own : rule.others
  return roles.indexOf(persona) >= roles.indexOf(least)
}
