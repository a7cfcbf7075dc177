-- The next occurrence of a recurring task belongs to the same project and the same job, and so do its subtasks. A reminder
-- whose local time was left out by a change of the clock returns to that time.

create or replace function private.repeat_task() returns trigger
language plpgsql security definer set search_path = ''
as $$
declare
  today     date := private.today_of(new.user_id);
  zone      text := coalesce((select p.time_zone from public.profiles as p where p.id = new.user_id), 'UTC');
  next_due  date;
  remind_at timestamp := new.reminder_at at time zone zone;
  -- the day this occurrence was planned for; its other dates keep their distance to it
  planned   date := coalesce(new.due_date, remind_at::date, new.start_date, today);
  shift     integer;
  next_id   bigint;
begin
  next_due := private.next_occurrence(new.recurrence_rule, new.recurrence_start, coalesce(new.due_date, today));
  if next_due is null then
    return null;
  end if;
  shift := next_due - planned;
  -- the reminder before this one tells the time that this one had, if the clock left that out on its day
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
    case when private.sees_job(new.user_id, new.job_id) then new.job_id end, -- not of a workspace that the owner has left
    new.title, new.description, new.notes, new.priority, next_due, new.due_time, new.start_date + shift,
    (remind_at + make_interval(days => shift)) at time zone zone,
    new.is_important, new.energy_level, new.time_estimate, new.context,
    new.recurrence_rule, new.recurrence_start, coalesce(new.recurrence_parent_id, new.id), new.recurrence_index + 1)
  on conflict on constraint tasks_recurrence_parent_id_recurrence_index_key do nothing
  returning t.id into next_id;
  if next_id is null then
    return null; -- completed before, reopened, and now completed again
  end if;

  -- what hangs on the task comes along: its tags, and its subtasks, open again, with their tags
  with recursive family (id, level) as (
    select new.id, 0
    union all
    select t.id, f.level + 1 from family as f
    join dashboard.tasks as t on t.user_id = new.user_id and t.parent_id = f.id
    where not t.archived
  ), renamed as materialized (
    select f.id, f.level,
      case f.level when 0 then next_id else nextval(pg_get_serial_sequence('dashboard.tasks', 'id')) end as new_id
    from family as f
  ), copied as (
    insert into dashboard.tasks (id, user_id, list_id, parent_id, project_id, job_id, title, description, notes, priority,
      due_date, due_time, start_date, reminder_at, is_important, energy_level, time_estimate, context, sort_order)
    select r.new_id, t.user_id, t.list_id, p.new_id, t.project_id,
      case when private.sees_job(t.user_id, t.job_id) then t.job_id end, t.title, t.description, t.notes, t.priority,
      t.due_date + shift, t.due_time, t.start_date + shift,
      ((t.reminder_at at time zone zone) + make_interval(days => shift)) at time zone zone,
      t.is_important, t.energy_level, t.time_estimate, t.context, t.sort_order
    from renamed as r
    join dashboard.tasks as t on t.user_id = new.user_id and t.id = r.id
    join renamed as p on p.id = t.parent_id
    where r.level > 0
    order by r.level
  )
  insert into dashboard.task_tags (user_id, task_id, tag_id)
  select l.user_id, r.new_id, l.tag_id
  from renamed as r
  join dashboard.task_tags as l on l.user_id = new.user_id and l.task_id = r.id;
  return null;
end
$$;
