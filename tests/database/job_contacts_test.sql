-- Assignments: who is on a job, once each, and how a manager takes somebody off.
begin;
select plan(60);

-- arrange: Ada, Mia and Eve are a team; Eve is manager in another company, Oda its admin; Sam has only a space of his own
select tests.create_team('team', 'ada admin', 'mia manager', 'eve employee');
select tests.create_team('other', 'oda admin', 'eve manager');
select tests.create_user('sam');
update public.profiles set time_zone = 'Pacific/Kiritimati' where id = tests.user_id('mia');
insert into business.jobs (id, workspace_id, job_number) values
  (9001, tests.workspace('team'), 'T-1'), (9002, tests.workspace('other'), 'O-1'), (9003, tests.workspace('team'), 'T-2');
insert into business.contacts (id, workspace_id, first_name, last_name) values
  (9001, tests.workspace('team'), 'Al', 'Adjuster'), (9002, tests.workspace('other'), 'Bo', 'Broker'), (9003, tests.workspace('team'), 'Cy', 'Crew');
insert into business.job_contacts (id, job_id, contact_id) values (9001, 9001, 9001), (9002, 9002, 9002);
select results_eq($$ select workspace_id from business.job_contacts where id in (9001, 9002) order by id $$,
  $$ values (tests.workspace('team')), (tests.workspace('other')) $$, 'an assignment is in the workspace of its job');

-- acting as a manager
select tests.act_as('mia');
select results_eq($$ insert into business.job_contacts (job_id, contact_id, role_on_project, notes)
    values (9001, 9003, 'technician', 'n') returning workspace_id, assigned_date, is_primary_adjuster, is_tpa $$,
  $$ values (tests.workspace('team'), (now() at time zone 'Pacific/Kiritimati')::date, false, false) $$,
  'a manager puts somebody on a job, today');
select throws_ok($$ insert into business.job_contacts (job_id, contact_id, role_on_project) values (9001, 9003, 'other') $$, '23505',
  'duplicate key value violates unique constraint "job_contacts_workspace_id_job_id_contact_id_key"', 'nobody is on a job twice');
select results_eq($$ insert into business.job_contacts (job_id, contact_id, assigned_date, is_primary_adjuster, is_tpa)
    values (9003, 9003, '2026-01-01', true, true) returning assigned_date, is_primary_adjuster, is_tpa $$,
  $$ values ('2026-01-01'::date, true, true) $$, 'but on many jobs');
select results_eq($$ update business.job_contacts set role_on_project = 'contractor', assigned_date = '2026-02-01', is_primary_adjuster = true,
    is_tpa = true, notes = 'x' where id = 9001 returning role_on_project $$, array['contractor'], 'a manager edits an assignment');
select is_empty($$ delete from business.job_contacts where id = 9001 returning 1 $$, 'deleting rows is for admins');
select throws_ok(format('insert into business.job_contacts (job_id, contact_id, %I) values (9003, 9001, null)', c), '42501',
  'permission denied for table job_contacts', 'a caller does not choose ' || c || ' of an assignment')
from unnest(array['id', 'workspace_id', 'created_at', 'updated_at']) as c;
select throws_ok(format('update business.job_contacts set %I = null', c), '42501', 'permission denied for table job_contacts', 'nor changes ' || c)
from unnest(array['id', 'workspace_id', 'created_at', 'updated_at']) as c;
select throws_ok(format('update business.job_contacts set %s where id = 9001', v.assignment), '23514',
  format('new row for relation "job_contacts" violates check constraint "%s"', v.name), v.rule)
from (values
  ('role_on_project = repeat(''x'', 101)', 'job_contacts_role_on_project_length', 'a role is bounded'),
  ('notes = repeat(''x'', 20001)', 'job_contacts_notes_length', 'notes are bounded'),
  ('assigned_date = ''1899-12-31''', 'job_contacts_assigned_date_range', 'a date is within reason'),
  ('assigned_date = ''infinity''', 'job_contacts_assigned_date_range', 'and finite')
) as v (assignment, name, rule);
select throws_ok(format('insert into business.job_contacts (job_id, contact_id) values (%s, %s)', v.job, v.contact), '23503',
  format('insert or update on table "job_contacts" violates foreign key constraint "%s"', v.name), v.rule)
from (values
  (9002, 9001, 'job_contacts_job_id_fkey', 'nobody is put on a job of others'),
  (99999999, 9001, 'job_contacts_job_id_fkey', 'or one that never was'),
  (9002, 9002, 'job_contacts_job_id_fkey', 'not even somebody who is on it'),
  (9001, 9002, 'job_contacts_contact_id_fkey', 'nor is a contact of others'),
  (9001, 99999999, 'job_contacts_contact_id_fkey', 'or nobody at all')
) as v (job, contact, name, rule);

-- taking somebody off a job
select tests.act_as_owner();
create table tests.refusals as
select * from (values
  ('sam', 9001, 9001, 'a stranger'), ('oda', 9001, 9001, 'an admin of another company'), ('mia', 9002, 9002, 'a manager, for a job of others,'),
  ('mia', 9001, 99999999, 'a manager, for nobody,'), ('mia', 99999999, 9001, 'a manager, for no job,'), ('mia', 9003, 9001, 'a manager, for one who is on another job,'),
  ('mia', null, null, 'a manager, for nothing,'), ('eve', 99999999, 9001, 'an employee, for no job,')) as v (p, job, contact, who);
