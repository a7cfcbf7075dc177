-- Completion: a task has completed_at exactly while its status is completed, by any way of writing it.
begin;
select plan(12);

select tests.create_user('ann');
select tests.act_as('ann');
insert into dashboard.tasks (title) values ('one');

select results_eq(
  $$ update dashboard.tasks set status = 'completed' where title = 'one' returning completed_at $$,
  $$ select now() $$, 'completing stamps the time');
select results_eq(
  $$ update dashboard.tasks set title = 'one!', priority = 'high' where title = 'one' returning completed_at $$,
  $$ select now() $$, 'other changes keep it');
select tests.act_as_owner();
update dashboard.tasks set completed_at = '2026-01-02 03:04+00' where title = 'one!';
select tests.act_as('ann');
select results_eq(
  $$ update dashboard.tasks set status = 'completed' where title = 'one!' returning completed_at $$,
  $$ select '2026-01-02 03:04+00'::timestamptz $$, 'completing a completed task again keeps the first time');
select results_eq($$ update dashboard.tasks set status = 'open' where title = 'one!' returning completed_at $$,
  array[null::timestamptz], 'reopening clears it');
select results_eq($$ insert into dashboard.tasks (title, status) values ('two', 'completed') returning completed_at $$,
  $$ select now() $$, 'a task can be added completed');
select results_eq($$ insert into dashboard.tasks (title, status) values ('three', 'cancelled') returning completed_at $$,
  array[null::timestamptz], 'a cancelled task was not completed');
select results_eq($$ update dashboard.tasks set status = 'cancelled' where title = 'two' returning completed_at $$,
  array[null::timestamptz], 'cancelling a completed task clears it');

-- parent and children are independent
insert into dashboard.tasks (title) values ('parent');
insert into dashboard.tasks (title, parent_id) select 'child', id from dashboard.tasks where title = 'parent';
update dashboard.tasks set status = 'completed' where title = 'parent';
select results_eq($$ select status from dashboard.tasks where title = 'child' $$, array['open'],
  'completing a parent leaves its subtasks as they are');
update dashboard.tasks set status = 'open' where title = 'parent';
update dashboard.tasks set status = 'completed' where title = 'child';
select results_eq($$ select status from dashboard.tasks where title = 'parent' $$, array['open'],
  'completing the last subtask leaves the parent open');

-- imports and jobs
select tests.act_as_service();
select results_eq(
  $$ insert into dashboard.tasks (user_id, title, status, completed_at)
     values (tests.user_id('ann'), 'imported', 'completed', '2020-02-03 04:05+00') returning completed_at $$,
  $$ select '2020-02-03 04:05+00'::timestamptz $$, 'an imported task keeps its time of completion');
select results_eq(
  $$ insert into dashboard.tasks (user_id, title, status, completed_at)
     values (tests.user_id('ann'), 'odd', 'open', '2020-02-03 04:05+00') returning completed_at $$,
  array[null::timestamptz], 'an open task with a time of completion is stored as open');

-- the check holds even where the trigger does not run
select tests.act_as_owner();
alter table dashboard.tasks disable trigger tasks_stamp_completion_on_write;
select throws_ok($$ update dashboard.tasks set completed_at = now() where title = 'imported' or title = 'odd' $$, '23514',
  'new row for relation "tasks" violates check constraint "tasks_completed_at_matches_status"',
  'without the trigger the check still holds the rule');

select * from finish();
rollback;
