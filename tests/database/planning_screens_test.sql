-- Screens of planning: how far projects and goals have come, the summary of today, and the review of a week.
begin;
select plan(44);

-- arrange: Ann lives where her today may be tomorrow elsewhere, and shares a workspace with Cal; Bob is a stranger
select tests.create_user(u) from unnest(array['ann', 'bob', 'cal']) as u;
insert into public.workspaces (id, name) values (tests.workspace('shop'), 'Shop');
insert into public.workspace_members (workspace_id, user_id, display_name) values
  (tests.workspace('shop'), tests.user_id('ann'), 'ann'), (tests.workspace('shop'), tests.user_id('cal'), 'cal');
insert into business.jobs (id, workspace_id, job_number) overriding system value values (9001, tests.workspace('shop'), '202601-901-MIT');
update public.profiles set time_zone = 'Pacific/Kiritimati' where id = tests.user_id('ann');
create function pg_temp.today() returns date language sql as $$ select (now() at time zone 'Pacific/Kiritimati')::date $$;
-- the first instant of a day, counted from today
create function pg_temp.day(n integer) returns timestamptz language sql as $$ select (pg_temp.today() + n)::timestamp at time zone 'Pacific/Kiritimati' $$;
create function pg_temp.titles(list jsonb) returns text[] language sql as $$ select array(select card ->> 'title' from jsonb_array_elements(list) as card) $$;
grant execute on function pg_temp.today(), pg_temp.day(integer), pg_temp.titles(jsonb) to authenticated;

-- progress of projects ------------------------------------------------------------------------------------------------
select tests.act_as('ann');
insert into dashboard.projects (name) values ('Kitchen'), ('Empty');
select results_eq($$ select r.* from dashboard.projects as p, dashboard.progress(p) as r where p.name = 'Empty' $$,
  $$ select p.id, p.user_id, 0, 0, 0, 0, 0, 0, 0, null::integer, null::bigint, null::date, 0 from dashboard.projects as p where p.name = 'Empty' $$,
  'a project without tasks has nothing to count, and no percentage');
insert into dashboard.tasks (title, status, due_date, due_time, archived, project_id)
select v.title, v.status, pg_temp.today() + v.due, v.due_time, v.archived, p.id
from dashboard.projects as p, (values
  ('a', 'open', 5, null::time, false), ('b', 'open', null, null, false), ('c', 'in_progress', 2, '10:00', false), ('d', 'waiting', 2, '09:00', false),
  ('e', 'someday', null, null, false), ('f', 'completed', -9, null, false), ('g', 'completed', null, null, false), ('h', 'cancelled', -8, null, false),
  ('i', 'open', -7, null, true), ('j', 'completed', null, null, true)
) as v (title, status, due, due_time, archived) where p.name = 'Kitchen';
insert into dashboard.tasks (title, parent_id, project_id) select v.title, t.id, case when v.linked then t.project_id end
from dashboard.tasks as t, (values ('linked step', true), ('step', false)) as v (title, linked) where t.title = 'a';
insert into dashboard.time_entries (project_id, clock_in, clock_out, break_minutes) select id, pg_temp.day(-30), pg_temp.day(-30) + interval '2 hours', 20 from dashboard.projects where name = 'Kitchen';
insert into dashboard.time_entries (task_id, clock_in) select id, now() - interval '15 minutes' from dashboard.tasks where title = 'c';
insert into dashboard.time_entries (project_id, clock_in, clock_out) select id, pg_temp.day(-31), pg_temp.day(-31) + interval '2 minutes' from dashboard.projects where name = 'Empty';
select results_eq(
  $$ select r.tasks_total, r.tasks_open, r.tasks_in_progress, r.tasks_waiting, r.tasks_someday, r.tasks_completed, r.tasks_cancelled, r.percent,
       (select title from dashboard.tasks where id = r.next_task_id), r.next_due_date - pg_temp.today(), r.minutes
     from dashboard.projects as p, dashboard.progress(p) as r where p.name = 'Kitchen' $$,
  $$ values (9, 3, 1, 1, 1, 2, 1, 25, 'd', 2, 115) $$,
  'progress counts the project''s own tasks without archived ones, names the next one due, and adds up the time, the running entry too');
