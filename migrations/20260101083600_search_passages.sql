-- Search over passages: rankings by words and by vectors, fused. Full-text and vector operators are not leakproof, so under
-- row level security they could not use their indexes. Therefore search runs as the owner, limited to one workspace, for callers
-- that of their request, as the policy of search_chunks; a test compares both.

create table private.search_corpora (
  workspace_id uuid        not null,
  passages     integer     not null,
  counted_at   timestamptz not null default now(),
  constraint search_corpora_pkey primary key (workspace_id),
  constraint search_corpora_workspace_id_fkey foreign key (workspace_id) references public.workspaces (id) on delete cascade,
  constraint search_corpora_passages_not_negative check (passages >= 0)
);
comment on table private.search_corpora is 'Number of passages of workspaces with at least 500, at the last count. Decides how a workspace is searched.';
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
  'Number of passages that contain a word, for workspaces in search_corpora and words in at least ten passages or a thousandth of them. Rare words find passages, frequent ones only rank them.';
revoke all on table private.search_terms from public, anon, authenticated, service_role;

create function private.count_corpora() returns integer
language plpgsql volatile set search_path = ''
as $$
declare
  corpus  record;
  counted integer := 0;
begin
  delete from private.search_corpora as k
  where not exists (select from public.search_chunks as c where c.workspace_id = k.workspace_id);
  for corpus in
    select c.workspace_id, count(*)::integer as passages, least(1, 20000.0 / count(*)) as share
    from public.search_chunks as c
    left join private.search_corpora as k on k.workspace_id = c.workspace_id
    group by c.workspace_id, k.passages
    having count(*) >= 500 and (k.passages is null or abs(count(*) - k.passages) > k.passages * 0.1)
    order by c.workspace_id
  loop
    delete from private.search_terms as t where t.workspace_id = corpus.workspace_id;
    -- a sample of 20 000 passages
    insert into private.search_terms (workspace_id, lexeme, passages)
    select corpus.workspace_id, s.word, s.ndoc / corpus.share
    from ts_stat(format('select c.search from public.search_chunks as c where c.workspace_id = %L and (uuid_hash(c.id) & 65535) < %s',
      corpus.workspace_id, 65536 * corpus.share)) as s
    where s.ndoc / corpus.share >= greatest(10, corpus.passages / 1000);
    insert into private.search_corpora as k (workspace_id, passages)
    values (corpus.workspace_id, corpus.passages)
    on conflict on constraint search_corpora_pkey do update set passages = excluded.passages, counted_at = now();
    counted := counted + 1;
  end loop;
  return counted;
end
$$;
comment on function private.count_corpora() is
  'Run every two minutes: counts passages and words of workspaces with at least 500 passages whose number changed by more than a tenth. Returns the number of counted workspaces.';
select cron.schedule('count-corpora', '*/2 * * * *', 'select private.count_corpora()');

create type private.search_filter as (
  workspace_id   uuid,
  -- null: no filter
  document_ids   uuid[],
  types          text[],
  created_after  timestamptz,
  created_before timestamptz,
  metadata       jsonb,
  required       tsquery,
  -- a passage or a document to leave out
  other_than     uuid
);
comment on type private.search_filter is 'The filters of a search.';

-- Inlined by the planner, which drops the conditions of filters that are null.
create function private.matching_chunks(filter private.search_filter) returns table (
  id uuid, document_id uuid, search tsvector, embedding extensions.vector, indexed_embedding extensions.halfvec, embedding_model text,
  embedding_1024 extensions.vector, indexed_embedding_1024 extensions.halfvec, embedding_1024_model text
)
language sql stable
begin atomic
  select c.id, c.document_id, c.search, c.embedding, c.embedding::extensions.halfvec(384), c.embedding_model,
    c.embedding_1024, c.embedding_1024::extensions.halfvec(1024), c.embedding_1024_model
  from public.search_chunks as c
  where c.workspace_id = (matching_chunks.filter).workspace_id
    and ((matching_chunks.filter).document_ids is null or c.document_id = any ((matching_chunks.filter).document_ids))
    and ((matching_chunks.filter).types is null or c.source_type = any ((matching_chunks.filter).types))
    and ((matching_chunks.filter).created_after is null or c.created_at >= (matching_chunks.filter).created_after)
    and ((matching_chunks.filter).created_before is null or c.created_at < (matching_chunks.filter).created_before)
    and ((matching_chunks.filter).metadata is null or c.meta @> (matching_chunks.filter).metadata)
    and ((matching_chunks.filter).required is null or c.search @@ (matching_chunks.filter).required)
    and ((matching_chunks.filter).other_than is null
      or c.id <> (matching_chunks.filter).other_than and c.document_id is distinct from (matching_chunks.filter).other_than);
