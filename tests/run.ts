/**
 * `npm test`: runs tests against platforms that keep nothing, and says how many passed. Words select tests: files,
 * folders or parts of their paths. Lanes of tests run side by side, each against a platform of its own.
 *
 * --native runs them on a real Postgres 17, without words those that say something about the database; with --at INSTANT
 * that Postgres believes it is then, for the tests of tests/database. Other options go to `deno test`, --filter with its
 * value.
 *
 * POSTGREST_URL runs them against that PostgREST, which is on the database of DATABASE_URL.
 */
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { root } from '../stack/options.ts'
import { add, count, type Counts, type Failure, nothing } from './report.ts'
import { findTests, type Group, lanesOf, select } from './selection.ts'
import { end, type Instance, start } from './support/instance.ts'
import { startPostgres } from './support/postgres.ts'

/** How long the platform may take to stop. */
const stopTimeoutMs = 20_000
/** How much of what the platform printed is shown after a failure, in characters. */
const shownOutput = 8_000
/** How much of the reason of each failure the list at the end repeats, in lines. */
const shownReason = 12

type Arguments = { native: boolean; at: Date | undefined; seed: boolean; words: string[]; options: string[] }

function readArguments(args: readonly string[]): Arguments {
  const read: Arguments = { native: false, at: undefined, seed: true, words: [], options: [] }
  const rest = [...args]
  for (let argument = rest.shift(); argument !== undefined; argument = rest.shift()) {
    if (argument === '--native') read.native = true
    else if (argument === '--no-seed') read.seed = false
    else if (argument === '--at') read.at = new Date(rest.shift() ?? '')
    else if (argument === '--filter') read.options.push(argument, rest.shift() ?? '')
    else if (argument.startsWith('-')) read.options.push(argument)
    else read.words.push(argument)
  }
  if (read.at && (!read.native || Number.isNaN(read.at.getTime()))) {
    throw new Error('--at takes an instant such as 2028-02-29T23:30:00Z, and needs --native.')
  }
  return read
}

/** What every group is run with. */
type Setting = Arguments & {
  /** Aborted by Ctrl-C. */
  signal: AbortSignal
  /** Where reports are written. */
  folder: string
  /** Others run at the same time, so that each line has to say whose it is. */
  sideBySide: boolean
}

/** The groups of each lane one after the other, and the lanes side by side. */
async function run(read: Arguments, signal: AbortSignal): Promise<Counts> {
  await using cleanup = new AsyncDisposableStack()
  const folder = await mkdtemp(join(tmpdir(), 'plinth-report-'))
  cleanup.defer(() => rm(folder, { recursive: true, force: true }))
  const wanted = (group: Group): boolean => group.platform || !read.native || read.words.length > 0
  const groups = lanesOf(select(await findTests(root), read.words)).map((lane) => lane.filter(wanted))
  // A Postgres of the user's own is a single one.
  const lanes = Deno.env.get('DATABASE_URL') ? [groups.flat()] : groups
  const setting = { ...read, signal, folder, sideBySide: lanes.length > 1 }
  const results = await Promise.all(lanes.map(async (lane) => {
    let counts = nothing
    for (const group of lane) if (!signal.aborted) counts = add(counts, await runGroup(group, setting))
    return counts
  }))
  return results.reduce(add, nothing)
}

/** A group that cannot be run has failed; the others go on. */
async function runGroup(group: Group, setting: Setting): Promise<Counts> {
  const started = performance.now()
  const counts = await tryGroup(group, setting).catch((cause): Counts => {
    const reason = cause instanceof Error ? cause.message : String(cause)
    return { ...nothing, failed: 1, failures: [{ path: `${group.name} could not be run`, reason }] }
  })
  const seconds = Math.round((performance.now() - started) / 1000)
  console.log(`${group.name}: ${counts.passed} passed, ${counts.failed} failed in ${seconds} s`)
  return counts
}

