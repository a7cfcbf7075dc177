-- Passages that are similar to a passage or a document.
begin;
select plan(22);

select tests.create_user('ann');
select tests.create_user('bob');
insert into public.workspaces (id, name) values (tests.workspace('a'), 'A'), (tests.workspace('b'), 'B');
insert into public.workspace_members (workspace_id, user_id, role, display_name) values
  (tests.workspace('a'), tests.user_id('ann'), 'employee', 'Ann'), (tests.workspace('b'), tests.user_id('bob'), 'admin', 'Bob');
create function pg_temp.axis(n integer, dimensions integer default 384) returns extensions.vector language sql as
  $$ select (select json_agg(case when i = axis.n then 1 else 0 end order by i) from generate_series(1, axis.dimensions) as i)::text::extensions.vector $$;
create function pg_temp.doc(n integer) returns uuid language sql immutable as $$ select md5('like document ' || n)::uuid $$;
create function pg_temp.chunk(n integer) returns uuid language sql immutable as $$ select md5('like chunk ' || n)::uuid $$;
create function pg_temp.number(id uuid) returns integer language sql immutable as $$ select n from generate_series(1, 20) as n where pg_temp.chunk(n) = number.id $$;
grant execute on function pg_temp.axis(integer, integer), pg_temp.doc(integer), pg_temp.chunk(integer), pg_temp.number(uuid) to authenticated;
insert into public.documents (id, workspace_id, type, title)
select pg_temp.doc(n), tests.workspace(case when n = 9 then 'b' else 'a' end), 'pdf', 'D' || n from unnest(array[1, 2, 3, 9]) as n;
insert into public.search_chunks (id, document_id, source_type, chunk_index, text, embedding, embedding_model) values
  (pg_temp.chunk(1), pg_temp.doc(1), 'pdf', 0, 'Mold grows behind wet drywall.', pg_temp.axis(1), 'm'),
  (pg_temp.chunk(2), pg_temp.doc(1), 'pdf', 1, 'Mold needs moisture to grow.', pg_temp.axis(2), 'm'),
  (pg_temp.chunk(3), pg_temp.doc(2), 'pdf', 0, 'Behind the drywall they found mold.', pg_temp.axis(3), 'm'),
  (pg_temp.chunk(4), pg_temp.doc(2), 'log', 1, 'Mold again.', pg_temp.axis(4), 'm'),
  (pg_temp.chunk(5), pg_temp.doc(3), 'pdf', 0, 'Invoices are paid within thirty days.', pg_temp.axis(1), 'm'),
  (pg_temp.chunk(6), pg_temp.doc(3), 'pdf', 1, 'Drywall is invoiced by the square foot.', null, null),
  (pg_temp.chunk(9), pg_temp.doc(9), 'pdf', 0, 'Mold grows behind wet drywall.', pg_temp.axis(1), 'm');

select tests.act_as('ann@a');
select results_eq($$ select pg_temp.number(chunk_id), text_rank from public.more_like_this(pg_temp.chunk(1)) where text_rank = 1 $$,
  $$ values (3, 1) $$, 'passages with the most rare words in common come first');
select results_eq($$ select pg_temp.number(chunk_id), similarity from public.more_like_this(pg_temp.chunk(1)) where vector_rank = 1 $$,
  $$ values (5, 1::real) $$, 'passages with a similar vector are found');
