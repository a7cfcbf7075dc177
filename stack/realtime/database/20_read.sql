-- Reads changes for Realtime, and decides which subscribers may see them.

-- The columns of the table's replica identity, which identify a deleted or updated row.
create function _realtime.identity_columns(relation oid) returns text[]
language sql stable
set search_path = ''
as $$
  select coalesce(array_agg(a.attname::text order by a.attnum), '{}')
  from pg_catalog.pg_class as c
  join pg_catalog.pg_attribute as a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
  left join pg_catalog.pg_index as i on i.indrelid = c.oid
    and case c.relreplident when 'd' then i.indisprimary when 'i' then i.indisreplident else false end
  where c.oid = identity_columns.relation and (c.relreplident = 'f' or a.attnum = any (i.indkey))
$$;

create function _realtime.key_columns(relation oid) returns text[]
language sql stable
set search_path = ''
as $$
  select coalesce(array_agg(a.attname::text order by a.attnum), '{}')
  from pg_catalog.pg_index as i
  join pg_catalog.pg_attribute as a on a.attrelid = i.indrelid and a.attnum = any (i.indkey)
  where i.indrelid = key_columns.relation and i.indisprimary
$$;

-- The named columns of a row. As on hosted, only those with short values of a row that is too large.
create function _realtime.pick(row_ jsonb, names text[], short_only boolean) returns jsonb
language sql immutable
set search_path = ''
as $$
  select jsonb_object_agg(e.key, e.value) from jsonb_each(pick.row_) as e
  where (pick.names is null or e.key = any (pick.names)) and (not pick.short_only or octet_length(e.value::text) <= 64)
$$;

-- Deletes delivered changes. Here and below, each change is looked up by its key: the planner has no statistics of the
-- table, which may hold a few rows or a hundred thousand.
create function _realtime.forget(xids text[], ids bigint[]) returns void
language sql
set search_path = ''
as $$
  delete from _realtime.changes as c
  where c.ctid = any (array(
    select k.ctid
    from unnest(forget.xids::xid8[], forget.ids) as g (xid, id)
    cross join lateral (select k.ctid from _realtime.changes as k where k.xid = g.xid and k.id = g.id offset 0) as k
  ))
$$;

-- The next changes of the given transactions, which are in the order of their commits; of the first one, those after the
-- change `after`. Old rows are reduced to the replica identity. `is_all` means that nothing is left of the transactions.
-- Deletes the changes that were delivered before.
create function _realtime.read(
  xids text[], after bigint, max_rows integer, max_bytes bigint, max_record_bytes integer, done_xids text[], done_ids bigint[]
)
returns table (
  xid text, id bigint, relation oid, operation text, new_row text, old_row text, is_too_large boolean, is_all boolean
)
language plpgsql
set search_path = ''
as $$
#variable_conflict use_column
begin
  perform _realtime.forget(read.done_xids, read.done_ids);
  return query
  with next as materialized (
    select x.n, c.xid, c.id, c.relation, c.operation, c.new_row, c.old_row
    from unnest(read.xids) with ordinality as x (xid, n)
    cross join lateral (
      select k.* from _realtime.changes as k
      where k.xid = x.xid::xid8 and k.id > case when x.n = 1 then read.after else -1 end
      order by k.xid, k.id
      limit read.max_rows
    ) as c
    order by x.n, c.id
    limit read.max_rows
  ),
  relations as materialized (
    select r.relation, _realtime.identity_columns(r.relation) as identity, r.relation = 'realtime.messages'::regclass as is_messages
    from (select distinct n.relation from next as n) as r
  ),
  rows as materialized (
    select n.*, r.is_messages, _realtime.pick(n.old_row, r.identity, false) as identity,
      octet_length(coalesce(n.new_row::text, '')) as bytes
    from next as n join relations as r on r.relation = n.relation
  ),
  measured as (
    select r.*, sum(r.bytes) over (order by r.n, r.id rows unbounded preceding) - r.bytes as bytes_before,
      not r.is_messages and r.bytes + octet_length(coalesce(r.identity::text, '')) > read.max_record_bytes as is_too_large
    from rows as r
  )
  select m.xid::text, m.id, m.relation, m.operation,
    case when m.is_too_large then _realtime.pick(m.new_row, null, true) else m.new_row end::text,
    case when m.is_too_large then _realtime.pick(m.identity, null, true) else m.identity end::text,
    m.is_too_large,
    (select count(*) from next) < read.max_rows and not exists (select from measured as l where l.bytes_before >= read.max_bytes)
  from measured as m
  where m.bytes_before < read.max_bytes
  order by m.n, m.id;
