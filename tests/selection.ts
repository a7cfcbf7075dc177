/** Which tests `npm test` runs, and which of them run side by side. */
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'

/** Folders that hold tests, beside the code or apart. */
const roots = ['functions', 'tests', 'tools']
const test = /_test\.(ts|sql)$/

/** Modules for `deno test`, and the SQL scripts that they are to run; none means all. */
export type Selection = { modules: string[]; scripts: string[] }

/** Modules that run in one process, one after the other. */
export type Group = Selection & {
  name: 'database' | 'code' | 'functions' | 'platform' | 'alone'
  /** They are run against a platform, which is started for them; the others say the same of every database. */
  platform: boolean
}

/** Every test of the repository, by its path from the root. */
export async function findTests(root: string): Promise<string[]> {
  const found = await Promise.all(roots.map(async (folder) => {
    const entries = await readdir(join(root, folder), { recursive: true, withFileTypes: true })
    return entries
      .filter((entry) => entry.isFile() && test.test(entry.name))
      .map((entry) => join(entry.parentPath, entry.name).slice(root.length).replace(/^\//, ''))
  }))
  return found.flat().sort()
}

/**
 * The tests that the words name: each is a file, a folder, or a part of a path. No word selects everything. A script is
 * run by the module of its folder; naming the module selects all its scripts.
 */
export function select(tests: readonly string[], words: readonly string[]): Selection {
  const chosen = new Set(words.flatMap((word) => {
    const found = namedBy(tests, word.replace(/^\.\//, ''))
    if (found.length === 0) {
      throw new Error(`No test is called ${word}: give a file, a folder or a part of its path.`)
    }
    return found
  }))
  if (words.length === 0) tests.forEach((path) => chosen.add(path))
  const scripts = tests.filter((path) =>
    path.endsWith('.sql') && (chosen.has(path) || chosen.has(runnerOf(path)))
  )
  const modules = new Set([...chosen].filter((path) => path.endsWith('.ts')).concat(scripts.map(runnerOf)))
  const left = tests.some((path) =>
    path.endsWith('.sql') && modules.has(runnerOf(path)) && !scripts.includes(path)
  )
  return { modules: [...modules].sort(), scripts: left ? scripts : [] }
}

function namedBy(tests: readonly string[], word: string): string[] {
  const exact = tests.filter((path) => path === word || path.startsWith(`${word.replace(/\/$/, '')}/`))
  return exact.length > 0 ? exact : tests.filter((path) => path.includes(word))
}

function runnerOf(script: string): string {
  return script.startsWith('tests/database/plans/')
    ? 'tests/database/plans_test.ts'
    : 'tests/database/database_test.ts'
}

/**
 * Groups by what they need of the machine, in lanes that run side by side: tests of SQL keep a database busy, which has a
 * single session when it is embedded; the others wait for each other's answers most of the time.
 */
export function lanesOf({ modules, scripts }: Selection): Group[][] {
  const group = (name: Group['name'], scripts: string[] = []): Group => ({
    name,
    platform: name !== 'code' && name !== 'alone',
    modules: modules.filter((path) => groupOf(path) === name),
    scripts,
  })
  return [
    [group('database', scripts), group('code')],
    [group('functions')],
    [group('platform'), group('alone')],
  ].map((lane) => lane.filter(({ modules }) => modules.length > 0)).filter((lane) => lane.length > 0)
}

/** Modules of tests/functions and tests/stack that start what they need themselves, if anything. */
const alone = new Set(
  [
    ...[
      'built_in_model',
      'embedding_endpoint',
      'embedding_models',
      'embedding_selection',
      'extract_memory',
      'guarded_fetch',
      'host',
      'keys',
      'models',
      'process_files',
      'prompt',
      'schedules',
      'serve',
    ].map((name) => `functions/${name}`),
    ...[
      'database_port',
      'durability',
      'net',
      'precedence',
      'redirects',
      'server',
      'sessions',
      'slow_bodies',
      'start',
    ].map((name) => `stack/${name}`),
    'official/clients',
  ].map((name) => `tests/${name}_test.ts`),
)

function groupOf(path: string): Group['name'] {
  if (path.startsWith('tests/database/')) return 'database'
  // Beside the code, or about the tests and tools themselves.
  if (/^(?!tests\/)|^tests\/((mutate|tools)\/)?[^/]+$/.test(path)) return 'code'
  if (alone.has(path)) return 'alone'
  // Files are read beside the tests of the platform, so that both lanes take about as long.
  return /^tests\/(functions\/(?!ingest_)|search\/)/.test(path) ? 'functions' : 'platform'
}
