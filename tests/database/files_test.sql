-- Files in storage: the owner of a path, access to it, and that files and objects are created and deleted together.
begin;
select plan(98);

select tests.create_team('a', 'ann admin', 'max manager', 'emi employee', 'ed employee');
select tests.create_team('b', 'eve admin');
insert into business.jobs (id, workspace_id) overriding system value values (910001, tests.workspace('a')), (910002, tests.workspace('b'));
create function pg_temp.store(path text, owner text default null) returns text language sql as $$
  select format('insert into storage.objects (bucket_id, name, owner, owner_id, metadata) values (''apex-files'', %L, %L, %L, %L)',
    store.path, tests.user_id(store.owner), tests.user_id(store.owner), '{"mimetype": "text/plain", "size": 5}') $$;
create function pg_temp.chat(name text) returns text language sql as $$ select 'chat/user_' || tests.user_id(chat.name) $$;
create function pg_temp.files(label text) returns text language sql as $$ select 'files/workspace_' || tests.workspace(files.label) $$;

grant execute on all functions in schema pg_temp to authenticated;

-- the bucket
select results_eq($$ select public, file_size_limit from storage.buckets where id = 'apex-files' $$, $$ values (false, 209715200::bigint) $$,
  'the bucket is private and limits files to 200 MB');

-- paths
select results_eq(format($$ select folder, workspace_id, job_id, user_id from private.resolve_file_path(%L) $$, pg_temp.files('a') || '/report.pdf'),
  format($$ values ('files', %L::uuid, null::bigint, null::uuid) $$, tests.workspace('a')), 'a path belongs to a workspace');
select results_eq(format($$ select folder, user_id from private.resolve_file_path(%L) $$, pg_temp.chat('emi') || '/a/b.txt'),
  format($$ values ('chat', %L::uuid) $$, tests.user_id('emi')), 'a path belongs to a user and the personal workspace');
select is((select w.personal_of from private.resolve_file_path(pg_temp.chat('emi') || '/b.txt') as p join public.workspaces as w on w.id = p.workspace_id),
  tests.user_id('emi'), 'other paths belong to no workspace');
select results_eq($$ select folder, workspace_id, job_id from private.resolve_file_path('media/job_910001/x.jpg') $$,
  format($$ values ('media', %L::uuid, 910001::bigint) $$, tests.workspace('a')), 'a path belongs to a job and its workspace');
select is((select count(*) from private.resolve_file_path(h.path)), 0::bigint, 'belongs to no workspace: ' || coalesce(h.path, 'no path'))
from (values (null), (''), ('x'), ('files'), ('files/x.txt'), ('media/job_910001'), ('media/job_910001/'), ('media/job_910001//x.jpg'),
  ('/media/job_910001/x.jpg'), ('media/job_910001/../x.jpg'), ('media/job_910001/./x.jpg'), ('media/../media/job_910001/x.jpg'),
  ('media/job_999999999999999999999/x.jpg'), ('media/job_0910001/x.jpg'), ('media/job_-1/x.jpg'), ('media/job_910001x/x.jpg'),
  ('media/job_ 910001/x.jpg'), ('media/JOB_910001/x.jpg'), ('Media/job_910001/x.jpg'), ('videos/job_910001/x.jpg'),
  (E'media/job_910001/x\n.jpg'), (E'media/job_910001\n/x.jpg'), (E'media/job_910001/x\\y.jpg'), ('media/job_910001/' || repeat('x', 1024)),
  ('chat/user_' || upper(tests.user_id('emi')::text) || '/x.txt'), ('files/workspace_' || upper(tests.workspace('a')::text) || '/x.txt'),
  ('chat/user_/x.txt'), ('chat/user_' || tests.workspace('a') || '/x.txt'), ('files/workspace_' || tests.user_id('emi') || '/x.txt'),
  ('files/workspace_{' || tests.workspace('a') || '}/x.txt'), ('media/job_٩/x.jpg')) as h (path);