async function tryGroup(group: Group, setting: Setting): Promise<Counts> {
  if (!group.platform) return await runTests(group, {}, setting)
  await using cleanup = new AsyncDisposableStack()
  const env: Record<string, string> = {}
  const postgrest = Deno.env.get('POSTGREST_URL')
  if (postgrest) {
    if (!Deno.env.get('DATABASE_URL')) {
      throw new Error('POSTGREST_URL needs DATABASE_URL: the database that it is on.')
    }
    env['POSTGREST_URL'] = postgrest
  }
  if (setting.native || postgrest) {
    const postgres = await startPostgres({ startsAt: setting.at })
    cleanup.defer(postgres.stop)
    env['DATABASE_URL'] = postgres.url
  }
  const platform = await start(['--ephemeral', ...(setting.seed ? [] : ['--no-seed'])], {
    env,
    signal: setting.signal,
  }).catch((cause) => {
    throw new Error(`The platform did not start: ${cause.message}`)
  })
  cleanup.defer(() => stop(platform))
  const counts = await runTests(group, platform.env, setting)
  if (counts.failed > 0) {
    console.error(`What the platform of ${group.name} said last:\n${platform.output().slice(-shownOutput)}`)
  }
  return counts
}

async function stop(platform: Instance): Promise<void> {
  const timer = setTimeout(() => platform.process.kill('SIGKILL'), stopTimeoutMs)
  await end(platform)
  clearTimeout(timer)
}

async function runTests(
  { name, modules, scripts }: Group,
  env: Record<string, string>,
  { options, signal, folder, sideBySide }: Setting,
): Promise<Counts> {
  const report = join(folder, `${name}.xml`)
  const output = sideBySide ? 'piped' : 'inherit'
  const tests = new Deno.Command(Deno.execPath(), {
    // types are the business of npm run check, which takes them file by file only once
    args: ['test', '-A', '--no-check', `--junit-path=${report}`, ...options, ...modules, '--', ...scripts],
    cwd: root,
    env,
    stdin: 'null',
    stdout: output,
    stderr: output,
    signal,
  }).spawn()
  const printed = sideBySide ? [tests.stdout, tests.stderr].map((stream) => print(stream, name)) : []
  const [{ code }] = await Promise.all([tests.status, ...printed])
  const counts = count(await readFile(report, 'utf8').catch(() => ''))
  // A run that failed without a failing test, for example by an error outside of any, is a failure all the same.
  if (code === 0 || counts.failed > 0) return counts
  return add(counts, {
    ...nothing,
    failed: 1,
    failures: [{ path: `${name} failed outside of its tests`, reason: '' }],
  })
}

/** Prints each line with the name of the group before it. */
async function print(stream: ReadableStream<Uint8Array<ArrayBuffer>>, name: string): Promise<void> {
  let rest = ''
  for await (const text of stream.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + text).split('\n')
    rest = lines.pop() ?? ''
    if (lines.length > 0) console.log(lines.map((line) => `${name} | ${line}`).join('\n'))
  }
  if (rest) console.log(`${name} | ${rest}`)
}

function describe({ path, reason }: Failure): string {
  const lines = reason.trim().split('\n').slice(0, shownReason).filter((line) => line.trim())
  return [`  ${path}`, ...lines.map((line) => `      ${line}`)].join('\n')
}

const stopping = new AbortController()
for (const [signal, code] of [['SIGINT', 130], ['SIGTERM', 143]] as const) {
  Deno.addSignalListener(signal, () => {
    Deno.exitCode = code
    stopping.abort()
  })
}
const counts = await Promise.resolve().then(() => run(readArguments(Deno.args), stopping.signal))
  .catch((cause): Counts => {
    console.error(cause instanceof Error ? cause.message : cause)
    return { ...nothing, failed: 1 }
  })
const ran = counts.passed + counts.failed > 0
if (!ran) console.error('No test ran.')
const { passed, skipped, failures } = counts
const failed = ran ? counts.failed : 1
if (failures.length > 0) console.log(`Failed:\n${failures.map(describe).join('\n')}`)
console.log(`${passed} passed, ${failed} failed${skipped ? `, ${skipped} skipped` : ''}`)
Deno.exit(Deno.exitCode || (failed === 0 ? 0 : 1))
