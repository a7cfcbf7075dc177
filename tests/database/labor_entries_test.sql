-- Labor: employees log their own hours, managers anybody's, and what an hour costs.
begin;
select plan(72);

-- arrange: Ada, Mia, Eve and Ned are a team, Eve is a contact of it; Oda is admin of another company; Sam has only a space of his own
select tests.create_team('team', 'ada admin', 'mia manager', 'eve employee', 'ned employee');
select tests.create_team('other', 'oda admin');
select tests.create_user('sam');
update public.profiles set time_zone = 'Pacific/Kiritimati' where id = tests.user_id('eve');
insert into business.jobs (id, workspace_id, job_number) values (9001, tests.workspace('team'), 'T-1'), (9002, tests.workspace('other'), 'O-1');
insert into business.contacts (id, workspace_id, first_name, last_name, user_id) values
  (9001, tests.workspace('team'), 'Eve', 'Field', tests.user_id('eve')), (9002, tests.workspace('team'), 'Cy', 'Crew', null),
  (9003, tests.workspace('other'), 'Bo', 'Broker', null);
insert into business.labor_entries (id, job_id, user_id, hours) values
  (9001, 9001, tests.user_id('eve'), 1), (9002, 9001, tests.user_id('ned'), 1), (9003, 9002, tests.user_id('oda'), 1);

-- acting as an employee
select tests.act_as('eve');
select results_eq($$ insert into business.labor_entries (job_id, hours) values (9001, 7.5)
    returning workspace_id, user_id, created_by, employee_id, work_date, billable, hourly_rate, total_cost $$,
  $$ values (tests.workspace('team'), tests.user_id('eve'), 9001::bigint, null::bigint, (now() at time zone 'Pacific/Kiritimati')::date, true, null::numeric, null::numeric) $$,
  'an entry needs a job and hours; it is of today, billable, and signed; without a rate its cost is unknown');
select results_eq($$ insert into business.labor_entries (job_id, employee_id, work_date, hours, hourly_rate, work_category, description, billable, created_by, user_id)
    values (9001, 9001, '2026-02-01', 2.25, 33.33, 'drying', 'Fans', false, 9001, tests.user_id('eve')) returning total_cost, billable $$,
  $$ values (74.9925, false) $$, 'every field can be given, and the cost is exact');
select results_eq($$ update business.labor_entries set hours = 0.01, hourly_rate = 0.01 where id = 9001 returning total_cost $$, array[0.0001], 'it follows a change');
select throws_ok($$ insert into business.labor_entries (job_id, hours, total_cost) values (9001, 1, 5) $$, '428C9',
  'cannot insert a non-DEFAULT value into column "total_cost"', 'nobody writes the cost');
select throws_ok(format('insert into business.labor_entries (job_id, hours, %s) values (9001, 1, %s)', v.c, v.v), '42501',
  'new row violates row-level security policy for table "labor_entries"', v.rule)
from (values
  ('employee_id', '9002', 'an employee does not log the hours of a colleague'), ('employee_id', '9003', 'nor of somebody of another company'),
  ('employee_id', '99999999', 'nor of nobody'), ('created_by', '9002', 'nor in the name of a colleague'),
  ('user_id', quote_literal(tests.user_id('mia')), 'nor with a colleague''s account'), ('user_id', 'null', 'nor without any')) as v (c, v, rule);
select results_eq($$ update business.labor_entries set employee_id = 9001, work_date = '2026-02-02', hours = 3, hourly_rate = 20, work_category = 'admin',
    description = 'd', billable = false, created_by = 9001 where job_id = 9001 and id in (9001, 9002) returning id $$,
  array[9001::bigint], 'an employee edits their own entry, and no other');
select throws_ok(format('update business.labor_entries set %I = 9002 where id = 9001', c), '42501',
  'new row violates row-level security policy for table "labor_entries"', 'and gives it to nobody else: ' || c)
from unnest(array['employee_id', 'created_by']) as c;
select is_empty($$ delete from business.labor_entries where id = 9001 returning 1 $$, 'nor deletes it');

-- acting as a manager
select tests.act_as('mia');
select results_eq($$ insert into business.labor_entries (job_id, hours, employee_id, created_by) values (9001, 1, 9001, 9002) returning user_id, employee_id, created_by $$,
  $$ values (tests.user_id('mia'), 9001::bigint, 9002::bigint) $$, 'a manager logs anybody''s hours');
select throws_ok($$ insert into business.labor_entries (job_id, hours, user_id) values (9001, 1, tests.user_id('eve')) $$, '42501',
  'new row violates row-level security policy for table "labor_entries"', 'but as themselves');
select results_eq($$ with edited as (update business.labor_entries set description = 'Seen' where id in (9001, 9002, 9003) returning id) select id from edited order by id $$, array[9001, 9002]::bigint[], 'a manager edits every entry of the company');
select throws_ok(format('update business.labor_entries set %I = %s where id = 9001', c, id), '23503',
  format('insert or update on table "labor_entries" violates foreign key constraint "labor_entries_%s_fkey"', c), format('%s is nobody %s', c, rule))
from unnest(array['employee_id', 'created_by']) as c, (values (9003, 'of another company'), (99999999, 'who does not exist')) as v (id, rule);
select throws_ok(format('insert into business.labor_entries (job_id, hours) values (%s, 1)', id), '23503',
  'insert or update on table "labor_entries" violates foreign key constraint "labor_entries_job_id_fkey"', 'no labor is on a job ' || rule)
