/** Asks which operations the policies of realtime.messages allow in a private topic. */
import type { Database } from './database.ts'
import type { Claims } from './tokens.ts'

export type Extension = 'broadcast' | 'presence'
/** The topic, and the caller's token and headers. */
type Caller = { topic: string; claims: Claims; headers: Record<string, string> }

/**
 * Which of the extensions the caller may read or write. The database tries each operation and rolls it back. Rejects if
 * a policy raises an error.
 */
export async function authorize(
  database: Database,
  { topic, claims, headers }: Caller,
  action: 'read' | 'write',
  extensions: Extension[],
): Promise<Partial<Record<Extension, boolean>>> {
  const [row] = await database.ask((sql) =>
    sql<{ allowed: Partial<Record<Extension, boolean>> }[]>`
    select _realtime.authorize(${topic}, ${sql.json(claims as never)}, ${sql.json(headers)}, ${extensions},
      ${action === 'write'}) as allowed`
  )
  return row?.allowed ?? {}
}
