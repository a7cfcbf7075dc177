/**
 * Compares the database that another set of migrations makes with the one of this working tree, item by item.
 *
 *   deno run -A tools/compare_migrations.ts <git ref | folder of migrations> [--verbose]
 *
 * Both sets are applied from empty to an embedded database. Prints what is missing, added and changed, with both texts
 * where --verbose is given. Ends with 1 if anything differs but the order of columns and of cascades.
 */
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import postgres from 'postgres'
import { startEmbedded } from '../stack/database/embedded.ts'
import { root } from '../stack/options.ts'
import { type Catalogue, orders, readInsertedRows, readSchema } from './schema_catalogue.ts'

/** What a set of migrations makes: its schema, and under `rows` what it inserts. */
async function catalogueOf(migrations: string, folder: string): Promise<Catalogue> {
  const database = await startEmbedded(await mkdtemp(join(folder, 'data-')), 0, () => {})
  const sql = postgres(database.url, { max: 1, onnotice: () => {} })
  try {
    const names = (await readdir(migrations)).filter((name) => name.endsWith('.sql')).sort()
    for (const name of names) {
      // Several statements sent at once are one transaction, as with `supabase db push`.
      await sql.unsafe(await readFile(join(migrations, name), 'utf8')).simple().catch(
        (cause: postgres.PostgresError) => {
          const where = cause.where ? `\n${cause.where}` : ''
          throw new Error(`${name}: ${cause.message}${where}`)
        },
      )
    }
    return { ...await readSchema(sql), rows: await readInsertedRows(sql) }
  } finally {
    await sql.end()
    await database.stop()
  }
}

/** A folder as it is, or the migrations of a commit, unpacked. */
async function findMigrations(source: string, folder: string): Promise<string> {
  if ((await stat(source).catch(() => null))?.isDirectory()) return source
  const archive = await new Deno.Command('git', { args: ['archive', source, 'migrations'], cwd: root })
    .output()
  if (!archive.success) throw new Error(new TextDecoder().decode(archive.stderr).trim())
  const unpack = new Deno.Command('tar', { args: ['-x', '-C', folder], stdin: 'piped' }).spawn()
  const writer = unpack.stdin.getWriter()
  await writer.write(archive.stdout)
  await writer.close()
  if (!(await unpack.status).success) throw new Error(`The migrations of ${source} could not be unpacked.`)
  return join(folder, 'migrations')
}

type Differences = { missing: string[]; added: string[]; changed: string[] }

function compareSection(
  before: Record<string, string>,
  after: Record<string, string>,
  verbose: boolean,
): Differences {
  const items = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort()
  const show = (item: string): string =>
    verbose ? `${item}\n      - ${before[item] ?? ''}\n      + ${after[item] ?? ''}` : item
  return {
    missing: items.filter((item) => after[item] === undefined).map(show),
    added: items.filter((item) => before[item] === undefined).map(show),
    changed: items.filter((item) =>
      after[item] !== undefined && before[item] !== undefined && after[item] !== before[item]
    ).map(show),
  }
}

/** Prints the differences section by section and says how many there are beside those of order. */
function report(before: Catalogue, after: Catalogue, verbose: boolean): number {
  let differing = 0
  for (const section of Object.keys(after)) {
    const differences = compareSection(before[section] ?? {}, after[section] ?? {}, verbose)
    for (const [kind, items] of Object.entries(differences)) {
      if (items.length === 0) continue
      if (!orders.has(section)) differing += items.length
      console.log(`${section}, ${kind}: ${items.length}`)
      for (const item of items) console.log(`    ${item}`)
    }
  }
  return differing
}

async function main(): Promise<void> {
  const verbose = Deno.args.includes('--verbose')
  const [source, ...more] = Deno.args.filter((argument) => argument !== '--verbose')
  if (source === undefined || more.length > 0) {
    console.error(
      'Usage: deno run -A tools/compare_migrations.ts <git ref | folder of migrations> [--verbose]',
    )
    Deno.exit(2)
  }
  const folder = await mkdtemp(join(tmpdir(), 'plinth-compare-'))
  try {
    const [before, after] = await Promise.all([
      findMigrations(source, folder).then((migrations) => catalogueOf(migrations, folder)),
      catalogueOf(join(root, 'migrations'), folder),
    ])
    const items = Object.values(after).reduce((sum, section) => sum + Object.keys(section).length, 0)
    const differing = report(before, after, verbose)
    console.log(`${items} items, ${differing} differences beside the order of columns and cascades`)
    Deno.exitCode = differing > 0 ? 1 : 0
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

await main()
