-- Search: ranks, filters, pages, highlights and unusual queries.
begin;
select plan(105);

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
  (pg_temp.chunk('title'), pg_temp.doc('yard'), 'docx', 0, 'Garden > Fountain', 'It needs a filter that someone cleans.', null, '{}', pg_temp.axis(4), 'm'),
  (pg_temp.chunk('log'), pg_temp.doc('yard'), 'log', 1, null, 'The filter of the fountain was cleaned twice this month by the new gardener.', null, '{}', pg_temp.axis(5), 'm'),
  (pg_temp.chunk('hostile'), pg_temp.doc('yard'), 'docx', 2, null,
    '<script>alert("gravel & sand")</script> <mark>gravel</mark> costs 5 < 6 &amp; <img src=x onerror=gravel()>', null, '{}', pg_temp.axis(6), 'm'),
  (pg_temp.chunk('late'), pg_temp.doc('roof'), 'pdf', 3, null, 'Shingles came without a vector.', 3, '{}', null, null),
  (pg_temp.chunk('elsewhere'), pg_temp.doc('other'), 'pdf', 0, null, 'A pump in another workspace of hers.', null, '{}', pg_temp.axis(1), 'm'),
  (pg_temp.chunk('twin'), pg_temp.doc('foreign'), 'pdf', 0, null, 'The pump removes water from the basement.', 1, '{"lang": "en"}', pg_temp.axis(1), 'm');
insert into public.search_chunks (id, workspace_id, document_id, source_type, text, embedding_1024, embedding_1024_model)
values (pg_temp.chunk('big'), tests.workspace('a'), null, 'note', 'A sentence with a larger vector.', pg_temp.axis(7, 1024), 'large');

-- words
select tests.act_as('ann@a');
select results_eq($$ select pg_temp.label(chunk_id), text_rank from public.search('pump fans') $$,
  $$ values ('both', 1), ('pump', 2), ('dry', 3) $$, 'a passage with all words comes first, then the shorter passage');
select results_eq($$ select pg_temp.label(chunk_id) from public.search('fountain') $$, $$ values ('title'), ('log') $$,
  'a word in the heading weighs more');
select results_eq($$ select pg_temp.label(chunk_id) from public.search('removing') $$, $$ values ('pump') $$, 'inflected forms of a word match');
select results_eq($$ select pg_temp.label(chunk_id) from public.search('shingles') $$, $$ values ('late') $$,
  'a passage without a vector is found by words');
select set_eq($$ select pg_temp.label(chunk_id) from public.search('pump') $$, array['pump', 'both'],
  'the workspace of the request is searched');
select tests.work_in('c');
select set_eq($$ select pg_temp.label(chunk_id) from public.search('pump') $$, array['elsewhere'], 'in a request of another workspace, that one is searched');
select tests.work_in('a');
select results_eq($$ select score, text_rank, vector_rank, similarity from public.search('shingles') $$,
  $$ values (1::real, 1, null::integer, null::real) $$, 'a result has its rank by words, and the first one the score 1');
select is((select text_score > 0 from public.search('shingles')), true, 'a result has its score by words');

-- vectors
select results_eq($$ select pg_temp.label(chunk_id), vector_rank, similarity, text_rank from public.search('', pg_temp.axis(2), 'm', max_results => 1) $$,
  $$ values ('dry', 1, 1::real, null::integer) $$, 'a vector finds the nearest passages');
select results_eq($$ select pg_temp.label(chunk_id), score from public.search('shingles gone', pg_temp.axis(2), 'm', max_results => 1) $$,
  $$ values ('dry', ((1 + 1 + 21 / 22.0 + (select text_score from public.search('shingles gone') where text_rank = 2)
      / (select text_score from public.search('shingles gone') where text_rank = 1)) / 4)::real) $$,
  'the score is the average of places and of shares of the best scores');
select results_eq($$ select pg_temp.label(chunk_id), vector_rank from public.search('shingles', pg_temp.axis(2), 'another') $$,
  $$ values ('late', null::integer) $$, 'vectors of another model are not compared');
select results_eq($$ select pg_temp.label(chunk_id), vector_rank from public.search('', pg_temp.axis(7, 1024), 'large') $$,
  $$ values ('big', 1) $$, 'vectors of 1024 dimensions are compared with each other');
