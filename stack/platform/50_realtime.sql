-- Schema realtime: the topic that policies of private channels check, the functions that broadcast from the database, and
-- the subscriptions to changes with their filters. The functions that decode the write-ahead log on hosted (apply_rls,
-- list_changes and their helpers) need logical decoding with wal2json and are left out; the parity fixture lists them.

-- Types ---------------------------------------------------------------------------------------------------------------

do $$
begin
  if to_regtype('realtime.action') is null then
    create type realtime.action as enum ('INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'ERROR');
  end if;
  if to_regtype('realtime.equality_op') is null then
    create type realtime.equality_op as enum
      ('eq', 'neq', 'lt', 'lte', 'gt', 'gte', 'in', 'like', 'ilike', 'is', 'match', 'imatch', 'isdistinct');
  end if;
  if to_regtype('realtime.user_defined_filter') is null then
    create type realtime.user_defined_filter as (column_name text, op realtime.equality_op, value text, negate boolean);
  end if;
  if to_regtype('realtime.wal_column') is null then
    create type realtime.wal_column as
      (name text, type_name text, type_oid oid, value jsonb, is_pkey boolean, is_selectable boolean);
  end if;
  if to_regtype('realtime.wal_rls') is null then
    create type realtime.wal_rls as (wal jsonb, is_rls_enabled boolean, subscription_ids uuid[], errors text[]);
  end if;
end
$$;

-- Broadcast -----------------------------------------------------------------------------------------------------------

create table if not exists realtime.messages (
  topic          text not null,
  extension      text not null,
  payload        jsonb,
  event          text,
  private        boolean default false,
  updated_at     timestamp not null default now(),
  inserted_at    timestamp not null default now(),
  id             uuid not null default gen_random_uuid(),
  binary_payload bytea,
  constraint messages_pkey primary key (id, inserted_at),
  constraint messages_payload_exclusive check (payload is null or binary_payload is null)
) partition by range (inserted_at);
create index if not exists messages_inserted_at_topic_index on realtime.messages (inserted_at desc, topic)
  where extension = 'broadcast' and private is true;

-- Hosted adds a partition each day and drops old ones from outside the database. Here one partition holds everything.
create table if not exists realtime.messages_default partition of realtime.messages default;

create or replace function realtime.topic() returns text
language sql stable
as $$
  select nullif(current_setting('realtime.topic', true), '')
$$;

-- As on hosted, a message that cannot be stored must not fail the caller's transaction: it causes a warning.
create or replace function realtime.send(payload jsonb, event text, topic text, private boolean default true)
returns void
language plpgsql
as $$
declare
  message_id uuid := gen_random_uuid();
begin
  perform set_config('realtime.topic', send.topic, true);
  insert into realtime.messages as m (id, payload, event, topic, private, extension)
  values (
    message_id,
    case when send.payload ? 'id' then send.payload else jsonb_set(send.payload, '{id}', to_jsonb(message_id)) end,
    send.event, send.topic, send.private, 'broadcast'
  );
exception
  when others then
    raise warning 'WarnSendingBroadcastMessage: %', sqlerrm;
end
$$;

create or replace function realtime.send_binary(payload bytea, event text, topic text, private boolean default true)
returns void
language plpgsql
as $$
begin
  perform set_config('realtime.topic', send_binary.topic, true);
  insert into realtime.messages as m (id, binary_payload, event, topic, private, extension)
  values (
    gen_random_uuid(), send_binary.payload, send_binary.event, send_binary.topic, send_binary.private, 'broadcast'
  );
exception
  when others then
    raise warning 'WarnSendingBroadcastMessage: %', sqlerrm;
end
$$;

create or replace function realtime.broadcast_changes(
  topic_name text, event_name text, operation text, table_name text, table_schema text,
  new record, old record, level text default 'ROW'
)
returns void
language plpgsql
as $$
begin
  if level = 'STATEMENT' then
    raise exception 'function can only be triggered for each row, not for each statement';
  end if;
  if operation not in ('INSERT', 'UPDATE', 'DELETE') then
    raise exception 'Unexpected operation type: %', operation;
  end if;
  perform realtime.send(
    jsonb_build_object(
      'old_record', old, 'record', new, 'operation', operation, 'table', table_name, 'schema', table_schema
    ),
    event_name, topic_name
  );
exception
  when others then
    raise exception 'Failed to process the row: %', sqlerrm;
end
$$;

-- Subscriptions to changes --------------------------------------------------------------------------------------------

create or replace function realtime.to_regrole(role_name text) returns regrole
language sql immutable
as $$
  select role_name::regrole
$$;

-- Casts the value of a filter, which arrives as text, to the type of the column.
create or replace function realtime.cast(val text, type_ regtype) returns jsonb
language plpgsql immutable
as $$
declare
  result jsonb;
begin
  if type_ = 'bytea'::regtype then
    return to_jsonb(val);
  end if;
  execute format('select to_jsonb(%L::%s)', val, type_) into result;
  return result;
end
$$;

create or replace function realtime.check_equality_op(
  op realtime.equality_op, type_ regtype, val_1 text, val_2 text, negate boolean
)
returns boolean
language plpgsql stable
as $$
declare
  template text;
  result boolean;
begin
  if op = 'is' and val_2 not in ('null', 'true', 'false', 'unknown') then
    raise exception 'invalid value for is filter: must be null, true, false, or unknown';
  end if;
  template := case op
    when 'eq' then '%1$L::%2$s = %3$L::%2$s'
    when 'neq' then '%1$L::%2$s <> %3$L::%2$s'
    when 'lt' then '%1$L::%2$s < %3$L::%2$s'
    when 'lte' then '%1$L::%2$s <= %3$L::%2$s'
    when 'gt' then '%1$L::%2$s > %3$L::%2$s'
    when 'gte' then '%1$L::%2$s >= %3$L::%2$s'
    when 'in' then '%1$L::%2$s = any (%3$L::%2$s[])'
    when 'like' then '%1$L::%2$s like %3$L::%2$s'
    when 'ilike' then '%1$L::%2$s ilike %3$L::%2$s'
    when 'match' then '%1$L::%2$s ~ %3$L::%2$s'
    when 'imatch' then '%1$L::%2$s ~* %3$L::%2$s'
    when 'is' then '%1$L::%2$s is %3$s'
    when 'isdistinct' then '%1$L::%2$s is distinct from %3$L::%2$s'
  end;
  execute format('select ' || template, val_1, type_, val_2) into result;
  return case when negate then not result else result end;
end
$$;

create or replace function realtime.check_equality_op(
  op realtime.equality_op, type_ regtype, val_1 text, val_2 text
)
returns boolean
language sql immutable
as $$
  select realtime.check_equality_op(op, type_, val_1, val_2, false)
$$;

create or replace function realtime.is_visible_through_filters(
  columns realtime.wal_column[], filters realtime.user_defined_filter[]
)
returns boolean
language sql stable
as $$
  select coalesce(bool_and(
    col.name is not null
    and coalesce(
      realtime.check_equality_op(
        f.op, coalesce(col.type_oid::regtype, col.type_name::regtype), col.value #>> '{}', f.value,
        coalesce(f.negate, false)
      ),
      false
    )
  ), true)
  from unnest(filters) as f
  left join unnest(columns) as col on col.name = f.column_name
$$;

create or replace function realtime.subscription_check_filters() returns trigger
language plpgsql
as $$
declare
  -- Only columns that the subscriber's role may read can be filtered on or selected.
  readable text[] := coalesce(
    (
      select array_agg(a.attname::text)
      from pg_catalog.pg_attribute as a
      where a.attrelid = new.entity and a.attnum > 0 and not a.attisdropped
        and has_column_privilege(new.claims ->> 'role', a.attrelid, a.attnum, 'SELECT')
    ),
    '{}'
  );
  filter realtime.user_defined_filter;
  column_type regtype;
  wanted text;
begin
  foreach filter in array new.filters loop
    if not coalesce(filter.column_name = any (readable), false) then
      raise exception 'invalid column for filter %', filter.column_name;
    end if;
    select a.atttypid::regtype into column_type
    from pg_catalog.pg_attribute as a
    where a.attrelid = new.entity and a.attname = filter.column_name;

    if filter.op = 'in' then
      if coalesce(jsonb_array_length(realtime.cast(filter.value, (column_type::text || '[]')::regtype)), 0) > 100 then
        raise exception 'too many values for `in` filter. Maximum 100';
      end if;
    elsif filter.op = 'is' then
      if coalesce(filter.value not in ('null', 'true', 'false', 'unknown'), true) then
        raise exception 'invalid value for is filter: must be null, true, false, or unknown';
      end if;
      if filter.value <> 'null' and column_type <> 'boolean'::regtype then
        raise exception 'is % filter requires a boolean column, got %', filter.value, column_type;
      end if;
    elsif filter.op in ('like', 'ilike', 'match', 'imatch') then
      if not exists (
        select from pg_catalog.pg_operator
        where oprleft = column_type and oprresult = 'boolean'::regtype
          and oprname = case when filter.op in ('like', 'ilike') then '~~' when filter.op = 'match' then '~' else '~*' end
      ) then
        raise exception 'operator % requires a text-compatible column type, got %', filter.op, column_type;
      end if;
      if filter.op in ('match', 'imatch') then
        begin
          perform '' ~ filter.value;
        exception
          when invalid_regular_expression then
            raise exception 'invalid regular expression for % filter: %', filter.op, sqlerrm;
        end;
      end if;
    else
      perform realtime.cast(filter.value, column_type);
    end if;
  end loop;

  foreach wanted in array coalesce(new.selected_columns, '{}') loop
    if not wanted = any (readable) then
      raise exception 'invalid column for select %', wanted;
    end if;
  end loop;

  -- Sorted, so that the unique index recognizes equal subscriptions.
  new.filters := coalesce(
    (select array_agg(f order by f.column_name, f.op, f.value, f.negate) from unnest(new.filters) as f), '{}'
  );
  new.selected_columns := (select array_agg(c order by c) from unnest(new.selected_columns) as c);
  return new;
end
$$;

create table if not exists realtime.subscription (
  id               bigint generated always as identity,
  subscription_id  uuid not null,
  entity           regclass not null,
  filters          realtime.user_defined_filter[] not null default '{}',
  claims           jsonb not null,
  claims_role      regrole not null generated always as (realtime.to_regrole(claims ->> 'role')) stored,
  created_at       timestamp not null default timezone('utc', now()),
  action_filter    text default '*',
  selected_columns text[],
  constraint pk_subscription primary key (id),
  constraint subscription_action_filter_check check (action_filter in ('*', 'INSERT', 'UPDATE', 'DELETE'))
);
create index if not exists ix_realtime_subscription_entity on realtime.subscription (entity);
create unique index if not exists subscription_subscription_id_entity_filters_action_filter_selec
  on realtime.subscription (subscription_id, entity, filters, action_filter, coalesce(selected_columns, '{}'));
create or replace trigger tr_check_filters before insert or update on realtime.subscription
  for each row execute function realtime.subscription_check_filters();

create table if not exists realtime.schema_migrations (
  version     bigint not null,
  inserted_at timestamp(0) default now(),
  constraint schema_migrations_pkey primary key (version)
);

-- Ownership and rights ------------------------------------------------------------------------------------------------

alter table realtime.messages enable row level security;
alter table realtime.messages owner to supabase_realtime_admin;
alter table realtime.messages_default owner to supabase_realtime_admin;
alter table realtime.subscription owner to supabase_realtime_admin;
alter table realtime.schema_migrations owner to supabase_admin;
do $$
declare
  item record;
begin
  for item in
    select t.oid::regtype as name from pg_catalog.pg_type as t
    where t.typnamespace = 'realtime'::regnamespace and t.oid in (
      to_regtype('realtime.action'), to_regtype('realtime.equality_op'), to_regtype('realtime.user_defined_filter'),
      to_regtype('realtime.wal_column'), to_regtype('realtime.wal_rls')
    )
  loop
    execute format('alter type %s owner to supabase_realtime_admin', item.name);
  end loop;
  for item in
    select p.oid::regprocedure as name from pg_catalog.pg_proc as p where p.pronamespace = 'realtime'::regnamespace
  loop
    execute format('alter function %s owner to supabase_realtime_admin', item.name);
    execute format('grant execute on function %s to postgres, dashboard_user', item.name);
  end loop;
end
$$;
grant all on realtime.messages, realtime.subscription to postgres, dashboard_user;
grant select, insert, update on realtime.messages to anon, authenticated, service_role;
grant select on realtime.subscription to anon, authenticated, service_role;
grant all on sequence realtime.subscription_id_seq to postgres, dashboard_user;
grant usage on sequence realtime.subscription_id_seq to anon, authenticated, service_role;
-- The partition is accessed through its table, whose rights and policies apply.
revoke all on realtime.messages_default from postgres, dashboard_user;
revoke all on realtime.schema_migrations from postgres, dashboard_user, anon, authenticated, service_role;
