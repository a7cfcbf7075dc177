-- create_job: opens a job from what a form sends, with a client who may be new.
begin;
select plan(43);

-- arrange: Ada, Mia and Eve are a team; Eve is manager in another company, Oda its admin; Sam has only a personal workspace, Ned none
select tests.create_team('team', 'ada admin', 'mia manager', 'eve employee');
select tests.create_team('other', 'oda admin', 'eve manager');
select tests.create_user(u) from unnest(array['sam', 'ned']) as u;
delete from public.workspaces where personal_of = tests.user_id('ned');
update public.profiles set time_zone = 'Pacific/Kiritimati' where id = tests.user_id('mia');
insert into business.clients (id, workspace_id, name, phone, is_active) values
  (9001, tests.workspace('team'), 'Kim Park', '1', true), (9002, tests.workspace('other'), 'Lee Wong', '2', true), (9003, tests.workspace('team'), 'Kim Park', '3', true),
  (9004, tests.workspace('team'), 'Old Client', '4', false);
insert into business.organizations (id, workspace_id, name, org_type) values
  (9001, tests.workspace('team'), 'Mutual', 'insurance_carrier'), (9002, tests.workspace('other'), 'Mutual', 'insurance_carrier');

-- acting as a manager: the whole payload
select tests.act_as('mia');
select results_eq($$ select j.workspace_id, j.job_number, j.status, j.job_type, j.client_id, j.insurance_org_id, j.year_built, j.square_footage, j.num_stories, j.deductible,
    j.ready_to_invoice, j.cos_date
  from business.create_job('{"job_number": "J-1", "status": "pending", "address": "1 Main St", "city": "Provo", "state": "UT", "zip": "84601", "year_built": 1984,
    "structure_type": "residential", "square_footage": 2200, "num_stories": 2, "damage_source": "water", "damage_category": "cat2", "damage_class": "class3",
    "date_of_loss": "2026-01-02", "date_contacted": "2026-01-03", "inspection_date": "2026-01-04", "work_auth_signed_date": "2026-01-05", "start_date": "2026-01-06",
    "cos_date": "2026-01-07", "completion_date": "2026-01-08", "claim_number": "C-77", "policy_number": "P-88", "deductible": 1000.5, "client_id": 9001,
    "insurance_org_id": 9001, "notes": "Gate code", "client_name": "Somebody else", "client_phone": "9", "client_email": "x@example.test",
    "job_type": "remodel", "ready_to_invoice": true}') as j $$,
  $$ values (tests.workspace('team'), 'J-1', 'pending', 'remodel', 9001::bigint, 9001::bigint, 1984, 2200, 2, 1000.50, true, '2026-01-07'::date) $$,
  'every key of the published payload is taken; a client who is named by id counts');
select results_eq($$ select address, city, state, zip, structure_type, damage_source, damage_category, damage_class, date_of_loss, date_contacted, inspection_date, work_auth_signed_date, start_date,
    completion_date, claim_number, policy_number, notes from business.jobs where job_number = 'J-1' $$,
  $$ values ('1 Main St', 'Provo', 'UT', '84601', 'residential', 'water', 'cat2', 'class3', '2026-01-02'::date, '2026-01-03'::date, '2026-01-04'::date, '2026-01-05'::date, '2026-01-06'::date,
    '2026-01-08'::date, 'C-77', 'P-88', 'Gate code') $$, 'each into its column');
select is((select count(*) from business.clients where name = 'Somebody else'), 0::bigint, 'and no other client is made');
select results_eq($$ select j.job_number ~ '^\d{6}-001-MIT$', j.status, j.job_type, j.client_id, j.date_contacted, j.ready_to_invoice from business.create_job('{}') as j $$,
  $$ values (true, 'lead', 'mitigation', null::bigint, (now() at time zone 'Pacific/Kiritimati')::date, false) $$, 'nothing at all is a lead, contacted today');
select results_eq($$ select j.job_number ~ '^\d{6}-002-MIT$', j.status, j.job_type, j.date_contacted, j.ready_to_invoice, j.notes from business.create_job(
    '{"job_number": null, "status": null, "job_type": null, "date_contacted": null, "ready_to_invoice": null, "client_name": null, "notes": null, "deductible": null}') as j $$,
  $$ values (true, 'lead', 'mitigation', (now() at time zone 'Pacific/Kiritimati')::date, false, null) $$, 'null stands for what was left out');
