-- The queue of files to read.
begin;
select plan(78);

select tests.create_team('a', 'ann admin', 'max manager', 'emi employee', 'ed employee');
select tests.create_team('b', 'eve admin');
delete from private.ingestion_jobs;
delete from private.embedding_jobs;
create function pg_temp.path(name text) returns text language sql as
  $$ select 'files/workspace_' || tests.workspace('a') || '/' || path.name $$;
create function pg_temp.store(name text, owner text) returns uuid language sql as $$
  insert into storage.objects (bucket_id, name, owner_id, metadata)
  values ('apex-files', pg_temp.path(store.name), tests.user_id(store.owner), '{"mimetype": "text/plain", "size": 5}');
  update private.ingestion_jobs as j set created_at = clock_timestamp() where j.created_at = now();
  select a.id from public.artifacts as a where a.filepath = pg_temp.path(store.name) $$;
create temporary table claimed (artifact_id uuid, attempt uuid, bucket_id text, filepath text, filename text, media_type text, file_size bigint,
  report_week text, source_url text);
create function pg_temp.claim() returns text language sql as $$
  delete from pg_temp.claimed;
  insert into pg_temp.claimed select * from public.claim_ingestion_job();
  select max(filename) from pg_temp.claimed $$;
create function pg_temp.state(name text) returns text language sql as
  $$ select concat_ws(': ', a.status, a.last_error) from public.artifacts as a where a.filepath = pg_temp.path(state.name) $$;
-- Every lease expires; only die() counts as the death of a worker before.
create function pg_temp.die() returns void language sql as $$ update private.ingestion_jobs set available_at = now() $$;
create function pg_temp.one_passage() returns jsonb language sql as $$ select '{
  "chunks": [{"id": "70000000-0000-8000-8000-00000000000f", "source_type": "text", "chunk_index": 0, "text": "new"}]}'::jsonb $$;
create function pg_temp.late() returns void language sql as $$ update private.ingestion_jobs set available_at = now(), deaths = 0 $$;
create function pg_temp.parts() returns jsonb language sql as $$ select '{
  "documents": [{"type": "text", "title": "One", "language": "en", "page_count": 2, "metadata": {"encoding": "utf-8"}}],
  "sections": [{"id": "00000000-0000-8000-8000-000000000001", "order": 0, "level": 1, "heading": "Roof", "text": "It leaks.", "page": 2}],
  "tables": [{"id": "00000000-0000-8000-8000-000000000002", "order": 0, "caption": null, "page": 1, "json": {"columns": ["a"], "rows": [[1]]}}],
  "structures": [{"hierarchy": {"title": "One", "sections": []}}],
  "entities": [{"id": "00000000-0000-8000-8000-000000000003", "label": "ORG", "text": "Harbor", "start_char": 0, "end_char": 6}],
  "metric_hits": [{"id": "00000000-0000-8000-8000-000000000004", "type": "revenue", "value": "2M", "position": 3}],
  "endpoints": [{"id": "00000000-0000-8000-8000-000000000005", "method": "GET", "path": "/a", "tags": [], "params": [], "responses": null}],
  "log_entries": [{"id": "00000000-0000-8000-8000-000000000006", "ts": "1", "level": "ERROR", "message": "broken", "attrs": null}],
  "tags": [{"id": "00000000-0000-8000-8000-000000000007", "tag": "roof", "score": 0.5, "source_ptr": "heuristic"}],
  "evidence": [{"id": "00000000-0000-8000-8000-000000000008", "locator": "x#table0", "preview": "a", "content_type": "table", "coordinates": null, "full_data": [[1]]}],
  "facts": [{"id": "00000000-0000-8000-8000-000000000009", "entity": "table", "metrics": {"rows": 1}, "evidence_id": "00000000-0000-8000-8000-000000000008"}],
  "chunks": [{"id": "00000000-0000-8000-8000-00000000000a", "source_type": "text", "chunk_index": 0, "heading": "Roof", "text": "It leaks.", "page": 2, "token_count": 3,
    "meta": {"deeplink": {"panel": "workspace", "page": 2}}}]}'::jsonb $$;