end;
comment on function private.matching_chunks(private.search_filter) is
  'Passages that match the filters of a search. Called by definer functions only, which set the workspace.';

create function private.corpus_size(workspace_id uuid) returns integer
language sql stable set search_path = '' set plan_cache_mode = 'force_custom_plan'
as $$
  select coalesce(
    (select k.passages from private.search_corpora as k where k.workspace_id = corpus_size.workspace_id),
    (select count(*)::integer from (
      select from public.search_chunks as c where c.workspace_id = corpus_size.workspace_id limit 20000) as few))
$$;
comment on function private.corpus_size(uuid) is 'Number of passages of a workspace, at the last count; without one, counted up to 20 000.';

create function private.weigh_words(lexemes text[], workspace_id uuid, corpus_size integer)
returns table (lexeme text, term tsquery, passages double precision, weight double precision, is_everywhere boolean)
language sql stable rows 10 set search_path = '' set plan_cache_mode = 'force_custom_plan'
as $$
  with size as (
    select greatest(weigh_words.corpus_size, 1)::double precision as passages,
      exists (select from private.search_corpora as k where k.workspace_id = weigh_words.workspace_id) as is_counted
  ), sample as materialized (
    -- for workspaces without a count
    select c.search from public.search_chunks as c
    where not (select z.is_counted from size as z) and c.workspace_id = weigh_words.workspace_id limit 2000
  ), counted as (
    select l.lexeme, quote_literal(l.lexeme)::tsquery as term,
      case when z.is_counted then coalesce((
          select t.passages from private.search_terms as t
          where t.workspace_id = weigh_words.workspace_id and t.lexeme = l.lexeme), greatest(10, z.passages / 1000) / 2)
        else (select count(*) from sample as s where s.search @@ quote_literal(l.lexeme)::tsquery) * greatest(1, z.passages / 2000)
      end as passages
    from unnest(weigh_words.lexemes) as l (lexeme) cross join size as z
    group by l.lexeme, z.is_counted, z.passages
  )
  -- idf as in BM25
  select c.lexeme, c.term, c.passages, ln((z.passages - least(c.passages, z.passages) + 0.5) / (c.passages + 0.5) + 1),
    c.passages > greatest(50, z.passages * 0.2)
  from counted as c cross join size as z
$$;
comment on function private.weigh_words(text[], uuid, integer) is
  'The approximate number of passages of a workspace that contain each word, and its weight (inverse document frequency). Called by definer functions only.';

create type private.search_words as (
  -- in order, without stop words
  lexemes text[],
  -- a passage with one of them ranks higher
  phrases tsquery[]
);
comment on type private.search_words is 'What a search by words looks for.';

create function private.rank_by_words(words private.search_words, filter private.search_filter, corpus_size integer, depth integer)
returns table (id uuid, document_id uuid, score real, place integer)
language plpgsql stable rows 100 set search_path = '' set plan_cache_mode = 'force_custom_plan'
as $$
declare
  terms   tsquery[];
  weights double precision[];
  finders tsquery[];
  finder  tsquery;
begin
  -- All words rank. In a large workspace only the rarest words select candidates, up to about 1500 passages: a passage without
  -- any of them would not rank high. If all words are frequent, candidates contain the four rarest, or else the rarest one.
  select array_agg(w.term order by w.place), array_agg(w.weight order by w.place),
    array[string_agg(w.term::text, ' | ') filter (where w.upto <= 1500)::tsquery]
  into terms, weights, finders
  from (
    select a.*, bool_and(a.is_everywhere) over () as are_all, row_number() over around as place, sum(a.passages) over around as upto
    from private.weigh_words((rank_by_words.words).lexemes, (rank_by_words.filter).workspace_id, rank_by_words.corpus_size) as a
    window around as (order by a.passages, a.term::text)
  ) as w
  -- a word in more than a fifth of the passages is left out beside rarer ones
  where w.are_all or not w.is_everywhere;
  if terms is null then
    return;
  end if;
  if finders[1] is null then
    finders := array[array_to_string(terms[1:4], ' & ')::tsquery, terms[1]];
  end if;

  foreach finder in array finders loop
    return query
    select r.id, r.document_id, r.value, row_number() over (order by r.value desc, r.id)::integer
    from (
      select f.id, f.document_id,
        ((select sum(ts_rank('{0.2,0,0.5,1}', f.search, u.term) * u.weight) from unnest(terms, weights) as u (term, weight))
          / ln(length(f.search) + 50)
          * (1 + (select count(*) from unnest((rank_by_words.words).phrases) as q (phrase) where f.search @@ q.phrase)))::real as value
      from (select p.* from private.matching_chunks(rank_by_words.filter) as p where p.search @@ finder limit 2000) as f
      order by value desc, f.id limit rank_by_words.depth
    ) as r;
    exit when found;
  end loop;
