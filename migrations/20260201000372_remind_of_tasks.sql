-- Reminders: when reminder_at of a task has come, its owner is told once.

alter table dashboard.tasks add column reminded_at timestamptz;
comment on column dashboard.tasks.reminded_at is
  'When the owner was reminded; null until then, and again once reminder_at changes. Written by the database.';

-- Nobody waits any more for what passed before there were reminders.
update dashboard.tasks set reminded_at = reminder_at where reminder_at < now();

create index tasks_reminder_at_idx on dashboard.tasks (reminder_at)
  where reminded_at is null and status not in ('completed', 'cancelled') and not archived;
comment on index dashboard.tasks_reminder_at_idx is 'Reminders still to come, of all users, soonest first.';

create function private.rearm_reminder() returns trigger
language plpgsql set search_path = ''
as $$
begin
  new.reminded_at := null;
  return new;
end
$$;
comment on function private.rearm_reminder() is 'Before reminder_at changes: the task reminds again.';
revoke execute on function private.rearm_reminder() from public, anon, authenticated, service_role;

create trigger tasks_rearm_reminder_on_update before update of reminder_at on dashboard.tasks
  for each row when (new.reminder_at is distinct from old.reminder_at) execute function private.rearm_reminder();

create function private.send_reminders(at timestamptz default now(), batch integer default 1000) returns integer
language plpgsql set search_path = ''
as $$
declare
  sent integer;
begin
  with due as (
    select t.id from dashboard.tasks as t
    where t.reminded_at is null and t.status not in ('completed', 'cancelled') and not t.archived
      -- what is a month late comes from an import or a long standstill, and is no longer a reminder
      and t.reminder_at <= send_reminders.at and t.reminder_at > send_reminders.at - interval '30 days'
    order by t.reminder_at
    limit send_reminders.batch
    for update of t skip locked
  ), marked as (
    update dashboard.tasks as t set reminded_at = send_reminders.at from due where t.id = due.id
    returning t.id, t.user_id, t.title, t.due_date, t.due_time
  )
  insert into dashboard.notifications (user_id, type, title, message, source_type, source_id, link)
  select m.user_id, 'reminder', m.title,
    'Due ' || to_char(m.due_date, 'YYYY-MM-DD') || coalesce(' at ' || to_char(m.due_time, 'HH24:MI'), ''),
    'task', m.id, '/tasks/' || m.id
  from marked as m;
  get diagnostics sent = row_count;
  return sent;
end
$$;
comment on function private.send_reminders(timestamptz, integer) is
  'One notification for each reminder that has come and was not sent, at most a batch at a time, and returns how many. Run by cron as the owner; safe to overlap: a task is marked in the statement that notifies, and one that somebody is writing waits for the next run.';
revoke execute on function private.send_reminders(timestamptz, integer) from public, anon, authenticated, service_role;

select cron.schedule('send reminders', '* * * * *', 'select private.send_reminders()');