create function pg_temp.kept() returns text language sql as $$
  select concat_ws(' ', (select count(*) from public.documents where workspace_id = w.id), (select count(*) from public.document_sections where workspace_id = w.id),
    (select count(*) from public.document_tables where workspace_id = w.id), (select count(*) from public.document_structure where workspace_id = w.id),
    (select count(*) from public.document_entities where workspace_id = w.id), (select count(*) from public.document_metric_hits where workspace_id = w.id),
    (select count(*) from public.api_endpoints where workspace_id = w.id), (select count(*) from public.log_entries where workspace_id = w.id),
    (select count(*) from public.tags where workspace_id = w.id), (select count(*) from public.evidence where workspace_id = w.id),
    (select count(*) from public.facts where workspace_id = w.id), (select count(*) from public.search_chunks where workspace_id = w.id))
  from public.workspaces as w where w.id = tests.workspace('a') $$;

grant execute on all functions in schema pg_temp to authenticated, service_role;

-- claims
select isnt(pg_temp.store('one.txt', 'emi'), null, 'a file is stored');
select isnt(pg_temp.store('two.txt', 'emi'), null, 'another file is stored');
select is(pg_temp.state('one.txt'), 'uploaded', 'its status is uploaded');
select tests.act_as_service();
select is((select filename from public.claim_ingestion_job()), 'one.txt', 'the file that waited longest is claimed');
select tests.act_as_owner();
select is(pg_temp.state('one.txt'), 'processing', 'its status is processing');
select is(pg_temp.claim(), 'two.txt', 'the next file is claimed');
select is(pg_temp.claim(), null, 'a file is not claimed twice during its lease');
select pg_temp.late();
select is(pg_temp.claim(), 'one.txt', 'a file whose lease expired is claimed again');
select results_eq($$ select bucket_id, filepath, media_type, file_size from claimed $$,
  format($$ values ('apex-files', %L, 'text/plain', 5::bigint) $$, pg_temp.path('one.txt')), 'a claim returns what a worker needs');

-- storing extracted rows
select lives_ok($$ select public.store_extraction(artifact_id, attempt, pg_temp.parts()) from claimed $$, 'extracted rows are stored');
select is(pg_temp.kept(), '1 1 1 1 1 1 1 1 1 1 1 1', 'each part is in its table');
select lives_ok($$ select public.store_extraction(artifact_id, attempt, pg_temp.parts()) from claimed $$, 'storing the same rows again succeeds');
select is(pg_temp.kept(), '1 1 1 1 1 1 1 1 1 1 1 1', 'storing the same rows again adds nothing');
select is((select count(*) from private.embedding_jobs), 1::bigint, 'its passages are queued for vectors once');
select results_eq($$ select d.id = d.artifact_id, d.title, d.path = pg_temp.path('one.txt') from public.documents as d where d.workspace_id = tests.workspace('a') $$,
  $$ values (true, 'One', true) $$, 'the document has the id of the file');
select results_eq($$ select f.evidence_id, a.table_evidence from public.facts as f join public.artifacts as a on a.id = f.artifact_id where a.workspace_id = tests.workspace('a') $$,
  $$ values ('00000000-0000-8000-8000-000000000008'::uuid, 1) $$, 'a fact refers to its evidence, and evidence is counted');
select throws_ok($$ select public.store_extraction(artifact_id, gen_random_uuid(), '{}') from claimed $$, 'PT409', 'This ingestion lease has expired.',
  'another claim id cannot store rows');
select throws_ok($$ select public.finish_ingestion(artifact_id, gen_random_uuid()) from claimed $$, 'PT409', 'This ingestion lease has expired.',
  'another claim id cannot finish');
create temporary table former as select * from claimed;
select pg_temp.late();
select is(pg_temp.claim(), 'one.txt', 'expired leases can be claimed by others');
create temporary table current_claim as select * from claimed;
select is(pg_temp.claim(), 'two.txt', 'both files are claimed again');
delete from claimed;
insert into claimed select * from current_claim;
select throws_ok($$ select public.store_extraction(artifact_id, attempt, pg_temp.parts()) from former $$, 'PT409', 'This ingestion lease has expired.',
  'a worker whose claim expired cannot store rows');
select throws_ok($$ select public.fail_ingestion(artifact_id, attempt, 'late') from former $$, 'PT409', 'This ingestion lease has expired.',
  'a worker whose claim expired cannot report a failure');
