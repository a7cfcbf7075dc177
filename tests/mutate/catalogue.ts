/** What there is to mutate, as the catalogue of a database has it. */
import type postgres from 'postgres'

export type Policy = {
  table: string
  name: string
  command: 'select' | 'insert' | 'update' | 'delete' | 'all'
  using: string | null
  check: string | null
  /** Columns of the table that users may update. */
  updatable: string[]
}
export type Trigger = { table: string; name: string; function: string }
export type Constraint = { table: string; name: string }
export type Routine = {
  /** With its schema and the types of its parameters. */
  signature: string
  /** With its schema. */
  name: string
  definition: string
  body: string
  returnsBoolean: boolean
}
/** A right of an API role on a table, one of its columns or a function. */
export type Grant = {
  role: string
  privilege: string
  /** As `grant … on` takes it: `table a.b` or `function a.b(c)`. */
  object: string
  relation: string | null
  routine: string | null
  column: string | null
  granted: boolean
}

export type Catalogue = {
  policies: Policy[]
  grants: Grant[]
  routines: Routine[]
  triggers: Trigger[]
  constraints: Constraint[]
}

/** Tables of the schema, and those of the platform that it adds policies and triggers to. */
const ownTables = `
  select c.oid, format('%I.%I', n.nspname, c.relname) as name, n.nspname as schema
  from pg_class as c join pg_namespace as n on n.oid = c.relnamespace
  where c.relkind in ('r', 'p') and not c.relispartition
    and n.nspname in ('public', 'dashboard', 'business', 'studio', 'private', 'storage', 'realtime', 'auth')`

export async function readCatalogue(sql: postgres.Sql): Promise<Catalogue> {
  // Every name that is printed is then a full one.
  await sql.unsafe(`set search_path = ''`).simple()
  try {
    return {
      policies: await readPolicies(sql),
      grants: [
        ...await readTableGrants(sql),
        ...await readColumnGrants(sql),
        ...await readFunctionGrants(sql),
      ],
      routines: await readRoutines(sql),
      triggers: await readTriggers(sql),
      constraints: await readConstraints(sql),
    }
  } finally {
    await sql.unsafe('set search_path = public, extensions').simple()
  }
}

async function readPolicies(sql: postgres.Sql): Promise<Policy[]> {
  return await sql.unsafe<Policy[]>(`
    select t.name as table, p.polname as name, pg_get_expr(p.polqual, p.polrelid) as using,
      pg_get_expr(p.polwithcheck, p.polrelid) as check,
      case p.polcmd when 'r' then 'select' when 'a' then 'insert' when 'w' then 'update' when 'd' then 'delete' else 'all' end
        as command,
      array(
        select a.attname::text from pg_attribute as a
        where a.attrelid = p.polrelid and a.attnum > 0 and not a.attisdropped
          and has_column_privilege('authenticated', a.attrelid, a.attnum, 'update')
          -- Triggers keep its value.
          and not exists (
            select from pg_catalog.pg_trigger as g
            where g.tgrelid = a.attrelid and a.attnum = any (g.tgattr) and g.tgenabled in ('O', 'A')
              and g.tgfoid::regproc::text in ('private.refuse_owner_change', 'private.refuse_workspace_change', 'private.keep_columns'))
          ) as updatable
    from pg_policy as p join (${ownTables}) as t on t.oid = p.polrelid order by 1, 2`)
}

async function readTriggers(sql: postgres.Sql): Promise<Trigger[]> {
  return await sql.unsafe<Trigger[]>(`
    select t.name as table, g.tgname as name, format('%I.%I', n.nspname, p.proname) as function
    from pg_trigger as g join (${ownTables}) as t on t.oid = g.tgrelid
    join pg_proc as p on p.oid = g.tgfoid join pg_namespace as n on n.oid = p.pronamespace
    where not g.tgisinternal and n.nspname = 'private' order by 1, 2`)
}

