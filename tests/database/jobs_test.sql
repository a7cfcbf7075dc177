-- Jobs: who may see and write them, what a job may hold, and links that cannot leave the workspace.
begin;
select plan(95);

-- arrange: Ada, Mia and Eve are a team; Eve is manager in another company, Oda its admin; Sam has only a space of his own
select tests.create_team('team', 'ada admin', 'mia manager', 'eve employee');
select tests.create_team('other', 'oda admin', 'eve manager');
select tests.create_user('sam');
insert into business.clients (id, workspace_id, name) values
  (9001, tests.workspace('team'), 'Kim'), (9002, tests.workspace('other'), 'Lee');
insert into business.organizations (id, workspace_id, name, org_type) values
  (9001, tests.workspace('team'), 'Mutual', 'insurance_carrier'), (9002, tests.workspace('other'), 'Mutual', 'insurance_carrier');
insert into business.jobs (id, workspace_id, job_number, client_id, insurance_org_id) values
  (9001, tests.workspace('team'), 'T-1', 9001, 9001), (9002, tests.workspace('other'), 'O-1', 9002, 9002);

-- acting as a manager
select tests.act_as('mia');
select results_eq(
  $$ insert into business.jobs default values
     returning workspace_id, job_type, status, date_contacted, ready_to_invoice, client_id, job_number ~ '^\d{6}-\d{3}-MIT$' $$,
  $$ values (tests.workspace('team'), 'mitigation', 'lead', (now() at time zone 'UTC')::date, false, null::bigint, true) $$,
  'a job needs nothing: it is a lead for mitigation, contacted today, in the workspace of the request, with a number');
select results_eq(
  $$ insert into business.jobs (workspace_id, job_number, job_type, status, client_id, insurance_org_id, address, city, state, zip,
       year_built, structure_type, square_footage, num_stories, damage_source, damage_category, damage_class, date_of_loss,
       date_contacted, inspection_date, work_auth_signed_date, start_date, cos_date, completion_date, claim_number,
       policy_number, deductible, ready_to_invoice, notes)
     values (tests.workspace('team'), 'ALL-1', 'remodel', 'active', 9001, 9001, '1 Main St', 'Provo', 'UT', '84601',
       1984, 'residential', 2200, 2, 'water', 'cat2', 'class3', '2026-01-02',
       '2026-01-03', '2026-01-04', '2026-01-05', '2026-01-06', '2026-01-07', '2026-01-08', 'C-77',
       'P-88', 1000.50, true, 'Gate code 1234')
     returning job_number, job_type, status, client_id, insurance_org_id, deductible, completion_date, notes $$,
  $$ values ('ALL-1', 'remodel', 'active', 9001::bigint, 9001::bigint, 1000.50, '2026-01-08'::date, 'Gate code 1234') $$,
  'every field of a job can be given');
select results_eq($$ insert into business.jobs (deductible) values (0.125) returning deductible $$, array[0.13],
  'money is kept to the cent');
select results_eq($$ update business.jobs set address = '2 Main St' where id = 9001 returning address $$, array['2 Main St'], 'a manager edits');
select throws_ok($$ insert into business.jobs (job_number) values ('ALL-1') $$, '23505',
  'duplicate key value violates unique constraint "jobs_workspace_id_job_number_key"', 'a number is one job of a workspace');
select throws_ok($$ update business.jobs set job_number = 'ALL-1' where id = 9001 $$, '23505',
  'duplicate key value violates unique constraint "jobs_workspace_id_job_number_key"', 'also when it is changed later');
select lives_ok($$ insert into business.jobs (job_number) values ('O-1') $$, 'what number another company uses is nobody''s business');
select is_empty($$ delete from business.jobs where id = 9001 returning 1 $$, 'a manager deletes no job');

-- columns that only the database writes
select throws_ok(format('insert into business.jobs (%I) values (null)', c), '42501', 'permission denied for table jobs',
  'a caller does not choose ' || c || ' of a new job')
from unnest(array['id', 'created_at', 'updated_at']) as c;
select throws_ok(format('update business.jobs set %I = null', c), '42501', 'permission denied for table jobs',
  'a caller does not change ' || c)
from unnest(array['id', 'created_at', 'updated_at']) as c;

-- every named check has a value that fails it by name
select throws_ok(format('update business.jobs set %s where id = 9001', v.assignment), '23514',
  format('new row for relation "jobs" violates check constraint "%s"', v.name), v.rule)
