-- Captures all changes of published tables: triggers record each change and announce the transaction. Postgres delivers
-- announcements in the order of the commits, so Realtime reads the transactions in that order. Hosted reads the
-- write-ahead log instead, which the embedded database cannot decode.
--
-- Everything is in a schema that only Realtime may use.

create schema _realtime;
revoke all on schema _realtime from public;
grant usage on schema _realtime to supabase_realtime_admin;

-- Changes of transactions that Realtime has not read yet. Unlogged: after a crash of the server there are no subscribers.
create unlogged table _realtime.changes (
  xid       xid8   not null default pg_current_xact_id(),
  id        bigint not null generated always as identity,
  relation  oid    not null,
  operation text   not null,
  old_row   jsonb,
  new_row   jsonb,
  constraint changes_pkey primary key (xid, id)
);

-- The tables that have subscribers, as a set of bits: one for each table (some tables share one), the highest for
-- messages. It is a sequence because all transactions see its newest value at once, and the condition of a trigger can
-- read it: so a write to a table without subscribers costs next to nothing.
create sequence _realtime.watched minvalue 0;
grant select on sequence _realtime.watched to public;

create function _realtime.bit(relation oid) returns bigint
language sql immutable
set search_path = ''
as $$
  select 1::bigint << (bit.relation::bigint % 62)::integer
$$;

create function _realtime.messages_bit() returns bigint
language sql immutable
set search_path = ''
as $$
  select 1::bigint << 62
$$;

-- Records all rows of a statement when the trigger fires for the first one. By then all rows are written and no other
-- trigger has run (its name sorts first), so changes made by other triggers follow, in the order in which they happened.
-- The settings are those of Realtime's sessions on hosted; those of the writer may differ.
create function _realtime.capture_statement() returns trigger
language plpgsql security definer
set search_path = '' set timezone = 'UTC' set bytea_output = 'hex' set intervalstyle = 'postgres' set extra_float_digits = 1
as $$
#variable_conflict use_variable
begin
  if tg_op = 'INSERT' then
    if not (select new operator(pg_catalog.*=) "~new" from new_rows as "~new" limit 1) then
      return null;
    end if;
    insert into _realtime.changes (relation, operation, new_row)
    select tg_relid, tg_op, to_jsonb("~new") from new_rows as "~new";
  elsif tg_op = 'DELETE' then
    if not (select old operator(pg_catalog.*=) "~old" from old_rows as "~old" limit 1) then
      return null;
    end if;
    insert into _realtime.changes (relation, operation, old_row)
    select tg_relid, tg_op, to_jsonb("~old") from old_rows as "~old";
  else
    if not (select old operator(pg_catalog.*=) "~old" from old_rows as "~old" limit 1) then
      return null;
    end if;
    -- Both lists are in the order in which the statement processed the rows.
    insert into _realtime.changes (relation, operation, old_row, new_row)
    select tg_relid, tg_op, "~olds"."~row", "~news"."~row"
    from (select row_number() over () as "~n", to_jsonb("~old") as "~row" from old_rows as "~old") as "~olds"
    join (select row_number() over () as "~n", to_jsonb("~new") as "~row" from new_rows as "~new") as "~news"
      on "~olds"."~n" = "~news"."~n"
    order by "~olds"."~n";
  end if;
  perform pg_notify('_realtime', pg_current_xact_id()::text);
  return null;
end
$$;

-- Records one row: for tables without a primary key, for partitions, which cannot have the other kind of trigger, and for
-- messages. The argument is the published table.
create function _realtime.capture_row() returns trigger
language plpgsql security definer
set search_path = '' set timezone = 'UTC' set bytea_output = 'hex' set intervalstyle = 'postgres' set extra_float_digits = 1
as $$
begin
  insert into _realtime.changes (relation, operation, old_row, new_row) values (
    tg_argv[0]::oid, tg_op,
    case when tg_op <> 'INSERT' then to_jsonb(old) end,
    case when tg_op <> 'DELETE' then to_jsonb(new) end
  );
  perform pg_notify('_realtime', pg_current_xact_id()::text);
  return null;
end
$$;

-- Owned by a role that is no superuser, because the triggers run functions of the project's own types.
alter table _realtime.changes owner to supabase_realtime_admin;
alter function _realtime.capture_statement() owner to supabase_realtime_admin;
alter function _realtime.capture_row() owner to supabase_realtime_admin;
revoke execute on function _realtime.capture_statement(), _realtime.capture_row() from public;

