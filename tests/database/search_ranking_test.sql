-- How words rank: rare before frequent, all words before one that is repeated, short before long; and the statistics of each
-- workspace that this needs.
begin;
select plan(39);

select tests.create_user('ann');
select tests.create_user('bob');
insert into public.workspaces (id, name) select tests.workspace(w), w from unnest(array['a', 'b', 'large']) as w;
insert into public.workspace_members (workspace_id, user_id, role, display_name) values
  (tests.workspace('a'), tests.user_id('ann'), 'manager', 'Ann'), (tests.workspace('large'), tests.user_id('ann'), 'manager', 'Ann'),
  (tests.workspace('b'), tests.user_id('bob'), 'manager', 'Bob');
create function pg_temp.add(workspace text, number integer, text text, heading text default null) returns void language sql as $$
  insert into public.search_chunks (workspace_id, source_type, chunk_index, text, heading)
  values (tests.workspace(add.workspace), 'pdf', add.number, add.text, add.heading) $$;
create function pg_temp.found(query text, wanted integer default 10) returns integer[] language sql as $$
  select array_agg(s.chunk_index order by s.text_rank) from public.search(found.query, max_results => found.wanted) as s $$;
grant execute on function pg_temp.found(text, integer) to authenticated;

-- a small workspace, which is not counted
select count(pg_temp.add('a', n, 'The crew checks the pump and the hose on floor ' || n)) from generate_series(1, 40) as n;
select pg_temp.add('a', 100, 'The crew carries a hygrometer up the stairs'),
  pg_temp.add('a', 101, trim(repeat('anemometer ', 50))), pg_temp.add('a', 102, 'An anemometer beside the dehumidifier and its barometer'),
  pg_temp.add('a', 103, 'Gravel lies here'), pg_temp.add('a', 104, 'Gravel lies here, as the report of the surveyor says with many other words ' || repeat('about the yard and its fence ', 20)),
  pg_temp.add('a', 105, 'Mortar dries'), pg_temp.add('a', 106, 'Mortar dries beside mortar'),
  pg_temp.add('a', 107, 'It needs a filter'), pg_temp.add('a', 108, 'It needs a cartridge', 'Filter'),
  pg_temp.add('a', 109, 'The quarry has basalt'), pg_temp.add('a', 110, 'The quarry has slate');
select tests.act_as('ann@a');
select is(pg_temp.found('crew hygrometer', 1), array[100], 'a rare word outranks a frequent one');
select is(pg_temp.found('pump hygrometer', 1), array[100], 'wherever it is');
select is(cardinality(pg_temp.found('crew', 100)), 41, 'a word in nearly all passages finds them');
select is(pg_temp.found('crew pump 7', 1), array[7], 'frequent words are part of the score');
select is(pg_temp.found('anemometer dehumidifier barometer'), array[102, 101], 'a passage that repeats a word fifty times does not outrank one with all words');
select is(pg_temp.found('gravel'), array[103, 104], 'of two passages with a word the shorter one comes first');
select is(pg_temp.found('mortar'), array[106, 105], 'of two short passages the one that has the word twice comes first');
select is(pg_temp.found('filter'), array[108, 107], 'a word in the heading counts twice');
select is(pg_temp.found('quarry basalt basalt slate', 1), array[109], 'a word that is asked for twice counts twice');
select is(pg_temp.found('quarry basalt slate slate', 1), array[110], 'whichever it is');
select cmp_ok((select max(s.text_score) from public.search('anemometer') as s), '<', (2.5 * ln(51 / 2.5 + 1))::real, 'repetition is worth at most two and a half times the weight of a word');

-- what others have
create temporary table before as select s.chunk_index, s.text_score, s.score from public.search('crew hygrometer pump', max_results => 100) as s;
select tests.act_as_owner();
select count(pg_temp.add('b', n, 'A hygrometer, and a hygrometer')) from generate_series(1, 600) as n;
select is(private.count_corpora(), 1, 'a workspace with at least 500 passages is counted');
select tests.act_as('ann@a');
select results_eq($$ select s.chunk_index, s.text_score, s.score from public.search('crew hygrometer pump', max_results => 100) as s $$,
  'select * from before', 'passages and counts of another workspace change no score');
select is(tests.answer('ann@a', format('select 1 from private.%I', t)), '42501 permission denied for schema private', 'users do not read private.' || t)
from unnest(array['search_terms', 'search_corpora', 'search_changes']) as t;

-- a counted workspace
select tests.act_as_owner();
select count(pg_temp.add('large', n, format('Inspection of unit%s by the regular crew%s%s', n, case when n % 3 = 0 then ' with moisture' else '' end,
  case when n % 100 = 1 then ' beside a skylight' else '' end))) from generate_series(1, 1200) as n;
