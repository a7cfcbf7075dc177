/** The database as functions reach it: through its API, with the generated types. */
import type { SupabaseClient } from '@supabase/supabase-js'
import type { Database } from '../../../types/generated/database.ts'

/** Acts with the rights of the caller, or, where it is called `admin`, with those of the service role. */
export type Db = SupabaseClient<Database>
