/** A Postgres of its own with Plinth's migrations and without the scheduler's runs, which would change what is measured. */
import postgres from 'postgres'
import { useExternal } from '../../stack/database/external.ts'
import { migrate } from '../../stack/database/migrate.ts'
import { type Server, startPostgres } from '../../tests/support/postgres.ts'

export interface Measured extends Server {
  /** As the superuser, who fills tables without their triggers. */
  readonly sql: postgres.Sql
}

/** What a hosted project of two cores has. */
const settings = {
  shared_buffers: '1GB',
  effective_cache_size: '3GB',
  work_mem: '4MB',
  maintenance_work_mem: '256MB',
  max_wal_size: '4GB',
  random_page_cost: '1.1',
  synchronous_commit: 'off',
  autovacuum: 'off',
  jit: 'off',
  'cron.launch_active_jobs': 'off',
}

export async function startMeasured(): Promise<Measured> {
  const server = await startPostgres({ settings })
  try {
    const { adminUrl, url } = await useExternal(server.url)
    const owner = postgres(url, { max: 1, onnotice: () => {} })
    await migrate(owner, url, false)
    await owner.end()
    const sql = postgres(adminUrl, { max: 1, onnotice: () => {}, prepare: false })
    return {
      url: server.url,
      sql,
      stop: async () => {
        await sql.end()
        await server.stop()
      },
    }
  } catch (cause) {
    await server.stop()
    throw cause
  }
}
