/** What people try who know the ids of a workspace that they do not work in: every table, link, path and function. */
import type postgres from 'postgres'
import type { TableRules } from './access_rules.ts'
import { notIds, tablesOfIds, type Values, values } from './known_calls.ts'
import { literal, type Person, quoted, SampleRows } from './sample_rows.ts'

/** Ann's rows are attacked. The others have rows of their own: of the rival company, and of a third one. */
export type Name = 'ann' | 'outsider' | 'colleague' | 'former'
const people: readonly Person<Name>[] = [
  { name: 'ann', workspace: 'company', role: 'admin' },
  { name: 'outsider', workspace: 'rival', role: 'admin' },
  { name: 'colleague', workspace: 'rival', role: 'admin' },
  { name: 'former', workspace: 'third', role: 'admin' },
]

/**
 * An outsider is an admin of the rival company. A colleague is too, and an employee of the attacked company, but works in
 * the rival's. A former member has a token that still names the attacked company.
 */
export const attackers = ['outsider', 'colleague', 'former'] as const
export type Attacker = typeof attackers[number]

type Kind = 'select' | 'update' | 'delete' | 'insert' | 'upsert' | 'link' | 'path' | 'call'

export type Attempt = {
  attacker: Attacker
  kind: Kind
  /** The table or function. */
  of: string
  /** The columns, argument or path. */
  with: string
  statement: string
}

type Row = Record<string, unknown>
type Link = { relation: string; column_name: string; target: string; target_column: string }
type Key = { relation: string; columns: string[] }
export type Call = { name: string; arguments: Argument[] }
/** An argument of a function; row is the table whose row it takes. */
type Argument = { name: string; type: string; row: string | null; optional: boolean }
/** Where an id can be put: an argument, or a part of a JSON argument. */
type Place = { path: string; type: string; table: string; row: string | null; beside: readonly string[] }

/** Attempts that are sent in one statement. */
const batch = 400
const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/** What an attacker has the right to do: a kind of attempt, the table or function, and the beginning of what it is with. */
type Right = { attacker?: Attacker; kind: Kind; of: string; with?: string; reason: string }

const jobsOfAll = 'Users link their own rows with jobs of all their workspaces.'
const turnsOfAll = 'A conversation belongs to one of the workspaces of its user, and its turns work there.'
/** What these attempts write is undone and not compared. */
const rights: readonly Right[] = [
  {
    attacker: 'colleague',
    kind: 'select',
    of: 'public.workspaces',
    reason: 'Members read all their workspaces.',
  },
  {
    attacker: 'colleague',
    kind: 'select',
    of: 'public.workspace_members',
    reason: 'Members read all their members.',
  },
  ...['tasks', 'time_entries', 'notes', 'inbox_items'].map((table): Right => (
    { attacker: 'colleague', kind: 'link', of: `dashboard.${table}`, with: 'job_id', reason: jobsOfAll }
  )),
  ...['clock_in.job_id', 'capture.job_id', 'convert_inbox_item.overrides business.jobs'].map((
    place,
  ): Right => (
    {
      attacker: 'colleague',
      kind: 'call',
      of: `dashboard.${place.replace(/\..*/, '')}`,
      with: `dashboard.${place}`,
      reason: jobsOfAll,
    }
  )),
  {
    attacker: 'colleague',
    kind: 'link',
    of: 'dashboard.conversations',
    with: 'workspace_id',
    reason: turnsOfAll,
  },
  { attacker: 'colleague', kind: 'link', of: 'dashboard.ai_tasks', with: 'workspace_id', reason: turnsOfAll },
  {
    attacker: 'colleague',
    kind: 'call',
    of: 'public.switch_workspace',
    reason: 'Members work where they belong.',
  },
  { attacker: 'colleague', kind: 'call', of: 'public.leave_workspace', reason: 'Members leave.' },
  {
    attacker: 'colleague',
    kind: 'call',
    of: 'public.remove_member',
    with: 'public.remove_member.workspace_id',
    reason: 'Members leave.',
  },
]

/** Tables whose rows take the workspace of their parent, whatever is sent. */
const replaced: readonly string[] = ['public.documents', 'public.evidence', 'public.facts']

