-- What users may send and what they may change, column by column. business_columns_test.sql and identity_grants_test.sql
-- cover the tables of the business and of people. A column that is not listed here is sent and changed by users.
begin;
select plan(158);

create table tests.columns as
select format('%s.%s', n.nspname, c.relname) as relation, a.attname::text as name,
  has_column_privilege('authenticated', c.oid, a.attnum, 'select') as read,
  has_column_privilege('authenticated', c.oid, a.attnum, 'insert') as sent,
  has_column_privilege('authenticated', c.oid, a.attnum, 'update') as changed
from pg_class as c join pg_namespace as n on n.oid = c.relnamespace
join pg_attribute as a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
where n.nspname in (select tests.exposed_schemas()) and c.relkind in ('r', 'p') and not c.relispartition;

-- The columns in question, with * for all of the candidates.
create function tests.listed(found text[], candidates text[]) returns text[] language sql as $$
  select case when listed.found = listed.candidates and listed.found <> '{}' then '{*}' else listed.found end $$;

-- nobody sends: set by the database. Sent once: what a row is about, and whose it is. Only changed: the row exists already.
create table tests.expected (relation text, nobody_sends text[], sent_once text[], only_changed text[]);
insert into tests.expected values
  ('dashboard.activity_logs', '{*}', '{}', '{}'),
  ('dashboard.agents', '{created_at,id,last_used_at,times_used,updated_at}', '{workspace_id}', '{}'),
  ('dashboard.ai_tasks', '{completed_at,created_at,id,updated_at}', '{user_id,workspace_id}', '{}'),
  ('dashboard.automation_candidates', '{created_at,id,pattern_key,updated_at}', '{workspace_id}', '{}'),
  ('dashboard.chat_projects', '{created_at,id,updated_at}', '{user_id}', '{}'),
  ('dashboard.conversations', '{created_at,id,last_message_at,last_model_id,message_count,related_task_ids,updated_at}', '{user_id}', '{}'),
  ('dashboard.files_processed', '{created_at,id}', '{*}', '{}'),
  ('dashboard.goals', '{achieved_at,created_at,id,updated_at}', '{user_id}', '{}'),
  ('dashboard.inbox_items', '{converted_note_id,converted_task_id,converted_to_id,converted_to_type,created_at,id,processed,processed_at}', '{capture_key,user_id}', '{processed}'),
  ('dashboard.mcp_connections', '{created_at,error_message,id,last_used_at,updated_at}', '{workspace_id}', '{}'),
  ('dashboard.message_feedback', '{*}', '{}', '{}'),
  ('dashboard.messages', '{citations,created_at,error,id,input_tokens,metadata,model_id,model_name,output_tokens,status,tool_calls,tool_results,tools_used,updated_at}', '{*}', '{}'),
  ('dashboard.milestones', '{created_at,id,updated_at}', '{user_id}', '{}'),
  ('dashboard.note_links', '{*}', '{}', '{}'),
  ('dashboard.note_tags', '{created_at}', '{*}', '{}'),
  ('dashboard.notes', '{created_at,id,title_key,updated_at,word_count}', '{user_id}', '{}'),
  ('dashboard.notifications', '{*}', '{}', '{is_read}'),
  ('dashboard.projects', '{completed_at,created_at,id,updated_at}', '{user_id}', '{}'),
  ('dashboard.tags', '{created_at,id,updated_at}', '{user_id}', '{}'),
  ('dashboard.task_lists', '{created_at,id,is_system,system_type,updated_at}', '{user_id}', '{}'),
  ('dashboard.task_tags', '{created_at}', '{*}', '{}'),
  ('dashboard.tasks', '{completed_at,created_at,id,my_day_date,recurrence_index,recurrence_parent_id,recurrence_start,updated_at}', '{user_id}', '{}'),
  ('dashboard.time_entries', '{created_at,id,updated_at}', '{user_id}', '{}'),
  ('public.ai_models', '{*}', '{}', '{}'),
  ('public.ai_settings', '{*}', '{}', '{checks,default_model_id,small_model_id}'),
  ('public.api_endpoints', '{created_at,workspace_id}', '{document_id,id}', '{}'),
  ('public.artifacts', '{chart_evidence,created_at,formula_evidence,image_ocr,last_error,media_metadata,media_transcripts,table_evidence,updated_at,web_pages}', '{bucket_id,file_size,filepath,filetype,id,media_type,source_url,user_id,workspace_id}', '{}'),
  ('public.cipher_memory', '{content_text,created_at,embedding,embedding_1024,embedding_1024_model,embedding_model,last_recalled_at,recall_count,search,strength,updated_at}', '{id,user_id}', '{}'),
  ('public.document_entities', '{created_at,workspace_id}', '{document_id,id}', '{}'),
  ('public.document_metric_hits', '{created_at,workspace_id}', '{document_id,id}', '{}'),
  ('public.document_sections', '{created_at,workspace_id}', '{document_id,id}', '{}'),
  ('public.document_structure', '{created_at,updated_at,workspace_id}', '{document_id}', '{}'),
  ('public.document_tables', '{created_at,workspace_id}', '{document_id,id}', '{}'),
  ('public.documents', '{updated_at}', '{artifact_id,created_at,id,workspace_id}', '{}'),
  ('public.evidence', '{created_at}', '{artifact_id,id,workspace_id}', '{}'),
  ('public.facts', '{content,created_at}', '{artifact_id,id,workspace_id}', '{}'),
  ('public.hrm_metrics', '{created_at,id,workspace_id}', '{*}', '{}'),
  ('public.hrm_runs', '{created_at}', '{*}', '{}'),
  ('public.log_entries', '{created_at,workspace_id}', '{document_id,id}', '{}'),
  ('public.memories', '{created_at,id,updated_at}', '{user_id}', '{}'),
  ('public.search_chunks', '{created_at,search,updated_at,workspace_id}', '{document_id,id}', '{}'),
  ('public.search_rebuilds', '{*}', '{}', '{}'),
  ('public.skills_registry', '{created_at,id,updated_at}', '{created_by,name,version,workspace_id}', '{}'),
  ('public.summaries', '{created_at,updated_at}', '{id,scope,scope_key,style,user_id,workspace_id}', '{}'),
  ('public.tag_prompts', '{created_at,workspace_id}', '{*}', '{}'),
  ('public.tags', '{created_at,workspace_id}', '{document_id,id}', '{}'),
  ('studio.api_keys', '{*}', '{}', '{}'),
  ('studio.api_usage', '{*}', '{}', '{}'),
  ('studio.budgets', '{created_at,id,updated_at}', '{period,scope,user_id,workspace_id}', '{}'),
  ('studio.limits', '{*}', '{}', '{}'),
  ('studio.rate_limit_rules', '{*}', '{}', '{}'),
  ('studio.usage_days', '{*}', '{}', '{}');

