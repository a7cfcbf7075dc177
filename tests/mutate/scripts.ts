/** The pgTAP files, what each of them uses of the schema, and which of them may notice a mutant. */
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import postgres from 'postgres'
import { judge, type Printed, runScript } from '../database/tap.ts'
import type { Mutant } from './mutant.ts'

const folder = join(import.meta.dirname ?? '.', '..', 'database')
/** Checks rules about the whole schema. */
const invariants = 'invariants_test.sql'
/** Proves that invariants notice: it plants its own changes. */
const excluded = new Set(['invariants_mutation_test.sql', 'helpers_test.sql'])

export type Script = {
  name: string
  text: string
  /** Functions it called and tables it read or wrote, as schema.name. */
  functions: Set<string>
  tables: Set<string>
  milliseconds: number
}

/** Runs every file once without a mutant. One that fails then is of no use. */
export async function measureScripts(
  sql: postgres.Sql,
): Promise<{ scripts: Script[]; failing: { name: string; failure: string }[] }> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('_test.sql') && !excluded.has(name))
    .sort()
  const scripts: Script[] = []
  const failing: { name: string; failure: string }[] = []
  for (const name of names) {
    const text = await readFile(join(folder, name), 'utf8')
    const started = performance.now()
    const used = new Map<string, Set<string>>([['function', new Set()], ['table', new Set()]])
    const failure = failureOf(
      await inTransaction(sql, async () => {
        const printed = await runScript(sql, withoutEnd(text))
        if (printed.error === null) await readUse(sql, used)
        return printed
      }),
    )
    if (failure !== null) {
      failing.push({ name, failure })
      continue
    }
    scripts.push({
      name,
      text,
      functions: used.get('function') ?? new Set(),
      tables: used.get('table') ?? new Set(),
      milliseconds: performance.now() - started,
    })
  }
  return { scripts, failing }
}

/** What the open transaction used. */
async function readUse(sql: postgres.Sql, used: Map<string, Set<string>>): Promise<void> {
  const rows = await sql.unsafe<{ kind: string; name: string }[]>(`
    select 'function' as kind, format('%I.%I', u.schemaname, u.funcname) as name
    from pg_catalog.pg_stat_xact_user_functions as u
    union
    select 'table', format('%I.%I', u.schemaname, u.relname)
    from pg_catalog.pg_stat_xact_user_tables as u
    where coalesce(u.seq_scan, 0) + coalesce(u.idx_scan, 0) + u.n_tup_ins + u.n_tup_upd + u.n_tup_del > 0`)
  for (const { kind, name } of rows) used.get(kind)?.add(name)
}

/** The files that may notice a mutant, the likely and quick ones first. */
export class Choice {
  /** How often a file noticed a mutant of an object or of a kind, and how often any did. */
  readonly #noticed = new Map<string, number>()

  /** How long a file takes on average, which depends on the machine. */
  readonly #usual: number

  constructor(private readonly scripts: readonly Script[]) {
    this.#usual = scripts.reduce((sum, { milliseconds }) => sum + milliseconds, 0) / scripts.length
  }

  of(mutant: Mutant): Script[] {
    const subject = subjectOf(mutant)
    const noticed = (names: string[], { name }: Script): number =>
      Math.max(0, ...names.map((subject) => Math.min(3, this.#noticed.get(`${subject} ${name}`) ?? 0)))
    const weight = (script: Script): number =>
      (script.name === invariants ? 200 : 0) + 200 * this.#share(mutant.kind, script) +
      1000 * noticed(mutant.tables, script) + 1000 * noticed(mutant.functions, script) +
      (namedAfter(script, subject) ? 500 : 0) + (mentions(script, subject) ? 100 : 0) +
      150 * sharedWords(script, mutant) - Math.min(90, 30 * script.milliseconds / this.#usual)
    return this.scripts
      .filter((script) => script.name === invariants || uses(script, mutant))
      .map((script) => ({ script, weight: weight(script) }))
      .sort((one, other) => other.weight - one.weight)
      .map(({ script }) => script)
  }

  learn(mutant: Mutant, script: Script): void {
    const names = [...mutant.tables, ...mutant.functions, mutant.kind].map((name) => `${name} ${script.name}`)
    for (const key of [...names, mutant.kind]) {
      this.#noticed.set(key, (this.#noticed.get(key) ?? 0) + 1)
    }
  }

  #share(kind: string, { name }: Script): number {
    return (this.#noticed.get(`${kind} ${name}`) ?? 0) / (this.#noticed.get(kind) ?? 1)
  }
}

function subjectOf({ tables, functions }: Mutant): string {
  return tables[0] ?? functions[0] ?? ''
}

function uses(script: Script, { tables, functions }: Mutant): boolean {
  return tables.every((name) => script.tables.has(name) || mentions(script, name)) &&
    functions.every((name) => script.functions.has(name) || mentions(script, name))
}

function mentions({ text }: Script, name: string): boolean {
  return new RegExp(`\\b${name.split('.')[1]}\\b`).test(text)
}

function namedAfter({ name }: Script, subject: string): boolean {
  return name === `${subject.split('.')[1]}_test.sql`
}

/** Words of its functions and tables that begin like one of the name of the file: follow_renamed_notes, note_renaming_test. */
function sharedWords({ name }: Script, { tables, functions }: Mutant): number {
  const words = [...tables, ...functions].flatMap((full) => full.split(/[._]/)).filter((word) =>
    word.length >= 5
  )
  return words.filter((word) => name.includes(word.slice(0, 5))).length
}

/** The first thing that is not as the file says; null if everything is. */
export function failureOf({ output, error }: Printed): string | null {
  const { assertions, faults } = judge(output, error)
  const failed = assertions.find(({ ok, skipped }) => !ok && !skipped)
  return failed ? `not ok ${failed.name}\n${failed.diagnosis}` : faults[0] ?? null
}

/** Runs in a transaction that is always undone. */
export async function inTransaction<T>(sql: postgres.Sql, work: () => Promise<T>): Promise<T> {
  await sql.unsafe('begin').simple()
  try {
    return await work()
  } finally {
    // Prepared statements outlive a transaction.
    await sql.unsafe('rollback; deallocate all').simple()
  }
}

function withoutEnd(text: string): string {
  return text.replace(/rollback;\s*$/, 'reset role; reset session authorization;')
}
