/**
 * A Postgres 17 with the extensions that hosted Supabase has, from Debian 13 packages, in a folder of its own: nothing
 * is installed on the machine. Made once and kept in the user's cache.
 */
import { mkdir, readdir, readFile, rename, rm, stat } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'

const suite = 'trixie'
const packages = [
  'ca-certificates',
  'postgresql-17',
  'postgresql-17-cron',
  'postgresql-17-pgtap',
  'postgresql-17-pgvector',
  'postgresql-17-plpgsql-check',
]

/** The folder of the installation, made now if it is missing. Needs root. */
export async function debianPostgres(): Promise<string> {
  const cache = join(Deno.env.get('XDG_CACHE_HOME') || join(homedir(), '.cache'), 'plinth')
  const target = join(cache, `postgres-17-${suite}`)
  if (await stat(target).catch(() => null)) return target
  if (Deno.uid() !== 0) {
    throw new Error(
      'A native Postgres is made with debootstrap, which needs root: run as root, or set DATABASE_URL.',
    )
  }
  const debootstrap = await new Deno.Command('which', { args: ['debootstrap'] }).output()
  if (!debootstrap.success) {
    throw new Error('debootstrap is missing: apt-get install debootstrap, or set DATABASE_URL.')
  }
  await mkdir(cache, { recursive: true })
  const incomplete = await Deno.makeTempDir({ dir: cache, prefix: 'making-' })
  // Its users, among them postgres, must be able to walk into it.
  await Deno.chmod(incomplete, 0o755)
  console.error(`Installing Postgres 17 into ${target} (once) ...`)
  const log = join(cache, 'debootstrap.log')
  const { success } = await new Deno.Command('sh', {
    args: [
      '-c',
      'exec debootstrap "$@" > "$LOG" 2>&1',
      'sh',
      '--variant=minbase',
      `--include=${packages.join(',')}`,
      suite,
      incomplete,
      ...await mirror(),
    ],
    env: { LOG: log },
    stdin: 'null',
  }).output()
  if (!success) {
    await rm(incomplete, { recursive: true, force: true })
    throw new Error(
      `Postgres 17 could not be installed, see ${log}: is the Debian mirror reachable? Or set DATABASE_URL.`,
    )
  }
  await rename(incomplete, target)
  return target
}

/** The mirror that the machine itself uses; none leaves the choice to debootstrap. */
async function mirror(): Promise<string[]> {
  const folder = '/etc/apt/sources.list.d'
  const names = await readdir(folder).catch(() => [])
  const texts = await Promise.all(['/etc/apt/sources.list', ...names.map((name) => join(folder, name))]
    .map((file) => readFile(file, 'utf8').catch(() => '')))
  for (const text of texts) {
    const found = /^URIs:\s*(\S+)/m.exec(text)?.[1] ?? /^deb\s+(?:\[[^\]]*\]\s+)?(\S+)/m.exec(text)?.[1]
    if (found && /\/debian\/?$/.test(found)) return [found]
  }
  return []
}
