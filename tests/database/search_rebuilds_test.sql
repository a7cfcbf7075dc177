-- Rebuilds of search.
begin;
select plan(47);

select tests.create_user('ann');
select tests.create_user('bob');
select tests.create_user('cal');
insert into public.workspaces (id, name) values (tests.workspace('a'), 'A'), (tests.workspace('b'), 'B');
insert into public.workspace_members (workspace_id, user_id, role, display_name) values
  (tests.workspace('a'), tests.user_id('ann'), 'admin', 'Ann'), (tests.workspace('a'), tests.user_id('bob'), 'manager', 'Bob'),
  (tests.workspace('b'), tests.user_id('cal'), 'admin', 'Cal');
create function pg_temp.doc(label text) returns uuid language sql immutable as $$ select md5('rebuild ' || label)::uuid $$;
grant execute on function pg_temp.doc(text) to authenticated;
insert into public.documents (id, workspace_id, type, title) values
  (pg_temp.doc('api'), tests.workspace('a'), 'openapi', 'Api'), (pg_temp.doc('read'), tests.workspace('a'), 'pdf', 'Read'),
  (pg_temp.doc('prose'), tests.workspace('a'), 'text', 'Prose'), (pg_temp.doc('foreign'), tests.workspace('b'), 'pdf', 'Foreign');
insert into public.api_endpoints (document_id, name, method, path, summary, tags) values
  (pg_temp.doc('api'), 'listJobs', 'GET', '/jobs', 'Lists the jobs', '["jobs", "lists"]'), (pg_temp.doc('api'), null, 'POST', '/jobs', null, '[]');
insert into public.log_entries (document_id, ts, level, code, component, message) values
  (pg_temp.doc('api'), '2026-01-01T10:00:00Z', 'ERROR', 'E1', 'db', 'Disk is full'), (pg_temp.doc('api'), null, 'INFO', null, null, '  ');
insert into public.tags (document_id, tag) values (pg_temp.doc('api'), 'Underwriting'), (pg_temp.doc('read'), 'Loans');
insert into public.document_sections (document_id, "order", heading, text, page) values
  (pg_temp.doc('prose'), 1, 'Second', 'The end.', 2), (pg_temp.doc('prose'), 0, 'First', E'One paragraph.\n\n' || repeat('x', 2500) || E'\n \nThe third.', 1),
  (pg_temp.doc('read'), 0, null, 'What was read.', 1);
create function pg_temp.vector() returns extensions.vector language sql as $$ select ('[' || repeat('1,', 383) || '1]')::extensions.vector $$;
insert into public.search_chunks (id, workspace_id, document_id, source_type, chunk_index, text, embedding, embedding_model) values
  (md5('read chunk')::uuid, tests.workspace('a'), pg_temp.doc('read'), 'pdf', 0, 'What was read, cut by sentences.', pg_temp.vector(), 'm'),
  (md5('loose chunk')::uuid, tests.workspace('a'), null, 'note', null, 'Without a document.', pg_temp.vector(), 'm'),
  (md5('foreign chunk')::uuid, tests.workspace('b'), pg_temp.doc('foreign'), 'pdf', 0, 'Not theirs.', pg_temp.vector(), 'm');
delete from private.embedding_jobs;
-- without jobs of the seed
delete from public.search_rebuilds;

-- access
select tests.act_as('bob@a');
select throws_ok($$ select public.rebuild_search() $$, '42501', 'Only an admin of the workspace may do this.', 'a manager cannot start a rebuild');
select tests.work_in('b');
select throws_ok($$ select public.rebuild_search() $$, 'PT403', 'You do not belong to the workspace of the header x-workspace-id.', 'a rebuild in a workspace of others is refused');
select tests.act_as('bob@a');
select throws_ok($$ insert into public.search_rebuilds (workspace_id) values (gen_random_uuid()) $$, '42501', 'permission denied for table search_rebuilds', 'users cannot insert rebuilds');
select tests.act_as_anon();
select throws_ok($$ select public.rebuild_search() $$, '42501', 'permission denied for function rebuild_search', 'anon cannot start a rebuild');

-- the job
select tests.act_as('ann@a');
select throws_ok(format($$ select public.rebuild_search(array[%L]::uuid[]) $$, pg_temp.doc('foreign')), 'PT404', 'No such document.', 'documents of others are not found');
create temporary table job as select public.rebuild_search() as id;
select results_eq($$ select status, documents, documents_done, passages, finished_at from public.search_rebuilds where id = (select id from job) $$,
  $$ values ('running', 3, 0, 0, null::timestamptz) $$, 'an admin starts a rebuild of all documents');
