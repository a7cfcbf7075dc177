-- Estimates: versions per job and type, revisions, and that one of each type at most is approved.
begin;
select plan(158);

-- arrange: Ada, Mia and Eve are a team; Eve is manager in another company, Oda its admin; Sam has only a space of his own
select tests.create_team('team', 'ada admin', 'mia manager', 'eve employee');
select tests.create_team('other', 'oda admin', 'eve manager');
select tests.create_user('sam');
update public.profiles set time_zone = 'Pacific/Kiritimati' where id = tests.user_id('mia');
insert into business.jobs (id, workspace_id, job_number) values
  (9001, tests.workspace('team'), 'T-1'), (9002, tests.workspace('other'), 'O-1'), (9003, tests.workspace('team'), 'T-2'), (9004, tests.workspace('team'), 'T-3');
insert into business.estimates (id, job_id, amount) values (9002, 9002, 1);
create function tests.today() returns date language sql stable as $$ select (now() at time zone 'Pacific/Kiritimati')::date $$;
-- the estimates of a job in a line: version, status and date of approval of each
create function tests.story(job_id bigint, estimate_type text default 'mitigation') returns text
language sql stable
as $$
  select string_agg(concat_ws(' ', 'v' || e.version, e.status, case e.approved_date when tests.today() then 'today' else e.approved_date::text end), ', ' order by e.version)
  from business.estimates as e where e.job_id = story.job_id and e.estimate_type is not distinct from story.estimate_type
$$;
grant execute on all functions in schema tests to anon, authenticated, service_role;

-- versions
select tests.act_as('mia');
select results_eq($$ insert into business.estimates (job_id) values (9001)
    returning workspace_id, version, estimate_type, amount, original_amount, status, submitted_date, approved_date $$,
  $$ values (tests.workspace('team'), 1, null, null::numeric, null::numeric, 'draft', null::date, null::date) $$, 'an estimate needs a job: it is the first draft of no type');
select results_eq($$ insert into business.estimates (job_id, amount) values (9001, 10) returning version, amount, original_amount $$,
  $$ values (2, 10.00, null::numeric) $$, 'estimates of no type are a group that counts as any other');
select results_eq($$ insert into business.estimates (job_id, version, estimate_type, amount, original_amount, status, submitted_date, approved_date, xactimate_file_path, notes)
    values (9001, 1, 'mitigation', 1000, 1100, 'submitted', '2026-01-02', null, 'estimates/9001/a.pdf', 'n')
    returning version, amount, original_amount, status, submitted_date $$,
  $$ values (1, 1000.00, 1100.00, 'submitted', '2026-01-02'::date) $$, 'every field of an estimate can be given, and each type counts for itself');
select results_eq($$ insert into business.estimates (job_id, estimate_type, amount) values (9001, 'reconstruction', 500.505) returning version, amount, original_amount $$,
  $$ values (1, 500.51, 500.51) $$, 'what was asked for first is the amount of version 1');
select results_eq($$ insert into business.estimates (job_id, version, estimate_type, amount) values (9001, 1, 'mitigation', 900) returning version, original_amount $$,
  $$ values (2, null::numeric) $$, 'the version 1 that forms send when they say nothing is the next one');
select results_eq($$ insert into business.estimates (job_id, version, estimate_type, amount) select 9001, v, 'mitigation', 800 from unnest(array[0, null]) as v returning version $$,
  array[3, 4], 'as are none and null');
select results_eq($$ insert into business.estimates (job_id, version, estimate_type) values (9001, 9, 'remodel') returning version $$, array[9], 'any other version is taken at its word');
select results_eq($$ insert into business.estimates (job_id, version, estimate_type, amount) values (9001, 1, 'remodel', 5) returning version, original_amount $$,
  $$ values (1, 5.00) $$, 'a 1 that is free stays one');
select results_eq($$ insert into business.estimates (job_id, estimate_type) values (9001, 'remodel') returning version $$, array[10], 'the next one follows the highest');
select results_eq($$ insert into business.estimates (job_id, estimate_type) values (9003, 'mitigation') returning version $$, array[1], 'each job counts for itself');
select throws_ok($$ insert into business.estimates (job_id, version, estimate_type) values (9001, 9, 'remodel') $$, '23505',
  'duplicate key value violates unique constraint "estimates_workspace_id_job_id_estimate_type_version_key"', 'a version is taken once');
