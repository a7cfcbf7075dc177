-- Subtasks: a tree of one owner's tasks without circles, at most ten levels deep.
begin;
select plan(19);

select tests.create_user('ann');
select tests.create_user('bob');
insert into dashboard.tasks (id, user_id, title) values (9100, tests.user_id('ann'), 'root');
insert into dashboard.tasks (id, user_id, parent_id, title)
select 9100 + n, tests.user_id('ann'), 9099 + n, 'level ' || n + 1 from generate_series(1, 8) as n;
insert into dashboard.tasks (id, user_id, title) values (9200, tests.user_id('ann'), 'lone'), (9300, tests.user_id('bob'), 'bob');

select tests.act_as('ann');
select lives_ok($$ insert into dashboard.tasks (title, parent_id) values ('level 10', 9108) $$, 'ten levels are allowed');
select throws_ok(
  $$ insert into dashboard.tasks (title, parent_id) select 'level 11', id from dashboard.tasks where title = 'level 10' $$,
  'PT409', 'Tasks nest at most 10 levels deep.', 'an eleventh level is refused');
select throws_ok($$ update dashboard.tasks set parent_id = 9200 where id = 9100 $$,
  'PT409', 'Tasks nest at most 10 levels deep.', 'a tree cannot be hung so that it grows too deep');
select lives_ok($$ update dashboard.tasks set parent_id = 9200 where id = 9105 $$, 'a branch moves to another root');
select lives_ok($$ update dashboard.tasks set parent_id = 9104 where id = 9105 $$, 'and back');
select throws_ok($$ update dashboard.tasks set parent_id = 9100 where id = 9100 $$,
  'PT409', 'parent_id must not be the row itself or a row below it.', 'a task is not its own parent');
select throws_ok($$ update dashboard.tasks set parent_id = 9101 where id = 9100 $$,
  'PT409', 'parent_id must not be the row itself or a row below it.', 'nor the child of its child');
select throws_ok($$ update dashboard.tasks set parent_id = 9108 where id = 9100 $$,
  'PT409', 'parent_id must not be the row itself or a row below it.', 'nor the child of its furthest descendant');
select throws_ok($$ select dashboard.move_task(9100, before_id => 9105) $$,
  'PT409', 'parent_id must not be the row itself or a row below it.', 'nor by moving it there');
select tests.act_as_service();
select throws_ok(
  $$ insert into dashboard.tasks (id, user_id, parent_id, title) values
     (9401, tests.user_id('ann'), 9402, 'x'), (9402, tests.user_id('ann'), 9401, 'y') $$,
  'PT409', 'parent_id must not be the row itself or a row below it.', 'two tasks added at once cannot close a circle');
select throws_ok($$ insert into dashboard.tasks (id, user_id, parent_id, title) values (9403, tests.user_id('ann'), 9403, 'x') $$,
  'PT409', 'parent_id must not be the row itself or a row below it.', 'a task added as its own parent is refused');

-- what the API shows
select tests.act_as('ann');
insert into dashboard.tasks (title, parent_id, status, archived) values
  ('first', 9200, 'completed', false), ('second', 9200, 'open', false), ('third', 9200, 'cancelled', false), ('put away', 9200, 'completed', true);
select results_eq($$ select dashboard.subtask_total(t), dashboard.subtask_completed(t) from dashboard.tasks as t where t.id = 9200 $$,
  $$ values (3::bigint, 1::bigint) $$, 'a task counts its direct subtasks and the completed ones, without archived ones');
select results_eq($$ select dashboard.subtask_total(t), dashboard.subtask_completed(t) from dashboard.tasks as t where t.id = 9100 $$,
  $$ values (1::bigint, 0::bigint) $$, 'deeper levels are counted by their own parents');
update dashboard.tasks set sort_order = 0 where title = 'second';
update dashboard.tasks set sort_order = 1 where title = 'first';
select results_eq($$ select s.title from dashboard.tasks as t, dashboard.subtasks(t) as s where t.id = 9200 $$,
  array['second', 'first', 'third', 'put away'], 'the embedded subtasks come in their order');
select results_eq($$ select t.title, p.title from dashboard.tasks as t left join lateral dashboard.parent_task(t) as p on true
  where t.id in (9200, 9101) or t.title = 'first' order by t.title $$,
  $$ values ('first', 'lone'), ('level 2', 'root'), ('lone', null) $$, 'a subtask embeds its parent');

select tests.act_as('bob');
select is_empty($$ select * from dashboard.tasks where id <> 9300 $$, 'a stranger sees none of the tree');
select throws_ok($$ insert into dashboard.tasks (title, parent_id) values ('x', 9100) $$, '23503',
  'insert or update on table "tasks" violates foreign key constraint "tasks_parent_id_fkey"', 'and cannot add to it');

select tests.act_as('ann');
delete from dashboard.tasks where id = 9103;
select results_eq($$ select count(*) from dashboard.tasks where id between 9100 and 9108 or title = 'level 10' $$, array[3::bigint],
  'deleting a task deletes everything below it and nothing above');
select results_eq($$ select count(*) from dashboard.tasks where parent_id = 9200 $$, array[4::bigint], 'other trees stay');

select * from finish();
rollback;
