-- Recurrence: which rules are accepted, which dates they give, and what completing a recurring task creates.
begin;
select plan(94);

select tests.create_user('ann');
select tests.create_user('bob');
update public.profiles set time_zone = 'America/Denver' where id = tests.user_id('ann');

-- dates of a rule; a generated comparison with an independent implementation is in recurrence_test.ts
create function pg_temp.dates(rule text, dtstart date, n integer) returns text language sql as $$
  with recursive walk (day, step) as (
    select private.next_occurrence(rule, dtstart, dtstart - 1), 1
    union all
    select private.next_occurrence(rule, dtstart, w.day), w.step + 1 from walk as w where w.day is not null and w.step < n
  )
  select coalesce(string_agg(to_char(w.day, 'YYMMDD'), ' ' order by w.step), '') from walk as w
$$;
select is(pg_temp.dates(v.rule, v.dtstart, v.n), v.expected, v.rule || ' from ' || v.dtstart)
from (values
  ('FREQ=DAILY', date '2026-02-27', 3, '260227 260228 260301'),
  ('FREQ=DAILY;INTERVAL=10;COUNT=3', '2026-01-01', 5, '260101 260111 260121'),
  ('FREQ=DAILY;UNTIL=20260103T090000Z', '2026-01-01', 5, '260101 260102 260103'),
  ('FREQ=DAILY;BYMONTH=1;BYDAY=SU', '2026-12-01', 3, '270103 270110 270117'),
  ('FREQ=WEEKLY', '2026-01-01', 3, '260101 260108 260115'),
  ('FREQ=WEEKLY;BYDAY=MO,WE,FR', '2026-01-01', 4, '260102 260105 260107 260109'),
  ('FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=MO', '1997-08-05', 9, '970805 970810 970819 970824'),
  ('FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=SU', '1997-08-05', 9, '970805 970817 970819 970831'),
  ('FREQ=MONTHLY', '2026-01-31', 4, '260131 260331 260531 260731'),
  ('FREQ=MONTHLY;BYMONTHDAY=-1', '2026-01-31', 4, '260131 260228 260331 260430'),
  ('FREQ=MONTHLY;BYMONTHDAY=1,15', '2026-01-02', 3, '260115 260201 260215'),
  ('FREQ=MONTHLY;BYDAY=1MO', '2026-01-01', 3, '260105 260202 260302'),
  ('FREQ=MONTHLY;BYDAY=-1FR', '2026-01-01', 3, '260130 260227 260327'),
  ('FREQ=MONTHLY;BYDAY=+2TU,-2TU', '2026-01-01', 4, '260113 260120 260210 260217'),
  ('FREQ=MONTHLY;BYDAY=5MO', '2026-01-01', 3, '260330 260629 260831'),
  ('FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1', '2026-01-01', 3, '260130 260227 260331'),
  ('FREQ=MONTHLY;BYDAY=TU,WE,TH;BYSETPOS=3;COUNT=3', '1997-09-04', 5, '970904 971007 971106'),
  ('FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13', '2026-01-01', 3, '260213 260313 261113'),
  ('FREQ=YEARLY', '2024-02-29', 3, '240229 280229 320229'),
  ('FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=-1', '2023-03-01', 3, '240229 250228 260228'),
  ('FREQ=YEARLY;BYMONTH=11;BYDAY=4TH', '2026-01-01', 3, '261126 271125 281123'),
  ('FREQ=YEARLY;BYDAY=20MO', '1997-05-19', 3, '970519 980518 990517'),
  ('FREQ=YEARLY;BYDAY=53FR', '2023-01-01', 2, '271231 321231'),
  ('FREQ=YEARLY;BYDAY=1TH,FR', '2026-12-20', 3, '261225 270101 270107'),
  ('FREQ=YEARLY;INTERVAL=4;BYMONTH=11;BYDAY=TU;BYMONTHDAY=2,3,4,5,6,7,8', '1996-11-05', 3, '961105 001107 041102'),
  ('FREQ=YEARLY;BYMONTHDAY=15', '2026-05-16', 2, '260615 260715'),
  ('FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30', '2026-01-01', 2, ''),
  ('FREQ=MONTHLY;BYDAY=6MO', '2026-01-01', 2, ''),
  ('FREQ=DAILY;COUNT=1', '2026-01-01', 3, '260101'),
  ('FREQ=DAILY;UNTIL=20251231', '2026-01-01', 3, '')
) as v (rule, dtstart, n, expected);
select is(private.next_occurrence('FREQ=WEEKLY', '2026-01-01', '2026-06-03'), '2026-06-04', 'the search may begin anywhere');
select is(private.next_occurrence('FREQ=WEEKLY', '2026-01-01', '2020-01-01'), '2026-01-01', 'nothing comes before the start');
select is(private.next_occurrence('FREQ=DAILY;COUNT=3', '2026-01-01', '2026-01-03'), null, 'a counted series ends, wherever the search begins');
select is(private.next_occurrence('FREQ=DAILY', '2026-01-01', 'infinity'), null, 'the end of time has no next day');

