-- Time by day, week, project and job: cut at the owner's own midnights, whatever the clock does, and never a minute lost.
begin;
select plan(52);

select tests.create_user('ann');
select tests.create_user('bob');
insert into public.workspaces (id, name) values (tests.workspace('shop'), 'Shop');
insert into public.workspace_members (workspace_id, user_id, role, display_name) values
  (tests.workspace('shop'), tests.user_id('ann'), 'employee', 'ann'), (tests.workspace('shop'), tests.user_id('bob'), 'admin', 'bob');
insert into business.jobs (id, workspace_id, job_number) overriding system value values (9001, tests.workspace('shop'), '202601-901-MIT');
insert into dashboard.projects (id, user_id, name) overriding system value values (9101, tests.user_id('ann'), 'Kitchen'), (9102, tests.user_id('ann'), 'Bath');

-- As the owner of everything: the zone is Ann's, the entry too.
create function pg_temp.day_by_day(zone text, clock_in timestamp, clock_out timestamp, break_minutes integer default 0) returns text
language plpgsql
as $$
declare
  days text;
begin
  perform tests.act_as_owner();
  update public.profiles as p set time_zone = day_by_day.zone where p.id = tests.user_id('ann');
  delete from dashboard.time_entries as e where e.user_id = tests.user_id('ann');
  perform tests.act_as('ann');
  insert into dashboard.time_entries (clock_in, clock_out, break_minutes) values
    (day_by_day.clock_in at time zone zone, day_by_day.clock_out at time zone zone, day_by_day.break_minutes);
  select string_agg(format('%s %s', to_char(t.starts_on, 'MM-DD'), t.minutes), ', ' order by t.starts_on) into days
  from dashboard.time_totals(day_by_day.clock_in::date, day_by_day.clock_out::date) as t;
  return days;
end
$$;

grant execute on function pg_temp.day_by_day(text, timestamp, timestamp, integer) to authenticated;

-- midnight and the change of the clock
select is(pg_temp.day_by_day('UTC', '2026-03-02 09:00', '2026-03-02 17:30'), '03-02 510', 'a day''s work');
select is(pg_temp.day_by_day('UTC', '2026-03-02 22:00', '2026-03-03 06:00'), '03-02 120, 03-03 360', 'a night is split at midnight');
select is(pg_temp.day_by_day('UTC', '2026-03-02 00:00', '2026-03-03 00:00'), '03-02 1440, 03-03 0', 'midnight itself is the next day''s');
select is(pg_temp.day_by_day('Asia/Kolkata', '2026-03-02 23:00', '2026-03-03 01:00'), '03-02 60, 03-03 60', 'the owner''s midnight, not that of UTC');
select is(pg_temp.day_by_day('America/Denver', '2026-03-07 22:00', '2026-03-08 06:00'), '03-07 120, 03-08 300',
  'the night in which the clock goes forward is an hour shorter');
select is(pg_temp.day_by_day('America/Denver', '2026-10-31 22:00', '2026-11-01 06:00'), '10-31 120, 11-01 420',
  'the night in which it goes back is an hour longer');
select is(pg_temp.day_by_day('America/Denver', '2026-03-08 00:00', '2026-03-10 00:00'), '03-08 1380, 03-09 1440, 03-10 0', 'that day has 23 hours');
select is(pg_temp.day_by_day('America/Denver', '2026-11-01 00:00', '2026-11-03 00:00'), '11-01 1500, 11-02 1440, 11-03 0', 'the other one 25');
select is(pg_temp.day_by_day('Australia/Lord_Howe', '2026-04-05 00:00', '2026-04-06 00:00'), '04-05 1470, 04-06 0', 'half an hour is possible too');
select is(pg_temp.day_by_day('America/Santiago', '2026-09-05 12:00', '2026-09-07 00:00'), '09-05 720, 09-06 1380, 09-07 0',
  'where the clock goes forward over midnight the day begins at one');
select is(pg_temp.day_by_day('America/Havana', '2025-11-01 12:00', '2025-11-03 00:00'), '11-01 720, 11-02 1500, 11-03 0',
  'where it goes back over midnight the day begins with the first of two');
select is(pg_temp.day_by_day('Pacific/Apia', '2011-12-29 12:00', '2011-12-31 12:00'), '12-29 720, 12-30 0, 12-31 720', 'a day that never was has no time');
select results_eq($$ select t.starts_on, t.entries from dashboard.time_totals('2011-12-29', '2011-12-31') as t $$,
  $$ values ('2011-12-29'::date, 1), ('2011-12-30', 0), ('2011-12-31', 1) $$, 'and no entry');
select is(pg_temp.day_by_day('UTC', '2026-03-02 20:00', '2026-03-03 00:00'), '03-02 240, 03-03 0', 'an evening that ends at midnight');
select results_eq($$ select t.entries from dashboard.time_totals('2026-03-02', '2026-03-03') as t $$, array[1, 0], 'is none of the next day''s entries');

