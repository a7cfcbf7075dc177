-- Projects: who may see and write them, what a row may hold, and how tasks belong to them.
begin;
select plan(77);

-- arrange: Ann and her colleague Cal share a workspace, Bob is a stranger to both
select tests.create_user(u) from unnest(array['ann', 'bob', 'cal']) as u;
insert into public.workspaces (id, name) values (tests.workspace('team'), 'Team');
insert into public.workspace_members (workspace_id, user_id, role, display_name) values
  (tests.workspace('team'), tests.user_id('ann'), 'employee', 'ann'), (tests.workspace('team'), tests.user_id('cal'), 'admin', 'cal');
insert into dashboard.tags (id, user_id, name, type) overriding system value values
  (9001, tests.user_id('ann'), 'Home', 'area'), (9002, tests.user_id('bob'), 'Home', 'area');
insert into dashboard.goals (id, user_id, name) overriding system value values
  (9101, tests.user_id('ann'), 'Ann''s goal'), (9102, tests.user_id('bob'), 'Bob''s goal');
insert into dashboard.projects (id, user_id, name, sort_order) overriding system value values (9202, tests.user_id('bob'), 'Bob''s project', 50);

-- acting as the owner
select tests.act_as('ann');
select results_eq(
  $$ insert into dashboard.projects (name) values ('Kitchen') returning user_id, status, priority, accounting_mode, sort_order, completed_at, archived $$,
  $$ values (tests.user_id('ann'), 'planned', 'medium', 'simple', 0, null::timestamptz, false) $$,
  'a project needs a name only and belongs to the caller');
select results_eq(
  $$ insert into dashboard.projects (user_id, area_id, goal_id, name, description, icon, color, vision, desired_outcome, status, priority,
       start_date, target_date, accounting_mode, budget, cover_image, archived)
     values (tests.user_id('ann'), 9001, 9101, 'All of it', 'd', 'home', '#fff', 'v', 'o', 'doing', 'high', '2026-01-02', '2026-01-02',
       'advanced', 9999999999.99, 'covers/1.png', true)
     returning area_id, goal_id, budget, sort_order $$,
  $$ values (9001::bigint, 9101::bigint, 9999999999.99::numeric, 1) $$, 'every field of a project can be given; the next one stands behind');
select results_eq($$ insert into dashboard.projects (name, budget, sort_order) values ('Cent', 0.005, 5) returning budget, sort_order $$,
  $$ values (0.01::numeric, 5) $$, 'money is kept to the cent, and a place can be given');
select results_eq($$ update dashboard.projects set sort_order = -1 where name = 'Kitchen' returning sort_order $$, array[6], 'asking for the end gives the end');
select results_eq($$ update dashboard.projects set sort_order = -1 where name = 'Kitchen' returning sort_order $$, array[6], 'whoever is there already stays');

-- done and completed_at
select results_eq($$ update dashboard.projects set status = 'done' where name = 'Kitchen' returning completed_at $$, $$ values (now()) $$,
  'a project that is done was completed now');
select results_eq($$ update dashboard.projects set status = 'doing' where name = 'Kitchen' returning completed_at $$, $$ values (null::timestamptz) $$,
  'a reopened one was not');
select results_eq($$ insert into dashboard.projects (name, status) values ('At once', 'done') returning completed_at $$, $$ values (now()) $$,
  'one may be written down when it is done');

-- links stay with their owner, and a foreign id looks exactly like a missing one
insert into dashboard.tasks (title, project_id) select 'Order cabinets', id from dashboard.projects where name = 'Kitchen';
select throws_ok(format(v.statement, v.id), '23503',
  format('insert or update on table "%s" violates foreign key constraint "%1$s_%s_fkey"', v.relation, v.link), v.rule)
from (values
  ('insert into dashboard.projects (name, area_id) values (''x'', %s)', 9002, 'projects', 'area_id', 'a project cannot be of a stranger''s area'),
  ('insert into dashboard.projects (name, area_id) values (''x'', %s)', 99999999, 'projects', 'area_id', 'nor of one that does not exist'),
  ('update dashboard.projects set area_id = %s', 9002, 'projects', 'area_id', 'nor be put into one'),
  ('insert into dashboard.projects (name, goal_id) values (''x'', %s)', 9102, 'projects', 'goal_id', 'a project cannot serve a stranger''s goal'),
  ('insert into dashboard.projects (name, goal_id) values (''x'', %s)', 99999999, 'projects', 'goal_id', 'nor one that does not exist'),
  ('update dashboard.projects set goal_id = %s', 9102, 'projects', 'goal_id', 'nor be turned to one'),
  ('insert into dashboard.tasks (title, project_id) values (''x'', %s)', 9202, 'tasks', 'project_id', 'a task cannot enter a stranger''s project'),
  ('insert into dashboard.tasks (title, project_id) values (''x'', %s)', 99999999, 'tasks', 'project_id', 'nor one that does not exist'),
  ('update dashboard.tasks set project_id = %s', 9202, 'tasks', 'project_id', 'nor be moved to one')
) as v (statement, id, relation, link, rule);
do $$
declare
  id     bigint;
  detail text;
