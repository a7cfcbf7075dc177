-- Ids that mean a row of another table too: the document of a file has the id of the file, and extraction and rebuilds compute
-- ids. An outsider who knows them cannot replace, move or delete content. known_ids_test.ts tries every table and function.
begin;
select plan(28);

select tests.create_team('a', 'ann admin');
select tests.create_team('b', 'eve admin');
delete from private.ingestion_jobs;

-- A document that was added without a file, and a stored file that is not read yet.
insert into public.documents (id, workspace_id, type, title)
values ('da7a0000-0000-4000-8000-000000000001', tests.workspace('a'), 'text', 'Manual');
insert into public.search_chunks (workspace_id, document_id, source_type, chunk_index, text)
values (tests.workspace('a'), 'da7a0000-0000-4000-8000-000000000001', 'text', 0, 'Code E4 is a full tank.');
insert into storage.objects (bucket_id, name, owner_id, metadata)
values ('apex-files', 'files/workspace_' || tests.workspace('a') || '/report.txt', tests.user_id('ann'), '{"mimetype": "text/plain", "size": 5}');
create temporary table known as
  select a.id as file_id, a.filepath from public.artifacts as a where a.filepath = 'files/workspace_' || tests.workspace('a') || '/report.txt';
create function pg_temp.plant(name text) returns text language sql as $$
  select 'files/workspace_' || tests.workspace('b') || '/' || plant.name $$;
grant select on known to authenticated;
grant execute on all functions in schema pg_temp to authenticated;

select tests.act_as('eve');
select throws_ok(
  $$ insert into public.artifacts (id, filename, bucket_id, filepath)
     values ('da7a0000-0000-4000-8000-000000000001', 'x.txt', 'apex-files', pg_temp.plant('x.txt')) $$,
  '23505', 'id is already in use.', 'a file cannot have the id of a document of another workspace');
select throws_ok(
  $$ insert into public.artifacts (id, filename) values ('da7a0000-0000-4000-8000-000000000001', 'x.txt') $$,
  '23505', 'id is already in use.', 'nor can a file that is not stored');
select throws_ok(
  $$ insert into public.documents (id, type) select k.file_id, 'text' from known as k $$,
  '23505', 'id is already in use.', 'a document cannot have the id of a file of another workspace');

-- Extraction computes the ids of its rows from the file, so an outsider could compute them too.
select lives_ok($$ insert into public.documents (id, type) values ('da7a0000-0000-4000-8000-000000000002', 'text') $$,
  'an outsider adds a document of their own');
select throws_ok(
  $$ insert into public.document_sections (id, document_id, "order", text)
     values ('00000000-0000-8000-8000-000000000001', 'da7a0000-0000-4000-8000-000000000002', 0, 'x') $$,
  '42501', 'id must not be a UUID of version 8.', 'a section with the id of an extracted one is refused');
select throws_ok(
  $$ insert into public.facts (id, entity) values ('00000000-0000-8000-8000-000000000009', 'x') $$,
  '42501', 'id must not be a UUID of version 8.', 'and a fact');
select throws_ok(
  $$ insert into public.search_chunks (id, document_id, source_type, chunk_index, text)
     values ('00000000-0000-8000-8000-00000000000a', 'da7a0000-0000-4000-8000-000000000002', 'text', 0, 'x') $$,
  '42501', null, 'and a passage');
select is(split_part(tests.answer('eve', format($$ insert into public.%I (id, %s) select '00000000-0000-8000-8000-00000000000b', %s
    from (values ('da7a0000-0000-4000-8000-000000000002'::uuid)) as d (id) $$, t.name, t.columns, t.content)), E'\n', 1),
  '42501 id must not be a UUID of version 8.', 'no user brings the id of an extracted row to ' || t.name)
from (values
  ('document_sections', 'document_id, "order", text', 'd.id, 0, ''x'''), ('document_tables', 'document_id, "order", json', 'd.id, 0, ''[]'''),
  ('document_entities', 'document_id, label, text', 'd.id, ''ORG'', ''x'''), ('document_metric_hits', 'document_id, type', 'd.id, ''revenue'''),
  ('api_endpoints', 'document_id, method, path', 'd.id, ''GET'', ''/x'''), ('log_entries', 'document_id, message', 'd.id, ''x'''),
  ('tags', 'document_id, tag', 'd.id, ''x'''), ('tag_prompts', 'document_id, prompt_text', 'd.id, ''x'''),
  ('search_chunks', 'document_id, source_type, text', 'd.id, ''text'', ''x'''), ('evidence', 'preview', '''x'''), ('facts', 'entity', '''x''')
) as t (name, columns, content);
select tests.act_as_owner();