from (values (9002, 'of another company'), (99999999, 'that does not exist')) as v (id, rule);
select is_empty($$ delete from business.labor_entries returning 1 $$, 'a manager deletes no entry');
select throws_ok(format('insert into business.labor_entries (job_id, hours, %I) values (9001, 1, null)', c), '42501', 'permission denied for table labor_entries',
  'a caller does not choose ' || c || ' of an entry')
from unnest(array['id', 'workspace_id', 'created_at', 'updated_at']) as c;
select throws_ok(format('update business.labor_entries set %I = default', c), '42501', 'permission denied for table labor_entries', 'nor changes ' || c)
from unnest(array['id', 'workspace_id', 'total_cost', 'created_at', 'updated_at']) as c;
select throws_ok(format('update business.labor_entries set %s where id = 9001', v.assignment), '23514',
  format('new row for relation "labor_entries" violates check constraint "%s"', v.name), v.rule)
from (values
  ('work_date = ''1899-12-31''', 'labor_entries_work_date_range', 'a day is within reason'),
  ('work_date = ''infinity''', 'labor_entries_work_date_range', 'and finite'),
  ('hours = 0', 'labor_entries_hours_range', 'hours are more than none'),
  ('hours = -1', 'labor_entries_hours_range', 'and not negative'),
  ('hours = ''NaN''', 'labor_entries_hours_range', 'and a number'),
  ('hourly_rate = -0.01', 'labor_entries_hourly_rate_range', 'a rate is not negative'),
  ('hourly_rate = ''NaN''', 'labor_entries_hourly_rate_range', 'and a number'),
  ('work_category = ''lunch''', 'labor_entries_work_category_allowed', 'a category is one of eight words'),
  ('description = repeat(''x'', 5001)', 'labor_entries_description_length', 'a description is bounded')
) as v (assignment, name, rule);
select throws_ok(format('update business.labor_entries set %s where id = 9001', v), '22003', 'numeric field overflow', 'a bound of digits: ' || v)
from unnest(array['hours = 10000', 'hourly_rate = 1000000']) as v;
select throws_ok(format('update business.labor_entries set %I = null where id = 9001', c), '23502',
  format('null value in column "%s" of relation "labor_entries" violates not-null constraint', c), c || ' is always there')
from unnest(array['work_date', 'hours', 'billable']) as c;
select results_eq($$ update business.labor_entries set hours = 9999.99, hourly_rate = 999999.99, description = repeat('x', 5000), work_date = '2999-12-31' where id = 9001 returning total_cost $$,
  array[9999989900.0001], 'the bounds themselves are allowed, and can be multiplied');
select lives_ok(format('update business.labor_entries set work_category = %L where id = 9001', w), 'a category: ' || w)
from unnest(array['demo', 'drying', 'cleanup', 'monitoring', 'repair', 'admin', 'travel', 'other']) as w;

-- acting as everybody else
select is(tests.answer(p, s), a, format('%s %s', p, rule))
from (values
  ('ned', 'select from business.labor_entries where id between 9001 and 9003', '2 rows', 'reads the hours of the team'),
  ('oda', 'select from business.labor_entries where job_id = 9001', '0 rows', 'of another company, reads none'),
  ('oda', 'update business.labor_entries set description = null where job_id = 9001', '0 rows', 'edits none'),
  ('oda', 'delete from business.labor_entries where job_id = 9001', '0 rows', 'deletes none'),
  ('sam', 'select from business.labor_entries', '0 rows', 'a stranger, reads none'),
  ('anon', 'select from business.labor_entries', '42501 permission denied for table labor_entries', 'reads nothing'),
  ('anon', 'insert into business.labor_entries (job_id, hours) values (9001, 1)', '42501 permission denied for table labor_entries', 'adds nothing'),
  ('anon', 'update business.labor_entries set description = null', '42501 permission denied for table labor_entries', 'edits nothing'),
  ('anon', 'delete from business.labor_entries', '42501 permission denied for table labor_entries', 'deletes nothing'),
  ('service', 'insert into business.labor_entries (job_id, hours) values (9001, 1)', '1 rows', 'adds an entry by nobody'),
  ('service', 'update business.labor_entries set workspace_id = tests.workspace(''other'') where id = 9001',
    E'PT409 A row of business.labor_entries cannot change its workspace.\nCreate it again in the other workspace and delete this one.', 'moves nothing to another company'),
  ('ada', 'delete from business.labor_entries where id = 9001', '1 rows', 'an admin, deletes')
) as v (p, s, a, rule);

-- what an entry outlives
select tests.act_as_owner();
update business.labor_entries set updated_at = '2020-01-01' where id = 9002;
select results_eq($$ select updated_at = now() from business.labor_entries where id = 9002 $$, array[true], 'a change is stamped');
delete from public.workspace_members where workspace_id = tests.workspace('team') and user_id = tests.user_id('eve');
select is(tests.answer('eve', 'update business.labor_entries set description = null where job_id = 9001'), '0 rows', 'whoever left edits their hours no more');
delete from business.contacts where id = 9001;
delete from auth.users where id = tests.user_id('eve');
select results_eq($$ select workspace_id, user_id, employee_id, created_by, hours from business.labor_entries where description = 'Fans' $$,
  $$ values (tests.workspace('team'), null::uuid, null::bigint, null::bigint, 2.25) $$, 'hours outlive the contact and the account');
delete from business.jobs where id = 9001;
select is_empty($$ select 1 from business.labor_entries where job_id = 9001 $$, 'and go with the job');

select * from finish();
rollback;
