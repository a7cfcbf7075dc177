// deno-lint-ignore-file explicit-function-return-type -- Node runs this file as it is, before anything is installed
/**
 * The Node end of `npm start` and the other commands: installs what is missing, then hands over to Deno.
 * Usage: node stack/bootstrap.mjs <task> [arguments]
 */
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { constants } from 'node:os'
import { dirname, join } from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')

/** Arguments for Deno. */
const tasks = {
  start: ['run', '-A', ...(existsSync(join(root, '.env')) ? ['--env-file=.env'] : []), 'stack/main.ts'],
  test: ['run', '-A', 'tests/run.ts'],
  'test:native': ['run', '-A', 'tests/run.ts', '--native'],
  mutate: ['run', '-A', 'tests/mutate/main.ts'],
  keys: ['run', '-A', 'stack/keys/main.ts'],
  types: ['run', '-A', 'tools/generate.ts'],
  doctor: ['run', '-A', 'tools/doctor.ts'],
}

/** What `npm run check` runs: all of it, whatever fails. */
const checks = [
  ['format', () => deno('fmt', '--check', '--quiet')],
  ['lint', () => deno('lint', '--quiet')],
  ['types', () => deno('check', '--quiet')],
  ['imports', () => deno('run', '-A', 'tools/check_imports.ts')],
  ['links', () => deno('run', '--allow-read', 'tools/check_links.ts')],
  ['terms', () => deno('run', '--allow-read', 'tools/check_terms.ts')],
  [
    'migrations',
    () =>
      runWait(process.execPath, [join('node_modules', 'squawk-cli', 'js', 'bin', 'squawk'), ...migrations()]),
  ],
]

const [task, ...args] = process.argv.slice(2)
if (task !== 'check' && !Object.hasOwn(tasks, task ?? '')) {
  console.error(`Usage: node stack/bootstrap.mjs <${[...Object.keys(tasks), 'check'].join('|')}> [arguments]`)
  process.exit(2)
}
process.chdir(root)
if (!isInstalled()) await install()
if (task === 'check') check()
else run([...tasks[task], ...args])

/** node_modules holds what package-lock.json names. Versions decide, since a checkout changes the times of files. */
function isInstalled() {
  const packages = (file) => JSON.parse(readFileSync(join(root, file), 'utf8')).packages
  const marker = join('node_modules', '.package-lock.json')
  if (!existsSync(join(root, marker))) return false
  const installed = packages(marker)
  // Optional ones are for some systems only; the others that are left out are folders of this repository.
  return Object.entries(packages('package-lock.json')).every(([path, { version, optional, link }]) =>
    optional || link || !path.startsWith('node_modules/') || installed[path]?.version === version
  )
}

async function install() {
  const started = Date.now()
  console.error('Installing packages, once. This takes a minute or two ...')
  const waiting = setInterval(() => {
    console.error(`Still installing packages (${Math.round((Date.now() - started) / 1000)} s) ...`)
  }, 5000)
  const npm = spawn('npm', ['ci', '--no-audit', '--no-fund', '--no-progress', '--loglevel=error'], {
    stdio: ['ignore', 'inherit', 'inherit'],
    shell: process.platform === 'win32',
  })
  const status = await new Promise((resolve) => npm.on('exit', resolve).on('error', () => resolve(null)))
  clearInterval(waiting)
  if (status !== 0) {
    console.error('The packages could not be installed: npm ci failed, see above.')
    process.exit(1)
  }
}

function check() {
  const failed = checks.filter(([name, work]) => {
    console.error(`Checking ${name} ...`)
    return work() !== 0
  }).map(([name]) => name)
  if (failed.length > 0) console.error(`Failed: ${failed.join(', ')}`)
  process.exit(failed.length === 0 ? 0 : 1)
}

function run(command) {
  const child = spawn(denoBinary(), command, { stdio: 'inherit' })
  // The terminal sends Ctrl-C to the whole group; a signal sent to this process alone has to be passed on.
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP']) process.on(signal, () => child.kill(signal))
  // npm passes signals to its shell, and some shells die of them without passing them on.
  if (process.env.npm_lifecycle_event) {
    const shell = process.ppid
    setInterval(() => process.ppid === shell || child.kill('SIGTERM'), 500).unref()
  }
  child.on('exit', (code, signal) => process.exit(code ?? 128 + (constants.signals[signal] ?? 1)))
}

function deno(...command) {
  return runWait(denoBinary(), command)
}

/** Runs a command to its end; its exit code, or null where it did not even start. */
function runWait(command, commandArgs) {
  return spawnSync(command, commandArgs, { stdio: ['ignore', 'inherit', 'inherit'] }).status
}

function migrations() {
  return readdirSync(join(root, 'migrations')).filter((name) => name.endsWith('.sql')).sort()
    .map((name) => join('migrations', name))
}

/** Deno itself, not its wrapper, which would not pass signals on. Packages' install scripts are off (.npmrc). */
function denoBinary() {
  const folder = join(root, 'node_modules', 'deno')
  const binary = join(folder, process.platform === 'win32' ? 'deno.exe' : 'deno')
  if (!existsSync(binary)) {
    console.error('Unpacking Deno, once ...')
    spawnSync(process.execPath, [join(folder, 'install.cjs')], { stdio: 'inherit' })
  }
  return binary
}
