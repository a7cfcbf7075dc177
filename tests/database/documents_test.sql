-- Calls that write a document to several tables: as a whole or not at all, with the caller's rights.
begin;
select plan(39);

select tests.create_user('ann');
select tests.create_user('tom');
select tests.create_user('eve');
insert into public.workspaces (id, name) values (tests.workspace('a'), 'A');
insert into public.workspace_members (workspace_id, user_id, role, display_name)
values (tests.workspace('a'), tests.user_id('ann'), 'manager', 'Ann'), (tests.workspace('a'), tests.user_id('tom'), 'employee', 'Tom');
update public.profiles set active_workspace_id = tests.workspace('a') where id in (tests.user_id('ann'), tests.user_id('tom'));
create function pg_temp.file() returns uuid immutable language sql as $$ select '10000000-0000-4000-8000-00000000000f'::uuid $$;
grant execute on function pg_temp.file() to authenticated, anon;

select tests.act_as('ann');
select is(
  public.upsert_artifact_with_document(
    jsonb_build_object('id', pg_temp.file(), 'filename', 'report.pdf', 'extras', '{"image": {"width": 2}}'::jsonb),
    '{"type": "pdf", "title": "Report", "metadata": {"a": 1}}'),
  pg_temp.file(), 'a file and its document are added together');
select results_eq($$ select d.id, d.workspace_id, d.artifact_id, d.title, a.filetype from public.documents as d join public.artifacts as a on a.id = d.artifact_id $$,
  $$ values (pg_temp.file(), tests.workspace('a'), pg_temp.file(), 'Report', '.pdf') $$, 'both have one id and are in the active workspace');
select is(
  public.upsert_artifact_with_document(
    jsonb_build_object('id', pg_temp.file(), 'filename', 'report 2.pdf', 'status', 'processed', 'extras', '{"media": {}}'::jsonb),
    '{"type": "pdf", "title": "Report 2", "metadata": {"b": 2}}'), pg_temp.file(), 'a second call updates both');
select results_eq($$ select a.filename, a.status, a.extras, d.title, d.metadata from public.artifacts as a join public.documents as d on d.id = a.id $$,
  $$ values ('report 2.pdf', 'processed', '{"image": {"width": 2}, "media": {}}'::jsonb, 'Report 2', '{"a": 1, "b": 2}'::jsonb) $$,
  'extras and metadata are merged');
select throws_ok($$ insert into public.documents (type, artifact_id) values ('text', '10000000-0000-4000-8000-0000000000ff') $$, '23503', 'No such file.',
  'a document of a file that does not exist is refused');
select throws_ok($$ select public.upsert_artifact_with_document('{"filename": "lost.pdf"}', '{}') $$, '23502', null,
  'a document without a type is refused');
select is((select count(*) from public.artifacts), 1::bigint, 'a refused document adds no file');
select throws_ok($$ select public.upsert_artifact_with_document('[]', '{}') $$, '22023', 'artifact and document must be JSON objects.',
  'a list instead of a file is refused');

-- what clients leave out
select lives_ok($$ insert into public.artifacts (id, filename) values ('10000000-0000-4000-8000-00000000000e', 'alone.txt');
  insert into public.documents (id, type) values ('10000000-0000-4000-8000-00000000000e', 'text') $$, 'a document is added with the id of a file');
select results_eq($$ delete from public.artifacts where id = '10000000-0000-4000-8000-00000000000e' returning
  (select d.artifact_id from public.documents as d where d.id = '10000000-0000-4000-8000-00000000000e') $$,
  $$ values ('10000000-0000-4000-8000-00000000000e'::uuid) $$, 'it is the document of that file');
select lives_ok($$ insert into public.search_chunks (document_id, chunk_index, meta) values
  (pg_temp.file(), 0, '{"type": "log", "text": "Disk is full"}'), (pg_temp.file(), 1, '{}') $$, 'passages are added without type and text');
select results_eq($$ delete from public.search_chunks where document_id = pg_temp.file() returning source_type, text $$,
  $$ values ('log', 'Disk is full'), ('pdf', 'Report 2') $$, 'they have those of meta, else those of the document');

-- findings
select lives_ok($$ select public.replace_findings(pg_temp.file(), '[{"label": "ORG", "text": "Harbor"}, {"label": "DATE", "text": "May"}]',
  '[{"type": "revenue", "value": "2M"}]', '{"title": "Report", "sections": []}') $$, 'entities, metrics and outline are stored together');
