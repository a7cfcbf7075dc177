/** The database as functions reach it: through its API, with the generated types. */
import type { SupabaseClient } from '@supabase/supabase-js'
import type { Database } from '../../../types/generated/database.ts'

/** With the rights of the caller; a client that is called `admin` has a secret key. */
export type Db = SupabaseClient<Database>
