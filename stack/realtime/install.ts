/** Installs the schema of the Realtime service (database/*.sql) in a database, once for each version of these files. */
import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type postgres from 'postgres'
import { root } from '../options.ts'

const folder = join(root, 'stack', 'realtime', 'database')

export async function install(sql: postgres.Sql): Promise<void> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.sql')).sort()
  const files = await Promise.all(names.map((name) => readFile(join(folder, name), 'utf8')))
  const version = createHash('sha256').update(JSON.stringify(files)).digest('hex').slice(0, 16)
  const description = `Changes for the local Realtime service, version ${version}.`
  await sql.begin(async (transaction) => {
    const [row] = await transaction<{ found: string | null }[]>`
      select obj_description(to_regnamespace('_realtime')::oid, 'pg_namespace') as found`
    if (row?.found !== description) {
      // Nothing in the schema of an earlier version outlives its process.
      await transaction`drop schema if exists _realtime cascade`
      for (const file of files) await transaction.unsafe(file)
      await transaction.unsafe(`comment on schema _realtime is '${description}'`)
    }
    await transaction`select _realtime.sync_triggers()`
  })
}