select results_eq($$ select p.name, r.percent from dashboard.project_progress as r join dashboard.projects as p on p.id = r.project_id order by 1 $$,
  $$ values ('Empty', null::integer), ('Kitchen', 25) $$, 'the view shows every project');
update dashboard.tasks set status = 'cancelled' where title in ('a', 'b', 'c', 'd', 'e');
select results_eq($$ select percent, next_task_id from dashboard.project_progress where tasks_total > 0 $$, $$ values (66, null::bigint) $$, 'percentages are rounded down; what is cancelled is not next');
update dashboard.tasks set status = 'completed' where title = 'linked step';
select results_eq($$ select percent from dashboard.project_progress where tasks_total > 0 $$, array[100], 'a hundred is all of them');

-- progress of goals ---------------------------------------------------------------------------------------------------
insert into dashboard.goals (name) values ('Sell the house'), ('Nothing yet');
select results_eq($$ select r.* from dashboard.goals as g, dashboard.progress(g) as r where g.name = 'Nothing yet' $$,
  $$ select g.id, g.user_id, 0, 0, null::bigint, null::date, 0, 0, 0, 0, null::integer, 0 from dashboard.goals as g where g.name = 'Nothing yet' $$,
  'a goal without milestones and projects has no percentage either');
insert into dashboard.milestones (goal_id, name, completed_at, target_date, sort_order) select g.id, v.name, v.at, pg_temp.today() + v.due, v.place
from dashboard.goals as g, (values ('last', null::timestamptz, 90, 3), ('first', now(), 10, 1), ('second', null, 30, 2)) as v (name, at, due, place) where g.name = 'Sell the house';
update dashboard.projects set goal_id = (select id from dashboard.goals where name = 'Sell the house'), status = 'done' where name = 'Kitchen';
insert into dashboard.projects (name, goal_id, status, archived) select v.name, g.id, v.status, v.archived
from dashboard.goals as g, (values ('Garden', 'doing', false), ('Upkeep', 'ongoing', false), ('Old', 'done', true)) as v (name, status, archived) where g.name = 'Sell the house';
select results_eq(
  $$ select r.milestones_total, r.milestones_completed, (select name from dashboard.milestones where id = r.next_milestone_id), r.next_target_date - pg_temp.today(),
       r.projects_total, r.projects_done, r.tasks_total, r.tasks_completed, r.percent, r.minutes
     from dashboard.goals as g, dashboard.progress(g) as r where g.name = 'Sell the house' $$,
  $$ values (3, 1, 'second', 30, 3, 1, 3, 3, 40, 115) $$,
  'a goal has come as far as its milestones and its projects with an end, and names the next milestone');
select tests.act_as('cal');
select is_empty($$ select 1 from dashboard.project_progress union all select 1 from dashboard.goal_progress $$, 'a colleague sees no progress');

-- today ---------------------------------------------------------------------------------------------------------------
select tests.act_as('bob');
select results_eq($$ select * from dashboard.today_summary() $$,
  $$ select (now() at time zone 'UTC')::date, '[]'::jsonb, 0, 0, '[]'::jsonb, 0, '[]'::jsonb, 0, '[]'::jsonb, 0, '[]'::jsonb, null::jsonb, 0, 0, 0, 0 $$,
  'somebody without tasks has a day all the same');