select throws_ok($$ select public.store_extraction(gen_random_uuid(), attempt, '{}') from claimed $$, 'PT409', 'This ingestion lease has expired.',
  'rows of a deleted file are not stored');
select throws_ok($$ select public.store_extraction(c.artifact_id, j.claim_id, '{}') from claimed as c
  join private.ingestion_jobs as j on j.artifact_id <> c.artifact_id and j.claim_id is not null $$, 'PT409', 'This ingestion lease has expired.',
  'nor is the claim of another file');

-- renewing the lease
update private.ingestion_jobs set available_at = now() where artifact_id = (select artifact_id from claimed);
select public.store_extraction(artifact_id, attempt, '{}') from claimed;
select is(pg_temp.claim(), null, 'storing rows renews the lease');
select is((select count(*) from claimed), 0::bigint, 'a file whose lease was renewed cannot be claimed');
insert into claimed (artifact_id, attempt) select artifact_id, claim_id from private.ingestion_jobs
where artifact_id = (select artifact_id from former);

-- finishing
select lives_ok($$ select public.finish_ingestion(artifact_id, attempt, '{"extras": {"image": {"width": 3}}, "media_type": "text/markdown", "warnings": [{"code": "no_text"}]}') from claimed $$,
  'the file is finished');
select results_eq($$ select a.status, a.media_type, a.extras, d.metadata -> 'warnings' -> 0 ->> 'code' from public.artifacts as a join public.documents as d on d.id = a.id
  where a.filename = 'one.txt' and a.workspace_id = tests.workspace('a') $$,
  $$ values ('processed', 'text/markdown', '{"image": {"width": 3}}'::jsonb, 'no_text') $$, 'the file has the summary of the worker');
select is(public.mark_searchable(), 0, 'a file with a queued passage is not searchable');
select throws_ok($$ select public.finish_ingestion(artifact_id, attempt) from claimed $$, 'PT409', 'This ingestion lease has expired.', 'a file cannot be finished twice');
update public.search_chunks set embedding = (select array_agg(1)::extensions.vector from generate_series(1, 384)), embedding_model = 'm' where workspace_id = tests.workspace('a');
delete from private.embedding_jobs;
-- Neither an entry without a file nor the passages of another document count.
insert into public.artifacts (workspace_id, filename, status) values (tests.workspace('a'), 'listed.txt', 'processed');
insert into public.documents (id, workspace_id, type) values ('d2222222-0000-4000-8000-000000000001', tests.workspace('a'), 'text');
insert into public.search_chunks (document_id, source_type, text) values ('d2222222-0000-4000-8000-000000000001', 'text', 'queued');
select is(public.mark_searchable(), 1, 'a file without queued passages becomes searchable');
delete from public.documents where id = 'd2222222-0000-4000-8000-000000000001';
delete from public.artifacts where filename = 'listed.txt';
select is(pg_temp.state('one.txt'), 'searchable', 'its status is searchable');

