-- Recurring tasks: a rule is checked when it is written, and completing a task creates the next one of its series, for the
-- same project and job. A reminder that daylight-saving time moved to another local time returns to its time afterwards.

create function private.check_recurrence() returns trigger
language plpgsql security definer set search_path = ''
as $$
declare
  rule_changed boolean := true;
begin
  new.recurrence_rule := private.normal_recurrence(new.recurrence_rule);
  perform private.parse_recurrence(new.recurrence_rule);
  if tg_op = 'UPDATE' then
    rule_changed := new.recurrence_rule is distinct from old.recurrence_rule;
    -- A new due date of the first task moves the start of the series; that of a later task moves only the task.
    if not rule_changed and new.due_date is distinct from old.due_date and old.due_date = old.recurrence_start then
      rule_changed := true;
    end if;
  end if;

  if new.recurrence_rule is null then
    new.recurrence_start := null;
  elsif tg_op = 'INSERT' then
    new.recurrence_start := coalesce(new.recurrence_start, new.due_date, private.today_of(new.user_id));
  elsif rule_changed then
    new.recurrence_start := coalesce(new.due_date, private.today_of(new.user_id));
  end if;
  return new;
end
$$;
comment on function private.check_recurrence() is
  'Before a rule or due date is written: normalizes the rule, raises 22023 for an invalid one, and sets recurrence_start. Definer: callers have no right on its helpers.';
revoke execute on function private.check_recurrence() from public, anon, authenticated, service_role;

create trigger tasks_check_recurrence_on_insert before insert on dashboard.tasks
  for each row when (new.recurrence_rule is not null) execute function private.check_recurrence();
create trigger tasks_check_recurrence_on_update before update of recurrence_rule, due_date on dashboard.tasks
  for each row when (new.recurrence_rule is not null or old.recurrence_rule is not null)
  execute function private.check_recurrence();

create function private.copy_subtasks_and_tags(owner_id uuid, source_id bigint, copy_id bigint, shift integer, zone text)
returns void
language plpgsql set search_path = ''
as $$
begin
  with recursive family (id, level) as (
    select source_id, 0
    union all
    select t.id, f.level + 1 from family as f
    join dashboard.tasks as t on t.user_id = owner_id and t.parent_id = f.id
    where not t.archived
  ), renamed as materialized (
    select f.id, f.level,
      case f.level when 0 then copy_id else nextval(pg_get_serial_sequence('dashboard.tasks', 'id')) end as new_id
    from family as f
  ), copied as (
    insert into dashboard.tasks (id, user_id, list_id, parent_id, project_id, job_id, title, description, notes, priority,
      due_date, due_time, start_date, reminder_at, is_important, energy_level, time_estimate, context, sort_order)
    select r.new_id, t.user_id, t.list_id, p.new_id, t.project_id,
      case when private.can_read_job(t.user_id, t.job_id) then t.job_id end, t.title, t.description, t.notes, t.priority,
      t.due_date + shift, t.due_time, t.start_date + shift,
      ((t.reminder_at at time zone zone) + make_interval(days => shift)) at time zone zone,
      t.is_important, t.energy_level, t.time_estimate, t.context, t.sort_order
    from renamed as r
    join dashboard.tasks as t on t.user_id = owner_id and t.id = r.id
    join renamed as p on p.id = t.parent_id
    where r.level > 0
    order by r.level
  )
  insert into dashboard.task_tags (user_id, task_id, tag_id)
  select l.user_id, r.new_id, l.tag_id
  from renamed as r
  join dashboard.task_tags as l on l.user_id = owner_id and l.task_id = r.id;
end
$$;
comment on function private.copy_subtasks_and_tags(uuid, bigint, bigint, integer, text) is
  'Copies the tags of a task, and its subtasks as open ones with their tags, to the next task of the series. Dates move by shift days. Called by private.repeat_task() only.';

create function private.repeat_task() returns trigger
language plpgsql security definer set search_path = ''
as $$
declare
  today     date := private.today_of(new.user_id);
  zone      text := coalesce((select p.time_zone from public.profiles as p where p.id = new.user_id), 'UTC');
  next_due  date;
  remind_at timestamp := new.reminder_at at time zone zone;
  -- The date of this occurrence; the other dates keep their distance to it.
  planned   date := coalesce(new.due_date, remind_at::date, new.start_date, today);
  shift     integer;
  next_id   bigint;
begin
  next_due := private.next_occurrence(new.recurrence_rule, new.recurrence_start, coalesce(new.due_date, today));
  if next_due is null then
    return null;
  end if;
  shift := next_due - planned;
  -- If the local time of the reminder did not exist on its day, the previous task of the series still has it.
  remind_at := coalesce((
    select l.moment
    from dashboard.tasks as t
    cross join lateral (select remind_at::date + (t.reminder_at at time zone zone)::time) as l (moment)
    where t.user_id = new.user_id and t.recurrence_index = new.recurrence_index - 1
      and (t.id = new.recurrence_parent_id or t.recurrence_parent_id = new.recurrence_parent_id)
      and l.moment at time zone zone = new.reminder_at
    limit 1
  ), remind_at);

  insert into dashboard.tasks as t (user_id, list_id, parent_id, project_id, job_id, title, description, notes,
    priority, due_date, due_time, start_date, reminder_at, is_important, energy_level, time_estimate, context,
    recurrence_rule, recurrence_start, recurrence_parent_id, recurrence_index)
  values (new.user_id, new.list_id, new.parent_id, new.project_id,
    case when private.can_read_job(new.user_id, new.job_id) then new.job_id end, -- unless the owner has left the workspace
    new.title, new.description, new.notes, new.priority, next_due, new.due_time, new.start_date + shift,
    (remind_at + make_interval(days => shift)) at time zone zone,
    new.is_important, new.energy_level, new.time_estimate, new.context,
    new.recurrence_rule, new.recurrence_start, coalesce(new.recurrence_parent_id, new.id), new.recurrence_index + 1)
  on conflict on constraint tasks_recurrence_parent_id_recurrence_index_key do nothing
  returning t.id into next_id;
  if next_id is null then
    return null; -- The task was completed before and reopened: the next one exists.
  end if;

  perform private.copy_subtasks_and_tags(new.user_id, new.id, next_id, shift, zone);
  return null;
end
$$;
comment on function private.repeat_task() is
  'After a recurring task is completed: creates the next task of the series, once. The reminder keeps its local time of day. Definer: callers cannot write the columns of the series.';
revoke execute on function private.repeat_task(), private.copy_subtasks_and_tags(uuid, bigint, bigint, integer, text)
  from public, anon, authenticated, service_role;

create trigger tasks_repeat_on_completion after update of status on dashboard.tasks
  for each row when (new.status = 'completed' and old.status <> 'completed' and new.recurrence_rule is not null)
  execute function private.repeat_task();
