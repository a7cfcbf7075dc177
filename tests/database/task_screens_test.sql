-- Screens and counts: important, planned and overdue tasks, and what each list counts.
begin;
select plan(20);

select tests.create_user('ann');
select tests.create_user('bob');
update public.profiles set time_zone = 'Pacific/Kiritimati' where id = tests.user_id('ann'); -- her today may be tomorrow elsewhere

select tests.act_as('ann');
insert into dashboard.task_lists (name) values ('House');
create function pg_temp.today() returns date language sql as $$ select (now() at time zone 'Pacific/Kiritimati')::date $$;
insert into dashboard.tasks (title, list_id, status, archived, is_important, due_date, due_time, snooze_until, is_my_day)
select v.title, case when v.list = '-' then null else l.id end, v.status, v.archived, v.important, pg_temp.today() + v.due, v.due_time,
  pg_temp.today() + v.snooze, v.my_day
from (values
  (1, 'plain', 'House', 'open', false, false, null::integer, null::time, null::integer, false),
  (2, 'star', 'House', 'in_progress', false, true, null, null, null, true),
  (3, 'star done', 'House', 'completed', false, true, null, null, null, true),
  (4, 'star dropped', 'House', 'cancelled', false, true, null, null, null, false),
  (5, 'star away', 'House', 'open', true, true, null, null, null, true),
  (6, 'star asleep', 'House', 'open', false, true, null, null, 1, false),
  (7, 'star awake', 'House', 'waiting', false, true, null, null, 0, false),
  (8, 'late', '-', 'open', false, false, -1, null, null, false),
  (9, 'later', '-', 'someday', false, false, -2, null, null, false),
  (10, 'late done', '-', 'completed', false, false, -1, null, null, false),
  (11, 'late dropped', '-', 'cancelled', false, false, -1, null, null, false),
  (12, 'late asleep', '-', 'open', false, false, -1, null, 3, false),
  (13, 'late away', '-', 'open', true, false, -1, null, null, false),
  (14, 'noon', 'Inbox', 'open', false, false, 0, '12:00', null, false),
  (15, 'morning', 'Inbox', 'open', false, false, 0, '08:00', null, false),
  (16, 'next week', 'Inbox', 'open', false, false, 7, null, null, false)
) as v (place, title, list, status, archived, important, due, due_time, snooze, my_day)
left join dashboard.task_lists as l on l.name = v.list
order by v.place;
insert into dashboard.tasks (title, parent_id, list_id, is_important, due_date)
select 'step', t.id, t.list_id, true, pg_temp.today() - 3 from dashboard.tasks as t where t.title = 'plain';

select results_eq($$ select title from dashboard.important_tasks() $$, array['star', 'star awake'],
  'important: starred root tasks that need doing, neither snoozed nor archived');
select bag_eq($$ select title from dashboard.important_tasks(true) $$, array['star', 'star awake', 'star done', 'star dropped'],
  'finished and cancelled ones on request');
select results_eq($$ select title from dashboard.planned_tasks() $$, array['later', 'late', 'morning', 'noon', 'next week'],
  'planned: root tasks with a date, by date and time');
select bag_eq($$ select title from dashboard.planned_tasks(true) $$,
  array['later', 'late', 'late done', 'late dropped', 'morning', 'noon', 'next week'], 'finished and cancelled ones on request');
select results_eq($$ select title from dashboard.overdue_tasks() $$, array['step', 'later', 'late'],
  'overdue: due before the owner''s own today, subtasks too, oldest first');
select results_eq($$ select title from dashboard.my_day() $$, array['star', 'star done'], 'My Day: chosen for today, finished ones too');

-- what the lists count
select results_eq(
  $$ select l.name, dashboard.task_count(l) from dashboard.task_lists as l order by l.sort_order $$,
  $$ values ('Inbox', 6::bigint), ('My Day', 1), ('Important', 2), ('Planned', 5), ('House', 4) $$,
  'every list counts the root tasks it shows that still need doing');
select results_eq($$ select count(*) from dashboard.important_tasks() $$,
  $$ select dashboard.task_count(l) from dashboard.task_lists as l where l.system_type = 'important' $$, 'Important counts its screen');
select results_eq($$ select count(*) from dashboard.planned_tasks() $$,
  $$ select dashboard.task_count(l) from dashboard.task_lists as l where l.system_type = 'planned' $$, 'Planned counts its screen');
select results_eq($$ select count(*) from dashboard.my_day() where status <> 'completed' $$,
  $$ select dashboard.task_count(l) from dashboard.task_lists as l where l.system_type = 'my_day' $$, 'My Day counts what is left of its screen');
update dashboard.tasks set status = 'completed' where title = 'plain';
select results_eq($$ select dashboard.task_count(l) from dashboard.task_lists as l where l.name = 'House' $$, array[3::bigint],
  'a completed task is no longer counted');
update dashboard.tasks set status = 'open' where title = 'plain';
select results_eq($$ select dashboard.task_count(l) from dashboard.task_lists as l where l.name = 'House' $$, array[4::bigint],
  'a reopened one is');
delete from dashboard.task_lists where name = 'House';
select results_eq($$ select dashboard.task_count(l) from dashboard.task_lists as l where l.name = 'Inbox' $$, array[10::bigint],
  'the tasks of a deleted list are counted by the Inbox');

-- acting as a stranger and anon: the functions read as the caller
select tests.act_as('bob');
select is_empty($$ select 1 from dashboard.important_tasks(true) $$, 'a stranger has no important task');
select is_empty($$ select 1 from dashboard.planned_tasks(true) $$, 'nor a planned one');
select is_empty($$ select 1 from dashboard.overdue_tasks() $$, 'nor an overdue one');
select is_empty($$ select 1 from dashboard.my_day() $$, 'nor one in My Day');
select results_eq($$ select distinct dashboard.task_count(l) from dashboard.task_lists as l $$, array[0::bigint], 'and counts nothing');
select results_eq(
  $$ select dashboard.task_count(row(l.id, tests.user_id('ann'), l.name, l.icon, l.color, l.group_name, 'inbox', true, 0, false, true,
       now(), now())::dashboard.task_lists) from dashboard.task_lists as l where l.system_type = 'inbox' $$,
  array[0::bigint], 'not even by handing in another owner''s list');
select tests.act_as_anon();
select throws_ok($$ select 1 from dashboard.my_day() $$, '42501', 'permission denied for function my_day', 'anon calls nothing');

select * from finish();
rollback;
