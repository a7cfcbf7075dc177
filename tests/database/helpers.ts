/** Loads what the database tests share into a database: schema tests, which no migration makes. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import postgres from 'postgres'

const folder = import.meta.dirname ?? '.'

export async function load(url: string): Promise<void> {
  const sql = postgres(url, { max: 1, onnotice: () => {} })
  try {
    for (const file of ['helpers.sql', 'invariants.sql', 'access_matrix.sql', 'known_ids.sql']) {
      await sql.unsafe(await readFile(join(folder, file), 'utf8')).simple()
    }
  } finally {
    await sql.end()
  }
}