end
$$;

-- The condition of a filter, for a query in which the columns of the table can be named.
create function _realtime.condition(relation oid, filter jsonb) returns text
language sql stable
set search_path = ''
as $$
  select format(
    case when (condition.filter -> 'negated')::boolean and condition.filter ->> 'operator' in ('is', 'isdistinct')
      then o.negated
      when (condition.filter -> 'negated')::boolean then 'not (' || o.template || ')'
      else o.template
    end,
    a.attname, condition.filter ->> 'value', format_type(a.atttypid, a.atttypmod), format_type(a.atttypid, null)
  )
  from pg_catalog.pg_attribute as a
  join (values
    ('eq', '%1$I = %2$L::%4$s', null),
    ('neq', '%1$I <> %2$L::%4$s', null),
    ('lt', '%1$I < %2$L::%4$s', null),
    ('lte', '%1$I <= %2$L::%4$s', null),
    ('gt', '%1$I > %2$L::%4$s', null),
    ('gte', '%1$I >= %2$L::%4$s', null),
    ('in', '%1$I = any (%2$L::%4$s[])', null),
    ('like', '%1$I like %2$L::%4$s', null),
    ('ilike', '%1$I ilike %2$L::%4$s', null),
    ('match', '%1$I ~ %2$L::%4$s', null),
    ('imatch', '%1$I ~* %2$L::%4$s', null),
    ('is', '%1$I is %2$s', '%1$I is not %2$s'),
    ('isdistinct', '%1$I is distinct from %2$L::%4$s', '%1$I is not distinct from %2$L::%4$s')
  ) as o (operator, template, negated) on o.operator = condition.filter ->> 'operator'
  where a.attrelid = condition.relation and a.attname = condition.filter ->> 'column'
    and (o.operator <> 'is' or condition.filter ->> 'value' in ('null', 'true', 'false', 'unknown'))
$$;

-- The rows that the policies of a table let a role select, as a condition. Null if the role may see all rows.
create function _realtime.select_policy(relation oid, role_name text) returns text
language sql stable
set search_path = ''
as $$
  with asked as (
    select c.oid as relation, r.oid as role,
      c.relrowsecurity and not (r.rolsuper or r.rolbypassrls)
        and (c.relforcerowsecurity or not pg_has_role(r.oid, c.relowner, 'usage')) as is_limited
    from pg_catalog.pg_class as c cross join pg_catalog.pg_roles as r
    where c.oid = select_policy.relation and r.rolname = select_policy.role_name
  ),
  applying as (
    select p.polpermissive as is_permissive, '(' || coalesce(pg_get_expr(p.polqual, p.polrelid), 'true') || ')' as condition
    from asked as a
    join pg_catalog.pg_policy as p on p.polrelid = a.relation and p.polcmd in ('r', '*')
    where exists (
      select from unnest(p.polroles) as r (role)
      where case when r.role = 0 then true else pg_has_role(a.role, r.role, 'usage') end
    )
  )
  select case when a.is_limited then (
    select coalesce('(' || string_agg(p.condition, ' or ') filter (where p.is_permissive) || ')', 'false')
      || coalesce(' and ' || string_agg(p.condition, ' and ') filter (where not p.is_permissive), '')
    from applying as p
  ) end
  from asked as a
$$;

create function _realtime.forget_statements() returns void
language plpgsql
set search_path = ''
as $$
declare
  item record;
begin
  for item in
    select s.name from pg_catalog.pg_prepared_statements as s where s.name in ('_realtime_now', '_realtime_then')
  loop
    execute format('deallocate %I', item.name);
  end loop;
end
$$;

-- Describes a table: its names, its key, whether policies limit it, and its columns. Null if it no longer exists.
create function _realtime.describe(relation oid) returns jsonb
language sql stable
set search_path = ''
as $$
  select jsonb_build_object(
    'schema', n.nspname, 'table', c.relname, 'key', to_jsonb(_realtime.key_columns(c.oid)), 'is_limited', c.relrowsecurity,
    'columns', (
      select jsonb_agg(jsonb_build_object('name', a.attname, 'type', t.typname) order by a.attnum)
      from pg_catalog.pg_attribute as a join pg_catalog.pg_type as t on t.oid = a.atttypid
      where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
    )
  )
  from pg_catalog.pg_class as c join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
  where c.oid = describe.relation