select ok(not exists (select from public.more_like_this(pg_temp.chunk(1)) where chunk_id = pg_temp.chunk(1)), 'the passage itself is left out');
select set_has($$ select pg_temp.number(chunk_id) from public.more_like_this(pg_temp.chunk(1)) $$, $$ values (2), (3), (4) $$, 'not the rest of its document');
select set_eq($$ select pg_temp.number(chunk_id) from public.more_like_this(pg_temp.chunk(6)) $$, array[1, 3, 5], 'a passage without a vector is compared by words');
select set_eq($$ select distinct document_workspace_id from public.more_like_this(pg_temp.chunk(1)) $$, array[tests.workspace('a')], 'passages of others are not found');
select set_eq($$ select pg_temp.number(chunk_id) from public.more_like_this(pg_temp.chunk(1), types => array['log']) $$, array[4], 'types filter the results');
select is((select count(*) from public.more_like_this(pg_temp.chunk(1), max_results => 2)), 2::bigint, 'max_results limits the results');
select is_empty($$ select chunk_id from public.more_like_this(pg_temp.chunk(1), max_results => 2)
  intersect select chunk_id from public.more_like_this(pg_temp.chunk(1), max_results => 2, page_offset => 2) $$, 'pages do not overlap');
select matches((select highlight from public.more_like_this(pg_temp.chunk(1)) where chunk_id = pg_temp.chunk(3)), '<mark>drywall</mark>', 'common words are highlighted');
select results_eq($$ select pg_temp.number(chunk_id) from public.more_like_this(like_document_id => pg_temp.doc(1)) order by 1 $$,
  $$ values (3), (5) $$, 'for a document, the best passage of each other document is found');
select is_empty($$ select 1 from public.more_like_this(like_document_id => pg_temp.doc(1)) where document_id = pg_temp.doc(1) $$, 'the document itself is left out');
select throws_ok($$ select 1 from public.more_like_this() $$, '22023', 'Exactly one of like_chunk_id and like_document_id is required.', 'one id is required');
select throws_ok($$ select 1 from public.more_like_this(pg_temp.chunk(1), pg_temp.doc(1)) $$, '22023',
  'Exactly one of like_chunk_id and like_document_id is required.', 'both ids are refused');
select throws_ok($$ select 1 from public.more_like_this(pg_temp.chunk(9)) $$, 'PT404', 'No such passage.', 'a passage of others is not found');
select throws_ok($$ select 1 from public.more_like_this(gen_random_uuid()) $$, 'PT404', 'No such passage.', 'it gets the same error as one that does not exist');
select throws_ok($$ select 1 from public.more_like_this(like_document_id => pg_temp.doc(9)) $$, 'PT404', 'No such document.', 'a document of others is not found');
select tests.work_in('b');
select throws_ok($$ select 1 from public.more_like_this(pg_temp.chunk(9)) $$, 'PT403', 'You do not belong to the workspace of the header x-workspace-id.',
  'a workspace of others is refused');
select tests.act_as_owner();
insert into public.workspace_members (workspace_id, user_id, role, display_name) values (tests.workspace('b'), tests.user_id('ann'), 'employee', 'Ann');
select tests.act_as('ann@b');
select lives_ok($$ select 1 from public.more_like_this(pg_temp.chunk(9)) $$, 'a member of two workspaces compares passages of the workspace of the request');
select throws_ok($$ select 1 from public.more_like_this(pg_temp.chunk(1)) $$, 'PT404', 'No such passage.', 'and not those of the other one');
select tests.act_as_anon();
select throws_ok($$ select 1 from public.more_like_this(gen_random_uuid()) $$, '42501', 'permission denied for function more_like_this', 'anon finds nothing');

-- parts of compounds
select tests.act_as_owner();
insert into public.search_chunks (workspace_id, source_type, language, text)
select tests.workspace('a'), 'compound', 'de', t.text
from (values
  ('Donaudampfschifffahrtsgesellschaft Haftpflichtversicherungsvertrag Straßenverkehrsordnung Pumpe'),
  ('Die Pumpe läuft'),
  ('Eine Ordnung')) as t (text);
select tests.act_as('ann@a');
select set_has($$ select c.text from public.search_chunks as c join public.more_like_this((select l.id from public.search_chunks as l where l.text like 'Donau%')) as s on s.chunk_id = c.id $$,
  $$ values ('Die Pumpe läuft') $$, 'the words of a passage are compared, not the many parts of its compounds');

select * from finish();
rollback;
