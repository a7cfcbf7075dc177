/** Tries mutants: each is made in a transaction that is undone, and either something notices it or it survives. */
import postgres from 'postgres'
import { Matrix } from '../database/access_matrix.ts'
import { accessRules } from '../database/access_rules.ts'
import { runScript } from '../database/tap.ts'
import type { Mutant } from './mutant.ts'
import { type Choice, failureOf, inTransaction } from './scripts.ts'

export type Result =
  | { outcome: 'killed'; by: string }
  | { outcome: 'survived' }
  /** Postgres does not accept it. */
  | { outcome: 'invalid'; error: string }

/** Those that the access matrix notices. One arrangement of its rows serves all of them. */
export async function tryMatrix(sql: postgres.Sql, mutants: readonly Mutant[]): Promise<Set<Mutant>> {
  const noticed = new Set<Mutant>()
  const undo = new Error('undo')
  await sql.begin(async (transaction) => {
    const matrix = new Matrix(transaction, accessRules)
    await matrix.arrange()
    // A statement tries all mutants of a table.
    await transaction.unsafe('set constraints all immediate; set local statement_timeout = 0').simple()
    for (const table of Object.keys(accessRules)) {
      const own = mutants.filter(({ tables }) => tables[0] === table)
      const valid = []
      for (const mutant of own) if (await isValid(transaction, mutant)) valid.push(mutant)
      const answers = await matrix.notices(
        table,
        valid.map(({ change }) => ({ change, reveals: () => true })),
      )
      valid.forEach((mutant, index) => answers[index] && noticed.add(mutant))
    }
    throw undo
  }).catch((cause) => {
    if (cause !== undo) throw cause
  })
  return noticed
}

/** Grants that a rule of invariants.sql about rights reports. One statement tries all of them. */
export async function tryRules(sql: postgres.Sql, grants: readonly Mutant[]): Promise<Set<Mutant>> {
  // Those that read rights on columns first: most rights are on columns.
  const rules = await sql.unsafe<{ name: string; source: string }[]>(`
    select r.name, p.prosrc as source
    from tests.rules() as r
    join pg_proc as p on p.pronamespace = 'tests'::regnamespace and p.proname = r.name and p.pronargs = 0
    order by p.prosrc ~ 'has_column_privilege' desc, r.name`)
  const about = (pattern: RegExp): string[] =>
    rules.filter(({ source }) => pattern.test(source)).map(({ name }) => name)
  const ofFunctions = about(/has_function_privilege/)
  const ofTables = about(/has_(table|column|any_column)_privilege/)
  const trials = grants.map(({ change, functions }) => ({
    change,
    rules: functions.length > 0 ? ofFunctions : ofTables,
  }))
  return await inTransaction(sql, async () => {
    await sql.unsafe('set local statement_timeout = 0').simple()
    const [answer] = await sql<{ reported: boolean[] }[]>`
      select tests.changes_reported(${sql.json(trials)}) as reported`
    return new Set(grants.filter((_, index) => answer?.reported[index]))
  })
}

async function isValid(sql: postgres.TransactionSql, { change }: Mutant): Promise<boolean> {
  await sql.unsafe('savepoint valid').simple()
  try {
    await sql.unsafe(change).simple()
    return true
  } catch (cause) {
    if (!(cause instanceof postgres.PostgresError)) throw cause
    return false
  } finally {
    await sql.unsafe('rollback to savepoint valid').simple()
  }
}

/** Runs the files that may notice a mutant, the likely ones first and at most so many, until one of them does. */
export async function tryScripts(
  sql: postgres.Sql,
  mutant: Mutant,
  choice: Choice,
  mostFiles: number,
): Promise<Result> {
  let tried = 0
  for (const script of choice.of(mutant).slice(0, mostFiles)) {
    tried++
    const result = await inTransaction(sql, async (): Promise<Result> => {
      try {
        await sql.unsafe(mutant.change).simple()
      } catch (cause) {
        if (!(cause instanceof postgres.PostgresError)) throw cause
        return { outcome: 'invalid', error: cause.message }
      }
      const failure = failureOf(await runScript(sql, script.text))
      return failure === null
        ? { outcome: 'survived' }
        : { outcome: 'killed', by: `${script.name}, ${tried}` }
    })
    if (result.outcome === 'killed') choice.learn(mutant, script)
    if (result.outcome !== 'survived') return result
  }
  return { outcome: 'survived' }
}