-- failures
select pg_temp.late();
select is(pg_temp.claim(), 'two.txt', 'the other file is claimed');
select public.store_extraction(artifact_id, attempt, '{"documents": [{"type": "text", "title": "Two", "metadata": {}}]}') from claimed;
select is((select public.fail_ingestion(artifact_id, attempt, 'unavailable: no luck', 10) from claimed), 'uploaded', 'a file that failed with retry_seconds is queued again');
select is(pg_temp.state('two.txt'), 'uploaded: unavailable: no luck', 'the file has the reason');
select ok((select available_at > now() + interval '10 seconds' and failed_at is null from private.ingestion_jobs), 'it is available after a pause');
select pg_temp.late();
select is(pg_temp.claim(), 'two.txt', 'it is claimed again after the pause');
select is(pg_temp.state('two.txt'), 'processing', 'the claim clears the reason');
select is((select public.fail_ingestion(artifact_id, attempt, 'aborted', 0) from claimed), 'uploaded', 'a worker that stops gives the file back');
select ok((select available_at <= now() from private.ingestion_jobs), 'the file is available at once');
select is((select attempts from private.ingestion_jobs), 3, 'the attempt is not counted');
select is(pg_temp.claim(), 'two.txt', 'the file is claimed again');
select is((select public.fail_ingestion(artifact_id, attempt, 'damaged_file: The PDF is damaged.') from claimed), 'failed', 'a file that failed without retry_seconds has failed');
select is(pg_temp.state('two.txt'), 'failed: damaged_file: The PDF is damaged.', 'the failed file has the reason');
select is((select count(*) from public.documents where title = 'Two'), 0::bigint, 'rows of a failed file are deleted');
select pg_temp.late();
select is(pg_temp.claim(), null, 'a failed file is not claimed');
select pg_temp.store('killer.txt', 'emi');
select is(pg_temp.claim(), 'killer.txt', 'a file that kills its worker is claimed');
select public.store_extraction(artifact_id, attempt, '{"documents": [{"type": "text", "title": "Killer", "metadata": {}}]}') from claimed;
select pg_temp.die();
select is(pg_temp.claim(), 'killer.txt', 'a file whose worker died is claimed again, once');
select is((select deaths from private.ingestion_jobs where failed_at is null), 1, 'the worker that died is counted');
select is((select public.fail_ingestion(artifact_id, attempt, 'aborted', 0) from claimed), 'uploaded', 'the next worker gives the file back');
select pg_temp.die();
select is(pg_temp.claim(), 'killer.txt', 'a worker that gave the file back did not die');
select public.store_extraction(artifact_id, attempt, pg_temp.one_passage()) from claimed;
select is((select deaths from private.ingestion_jobs where failed_at is null), 0, 'a worker that gets further than those before forgives their deaths');
select pg_temp.die();
select is(pg_temp.claim(), 'killer.txt', 'so the file is claimed again');
select public.store_extraction(artifact_id, attempt, pg_temp.one_passage()) from claimed;
select is((select deaths from private.ingestion_jobs where failed_at is null), 1, 'a worker that stores what was there forgives none');
select pg_temp.store('neighbor.txt', 'emi');
-- its worker stores the neighbor while another file of the workspace is read
update private.ingestion_jobs as j set claim_id = gen_random_uuid(), deaths = 1, available_at = now() + interval '1 minute'
where j.artifact_id = (select id from public.artifacts where filepath = pg_temp.path('neighbor.txt'));
select public.store_extraction(artifact_id, attempt, '{
  "chunks": [{"id": "70000000-0000-8000-8000-0000000000ff", "source_type": "text", "chunk_index": 1, "text": "newer"}]}', 900) from claimed;
select results_eq($$ select j.deaths, j.available_at from private.ingestion_jobs as j join public.artifacts as a on a.id = j.artifact_id where a.filename = 'neighbor.txt' $$,
  $$ values (1, now() + interval '1 minute') $$, 'storing a file changes neither the lease nor the deaths of another one');
update private.ingestion_jobs as j set deaths = 1 where j.artifact_id = (select artifact_id from claimed);
update private.ingestion_jobs as j set claim_id = null, deaths = 0
where j.artifact_id = (select id from public.artifacts where filepath = pg_temp.path('neighbor.txt'));
select pg_temp.die();
select is(pg_temp.claim(), 'neighbor.txt', 'once two workers died, the file is not claimed any more, and others are');
select is(pg_temp.state('killer.txt'),
  'failed: reader_died: The process that read the file ended before it was done, twice. Split the file, or save it in another format.',
  'the file has failed for this reason');
select is((select count(*) from public.documents where title = 'Killer'), 0::bigint, 'rows that the dead workers stored are deleted');
select public.finish_ingestion(artifact_id, attempt) from claimed;
delete from public.artifacts where filepath = pg_temp.path('neighbor.txt');
update private.ingestion_jobs set failed_at = null, deaths = 0, attempts = 5, claim_id = gen_random_uuid(), available_at = now(), last_error = 'unavailable: no luck'
where artifact_id = (select id from public.artifacts where filepath = pg_temp.path('killer.txt'));
select is(pg_temp.claim(), null, 'a worker that dies at the fifth attempt ends the attempts');
select is(pg_temp.state('killer.txt'), 'failed: unavailable: no luck', 'the file has the reason of the attempts before');
select tests.act_as('emi');
select public.reprocess_artifact(id) from public.artifacts where filepath = pg_temp.path('killer.txt');
select tests.act_as_owner();
select is((select deaths from private.ingestion_jobs where failed_at is null), 0, 'reading it again begins anew');
delete from public.artifacts where filepath = pg_temp.path('killer.txt');