select throws_ok($$ insert into business.estimates (job_id, version) values (9001, 2) $$, '23505',
  'duplicate key value violates unique constraint "estimates_workspace_id_job_id_estimate_type_version_key"', 'also of no type');
select throws_ok($$ update business.estimates set estimate_type = 'mitigation' where job_id = 9001 and estimate_type = 'reconstruction' $$, '23505',
  'duplicate key value violates unique constraint "estimates_workspace_id_job_id_estimate_type_version_key"', 'and where a type is changed');
select results_eq($$ insert into business.estimates (job_id, estimate_type) values (9004, 'abatement'), (9004, 'abatement'), (9004, null), (9004, 'abatement') returning version $$,
  array[1, 2, 1, 3], 'estimates of one request are numbered in their order');

-- revisions
create temporary table ids as select e.id, e.version from business.estimates as e where e.job_id = 9001 and e.estimate_type = 'mitigation';
grant select on ids to authenticated;
select results_eq($$ select r.job_id, r.version, r.estimate_type, r.amount, r.original_amount, r.status, r.submitted_date, r.approved_date, r.notes, r.xactimate_file_path
    from ids, business.revise_estimate(ids.id, 950.25, 'less drywall', 'estimates/9001/b.pdf') as r where ids.version = 1 $$,
  $$ values (9001::bigint, 5, 'mitigation', 950.25, 1100.00, 'revision', tests.today(), null::date, 'less drywall', 'estimates/9001/b.pdf') $$,
  'a revision is the next version, submitted today, and carries what was asked for first');
select results_eq($$ select r.version, r.original_amount, r.notes, r.xactimate_file_path from ids, business.revise_estimate(ids.id, 700) as r where ids.version = 2 $$,
  $$ values (6, 900.00, null, null) $$, 'which is the amount of the revised one where nothing else is known');
select results_eq($$ select r.version, r.amount, r.original_amount from ids, business.revise_estimate(ids.id, null) as r where ids.version = 2 $$,
  $$ values (7, null::numeric, 900.00) $$, 'its amount may still be open');
select results_eq($$ select r.version, r.estimate_type from business.estimates as e, business.revise_estimate(e.id, 11) as r where e.job_id = 9001 and e.estimate_type is null and e.version = 2 $$,
  $$ values (3, null) $$, 'an estimate of no type has revisions too');
select is(tests.story(9001), 'v1 submitted, v2 draft, v3 draft, v4 draft, v5 revision, v6 revision, v7 revision', 'what was revised stays as it was');
select throws_ok($$ select business.revise_estimate((select id from ids where version = 1), -1) $$, '23514',
  'new row for relation "estimates" violates check constraint "estimates_amount_range"', 'no revision is below nothing');

-- approval
select tests.act_as_owner();
delete from business.estimates where job_id = 9003;
insert into business.estimates (id, job_id, estimate_type, amount, status) values
  (9011, 9003, 'mitigation', 100, 'submitted'), (9012, 9003, 'mitigation', 90, 'revision'), (9013, 9003, 'mitigation', 80, 'draft'),
  (9021, 9003, 'remodel', 100, 'submitted'), (9022, 9003, 'remodel', 90, 'submitted'), (9031, 9003, null, 7, 'draft'), (9032, 9003, null, 6, 'draft');
select tests.act_as('mia');
select results_eq($$ select id, status, approved_date from business.approve_estimate(9011) $$, $$ values (9011::bigint, 'approved', tests.today()) $$, 'an approval is of today, where the manager is');
select results_eq($$ select id, status, approved_date from business.approve_estimate(9021, '2026-01-05') $$, $$ values (9021::bigint, 'approved', '2026-01-05'::date) $$, 'an approval can have a date of its own');
select is(tests.story(9003), 'v1 approved today, v2 revision, v3 draft', 'types do not touch each other');
select results_eq($$ select id, approved_date from business.approve_estimate(9012, '2026-02-01') $$, $$ values (9012::bigint, '2026-02-01'::date) $$, 'when another version is approved');
select is(tests.story(9003), 'v1 superseded today, v2 approved 2026-02-01, v3 draft', 'the one before is superseded, and keeps its date');
select is(tests.story(9003, 'remodel'), 'v1 approved 2026-01-05, v2 submitted', 'and still types do not touch each other');
select results_eq($$ select approved_date from business.approve_estimate(9012) $$, array['2026-02-01'::date], 'approving again keeps the first date');
select throws_ok($$ select business.approve_estimate(9012, '2026-02-03') $$, 'PT409', 'An approved estimate does not change.', 'approving again with another date is refused');
select lives_ok($$ select business.approve_estimate(9012, '2026-02-01') $$, 'with the same one it is not');
select results_eq($$ update business.estimates set status = 'approved' where id = 9013 returning approved_date $$, array[tests.today()], 'a plain change of the status does the same');
select is(tests.story(9003), 'v1 superseded today, v2 superseded 2026-02-01, v3 approved today', 'the three versions have the dates of their approvals');
select results_eq($$ update business.estimates set status = 'approved' where id = 9012 returning approved_date $$, array[tests.today()],
  'who is approved a second time is so from today, whatever was the date the first time');
