/** What types/generated/migrations.ts holds: the health function compares it with what was applied. */
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'

const root = join(import.meta.dirname ?? '.', '..')
export const migrationList: string = join(root, 'types', 'generated', 'migrations.ts')

/** What the file must hold: its comment as it is, then one version a line. */
export async function renderMigrationList(): Promise<string> {
  const current = await readFile(migrationList, 'utf8')
  const comment = current.slice(0, current.indexOf('export const'))
  const versions = (await readdir(join(root, 'migrations')))
    .flatMap((name) => /^(\d{14})_\w+\.sql$/.exec(name)?.[1] ?? [])
    .sort()
  return `${comment}export const migrations: readonly string[] = [\n${
    versions.map((version) => `  '${version}',\n`).join('')
  }]\n`
}
