/** Reads from a database's catalogue what Plinth's own schemas consist of, word for word, so that two can be compared. */
import type postgres from 'postgres'

/** Section, then item, then what is to be known of it: `functions` → `auth.uid()` → `uuid`. */
export type Catalogue = Record<string, Record<string, string>>

const schemas = ['public', 'dashboard', 'business', 'studio', 'private']

const columnOrder = 'order of columns'
const cascadeOrder = 'order of cascades'

/** The sections whose differences only tell in which order tables, and keys that refer to them, were made. */
export const orders: ReadonlySet<string> = new Set([columnOrder, cascadeOrder])

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
        concat_ws(' ', c.relkind, c.relpersistence, pg_get_userbyid(c.relowner), case when c.relrowsecurity then 'rls' end,
          case when c.relforcerowsecurity then 'forced' end, c.reloptions::text, c.relacl::text, c.relreplident,
          (select i.indexrelid::regclass::text from pg_index as i where i.indrelid = c.oid and i.indisreplident),
          pg_get_partkeydef(c.oid), pg_get_expr(c.relpartbound, c.oid), case when c.relkind in ('v', 'm') then pg_get_viewdef(c.oid) end,
          obj_description(c.oid, 'pg_class')) as is
      from pg_class as c join pg_namespace as n on n.oid = c.relnamespace
      where n.nspname = any (${schemas}) and c.relkind in ('r', 'p', 'v', 'm', 'S')
        and not exists (select from pg_depend as d where d.objid = c.oid and d.deptype = 'e')`,
  // Options whose names begin with pg_ are the server's own, and differ from one database to the next.
  columns: (sql) =>
    sql`
      select c.oid::regclass::text || '.' || a.attname as item,
        concat_ws(' ', format_type(a.atttypid, a.atttypmod), case when a.attnotnull then 'not null' end, a.attidentity,
          a.attgenerated, pg_get_expr(e.adbin, e.adrelid), a.attacl::text, a.attstorage, a.attcompression,
          nullif(a.attstattarget, -1), 
          (select string_agg(o.o, ', ' order by o.o) from unnest(a.attoptions) as o (o) where o.o !~ '^pg_'), col_description(c.oid, a.attnum)) as is
      from pg_attribute as a
      join pg_class as c on c.oid = a.attrelid
      join pg_namespace as n on n.oid = c.relnamespace
      left join pg_attrdef as e on e.adrelid = c.oid and e.adnum = a.attnum
      where n.nspname = any (${schemas}) and c.relkind in ('r', 'p', 'v', 'm', 'c') and a.attnum > 0 and not a.attisdropped`,
  [columnOrder]: (sql) =>
    sql`
      select c.oid::regclass::text as item, string_agg(a.attname, ', ' order by a.attnum) as is
      from pg_attribute as a
      join pg_class as c on c.oid = a.attrelid
      join pg_namespace as n on n.oid = c.relnamespace
      where n.nspname = any (${schemas}) and c.relkind in ('r', 'p', 'v', 'm', 'c') and a.attnum > 0 and not a.attisdropped
      group by c.oid`,
  sequences: (sql) =>
    sql`
      select s.seqrelid::regclass::text as item,
        concat_ws(' ', s.seqtypid::regtype, s.seqstart, s.seqincrement, s.seqmin, s.seqmax, s.seqcache, s.seqcycle,
          (select d.refobjid::regclass::text || '.' || a.attname
            from pg_depend as d join pg_attribute as a on a.attrelid = d.refobjid and a.attnum = d.refobjsubid
            where d.objid = s.seqrelid and d.classid = 'pg_class'::regclass and d.deptype in ('a', 'i'))) as is
      from pg_sequence as s
      join pg_class as c on c.oid = s.seqrelid
      join pg_namespace as n on n.oid = c.relnamespace
      where n.nspname = any (${schemas})`,
  // A constraint that was never validated says so here.
  constraints: (sql) =>
    sql`
      select k.conrelid::regclass::text || '.' || k.conname as item,
        concat_ws(' ', pg_get_constraintdef(k.oid), obj_description(k.oid, 'pg_constraint')) as is
      from pg_constraint as k join pg_namespace as n on n.oid = k.connamespace
      where n.nspname = any (${schemas}) and k.conrelid <> 0 and k.contype <> 'n'`,
  // What refers to a row is changed with it in this order: the triggers that do it fire by their names, which are numbers.
  [cascadeOrder]: (sql) =>
    sql`
      select k.confrelid::regclass::text as item,
        string_agg(k.conrelid::regclass::text || '.' || k.conname, ', ' order by t.tgname collate "C") as is
      from pg_trigger as t
      join pg_constraint as k on k.oid = t.tgconstraint
      join pg_namespace as n on n.oid = k.connamespace
      where n.nspname = any (${schemas}) and t.tgrelid = k.confrelid and (t.tgtype & 8) <> 0 and k.confdeltype <> 'a'
        and t.tgparentid = 0
      group by k.confrelid`,
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
          pg_get_expr(p.polwithcheck, p.polrelid), obj_description(p.oid, 'pg_policy')) as is
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
          case when t.typtype = 'd' then format_type(t.typbasetype, t.typtypmod) end, t.typdefault,
          (select string_agg(pg_get_constraintdef(k.oid), ', ' order by k.conname) from pg_constraint as k where k.contypid = t.oid),
          t.typacl::text, obj_description(t.oid, 'pg_type')) as is
      from pg_type as t
      join pg_namespace as n on n.oid = t.typnamespace
      left join pg_class as c on c.oid = t.typrelid
      where n.nspname = any (${schemas}) and (t.typtype in ('e', 'd', 'r') or c.relkind = 'c')`,
  statistics: (sql) =>
    sql`
      select n.nspname || '.' || s.stxname as item,
        concat_ws(' ', pg_get_statisticsobjdef(s.oid), obj_description(s.oid, 'pg_statistic_ext')) as is
      from pg_statistic_ext as s join pg_namespace as n on n.oid = s.stxnamespace
      where n.nspname = any (${schemas})`,
  publications: (sql) =>
    sql`
      select p.pubname || ': ' || r.prrelid::regclass as item,
        concat_ws(' ', r.prattrs::text, pg_get_expr(r.prqual, r.prrelid)) as is
      from pg_publication as p join pg_publication_rel as r on r.prpubid = p.oid`,
  event_triggers: (sql) =>
    sql`
      select e.evtname as item,
        concat_ws(' ', e.evtevent, pg_get_userbyid(e.evtowner), e.evtfoid::regprocedure, e.evtenabled, e.evttags::text,
          obj_description(e.oid, 'pg_event_trigger')) as is
      from pg_event_trigger as e
      join pg_proc as p on p.oid = e.evtfoid
      join pg_namespace as n on n.oid = p.pronamespace
      -- those of the local Realtime service come when it starts
      where n.nspname <> '_realtime'`,
  cron_jobs: (sql) =>
    sql`
      select coalesce(j.jobname, j.command) as item,
        concat_ws(' ', j.schedule, j.username, case when not j.active then 'inactive' end, j.command) as is
      from cron.job as j`,
  buckets: (sql) =>
    sql`select b.id as item, (to_jsonb(b) - array['created_at', 'updated_at'])::text as is from storage.buckets as b`,
  // of roles, where a migration may set them; the platform's own are the same in both
  settings: (sql) =>
    sql`
      select coalesce(r.rolname, 'all roles') as item, s.setconfig::text as is
      from pg_db_role_setting as s left join pg_roles as r on r.oid = s.setrole
      where s.setdatabase in (0, (select d.oid from pg_database as d where d.datname = current_database()))`,
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
  // With an empty search_path every name is printed with its schema.
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

