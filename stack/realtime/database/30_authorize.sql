-- Decides for Realtime what a caller may do.

-- Whether tokens may name this role: whether the API may switch to it.
create function _realtime.is_api_role(role_name text) returns boolean
language sql stable
set search_path = ''
as $$
  select exists (
    select from pg_catalog.pg_roles as r
    where r.rolname = is_api_role.role_name and r.rolname <> 'authenticator'
      and pg_has_role('authenticator', r.oid, 'member')
  )
$$;

-- What the policies of realtime.messages let a caller do in a topic: tries each operation and rolls it back. Returns
-- {"broadcast": true, "presence": false}, for the requested extensions.
create function _realtime.authorize(topic text, claims jsonb, headers jsonb, extensions text[], is_writing boolean)
returns jsonb
language plpgsql
set search_path = ''
as $$
declare
  role_name text := authorize.claims ->> 'role';
  probes uuid[];
  allowed text[] := '{}';
  extension text;
begin
  if not _realtime.is_api_role(role_name) then
    raise exception 'role "%" does not exist', role_name using errcode = 'undefined_object';
  end if;
  begin
    if not authorize.is_writing then
      probes := array(select gen_random_uuid() from unnest(authorize.extensions));
      insert into realtime.messages as m (id, topic, extension)
      select p.id, authorize.topic, p.extension from unnest(probes, authorize.extensions) as p (id, extension);
    end if;
    perform set_config('role', role_name, true), set_config('realtime.topic', authorize.topic, true),
      set_config('request.jwt.claims', authorize.claims::text, true),
      set_config('request.jwt.claim.sub', coalesce(authorize.claims ->> 'sub', ''), true),
      set_config('request.jwt.claim.role', role_name, true),
      set_config('request.headers', authorize.headers::text, true);
    if authorize.is_writing then
      foreach extension in array authorize.extensions loop
        begin
          insert into realtime.messages as m (topic, extension) values (authorize.topic, extension);
          allowed := allowed || extension;
        exception
          when insufficient_privilege then
            null;
        end;
      end loop;
    else
      allowed := array(select m.extension from realtime.messages as m where m.id = any (probes));
    end if;
    raise exception 'roll back' using errcode = 'RT000';
  exception
    when sqlstate 'RT000' then
      null;
  end;
  return (select jsonb_object_agg(e.extension, e.extension = any (allowed)) from unnest(authorize.extensions) as e (extension));
end
$$;

-- Enters a subscription to changes, as hosted does, for each published table that it matches; `*` stands for all. Returns
-- the tables, and for each filter the type of its column and the value to compare with.
create function _realtime.subscribe(
  subscription uuid, claims jsonb, event text, schema_name text, table_name text,
  columns text[], operators text[], literals text[], negations boolean[], selected text[]
)
returns table (relation oid, types text[], compared jsonb)
language plpgsql
set search_path = '' set timezone = 'UTC'
as $$
begin
  if not _realtime.is_api_role(subscribe.claims ->> 'role') then
    raise exception 'role "%" does not exist', subscribe.claims ->> 'role' using errcode = 'undefined_object';
  end if;
  return query
    with entered as (
      insert into realtime.subscription as s (subscription_id, entity, filters, claims, action_filter, selected_columns)
      select subscribe.subscription, c.oid,
        array(
          select row(f.column_name, f.operator::realtime.equality_op, f.literal, f.negate)::realtime.user_defined_filter
          from unnest(subscribe.columns, subscribe.operators, subscribe.literals, subscribe.negations)
            as f (column_name, operator, literal, negate)
        ),
        subscribe.claims, subscribe.event, subscribe.selected
      from pg_catalog.pg_publication_tables as p
      join pg_catalog.pg_namespace as n on n.nspname = p.schemaname
      join pg_catalog.pg_class as c on c.relnamespace = n.oid and c.relname = p.tablename
      where p.pubname = 'supabase_realtime' and n.nspname not in ('realtime', '_realtime')
        and subscribe.schema_name in ('*', p.schemaname) and subscribe.table_name in ('*', p.tablename)
      on conflict (subscription_id, entity, filters, action_filter, coalesce(selected_columns, '{}'))
        do update set claims = excluded.claims, created_at = now()
      returning s.entity::oid as relation
    )
    select e.relation,
      array(
        select t.typname::text
        from unnest(subscribe.columns) with ordinality as f (column_name, n)
        join pg_catalog.pg_attribute as a on a.attrelid = e.relation and a.attname = f.column_name
        join pg_catalog.pg_type as t on t.oid = a.atttypid
        order by f.n
      ),
      (
        select coalesce(jsonb_agg(
          case
            when f.operator = 'in' then realtime.cast(f.literal, (format_type(a.atttypid, null) || '[]')::regtype)
            when f.operator in ('is', 'like', 'ilike', 'match', 'imatch') then to_jsonb(f.literal)
            else realtime.cast(f.literal, a.atttypid::regtype)
          end
          order by f.n
        ), '[]')
        from unnest(subscribe.columns, subscribe.operators, subscribe.literals)
          with ordinality as f (column_name, operator, literal, n)
        join pg_catalog.pg_attribute as a on a.attrelid = e.relation and a.attname = f.column_name
      )
    from entered as e;
end
$$;

revoke execute on all functions in schema _realtime from public;