end
$$;
comment on function private.rank_by_words(private.search_words, private.search_filter, integer, integer) is
  'The best passages by words: ts_rank of each word times its weight, reduced for long passages, doubled for a phrase. Called by definer functions only.';

create function private.rank_by_meaning(
  vector extensions.vector, model text, filter private.search_filter, corpus_size integer, depth integer
) returns table (id uuid, document_id uuid, similarity real, place integer)
language plpgsql stable rows 100 set search_path = '' set plan_cache_mode = 'force_custom_plan'
as $$
declare
  -- The vector index also visits passages of others, the more the smaller the caller's share is. Up to about this number of
  -- passages, comparing all of them takes as long, and it misses none.
  scanned constant integer := greatest(10000, (select sqrt(6000 * greatest(k.reltuples, 0)) from pg_class as k
    where k.oid = 'public.search_chunks'::regclass))::integer;
  narrowed constant boolean := num_nonnulls((rank_by_meaning.filter).document_ids, (rank_by_meaning.filter).types,
    (rank_by_meaning.filter).created_after, (rank_by_meaning.filter).created_before, (rank_by_meaning.filter).metadata,
    (rank_by_meaning.filter).required) > 0;
  sorting  constant text := current_setting('enable_sort');
  is_small constant boolean := rank_by_meaning.corpus_size <= scanned or narrowed and (
    -- these rows are read from the table
    select count(*) from (select from private.matching_chunks(rank_by_meaning.filter) as p limit scanned / 2 + 1) as few) <= scanned / 2;
begin
  if not is_small then
    -- The index scan continues until enough rows pass the filters. Without sorts, the planner uses the index.
    perform set_config('hnsw.iterative_scan', 'relaxed_order', true), set_config('hnsw.ef_search', '200', true),
      set_config('enable_sort', 'off', true);
  end if;
  if extensions.vector_dims(rank_by_meaning.vector) = 384 and is_small then
    return query
    select l.id, l.document_id, (1 - l.distance)::real, row_number() over (order by l.distance, l.id)::integer
    from (
      select n.* from (
        select p.id, p.document_id, p.embedding operator(extensions.<=>) rank_by_meaning.vector as distance
        from private.matching_chunks(rank_by_meaning.filter) as p where p.embedding_model = rank_by_meaning.model
        offset 0 -- keeps the planner from using the index
      ) as n
      order by n.distance, n.id limit rank_by_meaning.depth
    ) as l where l.distance <= 1;
  elsif extensions.vector_dims(rank_by_meaning.vector) = 384 then
    return query
    select n.id, n.document_id, (1 - n.distance)::real, row_number() over (order by n.distance, n.id)::integer
    from (
      select p.id, p.document_id, p.embedding operator(extensions.<=>) rank_by_meaning.vector as distance
      from private.matching_chunks(rank_by_meaning.filter) as p where p.embedding_model = rank_by_meaning.model
      order by p.indexed_embedding operator(extensions.<=>) rank_by_meaning.vector::extensions.halfvec(384)
      limit rank_by_meaning.depth
    ) as n where n.distance <= 1
    order by n.distance, n.id;
  elsif is_small then
    return query
    select l.id, l.document_id, (1 - l.distance)::real, row_number() over (order by l.distance, l.id)::integer
    from (
      select n.* from (
        select p.id, p.document_id, p.embedding_1024 operator(extensions.<=>) rank_by_meaning.vector as distance
        from private.matching_chunks(rank_by_meaning.filter) as p where p.embedding_1024_model = rank_by_meaning.model
        offset 0
      ) as n
      order by n.distance, n.id limit rank_by_meaning.depth
    ) as l where l.distance <= 1;
  else
    return query
    select n.id, n.document_id, (1 - n.distance)::real, row_number() over (order by n.distance, n.id)::integer
    from (
      select p.id, p.document_id, p.embedding_1024 operator(extensions.<=>) rank_by_meaning.vector as distance
      from private.matching_chunks(rank_by_meaning.filter) as p where p.embedding_1024_model = rank_by_meaning.model
      order by p.indexed_embedding_1024 operator(extensions.<=>) rank_by_meaning.vector::extensions.halfvec(1024)
      limit rank_by_meaning.depth
    ) as n where n.distance <= 1
    order by n.distance, n.id;
  end if;
  perform set_config('enable_sort', sorting, true);
