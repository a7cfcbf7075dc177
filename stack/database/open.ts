/** Opens a PGlite data folder as the superuser, with the extensions that Plinth and its tests use. */
import { PGlite } from '@electric-sql/pglite'
import { btree_gin } from '@electric-sql/pglite/contrib/btree_gin'
import { btree_gist } from '@electric-sql/pglite/contrib/btree_gist'
import { pg_trgm } from '@electric-sql/pglite/contrib/pg_trgm'
import { pgcrypto } from '@electric-sql/pglite/contrib/pgcrypto'
import { uuid_ossp } from '@electric-sql/pglite/contrib/uuid_ossp'
import { pgtap } from '@electric-sql/pglite-pgtap'
import { vector } from '@electric-sql/pglite-pgvector'

export async function open(dataDir: string): Promise<PGlite> {
  return await PGlite.create({
    dataDir,
    username: 'supabase_admin',
    extensions: { vector, pgtap, pgcrypto, pg_trgm, btree_gin, btree_gist, uuid_ossp },
  })
}