-- breaks and seconds
select is(pg_temp.day_by_day('UTC', '2026-03-02 22:00', '2026-03-03 06:00', 60), '03-02 105, 03-03 315', 'a break is spread over the days of the entry');
select is(pg_temp.day_by_day('UTC', '2026-03-02 22:00', '2026-03-03 06:00', 480), '03-02 0, 03-03 0', 'nothing but a break is nothing');
select is(pg_temp.day_by_day('UTC', '2026-03-02 23:59:30', '2026-03-03 00:00:30'), '03-02 0, 03-03 1', 'half minutes on both sides of midnight are a whole one');
select is(pg_temp.day_by_day('UTC', '2026-03-02 12:00', '2026-03-02 12:00:59.999999'), '03-02 0', 'a minute counts when it is over');
select is(pg_temp.day_by_day('UTC', '2026-03-02 20:00', '2026-03-09 20:00', 1), '03-02 239, 03-03 1440, 03-04 1440, 03-05 1440, 03-06 1440, 03-07 1440, 03-08 1440, 03-09 1200',
  'seven days less a minute: the days add up to the whole');
create temporary table odd as
  select tests.user_id('ann') as user_id, i as number, timestamptz '2026-03-20 00:00+00' + i * interval '11 hours 7 minutes 13.7 seconds' as clock_in,
    timestamptz '2026-03-20 00:00+00' + i * interval '11 hours 7 minutes 13.7 seconds' + interval '1 second' * (40 + i * 997 % 40000) as clock_out, i * 7 % 11 as break_minutes
  from generate_series(0, 99) as i where 40 + i * 997 % 40000 > 660 or i * 7 % 11 = 0;
grant select on odd to authenticated;
select tests.act_as_owner();
delete from dashboard.time_entries where user_id = tests.user_id('ann');
update public.profiles set time_zone = 'Europe/Berlin' where id = tests.user_id('ann');
insert into dashboard.time_entries (user_id, clock_in, clock_out, break_minutes, project_id, job_id)
select user_id, clock_in, clock_out, break_minutes, case number % 3 when 0 then 9101 when 1 then 9102 end, case number % 4 when 0 then 9001 end from odd;
select tests.act_as('ann');
select is((select sum(minutes) from dashboard.time_totals('2026-03-20', '2026-05-31', g)), (select sum(dashboard.duration_minutes(e)) from dashboard.time_entries as e),
  'by ' || g || ', a hundred odd entries add up to what they are')
from unnest(array['day', 'week', 'project', 'job']) as g;
select is((select sum(a.minutes) from generate_series(0, 7) as i, dashboard.time_totals(date '2026-03-20' + i * 9, date '2026-03-28' + i * 9, 'project') as a),
  (select sum(minutes) from dashboard.time_totals('2026-03-20', '2026-05-30', 'project')), 'and so do eight periods that follow each other');

-- by week, project, job
select tests.act_as_owner();
delete from dashboard.time_entries where user_id = tests.user_id('ann');
update public.profiles set time_zone = 'America/New_York' where id = tests.user_id('ann');
insert into dashboard.time_entries (user_id, clock_in, clock_out, project_id, job_id) values
  (tests.user_id('ann'), '2026-03-06 14:00+00', '2026-03-06 15:00+00', 9101, null),
  (tests.user_id('ann'), '2026-03-08 03:30+00', '2026-03-08 05:30+00', 9101, 9001), -- Saturday 22:30 to Sunday 00:30
  (tests.user_id('ann'), '2026-03-09 03:00+00', '2026-03-09 05:00+00', 9102, 9001), -- Sunday 23:00 to Monday 01:00
  (tests.user_id('ann'), '2026-03-10 14:00+00', '2026-03-10 14:10+00', null, null),
  (tests.user_id('ann'), '2026-03-11 14:00+00', '2026-03-11 14:00:30+00', null, null),
  (tests.user_id('ann'), '2026-03-20 14:00+00', '2026-03-20 15:00+00', 9102, null);
insert into dashboard.time_entries (user_id, clock_in, clock_out) values (tests.user_id('bob'), '2026-03-06 10:00+00', '2026-03-12 10:00+00');
select tests.act_as('ann');
select results_eq($$ select * from dashboard.time_totals('2026-03-06', '2026-03-12') $$,
  $$ values ('2026-03-06'::date, null::bigint, null::bigint, null::text, 60, 1), ('2026-03-07', null, null, null, 90, 1), ('2026-03-08', null, null, null, 90, 2),
    ('2026-03-09', null, null, null, 60, 1), ('2026-03-10', null, null, null, 10, 1), ('2026-03-11', null, null, null, 0, 1), ('2026-03-12', null, null, null, 0, 0) $$,
  'by day: every day of the period in order, with its minutes and entries');
