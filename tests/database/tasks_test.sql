-- Tasks: who may see and write them, what a row may hold, and links that cannot leave their owner.
begin;
select plan(70);

-- arrange: Ann and her colleague Cal share a workspace, Bob is a stranger to both
select tests.create_user('ann');
select tests.create_user('bob');
select tests.create_user('cal');
insert into dashboard.task_lists (id, user_id, name) overriding system value values
  (9001, tests.user_id('ann'), 'Ann''s list'), (9002, tests.user_id('bob'), 'Bob''s list');
insert into dashboard.tasks (id, user_id, title) values (9101, tests.user_id('bob'), 'Bob''s task');

-- acting as the owner
select tests.act_as('ann');
select results_eq(
  $$ insert into dashboard.tasks (title) values ('Call the adjuster')
     returning user_id, list_id, parent_id, status, priority, is_my_day, is_important, archived, completed_at, context $$,
  $$ values (tests.user_id('ann'), null::bigint, null::bigint, 'open', 'none', false, false, false, null::timestamptz, '{}'::text[]) $$,
  'a task needs a title only and belongs to the caller');
select results_eq(
  $$ insert into dashboard.tasks (user_id, list_id, title, description, notes, status, priority, due_date, due_time, start_date,
       reminder_at, snooze_until, is_important, energy_level, time_estimate, context, archived)
     values (tests.user_id('ann'), 9001, 'All of it', 'd', 'n', 'waiting', 'high', '2026-03-01', '09:30', '2026-02-01',
       '2026-03-01 08:00+00', '2026-02-15', true, 'low', 45, '{@home,@phone}', true)
     returning list_id, due_time, context $$,
  $$ values (9001::bigint, '09:30'::time, '{@home,@phone}'::text[]) $$, 'every field of a task can be given');
select results_eq($$ update dashboard.tasks set title = 'Call Kim' where title = 'Call the adjuster' returning title $$,
  array['Call Kim'], 'an owner edits');

-- links stay with their owner, and a foreign id looks exactly like a missing one
select throws_ok($$ insert into dashboard.tasks (title, list_id) values ('x', 9002) $$, '23503',
  'insert or update on table "tasks" violates foreign key constraint "tasks_list_id_fkey"', 'a task cannot enter a stranger''s list');
select throws_ok($$ insert into dashboard.tasks (title, list_id) values ('x', 99999999) $$, '23503',
  'insert or update on table "tasks" violates foreign key constraint "tasks_list_id_fkey"', 'nor a list that does not exist');
select throws_ok($$ insert into dashboard.tasks (title, parent_id) values ('x', 9101) $$, '23503',
  'insert or update on table "tasks" violates foreign key constraint "tasks_parent_id_fkey"', 'a task cannot hang on a stranger''s task');
select throws_ok($$ insert into dashboard.tasks (title, parent_id) values ('x', 99999999) $$, '23503',
  'insert or update on table "tasks" violates foreign key constraint "tasks_parent_id_fkey"', 'nor on one that does not exist');
select throws_ok($$ update dashboard.tasks set list_id = 9002 $$, '23503',
  'insert or update on table "tasks" violates foreign key constraint "tasks_list_id_fkey"', 'a task cannot be moved to a stranger''s list');
select throws_ok($$ update dashboard.tasks set parent_id = 9101 $$, '23503',
  'insert or update on table "tasks" violates foreign key constraint "tasks_parent_id_fkey"', 'a task cannot be moved under a stranger''s task');
do $$
declare
  id     bigint;
  detail text;
begin
  foreach id in array array[9002, 99999999] loop
    begin
      insert into dashboard.tasks (title, list_id) values ('x', id);
    exception when foreign_key_violation then
      get stacked diagnostics detail = pg_exception_detail;
      perform set_config('tests.detail_' || id, replace(detail, id::text, 'that id'), true);
    end;
  end loop;
end
$$;
select is(current_setting('tests.detail_9002'), current_setting('tests.detail_99999999'),
  'the detail of both refusals differs in the id alone');

-- columns that only the database writes
select throws_ok(format('insert into dashboard.tasks (title, %I) values (%L, null)', c, 'x'), '42501',
  'permission denied for table tasks', 'a caller does not choose ' || c || ' of a new task')
