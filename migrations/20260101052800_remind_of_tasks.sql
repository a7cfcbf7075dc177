-- Reminders: when reminder_at of a task has come, its owner is told once. What is still to come waits in a queue of its
-- own, so that a run costs what is due, and reminding changes no task.

create table private.task_reminders (
  task_id   bigint      not null,
  remind_at timestamptz not null,
  constraint task_reminders_pkey primary key (task_id),
  constraint task_reminders_task_id_fkey foreign key (task_id) references dashboard.tasks (id) on delete cascade
);
comment on table private.task_reminders is 'Reminders still to come: reminder_at of tasks that did not remind yet. A row goes when its time has come.';
revoke all on table private.task_reminders from public, anon, authenticated, service_role;

create index task_reminders_remind_at_idx on private.task_reminders (remind_at);
comment on index private.task_reminders_remind_at_idx is 'What is due, of all users, longest due first.';

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
  'After reminder_at of a task changes: the task reminds at the new time, also if it reminded before. Definer: nobody writes the queue by hand.';
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
    -- what is a month late comes from an import or a long standstill, and is no longer a reminder
    and c.remind_at > send_reminders.at - interval '30 days'
  order by c.remind_at, t.id;
  get diagnostics sent = row_count;
  return sent;
end
$$;
comment on function private.send_reminders(timestamptz, integer) is
  'One notification for each reminder that has come, unless its task is finished or put away; at most a batch at a time. Returns how many were sent. Run by cron as the owner; safe to overlap: the statement that notifies also takes the reminder from the queue.';
revoke execute on function private.send_reminders(timestamptz, integer) from public, anon, authenticated, service_role;

select cron.schedule('send reminders', '* * * * *', 'select private.send_reminders()');
