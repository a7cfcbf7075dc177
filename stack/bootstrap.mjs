// deno-lint-ignore-file explicit-function-return-type -- Node runs this file as it is, before anything is installed
/**
 * The Node end of `npm start` and `npm test`: installs what is missing, then hands over to Deno.
 * Usage: node stack/bootstrap.mjs <task> [arguments]
 */
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, statSync } from 'node:fs'
import { constants } from 'node:os'
import { dirname, join } from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')

const tasks = {
  start: ['run', '-A', ...(existsSync(join(root, '.env')) ? ['--env-file=.env'] : []), 'stack/main.ts'],
  prepare: ['run', '-A', 'stack/database/template.ts'],
  test: ['run', '-A', 'tests/run.ts'],
  'test:native': ['run', '-A', 'tests/run.ts', '--native'],
  keys: ['run', '-A', 'stack/keys/main.ts'],
  types: ['run', '-A', 'tools/generate.ts'],
  check: ['check'],
}

const [task, ...args] = process.argv.slice(2)
if (!Object.hasOwn(tasks, task ?? '')) {
  console.error(`Usage: node stack/bootstrap.mjs <${Object.keys(tasks).join('|')}> [arguments]`)
  process.exit(2)
}
process.chdir(root)
// npm itself calls `prepare` at the end of an installation.
if (process.env.npm_lifecycle_event !== 'postinstall' && !installed()) install()
run(tasks[task])

/** The packages are those that package-lock.json names. */
function installed() {
  const marker = join(root, 'node_modules', '.package-lock.json')
  return existsSync(marker) && statSync(marker).mtimeMs >= statSync(join(root, 'package-lock.json')).mtimeMs
}

function install() {
  console.error('Installing packages (once) ...')
  const npm = spawnSync('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    stdio: ['ignore', 'inherit', 'inherit'],
    shell: process.platform === 'win32',
  })
  if (npm.status !== 0) {
    console.error('The packages could not be installed: npm ci failed, see above.')
    process.exit(1)
  }
}

function run(command) {
  const deno = spawn(denoBinary(), [...command, ...args], { stdio: 'inherit' })
  // The terminal sends Ctrl-C to the whole group; a signal sent to this process alone has to be passed on.
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP']) process.on(signal, () => deno.kill(signal))
  deno.on('exit', (code, signal) => process.exit(code ?? 128 + (constants.signals[signal] ?? 1)))
}

/** Deno itself, not its wrapper, which would not pass signals on. Its install script may have been forbidden. */
function denoBinary() {
  const folder = join(root, 'node_modules', 'deno')
  const binary = join(folder, process.platform === 'win32' ? 'deno.exe' : 'deno')
  if (!existsSync(binary)) spawnSync(process.execPath, [join(folder, 'install.cjs')], { stdio: 'inherit' })
  return binary
}