select tests.act_as('ann');
delete from dashboard.tasks;
delete from dashboard.time_entries;
insert into dashboard.tasks (title, status, priority, is_my_day, is_important, due_date, due_time, snooze_until, archived, project_id, job_id)
select v.title, v.status, v.priority, v.my_day, v.important, pg_temp.today() + v.due, v.due_time, pg_temp.today() + v.snooze, v.archived, p.id, v.job_id
from (values
  (1, 'mine done', 'completed', 'high', true, false, null::integer, null::time, null::integer, false, null, null::bigint),
  (2, 'mine', 'open', 'low', true, false, null, null, null, false, 'Kitchen', 9001),
  (3, 'mine dropped', 'cancelled', 'none', true, false, null, null, null, false, null, null),
  (4, 'late', 'open', 'high', false, false, -1, null, null, false, null, null),
  (5, 'later', 'waiting', 'high', false, true, -3, null, null, false, null, null),
  (6, 'noon', 'in_progress', 'none', false, false, 0, '12:00', null, false, null, null),
  (7, 'morning', 'open', 'high', false, true, 0, '08:00', null, false, null, null),
  (8, 'tomorrow', 'open', 'high', false, false, 1, null, null, false, null, null),
  (9, 'star', 'open', 'medium', false, true, null, null, null, false, null, null),
  (10, 'asleep', 'open', 'high', false, true, 0, null, 2, false, null, null),
  (11, 'away', 'open', 'high', true, true, 0, null, null, true, null, null),
  (12, 'today done', 'completed', 'high', false, false, 0, null, null, false, null, null)
) as v (place, title, status, priority, my_day, important, due, due_time, snooze, archived, project, job_id)
left join dashboard.projects as p on p.name = v.project
order by v.place;
select results_eq($$ select today, pg_temp.titles(my_day), my_day_open, my_day_completed from dashboard.today_summary() $$,
  $$ select pg_temp.today(), '{mine done,mine,mine dropped}'::text[], 1, 1 $$, 'the summary is of the owner''s own today: My Day in its order');
select results_eq($$ select pg_temp.titles(overdue), overdue_count from dashboard.today_summary() $$, $$ values ('{later,late}'::text[], 2) $$, 'what is overdue');
select results_eq($$ select pg_temp.titles(planned_today), planned_today_count from dashboard.today_summary() $$, $$ values ('{morning,noon}'::text[], 2) $$, 'what is due today, by time');
select results_eq($$ select pg_temp.titles(important), important_count from dashboard.today_summary() $$, $$ values ('{later,morning,star}'::text[], 3) $$, 'what is important');
select results_eq($$ select pg_temp.titles(focus) from dashboard.today_summary() $$, $$ values ('{noon,mine,late}'::text[]) $$,
  'and what to do next: what is begun, then My Day, then what is overdue; nothing that waits');
update dashboard.tasks set status = 'completed' where title in ('noon', 'mine', 'late');
select results_eq($$ select pg_temp.titles(focus) from dashboard.today_summary() $$, $$ values ('{morning,star}'::text[]) $$, 'then what is due today, then what is important, each task once');
insert into dashboard.tasks (title, priority, is_important, due_date) values ('old low', 'low', true, pg_temp.today() - 5), ('old high', 'high', false, pg_temp.today() - 2);
select results_eq($$ select pg_temp.titles(focus) from dashboard.today_summary() $$, $$ values ('{"old high","old low",morning}'::text[]) $$, 'by priority among their kind');
delete from dashboard.tasks where title like 'old %';
select is((select array_agg(t.title order by t.sort_order) from dashboard.my_day() as t), (select pg_temp.titles(my_day) from dashboard.today_summary()), 'My Day is its screen');
select is((select array_agg(t.title) from dashboard.overdue_tasks() as t), (select pg_temp.titles(overdue) from dashboard.today_summary()), 'so is overdue');
select is((select array_agg(t.title) from dashboard.planned_tasks() as t where t.due_date = pg_temp.today()), (select pg_temp.titles(planned_today) from dashboard.today_summary()), 'so is planned');
select is((select array_agg(t.title) from dashboard.important_tasks() as t), (select pg_temp.titles(important) from dashboard.today_summary()), 'so is important');
select results_eq($$ select my_day -> 1 from dashboard.today_summary() $$,
  $$ select jsonb_build_object('id', t.id, 'title', 'mine', 'status', 'completed', 'priority', 'low', 'due_date', null, 'due_time', null, 'is_important', false,
      'is_my_day', true, 'time_estimate', null, 'list_id', null, 'parent_id', null, 'job_id', 9001, 'completed_at', now(),
      'project', jsonb_build_object('id', t.project_id, 'name', 'Kitchen', 'color', null)) from dashboard.tasks as t where t.title = 'mine' $$,
  'a card is what a list shows of a task');