select is_empty($$ select 1 from public.search('', pg_temp.axis(7, 1024), 'm') $$, 'vectors of 1024 dimensions are compared with no others');
select is_empty($$ select 1 from public.search('', (select (array_agg(-1))::extensions.vector from generate_series(1, 384)), 'm') $$,
  'a passage with a negative similarity is not found');
select is_empty($$ select 1 from public.search('', (select (array_agg(0))::extensions.vector from generate_series(1, 384)), 'm') $$,
  'a zero vector finds nothing');
select throws_ok($$ select 1 from public.search('x', pg_temp.axis(1)) $$, '22023', 'query_embedding requires embedding_model.',
  'a vector without its model is refused');
select throws_ok($$ select 1 from public.search('x', pg_temp.axis(1), '') $$, '22023', 'query_embedding requires embedding_model.',
  'an empty model is refused');
select throws_ok($$ select 1 from public.search('x', pg_temp.axis(1, 3), 'm') $$, '22023', 'query_embedding must have 384 or 1024 dimensions.',
  'a vector of another size is refused');

-- the columns of a result
select results_eq(
  $$ select text, heading, source_type, chunk_index, page, meta -> 'deeplink' ->> 'panel', document_id, document_title, document_type, artifact_id, filename, document_workspace_id
    from public.search('removes') $$,
  $$ values ('The pump removes water from the basement.', null, 'pdf', 0, 1, 'workspace', pg_temp.doc('roof'), 'Roof', 'pdf', md5('file')::uuid, 'roof.pdf', tests.workspace('a')) $$,
  'a result has its location');

-- filters
select set_eq($$ select pg_temp.label(chunk_id) from public.search('fountain pump', document_ids => array[pg_temp.doc('roof')]) $$, array['pump', 'both'], 'results can be filtered by document');
select is_empty($$ select 1 from public.search('pump', document_ids => array[pg_temp.doc('other')]) $$, 'a document of another workspace of the caller is not found');
select tests.work_in('c');
select set_eq($$ select pg_temp.label(chunk_id) from public.search('', pg_temp.axis(1), 'm', document_ids => array[pg_temp.doc('other')]) $$,
  array['elsewhere'], 'the filter applies to vectors too');
select tests.work_in('a');
select set_eq($$ select pg_temp.label(chunk_id) from public.search('fountain', types => array['LOG']) $$, array['log'], 'results can be filtered by type, ignoring case');
select is_empty($$ select 1 from public.search('fountain', types => array['unknown']) $$, 'an unknown type matches nothing');
select set_eq($$ select pg_temp.label(chunk_id) from public.search('pump fountain', tags => array['URGENT']) $$, array['title', 'log'], 'results can be filtered by tag, ignoring case');
select is_empty($$ select 1 from public.search('fountain', tags => array['nothing']) $$, 'an unknown tag matches nothing');
select set_eq($$ select pg_temp.label(chunk_id) from public.search('pump fountain', tags => array['urgent'], document_ids => array[pg_temp.doc('roof'), pg_temp.doc('yard')]) $$,
  array['title', 'log'], 'filters by tag and document are combined');
select set_eq($$ select pg_temp.label(chunk_id) from public.search('pump', created_before => '2026-02-01') $$, array['pump', 'both'],
  'a passage has the date of its file');
select is_empty($$ select 1 from public.search('pump', created_after => '2026-02-01') $$, 'results can be filtered by a range of dates');
select tests.work_in('c');
select set_eq($$ select pg_temp.label(chunk_id) from public.search('pump', created_after => '2026-02-01') $$, array['elsewhere'], 'a passage without a file has the date of its row');
select tests.work_in('a');
select set_eq($$ select pg_temp.label(chunk_id) from public.search('pump dry fans', metadata => '{"lang": "de"}') $$, array['dry'], 'results can be filtered by metadata');
select set_eq($$ select pg_temp.label(chunk_id) from public.search('pump', document_ids => '{}', types => '{}', tags => '{}', metadata => '{}') $$,
  array['pump', 'both'], 'an empty filter matches everything');
select set_eq($$ select pg_temp.label(chunk_id) from public.search('pump', null, null, null, null, null, null, null, null, null, null) $$,
  array['pump', 'both'], 'a null filter matches everything');