from unnest(array['id', 'completed_at', 'my_day_date', 'recurrence_start', 'recurrence_parent_id', 'recurrence_index', 'created_at', 'updated_at']) as c;
select throws_ok(format('update dashboard.tasks set %I = null', c), '42501',
  'permission denied for table tasks', 'a caller does not change ' || c)
from unnest(array['id', 'completed_at', 'my_day_date', 'recurrence_start', 'recurrence_parent_id', 'recurrence_index', 'created_at', 'updated_at']) as c;
select throws_ok($$ insert into dashboard.tasks (user_id, title) values (tests.user_id('bob'), 'x') $$, '42501',
  'new row violates row-level security policy for table "tasks"', 'a task cannot be added for someone else');

-- every named check has a value that fails it by name
select throws_ok(v.statement, '23514', format('new row for relation "tasks" violates check constraint "%s"', v.name), v.rule)
from (values
  ($$ insert into dashboard.tasks (title) values ('') $$, 'tasks_title_length', 'a title is not empty'),
  ($$ insert into dashboard.tasks (title) values (repeat('x', 501)) $$, 'tasks_title_length', 'a title ends at 500 characters'),
  ($$ insert into dashboard.tasks (title, description) values ('x', repeat('x', 20001)) $$, 'tasks_description_length', 'a description is bounded'),
  ($$ insert into dashboard.tasks (title, notes) values ('x', repeat('x', 100001)) $$, 'tasks_notes_length', 'notes are bounded'),
  ($$ insert into dashboard.tasks (title, status) values ('x', 'done') $$, 'tasks_status_allowed', 'a status is one of six words'),
  ($$ insert into dashboard.tasks (title, priority) values ('x', 'urgent') $$, 'tasks_priority_allowed', 'a priority is one of four words'),
  ($$ insert into dashboard.tasks (title, energy_level) values ('x', 'none') $$, 'tasks_energy_level_allowed', 'an energy level is one of three words'),
  ($$ insert into dashboard.tasks (title, due_date) values ('x', 'infinity') $$, 'tasks_due_date_range', 'a due date is finite'),
  ($$ insert into dashboard.tasks (title, due_date) values ('x', '3000-01-01') $$, 'tasks_due_date_range', 'a due date is within reason'),
  ($$ insert into dashboard.tasks (title, start_date) values ('x', '1899-12-31') $$, 'tasks_start_date_range', 'a start date is within reason'),
  ($$ insert into dashboard.tasks (title, snooze_until) values ('x', '-infinity') $$, 'tasks_snooze_until_range', 'snoozing ends'),
  ($$ insert into dashboard.tasks (title, reminder_at) values ('x', 'infinity') $$, 'tasks_reminder_at_range', 'a reminder comes'),
  ($$ insert into dashboard.tasks (title, due_time) values ('x', '09:00') $$, 'tasks_due_time_needs_due_date', 'a time needs a date'),
  ($$ insert into dashboard.tasks (title, time_estimate) values ('x', 0) $$, 'tasks_time_estimate_range', 'an estimate is at least a minute'),
  ($$ insert into dashboard.tasks (title, time_estimate) values ('x', 100001) $$, 'tasks_time_estimate_range', 'an estimate is bounded'),
  ($$ insert into dashboard.tasks (title, context) values ('x', array_fill('a'::text, array[21])) $$, 'tasks_context_bounded', 'contexts are at most twenty'),
  ($$ insert into dashboard.tasks (title, context) values ('x', array[repeat('a', 1001)]) $$, 'tasks_context_bounded', 'contexts are short'),
  ($$ insert into dashboard.tasks (title, context) values ('x', '{@home,NULL}') $$, 'tasks_context_bounded', 'a context is not null'),
  ($$ insert into dashboard.tasks (title, context) values ('x', '{""}') $$, 'tasks_context_bounded', 'a context is not empty'),
  ($$ insert into dashboard.tasks (title, context) values ('x', '{{a},{b}}') $$, 'tasks_context_bounded', 'contexts are a plain list')
) as v (statement, name, rule);
select lives_ok($$ insert into dashboard.tasks (title, due_date, time_estimate, context)
  values (repeat('x', 500), '2999-12-31', 100000, array_fill('a'::text, array[20])) $$, 'the bounds themselves are allowed');