select is(public.rebuild_search(), (select id from job), 'a second call returns the running rebuild');
select is((select user_id from public.search_rebuilds where id = (select id from job)), tests.user_id('ann'), 'the rebuild has the admin who started it');
select tests.act_as('bob@a');
select is((select count(*) from public.search_rebuilds), 1::bigint, 'members read the rebuild');
select tests.act_as('cal@b');
select is_empty($$ select 1 from public.search_rebuilds $$, 'others cannot read it');
select tests.act_as_owner();
select is((select count(*) from private.embedding_jobs), 1::bigint, 'passages without a document are queued at once');
select is(private.run_rebuilds(), 3, 'the job processes all documents');
select is((select account_id from private.queue_turns where queue = 'search_rebuild_documents'), private.account_of(tests.workspace('a')), 'whose turn it was is recorded');
select is(private.run_rebuilds(), 0, 'each document is processed once');

-- passages of rows
select results_eq($$ select source_type, chunk_index, text, meta ->> 'chunk_id' ~ '^(api|log|tag):[0-9a-f-]{36}$', meta -> 'deeplink' ->> 'panel'
    from public.search_chunks where document_id = pg_temp.doc('api') order by chunk_index $$,
  $$ values ('api', 0, 'GET /jobs Lists the jobs jobs lists', true, 'apis'), ('api', 1, 'POST /jobs', true, 'apis'), ('log', 2, 'Disk is full', true, 'logs'),
    ('tag', 3, 'Underwriting', true, 'tags') $$, 'endpoints, log lines and tags become passages; empty ones do not');
select is((select meta -> 'deeplink' from public.search_chunks where document_id = pg_temp.doc('api') and source_type = 'log'),
  jsonb_build_object('panel', 'logs', 'document_id', pg_temp.doc('api'), 'code', 'E1'), 'passages have a deep link');
select is((select meta - 'deeplink' - 'chunk_id' - 'chunk' from public.search_chunks where document_id = pg_temp.doc('api') and source_type = 'log'),
  jsonb_build_object('type', 'log', 'level', 'ERROR', 'code', 'E1', 'component', 'db', 'ts', '2026-01-01T10:00:00Z', 'document_id', pg_temp.doc('api')), 'passages have their text');
select results_eq($$ select heading, char_length(text), page from public.search_chunks where document_id = pg_temp.doc('prose') order by chunk_index $$,
  $$ values ('First', 14, 1), ('First', 2000, 1), ('First', 500, 1), ('First', 10, 1), ('Second', 8, 2) $$,
  'each paragraph of a section becomes a passage, and a long one several, without loss of text');
select results_eq($$ select source_type, text from public.search_chunks where document_id = pg_temp.doc('read') order by 1 $$,
  $$ values ('pdf', 'What was read, cut by sentences.'), ('tag', 'Loans') $$, 'extracted passages are kept');
select is((select count(*) from private.embedding_jobs as j join public.search_chunks as c on c.id = j.chunk_id where c.workspace_id = tests.workspace('a')),
  12::bigint, 'all passages of the workspace are queued for vectors');
select is((select embedding_model from public.search_chunks where id = md5('read chunk')::uuid), 'm', 'search uses the former vectors meanwhile');
select is_empty($$ select 1 from private.embedding_jobs as j join public.search_chunks as c on c.id = j.chunk_id where c.workspace_id = tests.workspace('b') $$,
  'passages of others are not queued');

-- progress
select results_eq($$ select status, documents_done, documents_failed, passages, passages_embedded from public.search_rebuilds $$,
  $$ values ('running', 3, 0, 11, 0) $$, 'the rebuild has the number of passages');
delete from private.embedding_jobs where chunk_id in (select id from public.search_chunks where document_id = pg_temp.doc('api'));
select private.run_rebuilds();
select results_eq($$ select status, passages, passages_embedded from public.search_rebuilds $$, $$ values ('running', 11, 4) $$, 'the rebuild has the number of embedded passages');
delete from private.embedding_jobs;
select private.run_rebuilds();
select results_eq($$ select status, passages_embedded, finished_at is not null, last_error from public.search_rebuilds $$,
  $$ values ('finished', 11, true, null::text) $$, 'the rebuild is finished');
select is_empty($$ select 1 from private.search_rebuild_documents $$, 'only the row of the rebuild is left');

