/** Runs a pgTAP script and judges what it printed: its assertions, and whatever keeps them from proving anything. */
import postgres from 'postgres'
import { Parser, type Result } from 'tap-parser'

export type Assertion = { name: string; ok: boolean; skipped: boolean; diagnosis: string }
export type Verdict = { assertions: Assertion[]; faults: string[] }

/** What a script printed until it ended, and the error that ended it early. */
export async function runTap(
  url: string,
  script: string,
): Promise<{ output: string[]; error: string | null }> {
  const sql = postgres(url, {
    max: 1,
    onnotice: () => {},
    // A script that waits for a lock, or for ever, fails by itself.
    connection: { search_path: 'public, extensions', statement_timeout: 60_000 },
  })
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
  } finally {
    await sql.end({ timeout: 5 })
  }
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
