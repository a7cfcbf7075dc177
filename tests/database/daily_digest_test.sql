-- The daily digest: once a morning, where the user lives, about tasks that are due or overdue.
begin;
select plan(28);

-- arrange: it is always later for Ann in Kiritimati than for Bob in Pago Pago; nobody else is there
select tests.create_user(u) from unnest(array['ann', 'bob', 'idle', 'off', 'late', 'odd', 'new']) as u;
update public.profiles set created_at = '2026-01-01';
update public.profiles set time_zone = 'Pacific/Kiritimati' where id = tests.user_id('ann'); -- UTC+14
update public.profiles set time_zone = 'Pacific/Pago_Pago' where id = tests.user_id('bob');  -- UTC-11
update public.profiles set created_at = '2026-03-02 08:00+00' where id = tests.user_id('new');
insert into public.user_prefs (user_id, preferences) values
  (tests.user_id('off'), '{"daily_digest": false}'), (tests.user_id('late'), '{"daily_digest_hour": 9.5}'),
  (tests.user_id('odd'), '{"daily_digest": "please", "daily_digest_hour": "noon"}');
insert into dashboard.tasks (user_id, title, due_date, status, archived, snooze_until)
select tests.user_id(u), t.title, t.due_date, t.status, t.archived, t.snooze_until
from unnest(array['ann', 'bob', 'off', 'late', 'odd', 'new']) as u, (values
  ('today', date '2026-03-02', 'open', false, null::date), ('yesterday', '2026-03-01', 'waiting', false, null), ('tomorrow', '2026-03-03', 'open', false, null),
  ('done', '2026-03-02', 'completed', false, null), ('dropped', '2026-03-02', 'cancelled', false, null), ('put away', '2026-03-02', 'open', true, null),
  ('snoozed', '2026-03-02', 'open', false, '2026-03-09'), ('undated', null, 'open', false, null)
) as t (title, due_date, status, archived, snooze_until);
delete from private.daily_digests;
insert into private.daily_digests (user_id, sent_on) select tests.user_id(u), '2026-03-01' from unnest(array['bob', 'idle', 'off', 'late', 'odd', 'new']) as u;
insert into private.daily_digests (user_id, sent_on) select p.id, '2999-01-01' from public.profiles as p
where p.id not in (select tests.user_id(u) from unnest(array['ann', 'bob', 'idle', 'off', 'late', 'odd', 'new']) as u);
create function pg_temp.told(name text) returns table (title text, message text) language sql as $$
  select n.title, n.message from dashboard.notifications as n where n.user_id = tests.user_id(told.name) and n.type = 'task_due' order by n.id
$$;
select isnt_empty($$ select 1 from cron.job where jobname = 'send-daily-digests' and active and schedule = '*/15 * * * *' and command = 'select private.send_daily_digests()' $$,
  'it runs by itself, four times an hour');

-- 2 March, seven in the morning in Kiritimati
select is(private.send_daily_digests('2026-03-01 16:59:59+00'), 0, 'a second before seven nobody is told');
select is(private.send_daily_digests('2026-03-01 17:00+00'), 1, 'at seven those are told who live there');
select results_eq($$ select user_id, type, title, message, source_type, source_id, link from dashboard.notifications where type = 'task_due' and user_id = tests.user_id('ann') $$,
  $$ values (tests.user_id('ann'), 'task_due', '1 due today, 1 overdue', E'today\nyesterday', 'task', null::bigint, '/tasks/planned') $$,
  'of what is due and overdue, without what is finished, put away, snoozed or for later');