end
$$;
comment on function private.rank_by_meaning(extensions.vector, text, private.search_filter, integer, integer) is
  'The nearest passages by vectors of this model: by comparing all if that is fast enough, else through the index. Only those with a similarity of at least 0; none for a zero vector. Called by definer functions only.';

create function private.fuse_ranks(
  words private.search_words, vector extensions.vector, model text, filter private.search_filter, one_a_document boolean, wanted integer, skipped integer
) returns table (
  chunk_id uuid, score real, text_rank integer, text_score real, vector_rank integer, similarity real, highlight text
)
-- JIT compilation takes longer than these statements
language plpgsql stable rows 10 set search_path = '' set jit = off
as $$
declare
  -- The number of passages of each ranking to fuse; the same for every page, so that pages are consistent.
  depth constant integer := 100;
  corpus_size constant integer := private.corpus_size((fuse_ranks.filter).workspace_id);
begin
  return query
  with fused as (
    select coalesce(t.id, m.id) as id, coalesce(t.document_id, m.document_id) as document_id,
      (coalesce(1.0 / (20 + t.place), 0) + coalesce(1.0 / (20 + m.place), 0))::real as value,
      t.place as text_place, t.score as text_value, m.place as vector_place, m.similarity
    from private.rank_by_words(fuse_ranks.words, fuse_ranks.filter, corpus_size, depth) as t
    full join (
      select r.* from private.rank_by_meaning(fuse_ranks.vector, fuse_ranks.model, fuse_ranks.filter, corpus_size, depth) as r
      where fuse_ranks.vector is not null
    ) as m on m.id = t.id
  ), page as (
    select f.* from (
      select a.*, row_number() over (partition by a.document_id order by a.value desc, a.id) as of_document from fused as a
    ) as f
    where not fuse_ranks.one_a_document or f.of_document = 1 or f.document_id is null
    order by f.value desc, f.id
    limit least(greatest(coalesce(fuse_ranks.wanted, 10), 1), 100) offset least(greatest(coalesce(fuse_ranks.skipped, 0), 0), 1000)
  )
  select p.id, p.value, p.text_place, p.text_value, p.vector_place, p.similarity,
    -- Private-use characters replace HTML's special ones during highlighting, so that a match of "amp" does not break "&amp;".
    replace(replace(replace(
      private.mark_words(translate(c.text, '&<>', U&'\E000\E001\E002'), c.language, (fuse_ranks.words).lexemes,
        'StartSel=<mark>, StopSel=</mark>, MaxFragments=2, MaxWords=30, MinWords=15'),
      U&'\E000', '&amp;'), U&'\E001', '&lt;'), U&'\E002', '&gt;')
  from page as p join public.search_chunks as c on c.id = p.id
  order by p.value desc, p.id;
end
$$;
comment on function private.fuse_ranks(private.search_words, extensions.vector, text, private.search_filter, boolean, integer, integer) is
  'A page of the reciprocal rank fusion of both rankings, with matches highlighted. Called by definer functions only.';

create function private.read_search_filter(
  workspace_id uuid, document_ids uuid[], types text[], tags text[], created_after timestamptz, created_before timestamptz, metadata jsonb
) returns private.search_filter
language plpgsql stable set search_path = ''
as $$
declare
  filter private.search_filter;
