-- What a claim leaves alone in the queues of files, texts to embed and objects to remove: work that others hold, work that
-- has failed, and the work of other workspaces.
begin;
select plan(30);
select tests.create_team('a', 'ann admin');
select tests.create_team('b', 'bob admin');
delete from private.ingestion_jobs;
delete from private.embedding_jobs;
delete from private.object_removals;

-- files
insert into storage.objects (bucket_id, name, owner_id)
select 'apex-files', format('files/workspace_%s/%s.txt', tests.workspace('a'), n.name), tests.user_id('ann')
from unnest(array['held', 'spent', 'failed', 'later']) as n (name);
create function pg_temp.file(name text) returns uuid language sql as $$
  select a.id from public.artifacts as a where a.workspace_id = tests.workspace('a') and a.filename = file.name || '.txt' $$;
update private.ingestion_jobs set attempts = 5, available_at = now() + interval '1 minute', claim_id = gen_random_uuid()
where artifact_id = pg_temp.file('held');
update private.ingestion_jobs set attempts = 5, available_at = now() - interval '1 second', claim_id = gen_random_uuid()
where artifact_id = pg_temp.file('spent');
update private.ingestion_jobs set attempts = 2, available_at = now() - interval '1 second', failed_at = now() - interval '1 hour', last_error = 'Unreadable.'
where artifact_id = pg_temp.file('failed');
update private.ingestion_jobs set available_at = now() + interval '1 hour' where artifact_id = pg_temp.file('later');
insert into public.documents (id, workspace_id, artifact_id, type)
select a.id, a.workspace_id, a.id, 'text' from public.artifacts as a where a.workspace_id = tests.workspace('a');
select is((select count(*) from private.ingestion_jobs), 4::bigint, 'four files are queued');
select is((select count(*) from public.claim_ingestion_job()), 0::bigint, 'none of them can be claimed');
select results_eq($$ select a.filename, j.failed_at is not null, j.last_error, j.claim_id is not null
    from private.ingestion_jobs as j join public.artifacts as a on a.id = j.artifact_id order by a.filename $$,
  $$ values ('failed.txt', true, 'Unreadable.', false), ('held.txt', false, null, true), ('later.txt', false, null, false),
    ('spent.txt', true, 'reader_died: The process that read the file ended before it was done.', false) $$,
  'the file whose fifth lease has expired fails, and no other');
select results_eq($$ select filename, status from public.artifacts where workspace_id = tests.workspace('a') order by filename $$,
  $$ values ('failed.txt', 'uploaded'), ('held.txt', 'uploaded'), ('later.txt', 'uploaded'), ('spent.txt', 'failed') $$,
  'and so says its status');
select is(array(select a.filename from public.documents as d join public.artifacts as a on a.id = d.id where d.workspace_id = tests.workspace('a') order by 1),
  array['failed.txt', 'held.txt', 'later.txt'], 'what was read from it is deleted');
update private.ingestion_jobs set available_at = now(), failed_at = null, attempts = 0 where artifact_id in (pg_temp.file('failed'), pg_temp.file('later'));
select is((select count(*) from public.claim_ingestion_job()), 1::bigint, 'a claim takes one file');
select is((select count(*) from private.ingestion_jobs as j where j.attempts = 1), 1::bigint, 'and counts for this one');
select is((select count(*) from public.artifacts where workspace_id = tests.workspace('a') and status = 'processing'), 1::bigint,
  'which alone is being processed');
update private.ingestion_jobs set available_at = now(), failed_at = null, attempts = 0, claim_id = null;
create temporary table claims as select c.* from public.claim_ingestion_job() as c;
insert into claims select c.* from public.claim_ingestion_job() as c;
select is((select count(*) from claims), 2::bigint, 'two files are claimed');
select is((select public.fail_ingestion(c.artifact_id, c.attempt, 'Unreadable.') from claims as c order by c.filename limit 1), 'failed', 'one of them cannot be read');
select is((select count(*) from private.ingestion_jobs as j where j.claim_id is not null), 1::bigint, 'the claim of the other holds');
select is((select count(*) from public.artifacts as a where a.workspace_id = tests.workspace('a') and a.last_error = 'Unreadable.'), 1::bigint,
  'and its status says nothing of a failure');

-- texts to embed
insert into private.embedding_models (workspace_id, model, dimensions) values
  (tests.workspace('a'), 'm', 384), (tests.workspace('b'), 'n', 384)
