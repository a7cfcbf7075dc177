-- Reminders: at reminder_at of a task its owner is notified once. Pending reminders are in a separate queue, so that a run
-- reads only what is due and does not write tasks.

create table private.task_reminders (
  task_id   bigint      not null,
  remind_at timestamptz not null,
  constraint task_reminders_pkey primary key (task_id),
  constraint task_reminders_task_id_fkey foreign key (task_id) references dashboard.tasks (id) on delete cascade
);
comment on table private.task_reminders is 'Pending reminders: reminder_at of tasks whose owner has not been notified yet. The row is deleted when it is sent.';
revoke all on table private.task_reminders from public, anon, authenticated, service_role;

create index task_reminders_remind_at_idx on private.task_reminders (remind_at);
comment on index private.task_reminders_remind_at_idx is 'Due reminders of all users, oldest first.';

create function private.arm_reminder() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
  if new.reminder_at is null then
    delete from private.task_reminders as r where r.task_id = new.id;
  else
    insert into private.task_reminders as r (task_id, remind_at) values (new.id, new.reminder_at)
    on conflict on constraint task_reminders_pkey do update set remind_at = excluded.remind_at;
  end if;
  return null;
end
$$;
comment on function private.arm_reminder() is
  'After a change of reminder_at: schedules the reminder, also if one was sent before. Definer: no API role can write the queue.';
revoke execute on function private.arm_reminder() from public, anon, authenticated, service_role;

create trigger tasks_arm_reminder_on_insert after insert on dashboard.tasks
  for each row when (new.reminder_at is not null) execute function private.arm_reminder();
create trigger tasks_arm_reminder_on_update after update of reminder_at on dashboard.tasks
  for each row when (new.reminder_at is distinct from old.reminder_at) execute function private.arm_reminder();

create function private.send_reminders(at timestamptz default now(), batch integer default 1000) returns integer
language plpgsql set search_path = ''
as $$
declare
  sent integer;
begin
  with due as (
    select r.task_id from private.task_reminders as r
    where r.remind_at <= send_reminders.at
    order by r.remind_at
    limit send_reminders.batch
    for update skip locked
  ), come as (
    delete from private.task_reminders as r using due as d where r.task_id = d.task_id
    returning r.task_id, r.remind_at
  )
  insert into dashboard.notifications (user_id, type, title, message, source_type, source_id, link)
  select t.user_id, 'reminder', t.title,
    'Due ' || to_char(t.due_date, 'YYYY-MM-DD') || coalesce(' at ' || to_char(t.due_time, 'HH24:MI'), ''),
    'task', t.id, '/tasks/' || t.id
  from come as c join dashboard.tasks as t on t.id = c.task_id
  where t.status not in ('completed', 'cancelled') and not t.archived
    -- A reminder that is a month late comes from an import or a long outage and is not sent.
    and c.remind_at > send_reminders.at - interval '30 days'
  order by c.remind_at, t.id;
  get diagnostics sent = row_count;
  return sent;
end
$$;
comment on function private.send_reminders(timestamptz, integer) is
  'Sends one notification for each due reminder, unless its task is completed, cancelled or archived; at most batch at a time. Returns the number of notifications. Run by cron as the owner; runs may overlap, because one statement notifies and deletes from the queue.';
revoke execute on function private.send_reminders(timestamptz, integer) from public, anon, authenticated, service_role;

select cron.schedule('send-reminders', '* * * * *', 'select private.send_reminders()');
