-- Notes on a job: everybody writes as themselves and edits their own, managers edit all, admins delete.
begin;
select plan(64);

-- arrange: Ada, Mia, Eve and Ned are a team, Eve and Mia are contacts of it; Eve is manager in another company, Oda its
-- admin; Sam has only a space of his own
select tests.create_team('team', 'ada admin', 'mia manager', 'eve employee', 'ned employee');
select tests.create_team('other', 'oda admin', 'eve manager');
select tests.create_user('sam');
insert into business.jobs (id, workspace_id, job_number) values (9001, tests.workspace('team'), 'T-1'), (9002, tests.workspace('other'), 'O-1');
insert into business.contacts (id, workspace_id, first_name, last_name, user_id) values
  (9001, tests.workspace('team'), 'Eve', 'Field', tests.user_id('eve')), (9002, tests.workspace('team'), 'Mia', 'Moore', tests.user_id('mia')),
  (9003, tests.workspace('team'), 'Al', 'Adjuster', null), (9004, tests.workspace('other'), 'Eve', 'Elsewhere', tests.user_id('eve')),
  (9005, tests.workspace('other'), 'Bo', 'Broker', null);
insert into business.notes (id, job_id, user_id, content) values
  (9001, 9001, tests.user_id('eve'), 'Eve''s'), (9002, 9001, tests.user_id('ned'), 'Ned''s'), (9003, 9001, tests.user_id('mia'), 'Mia''s'),
  (9004, 9002, tests.user_id('oda'), 'Oda''s'), (9005, 9001, null, 'Nobody''s'), (9006, 9002, tests.user_id('eve'), 'Eve''s elsewhere');

-- acting as an employee
select tests.act_as('eve');
select results_eq($$ insert into business.notes (job_id, content) values (9001, 'Dry') returning workspace_id, user_id, author_id, note_type, subject $$,
  $$ values (tests.workspace('team'), tests.user_id('eve'), 9001::bigint, 'general', null) $$,
  'a note needs a job and a text; it is signed by the member and the contact that they are');
select results_eq($$ insert into business.notes (job_id, author_id, user_id, note_type, subject, content)
    values (9001, 9001, tests.user_id('eve'), 'site_visit', 'Monday', 'Wet') returning author_id, note_type, subject $$,
  $$ values (9001::bigint, 'site_visit', 'Monday') $$, 'every field of a note can be given');
select results_eq($$ insert into business.notes (job_id, author_id, note_type, subject, content) values (9001, null, null, null, 'As a form sends it') returning author_id, note_type $$,
  $$ values (9001::bigint, 'general') $$, 'null stands for what was left out');
select throws_ok($$ insert into business.notes (job_id, content) values (9002, 'There') $$, '23503',
  'insert or update on table "notes" violates foreign key constraint "notes_on_job_id_fkey"', 'a note on a job of another workspace than that of the request is refused');
select tests.work_in('other');
select results_eq($$ insert into business.notes (job_id, content) values (9002, 'There') returning workspace_id, author_id $$,
  $$ values (tests.workspace('other'), 9004::bigint) $$, 'a note is in the workspace of its job and names the contact that the member is there');
select tests.act_as('eve');
select throws_ok(format('insert into business.notes (job_id, content, %s) values (9001, %L, %s)', v.c, 'x', v.v), '42501',
  'new row violates row-level security policy for table "notes"', v.rule)
from (values
  ('author_id', '9002', 'an employee does not write in the name of a colleague'), ('author_id', '9003', 'nor of an adjuster'),
  ('author_id', '9005', 'nor of somebody of another company'), ('author_id', '99999999', 'nor of nobody'),
  ('user_id', quote_literal(tests.user_id('mia')), 'nor with a colleague''s account'),
  ('user_id', quote_literal(tests.user_id('sam')), 'nor a stranger''s'), ('user_id', 'null', 'nor without any')) as v (c, v, rule);
