/**
 * `npm test`: starts one platform that keeps nothing, runs every test against it, and says how many passed.
 * `--native` does the same on a real Postgres 17. Other arguments go to `deno test`: files, or --filter.
 */
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { root } from '../stack/options.ts'
import { startPostgres } from './support/postgres.ts'
import { count, type Counts } from './report.ts'
import { end, start } from './support/instance.ts'

/** How long the platform may take to stop, in ms. */
const patience = 20_000
/** How much of what the platform printed is shown after a failure, in characters. */
const said = 8_000

const native = Deno.args.includes('--native')
const selection = Deno.args.filter((argument) => argument !== '--native')

/** Undone in reverse order, whatever happens. */
const undo: (() => Promise<void>)[] = []

async function stop(): Promise<void> {
  for (let last = undo.pop(); last; last = undo.pop()) await last().catch((cause) => console.error(cause))
}

async function run(): Promise<Counts> {
  const env: Record<string, string> = {}
  if (native) {
    const starting = startPostgres()
    undo.push(async () => await (await starting.catch(() => null))?.stop())
    env['DATABASE_URL'] = (await starting).url
  }
  const starting = start(['--ephemeral'], { env })
  undo.push(async () => {
    const stack = await starting.catch(() => null)
    if (!stack) return
    const timer = setTimeout(() => stack.process.kill('SIGKILL'), patience)
    await end(stack)
    clearTimeout(timer)
  })
  const stack = await starting.catch((cause) => {
    throw new Error(`The platform did not start: ${cause.message}`)
  })
  const counts = await runTests(stack.env)
  if (counts.failed > 0) console.error(`What the platform said last:\n${stack.output().slice(-said)}`)
  return counts
}

async function runTests(env: Record<string, string>): Promise<Counts> {
  const folder = await mkdtemp(join(tmpdir(), 'plinth-report-'))
  undo.push(() => rm(folder, { recursive: true, force: true }))
  const report = join(folder, 'report.xml')
  const files = selection.some((argument) => existsSync(join(root, argument))) ? [] : ['tests/', 'functions/']
  const tests = new Deno.Command(Deno.execPath(), {
    // types are the business of npm run check, which takes them file by file only once
    args: ['test', '-A', '--no-check', `--junit-path=${report}`, ...selection, ...files],
    cwd: root,
    env,
    stdin: 'null',
    stdout: 'inherit',
    stderr: 'inherit',
  }).spawn()
  let ended = false
  undo.push(async () => {
    if (!ended) tests.kill('SIGTERM')
    await tests.status
  })
  const { code } = await tests.status
  ended = true
  const counts = count(await readFile(report, 'utf8').catch(() => ''))
  // A run that failed without a failing test, for example by an error outside of any, is a failure all the same.
  if (code !== 0 && counts.failed === 0) counts.failed = 1
  return counts
}

for (const [signal, code] of [['SIGINT', 130], ['SIGTERM', 143]] as const) {
  Deno.addSignalListener(signal, () => void stop().finally(() => Deno.exit(code)))
}
const counts = await run().catch((cause): Counts => {
  console.error(cause instanceof Error ? cause.message : cause)
  return { passed: 0, failed: 1, skipped: 0 }
})
await stop()
if (counts.passed + counts.failed === 0) {
  console.error('No test ran.')
  counts.failed = 1
}
const { passed, failed, skipped } = counts
console.log(`${passed} passed, ${failed} failed${skipped ? `, ${skipped} skipped` : ''}`)
Deno.exit(failed === 0 ? 0 : 1)