select pg_temp.add('large', 2000, 'A regular skylight with moisture, and the crew'), pg_temp.add('large', 2001, 'A parapet');
select is((select sum(h.passages)::integer from private.search_changes as h where h.workspace_id = tests.workspace('large')), 1202,
  'added passages are recorded');
select is(private.count_corpora(), 1, 'what changed is counted');
select results_eq($$ select t.lexeme, t.passages from private.search_terms as t where t.workspace_id = tests.workspace('large') order by 2 desc, 1 limit 5 $$,
  $$ values ('crew', 1201), ('regular', 1201), ('inspect', 1200), ('unit', 1200), ('moistur', 401) $$, 'frequent words are counted, with the number of their passages');
select results_eq($$ select w.lexeme, w.passages from private.weigh_words(array['parapet', 'unit7', 'none', 'crew'], private.corpus_of(tests.workspace('large'))) as w order by 1 $$,
  $$ values ('crew', 1201::float8), ('none', 0::float8), ('parapet', 1::float8), ('unit7', 1::float8) $$, 'rare words are counted as they are');
select pg_temp.add('large', 2002, 'Another parapet');
select is((select w.passages from private.weigh_words(array['parapet'], private.corpus_of(tests.workspace('large'))) as w), 2::float8, 'at once');
select tests.act_as('ann@large');
select is(pg_temp.found('regular crew skylight moisture', 1), array[2000], 'in a counted workspace the passage with all words comes first');
select is(pg_temp.found('crew parapet', 2), array[2001, 2002], 'and rare words before frequent ones');
select tests.act_as_owner();

-- as if it were too large to score all passages of a frequent word
update private.search_corpora as k set passages = 300000 where k.workspace_id = tests.workspace('large');
update private.search_terms as t set passages = t.passages * 250 where t.workspace_id = tests.workspace('large') and t.passages > 100;
select tests.act_as('ann@large');
select is(pg_temp.found('regular crew skylight moisture', 1), array[2000], 'where only rare words find passages, frequent ones rank them');
select is(cardinality(pg_temp.found('crew parapet', 100)), 100, 'passages with frequent words fill the ranking');
select is((pg_temp.found('crew parapet', 100))[1:2], array[2001, 2002], 'after those with rare ones');
select is(cardinality(pg_temp.found('crew regular', 100)), 100, 'a question of frequent words alone finds passages');
select tests.act_as_owner();
update private.search_corpora as k set passages = 1202 where k.workspace_id = tests.workspace('large');
select private.count_corpus(tests.workspace('large'));
delete from private.search_changes;

-- changes
delete from public.search_chunks as c where c.workspace_id = tests.workspace('large') and c.text like '%moisture%';
update public.search_chunks as c set text = replace(c.text, 'regular', 'night') where c.workspace_id = tests.workspace('large') and c.chunk_index = 1;
update public.search_chunks as c set page = 3 where c.workspace_id = tests.workspace('large') and c.chunk_index <= 10;
select is((select sum(h.passages)::integer from private.search_changes as h), 402, 'deleted and rewritten passages are recorded, others are not');
select is(private.count_corpora(), 1, 'and counted');
select is(((select k.passages from private.search_corpora as k where k.workspace_id = tests.workspace('large')),
    exists (select from private.search_terms as t where t.workspace_id = tests.workspace('large') and t.lexeme = 'moistur')),
  (802, false), 'what was deleted does not count');
select pg_temp.add('large', 2003, 'A little more');
select is(private.count_corpora(), 0, 'a few changes are not counted');
select is((select sum(h.passages)::integer from private.search_changes as h), 1, 'but kept for the next count');
delete from public.search_chunks as c where c.workspace_id = tests.workspace('large') and c.chunk_index > 100;
select is(private.count_corpora(), 1, 'a workspace that became small');
select is_empty($$ select 1 from private.search_terms as t where t.workspace_id = tests.workspace('large') $$, 'is not counted ahead');
select results_eq($$ select t.lexeme, t.passages, k.passages from private.search_terms as t join private.search_corpora as k using (workspace_id)
  where workspace_id = tests.workspace('b') $$, $$ values ('hygromet', 600, 600) $$, 'the counts of another workspace are kept');

-- rows that were loaded without triggers
alter table public.search_chunks disable trigger user;
select count(pg_temp.add('large', n, 'Restored from a backup')) from generate_series(3001, 3600) as n;
alter table public.search_chunks enable trigger user;
select is(private.count_corpora(), 0, 'passages that no trigger recorded are not counted at once');
select is(private.compare_corpora(), 1, 'but found in the night');
select is(private.count_corpora(), 1, 'and counted then');
select is(private.compare_corpora(), 0, 'once');

select * from finish();
rollback;
