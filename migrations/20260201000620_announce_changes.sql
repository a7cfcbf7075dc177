-- Tells the topics of what changed, where many watch one thing: which rows, how, and which of their columns. Values stay
-- in the tables, where whoever is told reads them under their own rights. One message a statement and topic.

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
  'After a statement on a table whose id is id. Each argument is a topic and the column that names it, as job:job_id. Sends, to each, {schema, table, operation, ids (the first 100), count, columns (of an update)} under the name of the operation. Definer: writers may not speak in a topic for the database.';
revoke execute on function private.announce_changes() from public, anon, authenticated, service_role;

-- What concerns a job, for who has it open; jobs as such also for who has the list of them open.
create trigger jobs_announce_on_insert after insert on business.jobs referencing new table as new_rows
  for each statement execute function private.announce_changes('job:id', 'workspace:workspace_id');
create trigger jobs_announce_on_update after update on business.jobs
  referencing old table as old_rows new table as new_rows
  for each statement execute function private.announce_changes('job:id', 'workspace:workspace_id');
create trigger jobs_announce_on_delete after delete on business.jobs referencing old table as old_rows
  for each statement execute function private.announce_changes('job:id', 'workspace:workspace_id');

create trigger job_contacts_announce_on_insert after insert on business.job_contacts referencing new table as new_rows
  for each statement execute function private.announce_changes('job:job_id');
create trigger job_contacts_announce_on_update after update on business.job_contacts
  referencing old table as old_rows new table as new_rows
  for each statement execute function private.announce_changes('job:job_id');
create trigger job_contacts_announce_on_delete after delete on business.job_contacts referencing old table as old_rows
  for each statement execute function private.announce_changes('job:job_id');

create trigger notes_announce_on_insert after insert on business.notes referencing new table as new_rows
  for each statement execute function private.announce_changes('job:job_id');
create trigger notes_announce_on_update after update on business.notes
  referencing old table as old_rows new table as new_rows
  for each statement execute function private.announce_changes('job:job_id');
create trigger notes_announce_on_delete after delete on business.notes referencing old table as old_rows
  for each statement execute function private.announce_changes('job:job_id');

create trigger media_announce_on_insert after insert on business.media referencing new table as new_rows
  for each statement execute function private.announce_changes('job:job_id');
create trigger media_announce_on_update after update on business.media
  referencing old table as old_rows new table as new_rows
  for each statement execute function private.announce_changes('job:job_id');
create trigger media_announce_on_delete after delete on business.media referencing old table as old_rows
  for each statement execute function private.announce_changes('job:job_id');

create trigger estimates_announce_on_insert after insert on business.estimates referencing new table as new_rows
  for each statement execute function private.announce_changes('job:job_id');
create trigger estimates_announce_on_update after update on business.estimates
  referencing old table as old_rows new table as new_rows
  for each statement execute function private.announce_changes('job:job_id');
create trigger estimates_announce_on_delete after delete on business.estimates referencing old table as old_rows
  for each statement execute function private.announce_changes('job:job_id');

create trigger payments_announce_on_insert after insert on business.payments referencing new table as new_rows
  for each statement execute function private.announce_changes('job:job_id');
create trigger payments_announce_on_update after update on business.payments
  referencing old table as old_rows new table as new_rows
  for each statement execute function private.announce_changes('job:job_id');
create trigger payments_announce_on_delete after delete on business.payments referencing old table as old_rows
  for each statement execute function private.announce_changes('job:job_id');

create trigger labor_entries_announce_on_insert after insert on business.labor_entries referencing new table as new_rows
  for each statement execute function private.announce_changes('job:job_id');
create trigger labor_entries_announce_on_update after update on business.labor_entries
  referencing old table as old_rows new table as new_rows
  for each statement execute function private.announce_changes('job:job_id');
create trigger labor_entries_announce_on_delete after delete on business.labor_entries referencing old table as old_rows
  for each statement execute function private.announce_changes('job:job_id');

create trigger receipts_announce_on_insert after insert on business.receipts referencing new table as new_rows
  for each statement execute function private.announce_changes('job:job_id');
create trigger receipts_announce_on_update after update on business.receipts
  referencing old table as old_rows new table as new_rows
  for each statement execute function private.announce_changes('job:job_id');
create trigger receipts_announce_on_delete after delete on business.receipts referencing old table as old_rows
  for each statement execute function private.announce_changes('job:job_id');

create trigger work_orders_announce_on_insert after insert on business.work_orders referencing new table as new_rows
  for each statement execute function private.announce_changes('job:job_id');
create trigger work_orders_announce_on_update after update on business.work_orders
  referencing old table as old_rows new table as new_rows
  for each statement execute function private.announce_changes('job:job_id');
create trigger work_orders_announce_on_delete after delete on business.work_orders referencing old table as old_rows
  for each statement execute function private.announce_changes('job:job_id');
