-- Progress of projects and goals: a view for lists, and a function that embeds it, for each.

create view dashboard.project_progress with (security_invoker = true) as
select p.id as project_id, p.user_id,
  t.tasks_total, t.tasks_open, t.tasks_in_progress, t.tasks_waiting, t.tasks_someday, t.tasks_completed, t.tasks_cancelled,
  100 * t.tasks_completed / nullif(t.tasks_total - t.tasks_cancelled, 0) as percent,
  n.id as next_task_id, n.due_date as next_due_date, e.minutes
from dashboard.projects as p
cross join lateral (
  select count(*)::integer as tasks_total,
    (count(*) filter (where t.status = 'open'))::integer as tasks_open,
    (count(*) filter (where t.status = 'in_progress'))::integer as tasks_in_progress,
    (count(*) filter (where t.status = 'waiting'))::integer as tasks_waiting,
    (count(*) filter (where t.status = 'someday'))::integer as tasks_someday,
    (count(*) filter (where t.status = 'completed'))::integer as tasks_completed,
    (count(*) filter (where t.status = 'cancelled'))::integer as tasks_cancelled
  from dashboard.tasks as t
  where t.user_id = p.user_id and t.project_id = p.id and not t.archived
) as t
left join lateral (
  select t.id, t.due_date
  from dashboard.tasks as t
  where t.user_id = p.user_id and t.project_id = p.id and t.due_date is not null and not t.archived
    and t.status not in ('completed', 'cancelled')
  order by t.due_date, t.due_time, t.sort_order limit 1
) as n on true
cross join lateral (
  select coalesce(sum(dashboard.duration_minutes(e)), 0)::integer as minutes
  from dashboard.time_entries as e
  where e.user_id = p.user_id and e.project_id = p.id
) as e;
comment on view dashboard.project_progress is
  'Number of tasks of each project by status, without archived ones, and minutes tracked: projects?select=*,progress(*).';
comment on column dashboard.project_progress.percent is 'Completed tasks in percent of those not cancelled, rounded down. Null without tasks.';
comment on column dashboard.project_progress.next_task_id is 'The open task that is due first; it may be overdue.';
comment on column dashboard.project_progress.minutes is 'Minutes of the time entries of the project, including a running one.';

create view dashboard.goal_progress with (security_invoker = true) as
select g.id as goal_id, g.user_id, m.milestones_total, m.milestones_completed, m.next_milestone_id, m.next_target_date,
  p.projects_total, p.projects_done, p.tasks_total, p.tasks_completed,
  100 * (m.milestones_completed + p.projects_done) / nullif(m.milestones_total + p.projects_with_an_end, 0) as percent,
  p.minutes
from dashboard.goals as g
cross join lateral (
  select count(*)::integer as milestones_total, count(m.completed_at)::integer as milestones_completed,
    (array_agg(m.id order by m.sort_order, m.id) filter (where m.completed_at is null))[1] as next_milestone_id,
    (array_agg(m.target_date order by m.sort_order, m.id) filter (where m.completed_at is null))[1] as next_target_date
  from dashboard.milestones as m
  where m.user_id = g.user_id and m.goal_id = g.id
) as m
cross join lateral (
  select count(*)::integer as projects_total,
    (count(*) filter (where p.status = 'done'))::integer as projects_done,
    (count(*) filter (where p.status <> 'ongoing'))::integer as projects_with_an_end,
    coalesce(sum(r.tasks_total - r.tasks_cancelled), 0)::integer as tasks_total,
    coalesce(sum(r.tasks_completed), 0)::integer as tasks_completed,
    coalesce(sum(r.minutes), 0)::integer as minutes
  from dashboard.projects as p
  join dashboard.project_progress as r on r.user_id = p.user_id and r.project_id = p.id
  where p.user_id = g.user_id and p.goal_id = g.id and not p.archived
) as p;
comment on view dashboard.goal_progress is
  'Milestones and projects of each goal, without archived ones: goals?select=*,progress(*).';
comment on column dashboard.goal_progress.next_milestone_id is 'The first milestone in order that is not reached.';
comment on column dashboard.goal_progress.next_target_date is 'Target date of the next milestone.';
comment on column dashboard.goal_progress.tasks_total is 'Tasks of the projects, without cancelled ones.';
comment on column dashboard.goal_progress.percent is
  'Milestones reached and projects done in percent of all milestones and projects, rounded down; ongoing projects do not count. Null without any.';
comment on column dashboard.goal_progress.minutes is 'Minutes tracked on the projects.';

create function dashboard.progress(project dashboard.projects) returns setof dashboard.project_progress
language sql stable rows 1
begin atomic
  select p.* from dashboard.project_progress as p where p.user_id = (project).user_id and p.project_id = (project).id;
end;
comment on function dashboard.progress(dashboard.projects) is 'Embeds the progress of a project: projects?select=*,progress(*).';

create function dashboard.progress(goal dashboard.goals) returns setof dashboard.goal_progress
language sql stable rows 1
begin atomic
  select g.* from dashboard.goal_progress as g where g.user_id = (goal).user_id and g.goal_id = (goal).id;
end;
comment on function dashboard.progress(dashboard.goals) is 'Embeds the progress of a goal: goals?select=*,progress(*).';

revoke all on table dashboard.project_progress, dashboard.goal_progress from public, anon, authenticated, service_role;
grant select on table dashboard.project_progress, dashboard.goal_progress to authenticated, service_role;
revoke execute on function dashboard.progress(dashboard.projects), dashboard.progress(dashboard.goals)
  from public, anon, authenticated, service_role;
grant execute on function dashboard.progress(dashboard.projects), dashboard.progress(dashboard.goals) to authenticated, service_role;