begin
  foreach id in array array[9202, 99999999] loop
    begin
      insert into dashboard.tasks (title, project_id) values ('x', id);
    exception when foreign_key_violation then
      get stacked diagnostics detail = pg_exception_detail;
      perform set_config('tests.detail_' || id, replace(detail, id::text, 'that id'), true);
    end;
  end loop;
end
$$;
select is(current_setting('tests.detail_9202'), current_setting('tests.detail_99999999'), 'the detail of both refusals differs in the id alone');

-- columns that only the database writes
select throws_ok(format('insert into dashboard.projects (name, %I) values (%L, null)', c, 'x'), '42501',
  'permission denied for table projects', 'a caller does not choose ' || c || ' of a new project')
from unnest(array['id', 'completed_at', 'created_at', 'updated_at']) as c;
select throws_ok(format('update dashboard.projects set %I = null', c), '42501',
  'permission denied for table projects', 'a caller does not change ' || c)
from unnest(array['id', 'completed_at', 'created_at', 'updated_at']) as c;
select throws_ok($$ insert into dashboard.projects (user_id, name) values (tests.user_id('bob'), 'x') $$, '42501',
  'new row violates row-level security policy for table "projects"', 'a project cannot be added for someone else');

-- every named check has a value that fails it by name
select throws_ok(format('insert into dashboard.projects (name, %I) values (%L, %L)', v.field, 'x', v.value), '23514',
  format('new row for relation "projects" violates check constraint "projects_%s_%s"', v.field, v.rule), format('%s: %s', v.field, left(v.value, 20)))
from (values
  ('description', repeat('x', 20001), 'length'), ('vision', repeat('x', 20001), 'length'), ('desired_outcome', repeat('x', 20001), 'length'),
  ('icon', '', 'length'), ('icon', repeat('x', 51), 'length'), ('color', '', 'length'), ('color', repeat('x', 51), 'length'),
  ('cover_image', '', 'length'), ('cover_image', repeat('x', 2001), 'length'),
  ('status', 'open', 'allowed'), ('priority', 'none', 'allowed'), ('accounting_mode', 'double', 'allowed'),
  ('start_date', '-infinity', 'range'), ('target_date', '3000-01-01', 'range'),
  ('budget', '-0.01', 'range'), ('budget', 'NaN', 'range')) as v (field, value, rule);
select throws_ok(format('insert into dashboard.projects (name) values (%L)', v), '23514',
  'new row for relation "projects" violates check constraint "projects_name_length"', 'a name has 1 to 200 characters')
from unnest(array['', repeat('x', 201)]) as v;
select throws_ok($$ insert into dashboard.projects (name, budget) values ('x', 10000000000) $$, '22003', 'numeric field overflow', 'a budget has ten digits before the point');
select throws_ok($$ update dashboard.projects set target_date = '2026-01-01' where name = 'All of it' $$, '23514',
  'new row for relation "projects" violates check constraint "projects_target_date_not_before_start"', 'a project does not end before it starts');

select lives_ok($$ insert into dashboard.projects (name, description, vision, desired_outcome, icon, color, cover_image, start_date, target_date, budget)
  values (repeat('x', 200), repeat('x', 20000), repeat('x', 20000), repeat('x', 20000), repeat('x', 50), repeat('x', 50), repeat('x', 2000), '1900-01-01', '2999-12-31', 0) $$,
  'the bounds themselves are allowed');
delete from dashboard.projects where name like 'x%';

-- acting as a colleague, a stranger, anon
select tests.act_as('cal');
select is_empty($$ select 1 from dashboard.projects $$, 'a colleague, even an admin, reads no personal project');
select is_empty($$ select 1 from dashboard.project_progress $$, 'nor how far one has come');
select is_empty($$ select 1 from dashboard.goal_progress $$, 'nor a goal');
select is_empty($$ update dashboard.projects set name = 'mine' returning 1 $$, 'a colleague edits none');
select is_empty($$ delete from dashboard.projects returning 1 $$, 'a colleague deletes none');
select tests.act_as('bob');
select results_eq($$ select name from dashboard.projects $$, array['Bob''s project'], 'a stranger reads only their own projects');
select results_eq($$ select project_id from dashboard.project_progress $$, array[9202::bigint], 'and progress');
select is_empty($$ update dashboard.projects set name = 'mine' where id <> 9202 returning 1 $$, 'a stranger edits no other');
select is_empty($$ delete from dashboard.projects where id <> 9202 returning 1 $$, 'a stranger deletes no other');
select is_empty($$ select r.tasks_total from dashboard.progress(row(9201, tests.user_id('ann'), null, null, 'x', null, null, null, null, null, 'doing', 'low',
    null, null, null, 'simple', null, null, 0, false, now(), now())::dashboard.projects) as r $$, 'not even by handing in another owner''s project');
select tests.act_as_anon();
select throws_ok(statement, '42501', 'permission denied for table projects', 'anon is refused: ' || statement)
from unnest(array['select 1 from dashboard.projects', 'insert into dashboard.projects (name) values (''x'')',
  'update dashboard.projects set name = ''x''', 'delete from dashboard.projects']) as statement;