-- what is written
select tests.act_as('ann');
select results_eq(
  format($$ insert into dashboard.tasks (title, due_date, recurrence_rule) values ('x', '2026-01-01', %L)
    returning recurrence_rule, recurrence_start $$, v.given),
  format($$ values (%L, case when %2$L is not null then date '2026-01-01' end) $$, v.stored, v.stored),
  format('%s is stored as %s', coalesce(quote_literal(v.given), 'null'), coalesce(v.stored, 'null')))
from (values
  ('daily', 'FREQ=DAILY'), ('Weekly', 'FREQ=WEEKLY'), ('weekdays', 'FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR'),
  ('monthly', 'FREQ=MONTHLY'), (' yearly ', 'FREQ=YEARLY'), ('RRULE:FREQ=DAILY', 'FREQ=DAILY'),
  ('freq=weekly;byday=mo;', 'FREQ=WEEKLY;BYDAY=MO'), ('', null), (null, null)
) as v (given, stored);
select throws_ok(format($$ insert into dashboard.tasks (title, recurrence_rule) values ('x', %L) $$, v.rule), '22023',
  'recurrence_rule: ' || v.fault || '.', 'refused: ' || v.rule)
from (values
  ('sometimes', 'it is not a list of NAME=value parts'),
  ('FREQ=DAILY;;', 'it is not a list of NAME=value parts'),
  ('FREQ=DAILY;COUNT=', 'it is not a list of NAME=value parts'),
  ('FREQ=DAILY;COUNT=2;COUNT=3', 'COUNT is given twice'),
  ('FREQ=HOURLY', 'FREQ has a value that is not allowed'),
  ('FREQ=DAILY;INTERVAL=0', 'INTERVAL has a value that is not allowed'),
  ('FREQ=DAILY;INTERVAL=1000', 'INTERVAL has a value that is not allowed'),
  ('FREQ=DAILY;INTERVAL=-1', 'INTERVAL has a value that is not allowed'),
  ('FREQ=DAILY;COUNT=0', 'COUNT has a value that is not allowed'),
  ('FREQ=DAILY;COUNT=10000', 'COUNT has a value that is not allowed'),
  ('FREQ=DAILY;UNTIL=2026', 'UNTIL has a value that is not allowed'),
  ('FREQ=DAILY;UNTIL=20260230', 'UNTIL is not a date'),
  ('FREQ=MONTHLY;BYMONTHDAY=32', 'BYMONTHDAY has a value that is not allowed'),
  ('FREQ=MONTHLY;BYMONTHDAY=0', 'BYMONTHDAY has a value that is not allowed'),
  ('FREQ=YEARLY;BYMONTH=13', 'BYMONTH has a value that is not allowed'),
  ('FREQ=WEEKLY;BYDAY=XX', 'BYDAY has a value that is not allowed'),
  ('FREQ=MONTHLY;BYDAY=+MO', 'BYDAY has a value that is not allowed'),
  ('FREQ=MONTHLY;BYDAY=54MO', 'BYDAY has a value that is not allowed'),
  ('FREQ=MONTHLY;BYDAY=MO;BYSETPOS=0', 'BYSETPOS has a value that is not allowed'),
  ('FREQ=WEEKLY;WKST=1', 'WKST has a value that is not allowed'),
  ('FREQ=DAILY;BYHOUR=9', 'BYHOUR is not supported'),
  ('INTERVAL=2', 'FREQ is missing'),
  ('FREQ=DAILY;COUNT=2;UNTIL=20270101', 'COUNT and UNTIL exclude each other'),
  ('FREQ=WEEKLY;BYMONTHDAY=1', 'BYMONTHDAY does not go with FREQ=WEEKLY'),
  ('FREQ=WEEKLY;BYDAY=1MO', 'a numbered BYDAY needs FREQ=MONTHLY or FREQ=YEARLY'),
  ('FREQ=MONTHLY;BYSETPOS=1', 'BYSETPOS needs BYDAY, BYMONTHDAY or BYMONTH')
) as v (rule, fault);
select throws_ok($$ update dashboard.tasks set recurrence_rule = 'junk' $$, '22023',
  'recurrence_rule: it is not a list of NAME=value parts.', 'a change is checked too');
