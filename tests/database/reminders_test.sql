-- Reminders of tasks: one notification each, when their time has come and not before.
begin;
select plan(24);

select tests.create_user('ann');
select tests.create_user('bob');
delete from private.task_reminders; -- those of demo data; nothing of this stays
create function pg_temp.told() returns setof text language sql as $$
  select n.title from dashboard.notifications as n where n.type = 'reminder' and n.user_id in (tests.user_id('ann'), tests.user_id('bob')) order by n.title
$$;
select isnt_empty($$ select 1 from cron.job where jobname = 'send-reminders' and active and schedule = '* * * * *' and command = 'select private.send_reminders()' $$,
  'it runs by itself, every minute');

-- acting as the owner
select tests.act_as('ann');
insert into dashboard.tasks (title, due_date, due_time, reminder_at) values
  ('first', '2026-03-02', '09:30', '2026-03-02 09:00+00'), ('second', '2026-03-05', null, '2026-03-02 09:00:30+00'),
  ('third', null, null, '2026-03-02 10:00+00'), ('never', null, null, null),
  ('completed', null, null, '2026-03-02 09:00+00'), ('cancelled', null, null, '2026-03-02 09:00+00'), ('archived', null, null, '2026-03-02 09:00+00');
insert into dashboard.tasks (title, parent_id, reminder_at) select 'step', t.id, '2026-03-02 09:00+00' from dashboard.tasks as t where t.title = 'first';
update dashboard.tasks set status = title where title in ('completed', 'cancelled');
update dashboard.tasks set archived = true where title = 'archived';
select throws_ok($$ select private.send_reminders() $$, '42501', 'permission denied for schema private', 'people do not run it');

-- the clock
select tests.act_as_owner();
select is(private.send_reminders('2026-03-02 08:59:59+00'), 0, 'a second before, nobody is reminded');
select is(private.send_reminders('2026-03-02 09:00+00'), 2, 'at the minute, of tasks and steps that are still to do');
select results_eq('select pg_temp.told()', array['first', 'step'], 'but not of completed, cancelled or archived ones');
select results_eq($$ select user_id, type, title, message, source_type, source_id, link, is_read from dashboard.notifications where title = 'first' $$,
  $$ select t.user_id, 'reminder', 'first', 'Due 2026-03-02 at 09:30', 'task', t.id, '/tasks/' || t.id, false from dashboard.tasks as t where t.title = 'first' $$,
  'the owner is told which task, when it is due, and where it is');
select is(private.send_reminders('2026-03-02 09:00+00'), 0, 'once');
select is(private.send_reminders('2026-03-03 09:00+00'), 2, 'after a day of standstill, of everything since');
select results_eq('select pg_temp.told()', array['first', 'second', 'step', 'third'], 'each once');
select results_eq($$ select message from dashboard.notifications where title in ('second', 'third') order by title $$, array['Due 2026-03-05', null], 'a task without a time or a day says so');
select results_eq($$ select title, updated_at = created_at from dashboard.tasks where title = 'first' $$, $$ values ('first', true) $$, 'reminding changes no task');

-- again, at another time
select tests.act_as('ann');
delete from dashboard.notifications where title = 'first';
update dashboard.tasks set title = 'first again' where title = 'first';
select tests.act_as_owner();
select is(private.send_reminders('2026-03-03 09:01+00'), 0, 'deleting a notification or changing the task does not bring it back');
select tests.act_as('ann');
update dashboard.tasks set reminder_at = '2026-03-04 09:00+00' where title = 'first again';
select tests.act_as_owner();
select is(private.send_reminders('2026-03-04 08:59+00'), 0, 'another time reminds again, then');
select is(private.send_reminders('2026-03-04 09:00+00'), 1, 'and not earlier');
select tests.act_as('ann');
update dashboard.tasks set reminder_at = '2026-03-05 09:00+00' where title in ('second', 'third');
update dashboard.tasks set reminder_at = null where title = 'second';
update dashboard.tasks set status = 'completed' where title = 'third';
update dashboard.tasks set status = 'open' where title = 'third';
select tests.act_as_owner();
select is(private.send_reminders('2026-03-05 09:00+00'), 1, 'what is taken back does not remind; what is open again does');
select tests.act_as('ann');
update dashboard.tasks set status = 'open' where title = 'completed';
select tests.act_as_owner();
select is(private.send_reminders('2026-03-05 09:01+00'), 0, 'a time that passed while a task was done does not come back when it is reopened');
select tests.act_as('ann');
insert into dashboard.tasks (title, reminder_at) values ('gone', '2026-03-06 09:00+00');
delete from dashboard.tasks where title = 'gone';
insert into dashboard.tasks (title, due_date, reminder_at, recurrence_rule) values ('daily', '2026-03-06', '2026-03-06 08:00+00', 'daily');
select tests.act_as_owner();
select is_empty($$ select 1 from private.task_reminders as r where not exists (select from dashboard.tasks as t where t.id = r.task_id) $$, 'a reminder goes with its task');
select is(private.send_reminders('2026-03-06 09:00+00'), 1, 'a deleted task reminds nobody');
select tests.act_as('ann');
update dashboard.tasks set status = 'completed' where title = 'daily';
select tests.act_as_owner();
select is(private.send_reminders('2026-03-06 23:00+00'), 0, 'the next of a series does not remind today');
select is(private.send_reminders('2026-03-07 08:00+00'), 1, 'but in its own time');

-- long ago, and many
insert into dashboard.tasks (user_id, title, reminder_at) values (tests.user_id('bob'), 'a month ago', '2026-03-01 00:00+00'), (tests.user_id('bob'), 'lately', '2026-03-01 00:02+00');
select is(private.send_reminders('2026-03-31 00:01+00'), 1, 'what is a month late reminds nobody');
insert into dashboard.tasks (user_id, title, reminder_at) select tests.user_id('bob'), 'one of many', '2026-04-01 00:00+00' from generate_series(1, 5);
select is(private.send_reminders('2026-04-01 00:00+00', 3), 3, 'a run takes a batch');
select is(private.send_reminders('2026-04-01 00:01+00', 3), 2, 'the next one the rest');
select is_empty('select 1 from private.task_reminders', 'and nothing waits any more');

select * from finish();
rollback;
