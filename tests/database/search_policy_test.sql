-- Search runs as the owner of the tables. It must follow the policy of search_chunks: it finds exactly what a select returns to
-- the same user, and two tenants with the same documents do not affect each other.
begin;
select plan(20);

-- eight users in six workspaces at random, each workspace with the same documents, in different numbers
select count(setseed(0.42));
select count(tests.create_user('person ' || u)) from generate_series(1, 8) as u;
insert into public.workspaces (id, name) select tests.workspace('w' || w), 'W' || w from generate_series(1, 6) as w;
insert into public.workspace_members (workspace_id, user_id, role, display_name)
select tests.workspace('w' || w), tests.user_id('person ' || u), (array['employee', 'manager', 'admin'])[1 + (random() * 2)::integer]::public.app_role, 'P'
from generate_series(1, 6) as w, generate_series(1, 8) as u where random() < 0.4;
create function pg_temp.axis(n integer) returns extensions.vector language sql as
  $$ select (select json_agg(case when i = axis.n then 1 else 0.01 end order by i) from generate_series(1, 384) as i)::text::extensions.vector $$;
insert into public.documents (id, workspace_id, type, title)
select md5(format('policy %s %s', w, d))::uuid, tests.workspace('w' || w), 'pdf', 'D' || d from generate_series(1, 6) as w, generate_series(1, 2) as d;
insert into public.tags (document_id, tag) select md5(format('policy %s 1', w))::uuid, 'first' from generate_series(1, 6) as w;
insert into public.search_chunks (document_id, source_type, chunk_index, text, meta, embedding, embedding_model)
select md5(format('policy %s %s', w, d))::uuid, case when c % 2 = 0 then 'pdf' else 'api' end, c, 'shared secret ' || c, jsonb_build_object('n', c % 2),
  pg_temp.axis(1 + c), 'm'
from generate_series(1, 6) as w, generate_series(1, 2) as d, generate_series(1, 3 + w) as c;

-- passages that only search or only select returns to a user, for each kind of query
create function pg_temp.differences(persona text, out hits bigint, out leaked bigint, out missed bigint) language plpgsql as $$
begin
  perform tests.act_as(differences.persona);
  select count(x.sought), count(*) filter (where x.shown is null), count(*) filter (where x.sought is null)
  into hits, leaked, missed
  from (
    select a.id as shown, b.chunk_id as sought from (select c.id from public.search_chunks as c where c.text like 'shared secret%') as a
    full join public.search('secret', max_results => 100) as b on b.chunk_id = a.id
    union all
    select a.id, b.chunk_id from (select c.id from public.search_chunks as c where c.text like 'shared secret%') as a
    full join public.search('', pg_temp.axis(1), 'm', max_results => 100) as b on b.chunk_id = a.id
    union all
    select a.id, b.chunk_id from (
      select c.id from public.search_chunks as c join public.tags as g on g.document_id = c.document_id
      where c.text like 'shared secret%' and c.source_type = 'api' and c.meta @> '{"n": 1}' and g.tag = 'first') as a
    full join public.search('secret', pg_temp.axis(2), 'm', types => array['api'], metadata => '{"n": 1}', tags => array['first'], max_results => 100) as b
      on b.chunk_id = a.id
  ) as x;
  perform tests.act_as_owner();
end
$$;
grant execute on function pg_temp.axis(integer) to authenticated;
-- every member in every workspace of theirs
create function pg_temp.personas() returns table (number integer, persona text) language sql as $$
  select u, format('person %s@w%s', u, w) from generate_series(1, 8) as u, generate_series(1, 6) as w
  where exists (select from public.workspace_members as m where m.workspace_id = tests.workspace('w' || w) and m.user_id = tests.user_id('person ' || u))
$$;
select is((sum(d.leaked), sum(d.missed), min(d.hits) > 0), (0::numeric, 0::numeric, true), 'person ' || p.number || ' finds what the policy shows, in each workspace')
from pg_temp.personas() as p cross join lateral pg_temp.differences(p.persona) as d group by p.number order by p.number;
select cmp_ok((select count(distinct seen) from (select array_agg(m.workspace_id order by m.workspace_id) as seen from public.workspace_members as m
  where m.workspace_id in (select tests.workspace('w' || w) from generate_series(1, 6) as w) group by m.user_id) as s), '>=', 5::bigint,
  'they are in different workspaces');

-- workspaces with and without counts, large and small: the other branches of the function
insert into private.search_corpora (workspace_id, passages, mean_length) select tests.workspace('w' || w), 60000, 15 from generate_series(1, 6) as w;
insert into private.search_terms (workspace_id, lexeme, passages)
select tests.workspace('w' || w), l, 5000 from generate_series(1, 6) as w, unnest(array['share', 'secret']) as l;
-- the vector index is approximate, and many vectors are equal: it may miss a few
select ok(sum(d.leaked) = 0 and sum(d.missed) < sum(d.hits) / 20, 'so they do where workspaces are large and the indexes are used')
from pg_temp.personas() as p cross join lateral pg_temp.differences(p.persona) as d;
delete from private.search_corpora; delete from private.search_terms;

