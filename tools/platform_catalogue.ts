/** Reads from a database's catalogue what the platform's own schemas consist of, in a form that can be compared. */
import type postgres from 'postgres'
import type { Catalogue } from './schema_catalogue.ts'

/** Schemas whose contents are compared; of the others only the owner is. */
const schemas = ['auth', 'storage', 'realtime', 'cron', 'net', 'vault']
const grantees = ['anon', 'authenticated', 'service_role', 'postgres', 'dashboard_user']

/** One query a section; each answers `item` and `is`. */
const sections: Record<
  string,
  (sql: postgres.TransactionSql) => postgres.PendingQuery<{ item: string; is: string }[]>
> = {
  roles: (sql) =>
    sql`
      select r.rolname as item, concat_ws(' ',
        case when r.rolcanlogin then 'login' end, case when not r.rolinherit then 'noinherit' end,
        case when r.rolsuper then 'superuser' end, case when r.rolcreatedb then 'createdb' end,
        case when r.rolcreaterole then 'createrole' end, case when r.rolreplication then 'replication' end,
        case when r.rolbypassrls then 'bypassrls' end) as is
      from pg_roles as r where r.rolname !~ '^pg_'`,
  memberships: (sql) =>
    sql`
      select m.rolname || ' of ' || r.rolname as item, case when bool_or(a.admin_option) then 'admin' else '' end as is
      from pg_auth_members as a
      join pg_roles as r on r.oid = a.roleid
      join pg_roles as m on m.oid = a.member
      where m.rolname !~ '^pg_'
      group by m.rolname, r.rolname`,
  schemas: (sql) =>
    sql`
      select n.nspname as item, pg_get_userbyid(n.nspowner) as is
      from pg_namespace as n
      where n.nspname in ('auth', 'storage', 'realtime', 'cron', 'net', 'extensions', 'vault', 'graphql', 'graphql_public',
        'pgbouncer', 'supabase_subscription_mgmt')`,
  extensions: (sql) =>
    sql`
      select e.extname as item, n.nspname as is
      from pg_extension as e join pg_namespace as n on n.oid = e.extnamespace
      where e.extname in ('pgcrypto', 'uuid-ossp', 'pg_stat_statements', 'supabase_vault')`,
  enums: (sql) =>
    sql`
      select n.nspname || '.' || t.typname as item, string_agg(e.enumlabel, ', ' order by e.enumsortorder) as is
      from pg_type as t
      join pg_namespace as n on n.oid = t.typnamespace
      join pg_enum as e on e.enumtypid = t.oid
      where n.nspname = any (${schemas})
      group by n.nspname, t.typname`,
  functions: (sql) =>
    sql`
      select n.nspname || '.' || p.proname || '(' || pg_get_function_arguments(p.oid) || ')' as item,
        pg_get_function_result(p.oid) as is
      from pg_proc as p join pg_namespace as n on n.oid = p.pronamespace
      where n.nspname = any (${schemas})`,
  // Tables and composite types alike; a partition is the table it belongs to.
  columns: (sql) =>
    sql`
      select n.nspname || '.' || c.relname || '.' || a.attname as item,
        format_type(a.atttypid, a.atttypmod) || case when a.attnotnull then ' not null' else '' end
          || case when a.attgenerated <> '' then ' generated' when a.attidentity <> '' then ' identity' else '' end as is
      from pg_class as c
      join pg_namespace as n on n.oid = c.relnamespace
      join pg_attribute as a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
      where n.nspname = any (${schemas}) and c.relkind in ('r', 'p', 'c', 'v') and not c.relispartition`,
  constraints: (sql) =>
    sql`
      select n.nspname || '.' || c.relname || '.' || k.conname as item,
        case k.contype when 'c' then 'check' else pg_get_constraintdef(k.oid) end as is
      from pg_constraint as k
      join pg_class as c on c.oid = k.conrelid
      join pg_namespace as n on n.oid = c.relnamespace
      where n.nspname = any (${schemas}) and k.contype in ('p', 'u', 'f', 'c') and not c.relispartition`,
  triggers: (sql) =>
    sql`
      select n.nspname || '.' || c.relname || '.' || t.tgname as item, t.tgfoid::regproc::text as is
      from pg_trigger as t
      join pg_class as c on c.oid = t.tgrelid
      join pg_namespace as n on n.oid = c.relnamespace
      join pg_proc as p on p.oid = t.tgfoid
      where n.nspname = any (${schemas}) and p.pronamespace = n.oid and not t.tgisinternal and not c.relispartition`,
  tables: (sql) =>
    sql`
      select n.nspname || '.' || c.relname as item,
        pg_get_userbyid(c.relowner) || case when c.relrowsecurity then ', row level security' else '' end as is
      from pg_class as c join pg_namespace as n on n.oid = c.relnamespace
      where n.nspname = any (${schemas}) and c.relkind in ('r', 'p', 'v')`,
  // MAINTAIN came with Postgres 17 and is left out.
  grants: (sql) =>
    sql`
      select n.nspname || '.' || c.relname || ' to ' || r.rolname as item,
        string_agg(lower(g.privilege_type) || case when g.is_grantable then '*' else '' end, ', '
          order by g.privilege_type) as is
      from pg_class as c
      join pg_namespace as n on n.oid = c.relnamespace
      cross join lateral aclexplode(c.relacl) as g
      join pg_roles as r on r.oid = g.grantee
      where n.nspname = any (${schemas}) and c.relkind in ('r', 'p', 'v') and g.privilege_type <> 'MAINTAIN'
        and r.rolname = any (${grantees}) and r.oid <> c.relowner
      group by n.nspname, c.relname, r.rolname`,
  publications: (sql) =>
    sql`select p.pubname as item, pg_get_userbyid(p.pubowner) as is from pg_publication as p`,
}

export function readCatalogue(sql: postgres.Sql): Promise<Catalogue> {
  return sql.begin('read only', async (transaction) => {
    // Names are qualified then, in every session.
    await transaction`set local search_path = ''`
    const catalogue: Catalogue = {}
    for (const [section, query] of Object.entries(sections)) {
      const rows = (await query(transaction)).map((row): [string, string] => [row.item, row.is])
      catalogue[section] = Object.fromEntries(rows.sort(([a], [b]) => a < b ? -1 : 1))
    }
    return catalogue
  }) as Promise<Catalogue>
}

/** What differs, as `section/item` and how: `missing`, `extra`, or `is X, not Y`. */
export function compare(hosted: Catalogue, local: Catalogue): Map<string, string> {
  const differences = new Map<string, string>()
  for (const section of new Set([...Object.keys(hosted), ...Object.keys(local)])) {
    const expected = hosted[section] ?? {}
    const found = local[section] ?? {}
    for (const item of new Set([...Object.keys(expected), ...Object.keys(found)])) {
      const want = expected[item]
      const have = found[item]
      if (want === have) continue
      differences.set(
        `${section}/${item}`,
        have === undefined ? 'missing' : want === undefined ? 'extra' : `is "${have}", not "${want}"`,
      )
    }
  }
  return differences
}