-- The triggers that the publication requires, and those that exist. Their names sort before those of foreign keys.
create function _realtime.triggers()
returns table (relation oid, name text, definition text, is_wanted boolean, exists_already boolean)
language sql stable
set search_path = ''
as $$
  with published as (
    select c.oid, c.relkind = 'p' or c.relispartition
        or not exists (select from pg_catalog.pg_index as i where i.indrelid = c.oid and i.indisprimary) as by_row,
      p.pubinsert, p.pubupdate, p.pubdelete
    from pg_catalog.pg_publication as p
    cross join lateral pg_catalog.pg_get_publication_tables(p.pubname::text) as t
    join pg_catalog.pg_class as c on c.oid = t.relid
    join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
    where p.pubname = 'supabase_realtime' and n.nspname not in ('realtime', '_realtime')
  ),
  wanted as (
    select p.oid as relation, '0_realtime_' || lower(o.operation) as name,
      format(
        case when p.by_row
          then 'after %1$s on %2$s for each row when (%5$s) execute function _realtime.capture_row(''%4$s'')'
          else 'after %1$s on %2$s referencing %3$s for each row when (%5$s) execute function _realtime.capture_statement()'
        end,
        lower(o.operation), p.oid::regclass, o.lists, p.oid,
        format('pg_catalog.pg_sequence_last_value(%s::oid::regclass) & %s <> 0',
          '_realtime.watched'::regclass::oid, _realtime.bit(p.oid))
      ) as definition,
      case when p.by_row then '_realtime.capture_row()' else '_realtime.capture_statement()' end::regprocedure as function
    from published as p
    cross join lateral (values
      ('INSERT', 'new table as new_rows', p.pubinsert),
      ('UPDATE', 'old table as old_rows new table as new_rows', p.pubupdate),
      ('DELETE', 'old table as old_rows', p.pubdelete)
    ) as o (operation, lists, is_published)
    where o.is_published
    union all
    select 'realtime.messages'::regclass, '0_realtime_insert',
      format(
        'after insert on realtime.messages for each row when (new.extension = ''broadcast'' and new.event is not null
          and pg_catalog.pg_sequence_last_value(%s::oid::regclass) & %s <> 0)
          execute function _realtime.capture_row(''%s'')',
        '_realtime.watched'::regclass::oid, _realtime.messages_bit(), 'realtime.messages'::regclass::oid
      ),
      '_realtime.capture_row()'::regprocedure
  ),
  existing as (
    select g.tgrelid as relation, g.tgname::text as name, g.tgfoid as function
    from pg_catalog.pg_trigger as g
    where g.tgfoid in ('_realtime.capture_row()'::regprocedure, '_realtime.capture_statement()'::regprocedure)
      and g.tgparentid = 0
  )
  select coalesce(w.relation, e.relation), coalesce(w.name, e.name), w.definition, w.relation is not null, e.relation is not null
  from wanted as w
  full join existing as e on e.relation = w.relation and e.name = w.name and e.function = w.function
$$;

create function _realtime.sync_triggers() returns void
language plpgsql
set search_path = '' set client_min_messages = 'warning'
as $$
declare
  item record;
  changed boolean := false;
begin
  for item in select * from _realtime.triggers() as t where t.is_wanted is distinct from t.exists_already loop
    changed := true;
    execute format('drop trigger if exists %I on %s', item.name, item.relation::regclass);
    if item.is_wanted then
      execute format('create trigger %I %s', item.name, item.definition);
      -- It also fires when a session sets session_replication_role, as imports do: hosted captures those changes too.
      execute format('alter table %s enable always trigger %I', item.relation::regclass, item.name);
    end if;
  end loop;
  if changed then
    perform pg_notify('_realtime', 'publication');
  end if;
end
$$;

-- A migration that changes the publication or a published table changes the triggers in the same transaction.
create function _realtime.watch_ddl() returns event_trigger
language plpgsql security definer
set search_path = ''
as $$
begin
  if exists (select from _realtime.triggers() as t where t.is_wanted is distinct from t.exists_already) then
    perform _realtime.sync_triggers();
  end if;
end
$$;

revoke execute on function _realtime.bit(oid), _realtime.messages_bit(), _realtime.triggers(), _realtime.sync_triggers(),
  _realtime.watch_ddl() from public;

create event trigger _realtime_watch_ddl on ddl_command_end
  when tag in ('CREATE PUBLICATION', 'ALTER PUBLICATION', 'CREATE TABLE', 'CREATE TABLE AS', 'ALTER TABLE')
  execute function _realtime.watch_ddl();

-- Sets the watched tables. The result is for _realtime.has_settled, which is true once all transactions have ended that may
-- have written before they saw the new value.
create function _realtime.watch(tables oid[], messages boolean) returns text
language plpgsql
set search_path = ''
as $$
begin
  perform setval('_realtime.watched', coalesce((select bit_or(_realtime.bit(t.relation)) from unnest(watch.tables) as t (relation)), 0)
    | case when watch.messages then _realtime.messages_bit() else 0 end);
  return pg_snapshot_xmax(pg_current_snapshot())::text;
end
$$;

create function _realtime.has_settled(xid text) returns boolean
language sql
set search_path = ''
as $$
  select pg_snapshot_xmin(pg_current_snapshot()) >= has_settled.xid::xid8
$$;

-- Truncates the table of changes, unless one is being written. The embedded database has no autovacuum.
create function _realtime.tidy_up() returns boolean
language plpgsql
set search_path = ''
as $$
begin
  begin
    lock table _realtime.changes in access exclusive mode nowait;
  exception
    when lock_not_available then
      return false;
  end;
  if exists (select from _realtime.changes) then
    return false;
  end if;
  truncate _realtime.changes;
  return true;
end
$$;

revoke execute on function _realtime.watch(oid[], boolean), _realtime.has_settled(text), _realtime.tidy_up() from public;
