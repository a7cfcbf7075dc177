/** Runs every pgTAP file of this folder as one test, with a step for each of its assertions. */
import { strict as assert } from 'node:assert'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import postgres from 'postgres'
import { Parser, type Result } from 'tap-parser'

const folder = import.meta.dirname ?? '.'
const url = Deno.env.get('DATABASE_URL') ?? ''

type Outcome = { results: Result[]; planned: number; bailed: string | null }

await prepare()
const files = (await readdir(folder)).filter((name) => name.endsWith('_test.sql')).sort()
for (const file of files) {
  Deno.test(file, async (t) => {
    const { results, planned, bailed } = parse(await run(join(folder, file)))
    assert.equal(bailed, null)
    for (const result of results) {
      await t.step(`${result.id} ${result.name}`, () => {
        assert.ok(
          result.ok || result.todo,
          typeof result.diag === 'string' ? result.diag : JSON.stringify(result.diag),
        )
      })
    }
    assert.ok(planned > 0, 'a file without a plan proves nothing')
    assert.equal(results.length, planned, `${planned} assertions were planned, ${results.length} ran`)
  })
}

async function prepare(): Promise<void> {
  const sql = postgres(url, { max: 1, onnotice: () => {} })
  await sql.unsafe(await readFile(join(folder, 'helpers.sql'), 'utf8'))
  await sql.end()
}

/** Everything a file printed, as lines of TAP. */
async function run(file: string): Promise<string> {
  const sql = postgres(url, { max: 1, onnotice: () => {}, connection: { search_path: 'public, extensions' } })
  try {
    const answer = await sql.unsafe(await readFile(file, 'utf8')).simple()
    // One statement answers with its rows, several with a list of such answers.
    const answers = (Array.isArray(answer[0]) ? answer : [answer]) as unknown as Record<string, unknown>[][]
    return answers.flat().map((row) => Object.values(row)[0]).filter((value) => typeof value === 'string')
      .join('\n') + '\n'
  } finally {
    await sql.end()
  }
}

function parse(tap: string): Outcome {
  const outcome: Outcome = { results: [], planned: 0, bailed: null }
  const parser = new Parser({ strict: false })
  const comments = new Map<Result, string>()
  let last: Result | undefined
  parser.on('plan', (plan: { end: number }) => outcome.planned = plan.end)
  parser.on('assert', (result: Result) => {
    outcome.results.push(result)
    last = result
  })
  parser.on('comment', (comment: string) => {
    if (last) comments.set(last, (comments.get(last) ?? '') + comment)
  })
  parser.on('bailout', (reason: string) => outcome.bailed = reason)
  parser.end(tap)
  for (const [result, comment] of comments) result.diag ??= comment as never
  return outcome
}