select throws_ok($$ insert into dashboard.tasks (title, recurrence_rule, due_date) values ('x', 'FREQ=WEEKLY;BYDAY=MO' || repeat(',MO', 200), '2026-01-01') $$,
  '23514', 'new row for relation "tasks" violates check constraint "tasks_recurrence_rule_length"', 'a rule is bounded');
select throws_ok(
  $$ insert into dashboard.tasks (title, recurrence_rule, parent_id) select 'x', 'daily', min(id) from dashboard.tasks $$,
  '23514', 'new row for relation "tasks" violates check constraint "tasks_recurrence_rule_on_roots"', 'a subtask does not recur by itself');
delete from dashboard.tasks;

-- completing creates the next one, with all that belongs to it; Denver goes from UTC-7 to UTC-6 on 8 March 2026
insert into dashboard.task_lists (name) values ('Chores');
insert into dashboard.tags (name) values ('home'), ('car');
insert into dashboard.tasks (title, description, notes, list_id, priority, due_date, due_time, start_date, reminder_at, is_my_day, is_important,
  energy_level, time_estimate, context, recurrence_rule)
select 'Water', 'd', 'n', id, 'high', '2026-03-05', '09:00', '2026-03-04', '2026-03-05 08:30 America/Denver', true, true, 'low', 15, '{@home}', 'weekly'
from dashboard.task_lists where name = 'Chores';
insert into dashboard.tasks (title, parent_id, status, due_date) select 'Kitchen', id, 'completed', '2026-03-04' from dashboard.tasks where title = 'Water';
insert into dashboard.tasks (title, parent_id, status) select 'Cactus', id, 'in_progress' from dashboard.tasks where title = 'Kitchen';
insert into dashboard.tasks (title, parent_id, archived) select 'Old', id, true from dashboard.tasks where title = 'Water';
insert into dashboard.task_tags (task_id, tag_id) select t.id, g.id from dashboard.tasks as t, dashboard.tags as g
where (t.title, g.name) in (('Water', 'home'), ('Cactus', 'car'));

update dashboard.tasks set status = 'completed' where title = 'Water';
select results_eq(
  $$ select status, due_date, due_time, start_date, reminder_at at time zone 'America/Denver', completed_at, is_my_day, recurrence_index
     from dashboard.tasks where title = 'Water' order by recurrence_index $$,
  $$ values ('completed', date '2026-03-05', time '09:00', date '2026-03-04', timestamp '2026-03-05 08:30', now(), true, 1),
            ('open', '2026-03-12', '09:00', '2026-03-11', '2026-03-12 08:30', null, false, 2) $$,
  'the next one is a week later, at the same local times across the change of the clock; the finished one stays as it was');
