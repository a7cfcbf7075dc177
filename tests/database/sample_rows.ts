/** Sample rows of the access rules: people in workspaces, and a row of each of them in every exposed table. */
import type postgres from 'postgres'
import type { Role, TableRules } from './access_rules.ts'

/** A user with a role in a workspace, which is named by its label (tests.workspace). */
export type Person<Name extends string> = Readonly<{ name: Name; workspace: string; role: Role }>

/** What the catalog says about an exposed table. */
export type Entry = {
  name: string
  key: string[]
  insertable: string[] | null
  updatable: string[] | null
  columns: string[]
}

/** The sample rows of one transaction. */
export class SampleRows<Name extends string> {
  #made = 0
  #users = new Map<Name, string>()
  #workspaces = new Map<Name, string>()
  /** Condition that finds the sample row of a person, by table. */
  #rows = new Map<string, Map<Name, string>>()
  #ids = new Map<string, string>()
  #catalogue = new Map<string, Entry>()

  constructor(
    private readonly sql: postgres.TransactionSql,
    readonly rules: Readonly<Record<string, TableRules>>,
    readonly people: readonly Person<Name>[],
  ) {}

  async arrange(): Promise<void> {
    await this.#readCatalogue()
    for (const { name, workspace } of this.people) {
      const [user] = await this.sql<{ id: string }[]>`select tests.create_user(${name}) as id`
      this.#users.set(name, literal(user?.id ?? ''))
      this.#workspaces.set(name, `tests.workspace(${literal(workspace)})`)
      await this.sql`
        insert into public.workspaces (id, name) values (tests.workspace(${workspace}), initcap(${workspace}))
        on conflict (id) do nothing`
    }
    for (const { name, role } of this.people) {
      const [user, workspace] = [this.#users.get(name), this.#workspaces.get(name)]
      await this.sql.unsafe(`
        insert into public.workspace_members (workspace_id, user_id, role, display_name)
        values (${workspace}, ${user}, '${role}', ${literal(name)});
        update public.profiles set active_workspace_id = ${workspace} where id = ${user}`).simple()
    }
    for (const table of Object.keys(this.rules)) {
      if (!this.#catalogue.has(table)) continue
      this.#rows.set(table, new Map())
      for (const { name } of this.people) await this.#makeRow(table, name)
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

  entry(table: string): Entry {
    const entry = this.#catalogue.get(table)
    if (!entry) throw new Error(`${table} does not exist`)
    return entry
  }

  rulesOf(table: string): TableRules {
    const rules = this.rules[table]
    if (!rules) throw new Error(`${table} has no rules`)
    return rules
  }

  /** Condition that finds the sample row of a person. */
  row(table: string, person: Name): string {
    const row = this.#rows.get(table)?.get(person)
    if (!row) throw new Error(`${table} has no sample row for ${person}`)
    return row
  }

  /** A value of the rules for a row of a user in the workspace of another person, as an SQL expression. */
  fill(value: string, user: Name, workspace: Name): string {
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

  async #makeRow(table: string, person: Name): Promise<void> {
    const rules = this.rulesOf(table)
    const { key } = this.entry(table)
    // As text: a Date of JavaScript is not what it was read from.
    const keys = key.map((column) => `${quoted(column)}::text as ${quoted(column)}`).join(', ')
    const found = rules.existing
      ? await this.sql.unsafe(
        `select ${keys} from ${table} where ${this.fill(rules.existing, person, person)}`,
      )
      : await this.sql.unsafe(
        `insert into ${table} (${Object.keys(rules.row).map(quoted)})
         values (${Object.values(rules.row).map((value) => this.fill(value, person, person))})
         returning ${keys}`,
      )
    const [row] = found
    if (!row) throw new Error(`${table} has no row for ${person}`)
    const condition = key.map((column) => `${quoted(column)} = ${literal(String(row[column]))}`).join(' and ')
    this.#rows.get(table)?.set(person, condition)
    if ('id' in row) this.#ids.set(`${table} ${person}`, literal(String(row['id'])))
  }

  async #readCatalogue(): Promise<void> {
    const entries = await this.sql<Entry[]>`select * from tests.access_catalogue()`
    this.#catalogue = new Map(entries.map((entry) => [entry.name, entry]))
  }
}

/** Always, since every version of Postgres has other words that need it. */
export function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

export function literal(value: string): string {
  return `'${value.replaceAll("'", "''")}'`
}