begin
  filter.workspace_id := read_search_filter.workspace_id;
  filter.document_ids := nullif(read_search_filter.document_ids, '{}');
  if cardinality(read_search_filter.tags) > 0 then
    filter.document_ids := array(
      select distinct g.document_id from public.tags as g
      where g.workspace_id = filter.workspace_id and lower(g.tag) in (select lower(t.tag) from unnest(read_search_filter.tags) as t (tag))
        and (filter.document_ids is null or g.document_id = any (filter.document_ids)));
  end if;
  if cardinality(read_search_filter.types) > 0 then
    filter.types := read_search_filter.types || array(select lower(t.kind) from unnest(read_search_filter.types) as t (kind));
  end if;
  filter.created_after := read_search_filter.created_after;
  filter.created_before := read_search_filter.created_before;
  filter.metadata := nullif(read_search_filter.metadata, '{}');
  return filter;
end
$$;
comment on function private.read_search_filter(uuid, uuid[], text[], text[], timestamptz, timestamptz, jsonb) is
  'The filters of a search in one workspace. Called by definer functions only.';

create function private.require_question_vector(vector extensions.vector, model text) returns void
language plpgsql immutable set search_path = ''
as $$
begin
  if require_question_vector.vector is not null and coalesce(require_question_vector.model, '') = '' then
    raise exception using errcode = '22023', message = 'query_embedding requires embedding_model.',
      hint = 'embedding_status returns the model of a workspace.';
  end if;
  if require_question_vector.vector is not null and extensions.vector_dims(require_question_vector.vector) not in (384, 1024) then
    raise exception using errcode = '22023', message = 'query_embedding must have 384 or 1024 dimensions.',
      hint = 'Choose a model of that size.';
  end if;
end
$$;
comment on function private.require_question_vector(extensions.vector, text) is
  'Raises 22023 for a vector without its model or of another size than stored vectors. Called by definer functions only.';

create function private.corpus_languages(workspace_id uuid) returns text[]
language sql stable set search_path = '' set plan_cache_mode = 'force_custom_plan'
as $$
  -- one step in the index for each language
  with recursive known as (
    (select c.language from public.search_chunks as c where c.workspace_id = corpus_languages.workspace_id order by c.language limit 1)
    union all
    select (
      select c.language from public.search_chunks as c
      where c.workspace_id = corpus_languages.workspace_id and c.language > k.language order by c.language limit 1)
    from known as k where k.language is not null
  )
  -- en-US has the words of en
  select coalesce(array_agg(distinct lower(split_part(split_part(k.language, '-', 1), '_', 1))), '{und}')
  from (select k.language from known as k where k.language is not null limit 200) as k
$$;
comment on function private.corpus_languages(uuid) is 'The languages of the passages of a workspace. Called by definer functions only.';

create function private.read_phrases(question text, languages text[]) returns tsquery[]
language sql immutable set search_path = ''
as $$
  select array_agg(p.phrase)
  from (
    select private.phrase_query(m.found[1], read_phrases.languages) as phrase
    from regexp_matches(read_phrases.question, '"([^"]+)"', 'g') as m (found) limit 8) as p
  where numnode(p.phrase) > 1
$$;
comment on function private.read_phrases(text, text[]) is 'The phrases in quotation marks of more than one word, the first eight; null without one.';

create function private.without_exclusions(query text) returns text
language sql immutable set search_path = ''
as $$
  select regexp_replace(without_exclusions.query, '(?:^|\s)-(?:"[^"]+"|[[:alpha:]][^\s"]*)|("[^"]*")', ' \1', 'g')
$$;
comment on function private.without_exclusions(text) is 'A query with operators without what follows a minus.';

create function private.read_operators(query text, languages text[]) returns tsquery
language sql immutable set search_path = ''
as $$
  select string_agg('(' || r.condition || ')', ' & ')::tsquery
  from (
    -- -word and -"a phrase", outside of quotes
    select '!(' || p.phrase::text || ')' as condition
    from (
      select private.phrase_query(m.found[1], read_operators.languages) as phrase
      from regexp_matches(read_operators.query, '(?:^|\s)-("[^"]+"|[[:alpha:]][^\s"]*)|"[^"]*"', 'g') as m (found)) as p
    where numnode(p.phrase) > 0
    union all
    select q.phrase::text
    from unnest(private.read_phrases(private.without_exclusions(read_operators.query), read_operators.languages)) as q (phrase)) as r
$$;
comment on function private.read_operators(text, text[]) is
  'What a query with operators requires of a passage: its phrases in quotation marks, and none of what follows a minus. Null without operators.';