select results_eq($$ select running, today_minutes, week_minutes from dashboard.today_summary() $$, $$ values (null::jsonb, 0, 0) $$, 'the clock stands');
insert into dashboard.time_entries (task_id, clock_in, notes) select id, now() - interval '90 seconds', 'n' from dashboard.tasks where title = 'mine';
select tests.work_in('shop');
select results_eq($$ select running - array['id', 'task_id', 'project_id'], today_minutes <= 1 from dashboard.today_summary() $$,
  $$ select jsonb_build_object('clock_in', now() - interval '90 seconds', 'notes', 'n', 'break_minutes', 0, 'duration_minutes', 1, 'job_id', 9001,
      'project', 'Kitchen', 'task', 'mine', 'job', '202601-901-MIT'), true $$, 'a running entry is shown with the names of what it is for');
select tests.act_as('ann');
select results_eq($$ select running ->> 'task', running -> 'job' from dashboard.today_summary() $$, $$ values ('mine', 'null'::jsonb) $$,
  'the number of a job is shown in requests of its workspace only');
insert into dashboard.tasks (title, is_my_day) select 'many ' || i, true from generate_series(1, 60) as i;
select results_eq($$ select jsonb_array_length(my_day), my_day_open from dashboard.today_summary() $$, $$ values (50, 60) $$, 'of many tasks the first fifty are shown, and all counted');
select tests.act_as('cal');
select results_eq($$ select my_day_open, overdue_count, important_count, running from dashboard.today_summary() $$, $$ values (0, 0, 0, null::jsonb) $$, 'a colleague has another day');
select tests.act_as_anon();
select throws_ok($$ select 1 from dashboard.today_summary() $$, '42501', 'permission denied for function today_summary', 'anon has none');
select throws_ok($$ select 1 from dashboard.weekly_review() $$, '42501', 'permission denied for function weekly_review', 'and no week');

-- the week ------------------------------------------------------------------------------------------------------------
select tests.act_as_owner();
delete from dashboard.tasks where user_id = tests.user_id('ann');
delete from dashboard.time_entries where user_id = tests.user_id('ann');
delete from dashboard.goals where user_id = tests.user_id('ann');
delete from dashboard.projects where user_id = tests.user_id('ann');
-- weeks that begin today: the week under review has just begun, the one before has just ended
insert into public.user_prefs (user_id, week_starts_on) values (tests.user_id('ann'), extract(isodow from pg_temp.today()));
insert into dashboard.goals (id, user_id, name, status, goal_set, achieved_at, archived) overriding system value values
  (9201, tests.user_id('ann'), 'still', 'active', pg_temp.today() - 20, null, false), (9202, tests.user_id('ann'), 'set', 'active', pg_temp.today() - 7, null, false),
  (9203, tests.user_id('ann'), 'achieved', 'achieved', null, pg_temp.day(0) - interval '1 second', false), (9204, tests.user_id('ann'), 'stepped', 'active', pg_temp.today() - 20, null, false),
  (9205, tests.user_id('ann'), 'served', 'dream', null, null, false), (9206, tests.user_id('ann'), 'worked on', 'dream', null, null, false),
  (9207, tests.user_id('ann'), 'put away', 'active', pg_temp.today() - 7, null, true), (9208, tests.user_id('ann'), 'too late', 'achieved', pg_temp.today(), pg_temp.day(0), false),
  (9209, tests.user_id('ann'), 'too early', 'achieved', pg_temp.today() - 8, pg_temp.day(-7) - interval '1 second', false);
