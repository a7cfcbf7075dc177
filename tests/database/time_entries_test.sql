-- Time entries: who may see and write them, what a row may hold, and spans that never overlap.
begin;
select plan(65);

-- arrange: Ann and her colleague Cal share a workspace, Bob is a stranger to both
select tests.create_user(u) from unnest(array['ann', 'bob', 'cal']) as u;
insert into public.workspaces (id, name) values (tests.workspace('team'), 'Team');
insert into public.workspace_members (workspace_id, user_id, role, display_name) values
  (tests.workspace('team'), tests.user_id('ann'), 'employee', 'ann'), (tests.workspace('team'), tests.user_id('cal'), 'admin', 'cal');
insert into dashboard.projects (id, user_id, name) overriding system value values
  (9001, tests.user_id('ann'), 'Ann''s project'), (9002, tests.user_id('bob'), 'Bob''s project');
insert into dashboard.tasks (id, user_id, title, project_id) overriding system value values
  (9101, tests.user_id('ann'), 'Ann''s task', null), (9102, tests.user_id('bob'), 'Bob''s task', 9002);
insert into dashboard.time_entries (user_id, clock_in, clock_out, notes) values
  (tests.user_id('bob'), '2026-03-02 09:00+00', '2026-03-02 17:00+00', 'Bob''s');

-- acting as the owner
select tests.act_as('ann');
select results_eq(
  $$ insert into dashboard.time_entries default values returning user_id, clock_in, clock_out, break_minutes, project_id, task_id, job_id, notes $$,
  $$ values (tests.user_id('ann'), now(), null::timestamptz, 0, null::bigint, null::bigint, null::bigint, null::text) $$,
  'an entry without anything is the caller''s, and running since now');
select results_eq($$ delete from dashboard.time_entries returning clock_in $$, $$ values (now()) $$, 'an owner deletes');
select results_eq(
  $$ insert into dashboard.time_entries (user_id, project_id, task_id, clock_in, clock_out, break_minutes, notes)
     values (tests.user_id('ann'), 9001, 9101, '2026-03-02 09:00+00', '2026-03-02 17:00+00', 480, 'n')
     returning project_id, task_id, break_minutes $$,
  $$ values (9001::bigint, 9101::bigint, 480) $$, 'every field of an entry can be given; it may be nothing but a break; that Bob worked then is his own affair');
select results_eq(
  $$ select dashboard.duration_minutes(e), dashboard.is_active(e) from dashboard.time_entries as e $$, $$ values (0, false) $$, 'which is no work');
select results_eq($$ update dashboard.time_entries set break_minutes = 30 returning dashboard.duration_minutes(time_entries) $$, array[450], 'eight hours less a break of 30 minutes');
select results_eq($$ update dashboard.time_entries set clock_out = '2026-03-02 09:30:59.999+00', break_minutes = 0 returning dashboard.duration_minutes(time_entries) $$,
  array[30], 'minutes are whole');
update dashboard.time_entries set clock_out = '2026-03-02 17:00+00';

-- spans do not overlap
select throws_ok(format('insert into dashboard.time_entries (clock_in, clock_out) values (%L, %L)', v.clock_in, v.clock_out), '23P01',
  'conflicting key value violates exclusion constraint "time_entries_no_overlap"', v.rule)
from (values
  ('2026-03-02 09:00+00', '2026-03-02 17:00+00', 'the same time is not worked twice'),
  ('2026-03-02 08:00+00', '2026-03-02 09:00:00.000001+00', 'an entry does not reach into another'),
  ('2026-03-02 16:59:59.999999+00', '2026-03-02 18:00+00', 'nor begin within it'),
  ('2026-03-02 10:00+00', '2026-03-02 11:00+00', 'nor lie within it'),
  ('2026-03-02 08:00+00', '2026-03-02 18:00+00', 'nor around it'),
  ('2026-03-02 10:00+00', null, 'nor run on from within it'),
  ('2026-03-02 08:00+00', null, 'nor run over it')
) as v (clock_in, clock_out, rule);
select lives_ok($$ insert into dashboard.time_entries (clock_in, clock_out) values
  ('2026-03-02 08:00+00', '2026-03-02 09:00+00'), ('2026-03-02 17:00+00', '2026-03-02 18:00+00') $$, 'entries may touch');
select throws_ok($$ update dashboard.time_entries set clock_out = '2026-03-02 09:01+00' where clock_in = '2026-03-02 08:00+00' $$, '23P01',
  'conflicting key value violates exclusion constraint "time_entries_no_overlap"', 'an entry is not stretched over another');