select results_eq(
  $$ select extract(epoch from max(reminder_at) - min(reminder_at))::integer / 3600 from dashboard.tasks where title = 'Water' $$,
  array[7 * 24 - 1], 'in that week the reminder is an hour nearer in absolute time');
select results_eq(
  $$ select n.description, n.notes, n.list_id = o.list_id, n.priority, n.is_important, n.energy_level, n.time_estimate, n.context,
       n.recurrence_rule, n.recurrence_start, n.recurrence_parent_id = o.id, n.sort_order
     from dashboard.tasks as o join dashboard.tasks as n on n.title = 'Water' and n.recurrence_index = 2
     where o.title = 'Water' and o.recurrence_index = 1 $$,
  $$ values ('d', 'n', true, 'high', true, 'low', 15, '{@home}'::text[], 'FREQ=WEEKLY', date '2026-03-05', true, 1) $$,
  'everything else is copied, and it stands at the end of the list');
select results_eq(
  $$ select s.title, s.status, s.due_date, s.completed_at, c.title, c.status from dashboard.tasks as t
     join dashboard.tasks as s on s.parent_id = t.id left join dashboard.tasks as c on c.parent_id = s.id
     where t.title = 'Water' and t.recurrence_index = 2 $$,
  $$ values ('Kitchen', 'open', date '2026-03-11', null::timestamptz, 'Cactus', 'open') $$,
  'its subtasks come along at every level, open again, without archived ones');
select results_eq(
  $$ select t.title, g.name from dashboard.tasks as t join dashboard.task_tags as l on l.task_id = t.id join dashboard.tags as g on g.id = l.tag_id
     order by t.title, t.id $$,
  $$ values ('Cactus', 'car'), ('Cactus', 'car'), ('Water', 'home'), ('Water', 'home') $$, 'so do the tags of all of them');

-- exactly once
update dashboard.tasks set status = 'open' where title = 'Water' and recurrence_index = 1;
update dashboard.tasks set status = 'completed' where title = 'Water' and recurrence_index = 1;
update dashboard.tasks set status = 'completed' where title = 'Water' and recurrence_index = 1;
select results_eq($$ select count(*) from dashboard.tasks where title = 'Water' $$, array[2::bigint],
  'reopening and completing again creates no second copy');
update dashboard.tasks set due_date = '2026-03-20' where title = 'Water' and recurrence_index = 2;
update dashboard.tasks set status = 'completed' where title = 'Water' and recurrence_index = 2;
select results_eq($$ select due_date, recurrence_index from dashboard.tasks where title = 'Water' and status = 'open' $$,
  $$ values (date '2026-03-26', 3) $$, 'moving one occurrence keeps the rhythm of the series');
update dashboard.tasks set status = 'cancelled' where title = 'Water' and recurrence_index = 3;
select results_eq($$ select count(*) from dashboard.tasks where title = 'Water' $$, array[3::bigint], 'cancelling ends the series');
delete from dashboard.tasks where title = 'Water' and recurrence_index = 1;
select results_eq($$ select count(*) from dashboard.tasks where title = 'Water' and recurrence_parent_id is null $$, array[2::bigint],
  'deleting the first keeps the later ones');
update dashboard.tasks set status = 'completed' where title = 'Water' and recurrence_index = 3;
select results_eq($$ select n.due_date, n.recurrence_index, p.recurrence_index from dashboard.tasks as n
  join dashboard.tasks as p on p.id = n.recurrence_parent_id where n.title = 'Water' $$,
  $$ values (date '2026-04-02', 4, 3) $$, 'and the series goes on');