select results_eq($$ select j.job_number ~ '^\d{6}-003-MIT$', j.status, j.date_of_loss, j.year_built, j.claim_number, j.client_id from business.create_job(
    '{"job_number": "", "status": "", "date_of_loss": "", "year_built": "", "claim_number": "", "client_id": "", "client_name": "", "client_phone": ""}') as j $$,
  $$ values (true, 'lead', null::date, null::integer, null, null::bigint) $$, 'and so does an empty field of a form');
select results_eq($$ select j.date_of_loss, j.year_built from business.create_job('{"date_of_loss": "2026-01-05T07:00:00.000Z", "year_built": "1984"}') as j $$,
  $$ values ('2026-01-05'::date, 1984) $$, 'dates of a browser and numbers in quotes are understood');

-- clients
create temporary table opened as
select * from business.create_job('{"client_name": "  New Person ", "client_phone": "555", "client_email": "n@example.test", "address": "2 Oak St", "city": "Orem", "state": "UT", "zip": "84057"}');
select results_eq($$ select c.workspace_id, c.name, c.phone, c.email, c.address, c.city, c.state, c.zip, c.is_active from opened as o join business.clients as c on c.id = o.client_id $$,
  $$ values (tests.workspace('team'), 'New Person', '555', 'n@example.test', '2 Oak St', 'Orem', 'UT', '84057', true) $$, 'a new client lives where the job is');
select results_eq($$ select c.name, c.phone from business.create_job('{"client_name": "new PERSON", "client_phone": "666", "address": "3 Elm St"}') as j join business.clients as c on c.id = j.client_id $$,
  $$ values ('New Person', '555') $$, 'the same name in any case is the same client, who stays as they are');
select results_eq($$ select j.client_id from business.create_job('{"client_name": "kim park"}') as j $$, array[9001::bigint], 'of two of one name, the first');
create temporary table reopened as select * from business.create_job('{"client_name": "Old Client"}');
select results_eq($$ select c.id = 9004, c.is_active from reopened as o join business.clients as c on c.id = o.client_id $$,
  $$ values (false, true) $$, 'one who is no longer active is not taken up again');
create temporary table lees as select * from business.create_job('{"client_name": "Lee Wong"}');
select results_eq($$ select c.workspace_id from lees as o join business.clients as c on c.id = o.client_id $$,
  array[tests.workspace('team')], 'nor one of another company');
select tests.act_as_owner();
insert into business.clients (id, workspace_id, name) values (9005, tests.workspace('other'), 'Far Away');
create temporary table far as select * from private.create_job('{"client_name": "Far Away"}', tests.workspace('team'), current_date, true);
select results_eq($$ select c.workspace_id from far as j join business.clients as c on c.id = j.client_id $$, array[tests.workspace('team')],
  'even where no policy hides that one');
select tests.act_as('mia');
select results_eq($$ select count(*) from business.clients where workspace_id = tests.workspace('team') $$, array[7::bigint], 'four new clients in all');

