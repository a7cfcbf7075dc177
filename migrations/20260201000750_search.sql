-- Search over passages: the ranks by words and by meaning, fused. Full-text and vector operators are not leakproof, so
-- under row level security they could not use their indexes: the work runs as the owner, on the workspaces that the
-- policy of search_chunks would show the caller, and a test holds it to that policy.

create table private.search_corpora (
  workspace_id uuid        not null,
  passages     integer     not null,
  counted_at   timestamptz not null default now(),
  constraint search_corpora_pkey primary key (workspace_id),
  constraint search_corpora_workspace_id_fkey foreign key (workspace_id) references public.workspaces (id) on delete cascade,
  constraint search_corpora_passages_not_negative check (passages >= 0)
);
comment on table private.search_corpora is 'How many passages the larger workspaces have, as counted lately: decides between exact and indexed search.';
revoke all on table private.search_corpora from public, anon, authenticated, service_role;

create table private.search_terms (
  workspace_id uuid    not null,
  lexeme       text    not null,
  passages     integer not null,
  constraint search_terms_pkey primary key (workspace_id, lexeme),
  constraint search_terms_workspace_id_fkey foreign key (workspace_id) references public.workspaces (id) on delete cascade,
  constraint search_terms_lexeme_length check (char_length(lexeme) between 1 and 2046),
  constraint search_terms_passages_positive check (passages >= 1)
);
comment on table private.search_terms is
  'In how many passages of a larger workspace its frequent words are. Words that are not listed are rare: they find, the frequent ones only rank.';
revoke all on table private.search_terms from public, anon, authenticated, service_role;

create function private.count_corpora() returns integer
language plpgsql volatile set search_path = ''
as $$
declare
  corpus  record;
  counted integer := 0;
begin
  for corpus in
    select c.workspace_id, count(*)::integer as passages, k.passages as former
    from public.search_chunks as c
    left join private.search_corpora as k on k.workspace_id = c.workspace_id
    group by c.workspace_id, k.passages
    having count(*) >= 2000 and (k.passages is null or abs(count(*) - k.passages) > k.passages * 0.1)
    order by c.workspace_id
  loop
    delete from private.search_terms as t where t.workspace_id = corpus.workspace_id;
    insert into private.search_terms (workspace_id, lexeme, passages)
    select corpus.workspace_id, s.word, s.ndoc
    from ts_stat(format('select c.search from public.search_chunks as c where c.workspace_id = %L', corpus.workspace_id)) as s
    where s.ndoc >= 200;
    insert into private.search_corpora as k (workspace_id, passages)
    values (corpus.workspace_id, corpus.passages)
    on conflict on constraint search_corpora_pkey do update set passages = excluded.passages, counted_at = now();
    counted := counted + 1;
  end loop;
  return counted;
end
$$;
comment on function private.count_corpora() is
  'Run every ten minutes: counts the passages and the frequent words of workspaces with 2000 passages and more that grew or shrank by a tenth. Returns how many it counted.';
revoke execute on function private.count_corpora() from public, anon, authenticated, service_role;
select cron.schedule('count corpora', '*/10 * * * *', 'select private.count_corpora()');

create function private.search(
  query text, query_embedding extensions.vector, embedding_model text, workspace_id uuid, document_ids uuid[], types text[],
  tags text[], created_after timestamptz, created_before timestamptz, metadata jsonb, max_results integer, page_offset integer
) returns table (
  chunk_id uuid, score real, text_rank integer, text_score real, vector_rank integer, similarity real, highlight text
)
language plpgsql volatile security definer set search_path = '' set plan_cache_mode = 'force_custom_plan'
as $$
declare
  -- the policy of search_chunks: members read the passages of their workspaces
  scope    constant uuid[] := array(
    select w.id from private.my_workspace_ids() as w (id) where search.workspace_id is null or w.id = search.workspace_id);
  kinds    constant text[] := (select array_agg(lower(t.kind)) from unnest(search.types) as t (kind));
  labels   constant text[] := (select array_agg(lower(t.tag)) from unnest(search.tags) as t (tag));
  wanted   constant integer := least(greatest(coalesce(search.max_results, 10), 1), 100);
  skipped  constant integer := least(greatest(coalesce(search.page_offset, 0), 0), 1000);
  -- so many of each leg are ranked against each other
  depth    constant integer := greatest(100, wanted + skipped);
  corpus_size integer;
  lexemes  text[];
  terms    tsquery[];
  known    integer[];
  finders  tsquery;
  near_ids uuid[];
  near_similarities real[];