-- who can store files
select is(string_agg(split_part(tests.answer(w.name, pg_temp.store(w.path || '/new.txt', w.name)), E'\n', 1), ', ' order by w.place), w.expected, w.told)
from (
  select 1 as place, n.name, n.expected, n.told, pg_temp.files('a') as path from (values
    ('ann', '1 rows, 1 rows, 1 rows, 1 rows, 1 rows', 'an admin adds files of every kind'),
    ('max', '1 rows, 1 rows, 1 rows, 1 rows, 1 rows', 'a manager, too'),
    ('emi', '1 rows, 1 rows, 1 rows, 42501 new row violates row-level security policy for table "objects", 42501 new row violates row-level security policy for table "objects"',
      'an employee adds no estimates and no work orders')) as n (name, expected, told)
  union all select p.place, n.name, n.expected, n.told, p.path from (values
    ('ann', '1 rows, 1 rows, 1 rows, 1 rows, 1 rows', 'an admin adds files of every kind'),
    ('max', '1 rows, 1 rows, 1 rows, 1 rows, 1 rows', 'a manager, too'),
    ('emi', '1 rows, 1 rows, 1 rows, 42501 new row violates row-level security policy for table "objects", 42501 new row violates row-level security policy for table "objects"',
      'an employee adds no estimates and no work orders')) as n (name, expected, told),
    (values (2, 'media/job_910001'), (3, 'receipts/job_910001'), (4, 'estimates/job_910001'), (5, 'workorders/job_910001')) as p (place, path)
) as w
group by w.name, w.expected, w.told order by w.name;
select is(count(*) filter (where tests.answer('eve', pg_temp.store(p.path || '/x.txt', 'eve'))
    = '42501 new row violates row-level security policy for table "objects"'), 6::bigint, 'a stranger stores nothing in any of them')
from (values (pg_temp.files('a')), ('media/job_910001'), ('receipts/job_910001'), ('estimates/job_910001'), ('workorders/job_910001'),
  (pg_temp.chat('emi'))) as p (path);
select is(tests.answer('eve', pg_temp.store('media/job_77777777777/x.txt', 'eve')),
  tests.answer('eve', pg_temp.store('media/job_910001/x.txt', 'eve')), 'a job of others is refused like one that does not exist');
select is(tests.answer('emi', pg_temp.store(pg_temp.chat('emi') || '/x.txt', 'emi')), '1 rows', 'users store files in their own chat folder');
select is(tests.answer('ann', pg_temp.store(pg_temp.chat('emi') || '/x.txt', 'ann')),
  '42501 new row violates row-level security policy for table "objects"', 'an admin cannot store files in the chat folder of an employee');
select is(tests.answer('anon', pg_temp.store(pg_temp.files('a') || '/x.txt')), '42501 new row violates row-level security policy for table "objects"',
  'anon cannot store files');
select is(tests.answer('emi', replace(pg_temp.store(pg_temp.files('a') || '/x.txt', 'emi'), 'apex-files', 'other')),
  '42501 new row violates row-level security policy for table "objects"', 'policies do not apply to other buckets');

-- storing an object adds a file and queues it
delete from private.ingestion_jobs;
select tests.act_as('emi');
do $$ begin execute pg_temp.store('media/job_910001/roof.PNG', 'emi'); execute pg_temp.store(pg_temp.chat('emi') || '/mine.txt', 'emi'); end $$;
select results_eq($$ select workspace_id, user_id, job_id, filename, filetype, media_type, file_size, status from public.artifacts where filepath = 'media/job_910001/roof.PNG' $$,
  format($$ values (%L::uuid, %L::uuid, 910001::bigint, 'roof.PNG', '.png', 'text/plain', 5::bigint, 'uploaded') $$, tests.workspace('a'), tests.user_id('emi')),
  'a stored object becomes a file of its job and workspace');
select tests.act_as_owner();
select is((select count(*) from private.ingestion_jobs), 2::bigint, 'the file is queued for reading');
select is((select w.personal_of from public.artifacts as a join public.workspaces as w on w.id = a.workspace_id where a.filename = 'mine.txt'),
  tests.user_id('emi'), 'a chat file is in the personal workspace');