select results_eq($$ select starts_on, minutes, entries from dashboard.time_totals('2026-03-06', '2026-03-25', 'week') $$,
  $$ values ('2026-03-02'::date, 240, 3), ('2026-03-09', 70, 3), ('2026-03-16', 60, 1), ('2026-03-23', 0, 0) $$, 'by week: from Monday to Sunday, each entry once a week');
insert into public.user_prefs (week_starts_on) values (7);
select results_eq($$ select starts_on, minutes, entries from dashboard.time_totals('2026-03-06', '2026-03-25', 'week') $$,
  $$ values ('2026-03-01'::date, 150, 2), ('2026-03-08', 160, 4), ('2026-03-15', 60, 1), ('2026-03-22', 0, 0) $$, 'or from Sunday, for who counts that way');
select results_eq($$ select starts_on, minutes from dashboard.time_totals('2026-03-07', '2026-03-08', 'week') $$,
  $$ values ('2026-03-01'::date, 90), ('2026-03-08', 90) $$, 'of weeks that the period cuts, its days count');
select results_eq($$ select * from dashboard.time_totals('2026-03-06', '2026-03-12', 'project') $$,
  $$ values (null::date, 9101::bigint, null::bigint, 'Kitchen', 180, 2), (null, 9102, null, 'Bath', 120, 1), (null, null, null, null, 10, 2) $$,
  'by project: the most time first, with the name, and time without a project');
select tests.work_in('shop');
select results_eq($$ select job_id, label, minutes, entries from dashboard.time_totals('2026-03-06', '2026-03-12', 'job') $$,
  $$ values (9001::bigint, '202601-901-MIT', 240, 2), (null, null, 70, 3) $$, 'by job: with its number');
select tests.act_as('ann');
select results_eq($$ select job_id, label, minutes, entries from dashboard.time_totals('2026-03-06', '2026-03-12', 'job') $$,
  $$ values (9001::bigint, null::text, 240, 2), (null, null, 70, 3) $$, 'in a request of another workspace, by job without its number');
select results_eq($$ select project_id, minutes from dashboard.time_totals('2026-03-08', '2026-03-08', 'project') $$,
  $$ values (9102::bigint, 60), (9101, 30) $$, 'one day: what fell on it');
select is_empty($$ select 1 from dashboard.time_totals('2026-04-01', '2026-04-30', 'project') $$, 'no time, no project');
select results_eq($$ select count(*), sum(minutes) from dashboard.time_totals('2026-01-01', '2027-01-01') $$, $$ values (366::bigint, 370::bigint) $$, 'a period has up to 366 days');
select tests.act_as_owner();
delete from public.workspace_members where workspace_id = tests.workspace('shop') and user_id = tests.user_id('ann');
select tests.act_as('ann');
select results_eq($$ select job_id, label, minutes from dashboard.time_totals('2026-03-06', '2026-03-12', 'job') $$,
  $$ values (9001::bigint, null::text, 240), (null, null, 70) $$, 'who left the workspace keeps the time and no longer sees the number');

-- a running entry counts until now
delete from dashboard.time_entries;
insert into dashboard.time_entries (clock_in) values (now() - interval '20 days');
select results_eq($$ select sum(minutes) from dashboard.time_totals(current_date - 22, current_date + 2) $$, array[28800::bigint], 'one that was forgotten counts all its days');
select results_eq($$ select sum(minutes) from dashboard.time_totals(current_date - 10, current_date - 9) $$, array[2880::bigint], 'or those of the period, long after it began');
select results_eq($$ select sum(minutes) from dashboard.time_totals(current_date + 2, current_date + 9) $$, array[0::bigint], 'and nothing to come');
update dashboard.time_entries set clock_in = '2026-03-02 12:00+00', clock_out = '2026-03-09 12:00+00';
select results_eq($$ select sum(minutes) from dashboard.time_totals('2026-03-09', '2026-03-10') $$, array[480::bigint], 'an entry of seven days reaches into the period from a week before');

-- periods that make no sense
select throws_ok(format('select * from dashboard.time_totals(%s)', v), '22023',
  'from_date must not be after to_date, and the period must not exceed 366 days.', 'refused: ' || v)
from unnest(array[$$'2026-03-02', '2026-03-01'$$, $$'2026-01-01', '2027-01-02'$$, $$null, '2026-03-01'$$, $$'2026-03-01', null$$,
  $$'-infinity', '2026-03-01'$$, $$'2026-03-01', 'infinity'$$, $$'1899-12-31', '1900-01-01'$$, $$'2999-12-30', '2999-12-31'$$]) as v;
select throws_ok(format('select * from dashboard.time_totals(%L, %L, %L)', '2026-03-01', '2026-03-01', v), '22023',
  'group_by is unknown.', format('refused: %L', v)) from unnest(array['month', '', null]) as v;

-- acting as a stranger: the functions read as the caller
select tests.act_as('bob');
select results_eq($$ select sum(minutes) from dashboard.time_totals('2026-03-06', '2026-03-12') $$, array[8640::bigint], 'a stranger sums up their own time');

select * from finish();
rollback;