begin
  if search.workspace_id is not null and cardinality(scope) = 0 then
    raise exception using errcode = 'PT404', message = 'No such workspace.', hint = 'Choose one you belong to.';
  end if;
  if search.query_embedding is not null and coalesce(search.embedding_model, '') = '' then
    raise exception using errcode = '22023', message = 'A vector comes with the name of its model.',
      hint = 'embedding_status tells which one a workspace uses.';
  end if;
  if search.query_embedding is not null and extensions.vector_dims(search.query_embedding) not in (384, 1024) then
    raise exception using errcode = '22023', message = 'Vectors have 384 or 1024 dimensions.', hint = 'Choose a model of that size.';
  end if;
  select coalesce(sum(coalesce(k.passages, (
      select count(*) from (select from public.search_chunks as c where c.workspace_id = w.id limit 4000) as few))), 0)
  into corpus_size
  from unnest(scope) as w (id) left join private.search_corpora as k on k.workspace_id = w.id;

  -- Words. Every one of them ranks; in a large workspace only the rarest find, about 1500 passages in all: what has none
  -- of them would not come to the top.
  select array_agg(w.lexeme order by w.passages, w.lexeme), array_agg(quote_literal(w.lexeme)::tsquery order by w.passages, w.lexeme),
    array_agg(w.passages order by w.passages, w.lexeme)
  into lexemes, terms, known
  from (
    select l.lexeme, coalesce(sum(t.passages), 0)::integer as passages
    from (select u.lexeme from unnest(to_tsvector('english', left(search.query, 5000))) as u order by u.positions[1] limit 32) as l
    left join private.search_terms as t on t.workspace_id = any (scope) and t.lexeme = l.lexeme
    group by l.lexeme
  ) as w;
  select string_agg(quote_literal(f.lexeme), ' | ')::tsquery into finders
  from (
    select u.lexeme, sum(greatest(u.passages, 100)) over (order by u.passages, u.place) - greatest(u.passages, 100) as before
    from unnest(lexemes, known) with ordinality as u (lexeme, passages, place)
  ) as f
  where corpus_size < 4000 or f.before < 1500;

  -- Meaning. A small workspace is scanned, which finds all; a large one through the index, which goes on until enough
  -- rows pass the filters.
  if search.query_embedding is not null and extensions.vector_dims(search.query_embedding) = 384
    and (corpus_size <= 3000 or search.document_ids is not null)
  then
    select array_agg(n.id order by n.distance, n.id), array_agg((1 - n.distance)::real order by n.distance, n.id)
    into near_ids, near_similarities
    from (
      select e.id, e.distance from (
        select c.id, c.embedding operator(extensions.<=>) search.query_embedding as distance
        from public.search_chunks as c
        where c.workspace_id = any (scope)
        and (search.document_ids is null or c.document_id = any (search.document_ids))
        and (kinds is null or c.source_type = any (kinds))
        and (labels is null or exists (
          select from public.tags as g
          where g.workspace_id = c.workspace_id and g.document_id = c.document_id and lower(g.tag) = any (labels)))
        and (search.created_after is null or c.created_at >= search.created_after)
        and (search.created_before is null or c.created_at < search.created_before)
        and (search.metadata is null or c.meta @> search.metadata)
          and c.embedding_model = search.embedding_model
        offset 0 -- or the planner would walk the index
      ) as e
      order by e.distance, e.id limit depth
    ) as n;
  elsif search.query_embedding is not null and extensions.vector_dims(search.query_embedding) = 384 then
    perform set_config('hnsw.iterative_scan', 'relaxed_order', true), set_config('hnsw.ef_search', '250', true);
    select array_agg(n.id order by n.distance, n.id), array_agg((1 - n.distance)::real order by n.distance, n.id)
    into near_ids, near_similarities
    from (
      select c.id, c.embedding operator(extensions.<=>) search.query_embedding as distance
      from public.search_chunks as c
      where c.workspace_id = any (scope)
      and (search.document_ids is null or c.document_id = any (search.document_ids))
      and (kinds is null or c.source_type = any (kinds))
      and (labels is null or exists (
        select from public.tags as g
        where g.workspace_id = c.workspace_id and g.document_id = c.document_id and lower(g.tag) = any (labels)))
      and (search.created_after is null or c.created_at >= search.created_after)
      and (search.created_before is null or c.created_at < search.created_before)
      and (search.metadata is null or c.meta @> search.metadata)
        and c.embedding_model = search.embedding_model
      order by c.embedding operator(extensions.<=>) search.query_embedding limit depth
    ) as n;
  elsif search.query_embedding is not null and (corpus_size <= 3000 or search.document_ids is not null) then
    select array_agg(n.id order by n.distance, n.id), array_agg((1 - n.distance)::real order by n.distance, n.id)
    into near_ids, near_similarities
    from (
      select e.id, e.distance from (
        select c.id, c.embedding_1024 operator(extensions.<=>) search.query_embedding as distance
        from public.search_chunks as c
        where c.workspace_id = any (scope)
        and (search.document_ids is null or c.document_id = any (search.document_ids))
        and (kinds is null or c.source_type = any (kinds))
        and (labels is null or exists (
          select from public.tags as g
          where g.workspace_id = c.workspace_id and g.document_id = c.document_id and lower(g.tag) = any (labels)))
        and (search.created_after is null or c.created_at >= search.created_after)
        and (search.created_before is null or c.created_at < search.created_before)
        and (search.metadata is null or c.meta @> search.metadata)
          and c.embedding_1024_model = search.embedding_model
        offset 0 -- or the planner would walk the index
      ) as e
      order by e.distance, e.id limit depth
    ) as n;
  elsif search.query_embedding is not null then
    perform set_config('hnsw.iterative_scan', 'relaxed_order', true), set_config('hnsw.ef_search', '250', true);
    select array_agg(n.id order by n.distance, n.id), array_agg((1 - n.distance)::real order by n.distance, n.id)
    into near_ids, near_similarities
    from (
      select c.id, c.embedding_1024 operator(extensions.<=>) search.query_embedding as distance
      from public.search_chunks as c
      where c.workspace_id = any (scope)
      and (search.document_ids is null or c.document_id = any (search.document_ids))
      and (kinds is null or c.source_type = any (kinds))
      and (labels is null or exists (
        select from public.tags as g
        where g.workspace_id = c.workspace_id and g.document_id = c.document_id and lower(g.tag) = any (labels)))
      and (search.created_after is null or c.created_at >= search.created_after)
      and (search.created_before is null or c.created_at < search.created_before)
      and (search.metadata is null or c.meta @> search.metadata)
        and c.embedding_1024_model = search.embedding_model
      order by c.embedding_1024 operator(extensions.<=>) search.query_embedding limit depth
    ) as n;
  end if;

  return query
  with found as materialized (
    select c.id, length(s.lexemes) as words,
      array(select ts_rank('{0,0,0.5,1}', s.lexemes, u.term) from unnest(terms) with ordinality as u (term, place) order by u.place) as ranks
    from public.search_chunks as c
    -- a copy, so that the stored one is unpacked once and not for every word
    cross join lateral (select c.search || ''::tsvector as lexemes offset 0) as s
    where c.workspace_id = any (scope)
      and (search.document_ids is null or c.document_id = any (search.document_ids))
      and (kinds is null or c.source_type = any (kinds))
      and (labels is null or exists (
        select from public.tags as g
        where g.workspace_id = c.workspace_id and g.document_id = c.document_id and lower(g.tag) = any (labels)))
      and (search.created_after is null or c.created_at >= search.created_after)
      and (search.created_before is null or c.created_at < search.created_before)
      and (search.metadata is null or c.meta @> search.metadata)
      and c.search @@ finders
  ), weighted as (
    -- idf as in BM25; a word that is nearly everywhere says nothing
    select array_agg(case when d.passages > 50 and d.passages > search_size.passages * 0.2 then 0
      else ln((search_size.passages - d.passages + 0.5) / (d.passages + 0.5) + 1) end order by d.place) as weights
    from (select greatest(corpus_size, 1)::double precision as passages) as search_size
    cross join lateral (
      select u.place, case when corpus_size < 4000
        then (select count(*) from found as f where f.ranks[u.place] > 0) else greatest(u.passages, 1) end as passages
      from unnest(known) with ordinality as u (passages, place)
    ) as d
  ), by_words as (
    select r.id, r.value, row_number() over (order by r.value desc, r.id)::integer as place
    from (
      select f.id, ((select sum(u.rank * u.weight) from unnest(f.ranks, w.weights) as u (rank, weight)) / ln(f.words + 50))::real as value
      from found as f cross join weighted as w
    ) as r
    where r.value > 0
    order by r.value desc, r.id limit depth
  ), by_meaning as (
    select u.id, u.similarity, u.place::integer from unnest(near_ids, near_similarities) with ordinality as u (id, similarity, place)
  ), fused as (
    select coalesce(t.id, m.id) as id, (coalesce(1.0 / (20 + t.place), 0) + coalesce(1.0 / (20 + m.place), 0))::real as value,
      t.place as text_place, t.value as text_value, m.place as vector_place, m.similarity
    from by_words as t full join by_meaning as m on m.id = t.id
    order by value desc, 1 limit wanted offset skipped
  )
  select f.id, f.value, f.text_place, f.text_value, f.vector_place, f.similarity,
    ts_headline('english', replace(replace(replace(c.text, '&', '&amp;'), '<', '&lt;'), '>', '&gt;'),
      coalesce(array_to_string(terms, ' | '), quote_literal(' '))::tsquery, 'StartSel=<mark>, StopSel=</mark>, MaxFragments=2, MaxWords=30, MinWords=10')
  from fused as f join public.search_chunks as c on c.id = f.id
  order by f.value desc, f.id;