select throws_ok($$ update dashboard.time_entries set clock_out = null where clock_in = '2026-03-02 08:00+00' $$, '23P01',
  'conflicting key value violates exclusion constraint "time_entries_no_overlap"', 'nor reopened under one');
select results_eq($$ update dashboard.time_entries set clock_out = null where clock_in = '2026-03-02 17:00+00' returning dashboard.is_active(time_entries) $$,
  array[true], 'the last one can be reopened');
select throws_ok($$ insert into dashboard.time_entries (clock_in) values ('2026-03-01 10:00+00') $$, '23505',
  'duplicate key value violates unique constraint "time_entries_running_key"', 'but one entry runs at a time');
select throws_ok($$ insert into dashboard.time_entries (clock_in, clock_out) values ('2026-03-03 10:00+00', '2026-03-03 11:00+00') $$, '23P01',
  'conflicting key value violates exclusion constraint "time_entries_no_overlap"', 'and what it runs over is taken');

-- links stay with their owner, and a foreign id looks exactly like a missing one
select throws_ok(format(v.statement, v.id), '23503',
  format('insert or update on table "time_entries" violates foreign key constraint "time_entries_%s_fkey"', v.link), v.rule)
from (values
  ('insert into dashboard.time_entries (clock_in, clock_out, project_id) values (''2026-01-01'', ''2026-01-02'', %s)', 9002, 'project_id', 'time cannot be spent on a stranger''s project'),
  ('insert into dashboard.time_entries (clock_in, clock_out, project_id) values (''2026-01-01'', ''2026-01-02'', %s)', 99999999, 'project_id', 'nor on one that does not exist'),
  ('update dashboard.time_entries set project_id = %s', 9002, 'project_id', 'nor be moved to one'),
  ('insert into dashboard.time_entries (clock_in, clock_out, task_id) values (''2026-01-01'', ''2026-01-02'', %s)', 9102, 'task_id', 'time cannot be spent on a stranger''s task'),
  ('insert into dashboard.time_entries (clock_in, clock_out, task_id) values (''2026-01-01'', ''2026-01-02'', %s)', 99999999, 'task_id', 'nor on one that does not exist'),
  ('update dashboard.time_entries set task_id = %s', 9102, 'task_id', 'nor be moved to one')
) as v (statement, id, link, rule);

-- columns that only the database writes
select throws_ok(format('insert into dashboard.time_entries (%I) values (null)', c), '42501',
  'permission denied for table time_entries', 'a caller does not choose ' || c || ' of a new entry')
from unnest(array['id', 'created_at', 'updated_at']) as c;
select throws_ok(format('update dashboard.time_entries set %I = null', c), '42501',
  'permission denied for table time_entries', 'a caller does not change ' || c)
from unnest(array['id', 'created_at', 'updated_at']) as c;
select throws_ok($$ insert into dashboard.time_entries (user_id) values (tests.user_id('bob')) $$, '42501',
  'new row violates row-level security policy for table "time_entries"', 'time cannot be added for someone else');

-- every named check has a value that fails it by name
select throws_ok(format('insert into dashboard.time_entries (clock_in, clock_out, break_minutes, notes) values (%L, %L, %L, %L)',
    v.clock_in, v.clock_out, v.break_minutes, v.notes), '23514',
  format('new row for relation "time_entries" violates check constraint "time_entries_%s"', v.name), v.rule)
from (values
  ('infinity', null, 0, null, 'clock_in_range', 'an entry begins'),
  ('1899-12-31', '1899-12-31 01:00+00', 0, null, 'clock_in_range', 'within reason'),
  ('2026-01-01', 'infinity', 0, null, 'clock_out_range', 'and ends'),
  ('2026-01-02', '2026-01-01', 0, null, 'clock_out_after_clock_in', 'after it has begun'),
  ('2026-01-01', '2026-01-01', 0, null, 'clock_out_after_clock_in', 'not in the same instant'),
  ('2026-01-01 00:00+00', '2026-01-08 00:00:01+00', 0, null, 'span_at_most_a_week', 'and within seven days'),
  ('2026-01-01', null, -1, null, 'break_minutes_range', 'a break is not negative'),
  ('2026-01-01', null, 10081, null, 'break_minutes_range', 'nor longer than a week'),
  ('2026-01-01 00:00+00', '2026-01-01 01:00+00', 61, null, 'break_within_span', 'nor than the entry'),
  ('2026-01-01 00:00+00', '2026-01-01 00:59:59+00', 60, null, 'break_within_span', 'to the second'),
  ('2026-01-01', null, 0, repeat('x', 20001), 'notes_length', 'notes are bounded')
) as v (clock_in, clock_out, break_minutes, notes, name, rule);
select lives_ok($$ insert into dashboard.time_entries (clock_in, clock_out, break_minutes, notes)
  values ('2026-01-01 00:00+00', '2026-01-08 00:00+00', 10080, repeat('x', 20000)) $$, 'the bounds themselves are allowed');