function rightOf(attempt: Attempt): Right | undefined {
  return rights.find((right) =>
    (right.attacker ?? attempt.attacker) === attempt.attacker && right.kind === attempt.kind &&
    right.of === attempt.of &&
    attempt.with.startsWith(right.with ?? '')
  )
}

export class KnownIds {
  readonly samples: SampleRows<Name>
  calls: readonly Call[] = []
  /** The number of columns with the marker, by table. */
  readonly marked = new Map<string, number>()
  #rows = new Map<string, Map<Name, Row>>()
  #workspaces = new Map<Name, string>()
  #links: readonly Link[] = []
  #keys: readonly Key[] = []
  #paths: readonly string[] = []
  #used = new Set<Right>()
  /** Ids of the stored files of the attacked company. */
  #files: readonly string[] = []

  constructor(
    private readonly sql: postgres.TransactionSql,
    rules: Readonly<Record<string, TableRules>>,
  ) {
    this.samples = new SampleRows(sql, rules, people)
  }

  /** Makes the rows, marks those of the attacked company, and lets workers finish what is queued. */
  async arrange(): Promise<void> {
    await this.sql`select tests.spread_ids()`
    await this.samples.arrange()
    for (const { name, workspace } of people) {
      const [found] = await this.sql<{ id: string }[]>`select tests.workspace(${workspace}) as id`
      this.#workspaces.set(name, found?.id ?? '')
    }
    await this.sql.unsafe(`
      insert into public.workspace_members (workspace_id, user_id, role, display_name) values
        (tests.workspace('company'), tests.user_id('colleague'), 'employee', 'Colleague'),
        (tests.workspace('company'), tests.user_id('former'), 'admin', 'Former');
      delete from public.workspace_members
      where workspace_id = tests.workspace('company') and user_id = tests.user_id('former')`).simple()
    // An agent can be chosen for a conversation of its workspace.
    await this.sql.unsafe(
      'alter table dashboard.conversations disable trigger conversations_refuse_workspace_change',
    )
    for (const { name, workspace } of people) {
      await this.sql`
        update dashboard.conversations set workspace_id = tests.workspace(${workspace}) where user_id = tests.user_id(${name})`
    }
    await this.sql.unsafe(
      'alter table dashboard.conversations enable trigger conversations_refuse_workspace_change',
    )
    this.#paths = await this.#storeFiles()
    this.#files = (await this.sql<{ id: string }[]>`
      select a.id from public.artifacts as a where a.user_id = tests.user_id('ann') and a.bucket_id is not null`)
      .map(({ id }) => id)
    const rows = this.tables.map((table) => `${table} where ${this.samples.row(table, 'ann')}`)
    for (const table of this.tables) {
      const [found] = await this.sql<{ marked: number }[]>`
        select tests.mark(${table}, ${this.samples.row(table, 'ann')}, ${rows}) as marked`
      this.marked.set(table, found?.marked ?? 0)
    }
    await this.sql`select tests.run_workers()`
    for (const table of Object.keys(this.samples.rules)) await this.#readRows(table)
    this.#links = await this.sql<Link[]>`select * from tests.links()`
    this.#keys = await this.sql<Key[]>`select * from tests.unique_keys()`
    this.calls = await this.sql<Call[]>`select * from tests.calls()`
    await this.sql`select tests.remember_rows(${this.#pattern()})`
  }

  /** Tables whose rows belong to a workspace or a user. */
  get tables(): string[] {
    return Object.keys(this.samples.rules).filter((table) => this.samples.rulesOf(table).kind !== 'catalogue')
  }

  get paths(): readonly string[] {
    return this.#paths
  }

  /** Everything that an attacker tries with the ids of a table. */
  ofTable(table: string, attacker: Attacker): Attempt[] {
    const theirs = this.samples.row(table, 'ann')
    const { key, updatable } = this.samples.entry(table)
    const attempt = (kind: Kind, what: string, statement: string): Attempt => ({
      attacker,
      kind,
      of: table,
      with: what,
      statement,
    })
    const payload = this.#payload(table, attacker)
    const stolen = { ...payload, ...this.#values(table, key, 'ann') }
    return [
      attempt('select', 'its key', `select * from ${table} where ${theirs}`),
      attempt('delete', 'its key', `delete from ${table} where ${theirs}`),
      ...(updatable ?? []).map((column) =>
        attempt(
          'update',
          column,
          `update ${table} set ${quoted(column)} = ${this.#value(table, column, attacker)} where ${theirs}`,
        )
      ),
      attempt('insert', key.join(', '), insert(table, stolen)),
      ...this.#keys.filter(({ relation }) => relation === table).map(({ columns }) => {
        const values = { ...payload, ...this.#values(table, columns, 'ann') }
        return attempt('upsert', columns.join(', '), upsert(table, values, columns))
      }),
      ...this.#linkAttempts(table, attacker, 'ann'),
    ]
  }

  /** Everything that an attacker tries with a path, in storage and as a file. */
  ofPath(folder: string, attacker: Attacker): Attempt[] {
    const attempt = (kind: Kind, statement: string): Attempt => ({
      attacker,
      kind,
      of: 'storage.objects',
      with: folder.replace(/_.*/, ''),
      statement,
    })
    const stored = literal(`${folder}/report.txt`)
    const own = literal(`files/workspace_${this.#workspaceOf(attacker)}/own.txt`)
    const add = (name: string): string =>
      `insert into storage.objects (bucket_id, name, owner_id) values ('apex-files', ${name}, tests.user_id('${attacker}')::text)`
    return [
      attempt('select', `select * from storage.objects where name = ${stored}`),
      attempt('delete', `delete from storage.objects where name = ${stored}`),
      attempt('update', `update storage.objects set version = 'x' where name = ${stored}`),
      attempt('update', `update storage.objects set name = ${own} || 'x' where name = ${stored}`),
      attempt('insert', add(stored)),
      attempt('insert', add(literal(`${folder}/new.txt`))),
      attempt(
        'upsert',
        `${add(stored)} on conflict (bucket_id, name) do update set version = excluded.version`,
      ),
      attempt(
        'link',
        `update storage.objects set name = ${literal(`${folder}/moved.txt`)} where name = ${own}`,
      ),
      ...['report.txt', 'added.txt'].map((name) =>
        attempt(
          'insert',
          `insert into public.artifacts (filename, bucket_id, filepath) values ('x.txt', 'apex-files', ${
            literal(`${folder}/${name}`)
          })`,
        )
      ),
    ]
  }

  /** Calls of a function with each known id in the place of each id, and with all of them at once. */
  ofCall(call: Call, attacker: Attacker): Attempt[] {
    return variantsOf(call).flatMap((given) => {
      const places = call.arguments.flatMap((argument) => placesOf(call.name, argument, given))
      const attempt = (what: string, choose: (place: Place) => string | undefined): Attempt => ({
        attacker,
        kind: 'call',
        of: call.name,
        with: what,
        statement: this.#call(call, given, attacker, choose),
      })
      return [
        ...places.flatMap((place) =>
          this.#known(place).map((id) =>
            attempt(`${place.path} ${id}`, (each) => each.path === place.path ? id : undefined)
          )
        ),
        ...(places.length > 1
          ? [attempt('all', (place) => this.#ids(place.table, 'ann') ?? this.#known(place)[0])]
          : []),
      ]
    })
  }

  /** What the attacker may do with nothing of others, which shows that it is the ids that are refused. */
  own(attacker: Attacker): Attempt[] {
    const attempt = (kind: Kind, of: string, what: string, statement: string): Attempt => ({
      attacker,
      kind,
      of,
      with: what,
      statement,
    })
    return [
      ...this.tables.filter((table) => this.samples.entry(table).insertable).flatMap((table) => {
        const payload = this.#payload(table, attacker)
        return [attempt('insert', table, 'its own', insert(table, payload))]
      }),
      ...this.tables.flatMap((table) => this.#linkAttempts(table, attacker, attacker)),
      ...this.calls.flatMap((call) =>
        variantsOf(call)
          .filter((given) => call.arguments.some((each) => placesOf(call.name, each, given).length > 0))
          .map((given) =>
            attempt('call', call.name, 'its own', this.#call(call, given, attacker, () => undefined))
          )
      ),
    ]
  }

  /** What became of each attempt. What it writes stays, unless it is undone. */
  async try(attempts: readonly Attempt[], undone = false): Promise<string[]> {
    const outcomes: string[] = []
    for (let start = 0; start < attempts.length; start += batch) {
      const tried = attempts.slice(start, start + batch).map((attempt) => ({
        ...personaOf(attempt.attacker),
        statement: attempt.statement,
        reads: attempt.kind === 'select' || attempt.kind === 'call',
        undone: undone || rightOf(attempt) !== undefined,
      }))
      const [answer] = await this.sql<{ outcomes: string[] }[]>`
        select tests.try_known_ids(${this.sql.json(tried)}) as outcomes`
      outcomes.push(...answer?.outcomes ?? [])
    }
    attempts.forEach((attempt, index) => {
      const right = rightOf(attempt)
      if (right && /^(\d+ rows$|reads the content$)/.test(outcomes[index] ?? '')) this.#used.add(right)
    })
    return outcomes
  }

  /** Rights that no attempt needed. */
  get unusedRights(): string[] {
    return rights.filter((right) => !this.#used.has(right)).map(({ kind, of, with: what = '' }) =>
      `${kind} ${of} ${what}`
    )
  }

  /** Lets workers and schedules run over what the attempts left. Returns the number of texts and files that they read. */
  async work(): Promise<number> {
    // A rebuild and a change of model of the rival company read all of its rows.
    await this.sql`select tests.act_as('outsider@rival')`
    await this.sql`select public.rebuild_search(), public.reembed('model-b', 1024)`
    await this.sql`select tests.act_as_owner()`
    const [done] = await this.sql<{ count: number }[]>`select tests.run_workers() as count`
    return done?.count ?? 0
  }

  /** What is not as it was in the rows of the attacked company, and what contains something of them. */
  async changes(): Promise<string[]> {
    const found = await this.sql<{ change: string }[]>`select tests.changes_of_known_rows(20) as change`
    return found.map(({ change }) => change)
  }

  async #storeFiles(): Promise<string[]> {
    const folders = await this.sql<{ folder: string }[]>`
      select f.folder from tests.file_folders(tests.workspace('company'), tests.user_id('ann'),
        ${this.samples.fill('{business.jobs}', 'ann', 'ann').replaceAll("'", '')}::bigint) as f (folder)`
    for (const { folder } of folders) {
      await this.sql`
        insert into storage.objects (bucket_id, name, owner_id, user_metadata)
        values ('apex-files', ${`${folder}/report.txt`}, tests.user_id('ann')::text, jsonb_build_object('text', tests.marker()))`
    }
    for (const attacker of attackers) {
      await this.sql`
        insert into storage.objects (bucket_id, name, owner_id)
        values ('apex-files', ${`files/workspace_${
        this.#workspaceOf(attacker)
      }/own.txt`}, tests.user_id(${attacker})::text)
        on conflict do nothing`
    }
    return folders.map(({ folder }) => folder)
  }

  async #readRows(table: string): Promise<void> {
    const rows = new Map<Name, Row>()
    for (const { name } of people) {
      const [found] = await this.sql.unsafe<{ row: Row }[]>(
        `select to_jsonb(t) as row from ${table} as t where ${this.samples.row(table, name)}`,
      )
      if (!found) throw new Error(`${table} lost the row of ${name}`)
      rows.set(name, found.row)
    }
    this.#rows.set(table, rows)
  }

  /** What a new row of the attacker needs, as SQL expressions by column. */
  #payload(table: string, attacker: Attacker): Record<string, string> {
    const { insertable } = this.samples.entry(table)
    return Object.fromEntries(
      Object.entries(this.samples.rulesOf(table).row)
        .filter(([column]) => insertable?.includes(column) ?? true)
        .map(([column, value]) => [column, this.samples.fill(value, attacker, attacker)]),
    )
  }

  #values(table: string, columns: readonly string[], name: Name): Record<string, string> {
    return Object.fromEntries(columns.map((column) => [column, this.#value(table, column, name)]))
  }

  /** The value of a column in the row of a person, with the type of the column. */
  #value(table: string, column: string, name: Name): string {
    const value = this.#rows.get(table)?.get(name)?.[column] ?? null
    const row = literal(JSON.stringify({ [column]: value }))
    return `(jsonb_populate_record(null::${table}, ${row})).${quoted(column)}`
  }

  /** The links that users write, with the value that leads to a row of a person. */
  #linksOf(table: string): (Link & { value: (name: Name) => string })[] {
    const { insertable, updatable } = this.samples.entry(table)
    return this.#links
      .filter((link) => link.relation === table)
      .filter(({ column_name: column }) => insertable?.includes(column) || updatable?.includes(column))
      .flatMap((link) => {
        const target = nameOf(link.target)
        // Rows that are shared by all belong to no one.
        if (target !== 'auth.users' && !this.tables.includes(target)) return []
        const [from, column] = target === 'auth.users'
          ? ['public.profiles', 'id']
          : [target, link.target_column]
        return [{ ...link, value: (name: Name): string => this.#value(from, column, name) }]
      })
  }

  /** Links a new row, and the row of the attacker, with rows of a person. */
  #linkAttempts(table: string, attacker: Attacker, target: Name): Attempt[] {
    const { insertable, updatable } = this.samples.entry(table)
    return this.#linksOf(table).flatMap(({ column_name: column, value }) => [
      ...(insertable?.includes(column)
        ? [{
          with: `${column} of a new row`,
          statement: insert(table, { ...this.#payload(table, attacker), [column]: value(target) }),
        }]
        : []),
      ...(updatable?.includes(column)
        ? [{
          with: `${column} of its own row`,
          statement: `update ${table} set ${quoted(column)} = ${value(target)} where ${
            this.samples.row(table, attacker)
          }`,
        }]
        : []),
    ]).map((each) => ({ attacker, kind: 'link', of: table, ...each }))
  }

  #ids(table: string, name: Name): string | undefined {
    const id = this.#rows.get(table)?.get(name)?.['id']
    return id === undefined ? undefined : String(id)
  }

  /** Ids of the attacked company that have the type of a place, or the handles of its row. */
  #known({ type, table, row, beside }: Place): string[] {
    if (row) return [this.#handles(table, 'ann')]
    // An id in JSON may become that of a new row, so that it has to be of a table that the function is about.
    const isUuid = type === 'json' ? uuid.test(this.#ids(table, 'ann') ?? '') : type === 'uuid'
    const ids = (type === 'json' ? beside : this.tables).flatMap((each) => this.#ids(each, 'ann') ?? [])
      .filter((id) => isUuid ? uuid.test(id) : /^\d+$/.test(id))
    return isUuid ? [...ids, ...this.#files] : ids
  }

  /** What only rows of the attacked company contain. */
  #pattern(): string {
    const ids = this.tables.flatMap((table) => this.#ids(table, 'ann') ?? [])
    return ['zqmarker', ...new Set([...ids, ...this.#files, this.#workspaceOf('ann')])].join('|')
  }

  /** The numbers and ids of a row, as JSON: a function that takes a row gets no text from the attacker. */
  #handles(table: string, name: Name): string {
    const row = Object.entries(this.#rows.get(table)?.get(name) ?? {})
    return JSON.stringify(
      Object.fromEntries(
        row.filter(([, value]) => typeof value === 'number' || typeof value === 'string' && uuid.test(value)),
      ),
    )
  }

  #call(
    { name, arguments: taken }: Call,
    given: Values,
    attacker: Attacker,
    choose: (place: Place) => string | undefined,
  ): string {
    const sent = taken.flatMap((argument) => {
      const value = this.#argument(name, argument, given, attacker, choose)
      return value === undefined ? [] : [`${quoted(argument.name)} => ${value}`]
    })
    return `select * from ${name}(${sent.join(', ')}) as r`
  }

  #argument(
    name: string,
    argument: Argument,
    given: Values,
    attacker: Attacker,
    choose: (place: Place) => string | undefined,
  ): string | undefined {
    const places = placesOf(name, argument, given)
    const own = given[argument.name]
    const [place] = places
    if (place && argument.row) {
      const row = choose(place) ?? this.#handles(place.table, attacker)
      return `jsonb_populate_record(null::${argument.row}, ${literal(row)})`
    }
    if (place && place.type !== 'json') {
      const id = choose(place) ?? (own === null ? undefined : this.#ids(place.table, attacker))
      return id && `${literal(argument.type.endsWith('[]') ? `{${id}}` : id)}::${argument.type}`
    }
    if (own === undefined || own === null) return undefined
    if (argument.type !== 'jsonb') {
      return `${literal(Array.isArray(own) ? `{${own.join(',')}}` : String(own))}::${argument.type}`
    }
    const json = JSON.stringify(own).replace(placeholder, (_, table: string) => {
      const found = places.find((each) => each.table === table)
      const id = found && (choose(found) ?? this.#ids(table, attacker))
      return id === undefined ? 'null' : uuid.test(id) ? JSON.stringify(id) : id
    })
    return `${literal(json)}::jsonb`
  }

  #workspaceOf(name: Name): string {
    return String(this.#workspaces.get(name))
  }
}

const placeholder = /"\{([^}"]+)\}"/g

function variantsOf({ name }: Call): readonly Values[] {
  return values[name] ?? [{}]
}

/** Where a function takes ids. A new argument that takes one needs an entry in known_calls.ts. */
function placesOf(name: string, argument: Argument, given: Values): Place[] {
  const path = `${name}.${argument.name}`
  if (argument.row) return [{ path, type: 'row', table: nameOf(argument.row), row: argument.row, beside: [] }]
  const type = argument.type.replace('[]', '')
  if (type === 'bigint' || type === 'uuid') {
    if (notIds.has(path)) return []
    const table = tablesOfIds[path] ?? tablesOfIds[argument.name]
    if (!table) throw new Error(`known_calls.ts does not say whose id ${path} is`)
    return [{ path, type, table, row: null, beside: [] }]
  }
  if (type !== 'jsonb') return []
  const found = (json: unknown): string[] =>
    [...JSON.stringify(json ?? null).matchAll(placeholder)].flatMap(([, table]) => table ?? [])
  return found(given[argument.name]).map((table) => ({
    path: `${path} ${table}`,
    type: 'json',
    table,
    row: null,
    beside: [...new Set(found(given))],
  }))
}

function personaOf(attacker: Attacker): { persona: string; claim?: string } {
  return attacker === 'former' ? { persona: 'former', claim: 'company' } : { persona: `${attacker}@rival` }
}

/** As the access rules name tables: regclass leaves public out. */
function nameOf(table: string): string {
  return table.includes('.') ? table : `public.${table}`
}

function insert(table: string, row: Readonly<Record<string, string>>): string {
  return `insert into ${table} (${Object.keys(row).map(quoted)}) values (${Object.values(row).join(', ')})`
}

/** As PostgREST sends it: every column of the payload is set, keys too. */
function upsert(table: string, row: Readonly<Record<string, string>>, columns: readonly string[]): string {
  const set = Object.keys(row).map((column) => `${quoted(column)} = excluded.${quoted(column)}`)
  return `${insert(table, row)} on conflict (${columns.map(quoted)}) do update set ${set.join(', ')}`
}

/** Errors of a statement that is wrong in itself: syntax, names, types, internal errors. */
const mistaken = /^(42601|42703|42704|42883|42P\d\d|22P02|42804|42846|XX\w{3}|0A000) /

/** Why the outcome of an attempt is a fault, if it is. */
export function faultOf(attempt: Attempt, outcome: string): string | undefined {
  if (mistaken.test(outcome)) return 'the statement is mistaken'
  if (rightOf(attempt)) return undefined
  if (outcome.startsWith('reads the content')) return 'it reads the content'
  if (attempt.kind === 'call' || !/^[1-9]\d* rows$/.test(outcome)) return undefined
  const isReplaced = attempt.kind === 'link' && attempt.with.startsWith('workspace_id of a new') &&
    replaced.includes(attempt.of)
  return isReplaced ? undefined : 'it is allowed'
}
