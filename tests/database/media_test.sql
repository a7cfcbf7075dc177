-- Photos and files of a job: everybody adds as themselves and edits their own, managers edit all, admins delete.
begin;
select plan(50);

-- arrange: Ada, Mia, Eve and Ned are a team, Eve is a contact of it; Oda is admin of another company; Sam has only a space of his own
select tests.create_team('team', 'ada admin', 'mia manager', 'eve employee', 'ned employee');
select tests.create_team('other', 'oda admin');
select tests.create_user('sam');
insert into business.jobs (id, workspace_id, job_number) values (9001, tests.workspace('team'), 'T-1'), (9002, tests.workspace('other'), 'O-1');
insert into business.contacts (id, workspace_id, first_name, last_name, user_id) values
  (9001, tests.workspace('team'), 'Eve', 'Field', tests.user_id('eve')), (9002, tests.workspace('team'), 'Al', 'Adjuster', null),
  (9003, tests.workspace('other'), 'Bo', 'Broker', null);
insert into business.media (id, job_id, user_id, file_name, file_path) values
  (9001, 9001, tests.user_id('eve'), 'e.jpg', 'media/e.jpg'), (9002, 9001, tests.user_id('ned'), 'n.jpg', 'media/n.jpg'),
  (9003, 9002, tests.user_id('oda'), 'o.jpg', 'media/o.jpg');

-- acting as an employee
select tests.act_as('eve');
select results_eq($$ insert into business.media (job_id, file_name, file_path) values (9001, 'a.jpg', 'media/a.jpg')
    returning workspace_id, user_id, uploaded_by, uploaded_at = now() $$,
  $$ values (tests.workspace('team'), tests.user_id('eve'), 9001::bigint, true) $$, 'a file needs a name and a path, and is signed');
select results_eq($$ insert into business.media (job_id, file_name, file_path, file_type, file_size, caption, uploaded_by, user_id)
    values (9001, 'b.pdf', 'media/b.pdf', 'application/pdf', 5000000000, 'Report', 9001, tests.user_id('eve')) returning file_size, caption $$,
  $$ values (5000000000::bigint, 'Report') $$, 'every field of a file can be given');
select throws_ok(format('insert into business.media (job_id, file_name, file_path, %s) values (9001, %L, %L, %s)', v.c, 'x', 'y', v.v), '42501',
  'new row violates row-level security policy for table "media"', v.rule)
from (values
  ('uploaded_by', '9002', 'an employee does not add in the name of somebody else'), ('uploaded_by', '9003', 'nor of somebody of another company'),
  ('uploaded_by', '99999999', 'nor of nobody'), ('user_id', quote_literal(tests.user_id('mia')), 'nor with a colleague''s account'),
  ('user_id', 'null', 'nor without any')) as v (c, v, rule);
select results_eq($$ update business.media set file_name = 'f.jpg', file_type = 'image/jpeg', caption = 'Kitchen', uploaded_by = 9001 where job_id = 9001 and id in (9001, 9002) returning id $$,
  array[9001::bigint], 'an employee edits their own file, and no other');
select throws_ok($$ update business.media set uploaded_by = 9002 where id = 9001 $$, '42501',
  'new row violates row-level security policy for table "media"', 'and does not pass it on to another');
select is_empty($$ delete from business.media where id = 9001 returning 1 $$, 'nor delete it');

-- acting as a manager
select tests.act_as('mia');
select results_eq($$ insert into business.media (job_id, file_name, file_path, uploaded_by) values (9001, 'x', 'y', 9002) returning user_id, uploaded_by $$,
  $$ values (tests.user_id('mia'), 9002::bigint) $$, 'a manager adds what somebody else sent');
select throws_ok($$ insert into business.media (job_id, file_name, file_path, user_id) values (9001, 'x', 'y', tests.user_id('eve')) $$, '42501',
  'new row violates row-level security policy for table "media"', 'but as themselves');
select results_eq($$ with edited as (update business.media set caption = 'Seen' where id in (9001, 9002, 9003) returning id) select id from edited order by id $$, array[9001, 9002]::bigint[], 'a manager edits every file of the company');
select throws_ok(format('update business.media set uploaded_by = %s where id = 9001', id), '23503',
  'insert or update on table "media" violates foreign key constraint "media_uploaded_by_fkey"', 'a file is from nobody ' || rule)
from (values (9003, 'of another company'), (99999999, 'who does not exist')) as v (id, rule);
select throws_ok(format('insert into business.media (job_id, file_name, file_path) values (%s, %L, %L)', id, 'x', 'y'), '23503',
  'insert or update on table "media" violates foreign key constraint "media_job_id_fkey"', 'no file is on a job ' || rule)