select is(private.send_daily_digests('2026-03-01 17:15+00'), 0, 'once');
select is(private.send_daily_digests('2026-03-02 06:59+00'), 0, 'before seven in London nobody is told');
select is(private.send_daily_digests('2026-03-02 07:00+00'), 1, 'at seven, those who want it at that hour');
select results_eq($$ select title from pg_temp.told('odd') $$, array['1 due today, 1 overdue'], 'a preference that says nothing leaves the usual hour');
select is_empty($$ select 1 from pg_temp.told('idle') $$, 'who has nothing due is not told');
insert into dashboard.tasks (user_id, title, due_date) values (tests.user_id('idle'), 'added later', '2026-03-02');
select is(private.send_daily_digests('2026-03-02 08:59+00'), 0, 'and not later in the day either');
select is(private.send_daily_digests('2026-03-02 09:00+00'), 1, 'another hour can be preferred');
select results_eq($$ select title from pg_temp.told('late') $$, array['1 due today, 1 overdue'], 'full hours count');
select is_empty($$ select 1 from pg_temp.told('off') $$, 'and none at all');
select is_empty($$ select 1 from pg_temp.told('new') $$, 'who joined today begins with tomorrow');
select is(private.send_daily_digests('2026-03-02 23:30+00'), 2, 'after a standstill it comes late, on the same day');
select results_eq($$ select title from pg_temp.told('bob') $$, array['1 due today, 1 overdue'], 'Bob''s day is still the same');
select results_eq($$ select title from pg_temp.told('ann') $$, array['1 due today, 1 overdue', '1 due today, 2 overdue'], 'for Ann another has begun');

-- the next morning
update dashboard.tasks set status = 'completed' where user_id = tests.user_id('late') and title <> 'yesterday';
insert into dashboard.tasks (user_id, title, due_date, sort_order) select tests.user_id('odd'), 'item ' || g, '2026-03-03', g from generate_series(100, 110) as g;
select is(private.send_daily_digests('2026-03-03 09:00+00'), 4, 'the next day is another day');
select results_eq($$ select title from pg_temp.told('new') $$, array['1 due today, 2 overdue'], 'also for who was new');
select results_eq($$ select title, message from pg_temp.told('late') offset 1 $$, $$ values ('1 overdue', 'yesterday') $$, 'what is overdue is said alone');
select results_eq($$ select title, message from pg_temp.told('odd') offset 1 $$, $$ values ('12 due today, 2 overdue', E'tomorrow\nitem 100\nitem 101\nitem 102\nitem 103\n…') $$,
  'five titles are named, those due today first');

-- a move to the west, and many
update public.profiles set time_zone = 'Pacific/Pago_Pago' where id = tests.user_id('odd');
select is(private.send_daily_digests('2026-03-03 09:15+00'), 0, 'a date that was told is not told again in another time zone');
select is(private.send_daily_digests('2026-03-04 12:00+00', 2), 2, 'a run takes a batch');
select is(private.send_daily_digests('2026-03-04 12:00+00', 10), 1, 'the next one the rest');

-- projects that are to end
insert into dashboard.projects (id, user_id, name, target_date, status, archived) values
  (9101, tests.user_id('new'), 'Garage', '2026-03-10', 'doing', false), (9102, tests.user_id('new'), 'Done', '2026-03-10', 'done', false),
  (9103, tests.user_id('new'), 'Put away', '2026-03-10', 'doing', true), (9104, tests.user_id('new'), 'Later', '2026-03-11', 'doing', false),
  (9105, tests.user_id('off'), 'Not told', '2026-03-10', 'doing', false);
delete from dashboard.tasks where user_id = tests.user_id('new');
delete from dashboard.notifications where user_id = tests.user_id('new');
do $$ begin perform private.send_daily_digests('2026-03-10 07:00+00'), private.send_daily_digests('2026-03-10 07:15+00'); end $$;
select results_eq($$ select user_id, type, title, message, source_type, source_id, link from dashboard.notifications where user_id = tests.user_id('new') $$,
  $$ values (tests.user_id('new'), 'project_deadline', 'Garage', 'The project is due today.', 'project', 9101::bigint, '/projects/9101') $$,
  'a project that is to end today is told of once, even when no task is due, unless it is done or put away');
select is_empty($$ select 1 from dashboard.notifications where title = 'Not told' $$, 'and not to those who want no digest');

-- who may run it, and what stays
select tests.act_as('ann');
select throws_ok($$ select private.send_daily_digests() $$, '42501', 'permission denied for schema private', 'people do not run it');
select tests.act_as_owner();
delete from auth.users where email = 'late@example.test';
select results_eq($$ select count(*) from private.daily_digests where sent_on < '2999-01-01' $$, array[6::bigint], 'what is remembered leaves with the user');

select * from finish();
rollback;