create function private.search_workspace(
  workspace_id uuid, query text, query_embedding extensions.vector, embedding_model text, document_ids uuid[], types text[],
  tags text[], created_after timestamptz, created_before timestamptz, metadata jsonb, max_results integer, page_offset integer,
  syntax text
) returns table (
  chunk_id uuid, score real, text_rank integer, text_score real, vector_rank integer, similarity real, highlight text
)
language plpgsql stable rows 10 set search_path = ''
as $$
declare
  question text := left(search_workspace.query, 5000);
  filter   private.search_filter;
  words    private.search_words;
  languages constant text[] := private.corpus_languages(search_workspace.workspace_id);
begin
  perform private.require_question_vector(search_workspace.query_embedding, search_workspace.embedding_model);
  filter := private.read_search_filter(workspace_id, document_ids, types, tags, created_after, created_before, metadata);
  if search_workspace.syntax = 'operators' then
    filter.required := private.read_operators(question, languages);
    question := private.without_exclusions(question);
  elsif coalesce(search_workspace.syntax, 'question') = 'question' then
    words.phrases := private.read_phrases(question, languages);
  else
    raise exception using errcode = '22023', message = 'syntax must be question or operators.';
  end if;
  words.lexemes := private.sought_words(question, languages);

  return query
  select f.* from private.fuse_ranks(words, query_embedding, embedding_model, filter, false, max_results, page_offset) as f;
end
$$;
comment on function private.search_workspace(uuid, text, extensions.vector, text, uuid[], text[], text[], timestamptz, timestamptz, jsonb, integer, integer, text) is
  'The ranks of public.search in one workspace. Called by definer functions only, which choose the workspace.';

create function private.find_workspace_passages(
  workspace_id uuid, question text, query_embedding extensions.vector, embedding_model text, max_results integer
) returns table (
  place integer, chunk_id uuid, score real, text text, heading text, page integer, meta jsonb, document_id uuid,
  artifact_id uuid, title text
)
language plpgsql stable rows 10 set search_path = ''
as $$
#variable_conflict use_column
begin
  if find_workspace_passages.max_results < 1
    or btrim(find_workspace_passages.question) = '' and find_workspace_passages.query_embedding is null
  then
    return;
  end if;
  return query
  select (row_number() over (order by s.score desc, s.chunk_id))::integer, s.chunk_id, s.score, c.text, c.heading, c.page, c.meta,
    c.document_id, a.id, coalesce(d.title, a.filename, c.heading)
  from private.search_workspace(find_workspace_passages.workspace_id, find_workspace_passages.question,
    find_workspace_passages.query_embedding, find_workspace_passages.embedding_model, null, null, null, null, null, null,
    find_workspace_passages.max_results, 0, 'question') as s
  join public.search_chunks as c on c.workspace_id = find_workspace_passages.workspace_id and c.id = s.chunk_id
  left join public.documents as d on d.workspace_id = c.workspace_id and d.id = c.document_id
  left join public.artifacts as a on a.workspace_id = d.workspace_id and a.id = d.artifact_id
  order by 1;
end
$$;
comment on function private.find_workspace_passages(uuid, text, extensions.vector, text, integer) is
  'The passages of one workspace for a question, best first; none for an empty one. Called by definer functions only, which choose the workspace.';

create function private.search(
  query text, query_embedding extensions.vector, embedding_model text, document_ids uuid[], types text[], tags text[],
  created_after timestamptz, created_before timestamptz, metadata jsonb, max_results integer, page_offset integer, syntax text
) returns table (
  chunk_id uuid, score real, text_rank integer, text_score real, vector_rank integer, similarity real, highlight text
)
language plpgsql stable rows 10 security definer set search_path = ''
as $$
begin
  return query
  select s.* from private.search_workspace(private.require_workspace(), query, query_embedding, embedding_model, document_ids,
    types, tags, created_after, created_before, metadata, max_results, page_offset, syntax) as s;
end
$$;
comment on function private.search(text, extensions.vector, text, uuid[], text[], text[], timestamptz, timestamptz, jsonb, integer, integer, text) is
  'Definer: full-text and vector operators use no index under row level security. Reads only the workspace of the request, like the policy of search_chunks. See public.search.';

