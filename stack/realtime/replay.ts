/** Stored broadcasts of a private topic, for channels that join later. */
import type { Database } from './database.ts'
import type { Broadcast } from './protocol.ts'

type Stored = { id: string; event: string; payload: string | null; binary: Uint8Array | null }

/** The newest `limit` broadcasts since a time in ms, oldest first. */
export async function replay(
  database: Database,
  topic: string,
  { since, limit }: { since: number; limit: number },
): Promise<(Broadcast & { kind: 'user' })[]> {
  const rows = await database.ask((sql) =>
    sql<Stored[]>`
    select m.id, m.event, m.payload::text as payload, m.binary_payload as binary
    from realtime.messages as m
    where m.topic = ${topic} and m.private and m.extension = 'broadcast' and m.event is not null
      and m.inserted_at >= to_timestamp(${since}::float8 / 1000) at time zone 'UTC'
      and m.inserted_at < now() at time zone 'UTC' + interval '1 minute'
    order by m.inserted_at desc
    limit ${limit}`
  )
  return rows.reverse().map(({ id, event, payload, binary }) => ({
    kind: 'user',
    event,
    encoding: binary ? 'binary' : 'json',
    body: binary ? new Uint8Array(binary) : new TextEncoder().encode(payload ?? 'null'),
    meta: { replayed: true, id },
  }))
}