$$;

-- The wanted ones of the given changes, each with its row.
create function _realtime.given(xids text[], ids bigint[], wanted bigint[])
returns table (id bigint, operation text, row_ jsonb)
language sql stable
set search_path = ''
as $$
  select c.id, c.operation, case when c.operation = 'DELETE' then c.old_row else c.new_row end
  from unnest(given.xids::xid8[], given.ids) as g (xid, id)
  cross join lateral (select k.* from _realtime.changes as k where k.xid = g.xid and k.id = g.id offset 0) as c
  where g.id = any (given.wanted)
$$;

-- The ids of the tested changes whose rows match a filter. Evaluated with Realtime's rights: a filter compares values and
-- reveals nothing that is not delivered afterwards. None if the comparison raises an error.
create function _realtime.passing(relation oid, filter jsonb, tested bigint[], xids text[], ids bigint[]) returns jsonb
language plpgsql
set search_path = ''
as $$
declare
  passed jsonb;
begin
  execute format(
    $query$
      select jsonb_agg("~c"."~id")
      from (select g.id as "~id", g.row_ as "~row" from _realtime.given($1, $2, $3) as g) as "~c"
      cross join lateral jsonb_populate_record(null::%1$s, "~c"."~row") as %2$I
      where %3$s
    $query$,
    passing.relation::regclass, (select c.relname from pg_catalog.pg_class as c where c.oid = passing.relation),
    coalesce(_realtime.condition(passing.relation, passing.filter), 'false')
  ) into passed using passing.xids, passing.ids, passing.tested;
  return coalesce(passed, '[]');
exception
  when others then
    raise warning 'realtime: a filter on % failed: %', passing.relation::regclass, sqlerrm;
    return '[]';
end
$$;

-- The rows of the wanted changes: {"there": [{"~id": change id, key columns}], "gone": [{"~id": change id, "~row": {…}}]}.
-- Existing rows are identified by their keys. Rows that were deleted, by this change or later, have the change's values.
create function _realtime.find_rows(relation oid, key text[], wanted bigint[], xids text[], ids bigint[]) returns jsonb
language plpgsql
set search_path = ''
as $$
declare
  found jsonb;
begin
  execute format(
    $query$
      select jsonb_build_object(
        'there', coalesce(jsonb_agg(k."~key") filter (where k."~there"), '[]'),
        'gone', coalesce(jsonb_agg(k."~gone") filter (where not k."~there"), '[]')
      )
      from (
        select "~c"."~operation" <> 'DELETE' and exists (select from %1$s as t where %2$s) as "~there",
          jsonb_build_object('~id', "~c"."~id") || _realtime.pick("~c"."~row", $4, false) as "~key",
          jsonb_build_object('~id', "~c"."~id", '~row', "~c"."~row") as "~gone"
        from (
          select g.id as "~id", g.operation as "~operation", g.row_ as "~row" from _realtime.given($1, $2, $3) as g
        ) as "~c" cross join lateral jsonb_populate_record(null::%1$s, "~c"."~row") as r
      ) as k
    $query$,
    find_rows.relation::regclass,
    (select string_agg(format('t.%1$I = r.%1$I', k.name), ' and ') from unnest(find_rows.key) as k (name))
  ) into found using find_rows.xids, find_rows.ids, find_rows.wanted, find_rows.key;
  return found;
end
$$;

-- Prepares the two statements that _realtime.visible_ids executes for each reader of a role:
--   _realtime_now (rows, ids)    which of the rows that exist the reader may select
--   _realtime_then (rows, ids)   which of the rows that do not exist the policies would let the reader select
-- False if the role lacks a right that the statements need: then its readers see nothing.
create function _realtime.prepare_reading(relation oid, key text[], role_name text, policy text) returns boolean
language plpgsql
set search_path = ''
as $$
declare
  key_types text := (
    select string_agg(format('%I %s', a.attname, format_type(a.atttypid, a.atttypmod)), ', ')
    from pg_catalog.pg_attribute as a
    where a.attrelid = prepare_reading.relation and a.attname = any (prepare_reading.key)
  );
  same_key text := (
    select string_agg(format('t.%1$I = k.%1$I', k.name), ' and ') from unnest(prepare_reading.key) as k (name)
  );
