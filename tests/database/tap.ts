/** Runs a pgTAP script and judges what it printed: its assertions, and whatever keeps them from proving anything. */
import { strict as assert } from 'node:assert'
import { readdir } from 'node:fs/promises'
import { basename } from 'node:path'
import postgres from 'postgres'
import { Parser, type Result } from 'tap-parser'

export type Assertion = { name: string; ok: boolean; skipped: boolean; diagnosis: string }
export type Verdict = { assertions: Assertion[]; faults: string[] }

/** What a script printed until it ended, and the error that ended it early. */
export type Printed = { output: string[]; error: string | null }

/** A connection as a script expects it: one session, names found, and an end to waiting. */
export function connect(url: string, statementTimeout = 60_000): postgres.Sql {
  return postgres(url, {
    max: 1,
    onnotice: () => {},
    // A script that waits for a lock, or for ever, fails by itself.
    connection: { search_path: 'public, extensions', statement_timeout: statementTimeout },
  })
}

/** Runs a script that begins and rolls back by itself. */
export async function runTap(url: string, script: string): Promise<Printed> {
  const sql = connect(url)
  try {
    return await runScript(sql, script)
  } finally {
    await sql.end({ timeout: 5 })
  }
}

/** Runs a script on a connection, inside the transaction that is open there, if one is. */
export async function runScript(sql: postgres.Sql, script: string): Promise<Printed> {
  const output: string[] = []
  try {
    // Row by row, so that an error leaves what came before it.
    await sql.unsafe(script).simple().forEach((row) => {
      const [first, ...others] = Object.values(row)
      if (typeof first !== 'string') return
      output.push(...first.split('\n'))
      if (others.length > 0 && /^(not )?ok /.test(first)) {
        output.push(`Bail out! a description stands outside the parentheses of its assertion: ${others}`)
      }
    })
    return { output, error: null }
  } catch (cause) {
    if (!(cause instanceof postgres.PostgresError)) throw cause
    const { code, message, where } = cause
    return { output, error: `${code} ${message}${where ? `\n${where}` : ''}` }
  }
}

/**
 * Makes a step of each assertion that a script printed, and fails for what keeps them from proving anything. `step` is
 * written out by the test, since a step is reported with the file that calls it.
 */
export async function report(
  step: (definition: Deno.TestStepDefinition) => Promise<boolean>,
  { output, error }: Printed,
): Promise<void> {
  const { assertions, faults } = judge(output, error)
  for (const { name, ok, skipped, diagnosis } of assertions) {
    await step({ name, ignore: skipped, fn: () => assert.ok(ok, diagnosis) })
  }
  assert.ok(faults.length === 0, faults.join('\n'))
}

/** The pgTAP files of a folder, or those of them that the command line names. */
export async function tapFiles(folder: string): Promise<string[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('_test.sql')).sort()
  const chosen = Deno.args.filter((argument) => argument.endsWith('.sql')).map((path) => basename(path))
  return chosen.length > 0 ? names.filter((name) => chosen.includes(name)) : names
}

export function judge(output: string[], error: string | null): Verdict {
  const assertions: Assertion[] = []
  const faults: string[] = []
  const parser = new Parser()
  parser.on('assert', ({ id, name, ok, todo, skip }: Result) => {
    if (!name) faults.push(`assertion ${id} has no description`)
    assertions.push({
      name: `${id} ${name}`,
      ok,
      skipped: Boolean(skip) || Boolean(todo),
      diagnosis: '',
    })
  })
  // pgTAP explains a failure in the comments that follow it.
  parser.on('comment', (comment: string) => {
    const last = assertions.at(-1)
    if (last) last.diagnosis += comment
  })
  let planned: number | null = null
  parser.on(
    'plan',
    ({ start, end }: { start: number; end: number }) => planned = Math.max(0, end - start + 1),
  )
  parser.on('bailout', (reason: string) => faults.push(reason))
  parser.end(output.map((line) => `${line}\n`).join(''))

  if (error) faults.push(`it was aborted: ${error}`)
  if (planned === null) faults.push('it has no plan')
  else if (planned !== assertions.length) {
    faults.push(`it planned ${planned} assertions and made ${assertions.length}`)
  }
  if (assertions.length === 0) faults.push('it asserts nothing')
  return { assertions, faults }
}