-- operators, where a client asks for them
select set_eq($$ select pg_temp.label(chunk_id) from public.search('"fans dry" pump', syntax => 'operators') $$, array['dry'], 'a quoted phrase is required');
select is_empty($$ select 1 from public.search('"dry fans"', syntax => 'operators') $$, 'the order of words in a phrase counts');
select set_eq($$ select pg_temp.label(chunk_id) from public.search('"fans dry"', pg_temp.axis(1), 'm', syntax => 'operators') $$, array['dry'], 'a phrase filters vector results too');
select set_eq($$ select pg_temp.label(chunk_id) from public.search('pump -walls', syntax => 'operators') $$, array['pump'], 'a word after a minus is excluded');
select set_eq($$ select pg_temp.label(chunk_id) from public.search('pump -"removes water"', syntax => 'operators') $$, array['both'], 'a phrase after a minus is excluded');
select set_eq($$ select pg_temp.label(chunk_id) from public.search('pump', types => array['pdf']) $$,
  array['pump', 'both'], 'exclusions are combined');
select set_eq($$ select pg_temp.label(chunk_id) from public.search('"fans -dry the walls" -moistures', syntax => 'operators') $$, '{}'::text[], 'a minus after a phrase excludes');
select set_eq($$ select pg_temp.label(chunk_id) from public.search('"fans -dry the walls"', syntax => 'operators') $$, array['dry'], 'a minus inside a phrase does not exclude');
select is_empty($$ select 1 from public.search('-pump', syntax => 'operators') $$, 'a query of exclusions only finds nothing');
select set_eq($$ select pg_temp.label(chunk_id) from public.search('"pump"', syntax => 'operators') $$, array['pump', 'both'], 'a single word in quotes is a word');
select set_eq($$ select pg_temp.label(chunk_id) from public.search('"of the" pump', syntax => 'operators') $$, array['pump', 'both'],
  'a phrase of stop words requires nothing');
select set_eq($$ select pg_temp.label(chunk_id) from public.search('pre-pump 7-fans -3', syntax => 'operators') $$, array['both', 'pump', 'dry'],
  'hyphens and negative numbers do not exclude');

-- a question is a sentence: nothing in it excludes or is required
select set_eq($$ select pg_temp.label(chunk_id) from public.search('What does the -pump option do?') $$, array['pump', 'both'],
  'a word after a minus is a word');
select set_eq($$ select pg_temp.label(chunk_id) from public.search('What does "dry fans" mean for a pump?') $$, array['pump', 'both', 'dry'],
  'a phrase that no passage has hides none');
select is((select array_agg(pg_temp.label(chunk_id)) from public.search('walls', max_results => 1)), array['both'],
  'without a phrase the shorter passage with the word comes first');
select is((select array_agg(pg_temp.label(chunk_id)) from public.search('"dry the walls"', max_results => 1)), array['dry'],
  'a passage with a quoted phrase ranks higher');
select throws_ok($$ select 1 from public.search('pump', syntax => 'boolean') $$, '22023', 'syntax must be question or operators.',
  'another syntax is refused');
select set_eq($$ select pg_temp.label(chunk_id) from public.search('pump', syntax => null) $$, array['pump', 'both'], 'no syntax is that of questions');

