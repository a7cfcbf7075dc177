/**
 * `npm test`: starts one platform that keeps nothing, runs every test against it, and says how many passed.
 * `--native` does the same on a real Postgres 17. Other arguments go to `deno test`: files, or --filter.
 */
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { root } from '../stack/options.ts'
import { startPostgres } from './native/postgres.ts'
import { end, type Instance, start } from './stack/instance.ts'

const native = Deno.args.includes('--native')
const selection = Deno.args.filter((argument) => argument !== '--native')

type Counts = { passed: number; failed: number; skipped: number }

async function main(): Promise<Counts> {
  const server = native ? await startPostgres() : null
  let stack: Instance | undefined
  const stop = async (): Promise<void> => {
    if (stack) await end(stack)
    await server?.stop()
  }
  const interrupted = (): void => void stop().finally(() => Deno.exit(130))
  Deno.addSignalListener('SIGINT', interrupted)
  Deno.addSignalListener('SIGTERM', interrupted)
  try {
    stack = await start(['--ephemeral'], { env: server ? { DATABASE_URL: server.url } : {} })
    return await runTests({ ...stack.env, ...(server ? { ADMIN_DATABASE_URL: server.url } : {}) })
  } finally {
    await stop()
  }
}

async function runTests(env: Record<string, string>): Promise<Counts> {
  const folder = await mkdtemp(join(tmpdir(), 'plinth-report-'))
  const report = join(folder, 'report.xml')
  try {
    const { code } = await new Deno.Command(Deno.execPath(), {
      args: ['test', '-A', `--junit-path=${report}`, ...(selection.length > 0 ? selection : ['tests/'])],
      cwd: root,
      env,
      stdin: 'null',
      stdout: 'inherit',
      stderr: 'inherit',
    }).spawn().status
    const counts = count(await readFile(report, 'utf8').catch(() => ''))
    // A run that failed without a failing test, for example by an error outside of any, is a failure all the same.
    if (code !== 0 && counts.failed === 0) counts.failed = 1
    return counts
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** Tests and their steps, so each assertion of a pgTAP file counts. */
function count(report: string): Counts {
  const [, tests = '0', failures = '0', errors = '0'] =
    /<testsuites[^>]*\btests="(\d+)" failures="(\d+)" errors="(\d+)"/.exec(report) ?? []
  const skipped = [...report.matchAll(/<skipped\b/g)].length
  const failed = Number(failures) + Number(errors)
  return { passed: Number(tests) - failed - skipped, failed, skipped }
}

const counts = await main().catch((cause): Counts => {
  console.error(cause instanceof Error ? cause.message : cause)
  return { passed: 0, failed: 1, skipped: 0 }
})
if (counts.passed + counts.failed === 0) {
  console.error('No test ran.')
  counts.failed = 1
}
console.log(
  `${counts.passed} passed, ${counts.failed} failed${counts.skipped ? `, ${counts.skipped} skipped` : ''}`,
)
Deno.exit(counts.failed === 0 ? 0 : 1)
