-- Order: new tasks go to the end of their siblings, and move_task puts one between two others.
begin;
select plan(34);

select tests.create_user('ann');
select tests.create_user('bob');
insert into dashboard.task_lists (id, user_id, name) overriding system value values
  (9001, tests.user_id('ann'), 'Home'), (9002, tests.user_id('ann'), 'Work'), (9003, tests.user_id('bob'), 'Bob''s');
-- created_at decides between equal places; make it differ
insert into dashboard.tasks (id, user_id, list_id, title) values (9301, tests.user_id('bob'), 9003, 'bob');
create function pg_temp.line(list bigint) returns text language sql as $$
  select string_agg(t.title || t.sort_order, ' ' order by t.sort_order, t.created_at desc, t.id desc)
  from dashboard.tasks as t where t.list_id = line.list and t.parent_id is null
$$;
grant execute on function pg_temp.line(bigint) to authenticated;

select tests.act_as('ann');
insert into dashboard.tasks (title, list_id) values ('a', 9001);
insert into dashboard.tasks (title, list_id) values ('b', 9001), ('c', 9001);
insert into dashboard.tasks (title, list_id) values ('d', 9001);
select is(pg_temp.line(9001), 'a0 b1 c2 d3', 'new tasks go to the end, also several in one statement');
select results_eq($$ insert into dashboard.tasks (title, list_id) values ('w', 9002) returning sort_order $$, array[0],
  'every list counts by itself');
select results_eq($$ insert into dashboard.tasks (title) values ('u'), ('v') returning sort_order $$, array[0, 1],
  'so do the tasks without a list');
select results_eq(
  $$ insert into dashboard.tasks (title, list_id, parent_id) select s, 9001, t.id from dashboard.tasks as t,
     unnest(array['a.1', 'a.2']) as s where t.title = 'a' returning sort_order $$,
  array[0, 1], 'so do the subtasks of a task');
update dashboard.tasks set sort_order = 50 where title = 'a.2';
select results_eq($$ insert into dashboard.tasks (title, list_id, sort_order) values ('e', 9001, null) returning sort_order $$,
  array[4], 'null asks for the end too, and subtasks do not count among the roots');
select results_eq($$ insert into dashboard.tasks (title, list_id, sort_order) values ('z', 9002, 70) returning sort_order $$,
  array[70], 'a given place is kept');
select results_eq($$ update dashboard.tasks set sort_order = 5 where title = 'z' returning sort_order $$, array[5],
  'a place can be written directly');
select results_eq($$ update dashboard.tasks set sort_order = -1 where title = 'w' returning sort_order $$, array[6],
  '-1 sends a task to the end');
select results_eq($$ update dashboard.tasks set list_id = 9002 where title = 'e' returning sort_order $$, array[7],
  'a task that enters another list goes to its end');
select results_eq($$ update dashboard.tasks set list_id = 9001, sort_order = 9 where title = 'e' returning sort_order $$, array[9],
  'unless it is given a place there');
select results_eq($$ update dashboard.tasks set list_id = null where title = 'e' returning sort_order $$, array[2],
  'a task that leaves its list goes to the end of those without one');
select results_eq($$ update dashboard.tasks set list_id = list_id, title = 'b' where title = 'b' returning sort_order $$, array[1],
  'writing the same list again moves nothing');
delete from dashboard.tasks where title = 'e';

-- move_task; titles name the tasks
create function pg_temp.id_of(title text) returns bigint language sql as $$ select t.id from dashboard.tasks as t where t.title = id_of.title $$;
select lives_ok($$ select dashboard.move_task(pg_temp.id_of('d'), before_id => pg_temp.id_of('b')) $$, 'a task moves up');
select is(pg_temp.line(9001), 'a0 d1 b2 c3', 'to just before its neighbor; the gap it left absorbs the shift');
select lives_ok($$ select dashboard.move_task(pg_temp.id_of('a'), after_id => pg_temp.id_of('b')) $$, 'a task moves down');
select is(pg_temp.line(9001), 'd1 b2 a3 c4', 'to just after its neighbor');
select lives_ok($$ select dashboard.move_task(pg_temp.id_of('c'), before_id => pg_temp.id_of('d')) $$, 'a task moves to the top');
select is(pg_temp.line(9001), 'c0 d1 b2 a3', 'and nothing else moves when there is room');
select results_eq($$ select (dashboard.move_task(pg_temp.id_of('c'))).sort_order $$, array[4], 'without a neighbor it goes to the end');
select results_eq($$ select list_id, sort_order from dashboard.move_task(pg_temp.id_of('c'), list_id => 9002) $$,
  $$ values (9002::bigint, 7) $$, 'with a list it goes to the end of that list');
select lives_ok($$ select dashboard.move_task(pg_temp.id_of('c'), after_id => pg_temp.id_of('d')) $$, 'a neighbor in another list takes it there');
select is(pg_temp.line(9001), 'd1 c2 b3 a4', 'to the right place');
select results_eq($$ select parent_id = pg_temp.id_of('a'), sort_order from dashboard.move_task(pg_temp.id_of('c'), before_id => pg_temp.id_of('a.2')) $$,
  $$ values (true, 1) $$, 'a neighbor among subtasks makes it a subtask');
select results_eq($$ select parent_id, list_id from dashboard.move_task(pg_temp.id_of('c'), list_id => 9001) $$,
  $$ values (null::bigint, 9001::bigint) $$, 'naming a list makes it a root task again');
-- equal places, as an import may bring them: the newer task stands first
update dashboard.tasks set sort_order = 0 where list_id = 9001 and parent_id is null;
select lives_ok($$ select dashboard.move_task(pg_temp.id_of('c'), after_id => pg_temp.id_of('b')) $$, 'equal places do not hinder a move');
select is(pg_temp.line(9001), 'd0 b1 c2 a3', 'and are spread by it in the order they were shown');

select throws_ok($$ select dashboard.move_task(pg_temp.id_of('a'), before_id => 1, after_id => 2) $$, '22023',
  'Give before_id or after_id, not both.', 'one neighbor at a time');
select throws_ok($$ select dashboard.move_task(9301) $$, 'PT404', 'The task does not exist.', 'a stranger''s task is not found');
select throws_ok($$ select dashboard.move_task(pg_temp.id_of('a'), after_id => 9301) $$, 'PT404',
  'The task of before_id or after_id does not exist.', 'nor is it a neighbor');
select throws_ok($$ select dashboard.move_task(pg_temp.id_of('a'), list_id => 9003) $$, '23503',
  'insert or update on table "tasks" violates foreign key constraint "tasks_list_id_fkey"', 'nor is a stranger''s list a place to go');
select throws_ok($$ select dashboard.move_task(pg_temp.id_of('a'), list_id => 9002, after_id => pg_temp.id_of('b')) $$, 'PT409',
  'The task of before_id or after_id is not in the list of list_id.', 'list and neighbor must agree');

select tests.act_as_service();
select throws_ok($$ select dashboard.move_task(pg_temp.id_of('a'), after_id => 9301) $$, 'PT404',
  'The task of before_id or after_id does not exist.', 'not even for the service is another owner''s task a neighbor');
select tests.act_as_anon();
select throws_ok($$ select dashboard.move_task(1) $$, '42501', 'permission denied for function move_task', 'anon moves nothing');

select tests.act_as_owner();
select results_eq($$ insert into dashboard.tasks (user_id, title) values (tests.user_id('bob'), 'imported') returning sort_order $$, array[0],
  'an imported task has its place among those of its owner');

select * from finish();
rollback;
