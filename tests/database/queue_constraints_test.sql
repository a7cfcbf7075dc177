-- What workers, which may do anything, keep of a job is possible all the same, and ends with what it is about.
begin;
select plan(40);

select tests.create_user('ann');
insert into public.workspaces (id, name) values (tests.workspace('a'), 'A'), (tests.workspace('b'), 'B');
insert into public.workspace_members (workspace_id, user_id, role, display_name) values (tests.workspace('a'), tests.user_id('ann'), 'admin', 'Ann');
insert into public.artifacts (id, workspace_id, filename) values (md5('file')::uuid, tests.workspace('a'), 'a.txt');
insert into public.documents (id, workspace_id, type) values (md5('document')::uuid, tests.workspace('a'), 'text');
insert into public.search_chunks (id, workspace_id, document_id, source_type, text)
values (md5('chunk')::uuid, tests.workspace('a'), md5('document')::uuid, 'text', 'one');
insert into private.embedding_models (workspace_id, model, dimensions) values (tests.workspace('a'), 'm', 384)
on conflict (workspace_id) do update set model = 'm', dimensions = 384;
insert into private.search_corpora (workspace_id, passages, mean_length) values (tests.workspace('a'), 500, 800);
insert into private.search_changes (workspace_id, passages) values (tests.workspace('a'), 1);
insert into private.search_terms (workspace_id, lexeme, passages) values (tests.workspace('a'), 'roof', 10);

select throws_ok(statement, sqlstate, null, statement)
from (values
  ('23514', 'update private.embedding_jobs set attempts = -1'),
  ('23514', 'update private.embedding_jobs set place = -1'),
  ('23514', 'update private.embedding_jobs set priority = 3'),
  ('23514', 'update private.embedding_jobs set chunk_id = null'),
  ('23503', 'update private.embedding_jobs set chunk_id = gen_random_uuid()'),
  ('23503', 'update private.embedding_jobs set chunk_id = null, memory_id = gen_random_uuid()'),
  ('23514', 'update private.embedding_models set dimensions = 100'),
  ('23514', 'update private.embedding_models set next_model = ''n'''),
  ('23514', 'update private.embedding_models set next_model = ''n'', next_dimensions = 100'),
  ('23503', 'update private.embedding_models set workspace_id = gen_random_uuid() where model = ''m'''),
  ('23514', 'insert into private.ingestion_jobs (artifact_id, workspace_id, account_id, attempts)
    select a.id, a.workspace_id, tests.user_id(''ann''), -1 from public.artifacts as a where a.id = md5(''file'')::uuid'),
  ('23514', 'insert into private.ingestion_jobs (artifact_id, workspace_id, account_id, deaths)
    select a.id, a.workspace_id, tests.user_id(''ann''), 2 from public.artifacts as a where a.id = md5(''file'')::uuid'),
  ('23514', 'insert into private.ingestion_jobs (artifact_id, workspace_id, account_id, priority)
    select a.id, a.workspace_id, tests.user_id(''ann''), 3 from public.artifacts as a where a.id = md5(''file'')::uuid'),
  ('23514', 'insert into private.next_embeddings (workspace_id, model, embedding) values (tests.workspace(''a''), ''n'', ''[1]'')'),
  ('23503', 'insert into private.next_embeddings (workspace_id, chunk_id, model, embedding) values (tests.workspace(''a''), gen_random_uuid(), ''n'', ''[1]'')'),
  ('23503', 'insert into private.next_embeddings (workspace_id, memory_id, model, embedding) values (tests.workspace(''a''), gen_random_uuid(), ''n'', ''[1]'')'),
  ('23514', 'update private.search_corpora set passages = -1'),
  ('23514', 'update private.search_corpora set mean_length = -1'),
  ('23514', 'update private.search_changes set passages = 0'),
  ('23514', 'update private.search_terms set passages = 0'),
  ('23503', 'insert into private.search_rebuild_documents (rebuild_id, document_id, workspace_id, account_id)
    values (gen_random_uuid(), md5(''document'')::uuid, tests.workspace(''a''), tests.user_id(''ann''))'),
  -- turns, answers that wait for an approval, and totals
  ('23514', 'insert into private.chat_turns (user_id, conversation_id, answer_id, ai_task_id, model_id, context_tokens)
    values (tests.user_id(''ann''), 1, 1, 1, ''m'', -1)'),
  ('23514', 'insert into private.chat_turns (user_id, conversation_id, answer_id, ai_task_id, model_id, answer_tokens)
    values (tests.user_id(''ann''), 1, 1, 1, ''m'', -1)'),
  ('23514', 'insert into private.chat_turns (user_id, conversation_id, answer_id, ai_task_id, model_id, ended_at)
    values (tests.user_id(''ann''), 1, 1, 1, ''m'', now())'),
  ('23514', 'insert into private.chat_turns (user_id, conversation_id, answer_id, ai_task_id, model_id, ended_at, ended_by, status)
    values (tests.user_id(''ann''), 1, 1, 1, ''m'', now(), ''process'', ''streaming'')'),
  ('23503', 'insert into private.paused_answers (user_id, conversation_id, message_id, approval_ids, messages, part_count)
    values (tests.user_id(''ann''), 1, 1, array[''a''], ''[]'', 0)'),
  ('23514', 'insert into private.usage_totals (day, workspace_id, user_id) values (current_date, tests.workspace(''a''), tests.user_id(''ann''))'),
  ('23503', 'insert into private.usage_totals (day, user_id) values (current_date, gen_random_uuid())')
) as refused (sqlstate, statement);

-- a rebuild, for the rest
insert into public.search_rebuilds (id, workspace_id) values (md5('rebuild')::uuid, tests.workspace('a'));
select throws_ok(statement, '23514', null, statement)
from (values
  ('insert into private.search_rebuild_documents (rebuild_id, document_id, workspace_id, account_id, attempts)
    values (md5(''rebuild'')::uuid, md5(''document'')::uuid, tests.workspace(''a''), tests.user_id(''ann''), -1)'),
  ('insert into private.search_rebuild_documents (rebuild_id, document_id, workspace_id, account_id, priority)
    values (md5(''rebuild'')::uuid, md5(''document'')::uuid, tests.workspace(''a''), tests.user_id(''ann''), 3)')
) as refused (statement);

-- what is deleted leaves nothing in a queue
insert into private.search_rebuild_documents (rebuild_id, document_id, workspace_id, account_id)
values (md5('rebuild')::uuid, md5('document')::uuid, tests.workspace('a'), tests.user_id('ann'));
insert into private.next_embeddings (workspace_id, chunk_id, model, embedding) values (tests.workspace('a'), md5('chunk')::uuid, 'n', '[1]');
delete from public.search_rebuilds where id = md5('rebuild')::uuid;
select is_empty('select 1 from private.search_rebuild_documents', 'a rebuild takes its documents along');
select isnt_empty('select 1 from private.embedding_jobs where workspace_id = tests.workspace(''a'')', 'a passage waits for its vector');
delete from public.search_chunks where id = md5('chunk')::uuid;
select is_empty('select 1 from private.embedding_jobs where workspace_id = tests.workspace(''a'')', 'a passage takes its job along');
select is_empty('select 1 from private.next_embeddings', 'and its vector for the next model');
delete from public.workspaces where id = tests.workspace('a');
select is_empty(format('select 1 from private.%I where workspace_id = tests.workspace(''a'')', queue), 'a workspace takes along: ' || queue)
from unnest(array['embedding_models', 'search_corpora', 'search_terms', 'search_changes', 'ingestion_jobs', 'search_rebuild_documents']) as queue;

select * from finish();
rollback;