select is(tests.listed(
    array(select c.name from tests.columns as c where c.relation = e.relation and not c.sent order by c.name collate "C"),
    array(select c.name from tests.columns as c where c.relation = e.relation order by c.name collate "C")),
  e.nobody_sends, 'what nobody sends for ' || e.relation)
from tests.expected as e;
select is(tests.listed(
    array(select c.name from tests.columns as c where c.relation = e.relation and c.sent and not c.changed order by c.name collate "C"),
    array(select c.name from tests.columns as c where c.relation = e.relation and c.sent order by c.name collate "C")),
  e.sent_once, 'what is sent once for ' || e.relation)
from tests.expected as e;
select is(array(select c.name from tests.columns as c where c.relation = e.relation and c.changed and not c.sent order by c.name collate "C"),
  e.only_changed, 'what is changed and not sent for ' || e.relation)
from tests.expected as e;

select is_empty($$ select relation, name from tests.columns where not read and relation <> 'studio.limits' $$, 'users read every column of each table but one, which only the secret key reads');
select is_empty($$ select c.relation from tests.columns as c where c.relation not like 'business.%' and c.relation <> all (array[
    'public.profiles', 'public.workspaces', 'public.workspace_members', 'public.workspace_invitations', 'public.user_prefs',
    'public.feature_flags'])
  except select e.relation from tests.expected as e $$, 'every table is listed');

select * from finish();
rollback;
