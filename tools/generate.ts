/**
 * `npm run types`: writes what is derived from the migrations: types/generated/database.ts with the Supabase CLI,
 * types/generated/constraints.ts, the list of migrations that the health function compares with, the page about who may do
 * what, from the rules that the tests hold the schema to, and the page about what a deletion removes.
 */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import postgres from 'postgres'
import { readConstraints, renderConstraints } from './generate_constraints.ts'
import { migrationList, renderMigrationList } from './list_migrations.ts'
import { erasureFile, renderErasure } from './generate_erasure.ts'
import { permissionsFile, renderPermissions } from './generate_permissions.ts'
import { readConfig } from '../stack/gateway/config.ts'
import { readOptions, root } from '../stack/options.ts'
import { startStack } from '../stack/stack.ts'

const file = join(root, 'types', 'generated', 'database.ts')
const constraintsFile = join(root, 'types', 'generated', 'constraints.ts')

/** The types of the exposed schemas of a database. */
export async function generateTypes(url: string): Promise<string> {
  const { api } = await readConfig()
  const { success, stdout, stderr } = await new Deno.Command(join(root, 'node_modules', '.bin', 'supabase'), {
    args: ['gen', 'types', `--remote=${url}`, '--schema', api.schemas.join(',')],
    cwd: root,
    env: { DO_NOT_TRACK: '1', SUPABASE_TELEMETRY_DISABLED: '1', PGSSLMODE: 'prefer' },
    stdin: 'null',
  }).output()
  const text = new TextDecoder()
  if (!success) throw new Error(`supabase gen types failed: ${text.decode(stderr)}`)
  const types = text.decode(stdout)
  // Without TLS the CLI warns, and on the same stream.
  return types.slice(types.indexOf('export type Json'))
}

async function main(): Promise<void> {
  await writeFile(migrationList, await renderMigrationList())
  const options = readOptions(['--ephemeral', '--no-seed', '--port', '0', '--db-port', '0'], () => undefined)
  if (!options) return
  const stack = await startStack(options, () => {})
  const sql = postgres(stack.databaseUrl, { max: 1, onnotice: () => {} })
  try {
    await writeFile(file, await generateTypes(stack.databaseUrl))
    await writeFile(constraintsFile, await renderConstraints(await readConstraints(sql)))
    await writeFile(permissionsFile, await renderPermissions(sql))
    await writeFile(erasureFile, await renderErasure(sql))
  } finally {
    await sql.end()
    await stack.stop()
  }
}

if (import.meta.main) {
  await main()
  Deno.exit()
}