create function public.search(
  query text, query_embedding extensions.vector default null, embedding_model text default null,
  document_ids uuid[] default null, types text[] default null, tags text[] default null,
  created_after timestamptz default null, created_before timestamptz default null, metadata jsonb default null,
  max_results integer default 10, page_offset integer default 0, syntax text default 'question'
) returns table (
  chunk_id uuid, score real, text_rank integer, text_score real, vector_rank integer, similarity real, highlight text,
  text text, heading text, source_type text, chunk_index integer, page integer, meta jsonb, document_workspace_id uuid,
  document_id uuid, document_title text, document_type text, artifact_id uuid, filename text
)
language sql stable rows 10
begin atomic
  -- A statement of its own: the join below may read no row, and then would not call the function that requires a workspace.
  select private.require_workspace();
  select s.chunk_id, s.score, s.text_rank, s.text_score, s.vector_rank, s.similarity, s.highlight,
    c.text, c.heading, c.source_type, c.chunk_index, c.page, c.meta, c.workspace_id,
    c.document_id, d.title, d.type, a.id, a.filename
  from private.search(query, query_embedding, embedding_model, document_ids, types, tags, created_after,
    created_before, metadata, max_results, page_offset, syntax) as s
  join public.search_chunks as c on c.id = s.chunk_id
  left join public.documents as d on d.id = c.document_id
  left join public.artifacts as a on a.id = d.artifact_id
  order by s.score desc, s.chunk_id;
end;
comment on function public.search(text, extensions.vector, text, uuid[], text[], text[], timestamptz, timestamptz, jsonb, integer, integer, text) is
  'Passages for a question, from the workspace of the request: the best 100 by words and the best 100 by vectors, fused by reciprocal ranks, 1 / (20 + rank) each. query_embedding is a vector of embedding_model, see search_model; without it, only words count. A "quoted phrase" ranks higher. With syntax operators, for a box that people search with, it is required, and -word excludes. Lists, dates and metadata (contained in meta) filter; an empty list does not. max_results is 1 to 100. highlight is HTML-safe, with <mark>. 22023 for a vector without its model or of another size and for another syntax, PT404 without a workspace.';

create function private.search_model() returns text
language plpgsql stable security definer set search_path = ''
as $$
declare
  workspace constant uuid := private.require_workspace();
begin
  return (select m.model from private.embedding_models as m where m.workspace_id = workspace);
end
$$;
comment on function private.search_model() is 'Definer: API roles have no rights on the models of workspaces. It reads the workspace of the request.';

create function public.search_model() returns text
language sql stable set search_path = ''
begin atomic
  select private.search_model();
end;
comment on function public.search_model() is
  'The embedding model of the workspace, for query_embedding of search. Null if nothing is embedded. PT404 without a workspace.';

revoke execute on function private.require_question_vector(extensions.vector, text), private.search_model(),
  public.search_model(), private.count_corpora(), private.matching_chunks(private.search_filter), private.corpus_size(uuid),
  private.weigh_words(text[], uuid, integer), private.rank_by_words(private.search_words, private.search_filter, integer, integer),
  private.rank_by_meaning(extensions.vector, text, private.search_filter, integer, integer),
  private.fuse_ranks(private.search_words, extensions.vector, text, private.search_filter, boolean, integer, integer),
  private.read_search_filter(uuid, uuid[], text[], text[], timestamptz, timestamptz, jsonb),
  private.corpus_languages(uuid), private.read_phrases(text, text[]), private.read_operators(text, text[]), private.without_exclusions(text),
  private.search_workspace(uuid, text, extensions.vector, text, uuid[], text[], text[], timestamptz, timestamptz, jsonb, integer, integer, text),
  private.find_workspace_passages(uuid, text, extensions.vector, text, integer),
  private.search(text, extensions.vector, text, uuid[], text[], text[], timestamptz, timestamptz, jsonb, integer, integer, text),
  public.search(text, extensions.vector, text, uuid[], text[], text[], timestamptz, timestamptz, jsonb, integer, integer, text)
  from public, anon, authenticated, service_role;
grant execute on function private.search_model(), public.search_model(),
  private.search(text, extensions.vector, text, uuid[], text[], text[], timestamptz, timestamptz, jsonb, integer, integer, text),
  public.search(text, extensions.vector, text, uuid[], text[], text[], timestamptz, timestamptz, jsonb, integer, integer, text)
  to authenticated;