-- A rebuild makes passages with ids of its own, computed from workspace, document and row.
insert into public.documents (id, workspace_id, type) values ('da7a0000-0000-4000-8000-000000000004', tests.workspace('a'), 'text');
insert into public.document_sections (id, workspace_id, document_id, "order", text)
values ('da7a0000-0000-4000-8000-000000000003', tests.workspace('a'), 'da7a0000-0000-4000-8000-000000000004', 0, 'The alarm code is 4711.');
insert into public.search_chunks (id, workspace_id, document_id, source_type, chunk_index, text, meta) values
  (private.rebuilt_chunk_id(tests.workspace('a'), 'da7a0000-0000-4000-8000-000000000004', 'section:da7a0000-0000-4000-8000-000000000003:1'),
   tests.workspace('b'), 'da7a0000-0000-4000-8000-000000000002', 'text', 0, 'Planted.', '{}');
select private.rechunk_document('da7a0000-0000-4000-8000-000000000004', tests.workspace('a'));
select is((select string_agg(c.text, ' ') from public.search_chunks as c where c.workspace_id = tests.workspace('b')), 'Planted.',
  'a rebuild writes no text into a passage of another workspace, even if that has the id');
delete from public.search_chunks as c where c.workspace_id = tests.workspace('b');
select private.rechunk_document('da7a0000-0000-4000-8000-000000000004', tests.workspace('a'));
delete from public.document_sections as s where s.document_id = 'da7a0000-0000-4000-8000-000000000004';
select tests.act_as('eve');
insert into public.document_sections (id, document_id, "order", text)
values ('da7a0000-0000-4000-8000-000000000003', 'da7a0000-0000-4000-8000-000000000002', 0, 'Pay to account 666.');
select tests.act_as_owner();
select private.rechunk_document('da7a0000-0000-4000-8000-000000000002', tests.workspace('b'));
select is((select count(*) from public.search_chunks as c where c.workspace_id = tests.workspace('a') and c.text = 'The alarm code is 4711.'), 1::bigint,
  'a section with the id of a deleted one of another workspace does not change its passages');
select is((select string_agg(c.text, ' ') from public.search_chunks as c where c.workspace_id = tests.workspace('b')), 'Pay to account 666.',
  'and becomes a passage of its own workspace');

-- The second line of defense: what the worker runs names the workspace of the file as well.
alter table public.documents disable trigger documents_refuse_id_of_other_workspace;
insert into public.documents (id, workspace_id, type, title) select k.file_id, tests.workspace('b'), 'text', 'Planted' from known as k;
create temporary table claimed as select * from public.claim_ingestion_job();
select is((select c.artifact_id from claimed as c), (select k.file_id from known as k), 'the worker claims the file');
select throws_ok(
  $$ select public.store_extraction(c.artifact_id, c.attempt, '{"documents": [{"type": "text", "title": "Report", "metadata": {}}],
     "sections": [{"id": "00000000-0000-8000-8000-000000000001", "order": 0, "level": 1, "text": "Secret."}]}') from claimed as c $$,
  'PT409', 'The document of this file belongs to another workspace.', 'and stores nothing in a document of another workspace');
select is((select d.title from public.documents as d join known as k on k.file_id = d.id), 'Planted', 'which stays as it was');
select is((select count(*) from public.document_sections as s join known as k on k.file_id = s.document_id), 0::bigint,
  'without the text of the file');
select is(public.fail_ingestion(c.artifact_id, c.attempt, 'x', null), 'failed', 'the failure of the file deletes what was extracted from it')
from claimed as c;
select is((select count(*) from public.documents as d join known as k on k.file_id = d.id), 1::bigint,
  'and no document of another workspace');
select is((select count(*) from public.search_chunks as c where c.document_id = 'da7a0000-0000-4000-8000-000000000001'), 1::bigint,
  'the document that was attacked still has its passage');

select * from finish();
rollback;