-- again
create temporary table before as select id, ctid as row_version from public.search_chunks;
delete from public.log_entries where level = 'ERROR';
update public.tags set tag = 'Underwriting rules' where tag = 'Underwriting';
select tests.act_as('ann@a');
select isnt(public.rebuild_search(array[pg_temp.doc('api')]), (select id from job), 'another rebuild can be started');
select tests.act_as_owner();
select is((select documents from public.search_rebuilds where status = 'running'), 1, 'a rebuild can be limited to documents');
select is(private.run_rebuilds(), 1, 'these documents are processed');
select is_empty($$ select 1 from public.search_chunks where document_id = pg_temp.doc('api') and source_type = 'log' $$, 'a deleted row is no longer found');
select is((select text from public.search_chunks where document_id = pg_temp.doc('api') and source_type = 'tag'), 'Underwriting rules', 'a changed row is found with its new text');
select results_eq($$ select c.id from public.search_chunks as c join before as b on b.id = c.id and b.row_version = c.ctid where c.document_id = pg_temp.doc('api') order by 1 $$,
  $$ select c.id from public.search_chunks as c where c.document_id = pg_temp.doc('api') and c.source_type = 'api' order by 1 $$, 'unchanged passages are not written');
select is((select count(*) from private.embedding_jobs), 3::bigint, 'only these documents are embedded again');

-- failures
create function pg_temp.refuse() returns trigger language plpgsql as $$ begin raise exception using errcode = '23514', message = 'too odd'; end $$;
update public.api_endpoints set summary = 'Changed' where method = 'POST';
select tests.act_as('ann@a');
select isnt(public.rebuild_search(array[pg_temp.doc('api'), pg_temp.doc('prose')]), null, 'documents are added to a running rebuild');
select tests.act_as_owner();
create trigger odd before update on public.search_chunks for each row when (new.source_type = 'api') execute function pg_temp.refuse();
select is(private.run_rebuilds(), 1, 'a document that fails does not stop the others');
select results_eq($$ select status, documents, documents_done, documents_failed, last_error from public.search_rebuilds where status = 'running' $$,
  $$ values ('running', 2, 1, 0, 'too odd (23514)') $$, 'a failed document is tried again');
select results_eq($$ select t.document_id, t.attempts from private.search_rebuild_documents as t order by t.attempts $$,
  $$ values (pg_temp.doc('prose'), 0), (pg_temp.doc('api'), 1) $$, 'only its own attempts are counted');
select is((select r.last_error from public.search_rebuilds as r where r.id = (select id from job)), null, 'earlier rebuilds keep their result');
select is(private.run_rebuilds(), 0, 'the next attempt is after a pause');
update private.search_rebuild_documents set attempts = 4, available_at = now() where done_at is null;
select private.run_rebuilds();
select is((select documents_failed from public.search_rebuilds where status = 'running'), 1, 'a document has five attempts');
update private.search_rebuild_documents set available_at = now() where failed_at is not null;
select private.run_rebuilds();
select is((select max(t.attempts) from private.search_rebuild_documents as t), 5, 'and none after that');
delete from private.embedding_jobs;
select private.run_rebuilds();
select results_eq($$ select status, documents_done, documents_failed, last_error from public.search_rebuilds order by created_at desc, status limit 1 $$,
  $$ values ('failed', 1, 1, 'too odd (23514)') $$, 'the rebuild has failed and has the reason');

drop trigger odd on public.search_chunks;

-- tags that users added to extracted ones
insert into public.tags (id, document_id, tag) values ('00000000-0000-8000-8000-0000000000aa', pg_temp.doc('read'), 'Found');
insert into public.search_chunks (id, document_id, source_type, text) values ('00000000-0000-8000-8000-0000000000ab', pg_temp.doc('read'), 'tag', 'Found');
select private.rechunk_document(pg_temp.doc('read'), tests.workspace('a'));
select results_eq($$ select text from public.search_chunks where document_id = pg_temp.doc('read') and source_type = 'tag' order by text $$,
  $$ values ('Found'), ('Loans') $$, 'extracted tags become passages if the worker stored none, once each');

-- a document of another workspace
insert into public.tags (document_id, tag) values (pg_temp.doc('foreign'), 'Theirs');
select private.rechunk_document(pg_temp.doc('foreign'), tests.workspace('a'));
select is_empty($$ select 1 from public.search_chunks where document_id = pg_temp.doc('foreign') and source_type = 'tag' $$,
  'no document is rebuilt for another workspace than its own');

-- deleting documents and workspaces
select tests.act_as('ann@a');
select isnt(public.rebuild_search(), null, 'a rebuild of all documents is started');
select tests.act_as_owner();
delete from public.documents where workspace_id = tests.workspace('a');
delete from private.embedding_jobs;
select private.run_rebuilds();
select results_eq($$ select documents, passages from public.search_rebuilds where status = 'finished' and documents = 0 $$, $$ values (0, 0) $$, 'documents that are deleted during a rebuild are skipped');
delete from public.workspaces where id = tests.workspace('a');
select is_empty($$ select 1 from public.search_rebuilds where workspace_id = tests.workspace('a') $$, 'deleting a workspace deletes its rebuilds');

select * from finish();
rollback;