async function readConstraints(sql: postgres.Sql): Promise<Constraint[]> {
  return await sql.unsafe<Constraint[]>(`
    select t.name as table, c.conname as name
    from pg_constraint as c join (${ownTables}) as t on t.oid = c.conrelid
    where c.contype in ('c', 'f') and c.conislocal and t.schema not in ('storage', 'realtime', 'auth') order by 1, 2`)
}

async function readRoutines(sql: postgres.Sql): Promise<Routine[]> {
  return await sql.unsafe<Routine[]>(`
    select p.oid::regprocedure::text as signature, format('%I.%I', n.nspname, p.proname) as name,
      pg_get_functiondef(p.oid) as definition, p.prosrc as body, p.prorettype = 'bool'::regtype as "returnsBoolean"
    from pg_proc as p join pg_namespace as n on n.oid = p.pronamespace join pg_language as l on l.oid = p.prolang
    where n.nspname = 'private' and l.lanname in ('plpgsql', 'sql') and p.prosrc <> '' and p.prokind = 'f'
      and not exists (select from pg_depend as d where d.objid = p.oid and d.deptype = 'e')
    order by 1`)
}

/** Rights on whole tables, of exposed and of private ones. */
async function readTableGrants(sql: postgres.Sql): Promise<Grant[]> {
  return await sql.unsafe<Grant[]>(`
    select r.name as role, p.name as privilege, 'table ' || t.name as object, t.name as relation, null as routine,
      null as column, has_table_privilege(r.name, t.oid, p.name) as granted
    from (${ownTables}) as t
    cross join unnest(array['anon', 'authenticated', 'service_role']) as r (name)
    cross join unnest(array['select', 'insert', 'update', 'delete']) as p (name)
    where t.schema not in ('storage', 'realtime', 'auth')
      -- What is granted for some columns is taken column by column.
      and (has_table_privilege(r.name, t.oid, p.name) or not (p.name <> 'delete' and has_any_column_privilege(r.name, t.oid, p.name)))
    order by 3, 1, 2`)
}

async function readColumnGrants(sql: postgres.Sql): Promise<Grant[]> {
  return await sql.unsafe<Grant[]>(`
    select r.name as role, p.name as privilege, 'table ' || t.name as object, t.name as relation, null as routine,
      quote_ident(a.attname) as column, has_column_privilege(r.name, t.oid, a.attnum, p.name) as granted
    from (${ownTables}) as t
    join pg_attribute as a on a.attrelid = t.oid and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
    cross join unnest(array['anon', 'authenticated', 'service_role']) as r (name)
    cross join unnest(array['select', 'insert', 'update']) as p (name)
    where t.schema not in ('storage', 'realtime', 'auth')
      and not has_table_privilege(r.name, t.oid, p.name) and has_any_column_privilege(r.name, t.oid, p.name)
    order by 3, 1, 2, a.attnum`)
}

async function readFunctionGrants(sql: postgres.Sql): Promise<Grant[]> {
  return await sql.unsafe<Grant[]>(`
    select r.name as role, 'execute' as privilege, 'function ' || p.oid::regprocedure::text as object, null as relation,
      format('%I.%I', n.nspname, p.proname) as routine, null as column,
      has_function_privilege(r.name, p.oid, 'execute') as granted
    from pg_proc as p join pg_namespace as n on n.oid = p.pronamespace
    cross join unnest(array['anon', 'authenticated', 'service_role']) as r (name)
    where n.nspname in ('public', 'dashboard', 'business', 'studio', 'private') and p.prokind = 'f'
      and p.prorettype <> 'trigger'::regtype
      -- The secret key may do more than users, so another right of it opens nothing.
      and (r.name <> 'service_role' or has_function_privilege(r.name, p.oid, 'execute'))
      and not exists (select from pg_depend as d where d.objid = p.oid and d.deptype = 'e')
    order by 3, 1`)
}
