-- Job numbers: YYYYMM-NNN-TTT, counted per workspace and month of the caller, and which numbers people bring along.
begin;
select plan(73);

select tests.create_team('team', 'ada admin', 'mia manager', 'kit manager', 'eve employee');
select tests.create_team('other', 'oda admin');
select tests.create_user('sam');
update public.profiles set time_zone = 'America/Denver' where id = tests.user_id('kit');

-- stores a job and tells its number
create function tests.stored(job_type text, job_number text default null) returns text
language sql
as $$
  insert into business.jobs as j (job_type, job_number) values (stored.job_type, stored.job_number) returning j.job_number
$$;
create function tests.counters() returns table (team text, month text, last_number integer)
language sql stable security definer set search_path = ''
as $$
  select w.name, c.month, c.last_number from private.job_number_counters as c join public.workspaces as w on w.id = c.workspace_id
  where w.id in (tests.workspace('team'), tests.workspace('other')) order by 1, 2
$$;
grant execute on all functions in schema tests to anon, authenticated, service_role;

-- three worked examples
select tests.stop_clock('2026-01-10 12:00+00');
select tests.act_as('mia');
select is(business.next_job_number('mitigation'), '202601-001-MIT', 'the first number of a month, asked for mitigation');
select tests.act_as_owner();
select tests.stop_clock('2025-12-10 12:00+00');
select tests.act_as('mia');
do $$ begin perform tests.stored('mitigation', n) from unnest(array['202512-001-MIT', '202512-002-RPR', '202512-003-REM']) as n; end $$;
select is(business.next_job_number('reconstruction'), '202512-004-RPR', 'all types share one count');
do $$ begin perform tests.stored('mitigation', n) from unnest(array['202512-007-MIT', '202512-abc-MIT', '202512-12', '202512-999-ABT']) as n; end $$;
select is(business.next_job_number('remodel'), '202512-1000-RMD', 'past 999 a number grows, and what is no number does not count');
select is(tests.stored('remodel'), '202512-1000-RMD', 'and the next job gets just that');
select is(tests.stored('abatement', ''), '202512-1001-ABT', 'an empty number asks for one');
select is(tests.stored('remediation', '   '), '202512-1002-REM', 'and so does a blank one');
select is(tests.stored('reconstruction'), '202512-1003-RPR', 'each type has its letters');
select is(tests.stored('mitigation'), '202512-1004-MIT', 'of three, all five of them');
select results_eq($$ insert into business.jobs (job_type) values ('mitigation'), ('remodel'), ('mitigation') returning job_number $$,
  array['202512-1005-MIT', '202512-1006-RMD', '202512-1007-MIT'], 'jobs of one request get one number each');

-- months, and where the caller is
select tests.act_as_owner();
select tests.stop_clock('2026-01-01 03:00+00');
select tests.act_as('mia');
select is(tests.stored('mitigation'), '202601-001-MIT', 'each month begins at 001');
select tests.act_as('kit');
select is(tests.stored('mitigation'), '202512-1008-MIT', 'whose month it is still, in Denver, counts on in it');
select is(business.next_job_number('mitigation'), '202512-1009-MIT', 'and is shown the number of that month');
select tests.act_as_service();
insert into business.jobs (workspace_id, address) values (tests.workspace('team'), 'by a server');
select results_eq($$ select job_number from business.jobs where address = 'by a server' $$, array['202601-002-MIT'], 'a server''s month is that of UTC');
select throws_ok($$ insert into business.jobs (address) values ('nowhere') $$, '23502',
  'null value in column "workspace_id" of relation "jobs" violates not-null constraint', 'and it says which workspace it means');