select lives_ok($$ select public.replace_findings(pg_temp.file(), '[{"label": "ORG", "text": "Lakeside"}]') $$, 'entities are replaced');
select results_eq($$ select text from public.document_entities $$, $$ values ('Lakeside') $$, 'only the new entities are stored');
select is((select count(*) from public.document_metric_hits), 1::bigint, 'parameters left out change nothing');
select throws_ok($$ select public.replace_findings(pg_temp.file(), '[{"label": "ORG", "text": "Harbor"}]', '[{"value": "3M"}]') $$, '23502', null,
  'a metric without a type is refused');
select results_eq($$ select text from public.document_entities $$, $$ values ('Lakeside') $$, 'a refused call replaces nothing');
select throws_ok($$ select public.replace_findings(pg_temp.file(), '{}') $$, '22023', 'entities and metric_hits must be JSON arrays.', 'an object instead of a list is refused');
select lives_ok($$ select public.replace_findings(pg_temp.file(), '[]', '[]', 'null') $$, 'everything can be deleted');
select is((select count(*) from public.document_entities) + (select count(*) from public.document_metric_hits)
  + (select count(*) from public.document_structure), 0::bigint, 'everything is deleted');
select throws_ok(format($$ select public.replace_findings(%L) $$, gen_random_uuid()), 'PT404', 'No such document.', 'an unknown document is refused');

-- tags
select is(public.tag_document(pg_temp.file(), array[' Drying', 'drying ', 'Roof', '']), 2, 'tags are added, each once');
select is(public.tag_document(pg_temp.file(), array['ROOF', 'Walls'], 'heuristic', 3), 1, 'only missing tags are added');
select results_eq($$ select tag, source_ptr, hrm_steps from public.tags order by tag $$,
  $$ values ('Drying', null::text, null::integer), ('Roof', null, null), ('Walls', 'heuristic', 3) $$, 'tags have their source');
select ok(public.has_tag(pg_temp.file(), ' rOOF '), 'has_tag ignores case');
select ok(not public.has_tag(pg_temp.file(), 'Ro'), 'has_tag does not match a part of a tag');

-- an employee reads, and tags
select tests.act_as('tom');
select is(public.tag_document(pg_temp.file(), array['Floor']), 1, 'an employee adds tags');
select throws_ok($$ select public.replace_findings(pg_temp.file(), '[]') $$, 'PT404', 'No such document.', 'an employee cannot replace findings');
select throws_ok(format($$ select public.upsert_artifact_with_document(%L, '{"type": "pdf"}') $$,
  jsonb_build_object('id', pg_temp.file(), 'filename', 'x')), '42501', null, 'an employee cannot rename a file of others');

-- strangers
select tests.act_as('eve');
select throws_ok($$ select public.tag_document(pg_temp.file(), array['mine']) $$, '23503', 'No such document.', 'a stranger cannot add tags');
select throws_ok($$ select public.replace_findings(pg_temp.file(), '[]') $$, 'PT404', 'No such document.', 'a stranger cannot replace findings');
select ok(not public.has_tag(pg_temp.file(), 'Roof'), 'has_tag is false for a stranger');
select throws_ok(format($$ select public.upsert_artifact_with_document(%L, '{"type": "pdf"}') $$,
  jsonb_build_object('id', pg_temp.file(), 'filename', 'x')), '42501', null, 'a stranger cannot rename a file');
select tests.act_as_anon();
select throws_ok($$ select public.has_tag(pg_temp.file(), 'Roof') $$, '42501', 'permission denied for function has_tag', 'anon cannot call has_tag');
select tests.act_as_owner();
select is((select filename from public.artifacts where id = pg_temp.file()), 'report 2.pdf', 'refused calls changed nothing');

-- clients that send null for the date
select tests.act_as('ann');
select lives_ok($$ insert into public.documents (id, type, created_at) values ('10000000-0000-4000-8000-00000000000d', 'text', null) $$,
  'a document can be sent with null for its date');
select is((select created_at from public.documents where id = '10000000-0000-4000-8000-00000000000d'), now(), 'its date is that of the insert');
select tests.act_as_owner();
update public.documents set created_at = '2020-02-02' where id = '10000000-0000-4000-8000-00000000000d';
insert into public.documents (id, workspace_id, type, created_at) values ('10000000-0000-4000-8000-00000000000d', tests.workspace('a'), 'text', null)
on conflict (id) do update set created_at = excluded.created_at;
select is((select created_at from public.documents where id = '10000000-0000-4000-8000-00000000000d'), '2020-02-02'::timestamptz,
  'an upsert with null keeps the date');
select * from finish();
rollback;
