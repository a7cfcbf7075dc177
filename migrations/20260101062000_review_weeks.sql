-- The weekly review: the past week and the next one.

create function dashboard.weekly_review(week_start date default null)
returns table (
  first_day date, last_day date, completed jsonb, completed_count integer, slipped jsonb, slipped_count integer,
  minutes integer, time_by_project jsonb, goals jsonb, due_next_week jsonb, due_next_week_count integer
)
language sql stable rows 1
begin atomic
  with week as materialized (
    select d.first_day, d.first_day + 6 as last_day,
      private.day_start(d.first_day, private.my_time_zone()) as starts_at,
      private.day_start(d.first_day + 7, private.my_time_zone()) as ends_at
    from (select private.my_week_start(coalesce(week_start, private.my_today()))) as d (first_day)
  ), completed as materialized (
    select t as task, row_number() over (order by t.completed_at, t.id) as place
    from dashboard.tasks as t
    where t.user_id = (select auth.uid()) and not t.archived
      and t.completed_at >= (select w.starts_at from week as w) and t.completed_at < (select w.ends_at from week as w)
  ), slipped as materialized (
    select t as task, row_number() over (order by t.due_date, t.due_time, t.sort_order) as place
    from dashboard.overdue_tasks() as t where t.due_date <= (select w.last_day from week as w)
  ), next as materialized (
    select t as task, row_number() over (order by t.due_date, t.due_time, t.sort_order) as place
    from dashboard.planned_tasks() as t
    where t.due_date > (select w.last_day from week as w) and t.due_date <= (select w.last_day + 7 from week as w)
  ), goal as (
    select g.id, g.name, g.status, r.percent,
      g.goal_set between w.first_day and w.last_day as was_set,
      g.achieved_at >= w.starts_at and g.achieved_at < w.ends_at as was_achieved,
      (select coalesce(jsonb_agg(m.name order by m.completed_at, m.id), '[]') from dashboard.milestones as m
       where m.user_id = g.user_id and m.goal_id = g.id and m.completed_at >= w.starts_at and m.completed_at < w.ends_at)
        as milestones_reached,
      (select coalesce(jsonb_agg(p.name order by p.completed_at, p.id), '[]') from dashboard.projects as p
       where p.user_id = g.user_id and p.goal_id = g.id and p.completed_at >= w.starts_at and p.completed_at < w.ends_at)
        as projects_done,
      (select count(*) from completed as c
       join dashboard.projects as p on p.user_id = g.user_id and p.id = (c.task).project_id
       where p.goal_id = g.id) as tasks_completed
    from week as w
    join dashboard.goals as g on g.user_id = (select auth.uid()) and not g.archived
    cross join lateral dashboard.progress(g) as r
  ), moved as (
    select g.* from goal as g
    where g.was_set or g.was_achieved or g.milestones_reached <> '[]' or g.projects_done <> '[]' or g.tasks_completed > 0
  )
  select w.first_day, w.last_day, c.list, c.total, s.list, s.total, t.minutes, t.list, g.list, n.list, n.total
  from week as w, (
    select coalesce(jsonb_agg(private.task_card(t.task) order by t.place) filter (where t.place <= 200), '[]') as list,
      count(*)::integer as total
    from completed as t
  ) as c, (
    select coalesce(jsonb_agg(private.task_card(t.task) order by t.place) filter (where t.place <= 200), '[]') as list,
      count(*)::integer as total
    from slipped as t
  ) as s, (
    select coalesce(jsonb_agg(private.task_card(t.task) order by t.place) filter (where t.place <= 200), '[]') as list,
      count(*)::integer as total
    from next as t
  ) as n, (
    select coalesce(sum(t.minutes), 0)::integer as minutes,
      coalesce(jsonb_agg(jsonb_build_object('project_id', t.project_id, 'name', t.label, 'minutes', t.minutes, 'entries', t.entries)
        order by t.minutes desc, t.project_id), '[]') as list
    from dashboard.time_totals((select w.first_day from week as w), (select w.last_day from week as w), 'project') as t
  ) as t, (
    select coalesce(jsonb_agg(jsonb_build_object('id', g.id, 'name', g.name, 'status', g.status, 'percent', g.percent,
      'was_set', coalesce(g.was_set, false), 'was_achieved', coalesce(g.was_achieved, false),
      'milestones_reached', g.milestones_reached, 'projects_done', g.projects_done, 'tasks_completed', g.tasks_completed)
      order by g.name, g.id), '[]') as list
    from moved as g
  ) as g;
end;
comment on function dashboard.weekly_review(date) is
  'One row for the week that contains a date (default: today), by the caller''s week_starts_on: tasks completed in it; slipped tasks, due in it or before and not completed; minutes by project; goals set, achieved, or advanced by a milestone, a project or a task; and tasks due in the next week. At most 200 tasks of each kind, with their number.';

revoke execute on function dashboard.weekly_review(date) from public, anon, authenticated, service_role;
grant execute on function dashboard.weekly_review(date) to authenticated;