select is(tests.answer('emi', 'update storage.objects set name = ''media/job_910001/other.png'' where name = ''media/job_910001/roof.PNG'''), '0 rows',
  'objects cannot be moved or overwritten');

-- who can read files
select is((select count(*) from storage.objects where name = 'media/job_910001/roof.PNG'), 1::bigint, 'the object exists');
select is(tests.answer(p.name, $$ select from storage.objects where name = 'media/job_910001/roof.PNG' $$), p.rows, format('%s sees %s of a job', p.name, p.rows))
from (values ('ann', '1 rows'), ('ed', '1 rows'), ('eve', '0 rows'), ('anon', '0 rows')) as p (name, rows);
select is(tests.answer(p.name, format($$ select from storage.objects where name = %L $$, pg_temp.chat('emi') || '/mine.txt')), p.rows,
  format('%s sees %s of a chat', p.name, p.rows))
from (values ('emi', '1 rows'), ('ann', '0 rows'), ('eve', '0 rows')) as p (name, rows);

-- a row that is added before its object
select tests.act_as('ed');
insert into public.artifacts (id, workspace_id, filename, bucket_id, filepath, report_week, status)
values ('a0000000-0000-4000-8000-000000000001', tests.workspace('b'), 'Week 1.csv', 'apex-files', pg_temp.files('a') || '/1.csv', '2026-W01', 'searchable');
select results_eq($$ select workspace_id, status from public.artifacts where id = 'a0000000-0000-4000-8000-000000000001' $$,
  format($$ values (%L::uuid, 'uploaded') $$, tests.workspace('a')), 'a row added before its object has the workspace of its path and status uploaded');
do $$ begin execute pg_temp.store(pg_temp.files('a') || '/1.csv', 'ed'); end $$;
select results_eq(format($$ select id, filename, report_week from public.artifacts where filepath = %L $$, pg_temp.files('a') || '/1.csv'),
  $$ values ('a0000000-0000-4000-8000-000000000001'::uuid, 'Week 1.csv', '2026-W01') $$, 'the stored object uses the existing row');
select throws_ok(format($$ insert into public.artifacts (filename, bucket_id, filepath) values ('x', 'apex-files', %L) $$, pg_temp.chat('emi') || '/next.txt'),
  '42501', 'new row violates row-level security policy for table "artifacts"', 'a path of others cannot be reserved');
select throws_ok($$ insert into public.artifacts (filename, bucket_id, filepath) values ('x', 'apex-files', 'media/../x') $$,
  '42501', 'new row violates row-level security policy for table "artifacts"', 'a path that belongs to no workspace cannot be reserved');
select throws_ok($$ insert into public.artifacts (filename, bucket_id, filepath) values ('x', 'apex-files', 'estimates/job_910001/next.pdf') $$,
  '42501', 'new row violates row-level security policy for table "artifacts"', 'an employee cannot reserve the path of an estimate');
select lives_ok($$ insert into public.artifacts (filename, bucket_id, filepath) values ('x', 'apex-files', 'media/job_910001/next.jpg') $$,
  'a path of a folder that the employee writes to can be reserved');
delete from public.artifacts where filepath = 'media/job_910001/next.jpg';
select throws_ok($$ update public.artifacts set status = 'searchable' where id = 'a0000000-0000-4000-8000-000000000001' $$, '42501',
  'status of a stored file is set by the database.', 'users cannot set the status of a stored file');
select tests.act_as_owner();

-- removing an object
set local storage.allow_delete_query = 'true';
select is(tests.answer(p.name, format($$ delete from storage.objects where name = %L $$, pg_temp.files('a') || '/1.csv')), p.rows,
  format('%s removes %s', p.name, p.rows))
from (values ('ed', '1 rows'), ('emi', '0 rows'), ('max', '1 rows'), ('eve', '0 rows')) as p (name, rows);
insert into public.documents (id, artifact_id, type) values
  ('a0000000-0000-4000-8000-000000000001', 'a0000000-0000-4000-8000-000000000001', 'csv');
