-- Plans: projects, goals and time, asked as a person among the tasks, time entries and milestones of a hundred people.
select plan(44);

insert into tests.hot values
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

select ok((select count(*) from dashboard.time_entries) >= 100 * tests.scale('rows of a person'), 'many time entries are there');
select ok((select count(*) from dashboard.milestones) >= 100 * tests.scale('rows of a person'), 'and milestones');

-- acting as one of the hundred
select tests.act_as('person 42');
select matches(tests.plan_of(h.query), '(' || h.index || ')[^>]*Index Cond', h.name || ' uses its index') from tests.hot as h;
select doesnt_match(tests.plan_of(h.query), 'Seq Scan on (goals|milestones|projects|tasks|time_entries)', h.name || ' scans no table') from tests.hot as h;

select * from finish();