begin
  perform _realtime.forget_statements();
  -- Prepared with Realtime's rights, because a policy may name objects that the reader may not; executed as the reader.
  execute format(
    $query$
      prepare _realtime_then (jsonb, bigint[]) as
      select coalesce(jsonb_agg("~c"."~v" -> '~id'), '[]')
      from jsonb_array_elements($1) as "~c" ("~v")
      cross join lateral jsonb_populate_record(null::%1$s, "~c"."~v" -> '~row') as %2$I
      where ("~c"."~v" ->> '~id')::bigint = any ($2) and (%3$s)
    $query$,
    prepare_reading.relation::regclass,
    (select c.relname from pg_catalog.pg_class as c where c.oid = prepare_reading.relation), prepare_reading.policy
  );
  perform set_config('role', prepare_reading.role_name, true);
  execute format(
    $query$
      prepare _realtime_now (jsonb, bigint[]) as
      select coalesce(jsonb_agg(k."~id"), '[]') from jsonb_to_recordset($1) as k ("~id" bigint, %1$s)
      where k."~id" = any ($2) and exists (select from %2$s as t where %3$s)
    $query$,
    key_types, prepare_reading.relation::regclass, same_key
  );
  perform set_config('role', 'none', true);
  return true;
exception
  when insufficient_privilege then
    return false;
end
$$;

-- The change ids of a reader, {"claims": {…}, "ids": […]}, whose rows the reader may see. No function of schema _realtime
-- can be called while the role is the reader's.
create function _realtime.visible_ids(relation oid, role_name text, reader jsonb, rows jsonb) returns jsonb
language plpgsql
set search_path = ''
as $$
declare
  claims jsonb := visible_ids.reader -> 'claims';
  reader_ids bigint[] := array(
    select i.id::bigint from jsonb_array_elements_text(visible_ids.reader -> 'ids') as i (id)
  );
  batches jsonb := jsonb_build_array(visible_ids.rows);
  number integer := 0;
  found jsonb;
  passed jsonb := '[]';
begin
  perform set_config('role', visible_ids.role_name, true),
    set_config('request.jwt.claims', claims::text, true),
    set_config('request.jwt.claim.sub', coalesce(claims ->> 'sub', ''), true),
    set_config('request.jwt.claim.role', visible_ids.role_name, true);
  while number < jsonb_array_length(batches) loop
    begin
      if batches -> number -> 'there' <> '[]' then
        execute format('execute _realtime_now(%L, %L)', batches -> number -> 'there', reader_ids) into found;
        passed := passed || found;
      end if;
      if batches -> number -> 'gone' <> '[]' then
        execute format('execute _realtime_then(%L, %L)', batches -> number -> 'gone', reader_ids) into found;
        passed := passed || found;
      end if;
    exception
      when others then
        -- A policy raised an error for a row, as it would in a query for that row. So the ids are checked one by one.
        raise warning 'realtime: a policy of % failed: %', visible_ids.relation::regclass, sqlerrm;
        if number = 0 then
          passed := '[]';
          batches := batches || (
            select jsonb_agg(jsonb_build_object(
              'there', jsonb_path_query_array(visible_ids.rows, '$.there[*] ? (@."~id" == $id)', o.id),
              'gone', jsonb_path_query_array(visible_ids.rows, '$.gone[*] ? (@."~id" == $id)', o.id)
            ))
            from (select jsonb_build_object('id', i.id) from unnest(reader_ids) as i (id)) as o (id)
          );
        end if;
    end;
    number := number + 1;
  end loop;
  perform set_config('role', 'none', true), set_config('request.jwt.claims', '', true),
    set_config('request.jwt.claim.sub', '', true), set_config('request.jwt.claim.role', '', true);
  return passed;
end
$$;