-- unusual queries
select is_empty($$ select 1 from public.search('') $$, 'an empty query finds nothing');
select is_empty($$ select 1 from public.search(null) $$, 'a null query finds nothing');
select is_empty($$ select 1 from public.search('the of and it') $$, 'a query of stop words finds nothing');
select isnt_empty($$ select 1 from public.search('the of', pg_temp.axis(1), 'm') $$, 'a query of stop words with a vector finds passages');
select is_empty(format($$ select 1 from public.search(%L) $$, odd), 'not in the language of queries: ' || odd)
from unnest(array['& | ! <-> :* ()', '"', '"""" -"" - --', '''); drop table users; --', 'zzz:*', E'\\ %_', '-', '"-"']) as odd;
select set_eq(format($$ select pg_temp.label(chunk_id) from public.search(%L) $$, 'pump & | ! <-> :A* (shingles'), array['late', 'pump', 'both'],
  'symbols in a query are ignored');
select set_eq($$ select pg_temp.label(chunk_id) from public.search('"shingles') $$, array['late'], 'an unclosed quote is ignored');
select lives_ok(format($$ select 1 from public.search(%L) $$, repeat('pump "fans dry" -water ', 5000)), 'a very long query is cut');
select lives_ok(format($$ select 1 from public.search(%L) $$, (select string_agg('word' || i, ' ') from generate_series(1, 400) as i)), 'a query of very many words is cut');
select is((select count(*) from public.search('pump', max_results => 2147483647)), 2::bigint, 'max_results can exceed the number of results');
select is((select count(*) from public.search('pump', max_results => -5)), 1::bigint, 'max_results is at least one');
select is((select count(*) from public.search('pump', page_offset => -5)), 2::bigint, 'page_offset is at least 0');
select is_empty($$ select 1 from public.search('pump', page_offset => 2147483647) $$, 'a page beyond the end is empty');

-- highlights
select is((select highlight from public.search('removes')), 'pump <mark>removes</mark> water from the basement', 'matches are highlighted');
select is((select replace(replace(highlight, '<mark>', ''), '</mark>', '') ~ '[<>]' from public.search('gravel')), false, 'no other tags are in the highlight');
select matches((select highlight from public.search('gravel')), '^script&gt;.*&lt;mark&gt;<mark>gravel</mark>&lt;/mark&gt;', 'text that looks like a tag is escaped');
select tests.act_as_owner();
insert into public.search_chunks (document_id, source_type, text)
values (pg_temp.doc('yard'), 'note', 'A 20 amp circuit & an R&D lab for < signs.');
select tests.act_as('ann@a');
select is((select highlight from public.search('circuit amp lt gt')),
  '<mark>amp</mark> <mark>circuit</mark> &amp; an R&amp;D lab for &lt; signs', 'a highlight does not break an HTML entity');
select tests.act_as_owner();
delete from public.search_chunks where text like 'A 20 amp%';
select tests.act_as('ann@a');
select is((select highlight from public.search('', pg_temp.axis(5), 'm', max_results => 1)),
  'The filter of the fountain was cleaned twice this month by the new gardener.', 'without a match, the highlight is the beginning of the text');

-- pages
select tests.act_as_owner();
insert into public.search_chunks (workspace_id, source_type, text, embedding, embedding_model)
select tests.workspace('a'), 'page', 'Paging ' || repeat('leaf ', i % 7) || i % 5, pg_temp.axis(10 + i % 9), 'm' from generate_series(1, 150) as i;
select tests.act_as('ann@a');
create temporary table pages as
select p.n as page, s.chunk_id, row_number() over (partition by p.n order by s.score desc, s.chunk_id) as place, s.score
from generate_series(0, 20) as p (n) cross join lateral public.search('paging leaf 3', pg_temp.axis(11), 'm', types => array['page'], page_offset => p.n * 10) as s;
select is((select count(*) from pages), (select count(distinct chunk_id) from pages), 'pages do not overlap');
select is((select count(*) from pages where page = 0), 10::bigint, 'a page is full while there are more results');
select results_eq($$ select chunk_id from pages where page < 10 order by page, place $$,
  $$ select chunk_id from public.search('paging leaf 3', pg_temp.axis(11), 'm', types => array['page'], max_results => 100) $$,
  'the pages together are the whole list');
select ok((select bool_and(score <= before) from (select score, lag(score) over (order by page, place) as before from pages) as s where before is not null),
  'the best results come first');
select cmp_ok((select count(*) from pages), '<=', 200::bigint, 'at most 100 results by words and 100 by vectors are fused');

-- changes
select tests.act_as('bob@a');
update public.search_chunks set text = 'Shingles and slate' where id = pg_temp.chunk('late');
select results_eq($$ select pg_temp.label(chunk_id) from public.search('slate') $$, $$ values ('late') $$, 'a changed text is found by its new words');
delete from public.search_chunks where id = pg_temp.chunk('late');
select is_empty($$ select 1 from public.search('slate') $$, 'a deleted passage is not found');
delete from public.documents where id = pg_temp.doc('yard');
select is_empty($$ select 1 from public.search('fountain', pg_temp.axis(4), 'm', types => array['docx']) $$, 'passages of a deleted document are not found');

-- counted workspaces
select tests.act_as_owner();
select is((private.corpus_of(tests.workspace('b'))).passages, 1, 'a workspace is as large as its own passages');
insert into private.search_terms (workspace_id, lexeme, passages) values (tests.workspace('b'), 'pump', 10);
insert into public.search_chunks (workspace_id, source_type, text)
select tests.workspace('c'), 'many', 'ordinary passage number' || i || case when i = 77 then ' with a gem' else '' end || case when i % 2 = 0 then ' even' else '' end
from generate_series(1, 600) as i;
select is(private.count_corpora() >= 1, true, 'large workspaces are counted');
select results_eq($$ select passages from private.search_corpora where workspace_id = tests.workspace('c') $$, array[601], 'all passages are counted');
select results_eq($$ select lexeme, passages from private.search_terms where workspace_id = tests.workspace('c') order by lexeme $$,
  $$ values ('even', 300), ('number', 600), ('ordinari', 600), ('passag', 600) $$, 'frequent words are counted, also those that are part of a code');
select is((select count(*) from private.search_terms where workspace_id = tests.workspace('b')), 1::bigint, 'words of other workspaces are kept');
select is(private.count_corpora(), 0, 'a workspace is not counted again before it grows');
select results_eq($$ select w.label, (select k.passages from private.weigh_words(array['pump'], private.corpus_of(tests.workspace(w.label))) as k) from (values ('a'), ('c')) as w (label) order by 1 $$,
  $$ values ('a', 2::float8), ('c', 1::float8) $$, 'words of a workspace without a count are looked up in its passages, although another one is counted');
select tests.act_as('ann@c');
select is((select chunk_id from public.search('ordinary even passage with gem', max_results => 1)),
  (select id from public.search_chunks where text like '%gem%'), 'in a large workspace the rare word decides');
select is((select count(*) from public.search('ordinary', max_results => 100)), 100::bigint,
  'a query of a frequent word finds passages');
select tests.act_as_owner();
delete from public.search_chunks where workspace_id = tests.workspace('c');
select lives_ok($$ select private.count_corpora() $$, 'a workspace can become empty');
select is_empty($$ select 1 from private.search_corpora where workspace_id = tests.workspace('c') $$, 'an empty workspace has no counts');

-- what a search by the vector index sets for its scan
select is((select count(*) from private.rank_by_meaning(pg_temp.axis(1), 'm',
    private.read_search_filter(tests.workspace('a'), null, null, null, null, null, null), 10000000, 10)) > 0, true, 'a large workspace is searched by the index');
select is(current_setting('hnsw.iterative_scan'), 'relaxed_order', 'which goes on until enough passages of the workspace are found');
select is(current_setting('enable_sort'), 'on', 'and the statements after it are planned as before');

-- search_model
select tests.act_as_owner();
insert into private.embedding_models (workspace_id, model, dimensions)
select w.id, m.model, 384 from public.workspaces as w
join (values (tests.user_id('ann'), null, 'own'), (null, tests.workspace('a'), 'm'), (null, tests.workspace('b'), 'of others')) as m (owner, id, model)
  on w.id = m.id or w.personal_of = m.owner;
select tests.act_as('ann');
select is(public.search_model(), 'own', 'the model is that of the workspace of the request');
select tests.work_in('a');
select is(public.search_model(), 'm', 'another workspace has another model');
select tests.work_in('c');
select is(public.search_model(), null, 'a workspace without passages has no model');
select tests.work_in('b');
select throws_ok($$ select public.search_model() $$, 'PT403', 'You do not belong to the workspace of the header x-workspace-id.', 'the model of others is not returned');

-- access
select tests.act_as('ann@a');
select tests.work_in('b');
select throws_ok($$ select 1 from public.search('pump') $$, 'PT403', 'You do not belong to the workspace of the header x-workspace-id.', 'a search in a workspace of others is refused');
select tests.work_in('nowhere');
select throws_ok($$ select 1 from public.search('pump') $$, 'PT403', 'You do not belong to the workspace of the header x-workspace-id.', 'a workspace that does not exist gets the same error');
select tests.act_as_anon();
select throws_ok($$ select 1 from public.search('pump') $$, '42501', 'permission denied for function search', 'anon cannot search');

select * from finish();
rollback;
