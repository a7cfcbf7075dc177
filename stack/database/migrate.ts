/** Brings a database to the newest migration and loads the demo data, with the real Supabase CLI. */
import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type postgres from 'postgres'
import { root, StackError } from '../options.ts'
import type { Progress } from '../progress.ts'

/** Runs `supabase db push` if anything is new. */
export async function migrate(
  sql: postgres.Sql,
  url: string,
  seed: boolean,
  progress?: Progress,
): Promise<void> {
  if (await isCurrent(sql, seed)) return
  progress?.begin(seed ? 'applying the migrations and the demo data' : 'applying the migrations')
  const command = new Deno.Command(join(root, 'node_modules', '.bin', 'supabase'), {
    args: ['db', 'push', `--remote=${url}`, '--yes', ...(seed ? ['--include-seed'] : [])],
    cwd: root,
    env: { DO_NOT_TRACK: '1', SUPABASE_TELEMETRY_DISABLED: '1' },
    stdin: 'null',
    stdout: 'piped',
    stderr: 'piped',
  })
  const child = command.spawn()
  const read = async (stream: ReadableStream<Uint8Array<ArrayBuffer>>): Promise<string> => {
    let text = ''
    for await (const piece of stream.pipeThrough(new TextDecoderStream())) {
      text += piece
      progress?.at(lastFile(text) ?? '')
    }
    return text
  }
  const [{ success }, ...printed] = await Promise.all([child.status, read(child.stdout), read(child.stderr)])
  if (success) return
  const output = printed.join('\n').trim()
  const file = lastFile(output)
  const error = /^(?:ERROR|Error|error):?\s*(.+(?:\nAt statement[^]*?)?)$/m.exec(output)?.[1]
  throw new StackError(
    file && error ? `${file} failed: ${error}` : `The migrations could not be applied:\n${output}`,
  )
}

/** The file that the CLI is at. */
function lastFile(output: string): string | undefined {
  return output.match(/(?<=Applying migration |Seeding data from )\S+?(?=\.{3})/g)?.at(-1)
}

async function isCurrent(sql: postgres.Sql, seed: boolean): Promise<boolean> {
  const [{ tracked } = { tracked: false }] = await sql<{ tracked: boolean }[]>`
    select to_regclass('supabase_migrations.schema_migrations') is not null as tracked`
  if (!tracked) return false
  const applied = new Set(
    (await sql<{ version: string }[]>`select version from supabase_migrations.schema_migrations`).map((row) =>
      row.version
    ),
  )
  const files = await sqlFiles('migrations')
  if (files.some((name) => !applied.has(name.slice(0, 14)))) return false
  return !seed || await isSeeded(sql)
}

async function isSeeded(sql: postgres.Sql): Promise<boolean> {
  const [{ tracked } = { tracked: false }] = await sql<{ tracked: boolean }[]>`
    select to_regclass('supabase_migrations.seed_files') is not null as tracked`
  if (!tracked) return false
  const loaded = new Set(
    (await sql<{ hash: string }[]>`select hash from supabase_migrations.seed_files`).map((row) => row.hash),
  )
  for (const name of await sqlFiles('seed')) {
    const hash = createHash('sha256').update(await readFile(join(root, 'seed', name))).digest('hex')
    if (!loaded.has(hash)) return false
  }
  return true
}

async function sqlFiles(folder: string): Promise<string[]> {
  return (await readdir(join(root, folder))).filter((name) => name.endsWith('.sql')).sort()
}
