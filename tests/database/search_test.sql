-- Search: ranks, filters, pages, marks, and what is asked in odd ways.
begin;
select plan(91);

select tests.create_user('ann');
select tests.create_user('bob');
select tests.create_user('cal');
insert into public.workspaces (id, name) values (tests.workspace('a'), 'A'), (tests.workspace('b'), 'B'), (tests.workspace('c'), 'C');
insert into public.workspace_members (workspace_id, user_id, role, display_name) values
  (tests.workspace('a'), tests.user_id('ann'), 'employee', 'Ann'), (tests.workspace('a'), tests.user_id('bob'), 'manager', 'Bob'),
  (tests.workspace('c'), tests.user_id('ann'), 'employee', 'Ann'), (tests.workspace('b'), tests.user_id('cal'), 'admin', 'Cal');
create function pg_temp.axis(n integer, dimensions integer default 384) returns extensions.vector language sql as
  $$ select (select json_agg(case when i = axis.n then 1 else 0 end order by i) from generate_series(1, axis.dimensions) as i)::text::extensions.vector $$;
create function pg_temp.doc(label text) returns uuid language sql immutable as $$ select md5('document ' || label)::uuid $$;
create function pg_temp.chunk(label text) returns uuid language sql immutable as $$ select md5('chunk ' || label)::uuid $$;
create function pg_temp.label(id uuid) returns text language sql stable as $$
  select l from unnest(array['pump', 'dry', 'both', 'title', 'log', 'hostile', 'late', 'big', 'elsewhere', 'twin', 'free']) as l
  where pg_temp.chunk(l) = label.id $$;
grant execute on function pg_temp.axis(integer, integer), pg_temp.doc(text), pg_temp.chunk(text), pg_temp.label(uuid) to authenticated;

insert into public.artifacts (id, workspace_id, filename) values (md5('file')::uuid, tests.workspace('a'), 'roof.pdf');
update public.artifacts set created_at = '2026-01-05' where id = md5('file')::uuid;
insert into public.documents (id, workspace_id, artifact_id, type, title) values
  (pg_temp.doc('roof'), tests.workspace('a'), md5('file')::uuid, 'pdf', 'Roof'), (pg_temp.doc('yard'), tests.workspace('a'), null, 'docx', 'Yard'),
  (pg_temp.doc('other'), tests.workspace('c'), null, 'pdf', 'Other'), (pg_temp.doc('foreign'), tests.workspace('b'), null, 'pdf', 'Roof');
insert into public.tags (document_id, tag) values (pg_temp.doc('yard'), 'Urgent'), (pg_temp.doc('foreign'), 'urgent');
insert into public.search_chunks (id, document_id, source_type, chunk_index, heading, text, page, meta, embedding, embedding_model) values
  (pg_temp.chunk('pump'), pg_temp.doc('roof'), 'pdf', 0, null, 'The pump removes water from the basement.', 1, '{"lang": "en", "deeplink": {"panel": "workspace", "page": 1}}', pg_temp.axis(1), 'm'),
  (pg_temp.chunk('dry'), pg_temp.doc('roof'), 'pdf', 1, null, 'Fans dry the walls, and after three days the moisture is gone.', 2, '{"lang": "de"}', pg_temp.axis(2), 'm'),
  (pg_temp.chunk('both'), pg_temp.doc('roof'), 'pdf', 2, null, 'A pump and fans: the pump first, then fans for the walls.', 2, '{}', pg_temp.axis(3), 'm'),
  (pg_temp.chunk('title'), pg_temp.doc('yard'), 'docx', 0, 'Garden > Fountain', 'It needs a filter that somebody cleans.', null, '{}', pg_temp.axis(4), 'm'),
  (pg_temp.chunk('log'), pg_temp.doc('yard'), 'log', 1, null, 'The filter of the fountain was cleaned twice this month by the new gardener.', null, '{}', pg_temp.axis(5), 'm'),
  (pg_temp.chunk('hostile'), pg_temp.doc('yard'), 'docx', 2, null,
    '<script>alert("gravel & sand")</script> <mark>gravel</mark> costs 5 < 6 &amp; <img src=x onerror=gravel()>', null, '{}', pg_temp.axis(6), 'm'),
  (pg_temp.chunk('late'), pg_temp.doc('roof'), 'pdf', 3, null, 'Shingles came without a vector.', 3, '{}', null, null),
  (pg_temp.chunk('elsewhere'), pg_temp.doc('other'), 'pdf', 0, null, 'A pump in another workspace of hers.', null, '{}', pg_temp.axis(1), 'm'),
  (pg_temp.chunk('twin'), pg_temp.doc('foreign'), 'pdf', 0, null, 'The pump removes water from the basement.', 1, '{"lang": "en"}', pg_temp.axis(1), 'm');