on conflict (workspace_id) do update set model = excluded.model;
insert into public.documents (id, workspace_id, type) values
  (md5('of a')::uuid, tests.workspace('a'), 'text'), (md5('of b')::uuid, tests.workspace('b'), 'text');
insert into public.search_chunks (document_id, source_type, text) values
  (md5('of a')::uuid, 'text', 'held'), (md5('of a')::uuid, 'text', 'spent'), (md5('of a')::uuid, 'text', 'failed'),
  (md5('of b')::uuid, 'text', 'theirs');
create function pg_temp.job(text text) returns private.embedding_jobs language sql as $$
  select j from private.embedding_jobs as j join public.search_chunks as c on c.id = j.chunk_id where c.text = job.text $$;
update private.embedding_jobs set attempts = 5, available_at = now() + interval '1 minute' where id = (pg_temp.job('held')).id;
update private.embedding_jobs set attempts = 5, available_at = now() - interval '1 second' where id = (pg_temp.job('spent')).id;
update private.embedding_jobs set attempts = 2, available_at = now() - interval '1 second', failed_at = now() - interval '1 hour', last_error = 'Refused.'
where id = (pg_temp.job('failed')).id;
select is((select count(*) from private.embedding_jobs), 4::bigint, 'four texts are queued');
select is((select count(*) from public.claim_embedding_jobs('m', 384)), 0::bigint, 'a worker of the model of workspace a can claim none of them');
select results_eq($$ select c.text, j.failed_at is not null, j.last_error, j.attempts
    from private.embedding_jobs as j join public.search_chunks as c on c.id = j.chunk_id order by c.text $$,
  $$ values ('failed', true, 'Refused.', 2), ('held', false, null, 5), ('spent', true, 'The lease expired five times.', 5), ('theirs', false, null, 0) $$,
  'the text whose fifth lease has expired fails, and no other');
select tests.act_as('bob');
select results_eq('select model, passages, waiting, failed, last_error from public.embedding_status()',
  $$ values ('n', 1::bigint, 1::bigint, 0::bigint, null::text) $$, 'the progress is that of one workspace');
select tests.act_as('ann');
select results_eq('select model, passages, waiting, failed, last_error from public.embedding_status()',
  $$ values ('m', 3::bigint, 1::bigint, 2::bigint, 'The lease expired five times.') $$, 'and says what has failed there');
select tests.act_as_owner();
select is((select content from public.claim_embedding_jobs('n', 384)), 'theirs', 'a worker of the model of workspace b claims the text there');
select lives_ok($$ select public.fail_embedding_job((pg_temp.job('theirs')).id, (pg_temp.job('theirs')).revision, 'No luck.', 'refused') $$,
  'a worker reports a failure');
select is(array(select c.text from private.embedding_jobs as j join public.search_chunks as c on c.id = j.chunk_id where j.last_error = 'No luck.'),
  array['theirs'], 'which is about one text');
select public.fail_embedding_job((pg_temp.job('held')).id, (pg_temp.job('held')).revision - 1, 'Late.', 'refused');
select is((pg_temp.job('held')).failed_at, null, 'a failure of a former text is none of the present one');
update private.embedding_jobs set attempts = 0 where id = (pg_temp.job('held')).id;
select public.fail_embedding_job((pg_temp.job('held')).id, (pg_temp.job('held')).revision, 'Never.', 'refused');
select is((pg_temp.job('held')).failed_at, null, 'a text that nobody has claimed does not fail');

select throws_ok($$ select public.claim_embedding_jobs('m', null) $$, '22023', 'dimensions must be 384 or 1024; model is required.', 'a claim names a size');
select throws_ok($$ select public.fail_embedding_job(1, 1, 'x', null) $$, '22023', 'outcome must be retry, give_back or refused.', 'a failure names an outcome');

-- objects to remove
delete from public.artifacts where workspace_id = tests.workspace('a');
select is((select count(*) from private.object_removals), 4::bigint, 'four objects are to be removed');
select is((select count(*) from public.claim_object_removals(1)), 1::bigint, 'a worker claims as many as it asks for');
select is((select count(*) from private.object_removals where attempts = 1), 1::bigint, 'and no other counts as claimed');
select is((select count(*) from public.claim_object_removals(100)), 3::bigint, 'the next worker claims the others');
insert into private.object_removals (object_id, bucket_id, name) values (gen_random_uuid(), 'apex-files', 'gone');
select is((select count(*) from public.claim_object_removals(100)), 0::bigint, 'an object that is gone is not claimed');
select is((select count(*) from private.object_removals), 4::bigint, 'and is no longer in the queue');

select * from finish();
rollback;