select tests.act_as('ed');
delete from storage.objects where name = pg_temp.files('a') || '/1.csv';
select tests.act_as_owner();
select is((select count(*) from public.artifacts where id = 'a0000000-0000-4000-8000-000000000001'), 0::bigint, 'removing an object deletes its file');
select is((select count(*) from public.documents where id = 'a0000000-0000-4000-8000-000000000001'), 0::bigint, 'the extracted content is deleted');
select is((select count(*) from private.object_removals), 0::bigint, 'the object is not queued for removal');

-- a path that another member named before
select tests.act_as('ed');
insert into public.artifacts (filename, bucket_id, filepath, filetype, media_type, report_week, source_url, extras)
select 'Statement of Emi.pdf', 'apex-files', pg_temp.files('a') || '/' || v.name, 'url', 'text/html', 'W1', 'https://ed.example/', '{"by": "ed"}'
from (values ('theirs.txt'), ('own.txt')) as v (name);
select tests.act_as_owner();
do $$ begin execute pg_temp.store(pg_temp.files('a') || '/theirs.txt', 'emi'); execute pg_temp.store(pg_temp.files('a') || '/own.txt', 'ed'); end $$;
select results_eq($$ select a.user_id, a.filename, a.filetype, a.media_type, a.report_week, a.source_url, a.extras from public.artifacts as a where a.filepath like '%/theirs.txt' $$,
  $$ values (tests.user_id('emi'), 'theirs.txt', '.txt', 'text/plain', null::text, null::text, '{}'::jsonb) $$,
  'a file has nothing of what another member registered for its path');
select results_eq($$ select a.user_id, a.filename, a.source_url, a.extras from public.artifacts as a where a.filepath like '%/own.txt' $$,
  $$ values (tests.user_id('ed'), 'Statement of Emi.pdf', 'https://ed.example/', '{"by": "ed"}'::jsonb) $$, 'what its own member registered is kept');
delete from storage.objects where name like '%/theirs.txt' or name like '%/own.txt';

-- deleting a file
select tests.act_as('emi');
delete from public.artifacts where filename = 'roof.PNG';
select tests.act_as_owner();
select results_eq($$ select bucket_id, name from private.object_removals $$, $$ values ('apex-files', 'media/job_910001/roof.PNG') $$,
  'deleting a file queues its object for removal');
select is((select count(*) from private.ingestion_jobs), 1::bigint, 'the file is removed from the queue');
select is((private.sweep_files()).registered, 0, 'the hourly job does not restore a deleted file');
select tests.act_as_service();
select results_eq($$ select name from public.claim_object_removals() $$, $$ values ('media/job_910001/roof.PNG') $$, 'a worker claims the removal');
select is((select count(*) from public.claim_object_removals()), 0::bigint, 'a removal is claimed once');
select tests.act_as_owner();
delete from storage.objects where name = 'media/job_910001/roof.PNG';
select is((select count(*) from private.object_removals), 0::bigint, 'a removal is deleted with its object');

-- files of a deleted job
select tests.act_as('emi');
do $$ begin execute pg_temp.store('media/job_910001/later.png', 'emi'); end $$;
select tests.act_as_owner();
delete from business.jobs where id = 910001;
select is(tests.answer(p.name, $$ select from storage.objects where name = 'media/job_910001/later.png' $$), p.rows, format('of a job that is gone %s sees %s', p.name, p.rows))
from (values ('ed', '1 rows'), ('eve', '0 rows')) as p (name, rows);

-- replaced bytes, which only a secret key can store
do $$ begin execute pg_temp.store(pg_temp.files('a') || '/price.txt', 'emi'); end $$;
create temporary table price as select id from public.artifacts where filename = 'price.txt';
delete from private.ingestion_jobs;
update public.artifacts set status = 'searchable' where filename = 'price.txt';
insert into public.documents (id, artifact_id, type) select id, id, 'text' from price;
update storage.objects set last_accessed_at = now() where name like '%/price.txt';
select is((select status from public.artifacts where filename = 'price.txt'), 'searchable', 'reading an object does not queue it again');
update storage.objects set version = 'next', metadata = '{"mimetype": "text/plain", "size": 7}' where name like '%/price.txt';
select results_eq($$ select a.id, a.status, a.file_size from public.artifacts as a where a.filename = 'price.txt' $$,
  $$ select p.id, 'uploaded', 7::bigint from price as p $$, 'a file with replaced bytes has status uploaded');
