-- Documents written in more than one table at once: all or nothing, and by those who may.
begin;
select plan(31);

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
  $$ values (pg_temp.file(), tests.workspace('a'), pg_temp.file(), 'Report', '.pdf') $$, 'with one id, in the active workspace');
select is(
  public.upsert_artifact_with_document(
    jsonb_build_object('id', pg_temp.file(), 'filename', 'report 2.pdf', 'status', 'processed', 'extras', '{"media": {}}'::jsonb),
    '{"type": "pdf", "title": "Report 2", "metadata": {"b": 2}}'), pg_temp.file(), 'again, both are brought up to date');
select results_eq($$ select a.filename, a.status, a.extras, d.title, d.metadata from public.artifacts as a join public.documents as d on d.id = a.id $$,
  $$ values ('report 2.pdf', 'processed', '{"image": {"width": 2}, "media": {}}'::jsonb, 'Report 2', '{"a": 1, "b": 2}'::jsonb) $$,
  'and what they say beside their columns merges');
select throws_ok($$ select public.upsert_artifact_with_document('{"filename": "lost.pdf"}', '{}') $$, '23502', null,
  'a document needs a type');
select is((select count(*) from public.artifacts), 1::bigint, 'and without it the file is not added either');
select throws_ok($$ select public.upsert_artifact_with_document('[]', '{}') $$, '22023', 'artifact and document must be JSON objects.',
  'a list is no file');

-- findings
select lives_ok($$ select public.replace_findings(pg_temp.file(), '[{"label": "ORG", "text": "Harbor"}, {"label": "DATE", "text": "May"}]',
  '[{"type": "revenue", "value": "2M"}]', '{"title": "Report", "sections": []}') $$, 'names, figures and outline are written together');
select lives_ok($$ select public.replace_findings(pg_temp.file(), '[{"label": "ORG", "text": "Lakeside"}]') $$, 'names are replaced');
select results_eq($$ select text from public.document_entities $$, $$ values ('Lakeside') $$, 'by the new ones alone');
select is((select count(*) from public.document_metric_hits), 1::bigint, 'and what was left out stays');
select throws_ok($$ select public.replace_findings(pg_temp.file(), '[{"label": "ORG", "text": "Harbor"}]', '[{"value": "3M"}]') $$, '23502', null,
  'a figure needs a type');
select results_eq($$ select text from public.document_entities $$, $$ values ('Lakeside') $$, 'and then nothing was replaced');
select throws_ok($$ select public.replace_findings(pg_temp.file(), '{}') $$, '22023', 'entities and metric_hits must be JSON arrays.', 'an object is no list');
select lives_ok($$ select public.replace_findings(pg_temp.file(), '[]', '[]', 'null') $$, 'all is cleared');
select is((select count(*) from public.document_entities) + (select count(*) from public.document_metric_hits)
  + (select count(*) from public.document_structure), 0::bigint, 'and gone');
select throws_ok(format($$ select public.replace_findings(%L) $$, gen_random_uuid()), 'PT404', 'No such document.', 'a document that never was is refused');

-- tags
select is(public.tag_document(pg_temp.file(), array[' Drying', 'drying ', 'Roof', '']), 2, 'tags are added, each once');
select is(public.tag_document(pg_temp.file(), array['ROOF', 'Walls'], 'heuristic', 3), 1, 'and only those that are not there');
select results_eq($$ select tag, source_ptr, hrm_steps from public.tags order by tag $$,
  $$ values ('Drying', null::text, null::integer), ('Roof', null, null), ('Walls', 'heuristic', 3) $$, 'with where they came from');
select ok(public.has_tag(pg_temp.file(), ' rOOF '), 'a tag is known in any case');
select ok(not public.has_tag(pg_temp.file(), 'Ro'), 'not by a part of it');

-- an employee reads, and tags
select tests.act_as('tom');
select is(public.tag_document(pg_temp.file(), array['Floor']), 1, 'employees tag');
select throws_ok($$ select public.replace_findings(pg_temp.file(), '[]') $$, 'PT404', 'No such document.', 'but replace nothing');
select throws_ok(format($$ select public.upsert_artifact_with_document(%L, '{"type": "pdf"}') $$,
  jsonb_build_object('id', pg_temp.file(), 'filename', 'x')), '42501', null, 'and rename no file of others');

-- strangers
select tests.act_as('eve');
select throws_ok($$ select public.tag_document(pg_temp.file(), array['mine']) $$, '23503', 'No such document.', 'a stranger tags nothing');
select throws_ok($$ select public.replace_findings(pg_temp.file(), '[]') $$, 'PT404', 'No such document.', 'replaces nothing');
select ok(not public.has_tag(pg_temp.file(), 'Roof'), 'learns of no tag');
select throws_ok(format($$ select public.upsert_artifact_with_document(%L, '{"type": "pdf"}') $$,
  jsonb_build_object('id', pg_temp.file(), 'filename', 'x')), '42501', null, 'and renames no file');
select tests.act_as_anon();
select throws_ok($$ select public.has_tag(pg_temp.file(), 'Roof') $$, '42501', 'permission denied for function has_tag', 'who is not signed in asks nothing');
select tests.act_as_owner();
select is((select filename from public.artifacts where id = pg_temp.file()), 'report 2.pdf', 'and all is as it was');
select * from finish();
rollback;
