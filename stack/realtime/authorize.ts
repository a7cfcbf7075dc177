/** What the policies of realtime.messages let a caller do in a private topic. */
import type { Database } from './database.ts'
import type { Claims } from './tokens.ts'

export type Extension = 'broadcast' | 'presence'
/** Who asks, in which topic. */
export type Caller = { topic: string; claims: Claims; headers: Record<string, string> }

/**
 * Which of the extensions the caller may read or write, by trying it in the database and taking it back. Rejects if a
 * policy fails.
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