/**
 * The rows that migrations insert, each with how often it is there. What differs with every push is masked: ids and
 * times that the database makes up, and keys that refer to such ids.
 */
export async function readInsertedRows(sql: postgres.Sql): Promise<Record<string, string>> {
  const tables = await sql<{ name: string; masked: string[] }[]>`
    with columns as (
      select a.attrelid, a.attnum, a.attname::text as name,
        a.attidentity <> ''
          or coalesce(pg_get_expr(e.adbin, e.adrelid) ~ 'gen_random_uuid|now\\(|_timestamp|nextval', false) as made_up
      from pg_attribute as a left join pg_attrdef as e on e.adrelid = a.attrelid and e.adnum = a.attnum
      where a.attnum > 0 and not a.attisdropped
    )
    select c.oid::regclass::text as name, array(
      select l.name from columns as l
      where l.attrelid = c.oid and (l.made_up or exists (
        select from pg_constraint as k, unnest(k.conkey, k.confkey) as u (here, there)
        join columns as r on true
        where k.conrelid = c.oid and k.contype = 'f' and u.here = l.attnum
          and r.attrelid = k.confrelid and r.attnum = u.there and r.made_up
      ))
    ) as masked
    from pg_class as c join pg_namespace as n on n.oid = c.relnamespace
    where c.relkind = 'r' and n.nspname = any (${schemas})`
  const rows: Record<string, string> = {}
  for (const { name, masked } of tables) {
    const found = await sql.unsafe<{ item: string; is: string }[]>(
      `select (to_jsonb(t) - $1::text[])::text as item, count(*)::text as is from ${name} as t group by 1`,
      [masked],
    )
    for (const { item, is } of found) rows[`${name}: ${item}`] = is
  }
  return rows
}
