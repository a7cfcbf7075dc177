/**
 * `npm run types`: writes types/database.ts from the migrations, with the Supabase CLI. `--check` only compares, and
 * `--url URL` asks a database that is there already instead of starting one.
 */
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { readConfig } from './gateway/config.ts'
import { readOptions, root } from './options.ts'
import { startStack } from './stack.ts'

const file = join(root, 'types', 'database.ts')

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
  const { values } = parseArgs({
    args: Deno.args,
    options: { check: { type: 'boolean', default: false }, url: { type: 'string' } },
  })
  const options = readOptions(['--ephemeral', '--no-seed', '--port', '0', '--db-port', '0'], () => undefined)
  const stack = values.url || !options ? null : await startStack(options, () => {})
  try {
    const types = await generateTypes(values.url ?? stack?.databaseUrl ?? '')
    if (!values.check) return await writeFile(file, types)
    if (types === await readFile(file, 'utf8').catch(() => '')) return
    console.error('types/database.ts is not what the migrations make: run npm run types.')
    Deno.exitCode = 1
  } finally {
    await stack?.stop()
  }
}

if (import.meta.main) {
  await main()
  Deno.exit()
}