from (values
  ('job_number = ''''', 'jobs_job_number_length', 'a number does not become empty'),
  ('job_number = ''  ''', 'jobs_job_number_length', 'nor blank'),
  ('job_number = repeat(''x'', 101)', 'jobs_job_number_length', 'a number ends at 100 characters'),
  ('job_type = ''plumbing''', 'jobs_job_type_allowed', 'a type is one of five words'),
  ('status = ''done''', 'jobs_status_allowed', 'a status is one of seven words'),
  ('status = ''''', 'jobs_status_allowed', 'and not empty'),
  ('address = repeat(''x'', 501)', 'jobs_address_length', 'an address is bounded'),
  ('city = repeat(''x'', 101)', 'jobs_city_length', 'a city is bounded'),
  ('state = repeat(''x'', 51)', 'jobs_state_length', 'a state is bounded'),
  ('zip = repeat(''x'', 21)', 'jobs_zip_length', 'a zip code is bounded'),
  ('year_built = 999', 'jobs_year_built_range', 'a year of building is a year'),
  ('year_built = 3000', 'jobs_year_built_range', 'and within reason'),
  ('structure_type = repeat(''x'', 101)', 'jobs_structure_type_length', 'a structure is bounded'),
  ('square_footage = -1', 'jobs_square_footage_not_negative', 'an area is not negative'),
  ('num_stories = -1', 'jobs_num_stories_range', 'stories are not negative'),
  ('num_stories = 301', 'jobs_num_stories_range', 'and within reason'),
  ('damage_source = repeat(''x'', 101)', 'jobs_damage_source_length', 'a source is bounded'),
  ('damage_category = repeat(''x'', 101)', 'jobs_damage_category_length', 'a category is bounded'),
  ('damage_class = repeat(''x'', 101)', 'jobs_damage_class_length', 'a class is bounded'),
  ('claim_number = repeat(''x'', 101)', 'jobs_claim_number_length', 'a claim number is bounded'),
  ('policy_number = repeat(''x'', 101)', 'jobs_policy_number_length', 'a policy number is bounded'),
  ('deductible = -0.01', 'jobs_deductible_range', 'a deductible is not negative'),
  ('deductible = ''NaN''', 'jobs_deductible_range', 'and a number'),
  ('notes = repeat(''x'', 20001)', 'jobs_notes_length', 'notes are bounded')
) as v (assignment, name, rule);
select throws_ok(format('update business.jobs set %I = %L where id = 9001', c, day), '23514',
  'new row for relation "jobs" violates check constraint "jobs_dates_range"', c || ' is not ' || day)
from unnest(array['date_of_loss', 'date_contacted', 'inspection_date', 'work_auth_signed_date', 'start_date', 'cos_date', 'completion_date']) as c,
  unnest(array['1899-12-31', 'infinity']) as day;
select throws_ok($$ update business.jobs set deductible = 10000000000 where id = 9001 $$, '22003', 'numeric field overflow', 'money is bounded');
select throws_ok(format('update business.jobs set %I = null where id = 9001', c), '23502',
  format('null value in column "%s" of relation "jobs" violates not-null constraint', c), c || ' is always there')
from unnest(array['job_number', 'job_type', 'status', 'ready_to_invoice']) as c;
select lives_ok($$ update business.jobs set job_number = repeat('x', 100), address = repeat('x', 500), notes = repeat('x', 20000), year_built = 2999,
  num_stories = 300, square_footage = 0, deductible = 9999999999.99, date_of_loss = '1900-01-01', completion_date = '2999-12-31' where id = 9001 $$,
  'the bounds themselves are allowed');

-- links stay in the workspace, and what is another company's looks like what never was
select throws_ok(format('insert into business.jobs (%I) values (%s)', v.c, v.id), '23503',
  format('insert or update on table "jobs" violates foreign key constraint "%s"', v.name), format('a job is not opened with %s %s', v.c, v.rule))
from (values
  ('client_id', 9002, 'jobs_client_id_fkey', 'of another company'), ('client_id', 99999999, 'jobs_client_id_fkey', 'of nobody'),
  ('insurance_org_id', 9002, 'jobs_insurance_org_id_fkey', 'of another company'),
  ('insurance_org_id', 99999999, 'jobs_insurance_org_id_fkey', 'of nobody')) as v (c, id, name, rule);
select throws_ok(format('update business.jobs set %I = 9002 where id = 9001', v.c), '23503',
  format('insert or update on table "jobs" violates foreign key constraint "%s"', v.name), 'nor given one later: ' || v.c)
from (values ('client_id', 'jobs_client_id_fkey'), ('insurance_org_id', 'jobs_insurance_org_id_fkey')) as v (c, name);
select throws_ok($$ insert into business.jobs (workspace_id) values (tests.workspace('other')) $$, '42501',
  'new row violates row-level security policy for table "jobs"', 'nobody opens a job in a workspace of others');
