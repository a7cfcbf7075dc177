/** The tenants that are asked, each with its first member and with ids of rows that requests are about. */
import type postgres from 'postgres'
import type { Request } from './postgrest.ts'

export interface Tenant {
  readonly share: string
  readonly user: string
  readonly workspace: string
  /** The request about rows of this tenant; nothing if it has none. */
  give(request: Request): Request | undefined
}

/** The value of each placeholder, of the middle of what a tenant has, so that neither end of an index is asked. */
const values = `
  select t.share, p.user_id as "user", t.workspace_id as workspace, (now() at time zone 'UTC')::date::text as today,
    ((now() at time zone 'UTC')::date - 90)::text as days_ago_90,
    j.id::text as job, j.job_number, split_part(j.address, ' ', 2) as street, l.id::text as list, n.id::text as note,
    split_part(n.title, ' ', 3) as note_word, c.id::text as conversation, left(md5((c.id % 3000)::text), 8) as message_word,
    a.id::text as artifact, f.word as fact_word
  from scale.tenants as t join scale.people as p on p.tenant = t.place and p.member = 0
  left join lateral (select j.* from business.jobs as j where j.workspace_id = t.workspace_id order by j.id
    offset (select count(*) / 2 from business.jobs as c where c.workspace_id = t.workspace_id) limit 1) as j on true
  left join lateral (select l.id from dashboard.task_lists as l where l.user_id = p.user_id and l.system_type is null order by l.id limit 1) as l on true
  left join lateral (select n.id, n.title from dashboard.notes as n where n.user_id = p.user_id order by n.id
    offset (select count(*) / 2 from dashboard.notes as c where c.user_id = p.user_id) limit 1) as n on true
  left join lateral (select c.id from dashboard.conversations as c where c.user_id = p.user_id order by c.id
    offset (select count(*) / 2 from dashboard.conversations as c where c.user_id = p.user_id) limit 1) as c on true
  left join lateral (select a.id from public.artifacts as a where a.workspace_id = t.workspace_id order by a.created_at limit 1) as a on true
  left join lateral (select k.word from public.facts as f cross join lateral jsonb_object_keys(f.metrics) as k (word)
    where f.workspace_id = t.workspace_id and length(k.word) = 32 limit 1) as f on true
  where t.share is not null order by t.place`

export async function tenants(sql: postgres.Sql | postgres.TransactionSql): Promise<Tenant[]> {
  const rows = await sql.unsafe(values) as unknown as Record<string, string | null>[]
  return rows.map((row) => ({
    share: row['share'] ?? '',
    user: row['user'] ?? '',
    workspace: row['workspace'] ?? '',
    give: (request) => {
      let missing = false
      const text = JSON.stringify(request).replaceAll(/\{([a-z_0-9]+)\}/g, (_, name: string) => {
        if ((row[name] ?? null) === null) missing = true
        return row[name] ?? ''
      })
      return missing ? undefined : JSON.parse(text) as Request
    },
  }))
}