select results_eq($$ update business.estimates set status = 'approved', approved_date = '2026-03-01' where id = 9013 returning approved_date $$, array['2026-03-01'::date], 'or from the date that comes with it');
select results_eq($$ select approved_date from business.approve_estimate(9011, tests.today()) $$, array[tests.today()], 'a version that was superseded can be approved again on a given date');
select results_eq($$ select approved_date from business.approve_estimate(9013, '2026-03-01') $$, array['2026-03-01'::date], 'even on the date of its first approval');
select is(tests.story(9003), 'v1 superseded today, v2 superseded today, v3 approved 2026-03-01', 'one is approved, always');
select results_eq($$ update business.estimates set status = 'denied' where id = 9013 returning approved_date $$, array[null::date], 'who is no longer approved has no date of approval');
select results_eq($$ update business.estimates set status = 'draft' where id = 9012 returning approved_date $$, array[null::date], 'nor has who was superseded and begins again');
select results_eq($$ update business.estimates set status = 'submitted', approved_date = '2026-04-01' where id = 9013 returning approved_date $$, array['2026-04-01'::date], 'a date that is given ahead');
select results_eq($$ update business.estimates set status = 'approved' where id = 9013 returning approved_date $$, array['2026-04-01'::date], 'is the date of the approval');
select tests.act_as_service();
select throws_ok($$ update business.estimates set approved_date = null where id = 9013 $$, '23514',
  'new row for relation "estimates" violates check constraint "estimates_approved_date_set"', 'which it does not lose');
select tests.act_as('mia');
select results_eq($$ insert into business.estimates (job_id, estimate_type, amount, status) values (9003, 'mitigation', 70, 'approved') returning approved_date $$,
  array[tests.today()], 'an estimate may begin approved');
select results_eq($$ insert into business.estimates (job_id, estimate_type, amount, status, approved_date) values (9003, 'mitigation', 60, 'approved', '2026-05-01') returning approved_date $$,
  array['2026-05-01'::date], 'on a date of its own');
select is(tests.story(9003), 'v1 superseded today, v2 draft, v3 superseded 2026-04-01, v4 superseded today, v5 approved 2026-05-01', 'and supersedes as well');
select results_eq($$ select status from business.approve_estimate(9031) union all select status from business.approve_estimate(9032) $$, array['approved', 'approved'], 'estimates of no type');
select is(tests.story(9003, null), 'v1 superseded today, v2 approved today', 'supersede each other');
select tests.act_as_owner();
update business.estimates set version = 7 where id = 9032;
select tests.act_as('mia');
select is(tests.answer('mia', 'update business.estimates set estimate_type = ''remodel'' where id = 9032'),
  E'PT409 An approved estimate does not change.\nAdd a version with revise_estimate, or give it another status first, which withdraws the approval.', 'an approved one does not get another type');
select tests.act_as_owner();
update business.estimates set estimate_type = 'remodel' where id = 9032;
select tests.act_as('mia');
select is(tests.story(9003, 'remodel'), 'v1 superseded 2026-01-05, v2 submitted, v7 approved today', 'one that an operator gives another type supersedes in its new type, and keeps its date');
select results_eq($$ update business.estimates set status = 'submitted' where id = 9012 returning approved_date $$, array[null::date], 'another version that is submitted');
select is(tests.story(9003), 'v1 superseded today, v2 submitted, v3 superseded 2026-04-01, v4 superseded today, v5 approved 2026-05-01', 'changes nothing about the approved one');
select results_eq($$ update business.estimates set status = 'draft' where id = 9012 returning approved_date $$, array[null::date], 'nor does one that is taken back');
select results_eq($$ update business.estimates set notes = 'sent by post' where job_id = 9003 and status = 'approved' and estimate_type = 'mitigation' returning approved_date $$,
  array['2026-05-01'::date], 'a note on an approved one is no approval');
