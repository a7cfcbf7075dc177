/** Reads from a database's catalogue what Plinth's own schemas consist of, word for word, so that two can be compared. */
import type postgres from 'postgres'
import type { Catalogue } from './platform_catalogue.ts'

const schemas = ['public', 'dashboard', 'business', 'studio', 'private']

/** One query a section; each answers `item` and `is`. What belongs to an extension is not ours. */
const sections: Record<
  string,
  (sql: postgres.TransactionSql) => postgres.PendingQuery<{ item: string; is: string }[]>
> = {
  schemas: (sql) =>
    sql`
      select n.nspname as item,
        concat_ws(' ', pg_get_userbyid(n.nspowner), n.nspacl::text, obj_description(n.oid, 'pg_namespace')) as is
      from pg_namespace as n where n.nspname = any (${schemas})`,
  relations: (sql) =>
    sql`
      select c.oid::regclass::text as item,
        concat_ws(' ', c.relkind, pg_get_userbyid(c.relowner), case when c.relrowsecurity then 'rls' end,
          case when c.relforcerowsecurity then 'forced' end, c.reloptions::text, c.relacl::text, c.relreplident,
          pg_get_partkeydef(c.oid), pg_get_expr(c.relpartbound, c.oid), case when c.relkind in ('v', 'm') then pg_get_viewdef(c.oid) end,
          obj_description(c.oid, 'pg_class')) as is
      from pg_class as c join pg_namespace as n on n.oid = c.relnamespace
      where n.nspname = any (${schemas}) and c.relkind in ('r', 'p', 'v', 'm', 'S')
        and not exists (select from pg_depend as d where d.objid = c.oid and d.deptype = 'e')`,
  columns: (sql) =>
    sql`
      select c.oid::regclass::text || '.' || a.attname as item,
        concat_ws(' ', format_type(a.atttypid, a.atttypmod), case when a.attnotnull then 'not null' end, a.attidentity,
          a.attgenerated, pg_get_expr(e.adbin, e.adrelid), a.attacl::text,
          row_number() over (partition by c.oid order by a.attnum), col_description(c.oid, a.attnum)) as is
      from pg_attribute as a
      join pg_class as c on c.oid = a.attrelid
      join pg_namespace as n on n.oid = c.relnamespace
      left join pg_attrdef as e on e.adrelid = c.oid and e.adnum = a.attnum
      where n.nspname = any (${schemas}) and c.relkind in ('r', 'p', 'v', 'm', 'c') and a.attnum > 0 and not a.attisdropped`,
  // A constraint that was never validated says so here.
  constraints: (sql) =>
    sql`
      select k.conrelid::regclass::text || '.' || k.conname as item,
        concat_ws(' ', pg_get_constraintdef(k.oid), obj_description(k.oid, 'pg_constraint')) as is
      from pg_constraint as k join pg_namespace as n on n.oid = k.connamespace
      where n.nspname = any (${schemas}) and k.conrelid <> 0 and k.contype <> 'n'`,
  indexes: (sql) =>
    sql`
      select i.indexrelid::regclass::text as item,
        concat_ws(' ', pg_get_indexdef(i.indexrelid), case when not i.indisvalid then 'invalid' end,
          obj_description(i.indexrelid, 'pg_class')) as is
      from pg_index as i
      join pg_class as c on c.oid = i.indexrelid
      join pg_namespace as n on n.oid = c.relnamespace
      where n.nspname = any (${schemas})`,
  functions: (sql) =>
    sql`
      select p.oid::regprocedure::text as item,
        concat_ws(' ', pg_get_userbyid(p.proowner), p.proacl::text, pg_get_functiondef(p.oid), obj_description(p.oid, 'pg_proc')) as is
      from pg_proc as p join pg_namespace as n on n.oid = p.pronamespace
      where n.nspname = any (${schemas}) and p.prokind in ('f', 'p')
        and not exists (select from pg_depend as d where d.objid = p.oid and d.deptype = 'e')`,
  policies: (sql) =>
    sql`
      select p.polrelid::regclass::text || ': ' || p.polname as item,
        concat_ws(' | ', p.polcmd, p.polpermissive, p.polroles::regrole[]::text, pg_get_expr(p.polqual, p.polrelid),
          pg_get_expr(p.polwithcheck, p.polrelid)) as is
      from pg_policy as p
      join pg_class as c on c.oid = p.polrelid
      join pg_namespace as n on n.oid = c.relnamespace
      where n.nspname = any (${schemas}) or n.nspname in ('storage', 'realtime')`,
  // Those that Plinth has on the platform's tables as well.
  triggers: (sql) =>
    sql`
      select t.tgrelid::regclass::text || ': ' || t.tgname as item,
        concat_ws(' ', t.tgenabled, pg_get_triggerdef(t.oid), obj_description(t.oid, 'pg_trigger')) as is
      from pg_trigger as t
      join pg_proc as p on p.oid = t.tgfoid
      join pg_namespace as n on n.oid = p.pronamespace
      where n.nspname = any (${schemas}) and not t.tgisinternal`,
  types: (sql) =>
    sql`
      select t.oid::regtype::text as item,
        concat_ws(' ', (select string_agg(e.enumlabel, ', ' order by e.enumsortorder) from pg_enum as e where e.enumtypid = t.oid),
          t.typacl::text, obj_description(t.oid, 'pg_type')) as is
      from pg_type as t join pg_namespace as n on n.oid = t.typnamespace
      where n.nspname = any (${schemas}) and t.typtype in ('e', 'd', 'r')`,
  default_privileges: (sql) =>
    sql`
      select concat_ws(' ', pg_get_userbyid(d.defaclrole), n.nspname, d.defaclobjtype) as item, d.defaclacl::text as is
      from pg_default_acl as d left join pg_namespace as n on n.oid = d.defaclnamespace
      where n.oid is null or n.nspname = any (${schemas})`,
  extensions: (sql) =>
    sql`
      select e.extname as item, n.nspname as is
      from pg_extension as e join pg_namespace as n on n.oid = e.extnamespace
      -- the tests bring their own; pg_cron is in one database of a server only
      where e.extname not in ('pgtap', 'plpgsql_check', 'pg_cron')`,
}

/** Inside a transaction, for changes that are not to stay. */
export async function readSchemaWithin(sql: postgres.TransactionSql): Promise<Catalogue> {
  // Names are qualified then, whoever asks.
  await sql`set local search_path = ''`
  const catalogue: Catalogue = {}
  for (const [section, query] of Object.entries(sections)) {
    const rows = (await query(sql)).map((row): [string, string] => [row.item, row.is])
    catalogue[section] = Object.fromEntries(rows.sort(([a], [b]) => a < b ? -1 : 1))
  }
  return catalogue
}

export function readSchema(sql: postgres.Sql): Promise<Catalogue> {
  return sql.begin('read only', readSchemaWithin) as Promise<Catalogue>
}
