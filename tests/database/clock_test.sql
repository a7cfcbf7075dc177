-- Clocking in and out: one entry at a time, now or in hindsight, and what the clock says meanwhile.
begin;
select plan(45);

-- arrange: Ann's day and week begin where it is Kiritimati, her weeks on Sunday
select tests.create_user('ann');
select tests.create_user('bob');
update public.profiles set time_zone = 'Pacific/Kiritimati' where id = tests.user_id('ann');
insert into dashboard.projects (id, user_id, name) overriding system value values (9001, tests.user_id('ann'), 'Kitchen'), (9002, tests.user_id('bob'), 'Bath');
insert into dashboard.tasks (id, user_id, title, project_id) overriding system value values (9101, tests.user_id('ann'), 'Measure', 9001);

select tests.act_as('ann');
select results_eq($$ select id, duration_minutes, today_minutes, week_minutes from dashboard.time_status() $$,
  $$ values (null::bigint, null::integer, 0, 0) $$, 'at first the clock stands');
select throws_ok($$ select dashboard.clock_out() $$, 'PT409', 'The clock is not running.', 'a clock that stands cannot be stopped');
select results_eq($$ select user_id, task_id, project_id, notes, break_minutes, clock_out, clock_in between now() and clock_timestamp() from dashboard.clock_in(task_id => 9101, notes => 'first') $$,
  $$ values (tests.user_id('ann'), 9101::bigint, 9001::bigint, 'first', 0, null::timestamptz, true) $$,
  'clocking in starts an entry of the caller now, for the project of its task');
select throws_ok($$ select dashboard.clock_in() $$, 'PT409', 'The clock is already running.', 'it does not start twice');
select throws_ok($$ select dashboard.clock_in(at => now() - interval '1 day') $$, 'PT409', 'The clock is already running.', 'not in hindsight either');
select results_eq($$ select count(*) from dashboard.time_entries $$, array[1::bigint], 'there is one entry');
select results_eq($$ select id is not null, task_id, project_id, notes, duration_minutes from dashboard.time_status() $$,
  $$ values (true, 9101::bigint, 9001::bigint, 'first', 0) $$, 'the status is the running entry');
select results_eq($$ select clock_out > clock_in and clock_out <= clock_timestamp(), notes, task_id from dashboard.clock_out(notes => 'and done') $$,
  $$ values (true, 'first | and done', 9101::bigint) $$, 'clocking out ends it, even in the same transaction, and adds its notes');
select results_eq($$ select count(*) filter (where clock_out is null), count(*) from dashboard.time_entries $$, $$ values (0::bigint, 1::bigint) $$, 'and nothing else is written');
select lives_ok($$ select dashboard.clock_in() $$, 'the next one begins after it');
select results_eq($$ select notes from dashboard.clock_out() $$, array[null::text], 'no notes stay none');
delete from dashboard.time_entries;

-- in hindsight
select results_eq($$ select clock_in from dashboard.clock_in(at => now() - interval '8 hours', project_id => 9001) $$,
  $$ values (now() - interval '8 hours') $$, 'the clock can be started in the past');
select throws_ok(format('select dashboard.clock_out(%s)', v.arguments), '22023', v.message, v.message)
from (values
  ('at => now() + interval ''1 hour''', 'at must not be in the future.'),
  ('at => now() - interval ''8 hours''', 'at must be after the start of the entry.'),
  ('at => now() - interval ''9 hours''', 'at must be after the start of the entry.'),
  ('break_minutes => -1', 'break_minutes must not be negative.'),
  ('break_minutes => 482', 'break_minutes must not exceed the length of the entry.')
) as v (arguments, message);
select throws_ok($$ select dashboard.clock_in(at => now() + interval '1 hour') $$, '22023', 'at must not be in the future.', 'nor be started there');
select results_eq($$ select clock_out, break_minutes, notes, dashboard.duration_minutes(e) from dashboard.clock_out(break_minutes => 45, notes => 'late', at => now() - interval '1 hour') as e $$,
  $$ values (now() - interval '1 hour', 45, 'late', 375) $$, 'it can be stopped in the past, with a break');