update business.estimates set xactimate_file_path = 'signed.pdf' where id = 9032;
select is(tests.answer('mia', format('update business.estimates set %s where id = %s', v.change, v.id)),
  E'PT409 An approved estimate does not change.\nAdd a version with revise_estimate, or give it another status first, which withdraws the approval.', v.what)
from (values
  ('amount = 61', 9031, 'nor does the amount of a superseded one'),
  ('amount = amount + 1', 9032, 'the amount of an approved one does not change'),
  ('amount = null', 9032, 'and is not removed'),
  ('original_amount = 1', 9032, 'nor does what it was revised from'),
  ('submitted_date = ''2026-01-02''', 9032, 'nor the day it was submitted'),
  ('xactimate_file_path = ''other.pdf''', 9032, 'nor its file'),
  ('approved_date = ''2025-12-31''', 9032, 'nor the day it was approved'),
  ('status = ''superseded'', amount = 1', 9032, 'not even when another takes its place')) as v (change, id, what);
select is(tests.answer('mia', 'insert into business.estimates (id, job_id, amount) values (9032, 9003, 1) on conflict (id) do update set amount = excluded.amount'),
  E'42501 permission denied for table estimates', 'nor by an upsert of its id');
select is(tests.answer('mia', 'update business.estimates set amount = amount, approved_date = approved_date where id = 9032'), '1 rows', 'a row that is sent back as it was read is no change');
select is(tests.answer('mia', 'update business.estimates set status = ''revision'', amount = 1 where id = 9032'), '1 rows', 'an approval that is withdrawn ends the rule');
select is(tests.answer('service', 'update business.estimates set amount = 61 where id = 9032'), '1 rows', 'a secret key corrects imported rows');

-- several at once
select lives_ok($$ update business.estimates set status = 'approved' where job_id = 9004 and (estimate_type is null or version = 3) $$, 'estimates of several types are approved in one request');
select is(tests.story(9004, 'abatement') || '; ' || tests.story(9004, null), 'v1 draft, v2 draft, v3 approved today; v1 approved today', 'and all are');
select throws_ok($$ update business.estimates set status = 'approved' where job_id = 9004 and estimate_type = 'abatement' and version < 3 $$, 'PT409',
  'Only one version of an estimate can be approved.', 'several versions of one type are not');
select matches(tests.answer('mia', 'update business.estimates set status = ''approved'' where job_id = 9004'), '^(PT409 Only one version|27000 tuple to be updated)',
  'not even when one of them is approved already, in whatever order they are met');
select is(tests.story(9004, 'abatement'), 'v1 draft, v2 draft, v3 approved today', 'and nothing has changed');
select results_eq($$ insert into business.estimates (job_id, estimate_type, status, approved_date) values
    (9004, 'remediation', 'approved', '2026-01-01'), (9004, 'remediation', 'approved', '2026-02-01') returning version $$, array[1, 2], 'history may be entered in one request');
select is(tests.story(9004, 'remediation'), 'v1 superseded 2026-01-01, v2 approved 2026-02-01', 'the last one counts');

-- the word that the database writes
select is(tests.answer('mia', format('update business.estimates set status = %L where id = 9011', 'superseded')), '1 rows', 'who is superseded stays so');
select is(tests.answer('mia', 'update business.estimates set status = ''superseded'' where id = 9012'),
  E'PT409 An estimate with status draft cannot become superseded.\nThe database sets superseded when another version is approved.', 'a manager cannot set superseded on a version that was not approved');
select is(tests.answer('service', 'update business.estimates set status = ''superseded'' where id = 9012'),
  E'PT409 An estimate with status draft cannot become superseded.\nThe database sets superseded when another version is approved.', 'nor can a secret key');
