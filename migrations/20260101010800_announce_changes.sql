-- Two ways in which tables publish their changes to browsers. Each table opts in, in its own file.
--
-- Postgres Changes: `alter publication supabase_realtime add table`. For a deleted row, and for the old values of an
-- update, the publication contains the replica identity only, and a subscription's filter on deletes can compare no other
-- columns. So the replica identity is a unique index of the key and the column that clients filter by; without such a
-- column it is the key. Subscribers receive the key of a deleted row, never the other columns of its identity.
--
-- Topics of Broadcast: `call private.announce(table, topics)`, where many clients watch one record. The message names the
-- rows that changed, the operation and the columns. It contains no values: clients read those under their own rights.
-- One message per statement and topic.

create function private.announce_changes() returns trigger
language plpgsql security definer set search_path = ''
as $$
declare
  source constant text := case tg_op
    when 'INSERT' then 'select to_jsonb(n) as line, array[]::text[] as columns from new_rows as n'
    when 'DELETE' then 'select to_jsonb(o) as line, array[]::text[] as columns from old_rows as o'
    else $query$
      select u.line, u.columns
      from (
        select to_jsonb(n) as line, array(
          select e.key from jsonb_each(to_jsonb(n)) as e
          where e.key <> 'updated_at' and e.value is distinct from to_jsonb(o) -> e.key
        ) as columns
        from old_rows as o join new_rows as n on n.id = o.id
      ) as u
      where u.columns <> '{}'
    $query$
  end;
  message record;
begin
  for message in execute format(
    $query$
      select split_part(a.topic, ':', 1) || ':' || (c.line ->> split_part(a.topic, ':', 2)) as topic,
        to_jsonb((array_agg(distinct c.line -> 'id'))[1:100]) as ids, count(distinct c.line -> 'id') as total,
        coalesce(to_jsonb(array_agg(distinct k.name) filter (where k.name is not null)), '[]') as columns
      from (%s) as c cross join unnest($1) as a (topic) left join lateral unnest(c.columns) as k (name) on true
      where c.line ->> split_part(a.topic, ':', 2) is not null
      group by 1
    $query$, source
  ) using tg_argv loop
    perform realtime.send(
      jsonb_build_object('schema', tg_table_schema, 'table', tg_table_name, 'operation', tg_op,
          'ids', message.ids, 'count', message.total)
        || case when tg_op = 'UPDATE' then jsonb_build_object('columns', message.columns) else '{}' end,
      tg_op, message.topic, true
    );
  end loop;
  return null;
end
$$;
comment on function private.announce_changes() is
  'After a statement on a table with the key id. Each argument is a topic and the column with its id, such as job:job_id. Sends {schema, table, operation, ids (the first 100), count, columns (of an update)} to each topic, with the operation as event. Definer: callers have no right to send such messages.';

create procedure private.announce(target regclass, variadic topics text[])
language plpgsql set search_path = ''
as $$
declare
  name      constant text := (select c.relname from pg_catalog.pg_class as c where c.oid = announce.target);
  arguments constant text := (select string_agg(quote_literal(t.topic), ', ') from unnest(announce.topics) as t (topic));
  event     record;
begin
  -- A trigger with transition tables supports a single event.
  for event in
    select e.name, e.transitions from (values
      ('insert', 'new table as new_rows'),
      ('update', 'old table as old_rows new table as new_rows'),
      ('delete', 'old table as old_rows')
    ) as e (name, transitions)
  loop
    execute format('create trigger %I after %s on %s referencing %s for each statement execute function private.announce_changes(%s)',
      name || '_announce_on_' || event.name, event.name, announce.target, event.transitions, arguments);
  end loop;
end
$$;
comment on procedure private.announce(regclass, text[]) is
  'For migrations: creates the triggers <table>_announce_on_insert, _on_update and _on_delete. topics: arguments of private.announce_changes().';
revoke execute on routine private.announce_changes(), private.announce(regclass, text[])
  from public, anon, authenticated, service_role;
