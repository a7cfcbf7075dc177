-- The home screen in one call.

create function private.task_card(task dashboard.tasks) returns jsonb
language sql stable
begin atomic
  select jsonb_build_object('id', (task).id, 'title', (task).title, 'status', (task).status, 'priority', (task).priority,
    'due_date', (task).due_date, 'due_time', (task).due_time, 'is_important', (task).is_important, 'is_my_day', (task).is_my_day,
    'time_estimate', (task).time_estimate, 'list_id', (task).list_id, 'parent_id', (task).parent_id, 'job_id', (task).job_id,
    'project', (select jsonb_build_object('id', p.id, 'name', p.name, 'color', p.color) from dashboard.projects as p
      where p.user_id = (task).user_id and p.id = (task).project_id),
    'completed_at', (task).completed_at);
end;
comment on function private.task_card(dashboard.tasks) is 'The fields of a task for screens with many tasks.';

create function dashboard.today_summary()
returns table (
  today date, my_day jsonb, my_day_open integer, my_day_completed integer, overdue jsonb, overdue_count integer,
  planned_today jsonb, planned_today_count integer, important jsonb, important_count integer, focus jsonb,
  running jsonb, today_minutes integer, week_minutes integer, inbox_unprocessed integer, notifications_unread integer
)
language sql stable rows 1
begin atomic
  with my_day as materialized (
    select t as task, row_number() over (order by t.sort_order, t.created_at desc) as place from dashboard.my_day() as t
  ), overdue as materialized (
    select t as task, row_number() over (order by t.due_date, t.due_time, t.sort_order) as place
    from dashboard.overdue_tasks() as t
  ), planned as materialized (
    select t as task, row_number() over (order by t.due_time, t.sort_order) as place
    from dashboard.planned_tasks() as t where t.due_date = (select private.my_today())
  ), important as materialized (
    select t as task, row_number() over (order by t.sort_order, t.created_at desc) as place
    from dashboard.important_tasks() as t
  ), candidate as (
    select distinct on ((c.task).id) c.task, c.source from (
      select m.task, 1 from my_day as m where (m.task).status not in ('completed', 'cancelled')
      union all select o.task, 2 from overdue as o
      union all select p.task, 3 from planned as p
      union all select i.task, 4 from important as i
    ) as c (task, source)
    where (c.task).status not in ('waiting', 'someday')
    order by (c.task).id, c.source
  ), focus as (
    select c.task, row_number() over (order by (c.task).status <> 'in_progress', c.source,
      array_position(array['high', 'medium', 'low', 'none'], (c.task).priority), (c.task).due_date, (c.task).due_time,
      (c.task).sort_order, (c.task).id) as place
    from candidate as c
  )
  select (select private.my_today()),
    m.list, m.open, m.completed, o.list, o.total, p.list, p.total, i.list, i.total, f.list,
    case when s.id is not null then jsonb_build_object('id', s.id, 'clock_in', s.clock_in, 'project_id', s.project_id,
      'task_id', s.task_id, 'job_id', s.job_id, 'break_minutes', s.break_minutes, 'notes', s.notes,
      'duration_minutes', s.duration_minutes,
      'project', (select r.name from dashboard.projects as r where r.user_id = (select auth.uid()) and r.id = s.project_id),
      'task', (select t.title from dashboard.tasks as t where t.user_id = (select auth.uid()) and t.id = s.task_id),
      'job', (select j.job_number from business.jobs as j where j.id = s.job_id)) end,
    s.today_minutes, s.week_minutes, (select private.my_unprocessed_items()), (select private.my_unread_notifications())
  from (
    select coalesce(jsonb_agg(private.task_card(t.task) order by t.place) filter (where t.place <= 50), '[]') as list,
      (count(*) filter (where (t.task).status not in ('completed', 'cancelled')))::integer as open,
      (count(*) filter (where (t.task).status = 'completed'))::integer as completed
    from my_day as t
  ) as m, (
    select coalesce(jsonb_agg(private.task_card(t.task) order by t.place) filter (where t.place <= 50), '[]') as list,
      count(*)::integer as total
    from overdue as t
  ) as o, (
    select coalesce(jsonb_agg(private.task_card(t.task) order by t.place) filter (where t.place <= 50), '[]') as list,
      count(*)::integer as total
    from planned as t
  ) as p, (
    select coalesce(jsonb_agg(private.task_card(t.task) order by t.place) filter (where t.place <= 50), '[]') as list,
      count(*)::integer as total
    from important as t
  ) as i, (
    select coalesce(jsonb_agg(private.task_card(t.task) order by t.place) filter (where t.place <= 3), '[]') as list
    from focus as t
  ) as f, dashboard.time_status() as s;
end;
comment on function dashboard.today_summary() is
  'One row for the home screen: the tasks of my_day, overdue_tasks, planned_tasks (due today) and important_tasks, at most 50 of each, with their number; focus, the three tasks to do next (in progress first, then My Day, overdue, due today, important, by priority); the running time entry and the minutes of the current day and week; the number of inbox items and of unread notifications.';

revoke execute on function private.task_card(dashboard.tasks),
  dashboard.today_summary() from public, anon, authenticated, service_role;
grant execute on function private.task_card(dashboard.tasks),
  dashboard.today_summary() to authenticated;