select throws_ok($$ select dashboard.clock_in(at => now() - interval '2 hours') $$, 'PT409', 'at is within another time entry.', 'time that is taken is not given twice');
select throws_ok($$ select dashboard.clock_in(at => now() - interval '20 hours') $$, 'PT409', 'at is within another time entry.', 'nor time before it, which would run over it');
select is((select count(*) from dashboard.time_entries), 1::bigint, 'refused starts leave nothing behind');
select results_eq($$ select clock_in from dashboard.clock_in(at => now() - interval '1 hour') $$, $$ values (now() - interval '1 hour') $$, 'it may begin where the other ended');
update dashboard.time_entries set break_minutes = 15 where clock_out is null;
select results_eq($$ select duration_minutes from dashboard.time_status() $$, array[45], 'a break of the running entry is taken off at once');
select results_eq($$ select break_minutes from dashboard.clock_out() $$, array[15], 'and kept when none is named');
delete from dashboard.time_entries;
insert into dashboard.time_entries (clock_in) values (now() - interval '7 days 1 minute');
select throws_ok($$ select dashboard.clock_out() $$, '22023', 'at must be at most seven days after the start of the entry.', 'a clock that was forgotten does not end now');
select results_eq($$ select clock_out from dashboard.clock_out(at => now() - interval '6 days') $$, $$ values (now() - interval '6 days') $$, 'but when the work did');
delete from dashboard.time_entries;
insert into dashboard.time_entries (clock_in, break_minutes) values (now() - interval '10 minutes', 20);
select throws_ok($$ select dashboard.clock_out() $$, '22023', 'break_minutes must not exceed the length of the entry.', 'a noted break counts too');
select results_eq($$ select duration_minutes from dashboard.time_status() $$, array[0], 'and leaves no work so far, not less than none');
delete from dashboard.time_entries;
insert into dashboard.time_entries (clock_in) values (now() + interval '1 hour');
select results_eq($$ select duration_minutes, today_minutes from dashboard.time_status() $$, $$ values (0, 0) $$, 'an entry that has yet to begin is no time');
select throws_ok($$ select dashboard.clock_out() $$, '22023', 'at must be after the start of the entry.', 'and cannot end yet');
delete from dashboard.time_entries;

-- links
select throws_ok($$ select dashboard.clock_in(project_id => 9002) $$, '23503',
  'insert or update on table "time_entries" violates foreign key constraint "time_entries_project_id_fkey"', 'a stranger''s project is refused');
select throws_ok($$ select dashboard.clock_in(task_id => 99999999) $$, '23503',
  'insert or update on table "time_entries" violates foreign key constraint "time_entries_task_id_fkey"', 'and a task that does not exist');
select throws_ok($$ select dashboard.clock_in(notes => repeat('x', 20001)) $$, '23514',
  'new row for relation "time_entries" violates check constraint "time_entries_notes_length"', 'notes are bounded');
select is_empty($$ select 1 from dashboard.time_entries $$, 'nothing of it is left');

-- today and the week, at the owner's own midnight and first weekday
create function pg_temp.day(n integer) returns timestamptz language sql as
  $$ select (((now() at time zone 'Pacific/Kiritimati')::date + n)::timestamp) at time zone 'Pacific/Kiritimati' $$;
insert into public.user_prefs (week_starts_on) values (extract(isodow from now() at time zone 'Pacific/Kiritimati'));
insert into dashboard.time_entries (clock_in, clock_out) values
  (pg_temp.day(0) - interval '2 hours', pg_temp.day(0) + interval '1 minute'),
  (pg_temp.day(6) + interval '23 hours', pg_temp.day(7) + interval '1 hour');
select results_eq($$ select today_minutes, week_minutes from dashboard.time_status() $$, $$ values (1, 61) $$,
  'an entry over midnight is split: the week that began today has its part of today and of its last day');
update public.user_prefs set week_starts_on = 1 + week_starts_on % 7;
select results_eq($$ select today_minutes, week_minutes from dashboard.time_status() $$, $$ values (1, 121) $$,
  'the week that ends today has yesterday''s part and nothing of the days to come');
select tests.act_as_owner();
update public.profiles set time_zone = 'Pacific/Pago_Pago' where id = tests.user_id('ann');
delete from dashboard.time_entries where user_id = tests.user_id('ann');
select tests.act_as('ann');
insert into dashboard.time_entries (clock_in) values (now() - interval '30 hours');
select results_eq($$ select duration_minutes, abs(today_minutes - extract(epoch from (now() at time zone 'Pacific/Pago_Pago')
    - (now() at time zone 'Pacific/Pago_Pago')::date) / 60) < 1 from dashboard.time_status() $$,
  $$ values (1800, true) $$, 'of a running entry today has the minutes since the owner''s midnight');
select throws_ok($$ update public.user_prefs set week_starts_on = 8 $$, '23514',
  'new row for relation "user_prefs" violates check constraint "user_prefs_week_starts_on_weekday"', 'a week begins on one of seven days');
select throws_ok($$ update public.user_prefs set week_starts_on = 0 $$, '23514',
  'new row for relation "user_prefs" violates check constraint "user_prefs_week_starts_on_weekday"', 'Sunday is 7');

-- acting as a stranger, and as somebody without a user
select tests.act_as('bob');
select results_eq($$ select id, today_minutes, week_minutes from dashboard.time_status() $$, $$ values (null::bigint, 0, 0) $$, 'a stranger''s clock stands');
select throws_ok($$ select dashboard.clock_out() $$, 'PT409', 'The clock is not running.', 'and stops nobody else''s');
select lives_ok($$ select dashboard.clock_in() $$, 'two people work at the same time');
select tests.act_as_service();
select throws_ok($$ select dashboard.clock_in() $$, '42501', 'permission denied for function clock_in', 'the service has no clock');
select tests.act_as('ann');
select results_eq($$ select count(*) from dashboard.time_entries where clock_out is null $$, array[1::bigint], 'Ann''s is still running');

select * from finish();
rollback;
