/** A Postgres of its own with the schema, without the seed, for the length of a run. */
import postgres from 'postgres'
import { useExternal } from '../../stack/database/external.ts'
import { migrate } from '../../stack/database/migrate.ts'
import { storeFunctionSecrets } from '../../stack/net.ts'
import { load } from '../database/helpers.ts'
import { connect } from '../database/tap.ts'
import { startPostgres } from '../support/postgres.ts'

/** The first assertion that fails ends its file: what follows takes time and says nothing more about a mutant. */
const stopAtFailure = `
  alter function extensions.ok(boolean, text) rename to ok_of_pgtap;
  create function extensions.ok(holds boolean, description text) returns text
  language plpgsql
  as $$
  begin
    if holds is not true then
      raise exception using errcode = 'FAILS', message = 'not ok ' || coalesce(description, '');
    end if;
    return extensions.ok_of_pgtap(holds, description);
  end
  $$;
  grant execute on function extensions.ok(boolean, text) to public`

/** A connection as the tests have it. */
export async function prepareDatabase(resources: AsyncDisposableStack): Promise<postgres.Sql> {
  const server = await startPostgres({ settings: { track_functions: 'all', jit: 'off' } })
  resources.defer(server.stop)
  const { adminUrl, url } = await useExternal(server.url)
  const admin = postgres(adminUrl, { max: 1, onnotice: () => {} })
  try {
    // As a platform stores them when it starts; nothing is called.
    await storeFunctionSecrets(admin, { project_url: 'http://127.0.0.1:9', secret_key: 'none' })
    await migrate(admin, url, false)
    await load(url)
    await admin.unsafe(stopAtFailure).simple()
  } finally {
    await admin.end()
  }
  const sql = connect(url)
  resources.defer(() => sql.end({ timeout: 5 }))
  return sql
}