-- reading again
insert into public.facts (artifact_id, entity) select id, 'by hand' from public.artifacts where filepath = pg_temp.path('one.txt');
select is(tests.answer(p.name, format('select public.reprocess_artifact(%L)', (select id from public.artifacts where filepath = pg_temp.path('one.txt')))), p.told,
  format('%s asks to read a file again', p.name))
from (values ('emi', '1 rows'), ('max', '1 rows'), ('ed', E'42501 Only the member who added the file and managers may process it again.\nAsk a manager of the workspace.'),
  ('eve', E'PT404 No such file.\nChoose one of a workspace you belong to.'), ('anon', '42501 permission denied for function reprocess_artifact')) as p (name, told);
select tests.act_as('emi');
select public.reprocess_artifact(id) from public.artifacts where filepath = pg_temp.path('one.txt');
select tests.act_as_owner();
select is(pg_temp.kept(), '0 0 0 0 0 0 0 0 0 0 1 0', 'extracted rows are deleted, rows that users added are kept');
select is(pg_temp.claim(), 'one.txt', 'reprocess_artifact queues the file again');
select public.store_extraction(artifact_id, attempt, pg_temp.parts()) from claimed;
select public.finish_ingestion(artifact_id, attempt) from claimed;
select tests.act_as('emi');
select is(public.tag_document(id, array['by hand']), 1, 'a person tags what was read')
from public.artifacts where filepath = pg_temp.path('one.txt');
select lives_ok($$ insert into public.tag_prompts (document_id, prompt_text) select id, 'Which rooms?' from public.artifacts where filepath = pg_temp.path('one.txt') $$,
  'the document has a prompt for tags');
select public.reprocess_artifact(id) from public.artifacts where filepath = pg_temp.path('one.txt');
select tests.act_as_owner();
select is(pg_temp.kept(), '1 0 0 0 0 0 0 0 1 0 1 0', 'reading a file again keeps added tags and prompts');
select results_eq($$ select tag, prompt_text from public.tags as t join public.tag_prompts as p on p.document_id = t.document_id where t.workspace_id = tests.workspace('a') $$,
  $$ values ('by hand', 'Which rooms?') $$, 'extracted rows are deleted');
savepoint tag_and_prompt;
delete from public.tag_prompts;
select private.delete_extraction(id, workspace_id) from public.artifacts where filepath = pg_temp.path('one.txt');
select is((select count(*) from public.documents where workspace_id = tests.workspace('a')), 1::bigint, 'a tag that a person added keeps the document');
rollback to savepoint tag_and_prompt;
delete from public.tags;
select private.delete_extraction(id, workspace_id) from public.artifacts where filepath = pg_temp.path('one.txt');
select is((select count(*) from public.documents where workspace_id = tests.workspace('a')), 1::bigint, 'so does a prompt');
rollback to savepoint tag_and_prompt;
select pg_temp.claim();
select public.store_extraction(artifact_id, attempt, jsonb_set(pg_temp.parts(), '{documents,0,title}', '"Another"')) from claimed;
select is((select title from public.documents where workspace_id = tests.workspace('a')), 'Another', 'the document is updated by the next reading');
select tests.act_as('emi');
insert into public.artifacts (id, workspace_id, filename) values ('a0000000-0000-4000-8000-000000000009', tests.workspace('a'), 'only a name');
select throws_ok($$ select public.reprocess_artifact('a0000000-0000-4000-8000-000000000009') $$, 'PT409', 'The file has no stored object.',
  'a file without a stored object cannot be read again');
insert into public.artifacts (id, filename, bucket_id, filepath) values ('a0000000-0000-4000-8000-00000000000a', 'never.txt', 'apex-files', pg_temp.path('never.txt'));
select throws_ok($$ select public.reprocess_artifact('a0000000-0000-4000-8000-00000000000a') $$, 'PT409', 'The file has no stored object.',
  'nor one that was announced and never uploaded');
select throws_ok($$ select public.claim_ingestion_job() $$, '42501', 'permission denied for function claim_ingestion_job', 'users cannot claim files');
select tests.act_as_owner();
select * from finish();
rollback;