select throws_ok($$ insert into business.jobs (workspace_id) values (gen_random_uuid()) $$, '42501',
  'new row violates row-level security policy for table "jobs"', 'one that does not exist looks just the same');

-- acting as an employee, who is manager of another workspace
select tests.act_as('eve');
select results_eq($$ select id from business.jobs where id in (9001, 9002) order by 1 $$, array[9001::bigint],
  'an employee reads the jobs of the workspace of the request, and none of their other workspace');
select throws_ok($$ insert into business.jobs default values $$, '42501',
  'new row violates row-level security policy for table "jobs"', 'an employee opens no job');
select is_empty($$ update business.jobs set status = 'active' where id = 9001 returning 1 $$, 'edits none');
select is_empty($$ delete from business.jobs where id in (9001, 9002) returning 1 $$, 'and deletes none');
select throws_ok($$ insert into business.jobs (workspace_id) values (tests.workspace('other')) $$, '42501',
  'new row violates row-level security policy for table "jobs"', 'an insert names no other workspace than that of the request');
select tests.work_in('other');
select results_eq($$ select id from business.jobs where id in (9001, 9002) order by 1 $$, array[9002::bigint],
  'in a request of the other workspace, the same person reads the jobs there');
select results_eq($$ insert into business.jobs default values returning workspace_id $$,
  array[tests.workspace('other')], 'opens one there as a manager');
select results_eq($$ update business.jobs set zip = '1' where id in (9001, 9002) returning id $$, array[9002::bigint],
  'and edits only those there: a role counts in its own workspace');
select throws_ok($$ update business.jobs set client_id = 9001 where id = 9002 $$, '23503',
  'insert or update on table "jobs" violates foreign key constraint "jobs_client_id_fkey"',
  'a client of the other workspace of the same person is refused');

-- acting as others
select is(tests.answer(p, s), a, format('%s: %s', p, rule))
from (values
  ('oda', 'select from business.jobs where id = 9001', '0 rows', 'an admin of another company does not see the job'),
  ('oda', 'update business.jobs set zip = null where id = 9001', '0 rows', 'nor edit it'),
  ('oda', 'delete from business.jobs where id = 9001', '0 rows', 'nor delete it'),
  ('oda', 'delete from business.jobs where id = 9002', '1 rows', 'but deletes their own'),
  ('sam', 'select from business.jobs', '0 rows', 'a stranger sees no job'),
  ('sam', 'update business.jobs set zip = null', '0 rows', 'edits none'),
  ('sam', 'delete from business.jobs', '0 rows', 'deletes none'),
  ('sam', 'insert into business.jobs default values', '1 rows', 'and opens one in the space of their own'),
  ('anon', 'select from business.jobs', '42501 permission denied for table jobs', 'nobody reads without signing in'),
  ('anon', 'insert into business.jobs default values', '42501 permission denied for table jobs', 'or writes'),
  ('anon', 'update business.jobs set zip = null', '42501 permission denied for table jobs', 'or edits'),
  ('anon', 'delete from business.jobs', '42501 permission denied for table jobs', 'or deletes'),
  ('service', 'update business.jobs set zip = null where id = 9001', '1 rows', 'the secret key edits'),
  ('service', 'update business.jobs set workspace_id = tests.workspace(''other'') where id = 9001',
    E'PT409 A row of business.jobs cannot change its workspace.\nCreate it again in the other workspace and delete this one.',
    'but moves no job to another company'),
  ('service', 'update business.jobs set workspace_id = workspace_id where id = 9001', '1 rows', 'to which it may say again where it is'),
  ('ada', 'delete from business.jobs where id = 9001', '1 rows', 'an admin deletes')
) as v (p, s, a, rule);

-- what happens to a job when what it names goes
select tests.act_as_owner();
update business.jobs set updated_at = '2020-01-01' where id = 9001;
select is((select j.updated_at from business.jobs as j where j.id = 9001), now(), 'a change is stamped, whatever the client says');
select tests.act_as('ada');
delete from business.clients where id = 9001;
delete from business.organizations where id = 9001;
select results_eq($$ select workspace_id, client_id, insurance_org_id from business.jobs where id = 9001 $$,
  $$ values (tests.workspace('team'), null::bigint, null::bigint) $$, 'a job outlives its client and its carrier');
select tests.act_as_owner();
delete from public.workspace_members where workspace_id = tests.workspace('team') and user_id = tests.user_id('mia');
select tests.act_as('mia');
select is_empty($$ select 1 from business.jobs $$, 'whoever left the company reads nothing any more');
select is_empty($$ update business.jobs set zip = null returning 1 $$, 'and writes nothing');

select * from finish();
rollback;
