/**
 * A Postgres 17 with the extensions that hosted Supabase has, from Debian 13 packages, in a folder of its own: nothing
 * is installed on the machine. Made once and kept in the user's cache. POSTGRES_VERSION names another version.
 */
import { createHash } from 'node:crypto'
import { mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { isRunning } from './processes.ts'

/** What Debian has; no release of it has 16. */
const suites: Record<string, string> = { 15: 'bookworm', 17: 'trixie', 18: 'sid' }

export const version = Deno.env.get('POSTGRES_VERSION') || '17'

/** pgvector of Debian 12 is too old, so there it is built from the sources of Debian 13. */
const buildsVector = version === '15'
const packages = [
  'ca-certificates',
  'libfaketime',
  ...['', '-cron', '-pgtap', '-plpgsql-check'].map((part) => `postgresql-${version}${part}`),
  ...(buildsVector
    ? [`postgresql-server-dev-${version}`, 'gcc', 'make']
    : [`postgresql-${version}-pgvector`]),
]
const buildVector = `set -e
sed 's/^deb \\(.*\\) bookworm main/deb-src \\1 trixie main/' /etc/apt/sources.list > /etc/apt/sources.list.d/trixie.list
apt-get update
mkdir /tmp/pgvector
cd /tmp/pgvector
apt-get source --download-only pgvector
tar -xzf pgvector_*.orig.tar.gz --strip-components=1
make install OPTFLAGS= with_llvm=no PG_CONFIG=/usr/lib/postgresql/${version}/bin/pg_config`

/** The folder of the installation, made now if it is missing. Needs root. */
export async function debianPostgres(): Promise<string> {
  const suite = suites[version]
  if (!suite) {
    throw new Error(
      `Debian has no Postgres ${version}: POSTGRES_VERSION is one of ${
        Object.keys(suites).join(', ')
      }, or set DATABASE_URL.`,
    )
  }
  if (Deno.build.os !== 'linux' || Deno.uid() !== 0) {
    throw new Error(
      'A native Postgres is made with debootstrap, which needs Linux and root: run as root, or set DATABASE_URL.',
    )
  }
  const cache = join(Deno.env.get('XDG_CACHE_HOME') || join(homedir(), '.cache'), 'plinth')
  const contents = createHash('sha256').update(packages.join() + buildVector).digest('hex').slice(0, 8)
  const target = join(cache, `postgres-${version}-${suite}-${contents}`)
  if (await exists(target)) return target
  await mkdir(cache, { recursive: true })
  await removeAbandoned(cache)
  // Made beside its place and moved there when complete, so an interrupted run leaves no half of it.
  const incomplete = join(cache, `making-${Deno.pid}`)
  console.error(`Installing Postgres ${version} into ${target} (once) ...`)
  const log = join(cache, 'debootstrap.log')
  try {
    await bootstrap(suite, incomplete, log)
    await rename(incomplete, target)
  } catch (cause) {
    await rm(incomplete, { recursive: true, force: true })
    // Another run may have been faster.
    if (!await exists(target)) throw cause
  }
  return target
}

async function bootstrap(suite: string, folder: string, log: string): Promise<void> {
  // The users of the installation, among them postgres, must be able to walk into it.
  await mkdir(folder, { mode: 0o755 })
  const file = await open(log, 'w')
  const run = async (...command: string[]): Promise<number> => {
    const child = new Deno.Command('sh', {
      // Through a shell, so that a missing command is an exit code.
      args: ['-c', '"$@"', 'sh', ...await namespaces(), ...command],
      stdin: 'null',
      stdout: 'piped',
      stderr: 'piped',
    }).spawn()
    const write = async (stream: ReadableStream<Uint8Array<ArrayBuffer>>): Promise<void> => {
      for await (const chunk of stream) await file.write(chunk)
    }
    await Promise.all([write(child.stdout), write(child.stderr)])
    return (await child.status).code
  }
  let code: number
  try {
    const include = `--include=${packages.join(',')}`
    code = await run('debootstrap', '--variant=minbase', include, suite, folder, ...await mirror())
    if (code === 0 && buildsVector) code = await run('chroot', folder, 'sh', '-c', buildVector)
  } finally {
    await file.close()
  }
  if (code === 127) {
    throw new Error('debootstrap is missing: apt-get install debootstrap, or set DATABASE_URL.')
  }
  if (code !== 0) {
    throw new Error(
      `Postgres ${version} could not be installed, see ${log}: is the Debian mirror reachable? Or set DATABASE_URL.`,
    )
  }
}

/** Mount and process namespaces of its own, where they are allowed: what is mounted or started on the way goes with it. */
async function namespaces(): Promise<string[]> {
  const unshare = ['unshare', '--mount', '--pid', '--fork', '--kill-child']
  const [command = '', ...args] = [...unshare, 'true']
  const { success } = await new Deno.Command(command, { args }).output().catch(() => ({ success: false }))
  return success ? unshare : []
}

/** What runs left behind that were killed. */
async function removeAbandoned(cache: string): Promise<void> {
  for (const name of await readdir(cache)) {
    const maker = /^making-(\d+)$/.exec(name)?.[1]
    if (maker && !isRunning(Number(maker))) await rm(join(cache, name), { recursive: true, force: true })
  }
}

/** The mirror that the machine itself uses, if it is a Debian; none leaves the choice to debootstrap. */
async function mirror(): Promise<string[]> {
  const system = await readFile('/etc/os-release', 'utf8').catch(() => '')
  const codename = /^VERSION_CODENAME=(\w+)$/m.exec(system)?.[1]
  if (!/^ID=debian$/m.test(system) || !codename) return []
  const folder = '/etc/apt/sources.list.d'
  const names = await readdir(folder).catch(() => [])
  for (const file of ['/etc/apt/sources.list', ...names.map((name) => join(folder, name))]) {
    const text = (await readFile(file, 'utf8').catch(() => '')).replace(/^#.*\n?/gm, '')
    const sources = file.endsWith('.sources')
      ? text.split(/\n\s*\n/).map(parseStanza)
      : text.split('\n').map(parseLine)
    const main = sources.find(({ uri, suites, components }) =>
      /^https?:/.test(uri) && suites.includes(codename) && components.includes('main')
    )
    if (main) return [main.uri]
  }
  return []
}

type Source = { uri: string; suites: string[]; components: string[] }

/** `URIs: http://... Suites: bookworm ... Components: main`, a line each. */
function parseStanza(stanza: string): Source {
  const field = (name: string): string[] =>
    new RegExp(`^${name}:\\s*(.+)$`, 'mi').exec(stanza)?.[1]?.trim().split(/\s+/) ?? []
  return { uri: field('URIs')[0] ?? '', suites: field('Suites'), components: field('Components') }
}

/** `deb [options] http://... bookworm main` */
function parseLine(line: string): Source {
  const [, uri = '', distribution = '', components = ''] =
    /^deb\s+(?:\[[^\]]*\]\s+)?(\S+)\s+(\S+)\s+(.+)$/.exec(line) ?? []
  return { uri, suites: [distribution], components: components.split(/\s+/) }
}

async function exists(path: string): Promise<boolean> {
  return await stat(path).then(() => true, () => false)
}