-- refusals, after which nothing is there
create temporary table before as select (select count(*) from business.jobs) as jobs, (select count(*) from business.clients) as clients;
select is(tests.answer('mia', format('select business.create_job(%L)', v.job)), v.a, v.rule)
from (values
  ('{"job_nubmer": "x", "workspace_id": "x", "address": "1"}', E'22023 job contains unknown keys: job_nubmer, workspace_id.\nUse the columns of jobs, client_name, client_phone and client_email as keys.',
    'what no job has is named, not dropped'),
  ('{"id": 1}', E'22023 job contains unknown keys: id.\nUse the columns of jobs, client_name, client_phone and client_email as keys.', 'nobody chooses an id'),
  ('[]', E'22023 job must be a JSON object.\nUse the columns of jobs as keys.', 'a list is no job'),
  ('"x"', E'22023 job must be a JSON object.\nUse the columns of jobs as keys.', 'nor is a text'),
  ('null', E'22023 job must be a JSON object.\nUse the columns of jobs as keys.', 'nor null'),
  (null, E'22023 job must be a JSON object.\nUse the columns of jobs as keys.', 'nor nothing'),
  ('{"date_of_loss": "soon"}', '22007 invalid input syntax for type date: "soon"', 'a date is a date'),
  ('{"year_built": "old"}', '22P02 invalid input syntax for type integer: "old"', 'a year is a number')
) as v (job, a, rule);
select throws_ok(format('select business.create_job(%L)', v.job), v.code, v.message, v.rule)
from (values
  ('{"client_name": "Never", "status": "done"}', '23514', 'new row for relation "jobs" violates check constraint "jobs_status_allowed"', 'a status is one of seven words'),
  ('{"client_name": "Never", "job_number": "J-1"}', '23505', 'duplicate key value violates unique constraint "jobs_workspace_id_job_number_key"', 'a number is taken once'),
  (jsonb_build_object('client_name', repeat('x', 201))::text, '23514', 'new row for relation "clients" violates check constraint "clients_name_length"', 'a name is bounded'),
  ('{"client_id": 9002}', '23503', 'insert or update on table "jobs" violates foreign key constraint "jobs_client_id_fkey"', 'a client of others'),
  ('{"client_id": 99999999}', '23503', 'insert or update on table "jobs" violates foreign key constraint "jobs_client_id_fkey"', 'is like one who never was'),
  ('{"client_name": "Never", "insurance_org_id": 9002}', '23503', 'insert or update on table "jobs" violates foreign key constraint "jobs_insurance_org_id_fkey"', 'a carrier of others'),
  ('{"client_name": "Never", "insurance_org_id": 99999999}', '23503', 'insert or update on table "jobs" violates foreign key constraint "jobs_insurance_org_id_fkey"', 'as well')
) as v (job, code, message, rule);
select results_eq($$ select (select count(*) from business.jobs), (select count(*) from business.clients) $$, $$ select jobs, clients from before $$,
  'no refusal leaves a job, or a client without one');

-- who may
select is(tests.answer(p, s), a, format('%s %s', p, rule))
from (values
  ('ada', 'select business.create_job(''{}'')', '1 rows', 'an admin, opens a job'),
  ('eve', 'select business.create_job(''{"client_name": "Kim Park"}'')', E'42501 Only managers and admins can open jobs.\nAsk a manager or an admin of the workspace.', 'an employee, opens none'),
  ('eve', 'select business.create_job(''{"client_name": "Brand New"}'')', E'42501 Only managers and admins can open jobs.\nAsk a manager or an admin of the workspace.', 'whoever the client is'),
  ('eve@other', 'select business.create_job(''{"client_name": "Lee Wong"}'')', '1 rows', 'opens one where they are a manager'),
  ('sam', 'select business.create_job(''{}'')', '1 rows', 'opens one in a personal workspace'),
  ('sam@team', 'select business.create_job(''{"client_name": "Kim Park"}'')', E'PT403 You do not belong to the workspace of the header x-workspace-id.\nThe table workspaces lists yours.', 'opens none in a workspace of others'),
  ('sam@team', 'select business.create_job(''{"client_name": "Brand New"}'')', E'PT403 You do not belong to the workspace of the header x-workspace-id.\nThe table workspaces lists yours.', 'gets the same error for a new client'),
  ('sam@nowhere', 'select business.create_job(''{}'')', E'PT403 You do not belong to the workspace of the header x-workspace-id.\nThe table workspaces lists yours.', 'gets the same error for a workspace that does not exist'),
  ('ned', 'select business.create_job(''{}'')', E'PT404 The request has no workspace.\nSend the header x-workspace-id, or call switch_workspace and refresh the session.', 'opens none without a workspace'),
  ('anon', 'select business.create_job(''{}'')', '42501 permission denied for function create_job', 'opens nothing'),
  ('service', 'select business.create_job(''{}'')', '42501 permission denied for function create_job', 'a server, inserts rows instead')
) as v (p, s, a, rule);
select results_eq($$ select (select count(*) from business.jobs), (select count(*) from business.clients) $$, $$ select jobs, clients from before $$, 'and nothing came of all that');
select tests.act_as('eve@other');
select results_eq($$ select j.client_id, j.workspace_id from business.create_job('{"client_name": "lee wong"}') as j $$, $$ values (9002::bigint, tests.workspace('other')) $$,
  'the client of a job is one of its workspace');

select * from finish();
rollback;