select is(tests.answer(p, format('select business.unassign_contact(%L, %L)', job, contact)),
  E'PT404 No such assignment.\nThe table job_contacts lists the assignments of a job.', who || ' is told that there is no such assignment')
from tests.refusals;
select is(tests.answer('eve', 'select business.unassign_contact(9001, 9001)'),
  E'42501 Only managers and admins can remove a contact from a job.\nAsk a manager or an admin of the workspace.', 'an employee, who sees it, is told who may');
select is(tests.answer('eve@other', 'select business.unassign_contact(9002, 9002)'), '1 rows', 'a manager of the workspace of the request removes a contact');
select is(tests.answer('eve', 'select business.unassign_contact(9002, 9002)'),
  E'PT404 No such assignment.\nThe table job_contacts lists the assignments of a job.', 'an assignment of another workspace of the caller is not found');
select is(tests.answer('anon', 'select business.unassign_contact(9001, 9001)'), '42501 permission denied for function unassign_contact', 'nobody does without signing in');
select is(tests.answer('service', 'select business.unassign_contact(9001, 9001)'), '42501 permission denied for function unassign_contact', 'a server deletes the row instead');
select results_eq($$ select count(*) from business.job_contacts where job_id in (9001, 9002, 9003) $$, array[4::bigint], 'and everybody is still where they were');
select is(tests.answer('ada', 'select business.unassign_contact(9001, 9001)'), '1 rows', 'an admin may');
select tests.act_as('mia');
select lives_ok($$ select business.unassign_contact(9001, 9003) $$, 'a manager takes somebody off');
select results_eq($$ select job_id, contact_id from business.job_contacts order by job_id, contact_id $$,
  $$ values (9001::bigint, 9001::bigint), (9003, 9003) $$, 'that person, from that job, and nobody else');
select throws_ok($$ select business.unassign_contact(9001, 9003) $$, 'PT404', 'No such assignment.', 'once');
select lives_ok($$ insert into business.job_contacts (job_id, contact_id) values (9001, 9003) $$, 'whoever was taken off can be put on again');

-- acting as everybody else
select is(tests.answer(p, s), a, format('%s %s', p, rule))
from (values
  ('eve', 'select from business.job_contacts where job_id = 9001', '2 rows', 'reads who is on a job'),
  ('eve', 'insert into business.job_contacts (job_id, contact_id) values (9003, 9001)', '42501 new row violates row-level security policy for table "job_contacts"', 'an employee, assigns nobody'),
  ('eve', 'update business.job_contacts set notes = null where job_id = 9001', '0 rows', 'edits nothing'),
  ('eve', 'delete from business.job_contacts', '0 rows', 'deletes nothing'),
  ('oda', 'select from business.job_contacts where job_id = 9001', '0 rows', 'of another company, sees nobody'),
  ('oda', 'update business.job_contacts set notes = null where job_id = 9001', '0 rows', 'edits nothing'),
  ('oda', 'delete from business.job_contacts where job_id = 9001', '0 rows', 'deletes nothing'),
  ('oda', 'insert into business.job_contacts (job_id, contact_id) values (9001, 9001)',
    E'23503 insert or update on table "job_contacts" violates foreign key constraint "job_contacts_job_id_fkey"\nKey is not present in table "jobs".',
    'does not learn who is on a job of others by assigning them'),
  ('sam', 'select from business.job_contacts', '0 rows', 'a stranger, sees nobody'),
  ('anon', 'select from business.job_contacts', '42501 permission denied for table job_contacts', 'reads nothing'),
  ('anon', 'insert into business.job_contacts (job_id, contact_id) values (9003, 9001)', '42501 permission denied for table job_contacts', 'adds nothing'),
  ('anon', 'update business.job_contacts set notes = null', '42501 permission denied for table job_contacts', 'edits nothing'),
  ('anon', 'delete from business.job_contacts', '42501 permission denied for table job_contacts', 'deletes nothing'),
  ('service', 'update business.job_contacts set workspace_id = tests.workspace(''other'') where id = 9001',
    E'PT409 A row of business.job_contacts cannot change its workspace.\nCreate it again in the other workspace and delete this one.', 'moves nothing to another company'),
  ('ada', 'delete from business.job_contacts where job_id = 9001', '2 rows', 'an admin, deletes')
) as v (p, s, a, rule);

-- what ends an assignment
select tests.act_as_owner();
update business.job_contacts set updated_at = '2020-01-01' where id = 9001;
select results_eq($$ select updated_at = now() from business.job_contacts where id = 9001 $$, array[true], 'a change is stamped');
select tests.act_as('ada');
delete from business.contacts where id = 9001;
select is_empty($$ select 1 from business.job_contacts where contact_id = 9001 $$, 'an assignment goes with the contact');
delete from business.jobs where id = 9001;
select results_eq($$ select job_id from business.job_contacts $$, array[9003::bigint], 'and with the job');

select * from finish();
rollback;