insert into dashboard.milestones (user_id, goal_id, name, completed_at) values
  (tests.user_id('ann'), 9204, 'two', pg_temp.day(-1)), (tests.user_id('ann'), 9204, 'one', pg_temp.day(-7)), (tests.user_id('ann'), 9204, 'open', null),
  (tests.user_id('ann'), 9201, 'before', pg_temp.day(-7) - interval '1 second'), (tests.user_id('ann'), 9201, 'after', pg_temp.day(0));
insert into dashboard.projects (id, user_id, goal_id, name, status, completed_at) overriding system value values
  (9301, tests.user_id('ann'), 9205, 'finished', 'done', pg_temp.day(-3)), (9302, tests.user_id('ann'), 9206, 'under way', 'doing', null),
  (9303, tests.user_id('ann'), 9201, 'long ago', 'done', pg_temp.day(-8));
insert into dashboard.tasks (user_id, title, status, completed_at, due_date, snooze_until, archived, project_id)
select tests.user_id('ann'), v.title, v.status, v.at, pg_temp.today() + v.due, pg_temp.today() + v.snooze, v.archived, v.project_id
from (values
  ('first instant', 'completed', pg_temp.day(-7), null::integer, null::integer, false, null::bigint), ('last instant', 'completed', pg_temp.day(0) - interval '1 microsecond', null, null, false, 9302),
  ('too early', 'completed', pg_temp.day(-7) - interval '1 microsecond', null, null, false, 9302), ('too late', 'completed', pg_temp.day(0), null, null, false, 9302),
  ('put away', 'completed', pg_temp.day(-2), null, null, true, null),
  ('slipped', 'open', null, -1, null, false, null), ('long overdue', 'waiting', null, -70, null, false, null), ('slipped asleep', 'open', null, -1, 1, false, null),
  ('slipped done', 'completed', pg_temp.day(-30), -1, null, false, null),
  ('today', 'open', null, 0, null, false, null), ('in six days', 'open', null, 6, null, false, null), ('in seven', 'open', null, 7, null, false, null),
  ('in thirteen', 'someday', null, 13, null, false, null), ('in fourteen', 'open', null, 14, null, false, null), ('dropped', 'cancelled', null, 2, null, false, null)
) as v (title, status, at, due, snooze, archived, project_id);
insert into dashboard.time_entries (user_id, project_id, clock_in, clock_out) values
  (tests.user_id('ann'), 9302, pg_temp.day(-7) - interval '1 hour', pg_temp.day(-7) + interval '1 hour'), (tests.user_id('ann'), 9302, pg_temp.day(0) - interval '2 hours', pg_temp.day(0) + interval '2 hours'),
  (tests.user_id('ann'), null, pg_temp.day(-3), pg_temp.day(-3) + interval '30 minutes');
select tests.act_as('ann');
select results_eq($$ select first_day, last_day from dashboard.weekly_review() $$, $$ select pg_temp.today(), pg_temp.today() + 6 $$, 'the review is of the present week, as its owner counts');
select results_eq($$ select first_day, last_day from dashboard.weekly_review(pg_temp.today() - 1) $$, $$ select pg_temp.today() - 7, pg_temp.today() - 1 $$, 'or of the week that a date is in');
select results_eq($$ select pg_temp.titles(completed), completed_count from dashboard.weekly_review(pg_temp.today() - 7) $$,
  $$ values ('{first instant,last instant}'::text[], 2) $$, 'completed: from the first to the last instant of the week');
select results_eq($$ select pg_temp.titles(slipped), slipped_count from dashboard.weekly_review(pg_temp.today() - 7) $$,
  $$ values ('{long overdue,slipped}'::text[], 2) $$, 'slipped: due in the week or before, still to do, and not snoozed');
select results_eq($$ select pg_temp.titles(slipped) from dashboard.weekly_review(pg_temp.today() - 14) $$, $$ values ('{long overdue}'::text[]) $$, 'a week before, what was due by then');
select results_eq($$ select pg_temp.titles(due_next_week), due_next_week_count from dashboard.weekly_review() $$,
  $$ values ('{in seven,in thirteen}'::text[], 2) $$, 'due next week: in the seven days after it');
