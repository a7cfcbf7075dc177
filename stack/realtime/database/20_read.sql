-- How the Realtime service reads changes and asks who may see them.

-- The columns that a deleted or updated row is known by: the table's replica identity.
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

-- The named columns of a row; of one that is too large, only those with short values, as hosted does.
create function _realtime.pick(row_ jsonb, names text[], short_only boolean) returns jsonb
language sql immutable
set search_path = ''
as $$
  select jsonb_object_agg(e.key, e.value) from jsonb_each(pick.row_) as e
  where (pick.names is null or e.key = any (pick.names)) and (not pick.short_only or octet_length(e.value::text) <= 64)
$$;

-- Changes that were handed on need not be kept. Here and below, each is looked up by its key, whatever the planner
-- thinks of a table that has no statistics: it may hold a few rows, or a hundred thousand.
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

-- The next changes of transactions, given in the order of their commits. Old rows are reduced to the replica identity;
-- `is_all` says that nothing is left of these transactions. Of the first one, what comes after a change is asked for.
-- What was handed on before is forgotten.
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

-- The condition of one filter on a column of the table, for a query in which the columns can be named.
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

-- What the policies of a table let a role select, as a condition, or null where nothing keeps it from seeing every row.
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

-- Answers about changes of one table:
--   asked    {"filters": [{column, operator, value, negated}], "tested": [change ids],
--             "roles": [{"role": name, "readers": [{"claims": {…}, "ids": [change ids]}]}]}
--   answer   what the table is, {"filters": [[ids that pass]], "roles": [{"columns": [selectable], "visible": [[ids]]}]}
-- A row that is there is visible to whoever may select it now. One that is gone, by this change or since, is visible to
-- whoever the policies would let select it if it were still there as the change wrote it.
create function _realtime.judge_relation(relation oid, asked jsonb, xids text[], ids bigint[]) returns jsonb
language plpgsql
set search_path = ''
as $$
#variable_conflict use_variable
declare
  table_name text;
  key text[] := _realtime.key_columns(relation);
  answer jsonb;
  passing jsonb := '[]';
  roles jsonb := '[]';
  passed jsonb;
  there jsonb;
  gone jsonb;
  role jsonb;
  reader jsonb;
  policy text;
  columns jsonb;
  visible jsonb;
  reader_ids bigint[];
  found jsonb;
  attempts jsonb;
  attempt integer;
  only_one jsonb;
  wanted bigint[];
