-- Parts of documents and files take their workspace; evidence is counted at its file, by kind.
begin;
select plan(15);
select tests.create_team('harbor', 'mia manager');
insert into public.artifacts (id, workspace_id, filename) values ('ab000000-0000-4000-8000-000000000001', tests.workspace('harbor'), 'plan.pdf');
create function pg_temp.counts() returns text language sql as $$
  select concat_ws(' ', a.table_evidence, a.chart_evidence, a.image_ocr) from public.artifacts as a where a.filename = 'plan.pdf' $$;
grant execute on function pg_temp.counts() to authenticated;

select tests.act_as('mia');
insert into public.evidence (artifact_id, content_type)
select 'ab000000-0000-4000-8000-000000000001', t from unnest(array['table', 'csv', 'chart']) as t;
select is(pg_temp.counts(), '2 1 0', 'added evidence is counted');
update public.evidence set content_type = 'image_ocr' where content_type = 'csv';
select is(pg_temp.counts(), '1 1 1', 'a change of its kind is counted');
delete from public.evidence where content_type = 'chart';
select is(pg_temp.counts(), '1 0 1', 'and so is a delete');
delete from public.evidence;
select is(pg_temp.counts(), '0 0 0', 'of the last one, too');

-- the secret key names no workspace
select tests.act_as_owner();
insert into public.documents (id, workspace_id, type) values ('ab000000-0000-4000-8000-000000000003', tests.workspace('harbor'), 'text');
select is(tests.answer('service', format('insert into public.%I (%s) select %s from (values (''ab000000-0000-4000-8000-00000000000'')) as p (id)', t.name, t.columns, t.content)),
  '1 rows', t.name || ' are in the workspace of what they belong to')
from (values
  ('document_sections', 'document_id, "order", text', '(p.id || 3)::uuid, 0, ''x'''), ('document_tables', 'document_id, "order", json', '(p.id || 3)::uuid, 0, ''[]'''),
  ('document_structure', 'document_id', '(p.id || 3)::uuid'),
  ('document_entities', 'document_id, label, text', '(p.id || 3)::uuid, ''ORG'', ''x'''), ('document_metric_hits', 'document_id, type', '(p.id || 3)::uuid, ''revenue'''),
  ('api_endpoints', 'document_id, method, path', '(p.id || 3)::uuid, ''GET'', ''/x'''), ('log_entries', 'document_id, message', '(p.id || 3)::uuid, ''x'''),
  ('tags', 'document_id, tag', '(p.id || 3)::uuid, ''x'''), ('tag_prompts', 'document_id, prompt_text', '(p.id || 3)::uuid, ''x'''),
  ('search_chunks', 'document_id, source_type, text', '(p.id || 3)::uuid, ''text'', ''x'''), ('evidence', 'artifact_id', '(p.id || 1)::uuid')
) as t (name, columns, content);

select * from finish();
rollback;