insert into public.search_chunks (id, workspace_id, document_id, source_type, text, embedding_1024, embedding_1024_model)
values (pg_temp.chunk('big'), tests.workspace('a'), null, 'note', 'A sentence with a larger vector.', pg_temp.axis(7, 1024), 'large');

-- words
select tests.act_as('ann');
select results_eq($$ select pg_temp.label(chunk_id), text_rank from public.search('pump fans', workspace_id => tests.workspace('a')) $$,
  $$ values ('both', 1), ('pump', 2), ('dry', 3) $$, 'what has all words comes first, then the shorter passage');
select results_eq($$ select pg_temp.label(chunk_id) from public.search('fountain') $$, $$ values ('title'), ('log') $$,
  'a word in the heading counts more');
select results_eq($$ select pg_temp.label(chunk_id) from public.search('removing') $$, $$ values ('pump') $$, 'forms of a word are one word');
select results_eq($$ select pg_temp.label(chunk_id) from public.search('shingles') $$, $$ values ('late') $$,
  'a passage without a vector yet is found by words');
select set_eq($$ select pg_temp.label(chunk_id) from public.search('pump') $$, array['pump', 'both', 'elsewhere'],
  'all workspaces of the caller are searched, and no other');
select results_eq($$ select score, text_rank, vector_rank, similarity from public.search('shingles') $$,
  $$ values ((1 / 21.0)::real, 1, null::integer, null::real) $$, 'the score is explained: first by words');
select is((select text_score > 0 from public.search('shingles')), true, 'with the score of its words');

-- meaning
select results_eq($$ select pg_temp.label(chunk_id), vector_rank, similarity, text_rank from public.search('', pg_temp.axis(2), 'm', max_results => 1) $$,
  $$ values ('dry', 1, 1::real, null::integer) $$, 'a vector alone finds the nearest');
select results_eq($$ select pg_temp.label(chunk_id), score from public.search('shingles gone', pg_temp.axis(2), 'm', max_results => 1) $$,
  $$ values ('dry', (1 / 21.0 + 1 / 22.0)::real) $$, 'the score is fused from both ranks');
select results_eq($$ select pg_temp.label(chunk_id), vector_rank from public.search('shingles', pg_temp.axis(2), 'another') $$,
  $$ values ('late', null::integer) $$, 'vectors of another model are not compared');
select results_eq($$ select pg_temp.label(chunk_id), vector_rank from public.search('', pg_temp.axis(7, 1024), 'large') $$,
  $$ values ('big', 1) $$, 'a larger vector is compared with its like');
select is_empty($$ select 1 from public.search('', pg_temp.axis(7, 1024), 'm') $$, 'and with no other');
select is_empty($$ select 1 from public.search('', (select (array_agg(-1))::extensions.vector from generate_series(1, 384)), 'm') $$,
  'what points away is not near');
select is_empty($$ select 1 from public.search('', (select (array_agg(0))::extensions.vector from generate_series(1, 384)), 'm') $$,
  'and nothing is near a vector without a direction');
select throws_ok($$ select 1 from public.search('x', pg_temp.axis(1)) $$, '22023', 'query_embedding requires embedding_model.',
  'a vector without its model is refused');
select throws_ok($$ select 1 from public.search('x', pg_temp.axis(1), '') $$, '22023', 'query_embedding requires embedding_model.',
  'as with an empty one');
select throws_ok($$ select 1 from public.search('x', pg_temp.axis(1, 3), 'm') $$, '22023', 'query_embedding must have 384 or 1024 dimensions.',
  'a vector of another size is refused');

