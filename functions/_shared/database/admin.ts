/** A client with a secret key, which bypasses row level security. */
import { createAdminClient } from '@supabase/server/core'
import type { Database } from '../../../types/generated/database.ts'
import { keysWithLegacy } from '../http/identify.ts'
import { storableFetch } from '../http/storable.ts'
import type { Db } from './client.ts'

/** Made from the environment when it is first needed, and then kept. */
export function adminFromEnvironment(): () => Db {
  let client: Db | undefined
  return () =>
    client ??= createAdminClient<Database>({
      env: keysWithLegacy(),
      supabaseOptions: { global: { fetch: storableFetch } },
    })
}