-- numbers that people bring
select tests.act_as('mia');
select is(tests.stored('mitigation', 'Smith kitchen'), 'Smith kitchen', 'any other text is kept as it is');
select is(tests.stored('mitigation', ' 202601-300-MIT'), ' 202601-300-MIT', 'to the letter');
select is(tests.stored('mitigation', '202601-015-MIT'), '202601-015-MIT', 'a number of the form counts');
select is(tests.stored('reconstruction', '202601-015-RPR'), '202601-015-RPR', 'and one intake may use it for several types');
select is(tests.stored('mitigation'), '202601-016-MIT', 'the next one is after the highest');
select is(tests.stored('mitigation', '202601-003-MIT'), '202601-003-MIT', 'a lower number may be brought later');
select is(tests.stored('mitigation'), '202601-017-MIT', 'and changes nothing about the next');
select is(tests.stored('mitigation', '202601-18-MIT'), '202601-18-MIT', 'zeros in front make no other number');
select is(tests.stored('mitigation'), '202601-019-MIT', 'so that one counts as well');
select is(tests.stored('mitigation', '202601-20'), '202601-20', 'a number without a type counts');
select is(tests.stored('mitigation'), '202601-021-MIT', 'as in the third example');
select is(tests.stored('mitigation', '202601-22x-MIT'), '202601-22x-MIT', 'what is not all digits does not');
select is(tests.stored('mitigation', '20260-099-MIT'), '20260-099-MIT', 'nor what has no month in front');
select is(tests.stored('mitigation', 'A202601-099-MIT'), 'A202601-099-MIT', 'but something else');
select is(tests.stored('mitigation', '202601-1234567890-MIT'), '202601-1234567890-MIT', 'nor what is no number of a month by any measure');
select is(tests.stored('mitigation', '٢٠٢٦٠١-٠٩٩-MIT'), '٢٠٢٦٠١-٠٩٩-MIT', 'nor digits of another script');
select is(tests.stored('mitigation'), '202601-022-MIT', 'the count goes on as if they were not there');
select is(tests.stored('mitigation', '209901-005-MIT'), '209901-005-MIT', 'a number of another month counts in that month');
select is(tests.stored('mitigation'), '202601-023-MIT', 'and in no other');

-- changes and removals
select lives_ok($$ update business.jobs set job_number = '202601-050-MIT' where job_number = '202601-023-MIT' $$, 'a number can be changed');
select is(tests.stored('mitigation'), '202601-051-MIT', 'and the new one counts');
select lives_ok($$ update business.jobs set status = 'cancelled' where job_number = '202601-051-MIT' $$, 'a job is cancelled');
select is(tests.stored('mitigation'), '202601-052-MIT', 'and keeps its number');
select lives_ok($$ update business.jobs set job_type = 'remodel' where job_number = '202601-052-MIT' $$, 'a job changes its type');
select results_eq($$ select job_type from business.jobs where job_number = '202601-052-MIT' $$, array['remodel'], 'and keeps its number as well');
select tests.act_as('ada');
select results_eq($$ delete from business.jobs where job_number = '202601-052-MIT' returning 1 $$, array[1], 'the last job of the month is removed');
select is(tests.stored('mitigation'), '202601-053-MIT', 'and its number is never given out again, since the log speaks of it');
select is(business.next_job_number('mitigation'), '202601-054-MIT', 'a preview');
select is(business.next_job_number('mitigation'), '202601-054-MIT', 'reserves nothing');
select throws_ok($$ insert into business.jobs (job_number) values ('202601-053-MIT') $$, '23505',
  'duplicate key value violates unique constraint "jobs_workspace_id_job_number_key"', 'a number is taken once');
select throws_ok($$ insert into business.jobs (client_id) values (99999999) $$, '23503',
  'insert or update on table "jobs" violates foreign key constraint "jobs_client_id_fkey"', 'a job that is refused');
select throws_ok($$ insert into business.jobs (job_type) values ('plumbing') $$, '23514',
  'new row for relation "jobs" violates check constraint "jobs_job_type_allowed"', 'for whatever reason');
