-- Plans: projects, goals and time, asked as a person among 100 000 tasks, time entries and milestones of a hundred people.
begin;
select plan(44);

select count(tests.create_user('person ' || u)) from generate_series(1, 100) as u;
create temporary table person as select u, tests.user_id('person ' || u) as user_id from generate_series(1, 100) as u;
-- the rows are given complete; filling the tables is not the subject
alter table dashboard.goals disable trigger user;
alter table dashboard.milestones disable trigger user;
alter table dashboard.projects disable trigger user;
alter table dashboard.tasks disable trigger user;
alter table dashboard.time_entries disable trigger user;
alter table dashboard.time_entries drop constraint time_entries_no_overlap; -- slow to fill, and in no plan below
insert into dashboard.tags (id, user_id, name) overriding system value
select 100000 + p.u * 10 + g, p.user_id, 'tag ' || g from person as p, generate_series(0, 9) as g;
insert into dashboard.goals (id, user_id, name, tag_id) overriding system value
select 100000 + p.u * 100 + g, p.user_id, 'goal ' || g, 100000 + p.u * 10 + g % 10 from person as p, generate_series(0, 99) as g;
insert into dashboard.milestones (id, user_id, goal_id, name, sort_order, completed_at) overriding system value
select 1000000 + p.u * 1000 + m, p.user_id, 100000 + p.u * 100 + m / 10, 'milestone ' || m, m % 10,
  case when m % 4 = 0 then now() - m * interval '1 day' end
from person as p, generate_series(0, 999) as m;
insert into dashboard.projects (id, user_id, name, goal_id, area_id, sort_order) overriding system value
select 100000 + p.u * 100 + r, p.user_id, 'project ' || r, 100000 + p.u * 100 + r, 100000 + p.u * 10 + r % 10, r
from person as p, generate_series(0, 99) as r;
insert into dashboard.tasks (id, user_id, project_id, title, sort_order, status, completed_at, due_date) overriding system value
select 1000000 + p.u * 1000 + t, p.user_id, 100000 + p.u * 100 + t % 100, 'task ' || t, t,
  case when t % 3 = 0 then 'completed' else 'open' end, case when t % 3 = 0 then now() - t * interval '1 day' end,
  case when t % 4 = 0 then current_date + t % 60 - 30 end
from person as p, generate_series(0, 999) as t;
insert into dashboard.time_entries (id, user_id, project_id, task_id, clock_in, clock_out) overriding system value
select 1000000 + p.u * 1000 + e, p.user_id, 100000 + p.u * 100 + e % 100, 1000000 + p.u * 1000 + e,
  now() - (e + 1) * interval '1 day', case when e > 0 then now() - (e + 1) * interval '1 day' + interval '2 hours' end
from person as p, generate_series(0, 999) as e;
alter table dashboard.goals enable trigger user;
alter table dashboard.milestones enable trigger user;
alter table dashboard.projects enable trigger user;
alter table dashboard.tasks enable trigger user;
alter table dashboard.time_entries enable trigger user;
analyze dashboard.tags, dashboard.goals, dashboard.milestones, dashboard.projects, dashboard.tasks, dashboard.time_entries,
  public.profiles, public.user_prefs;

create function pg_temp.plan_of(query text) returns text language plpgsql as $$
declare
  line text;
  plan text := '';
begin
  for line in execute 'explain (costs off) ' || query loop
    plan := plan || line || E'\n';
  end loop;
  return plan;
end
$$;
grant execute on function pg_temp.plan_of(text) to authenticated;

create temporary table hot (name text, index text, query text);
insert into hot values
  ('the goals of a person', 'goals_user_id_id_key|goals_tag_id_idx', 'select * from dashboard.goals'),
  ('the goals of a tag', 'goals_tag_id_idx', 'select * from dashboard.goals where tag_id = 100423'),
  ('the milestones of a goal in order', 'milestones_goal_id_sort_order_idx', 'select * from dashboard.milestones where goal_id = 104200 order by sort_order'),
  ('projects in order', 'projects_user_id_sort_order_idx', 'select * from dashboard.projects order by sort_order limit 20'),
  ('the projects of an area', 'projects_area_id_idx', 'select * from dashboard.projects where area_id = 100423'),
  ('the projects of a goal', 'projects_goal_id_idx', 'select * from dashboard.projects where goal_id = 104207'),
  ('the tasks of a project', 'tasks_project_id_idx', 'select * from dashboard.tasks where project_id = 104207'),
  ('the tasks of a job', 'tasks_job_id_idx', 'select * from dashboard.tasks where job_id = 1'),
  ('the time of a period', 'time_entries_user_id_clock_in_idx', 'select * from dashboard.time_entries where clock_in >= now() - interval ''30 days'' order by clock_in'),
  ('the latest time', 'time_entries_user_id_clock_in_idx', 'select * from dashboard.time_entries order by clock_in desc limit 20'),
  ('the running entry', 'time_entries_running_key', 'select * from dashboard.time_entries where clock_out is null'),
  ('the time of a project', 'time_entries_project_id_idx', 'select * from dashboard.time_entries where project_id = 104207'),
  ('the time of a task', 'time_entries_task_id_idx', 'select * from dashboard.time_entries where task_id = 1042007'),
  ('the time of a job', 'time_entries_job_id_idx', 'select * from dashboard.time_entries where job_id = 1'),
  ('what the clock says', 'time_entries_user_id_clock_in_idx', 'select * from dashboard.time_status()'),
  ('time by project', 'time_entries_user_id_clock_in_idx', 'select * from dashboard.time_totals(current_date - 30, current_date, ''project'')'),
  ('the progress of one project', 'tasks_project_id_idx', 'select r.* from dashboard.projects as p, dashboard.progress(p) as r where p.id = 104207'),
  ('the progress of one goal', 'milestones_goal_id_sort_order_idx', 'select r.* from dashboard.goals as g, dashboard.progress(g) as r where g.id = 104207'),
  ('today', 'tasks_user_id_due_date_idx', 'select * from dashboard.today_summary()'),
  ('the tasks completed in a week', 'tasks_user_id_completed_at_idx', 'select * from dashboard.weekly_review()'),
  ('the milestones reached in a week', 'milestones_user_id_completed_at_idx',
    'select * from dashboard.milestones where completed_at >= now() - interval ''7 days'' and completed_at < now()');
grant select on hot to authenticated;

select ok((select count(*) from dashboard.time_entries) >= 100000, 'a hundred thousand time entries are there');
select ok((select count(*) from dashboard.milestones) >= 100000, 'and milestones');

-- acting as one of the hundred
select tests.act_as('person 42');
select matches(pg_temp.plan_of(h.query), '(' || h.index || ')[^>]*Index Cond', h.name || ' uses its index') from hot as h;
select doesnt_match(pg_temp.plan_of(h.query), 'Seq Scan on (goals|milestones|projects|tasks|time_entries)', h.name || ' scans no table') from hot as h;

select * from finish();
rollback;
