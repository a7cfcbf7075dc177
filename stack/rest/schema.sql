-- What REST knows of a database: one JSON document. $1: the exposed schemas.
with
relations as (
  select c.oid, n.nspname as schema, c.relname as name, c.relkind in ('v', 'm') as is_view
  from pg_class as c join pg_namespace as n on n.oid = c.relnamespace
  where c.relkind in ('r', 'p', 'v', 'm', 'f') and n.nspname not in ('pg_catalog', 'information_schema', 'pg_toast')
),
columns as (
  select a.attrelid as relation, json_agg(json_build_object(
    'number', a.attnum,
    'name', a.attname,
    'type', format_type(a.atttypid, a.atttypmod),
    'default', case
      when a.attidentity = 'd' then format('nextval(%L)', s.objid::regclass)
      when a.attgenerated = '' then pg_get_expr(d.adbin, d.adrelid)
    end
  ) order by a.attnum) as list
  from pg_attribute as a
  left join pg_attrdef as d on d.adrelid = a.attrelid and d.adnum = a.attnum
  left join pg_depend as s on s.refobjid = a.attrelid and s.refobjsubid = a.attnum and s.deptype = 'i'
    and s.classid = 'pg_class'::regclass and a.attidentity <> ''
  where a.attnum > 0 and not a.attisdropped and a.attrelid in (select r.oid from relations as r)
  group by a.attrelid
),
names as (
  select k.oid,
    (select json_agg(a.attname order by u.position) from unnest(k.conkey) with ordinality as u (number, position)
      join pg_attribute as a on a.attrelid = k.conrelid and a.attnum = u.number) as columns,
    (select json_agg(a.attname order by u.position) from unnest(k.confkey) with ordinality as u (number, position)
      join pg_attribute as a on a.attrelid = k.confrelid and a.attnum = u.number) as foreign_columns
  from pg_constraint as k
  where k.contype in ('p', 'f')
),
foreign_keys as (
  select json_agg(json_build_object('name', k.conname, 'relation', k.conrelid::bigint, 'foreign', k.confrelid::bigint,
    'columns', n.columns, 'foreignColumns', n.foreign_columns,
    'isUnique', exists (
      select from pg_constraint as u
      where u.conrelid = k.conrelid and u.contype in ('p', 'u') and u.conkey @> k.conkey and u.conkey <@ k.conkey
    )) order by k.conname) as list
  from pg_constraint as k join names as n on n.oid = k.oid
  where k.contype = 'f' and k.conparentid = 0
    and k.conrelid in (select r.oid from relations as r) and k.confrelid in (select r.oid from relations as r)
),
arguments as (
  select p.oid, json_agg(json_build_object('name', coalesce(u.name, ''), 'type', format_type(u.type, null),
    'required', u.position <= p.pronargs - p.pronargdefaults, 'variadic', coalesce(u.mode = 'v', false)) order by u.position) as list,
    count(*) filter (where coalesce(u.name, '') = '') as unnamed,
    count(*) as total,
    (array_agg(u.type::regtype::text order by u.position))[1] as first
  from pg_proc as p cross join unnest(p.proargnames, p.proargtypes, p.proargmodes) with ordinality as u (name, type, mode, position)
  where u.type is not null
  group by p.oid
),
functions as (
  select json_agg(json_build_object('schema', n.nspname, 'name', p.proname, 'arguments', coalesce(a.list, '[]'),
    'volatility', p.provolatile, 'isSet', p.proretset, 'isVoid', p.prorettype = 'void'::regtype,
    'isComposite', t.typtype = 'c' or coalesce(p.proargmodes::text[] && '{t,b,o}', false),
    'resultName', coalesce(r.relname, t.typname)) order by p.oid) as list
  from pg_proc as p
  join pg_namespace as n on n.oid = p.pronamespace
  join pg_type as t on t.oid = p.prorettype
  left join pg_class as r on r.oid = t.typrelid
  left join arguments as a on a.oid = p.oid
  where n.nspname = any ($1::text[]) and p.prokind = 'f' and p.prorettype <> 'trigger'::regtype
    and (coalesce(a.unnamed, 0) = 0 or a.total = 1 and a.first in ('json', 'jsonb', 'text', 'xml', 'bytea'))
),
computed as (
  select json_agg(json_build_object('schema', n.nspname, 'name', p.proname, 'relation', o.oid::bigint, 'foreign', f.oid::bigint,
    'isOne', not p.proretset or p.prorows = 1)) as list
  from pg_proc as p
  join pg_namespace as n on n.oid = p.pronamespace
  join pg_class as o on o.reltype = p.proargtypes[0]
  join pg_class as f on f.reltype = p.prorettype
  where p.pronargs = 1 and n.nspname = any ($1::text[])
)
select json_build_object(
  'relations', (select json_agg(json_build_object('oid', r.oid::bigint, 'schema', r.schema, 'name', r.name, 'isView', r.is_view,
    'columns', coalesce(c.list, '[]'),
    'key', coalesce((select n.columns from pg_constraint as k join names as n on n.oid = k.oid
      where k.conrelid = r.oid and k.contype = 'p'), '[]'),
    'definition', case when r.is_view then (select w.ev_action::text from pg_rewrite as w where w.ev_class = r.oid and w.rulename = '_RETURN') end
  )) from relations as r left join columns as c on c.relation = r.oid),
  'foreignKeys', coalesce((select f.list from foreign_keys as f), '[]'),
  'functions', coalesce((select f.list from functions as f), '[]'),
  'computed', coalesce((select c.list from computed as c), '[]')
)::text as document