select throws_ok($$ insert into business.notes (job_id, content, author_id) values (9001, 'x', 9004) $$, '23503',
  'insert or update on table "notes" violates foreign key constraint "notes_author_id_fkey"', 'nor as whom she is in the other company');
select results_eq($$ update business.notes set content = 'Edited', note_type = 'call', subject = 's' where job_id = 9001 and id between 9001 and 9006 returning id $$,
  array[9001::bigint], 'an employee edits their own note, and no other');
select throws_ok($$ update business.notes set author_id = 9002 where id = 9001 $$, '42501',
  'new row violates row-level security policy for table "notes"', 'and does not put it into another''s mouth');
select lives_ok($$ update business.notes set author_id = 9001 where id = 9001 $$, 'their own they do');
select is_empty($$ delete from business.notes where id = 9001 returning 1 $$, 'nor delete it');

-- acting as an employee who is no contact
select tests.act_as('ned');
select results_eq($$ insert into business.notes (job_id, content) values (9001, 'x') returning user_id, author_id $$,
  $$ values (tests.user_id('ned'), null::bigint) $$, 'who is no contact signs as a member alone');
select throws_ok($$ insert into business.notes (job_id, content, author_id) values (9001, 'x', 9001) $$, '42501',
  'new row violates row-level security policy for table "notes"', 'and as nobody else');

-- acting as a manager
select tests.act_as('mia');
select results_eq($$ insert into business.notes (job_id, content, author_id) values (9001, 'He said', 9003) returning user_id, author_id $$,
  $$ values (tests.user_id('mia'), 9003::bigint) $$, 'a manager writes down what somebody else said');
select throws_ok($$ insert into business.notes (job_id, content, user_id) values (9001, 'x', tests.user_id('eve')) $$, '42501',
  'new row violates row-level security policy for table "notes"', 'but as themselves');
select results_eq($$ with edited as (update business.notes set subject = 'Seen' where id in (9001, 9002, 9005) returning id) select id from edited order by id $$, array[9001, 9002, 9005]::bigint[],
  'a manager edits every note');
select is_empty($$ update business.notes set subject = 'Seen' where id in (9004, 9006) returning 1 $$, 'of their own company');
select throws_ok(format('update business.notes set author_id = %s where id = 9001', id), '23503',
  'insert or update on table "notes" violates foreign key constraint "notes_author_id_fkey"', 'a note is by nobody ' || rule)
from (values (9005, 'of another company'), (99999999, 'who does not exist')) as v (id, rule);
select throws_ok(format('insert into business.notes (job_id, content) values (%s, %L)', id, 'x'), '23503',
  'insert or update on table "notes" violates foreign key constraint "notes_on_job_id_fkey"', 'no note is on a job ' || rule)
from (values (9002, 'of another company'), (99999999, 'that does not exist')) as v (id, rule);
select is_empty($$ delete from business.notes returning 1 $$, 'a manager deletes no note');
select throws_ok(format('insert into business.notes (job_id, content, %I) values (9001, %L, null)', c, 'x'), '42501', 'permission denied for table notes',
  'a caller does not choose ' || c || ' of a note')
from unnest(array['id', 'workspace_id', 'created_at', 'updated_at']) as c;
select throws_ok(format('update business.notes set %I = null', c), '42501', 'permission denied for table notes', 'nor changes ' || c)
from unnest(array['id', 'workspace_id', 'created_at', 'updated_at']) as c;
select throws_ok(format('update business.notes set %s where id = 9001', v.assignment), '23514',
  format('new row for relation "notes" violates check constraint "%s"', v.name), v.rule)
