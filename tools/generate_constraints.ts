/** What types/generated/constraints.ts holds, from the catalogue of a database. `npm run types` writes it. */
import type postgres from 'postgres'
import { readConfig } from '../stack/gateway/config.ts'
import type { Constraint } from '../types/generated/constraints.ts'

type Row = {
  name: string
  field: string | null
  source: string | null
  target: string | null
  definition: string | null
}

/** Every constraint and unique index of the exposed schemas, by name. What two of one name do not share is left out. */
export async function readConstraints(sql: postgres.Sql): Promise<Record<string, Constraint>> {
  const schemas = (await readConfig()).api.schemas.join(',')
  const rows = await sql<Row[]>`
    with about as (
      -- A key of two columns says whose row it is as well: the other column is the one a client sent.
      select k.oid, case when count(*) = 1 then min(a.attname) else
        case when count(*) filter (where a.attname not in ('user_id', 'workspace_id')) = 1
          then min(a.attname) filter (where a.attname not in ('user_id', 'workspace_id')) end end as field
      from pg_constraint as k join pg_attribute as a on a.attrelid = k.conrelid and a.attnum = any (k.conkey)
      where k.contype in ('c', 'f')
      group by k.oid
    ), named as (
      select k.conname as name, b.field, n.nspname || '.' || c.relname || coalesce('.' || b.field, '') as source,
        case when f.oid is not null then fn.nspname || '.' || f.relname end as target,
        case when k.contype = 'c' then pg_get_constraintdef(k.oid) end as definition
      from pg_constraint as k
      join pg_class as c on c.oid = k.conrelid
      join pg_namespace as n on n.oid = c.relnamespace
      left join about as b on b.oid = k.oid
      left join pg_class as f on f.oid = k.confrelid and k.contype = 'f'
        and f.relnamespace <> c.relnamespace and f.relnamespace::regnamespace::text = any (string_to_array(${schemas}, ','))
      left join pg_namespace as fn on fn.oid = f.relnamespace
      where n.nspname = any (string_to_array(${schemas}, ',')) and k.contype in ('p', 'u', 'f', 'c', 'x') and k.conparentid = 0
      union all
      select i.relname, null, null, null, null
      from pg_index as x
      join pg_class as i on i.oid = x.indexrelid
      join pg_class as t on t.oid = x.indrelid and not t.relispartition
      where x.indisunique and i.relnamespace::regnamespace::text = any (string_to_array(${schemas}, ','))
        and not exists (select from pg_constraint as k where k.conindid = x.indexrelid and k.contype in ('p', 'u', 'x'))
    )
    select name,
      case when count(distinct coalesce(field, '')) = 1 then min(field) end as field,
      case when count(*) = 1 then min(source) end as source,
      case when count(*) = 1 then min(target) end as target,
      case when count(*) = 1 then min(definition) end as definition
    from named group by name order by name collate "C"`
  return Object.fromEntries(rows.map(({ name, field, source, target, definition }) => {
    const allowed = wordsOf(definition ?? '')
    return [name, {
      ...(field === null ? {} : { field }),
      ...(source === null || target === null ? {} : { references: { source, target } }),
      ...(allowed ? { allowed } : {}),
    }]
  }))
}

/** The words that a check allows, where it is a list of words; null for another one. */
function wordsOf(definition: string): string[] | null {
  const [, list] = /^CHECK \(\(\w+ = ANY \(ARRAY\[((?:'[\w -]+'::text(?:, )?)+)\]\)\)\)$/.exec(definition) ??
    []
  return list === undefined ? null : [...list.matchAll(/'([\w -]+)'/g)].map(([, word = '']) => word)
}

/** The text of types/generated/constraints.ts. */
export function renderConstraints(constraints: Record<string, Constraint>): string {
  const lines = Object.entries(constraints).map(([name, { field, references, allowed }]) => {
    const parts = [
      ...(field === undefined ? [] : [`field: '${field}'`]),
      ...(references
        ? [`references: { source: '${references.source}', target: '${references.target}' }`]
        : []),
      ...(allowed ? [`allowed: [${allowed.map((word) => `'${word}'`).join(', ')}]`] : []),
    ]
    return `  ${name}: ${parts.length ? `{ ${parts.join(', ')} }` : '{}'},\n`
  })
  return `/** Generated from the database's catalogue by npm run types; a test fails when it is out of date. */
export interface Constraint {
  /** The column it is about, where it is about one. */
  readonly field?: string
  /** For a foreign key from one exposed schema to another: both ends. */
  readonly references?: { readonly source: string; readonly target: string }
  /** For a check that is a list of words. */
  readonly allowed?: readonly string[]
}

// deno-fmt-ignore -- one a line, so that a change is a line
export const constraints: Readonly<Record<string, Constraint>> = {
${lines.join('')}}
`
}
