/** The access matrix: every exposed table, persona, command and whose row it is, tried out and compared with the rules. */
import type postgres from 'postgres'
import { type Command, commands, type Role, roles, type Rule, type TableRules } from './access_rules.ts'

export const personas = ['anon', 'outsider', ...roles, 'service'] as const
export type Persona = typeof personas[number]

/** Whose row is met, seen from the persona. */
type Relation = 'own' | "a colleague's" | "their workspace's" | "another workspace's" | "anybody's"

/** A row belongs to a user in a workspace; the outsider is admin of a workspace without the others. */
type Scope = Role | 'outsider'
const scopes: readonly Scope[] = [...roles, 'outsider']

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

type Entry = {
  name: string
  key: string[]
  insertable: string[] | null
  updatable: string[] | null
  columns: string[]
}

/** The sample rows of one transaction: two workspaces, four users, and a row of each in every table. */
export class Matrix {
  #made = 0
  #users = new Map<Scope, string>()
  #workspaces = new Map<Scope, string>()
  /** Condition that finds the sample row of a scope, by table. */
  #rows = new Map<string, Map<Scope, string>>()
  /** Sets a column of the sample row of a scope to what it is, by table. */
  #changes = new Map<string, Map<Scope, string>>()
  #ids = new Map<string, string>()
  #catalogue = new Map<string, Entry>()

  constructor(
    private readonly sql: postgres.TransactionSql,
    private readonly rules: Readonly<Record<string, TableRules>>,
  ) {}

  async arrange(): Promise<void> {
    await this.#readCatalogue()
    for (const scope of scopes) {
      const [user] = await this.sql<{ id: string }[]>`select tests.create_user(${scope}) as id`
      this.#users.set(scope, literal(user?.id ?? ''))
      this.#workspaces.set(scope, `tests.workspace('${scope === 'outsider' ? 'elsewhere' : 'here'}')`)
    }
    await this.sql`
      insert into public.workspaces (id, name)
      values (tests.workspace('here'), 'Here'), (tests.workspace('elsewhere'), 'Elsewhere')`
    for (const scope of scopes) {
      const [user, workspace] = [this.#users.get(scope), this.#workspaces.get(scope)]
      const role = scope === 'outsider' ? 'admin' : scope
      await this.sql.unsafe(`
        insert into public.workspace_members (workspace_id, user_id, role, display_name)
        values (${workspace}, ${user}, '${role}', '${scope}');
        update public.profiles set active_workspace_id = ${workspace} where id = ${user}`).simple()
    }
    for (const name of Object.keys(this.rules)) {
      if (!this.#catalogue.has(name)) continue
      this.#rows.set(name, new Map())
      this.#changes.set(name, new Map())
      for (const scope of scopes) await this.#makeRow(name, scope)
    }
  }

  /** Tables without rules, and rules without a table. */
  async unmatched(): Promise<string[]> {
    await this.#readCatalogue()
    return [
      ...[...this.#catalogue.keys()].filter((name) => !(name in this.rules))
        .map((name) => `${name} has no rules in access_rules.ts`),
      ...Object.keys(this.rules).filter((name) => !this.#catalogue.has(name))
        .map((name) => `access_rules.ts has rules for ${name}, which does not exist`),
    ].sort()
  }

  cells(name: string): Cell[] {
    const rules = this.#rulesOf(name)
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
    const rules = this.#rulesOf(name)
    const entry = this.#catalogue.get(name)
    const row = this.#rows.get(name)?.get(cell.scope)
    if (!entry || !row) throw new Error(`${name} has no sample row for ${cell.scope}`)
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
        const values = sample.map(([, value]) => this.#fill(value, author, cell.scope))
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

  async #makeRow(name: string, scope: Scope): Promise<void> {
    const rules = this.#rulesOf(name)
    const entry = this.#catalogue.get(name)
    if (!entry) throw new Error(`${name} does not exist`)
    const { key, updatable, columns } = entry
    // As text: a Date of JavaScript is not what it was read from.
    const keys = key.map((column) => `${quoted(column)}::text as ${quoted(column)}`).join(', ')
    const found = rules.existing
      ? await this.sql.unsafe(
        `select ${keys} from ${name} where ${this.#fill(rules.existing, scope, scope)}`,
      )
      : await this.sql.unsafe(
        `insert into ${name} (${Object.keys(rules.row).map(quoted)})
         values (${Object.values(rules.row).map((value) => this.#fill(value, scope, scope))})
         returning ${keys}`,
      )
    const [row] = found
    if (!row) throw new Error(`${name} has no row for ${scope}`)
    const condition = key.map((column) => `${quoted(column)} = ${literal(String(row[column]))}`).join(' and ')
    this.#rows.get(name)?.set(scope, condition)
    const column = quoted(updatable?.[0] ?? columns[0] ?? '')
    const [current] = await this.sql.unsafe<{ value: string }[]>(
      `select quote_nullable(${column}::text) as value from ${name} where ${condition}`,
    )
    this.#changes.get(name)?.set(scope, `${column} = ${current?.value}`)
    if ('id' in row) this.#ids.set(`${name} ${scope}`, literal(String(row['id'])))
  }

  #fill(value: string, user: Scope, workspace: Scope): string {
    return value.replace(/\{([^}]+)\}/g, (_, name: string) => {
      const filled = name === 'user'
        ? this.#users.get(user)
        : name === 'workspace'
        ? this.#workspaces.get(workspace)
        : name === 'n'
        ? String(++this.#made)
        : this.#ids.get(`${name} ${workspace}`)
      if (filled === undefined) throw new Error(`{${name}} stands for nothing`)
      return filled
    })
  }

  #rulesOf(name: string): TableRules {
    const rules = this.rules[name]
    if (!rules) throw new Error(`${name} has no rules`)
    return rules
  }

  async #readCatalogue(): Promise<void> {
    const entries = await this.sql<Entry[]>`select * from tests.access_catalogue()`
    this.#catalogue = new Map(entries.map((entry) => [entry.name, entry]))
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

/** Always, since every version of Postgres has other words that need it. */
function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

function literal(value: string): string {
  return `'${value.replaceAll("'", "''")}'`
}