from (values
  ('note_type = ''shout''', 'notes_note_type_allowed', 'a kind is one of six words'),
  ('subject = repeat(''x'', 301)', 'notes_subject_length', 'a subject is bounded'),
  ('content = ''''', 'notes_content_length', 'a note says something'),
  ('content = repeat(''x'', 50001)', 'notes_content_length', 'and not too much')
) as v (assignment, name, rule);
select throws_ok($$ insert into business.notes (job_id) values (9001) $$, '23502',
  'null value in column "content" of relation "notes" violates not-null constraint', 'a note has a text');
select lives_ok($$ update business.notes set subject = repeat('x', 300), content = repeat('x', 50000) where id = 9001 $$, 'the bounds themselves are allowed');

-- acting as everybody else
select is(tests.answer(p, s), a, format('%s %s', p, rule))
from (values
  ('eve', 'select from business.notes where id between 9001 and 9006', '4 rows', 'a member of two workspaces, reads those of the workspace of the request'),
  ('eve@other', 'select from business.notes where id between 9001 and 9006', '2 rows', 'a member of two workspaces, reads those of the other in a request there'),
  ('ada', 'select from business.notes where id between 9001 and 9006', '4 rows', 'reads those of the team'),
  ('oda', 'select from business.notes where job_id = 9001', '0 rows', 'of another company, reads none'),
  ('oda', 'update business.notes set subject = null where job_id = 9001', '0 rows', 'edits none'),
  ('oda', 'delete from business.notes where job_id = 9001', '0 rows', 'deletes none'),
  ('sam', 'select from business.notes', '0 rows', 'a stranger, reads none'),
  ('sam', 'update business.notes set subject = null', '0 rows', 'edits none'),
  ('sam', 'insert into business.notes (job_id, content) values (9001, ''x'')',
    E'23503 insert or update on table "notes" violates foreign key constraint "notes_on_job_id_fkey"\nKey is not present in table "jobs".', 'adds none'),
  ('anon', 'select from business.notes', '42501 permission denied for table notes', 'reads nothing'),
  ('anon', 'insert into business.notes (job_id, content) values (9001, ''x'')', '42501 permission denied for table notes', 'adds nothing'),
  ('anon', 'update business.notes set subject = null', '42501 permission denied for table notes', 'edits nothing'),
  ('anon', 'delete from business.notes', '42501 permission denied for table notes', 'deletes nothing'),
  ('service', 'insert into business.notes (job_id, content) values (9001, ''x'')', '1 rows', 'adds a note by nobody'),
  ('service', 'update business.notes set workspace_id = tests.workspace(''other'') where id = 9001',
    E'PT409 A row of business.notes cannot change its workspace.\nCreate it again in the other workspace and delete this one.', 'moves nothing to another company'),
  ('ada', 'delete from business.notes where id = 9001', '1 rows', 'an admin, deletes')
) as v (p, s, a, rule);

-- what a note outlives
select tests.act_as_owner();
update business.notes set updated_at = '2020-01-01' where id = 9003;
select results_eq($$ select updated_at = now() from business.notes where id = 9003 $$, array[true], 'a change is stamped');
delete from public.workspace_members where workspace_id = tests.workspace('team') and user_id = tests.user_id('eve');
select results_eq($$ select user_id, author_id from business.notes where content = 'Dry' $$, $$ values (tests.user_id('eve'), 9001::bigint) $$,
  'a note stays signed when its writer leaves the company');
select is(tests.answer('eve', 'update business.notes set subject = null where job_id = 9001'), '0 rows', 'who edits it no more');
select is(tests.answer('eve', 'insert into business.notes (job_id, content) values (9001, ''x'')'),
  E'23503 insert or update on table "notes" violates foreign key constraint "notes_on_job_id_fkey"\nKey is not present in table "jobs".', 'nor adds another');
delete from business.contacts where id = 9001;
delete from auth.users where id = tests.user_id('eve');
select results_eq($$ select workspace_id, user_id, author_id from business.notes where content = 'Dry' $$,
  $$ values (tests.workspace('team'), null::uuid, null::bigint) $$, 'it outlives the contact and the account');
delete from business.jobs where id = 9001;
select is_empty($$ select 1 from business.notes where job_id = 9001 $$, 'and goes with the job');

select * from finish();
rollback;