select tests.act_as_owner();
select results_eq($$ select status from business.estimates where id = 9012 $$, array['draft'], 'it stays what it was');
alter table business.estimates disable trigger estimates_sign_approval_on_update;
select throws_ok(format('insert into business.estimates (job_id, version, estimate_type, status, approved_date) values (%1$s, 50, %2$L, %3$L, null);
  update business.estimates set status = %4$L, approved_date = now() where job_id = %1$s and version = 50', id, t, 'draft', 'approved'), '23505',
  'duplicate key value violates unique constraint "estimates_approved_key"', format('two approved ones of type %s cannot be, even if nobody took care', coalesce(t, 'none')))
from (values (9003, 'mitigation'), (9004, null)) as v (id, t);
alter table business.estimates enable trigger estimates_sign_approval_on_update;

-- an upsert changes no other row than its own
select tests.act_as_owner();
insert into business.jobs (id, workspace_id, job_number) values (9005, tests.workspace('team'), 'T-5');
insert into business.estimates (job_id, version, estimate_type, status, approved_date) values
  (9005, 1, 'mitigation', 'approved', '2026-01-01'), (9005, 2, 'mitigation', 'draft', null), (9005, 1, 'remodel', 'draft', null), (9005, 2, 'remodel', 'approved', '2026-01-01'),
  (9005, 1, 'abatement', 'approved', '2026-01-01');
select tests.act_as('mia');
select is(tests.answer('mia', $$ insert into business.estimates (job_id, estimate_type, version, status) values (9005, 'mitigation', 2, 'approved')
    on conflict (workspace_id, job_id, estimate_type, version) do nothing $$), '0 rows', 'an upsert that ignores an existing version adds nothing');
insert into business.estimates (job_id, estimate_type, version, status) values (9005, 'mitigation', 2, 'approved') on conflict (workspace_id, job_id, estimate_type, version) do nothing;
select is(tests.story(9005), 'v1 approved 2026-01-01, v2 draft', 'and withdraws no approval');
select tests.act_as_service();
select is(tests.answer('service', format($$ insert into business.estimates (id, workspace_id, job_id, estimate_type, version, status)
    select e.id, e.workspace_id, 9005, 'mitigation', 1, 'approved' from business.estimates as e where e.job_id = 9005 and e.estimate_type = 'mitigation' and e.version = 1
    on conflict %s do nothing $$, target)), '0 rows', format('an upsert that ignores the id of version 1 adds nothing, by its constraint on %s', target))
from unnest(array['(id)', '(workspace_id, job_id, estimate_type, version)', '']) as target;
select tests.act_as('mia');
select throws_ok($$ insert into business.estimates (job_id, estimate_type, version, status) values (9005, 'mitigation', 2, 'approved') $$, '23505',
  'duplicate key value violates unique constraint "estimates_workspace_id_job_id_estimate_type_version_key"', 'an approved estimate with an existing version is refused');
select lives_ok($$ insert into business.estimates as e (job_id, estimate_type, version, status, notes) values (9005, 'remodel', 2, 'approved', 'merged')
    on conflict (workspace_id, job_id, estimate_type, version) do update set status = excluded.status, notes = excluded.notes $$,
  'an approved version can be upserted as it was read');
select is(tests.story(9005, 'remodel'), 'v1 draft, v2 approved 2026-01-01', 'and stays approved, on its date');
select lives_ok($$ insert into business.estimates as e (job_id, estimate_type, version, status, approved_date) values (9005, 'abatement', 1, 'approved', '2026-01-01')
    on conflict (workspace_id, job_id, estimate_type, version) do update set status = excluded.status, approved_date = excluded.approved_date $$,
  'also version 1');
select is(tests.story(9005, 'abatement'), 'v1 approved 2026-01-01', 'which an upsert merges, and does not number again');
select lives_ok($$ insert into business.estimates as e (job_id, estimate_type, version, status) values (9005, 'mitigation', 2, 'approved'), (9005, 'mitigation', 3, 'draft')
    on conflict (workspace_id, job_id, estimate_type, version) do update set status = excluded.status $$, 'an upsert may approve another version');
select is(tests.story(9005), 'v1 superseded 2026-01-01, v2 approved today, v3 draft', 'and supersedes the one before');
select results_eq($$ insert into business.estimates (job_id, estimate_type, version, status) values (9005, 'abatement', 1, 'draft') returning version $$, array[2],
  'an insert after an upsert is numbered as ever');
select tests.act_as_service();
insert into business.estimates (workspace_id, job_id, client_key) values (tests.workspace('other'), 9002, 'form-1');
select results_eq($$ insert into business.estimates (workspace_id, job_id, estimate_type, status, approved_date, client_key)
  values (tests.workspace('team'), 9005, 'mitigation', 'approved', '2026-03-01', 'form-1') returning version $$, array[4], 'the same key in another workspace is another estimate');
select tests.act_as('mia');
select is(tests.story(9005), 'v1 superseded 2026-01-01, v2 superseded today, v3 draft, v4 approved 2026-03-01', 'which is approved like any other');

-- columns that only the database writes, and bounds
select tests.act_as_owner();
update business.estimates set status = 'draft' where id = 9013;
select tests.act_as('mia');
select throws_ok(format('insert into business.estimates (job_id, %I) values (9001, null)', c), '42501', 'permission denied for table estimates',
  'a caller does not choose ' || c || ' of an estimate')
from unnest(array['id', 'workspace_id', 'created_at', 'updated_at']) as c;
select throws_ok(format('update business.estimates set %I = null', c), '42501', 'permission denied for table estimates', 'nor changes ' || c)
from unnest(array['id', 'workspace_id', 'created_at', 'updated_at']) as c;
select throws_ok(format('update business.estimates set %s where id = 9013', v.assignment), '23514',
  format('new row for relation "estimates" violates check constraint "%s"', v.name), v.rule)
from (values
  ('estimate_type = ''plumbing''', 'estimates_estimate_type_allowed', 'a type is one of five words'),
  ('amount = -0.01', 'estimates_amount_range', 'an amount is not negative'),
  ('amount = ''NaN''', 'estimates_amount_range', 'an amount is a number'),
  ('original_amount = -0.01', 'estimates_original_amount_range', 'an original amount is not negative'),
  ('original_amount = ''NaN''', 'estimates_original_amount_range', 'an original amount is a number'),
  ('status = ''accepted''', 'estimates_status_allowed', 'a status is one of seven words'),
  ('submitted_date = ''1899-12-31''', 'estimates_dates_range', 'a day is within reason'),
  ('approved_date = ''infinity''', 'estimates_dates_range', 'an approval date is finite'),
  ('xactimate_file_path = repeat(''x'', 1001)', 'estimates_xactimate_file_path_length', 'a path is bounded'),
  ('notes = repeat(''x'', 20001)', 'estimates_notes_length', 'notes are bounded')
) as v (assignment, name, rule);
select throws_ok($$ insert into business.estimates (job_id, version) values (9001, -1) $$, '23514',
  'new row for relation "estimates" violates check constraint "estimates_version_positive"', 'a version counts from one');
select throws_ok(format('update business.estimates set %I = 10000000000 where id = 9013', c), '22003', 'numeric field overflow', c || ' is bounded')
from unnest(array['amount', 'original_amount']) as c;
select lives_ok($$ update business.estimates set amount = 9999999999.99, original_amount = 0, notes = repeat('x', 20000), xactimate_file_path = repeat('x', 1000) where id = 9013 $$,
  'the bounds themselves are allowed');
select lives_ok(format('update business.estimates set status = %L where id = 9013', w), 'a status: ' || w)
from unnest(array['draft', 'submitted', 'revision_requested', 'revision', 'denied', 'approved']) as w;
select throws_ok(format('insert into business.estimates (job_id, status) values (%s, %L)', id, status), '23503',
  'insert or update on table "estimates" violates foreign key constraint "estimates_job_id_fkey"', format('no %s estimate is on a job %s', status, rule))
from (values (9002, 'of another company'), (99999999, 'that does not exist')) as v (id, rule), unnest(array['draft', 'approved']) as status;

-- permissions
select is(tests.answer(p, s), a, rule)
from (values
  ('eve', 'select from business.estimates where id = 9011', '1 rows', 'an employee reads estimates'),
  ('eve', 'insert into business.estimates (job_id) values (9001)', '42501 new row violates row-level security policy for table "estimates"', 'an employee cannot add an estimate'),
  ('eve', 'insert into business.estimates (job_id, status) values (9001, ''approved'')', '42501 new row violates row-level security policy for table "estimates"', 'an employee cannot add an approved estimate'),
  ('eve', 'update business.estimates set status = ''approved'' where id = 9011', '0 rows', 'an employee cannot edit an estimate'),
  ('eve', 'delete from business.estimates', '0 rows', 'an employee cannot delete an estimate'),
  ('eve', 'select business.approve_estimate(9011)', E'42501 Only managers and admins can approve estimates.\nAsk a manager or an admin of the workspace.', 'an employee cannot approve an estimate'),
  ('eve', 'select business.revise_estimate(9011, 1)', '42501 new row violates row-level security policy for table "estimates"', 'an employee cannot revise an estimate'),
  ('eve@other', 'select business.approve_estimate(9002)', '1 rows', 'an employee approves an estimate in a workspace where they are a manager'),
  ('eve@other', 'insert into business.estimates (job_id) values (9002)', '1 rows', 'an employee adds an estimate in a workspace where they are a manager'),
  ('eve', 'select business.approve_estimate(9002)', E'PT404 No such estimate.\nThe table estimates lists the estimates of a job.', 'a manager approves no estimate of another workspace than that of the request'),
  ('eve', 'update business.estimates set notes = null where id = 9002', '0 rows', 'a manager edits no estimate of another workspace than that of the request'),
  ('mia', 'delete from business.estimates', '0 rows', 'a manager cannot delete an estimate'),
  ('ada', 'select business.approve_estimate(9011)', '1 rows', 'an admin approves an estimate'),
  ('ada', 'delete from business.estimates where id = 9011', '1 rows', 'an admin deletes an estimate'),
  ('oda', 'select from business.estimates where job_id = 9003', '0 rows', 'a member of another workspace cannot read an estimate'),
  ('oda', 'update business.estimates set notes = null where job_id = 9003', '0 rows', 'a member of another workspace cannot edit an estimate'),
  ('oda', 'delete from business.estimates where job_id = 9003', '0 rows', 'a member of another workspace cannot delete an estimate'),
  ('oda', 'select business.approve_estimate(9011)', E'PT404 No such estimate.\nThe table estimates lists the estimates of a job.', 'a member of another workspace cannot approve an estimate'),
  ('oda', 'select business.approve_estimate(99999999)', E'PT404 No such estimate.\nThe table estimates lists the estimates of a job.', 'a member of another workspace gets the same error for an estimate that does not exist'),
  ('oda', 'select business.revise_estimate(9011, 1)', E'PT404 No such estimate.\nThe table estimates lists the estimates of a job.', 'a member of another workspace cannot revise an estimate'),
  ('oda', 'select business.revise_estimate(99999999, 1)', E'PT404 No such estimate.\nThe table estimates lists the estimates of a job.', 'a member of another workspace gets the same error from revise_estimate'),
  ('sam', 'select from business.estimates', '0 rows', 'a user of no workspace cannot read an estimate'),
  ('sam', 'select business.approve_estimate(null)', E'PT404 No such estimate.\nThe table estimates lists the estimates of a job.', 'a user of no workspace cannot approve an estimate'),
  ('anon', 'select from business.estimates', '42501 permission denied for table estimates', 'anon cannot read an estimate'),
  ('anon', 'insert into business.estimates (job_id) values (9001)', '42501 permission denied for table estimates', 'anon cannot add an estimate'),
  ('anon', 'update business.estimates set notes = null', '42501 permission denied for table estimates', 'anon cannot edit an estimate'),
  ('anon', 'delete from business.estimates', '42501 permission denied for table estimates', 'anon cannot delete an estimate'),
  ('anon', 'select business.approve_estimate(9011)', '42501 permission denied for function approve_estimate', 'anon cannot approve an estimate'),
  ('anon', 'select business.revise_estimate(9011, 1)', '42501 permission denied for function revise_estimate', 'anon cannot revise an estimate'),
  ('service', 'insert into business.estimates (job_id, version, status) values (9001, 40, ''superseded'')', '1 rows', 'a secret key imports superseded versions'),
  ('service', 'update business.estimates set workspace_id = tests.workspace(''other'') where id = 9011',
    E'PT409 A row of business.estimates cannot change its workspace.\nCreate it again in the other workspace and delete this one.', 'a secret key cannot move an estimate to another workspace')
) as v (p, s, a, rule);
select tests.act_as_owner();
select results_eq($$ select status from business.estimates where id in (9002, 9011) order by id $$, array['draft', 'superseded'], 'every refusal left them as they were');
update business.estimates set updated_at = '2020-01-01' where id = 9011;
select results_eq($$ select updated_at = now() from business.estimates where id = 9011 $$, array[true], 'a change is stamped');
delete from business.jobs where id = 9003;
select is_empty($$ select 1 from business.estimates where job_id = 9003 $$, 'estimates go with the job');

select * from finish();
rollback;