-- acting as a colleague: sharing a workspace shares no tasks
select tests.act_as('cal');
select is_empty($$ select 1 from dashboard.tasks $$, 'a colleague reads no personal task');
select is_empty($$ update dashboard.tasks set title = 'mine' returning 1 $$, 'a colleague edits none');
select is_empty($$ delete from dashboard.tasks returning 1 $$, 'a colleague deletes none');

-- acting as a stranger
select tests.act_as('bob');
select results_eq($$ select title from dashboard.tasks $$, array['Bob''s task'], 'a stranger reads only their own tasks');
select is_empty($$ update dashboard.tasks set title = 'mine' where title <> 'Bob''s task' returning 1 $$, 'a stranger edits no other');
select is_empty($$ delete from dashboard.tasks where title <> 'Bob''s task' returning 1 $$, 'a stranger deletes no other');

-- acting as anon
select tests.act_as_anon();
select throws_ok($$ select 1 from dashboard.tasks $$, '42501', 'permission denied for table tasks', 'anon reads nothing');
select throws_ok($$ insert into dashboard.tasks (title) values ('x') $$, '42501', 'permission denied for table tasks', 'anon adds nothing');
select throws_ok($$ update dashboard.tasks set title = 'x' $$, '42501', 'permission denied for table tasks', 'anon edits nothing');
select throws_ok($$ delete from dashboard.tasks $$, '42501', 'permission denied for table tasks', 'anon deletes nothing');
select throws_ok($$ select * from dashboard.planned_tasks() $$, '42501', 'permission denied for function planned_tasks', 'anon calls nothing');

-- acting as the service role
select tests.act_as_service();
select throws_ok($$ update dashboard.tasks set user_id = tests.user_id('bob') where title = 'Call Kim' $$,
  'PT409', 'A row of dashboard.tasks cannot change its owner.', 'not even the service moves a task to another user');

update dashboard.tasks set is_my_day = true, recurrence_rule = 'daily' where title = 'Call Kim';
select throws_ok(v.statement, '23514', format('new row for relation "tasks" violates check constraint "%s"', v.name), v.rule)
from (values
  ($$ update dashboard.tasks set my_day_date = null where title = 'Call Kim' $$, 'tasks_my_day_date_set', 'a task in My Day has its day'),
  ($$ update dashboard.tasks set recurrence_start = null where title = 'Call Kim' $$, 'tasks_recurrence_start_set', 'a rule has its start'),
  ($$ update dashboard.tasks set recurrence_start = '3000-01-01' where title = 'Call Kim' $$, 'tasks_recurrence_start_range', 'a start is within reason'),
  ($$ update dashboard.tasks set recurrence_index = 0 where title = 'Call Kim' $$, 'tasks_recurrence_index_positive', 'a series counts from one')
) as v (statement, name, rule);

-- the refusals above were not vacuous
select tests.act_as_owner();
alter table dashboard.tasks disable trigger tasks_place_on_write;
select throws_ok($$ update dashboard.tasks set sort_order = -1 where title = 'Call Kim' $$, '23514',
  'new row for relation "tasks" violates check constraint "tasks_sort_order_not_negative"', 'no task is stored without a place');
alter table dashboard.tasks enable trigger tasks_place_on_write;
select results_eq($$ select count(*) from dashboard.tasks where user_id = tests.user_id('ann') $$, array[3::bigint],
  'Ann''s tasks survived every refused write');
select tests.act_as('ann');
select lives_ok($$ delete from dashboard.task_lists where id = 9001 $$, 'a list can be deleted while it holds tasks');
select results_eq($$ select user_id, list_id from dashboard.tasks where title = 'All of it' $$,
  $$ values (tests.user_id('ann'), null::bigint) $$, 'its tasks stay, without a list, with their owner');
select results_eq($$ delete from dashboard.tasks where title = 'Call Kim' returning title $$, array['Call Kim'], 'an owner deletes');
select tests.act_as_owner();
do $$ begin perform set_config('tests.ann', tests.user_id('ann')::text, true); end $$; -- the name is gone with the account
delete from auth.users where id = tests.user_id('ann');
select results_eq($$ select distinct user_id from dashboard.tasks where user_id in (current_setting('tests.ann')::uuid, tests.user_id('bob')) $$,
  $$ values (tests.user_id('bob')) $$, 'tasks leave with their owner and nobody else''s do');

select * from finish();
rollback;