-- ends, starts and changes
insert into dashboard.tasks (title, due_date, recurrence_rule) values ('twice', '2026-05-01', 'FREQ=DAILY;COUNT=2');
update dashboard.tasks set status = 'completed' where title = 'twice' and status = 'open';
update dashboard.tasks set status = 'completed' where title = 'twice' and status = 'open';
select results_eq($$ select due_date, status from dashboard.tasks where title = 'twice' order by due_date $$,
  $$ values (date '2026-05-01', 'completed'), ('2026-05-02', 'completed') $$, 'COUNT ends the series');
insert into dashboard.tasks (title, due_date, recurrence_rule) values ('until', '2026-05-01', 'FREQ=WEEKLY;UNTIL=20260508');
update dashboard.tasks set status = 'completed' where title = 'until' and status = 'open';
update dashboard.tasks set status = 'completed' where title = 'until' and status = 'open';
select results_eq($$ select max(due_date), count(*) from dashboard.tasks where title = 'until' $$,
  $$ values (date '2026-05-08', 2::bigint) $$, 'UNTIL ends the series, its day included');
insert into dashboard.tasks (title, due_date, reminder_at, recurrence_rule) values ('early', '2026-03-07', '2026-03-07 02:30 America/Denver', 'daily');
update dashboard.tasks set status = 'completed' where title = 'early' and status = 'open';
update dashboard.tasks set status = 'completed' where title = 'early' and status = 'open';
select results_eq($$ select reminder_at at time zone 'America/Denver' from dashboard.tasks where title = 'early' order by due_date $$,
  $$ values (timestamp '2026-03-07 02:30'), ('2026-03-08 03:30'), ('2026-03-09 02:30') $$,
  'a reminder at a time that the clock leaves out comes an hour later on that day, and no later on those after it');
insert into dashboard.tasks (title, recurrence_rule, reminder_at) values ('undated', 'daily', now());
update dashboard.tasks set status = 'completed' where title = 'undated';
select results_eq($$ select due_date, (reminder_at at time zone 'America/Denver')::time = (now() at time zone 'America/Denver')::time
  from dashboard.tasks where title = 'undated' and status = 'open' $$,
  $$ select (now() at time zone 'America/Denver')::date + 1, true $$, 'without a due date the rule counts from the owner''s today');
insert into dashboard.tasks (title, due_date, recurrence_rule) values ('shift', '2026-06-01', 'weekly');
select results_eq($$ update dashboard.tasks set due_date = '2026-06-03' where title = 'shift' returning recurrence_start $$,
  array[date '2026-06-03'], 'moving the first occurrence moves the rhythm');
select results_eq($$ update dashboard.tasks set recurrence_rule = 'monthly' where title = 'shift' returning recurrence_start $$,
  array[date '2026-06-03'], 'a new rule counts from the due date');
select results_eq($$ update dashboard.tasks set recurrence_rule = null where title = 'shift' returning recurrence_start $$,
  array[null::date], 'without a rule there is no start');
update dashboard.tasks set status = 'completed' where title = 'shift';
select results_eq($$ select count(*) from dashboard.tasks where title = 'shift' $$, array[1::bigint], 'and nothing follows');

-- acting as others
select tests.act_as_service();
insert into dashboard.tasks (user_id, title, status, due_date, recurrence_rule)
values (tests.user_id('bob'), 'imported', 'completed', '2026-01-01', 'daily');
select results_eq($$ select count(*) from dashboard.tasks where title = 'imported' $$, array[1::bigint],
  'a task that is stored completed, as imports do, creates nothing');
update dashboard.tasks set status = 'completed' where user_id = tests.user_id('ann') and title = 'Water' and status = 'open';
select results_eq($$ select distinct user_id from dashboard.tasks where title = 'Water' $$,
  $$ select tests.user_id('ann') $$, 'whoever completes a task, the next one belongs to its owner');
select tests.act_as('bob');
select is_empty($$ select 1 from dashboard.tasks where title = 'Water' $$, 'a stranger sees nothing of the series');
select throws_ok($$ select private.next_occurrence('daily', '2026-01-01', '2026-01-01') $$, '42501', 'permission denied for schema private',
  'callers cannot run the engine');

select * from finish();
rollback;