-- what comes with a result
select results_eq(
  $$ select text, heading, source_type, chunk_index, page, meta -> 'deeplink' ->> 'panel', document_id, document_title, document_type, artifact_id, filename, document_workspace_id
    from public.search('removes') $$,
  $$ values ('The pump removes water from the basement.', null, 'pdf', 0, 1, 'workspace', pg_temp.doc('roof'), 'Roof', 'pdf', md5('file')::uuid, 'roof.pdf', tests.workspace('a')) $$,
  'a result says what it is and where');

-- filters
select set_eq($$ select pg_temp.label(chunk_id) from public.search('pump', document_ids => array[pg_temp.doc('other')]) $$, array['elsewhere'], 'by document');
select set_eq($$ select pg_temp.label(chunk_id) from public.search('', pg_temp.axis(1), 'm', document_ids => array[pg_temp.doc('other')]) $$,
  array['elsewhere'], 'also what is found by meaning');
select set_eq($$ select pg_temp.label(chunk_id) from public.search('fountain', types => array['LOG']) $$, array['log'], 'by type, whatever its case');
select is_empty($$ select 1 from public.search('fountain', types => array['unknown']) $$, 'an unknown type is none');
select set_eq($$ select pg_temp.label(chunk_id) from public.search('pump fountain', tags => array['URGENT']) $$, array['title', 'log'], 'by tag, whatever its case');
select is_empty($$ select 1 from public.search('fountain', tags => array['nothing']) $$, 'an unknown tag is on nothing');
select set_eq($$ select pg_temp.label(chunk_id) from public.search('pump fountain', tags => array['urgent'], document_ids => array[pg_temp.doc('roof'), pg_temp.doc('yard')]) $$,
  array['title', 'log'], 'by tag and document');
select set_eq($$ select pg_temp.label(chunk_id) from public.search('pump', created_before => '2026-02-01') $$, array['pump', 'both'],
  'by date: a passage is as old as its file');
select set_eq($$ select pg_temp.label(chunk_id) from public.search('pump', created_after => '2026-02-01') $$, array['elsewhere'], 'before and after');
select set_eq($$ select pg_temp.label(chunk_id) from public.search('pump', workspace_id => tests.workspace('c')) $$, array['elsewhere'], 'by workspace');
select set_eq($$ select pg_temp.label(chunk_id) from public.search('pump dry fans', metadata => '{"lang": "de"}') $$, array['dry'], 'by metadata');
select set_eq($$ select pg_temp.label(chunk_id) from public.search('pump', document_ids => '{}', types => '{}', tags => '{}', metadata => '{}') $$,
  array['pump', 'both', 'elsewhere'], 'what is empty does not narrow');
select set_eq($$ select pg_temp.label(chunk_id) from public.search('pump', null, null, null, null, null, null, null, null, null, null, null) $$,
  array['pump', 'both', 'elsewhere'], 'nor does null');

-- quotes and minus
select set_eq($$ select pg_temp.label(chunk_id) from public.search('"fans dry" pump') $$, array['dry'], 'words in quotes are required, in this order');
select is_empty($$ select 1 from public.search('"dry fans"') $$, 'in no other');
select set_eq($$ select pg_temp.label(chunk_id) from public.search('"fans dry"', pg_temp.axis(1), 'm') $$, array['dry'], 'by meaning too');
select set_eq($$ select pg_temp.label(chunk_id) from public.search('pump -walls') $$, array['pump', 'elsewhere'], 'a word after a minus excludes');
select set_eq($$ select pg_temp.label(chunk_id) from public.search('pump -"removes water"') $$, array['both', 'elsewhere'], 'several in quotes too');
select set_eq($$ select pg_temp.label(chunk_id) from public.search('pump', types => array['pdf'], workspace_id => tests.workspace('a')) $$,
  array['pump', 'both'], 'filters add up');
select set_eq($$ select pg_temp.label(chunk_id) from public.search('"fans -dry the walls" -moistures') $$, '{}'::text[], 'it excludes after quotes');
select set_eq($$ select pg_temp.label(chunk_id) from public.search('"fans -dry the walls"') $$, array['dry'], 'but not inside of them');
select is_empty($$ select 1 from public.search('-pump') $$, 'what only excludes finds nothing');
select set_eq($$ select pg_temp.label(chunk_id) from public.search('"pump"') $$, array['pump', 'both', 'elsewhere'], 'one word in quotes is a word');
select set_eq($$ select pg_temp.label(chunk_id) from public.search('"of the" pump') $$, array['pump', 'both', 'elsewhere'],
  'quoted words that say nothing require nothing');