select results_eq($$ select pg_temp.titles(due_next_week) from dashboard.weekly_review(pg_temp.today() - 7) $$, $$ values ('{today,"in six days"}'::text[]) $$, 'which of last week is this one');
select results_eq($$ select minutes, time_by_project from dashboard.weekly_review(pg_temp.today() - 7) $$,
  $$ select 210, jsonb_build_array(jsonb_build_object('project_id', 9302, 'name', 'under way', 'minutes', 180, 'entries', 2),
    jsonb_build_object('project_id', null, 'name', null, 'minutes', 30, 'entries', 1)) $$, 'time by project, cut at both ends of the week');
select results_eq(
  $$ select array(select format('%s: %s%s%s%s%s', g ->> 'name', case when (g ->> 'was_set')::boolean then 'set' end, case when (g ->> 'was_achieved')::boolean then 'achieved' end,
       nullif(g ->> 'milestones_reached', '[]'), nullif(g ->> 'projects_done', '[]'), nullif(g ->> 'tasks_completed', '0')) from jsonb_array_elements(goals) as g)
     from dashboard.weekly_review(pg_temp.today() - 7) $$,
  $$ values (array['achieved: achieved', 'served: ["finished"]', 'set: set', 'stepped: ["one", "two"]', 'worked on: 1']) $$,
  'goals that were set, achieved, or brought on by a milestone, a project or a task of theirs');
select results_eq($$ select g -> 'percent', g -> 'status', g -> 'id' from dashboard.weekly_review(pg_temp.today() - 7) as w, jsonb_array_elements(w.goals) as g where g ->> 'name' = 'stepped' $$,
  $$ values ('66'::jsonb, '"active"'::jsonb, '9204'::jsonb) $$, 'with how far they have come');
select results_eq($$ select pg_temp.titles(completed), pg_temp.titles(slipped), minutes, goals -> 0 ->> 'name' from dashboard.weekly_review() $$,
  $$ values ('{"too late"}'::text[], '{"long overdue",slipped}'::text[], 120, 'still') $$,
  'the present week has the rest');
delete from dashboard.tasks where title = 'long overdue';
select results_eq($$ select completed_count, slipped_count, minutes, time_by_project, goals, due_next_week_count from dashboard.weekly_review('2001-01-01') $$,
  $$ values (0, 0, 0, '[]'::jsonb, '[]'::jsonb, 0) $$, 'a week without anything is empty');
select throws_ok($$ select * from dashboard.weekly_review('infinity') $$, '22023', 'from_date must not be after to_date, and the period must not exceed 366 days.', 'a week without an end is refused');
select throws_ok($$ select * from dashboard.weekly_review('1899-01-01') $$, '22023', 'from_date must not be after to_date, and the period must not exceed 366 days.', 'and one beyond the calendar');
select tests.act_as('bob');
select results_eq($$ select completed_count, slipped_count, minutes, goals from dashboard.weekly_review((now() at time zone 'UTC')::date - 3) $$, $$ values (0, 0, 0, '[]'::jsonb) $$, 'a stranger has another week');

-- 8 March 2026 has 23 hours in Denver: a week that holds it ends an hour earlier
select tests.act_as_owner();
update public.profiles set time_zone = 'America/Denver' where id = tests.user_id('bob');
insert into dashboard.tasks (user_id, title, status, completed_at) values
  (tests.user_id('bob'), 'Sunday night', 'completed', '2026-03-09 05:59:59+00'), (tests.user_id('bob'), 'Monday', 'completed', '2026-03-09 06:00+00');
select tests.act_as('bob');
select results_eq($$ select first_day, pg_temp.titles(completed) from dashboard.weekly_review('2026-03-08') $$, $$ values ('2026-03-02'::date, '{"Sunday night"}'::text[]) $$,
  'the week ends at the owner''s midnight, across a change of the clock');

select * from finish();
rollback;
