/** Opens a PGlite data folder as the superuser, with the extensions that Plinth and its tests use. */
import { appendFile, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { PGlite } from '@electric-sql/pglite'
import { btree_gin } from '@electric-sql/pglite/contrib/btree_gin'
import { btree_gist } from '@electric-sql/pglite/contrib/btree_gist'
import { pg_trgm } from '@electric-sql/pglite/contrib/pg_trgm'
import { pgcrypto } from '@electric-sql/pglite/contrib/pgcrypto'
import { uuid_ossp } from '@electric-sql/pglite/contrib/uuid_ossp'
import { pgtap } from '@electric-sql/pglite-pgtap'
import { vector } from '@electric-sql/pglite-pgvector'

/**
 * What a statement may nest. The stack of the backend is smaller than Postgres takes it to be: many a deeper JSON or
 * recursion would end the backend instead of the statement.
 */
const stackDepth = `max_stack_depth = '256kB'`

export async function open(dataDir: string): Promise<PGlite> {
  const settings = join(dataDir, 'postgresql.conf')
  const written = await readFile(settings, 'utf8').catch(() => null)
  if (written !== null && !written.includes(stackDepth)) await appendFile(settings, `\n${stackDepth}\n`)
  return await PGlite.create({
    dataDir,
    username: 'supabase_admin',
    extensions: { vector, pgtap, pgcrypto, pg_trgm, btree_gin, btree_gist, uuid_ossp },
  })
}