select is(tests.stored('mitigation'), '202601-054-MIT', 'uses up no number');
select is(tests.stored('mitigation', '202601-999999999-MIT'), '202601-999999999-MIT', 'also the largest number that counts');
select is(tests.stored('mitigation'), '202601-1000000000-MIT', 'has a next one');

-- the types
select is(business.next_job_number('  ReConstruction '), '202601-1000000001-RPR', 'a type is known in any case of letters');
select throws_ok(format('select business.next_job_number(%L)', t), '22023', 'job_type is unknown.', format('%L is no type', t))
from unnest(array['plumbing', '', null]) as t;
select matches(tests.answer('mia', $$ select business.next_job_number('x') $$), 'Use mitigation, reconstruction, remodel, abatement or remediation\.',
  'and the refusal names the five that are');

-- who may ask, and who counts
select tests.act_as('eve');
select is(business.next_job_number('mitigation'), '202601-1000000001-MIT', 'an employee sees what the next number would be');
select throws_ok($$ insert into business.jobs (job_number) values ('202602-500-MIT') $$, '42501',
  'new row violates row-level security policy for table "jobs"', 'but opens no job');
select tests.act_as('sam');
select throws_ok($$ insert into business.jobs (workspace_id, job_number) values (tests.workspace('team'), '202602-500-MIT') $$, '42501',
  'new row violates row-level security policy for table "jobs"', 'nor does a stranger');
select throws_ok($$ insert into business.jobs (workspace_id) values (tests.workspace('team')) $$, '42501',
  'new row violates row-level security policy for table "jobs"', 'with a number or without');
select is(tests.answer('sam@team', 'select business.next_job_number(''mitigation'')'),
  E'PT403 You do not belong to the workspace of the header x-workspace-id.\nThe table workspaces lists yours.', 'the next number of a workspace of others is refused, which would be the number of its jobs');
select is(tests.answer('sam@nowhere', format('select business.next_job_number(%L)', t)),
  tests.answer('sam@team', format('select business.next_job_number(%L)', t)), 'a workspace that does not exist gets the same error, for a job type ' || t)
from unnest(array['plumbing', 'mitigation']) as t;
select is(tests.answer('anon', $$ select business.next_job_number('mitigation') $$), '42501 permission denied for function next_job_number',
  'nobody asks without signing in');
select tests.act_as('oda');
select is(tests.stored('mitigation'), '202601-001-MIT', 'each company counts for itself');
select is(business.next_job_number('mitigation'), '202601-002-MIT', 'and is shown its own next number');
select tests.act_as_owner();
select results_eq($$ select * from tests.counters() $$,
  $$ values ('Other', '202601', 1), ('Team', '202512', 1008), ('Team', '202601', 1000000000), ('Team', '209901', 5) $$,
  'whoever was refused moved no count');
select is(tests.answer(p, 'select from private.job_number_counters'), '42501 permission denied for schema private', p || ' reads no counts')
from unnest(array['ada', 'sam', 'anon', 'service']) as p;
select is_empty($$ select r, c from unnest(array['anon', 'authenticated', 'service_role']) as r, unnest(array['select', 'insert', 'update', 'delete']) as c
  where has_table_privilege(r, 'private.job_number_counters', c) $$, 'nor does anybody hold a right on them');
select throws_ok($$ insert into private.job_number_counters values (tests.workspace('team'), '2026-1', 1) $$, '23514',
  'new row for relation "job_number_counters" violates check constraint "job_number_counters_month_format"', 'a month is six digits');
select throws_ok($$ insert into private.job_number_counters values (tests.workspace('team'), '202603', -1) $$, '23514',
  'new row for relation "job_number_counters" violates check constraint "job_number_counters_last_number_not_negative"', 'a count does not go below zero');
delete from public.workspaces where id = tests.workspace('other');
select results_eq($$ select distinct team from tests.counters() $$, array['Team'], 'a company takes its counts along');

select * from finish();
rollback;