-- The part of a table that a role, {"role": name, "readers": [{"claims": {…}, "ids": [change ids]}]}, may see:
-- {"columns": [selectable], "visible": [[ids] for each reader]}. A role sees nothing of a table of which it may not select
-- the key, and of a table without a key only if no policy limits it: then it cannot be asked which rows it may see.
create function _realtime.judge_role(relation oid, key text[], role jsonb, rows jsonb) returns jsonb
language plpgsql
set search_path = ''
as $$
declare
  role_name text := judge_role.role ->> 'role';
  readers jsonb := judge_role.role -> 'readers';
  policy text := _realtime.select_policy(judge_role.relation, role_name);
  columns text[] := array(
    select a.attname::text
    from pg_catalog.pg_attribute as a
    where a.attrelid = judge_role.relation and a.attnum > 0 and not a.attisdropped
      and has_column_privilege(role_name, judge_role.relation, a.attnum, 'select')
      and has_schema_privilege(role_name, (
        select c.relnamespace from pg_catalog.pg_class as c where c.oid = judge_role.relation
      ), 'usage')
    order by a.attnum
  );
  selects boolean := columns <> '{}' and columns @> judge_role.key;
  is_asked boolean := case
    when selects and policy is not null and judge_role.key <> '{}'
      then _realtime.prepare_reading(judge_role.relation, judge_role.key, role_name, policy)
    else false
  end;
  visible jsonb := '[]';
begin
  for number in 0 .. jsonb_array_length(readers) - 1 loop
    visible := visible || jsonb_build_array(
      case
        when is_asked
          then _realtime.visible_ids(judge_role.relation, role_name, readers -> number, judge_role.rows)
        when selects and policy is null then readers -> number -> 'ids'
        else '[]'
      end
    );
  end loop;
  perform _realtime.forget_statements();
  return jsonb_build_object('columns', to_jsonb(columns), 'visible', visible);
end
$$;

-- Answers questions about changes of one table:
--   asked    {"filters": [{column, operator, value, negated}], "tested": [change ids],
--             "roles": [{"role": name, "readers": [{"claims": {…}, "ids": [change ids]}]}]}
--   answer   what the table is, {"filters": [[ids that pass]], "roles": [{"columns": [selectable], "visible": [[ids]]}]}
-- An existing row is visible to readers that may select it now. A row that was deleted, by this change or later, is visible
-- to readers that the policies would let select it if it still existed with the values of the change.
create function _realtime.judge_relation(relation oid, asked jsonb, xids text[], ids bigint[]) returns jsonb
language plpgsql
set search_path = ''
as $$
#variable_conflict use_variable
declare
  answer jsonb := _realtime.describe(relation);
  key text[] := _realtime.key_columns(relation);
  tested bigint[] := array(select t.id::bigint from jsonb_array_elements_text(asked -> 'tested') as t (id));
  wanted bigint[] := array(
    select distinct i.id::bigint from jsonb_path_query(asked, '$.roles[*].readers[*].ids[*]') as i (id)
  );
  rows jsonb;
  filters jsonb := '[]';
  roles jsonb := '[]';
begin
  if answer is null then
    return null;
  end if;
  for number in 0 .. jsonb_array_length(asked -> 'filters') - 1 loop
    filters := filters || jsonb_build_array(
      _realtime.passing(relation, asked -> 'filters' -> number, tested, xids, ids)
    );
  end loop;
  if key <> '{}' then
    rows := _realtime.find_rows(relation, key, wanted, xids, ids);
  end if;
  for number in 0 .. jsonb_array_length(asked -> 'roles') - 1 loop
    roles := roles || jsonb_build_array(_realtime.judge_role(relation, key, asked -> 'roles' -> number, rows));
  end loop;
  return answer || jsonb_build_object('filters', filters, 'roles', roles);
end
$$;

-- Answers the questions about the given changes: {"relation": asked, …}.
create function _realtime.judge(asked jsonb, xids text[], ids bigint[]) returns jsonb
language plpgsql
set search_path = '' set timezone = 'UTC' set bytea_output = 'hex' set intervalstyle = 'postgres' set extra_float_digits = 1
as $$
declare
  relations text[] := array(select jsonb_object_keys(judge.asked));
  relation text;
  answers jsonb := '{}';
begin
  foreach relation in array relations loop
    begin
      answers := answers || jsonb_build_object(relation,
        _realtime.judge_relation(relation::oid, judge.asked -> relation, judge.xids, judge.ids));
    exception
      when others then
        -- An error with one table must not stop the changes of the others.
        raise warning 'realtime: changes of % cannot be delivered: %', relation::regclass, sqlerrm;
    end;
  end loop;
  return answers;
end
$$;

revoke execute on all functions in schema _realtime from public;