set local time zone 'America/New_York';
select lives_ok($$ update dashboard.time_entries set clock_in = '2026-03-05 12:00+00', clock_out = '2026-03-12 12:00+00', break_minutes = 0
  where clock_in = '2026-03-02 17:00+00' $$, 'seven days are 168 hours, whatever the clock of the session does');
select throws_ok($$ update dashboard.time_entries set clock_out = '2026-03-12 12:00:01+00' where clock_in = '2026-03-05 12:00+00' $$, '23514',
  'new row for relation "time_entries" violates check constraint "time_entries_span_at_most_a_week"', 'and not a second more');
set local time zone 'UTC';

-- acting as a colleague, a stranger, anon
select tests.act_as('cal');
select is_empty($$ select 1 from dashboard.time_entries $$, 'a colleague, even an admin, reads no personal time');
select is_empty($$ update dashboard.time_entries set notes = 'mine' returning 1 $$, 'a colleague edits none');
select is_empty($$ delete from dashboard.time_entries returning 1 $$, 'a colleague deletes none');
select tests.act_as('bob');
select results_eq($$ select notes from dashboard.time_entries $$, array['Bob''s'], 'a stranger reads only their own time');
select is_empty($$ update dashboard.time_entries set notes = 'mine' where notes is distinct from 'Bob''s' returning 1 $$, 'a stranger edits no other');
select is_empty($$ delete from dashboard.time_entries where notes is distinct from 'Bob''s' returning 1 $$, 'a stranger deletes no other');
select tests.act_as_anon();
select throws_ok(statement, '42501', 'permission denied for ' || target, 'anon is refused: ' || statement)
from (values ('select 1 from dashboard.time_entries', 'table time_entries'), ('insert into dashboard.time_entries default values', 'table time_entries'),
  ('update dashboard.time_entries set notes = ''x''', 'table time_entries'), ('delete from dashboard.time_entries', 'table time_entries'),
  ('select dashboard.clock_in()', 'function clock_in'), ('select dashboard.clock_out()', 'function clock_out'),
  ('select 1 from dashboard.time_status()', 'function time_status'),
  ('select 1 from dashboard.time_totals(''2026-01-01'', ''2026-01-02'')', 'function time_totals')) as v (statement, target);

-- acting as the service role
select tests.act_as_service();
select throws_ok($$ update dashboard.time_entries set user_id = tests.user_id('cal') where notes = 'Bob''s' $$,
  'PT409', 'A row of dashboard.time_entries cannot change its owner.', 'not even the service moves time to another user');
select results_eq($$ update dashboard.time_entries set updated_at = '2020-01-01' where notes = 'Bob''s' returning updated_at, dashboard.duration_minutes(time_entries) $$,
  $$ values (now(), 480) $$, 'a change is stamped; the service reads durations');

-- deleting
select tests.act_as('ann');
delete from dashboard.tasks where id = 9101;
select results_eq($$ select user_id, task_id, project_id from dashboard.time_entries where notes = 'n' $$,
  $$ values (tests.user_id('ann'), null::bigint, 9001::bigint) $$, 'time stays, with its project, when its task is deleted');
select tests.act_as_owner();
do $$ begin perform set_config('tests.ann', tests.user_id('ann')::text, true); end $$; -- the name is gone with the account
select cmp_ok((select count(*) from dashboard.time_entries where user_id = tests.user_id('ann')), '>=', 3::bigint, 'Ann''s time survived every refused write');
delete from auth.users where id = tests.user_id('ann');
select results_eq($$ select distinct user_id from dashboard.time_entries where user_id in (current_setting('tests.ann')::uuid, tests.user_id('bob')) $$,
  $$ values (tests.user_id('bob')) $$, 'time leaves with its owner and nobody else''s does');

select * from finish();
rollback;