-- a member who leaves the workspace
insert into public.workspace_members (workspace_id, user_id, role, display_name)
select tests.workspace('w' || w), tests.user_id('person 2'), 'admin', 'P' from generate_series(1, 6) as w
on conflict (workspace_id, user_id) do update set role = 'admin';
delete from public.workspace_members where user_id = tests.user_id('person 1');
select is(tests.answer('person 1', 'select public.search(''secret'')'), E'PT404 The request has no workspace.\nSend the header x-workspace-id, or call switch_workspace and refresh the session.', 'who was removed from every workspace has none to search');
select is(tests.answer('person 1', 'select public.more_like_this(gen_random_uuid())'), tests.answer('person 1', 'select public.search(''secret'')'),
  'and none to compare passages in');
select is(array_agg(distinct tests.answer('person 1@w' || w, 'select public.search(''secret'')')), array[E'PT403 You do not belong to the workspace of the header x-workspace-id.\nThe table workspaces lists yours.'],
  'and is refused in each of them at once')
from generate_series(1, 6) as w;

-- two tenants with the same documents
create function pg_temp.lean(n integer) returns extensions.vector language sql as
  $$ select (select json_agg(case i when 1 then 1 when 2 then lean.n / 10.0 else 0 end order by i) from generate_series(1, 384) as i)::text::extensions.vector $$;
grant execute on function pg_temp.lean(integer) to authenticated;
select tests.create_user('ann');
select tests.create_user('bob');
insert into public.workspaces (id, name) values (tests.workspace('a'), 'A'), (tests.workspace('b'), 'B');
insert into public.workspace_members (workspace_id, user_id, role, display_name) values
  (tests.workspace('a'), tests.user_id('ann'), 'admin', 'Ann'), (tests.workspace('b'), tests.user_id('bob'), 'admin', 'Bob');
insert into public.documents (id, workspace_id, type, title)
values (md5('twin a')::uuid, tests.workspace('a'), 'pdf', 'Twin'), (md5('twin b')::uuid, tests.workspace('b'), 'pdf', 'Twin');
insert into public.search_chunks (document_id, source_type, chunk_index, text, embedding, embedding_model)
select d.id, 'pdf', c, 'identical sentence ' || c || (select string_agg(' detail' || w, '') from generate_series(1, c) as w), pg_temp.lean(c), 'm'
from unnest(array[md5('twin a')::uuid, md5('twin b')::uuid]) as d (id), generate_series(1, 20) as c;
create temporary table seen (who text, chunk_index integer, score real, text_rank integer, text_score real, vector_rank integer, similarity real, document_id uuid);
grant select, insert on seen to authenticated;
create function pg_temp.look(name text) returns void language plpgsql as $$
begin
  perform tests.act_as(format('%s@%s', look.name, left(look.name, 1)));
  insert into pg_temp.seen
  select look.name, s.chunk_index, s.score, s.text_rank, s.text_score, s.vector_rank, s.similarity, s.document_id
  from public.search('identical sentence 7', pg_temp.lean(3), 'm', max_results => 100) as s;
  perform tests.act_as_owner();
end
$$;
select count(pg_temp.look(w)) from unnest(array['ann', 'bob']) as w;
select results_eq($$ select who, document_id, count(*) from seen group by 1, 2 order by 1 $$,
  $$ values ('ann', md5('twin a')::uuid, 20::bigint), ('bob', md5('twin b')::uuid, 20::bigint) $$, 'each tenant finds all of its own passages and nothing else');
select bag_eq($$ select chunk_index, score, text_score, similarity from seen where who = 'ann' $$,
  $$ select chunk_index, score, text_score, similarity from seen where who = 'bob' $$, 'scores do not depend on words of others');
delete from public.search_chunks where document_id = md5('twin b')::uuid;
delete from seen;
select pg_temp.look('ann');
select is((select array_agg(round(score::numeric, 4) order by chunk_index) from seen), (
    select array_agg(round(((coalesce(21.0 / (20 + text_rank), 0) + coalesce(21.0 / (20 + vector_rank), 0)
        + coalesce(text_score / best_text, 0) + coalesce(similarity / nearest, 0)) / 4)::numeric, 4) order by chunk_index)
    from (select s.*, max(s.text_score) over () as best_text, max(s.similarity) over () as nearest from seen as s) as s),
  'the score is computed from the returned ranks and scores');
select is((select count(*) from seen), 20::bigint, 'deletes of another workspace change nothing');

-- rows of others are refused like rows that do not exist
select is(tests.answer('bob@a', 'select public.search(''x'')'), E'PT403 You do not belong to the workspace of the header x-workspace-id.\nThe table workspaces lists yours.', 'a workspace of others is refused');
select is(tests.answer('bob@nowhere', 'select public.search(''x'')'), tests.answer('bob@a', 'select public.search(''x'')'),
  'like one that does not exist');
select tests.act_as('bob@b');
select is_empty(format($$ select 1 from public.search('identical', document_ids => array[%L]::uuid[]) $$, md5('twin a')::uuid), 'a document of others is not found');

select * from finish();
rollback;