select is((select count(*) from private.ingestion_jobs), 1::bigint, 'a file with replaced bytes is queued');
select is((select count(*) from public.documents where id = (select id from price)), 0::bigint, 'its former content is deleted');
delete from public.artifacts where filename = 'price.txt';
update storage.objects set version = 'third' where name like '%/price.txt';
select is((select count(*) from private.object_removals where name like '%/price.txt'), 0::bigint, 'an object that is stored again is not removed');
update storage.objects set name = replace(name, 'price', 'moved') where name like '%/price.txt';
select results_eq($$ select filename, filepath from public.artifacts where filename in ('price.txt', 'moved.txt') $$,
  format($$ values ('moved.txt', %L) $$, pg_temp.files('a') || '/moved.txt'), 'a moved object has a file at its new path only');
select is((select count(*) from private.object_removals where name like '%/price.txt'), 0::bigint, 'a moved object is not removed');
set local storage.allow_delete_query = 'true';
delete from storage.objects where name like '%/moved.txt';

-- Storage asks no policy again when what was allowed before is stored: as the owner of the table, who has all rights
select lives_ok(pg_temp.store(pg_temp.files('a') || '/allowed.txt', 'ed'), 'what a member began to upload is stored');
select lives_ok(pg_temp.store(pg_temp.files('a') || '/imported.txt'), 'and what nobody owns');
insert into business.jobs (id, workspace_id) overriding system value values (910003, tests.workspace('a'));
select lives_ok(pg_temp.store('estimates/job_910003/allowed.txt', 'max'), 'and what a manager adds to the estimates of a job');
select throws_ok(pg_temp.store('estimates/job_910003/late.txt', 'ed'), '42501', 'The uploader must not add files to this folder.',
  'who is a manager no more adds nothing to the estimates of a job');
select throws_ok(pg_temp.store(pg_temp.chat('emi') || '/late.txt', 'ed'), '42501', 'The uploader must not add files to this folder.',
  'nor to the chats of another user');
delete from public.workspace_members where workspace_id = tests.workspace('a') and user_id = tests.user_id('ed');
select throws_ok(pg_temp.store(pg_temp.files('a') || '/late.txt', 'ed'), '42501', 'The uploader must not add files to this folder.',
  'who has left the workspace adds nothing to it');
delete from storage.objects where storage.filename(name) in ('allowed.txt', 'imported.txt');
delete from private.object_removals where storage.filename(name) in ('allowed.txt', 'imported.txt');

-- the hourly job
alter table storage.objects disable trigger artifacts_register_object_on_insert;
alter table storage.objects disable trigger artifacts_refuse_former_uploader_on_insert;
do $$ begin execute pg_temp.store(pg_temp.files('a') || '/forgotten.txt', 'emi'); execute pg_temp.store('elsewhere/forgotten.txt', 'emi'); end $$;
insert into public.artifacts (filename, bucket_id, filepath, created_at) values
  ('never came', 'apex-files', pg_temp.files('a') || '/old.txt', now() - interval '25 hours'),
  ('may come', 'apex-files', pg_temp.files('a') || '/young.txt', now() - interval '23 hours');
select results_eq($$ select registered, deleted from private.sweep_files() $$, $$ values (1, 1) $$,
  'the hourly job finds objects without a file and files without an object');
select is((select string_agg(filename, ', ' order by filename) from public.artifacts where filename in ('never came', 'may come', 'forgotten.txt')),
  'forgotten.txt, may come', 'the object gets a file; the file is deleted after a day');
select results_eq($$ select registered, deleted from private.sweep_files() $$, $$ values (0, 0) $$, 'the next run changes nothing');

-- deleting a workspace
delete from public.workspaces where id = tests.workspace('a');
select is((select string_agg(storage.filename(name), ', ' order by name) from private.object_removals), 'forgotten.txt, later.png',
  'deleting a workspace queues its objects for removal');
select * from finish();
rollback;