end
$$;
comment on function private.search(text, extensions.vector, text, uuid, uuid[], text[], text[], timestamptz, timestamptz, jsonb, integer, integer) is
  'Definer: full-text and vector operators use no index under row level security. Looks only at workspaces of the caller, as the policy of search_chunks does. See public.search.';

create function public.search(
  query text, query_embedding extensions.vector default null, embedding_model text default null, workspace_id uuid default null,
  document_ids uuid[] default null, types text[] default null, tags text[] default null,
  created_after timestamptz default null, created_before timestamptz default null, metadata jsonb default null,
  max_results integer default 10, page_offset integer default 0
) returns table (
  chunk_id uuid, score real, text_rank integer, text_score real, vector_rank integer, similarity real, highlight text,
  text text, heading text, source_type text, chunk_index integer, page integer, meta jsonb, document_workspace_id uuid,
  document_id uuid, document_title text, document_type text, artifact_id uuid, filename text
)
language sql volatile set search_path = ''
begin atomic
  select s.chunk_id, s.score, s.text_rank, s.text_score, s.vector_rank, s.similarity, s.highlight,
    c.text, c.heading, c.source_type, c.chunk_index, c.page, c.meta, c.workspace_id,
    c.document_id, d.title, d.type, a.id, a.filename
  from private.search(query, query_embedding, embedding_model, workspace_id, document_ids, types, tags, created_after,
    created_before, metadata, max_results, page_offset) as s
  join public.search_chunks as c on c.id = s.chunk_id
  left join public.documents as d on d.id = c.document_id
  left join public.artifacts as a on a.id = d.artifact_id
  order by s.score desc, s.chunk_id;
end;
comment on function public.search(text, extensions.vector, text, uuid, uuid[], text[], text[], timestamptz, timestamptz, jsonb, integer, integer) is
  'Passages that fit a question, from all workspaces of the caller or one: the best 100 by words and the best 100 by meaning, fused by reciprocal ranks, 1 / (20 + rank) each. query_embedding is a vector of embedding_model, which embedding_status names; without one, words alone. types, tags and metadata narrow it. max_results 1 to 100, page_offset to 1000. highlight is HTML-safe, with <mark>. 22023 for a vector without its model or of another size, PT404 for a workspace of others.';

revoke execute on function private.search(text, extensions.vector, text, uuid, uuid[], text[], text[], timestamptz, timestamptz, jsonb, integer, integer),
  public.search(text, extensions.vector, text, uuid, uuid[], text[], text[], timestamptz, timestamptz, jsonb, integer, integer)
  from public, anon, authenticated, service_role;
grant execute on function private.search(text, extensions.vector, text, uuid, uuid[], text[], text[], timestamptz, timestamptz, jsonb, integer, integer),
  public.search(text, extensions.vector, text, uuid, uuid[], text[], text[], timestamptz, timestamptz, jsonb, integer, integer)
  to authenticated;