begin
  select relation::regclass::text, jsonb_build_object(
    'schema', n.nspname, 'table', c.relname, 'key', to_jsonb(key), 'is_limited', c.relrowsecurity,
    'columns', (
      select jsonb_agg(jsonb_build_object('name', a.attname, 'type', t.typname) order by a.attnum)
      from pg_catalog.pg_attribute as a join pg_catalog.pg_type as t on t.oid = a.atttypid
      where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
    )
  )
  into table_name, answer
  from pg_catalog.pg_class as c join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
  where c.oid = relation;
  if table_name is null then
    return null;
  end if;

  -- Filters, as the service: they compare values and reveal nothing that is not delivered afterwards.
  for i in 0 .. jsonb_array_length(asked -> 'filters') - 1 loop
    begin
      execute format(
        $query$
          select jsonb_agg("~c"."~id") from (
            select c.id as "~id", case when c.operation = 'DELETE' then c.old_row else c.new_row end as "~row"
            from unnest($1::xid8[], $2) as g (xid, id)
            cross join lateral (select k.* from _realtime.changes as k where k.xid = g.xid and k.id = g.id offset 0) as c
            where g.id in (select jsonb_array_elements_text($3)::bigint)
          ) as "~c" cross join lateral jsonb_populate_record(null::%1$s, "~c"."~row") as %2$I
          where %3$s
        $query$,
        table_name, answer ->> 'table', coalesce(_realtime.condition(relation, asked -> 'filters' -> i), 'false')
      ) into passed using xids, ids, asked -> 'tested';
    exception
      when others then
        raise warning 'realtime: a filter on % failed: %', table_name, sqlerrm;
        passed := null;
    end;
    passing := passing || jsonb_build_array(coalesce(passed, '[]'));
  end loop;

  -- Which rows are there, by their keys.
  wanted := array(
    select distinct i.id::bigint
    from jsonb_path_query(asked, '$.roles[*].readers[*].ids[*]') as i (id)
  );
  if key <> '{}' then
    execute format(
      $query$
        select coalesce(jsonb_agg(k."~key") filter (where k."~there"), '[]'),
          coalesce(jsonb_agg(k."~gone") filter (where not k."~there"), '[]')
        from (
          select "~c"."~operation" <> 'DELETE' and exists (select from %1$s as t where %2$s) as "~there",
            jsonb_build_object('~id', "~c"."~id") || _realtime.pick("~c"."~row", $4, false) as "~key",
            jsonb_build_object('~id', "~c"."~id", '~row', "~c"."~row") as "~gone"
          from (
            select c.id as "~id", c.operation as "~operation", coalesce(c.new_row, c.old_row) as "~row"
            from unnest($1::xid8[], $2) as g (xid, id)
            cross join lateral (select k.* from _realtime.changes as k where k.xid = g.xid and k.id = g.id offset 0) as c
            where g.id = any ($3)
          ) as "~c" cross join lateral jsonb_populate_record(null::%1$s, "~c"."~row") as r
        ) as k
      $query$,
      table_name, (select string_agg(format('t.%1$I = r.%1$I', k), ' and ') from unnest(key) as k)
    ) into there, gone using xids, ids, wanted, key;
  end if;

  for i in 0 .. jsonb_array_length(asked -> 'roles') - 1 loop
    role := asked -> 'roles' -> i;
    policy := _realtime.select_policy(relation, role ->> 'role');
    columns := (
      select coalesce(jsonb_agg(a.attname order by a.attnum), '[]')
      from pg_catalog.pg_attribute as a
      where a.attrelid = relation and a.attnum > 0 and not a.attisdropped
        and has_column_privilege(role ->> 'role', relation, a.attnum, 'select')
    );
    visible := '[]';
    if policy is null or key = '{}' or not columns ?& key then
      for j in 0 .. jsonb_array_length(role -> 'readers') - 1 loop
        visible := visible || jsonb_build_array(
          case when policy is null and columns ?& key then role -> 'readers' -> j -> 'ids' else '[]' end
        );
      end loop;
    else
      perform _realtime.forget_statements();
      -- Prepared as the service, who may name everything a policy names; run as the reader.
      execute format(
        $query$
          prepare _realtime_then (jsonb, bigint[]) as
          select coalesce(jsonb_agg("~c"."~v" -> '~id'), '[]')
          from jsonb_array_elements($1) as "~c" ("~v")
          cross join lateral jsonb_populate_record(null::%1$s, "~c"."~v" -> '~row') as %2$I
          where ("~c"."~v" ->> '~id')::bigint = any ($2) and (%3$s)
        $query$,
        table_name, answer ->> 'table', policy
      );
      perform set_config('role', role ->> 'role', true);
      begin
        execute format(
          $query$
            prepare _realtime_now (jsonb, bigint[]) as
            select coalesce(jsonb_agg(k."~id"), '[]') from jsonb_to_recordset($1) as k ("~id" bigint, %1$s)
            where k."~id" = any ($2) and exists (select from %2$s as t where %3$s)
          $query$,
          (
            select string_agg(format('%I %s', a.attname, format_type(a.atttypid, a.atttypmod)), ', ')
            from pg_catalog.pg_attribute as a where a.attrelid = relation and a.attname = any (key)
          ),
          table_name, (select string_agg(format('t.%1$I = k.%1$I', k), ' and ') from unnest(key) as k)
        );
        for j in 0 .. jsonb_array_length(role -> 'readers') - 1 loop
          reader := role -> 'readers' -> j;
          perform set_config('request.jwt.claims', (reader -> 'claims')::text, true),
            set_config('request.jwt.claim.sub', coalesce(reader -> 'claims' ->> 'sub', ''), true),
            set_config('request.jwt.claim.role', role ->> 'role', true);
          reader_ids := array(select i.id::bigint from jsonb_array_elements_text(reader -> 'ids') as i (id));
          passed := '[]';
          attempts := jsonb_build_array(jsonb_build_array(there, gone));
          attempt := 0;
          while attempt < jsonb_array_length(attempts) loop
            begin
              if attempts -> attempt -> 0 <> '[]' then
                execute format('execute _realtime_now(%L, %L)', attempts -> attempt -> 0, reader_ids) into found;
                passed := passed || found;
              end if;
              if attempts -> attempt -> 1 <> '[]' then
                execute format('execute _realtime_then(%L, %L)', attempts -> attempt -> 1, reader_ids) into found;
                passed := passed || found;
              end if;
            exception
              when others then
                -- A policy fails for some row: whoever asked for that one would get an error. The others count.
                raise warning 'realtime: a policy of % failed: %', table_name, sqlerrm;
                if attempt = 0 then
                  passed := '[]';
                  for k in 0 .. jsonb_array_length(reader -> 'ids') - 1 loop
                    only_one := jsonb_build_object('id', reader -> 'ids' -> k);
                    attempts := attempts || jsonb_build_array(jsonb_build_array(
                      jsonb_path_query_array(there, '$[*] ? (@."~id" == $id)', only_one),
                      jsonb_path_query_array(gone, '$[*] ? (@."~id" == $id)', only_one)
                    ));
                  end loop;
                end if;
            end;
            attempt := attempt + 1;
          end loop;
          visible := visible || jsonb_build_array(passed);
        end loop;
      exception
        when insufficient_privilege then
          -- The role may not even name the table: nobody with it sees anything.
          visible := (select jsonb_agg('[]'::jsonb) from jsonb_array_elements(role -> 'readers'));
      end;
      perform set_config('role', 'none', true), set_config('request.jwt.claims', '', true),
        set_config('request.jwt.claim.sub', '', true), set_config('request.jwt.claim.role', '', true);
      perform _realtime.forget_statements();
    end if;
    roles := roles || jsonb_build_array(jsonb_build_object('columns', columns, 'visible', visible));
  end loop;
  return answer || jsonb_build_object('filters', passing, 'roles', roles);
end
$$;

-- Answers what is asked about the given changes: {"relation": asked, …}.
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
        -- One table that cannot be judged must not keep the changes of the others.
        raise warning 'realtime: changes of % cannot be delivered: %', relation::regclass, sqlerrm;
    end;
  end loop;
  return answers;
end
$$;

revoke execute on all functions in schema _realtime from public;