from (values (9002, 'of another company'), (99999999, 'that does not exist')) as v (id, rule);
select is_empty($$ delete from business.media returning 1 $$, 'a manager deletes no file');
select throws_ok(format('insert into business.media (job_id, file_name, file_path, %I) values (9001, %L, %L, null)', c, 'x', 'y'), '42501', 'permission denied for table media',
  'a caller does not choose ' || c || ' of a file')
from unnest(array['id', 'workspace_id', 'uploaded_at', 'updated_at']) as c;
select throws_ok(format('update business.media set %I = null', c), '42501', 'permission denied for table media', 'nor changes ' || c)
from unnest(array['id', 'workspace_id', 'uploaded_at', 'updated_at']) as c;
select throws_ok(format('insert into business.media (job_id, file_name, file_path, file_type, file_size, caption) values (9001, %s)', v.row), '23514',
  format('new row for relation "media" violates check constraint "%s"', v.name), v.rule)
from (values
  ($$ '', 'y', null, null, null $$, 'media_file_name_length', 'a file has a name'),
  ($$ repeat('x', 501), 'y', null, null, null $$, 'media_file_name_length', 'of a bounded length'),
  ($$ 'x', '', null, null, null $$, 'media_file_path_length', 'a file is somewhere'),
  ($$ 'x', repeat('y', 1001), null, null, null $$, 'media_file_path_length', 'not too deep'),
  ($$ 'x', 'y', repeat('x', 201), null, null $$, 'media_file_type_length', 'a type is bounded'),
  ($$ 'x', 'y', null, -1, null $$, 'media_file_size_not_negative', 'a size is not negative'),
  ($$ 'x', 'y', null, null, repeat('x', 2001) $$, 'media_caption_length', 'a caption is bounded')
) as v (row, name, rule);
select lives_ok($$ insert into business.media (job_id, file_name, file_path, file_type, file_size, caption)
  values (9001, repeat('x', 500), repeat('y', 1000), repeat('x', 200), 0, repeat('x', 2000)) $$, 'the bounds themselves are allowed');

-- acting as everybody else
select is(tests.answer(p, s), a, format('%s %s', p, rule))
from (values
  ('ned', 'select from business.media where id between 9001 and 9003', '2 rows', 'reads those of the team'),
  ('oda', 'select from business.media where job_id = 9001', '0 rows', 'of another company, reads none'),
  ('oda', 'update business.media set caption = null where job_id = 9001', '0 rows', 'edits none'),
  ('oda', 'delete from business.media where job_id = 9001', '0 rows', 'deletes none'),
  ('sam', 'select from business.media', '0 rows', 'a stranger, reads none'),
  ('anon', 'select from business.media', '42501 permission denied for table media', 'reads nothing'),
  ('anon', 'insert into business.media (job_id, file_name, file_path) values (9001, ''x'', ''y'')', '42501 permission denied for table media', 'adds nothing'),
  ('anon', 'update business.media set caption = null', '42501 permission denied for table media', 'edits nothing'),
  ('anon', 'delete from business.media', '42501 permission denied for table media', 'deletes nothing'),
  ('service', 'insert into business.media (job_id, file_name, file_path) values (9001, ''x'', ''y'')', '1 rows', 'adds a file by nobody'),
  ('service', 'update business.media set workspace_id = tests.workspace(''other'') where id = 9001',
    E'PT409 A row of business.media cannot change its workspace.\nCreate it again in the other workspace and delete this one.', 'moves nothing to another company'),
  ('ada', 'delete from business.media where id = 9001', '1 rows', 'an admin, deletes')
) as v (p, s, a, rule);

-- what a file outlives
select tests.act_as_owner();
update business.media set updated_at = '2020-01-01' where id = 9002;
select results_eq($$ select updated_at = now() from business.media where id = 9002 $$, array[true], 'a change is stamped');
delete from public.workspace_members where workspace_id = tests.workspace('team') and user_id = tests.user_id('eve');
select is(tests.answer('eve', 'update business.media set caption = null where job_id = 9001'), '0 rows', 'whoever left edits their files no more');
delete from business.contacts where id = 9001;
delete from auth.users where id = tests.user_id('eve');
select results_eq($$ select workspace_id, user_id, uploaded_by from business.media where file_name = 'a.jpg' $$,
  $$ values (tests.workspace('team'), null::uuid, null::bigint) $$, 'a file outlives the contact and the account');
delete from business.jobs where id = 9001;
select is_empty($$ select 1 from business.media where job_id = 9001 $$, 'and goes with the job');

select * from finish();
rollback;