select set_eq($$ select pg_temp.label(chunk_id) from public.search('pre-pump 7-fans -3') $$, array['both', 'pump', 'elsewhere', 'dry'],
  'a hyphen or a negative number is no minus');

-- odd questions
select is_empty($$ select 1 from public.search('') $$, 'nothing asked, nothing found');
select is_empty($$ select 1 from public.search(null) $$, 'nor for null');
select is_empty($$ select 1 from public.search('the of and it') $$, 'nor for words that say nothing');
select isnt_empty($$ select 1 from public.search('the of', pg_temp.axis(1), 'm') $$, 'unless they have a meaning');
select is_empty(format($$ select 1 from public.search(%L) $$, odd), 'not in the language of queries: ' || odd)
from unnest(array['& | ! <-> :* ()', '"', '"""" -"" - --', '''); drop table users; --', 'zzz:*', E'\\ %_', '-', '"-"']) as odd;
select set_eq(format($$ select pg_temp.label(chunk_id) from public.search(%L) $$, 'pump & | ! <-> :A* (shingles'), array['late', 'pump', 'both', 'elsewhere'],
  'signs among words are not in the way');
select set_eq($$ select pg_temp.label(chunk_id) from public.search('"shingles') $$, array['late'], 'nor is a quote that never ends');
select lives_ok(format($$ select 1 from public.search(%L) $$, repeat('pump "fans dry" -water ', 5000)), 'a very long question is cut');
select lives_ok(format($$ select 1 from public.search(%L) $$, (select string_agg('word' || i, ' ') from generate_series(1, 400) as i)), 'so are very many words');
select is((select count(*) from public.search('pump', max_results => 2147483647)), 3::bigint, 'more may be asked for than there is');
select is((select count(*) from public.search('pump', max_results => -5)), 1::bigint, 'less than one is one');
select is((select count(*) from public.search('pump', page_offset => -5)), 3::bigint, 'pages begin at 0');
select is_empty($$ select 1 from public.search('pump', page_offset => 2147483647) $$, 'and end');

-- marks
select is((select highlight from public.search('removes')), 'pump <mark>removes</mark> water from the basement', 'the words asked for are marked');
select is((select replace(replace(highlight, '<mark>', ''), '</mark>', '') ~ '[<>]' from public.search('gravel')), false, 'no other tag comes through');
select matches((select highlight from public.search('gravel')), '^script&gt;.*&lt;mark&gt;<mark>gravel</mark>&lt;/mark&gt;', 'text that looks like one is shown as it is');
select tests.act_as_owner();
insert into public.search_chunks (document_id, source_type, text)
values (pg_temp.doc('yard'), 'note', 'A 20 amp circuit & an R&D lab for < signs.');
select tests.act_as('ann');
select is((select highlight from public.search('circuit amp lt gt')),
  '<mark>amp</mark> <mark>circuit</mark> &amp; an R&amp;D lab for &lt; signs', 'no mark breaks a sign that is written as a word');
select tests.act_as_owner();
delete from public.search_chunks where text like 'A 20 amp%';
select tests.act_as('ann');
select is((select highlight from public.search('', pg_temp.axis(5), 'm', max_results => 1)),
  'The filter of the fountain was cleaned twice this month by the new gardener.', 'what is found by meaning alone shows its beginning');

-- pages
select tests.act_as_owner();
insert into public.search_chunks (workspace_id, source_type, text, embedding, embedding_model)
select tests.workspace('a'), 'page', 'Paging ' || repeat('leaf ', i % 7) || i % 5, pg_temp.axis(10 + i % 9), 'm' from generate_series(1, 150) as i;
select tests.act_as('ann');
create temporary table pages as
select p.n as page, s.chunk_id, row_number() over (partition by p.n order by s.score desc, s.chunk_id) as place, s.score
from generate_series(0, 20) as p (n) cross join lateral public.search('paging leaf 3', pg_temp.axis(11), 'm', types => array['page'], page_offset => p.n * 10) as s;
select is((select count(*) from pages), (select count(distinct chunk_id) from pages), 'no page repeats another');
select is((select count(*) from pages where page = 0), 10::bigint, 'a page is full while there are more');
select results_eq($$ select chunk_id from pages where page < 10 order by page, place $$,
  $$ select chunk_id from public.search('paging leaf 3', pg_temp.axis(11), 'm', types => array['page'], max_results => 100) $$,
  'the pages together are the whole list');
select ok((select bool_and(score <= before) from (select score, lag(score) over (order by page, place) as before from pages) as s where before is not null),
  'the best come first');
select cmp_ok((select count(*) from pages), '<=', 200::bigint, 'a hundred by words and a hundred by meaning, and no more');

-- what changes
select tests.act_as('bob');
update public.search_chunks set text = 'Shingles and slate' where id = pg_temp.chunk('late');
select results_eq($$ select pg_temp.label(chunk_id) from public.search('slate') $$, $$ values ('late') $$, 'a changed text is found by its new words');
delete from public.search_chunks where id = pg_temp.chunk('late');
select is_empty($$ select 1 from public.search('slate') $$, 'what is deleted is not found');
delete from public.documents where id = pg_temp.doc('yard');
select is_empty($$ select 1 from public.search('fountain', pg_temp.axis(4), 'm', types => array['docx']) $$, 'nor the passages of a deleted document');

-- a workspace that was counted
select tests.act_as_owner();
insert into public.search_chunks (workspace_id, source_type, text)
select tests.workspace('c'), 'many', 'ordinary passage number' || i || case when i = 77 then ' with a gem' else '' end || case when i % 2 = 0 then ' even' else '' end
from generate_series(1, 600) as i;
select is(private.count_corpora() >= 1, true, 'workspaces are counted once they are large');
select results_eq($$ select passages from private.search_corpora where workspace_id = tests.workspace('c') $$, array[601], 'all their passages');
select results_eq($$ select lexeme, passages from private.search_terms where workspace_id = tests.workspace('c') order by lexeme $$,
  $$ values ('even', 300), ('ordinari', 600), ('passag', 600) $$, 'and the words that are not rare');
select is(private.count_corpora(), 0, 'but not again before they grow');
select tests.act_as('ann');
select is((select chunk_id from public.search('ordinary even passage with gem', workspace_id => tests.workspace('c'), max_results => 1)),
  (select id from public.search_chunks where text like '%gem%'), 'there the rare word decides');
select is((select count(*) from public.search('ordinary', workspace_id => tests.workspace('c'), max_results => 100)), 100::bigint,
  'a word that is everywhere still finds, if nothing else is asked');
select tests.act_as_owner();
delete from public.search_chunks where workspace_id = tests.workspace('c');
select lives_ok($$ select private.count_corpora() $$, 'a workspace may become empty');
select is_empty($$ select 1 from private.search_corpora where workspace_id = tests.workspace('c') $$, 'and is small again');

-- the model that a question is embedded with
select tests.act_as_owner();
insert into private.embedding_models (workspace_id, model, dimensions)
select w.id, m.model, 384 from public.workspaces as w
join (values (tests.user_id('ann'), null, 'own'), (null, tests.workspace('a'), 'm'), (null, tests.workspace('b'), 'of others')) as m (owner, id, model)
  on w.id = m.id or w.personal_of = m.owner;
update public.profiles set active_workspace_id = (select w.id from public.workspaces as w where w.personal_of = tests.user_id('ann'))
where id = tests.user_id('ann');
select tests.act_as('ann');
select is(public.search_model(), 'm', 'the model is that of a workspace with passages, where the active one has none');
select is(public.search_model(tests.workspace('a')), 'm', 'or that of the workspace asked for');
select is(public.search_model(tests.workspace('c')), null, 'which may have none');
select throws_ok($$ select public.search_model(tests.workspace('b')) $$, 'PT404', 'No such workspace.', 'that of others is not told');

-- who may
select tests.act_as('ann');
select throws_ok(format($$ select 1 from public.search('pump', workspace_id => %L) $$, tests.workspace('b')), 'PT404', 'No such workspace.',
  'a workspace of others is none');
select throws_ok($$ select 1 from public.search('pump', workspace_id => gen_random_uuid()) $$, 'PT404', 'No such workspace.', 'like one that never was');
select tests.act_as_anon();
select throws_ok($$ select 1 from public.search('pump') $$, '42501', 'permission denied for function search', 'strangers without an account do not search');

select * from finish();
rollback;