select throws_ok($$ select 1 from dashboard.project_progress $$, '42501', 'permission denied for view project_progress', 'anon reads no progress of projects');
select throws_ok($$ select 1 from dashboard.goal_progress $$, '42501', 'permission denied for view goal_progress', 'nor of goals');

-- acting as the service role
select tests.act_as_service();
select throws_ok($$ update dashboard.projects set user_id = tests.user_id('bob') where user_id = tests.user_id('ann') and name = 'Kitchen' $$,
  'PT409', 'A row of dashboard.projects cannot change its owner.', 'not even the service moves a project to another user');
select results_eq($$ insert into dashboard.projects (user_id, name, status, completed_at) values (tests.user_id('ann'), 'Imported', 'done', '2020-01-01 00:00+00')
  returning completed_at, sort_order $$, $$ values ('2020-01-01 00:00+00'::timestamptz, 8) $$, 'an imported project keeps its instant, and stands behind those of its owner');
select results_eq($$ select tasks_total from dashboard.project_progress where user_id = tests.user_id('ann') and tasks_total > 0 $$, array[1],
  'the service reads everyone''s progress');

-- behind the triggers stand constraints
select tests.act_as_owner();
alter table dashboard.projects disable trigger projects_stamp_completion_on_write;
select throws_ok($$ update dashboard.projects set status = 'done', completed_at = null $$, '23514',
  'new row for relation "projects" violates check constraint "projects_completed_at_matches_status"', 'no project is done without its instant');
select throws_ok($$ update dashboard.projects set completed_at = now() where status = 'doing' $$, '23514',
  'new row for relation "projects" violates check constraint "projects_completed_at_matches_status"', 'and no other project has one');
alter table dashboard.projects enable trigger projects_stamp_completion_on_write;
alter table dashboard.projects disable trigger projects_place_on_write;
select throws_ok($$ update dashboard.projects set sort_order = -1 where name = 'Kitchen' $$, '23514',
  'new row for relation "projects" violates check constraint "projects_sort_order_not_negative"', 'no project is stored without a place');
alter table dashboard.projects enable trigger projects_place_on_write;
update dashboard.projects set updated_at = '2020-01-01' where user_id = tests.user_id('ann') and name = 'Kitchen';
select results_eq($$ select updated_at from dashboard.projects where user_id = tests.user_id('ann') and name = 'Kitchen' $$, $$ values (now()) $$, 'a change is stamped, whatever the client says');

-- a recurring task, its project and its subtasks
select tests.act_as('ann');
insert into dashboard.tasks (title, project_id, due_date, recurrence_rule) select 'Clean up', id, '2026-03-02', 'weekly' from dashboard.projects where name = 'Kitchen';
insert into dashboard.tasks (title, parent_id, project_id) select v.title, t.id, case when v.linked then t.project_id end
from dashboard.tasks as t, (values ('Floor', true), ('Windows', false)) as v (title, linked) where t.title = 'Clean up';
update dashboard.tasks set status = 'completed' where title = 'Clean up';
select results_eq($$ select t.title, p.name from dashboard.tasks as t left join dashboard.projects as p on p.id = t.project_id
  where t.status = 'open' and t.title <> 'Order cabinets' and (t.recurrence_index = 2 or t.parent_id in (select id from dashboard.tasks where recurrence_index = 2)) order by t.title $$,
  $$ values ('Clean up', 'Kitchen'), ('Floor', 'Kitchen'), ('Windows', null) $$, 'the next occurrence is of the same project, and so is each of its subtasks');

-- deleting
delete from dashboard.tags where id = 9001;
delete from dashboard.goals where id = 9101;
select results_eq($$ select user_id, area_id, goal_id from dashboard.projects where name = 'All of it' $$,
  $$ values (tests.user_id('ann'), null::bigint, null::bigint) $$, 'a project stays when its area or its goal is deleted');
insert into dashboard.time_entries (project_id, clock_in, clock_out) select id, '2026-01-01 10:00+00', '2026-01-01 11:00+00' from dashboard.projects where name = 'Kitchen';
select results_eq($$ delete from dashboard.projects where name = 'Kitchen' returning name $$, array['Kitchen'], 'an owner deletes');
select results_eq($$ select user_id, project_id from dashboard.tasks where title = 'Order cabinets' $$,
  $$ values (tests.user_id('ann'), null::bigint) $$, 'its tasks stay, without a project, with their owner');
select results_eq($$ select user_id, project_id from dashboard.time_entries $$,
  $$ values (tests.user_id('ann'), null::bigint) $$, 'and so does the time spent on it');
select tests.act_as_owner();
do $$ begin perform set_config('tests.ann', tests.user_id('ann')::text, true); end $$; -- the name is gone with the account
delete from auth.users where id = tests.user_id('ann');
select results_eq($$ select user_id from dashboard.projects where user_id in (current_setting('tests.ann')::uuid, tests.user_id('bob')) $$,
  $$ values (tests.user_id('bob')) $$, 'projects leave with their owner and nobody else''s do');

select * from finish();
rollback;
