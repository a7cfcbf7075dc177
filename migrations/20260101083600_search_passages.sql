-- Search over passages: rankings by words and by vectors, fused. Full-text and vector operators are not leakproof, so under
-- row level security they could not use their indexes. Therefore search runs as the owner, limited to one workspace, for callers
-- that of their request, as the policy of search_chunks; a test compares both.

create table private.search_corpora (
  workspace_id uuid        not null,
  passages     integer     not null,
  mean_length  real        not null,
  counted_at   timestamptz not null default now(),
  constraint search_corpora_pkey primary key (workspace_id),
  constraint search_corpora_workspace_id_fkey foreign key (workspace_id) references public.workspaces (id) on delete cascade,
  constraint search_corpora_passages_not_negative check (passages >= 0),
  constraint search_corpora_mean_length_not_negative check (mean_length >= 0)
);
comment on table private.search_corpora is 'Number and length of the passages of workspaces with at least 500, at the last count. Decides how a workspace is searched.';
comment on column private.search_corpora.mean_length is 'Average bytes of heading and text. In bytes, because Postgres knows them without reading a long text.';
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
  'Number of passages that contain a word, for workspaces in search_corpora and words in about as many as private.frequent_from says. Rarer words are counted in the index when a question has them.';
revoke all on table private.search_terms from public, anon, authenticated, service_role;

create table private.search_changes (
  id           bigint  not null generated always as identity,
  workspace_id uuid    not null,
  passages     integer not null,
  constraint search_changes_pkey primary key (id),
  constraint search_changes_workspace_id_fkey foreign key (workspace_id) references public.workspaces (id) on delete cascade,
  constraint search_changes_passages_positive check (passages >= 1)
);
comment on table private.search_changes is
  'Passages that were added, deleted or rewritten since the last count of their workspace. Every statement adds a row of its own, so that no writer waits for another.';
create index search_changes_workspace_id_idx on private.search_changes (workspace_id);
comment on index private.search_changes_workspace_id_idx is 'Changes of a workspace.';
revoke all on table private.search_changes from public, anon, authenticated, service_role;

create function private.record_search_changes() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
  insert into private.search_changes (workspace_id, passages)
  select c.workspace_id, count(*) from changed as c
  join public.workspaces as w on w.id = c.workspace_id -- passages are deleted with their workspace, too
  group by c.workspace_id;
  return null;
end
$$;
comment on function private.record_search_changes() is
  'After insert or delete of passages: records their number for the next count. Definer: API roles have no rights on it.';

create function private.record_search_change() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
  insert into private.search_changes (workspace_id, passages) values (new.workspace_id, 1);
  return null;
end
$$;
comment on function private.record_search_change() is
  'After the words of a passage changed: records it for the next count. Definer: API roles have no rights on it.';
revoke execute on function private.record_search_changes(), private.record_search_change() from public, anon, authenticated, service_role;

create trigger search_chunks_record_changes_on_insert after insert on public.search_chunks
  referencing new table as changed for each statement execute function private.record_search_changes();
create trigger search_chunks_record_changes_on_delete after delete on public.search_chunks
  referencing old table as changed for each statement execute function private.record_search_changes();
-- For each row, as its condition spares the statements that store vectors.
create trigger search_chunks_record_change_on_update after update of text, heading on public.search_chunks
  for each row when (new.text <> old.text or new.heading is distinct from old.heading) execute function private.record_search_change();

create function private.frequent_from(passages integer) returns integer
language sql immutable set search_path = ''
as $$
  select greatest(10, frequent_from.passages / 4000)
$$;
comment on function private.frequent_from(integer) is
  'The number of passages from which on a word of a workspace of this size is counted ahead: at least five in a sample of 20 000.';

create function private.count_corpus(workspace_id uuid) returns void
language plpgsql volatile set search_path = ''
as $$
declare
  sampled constant integer := 20000;
  start   constant uuid := gen_random_uuid();
  size    constant integer := (select count(*) from public.search_chunks as c where c.workspace_id = count_corpus.workspace_id);
  share   constant double precision := least(1, sampled::double precision / greatest(size, 1));
  mean    double precision;
begin
  delete from private.search_terms as t where t.workspace_id = count_corpus.workspace_id;
  delete from private.search_corpora as k where k.workspace_id = count_corpus.workspace_id;
  if size < 500 then
    return;
  end if;
  -- Ids are random: those that follow a random one, and from the first again, are a sample, of which the index knows the rows.
  select avg(s.bytes) into mean
  from (
    (select octet_length(c.text) + coalesce(octet_length(c.heading), 0) as bytes from public.search_chunks as c
      where c.workspace_id = count_corpus.workspace_id and c.id >= start order by c.id limit sampled)
    union all
    (select octet_length(c.text) + coalesce(octet_length(c.heading), 0) from public.search_chunks as c
      where c.workspace_id = count_corpus.workspace_id and c.id < start order by c.id limit sampled)
    limit sampled
  ) as s;
  insert into private.search_terms (workspace_id, lexeme, passages)
  select count_corpus.workspace_id, s.word, s.ndoc / share
  from ts_stat(format(
    '(select c.search from public.search_chunks as c where c.workspace_id = %1$L and c.id >= %2$L order by c.id limit %3$s)
     union all
     (select c.search from public.search_chunks as c where c.workspace_id = %1$L and c.id < %2$L order by c.id limit %3$s)
     limit %3$s', count_corpus.workspace_id, start, sampled)) as s
  where s.ndoc / share >= private.frequent_from(size);
  insert into private.search_corpora (workspace_id, passages, mean_length)
  values (count_corpus.workspace_id, size, mean);
end
$$;
comment on function private.count_corpus(uuid) is
  'Counts the passages and the frequent words of a workspace, these in a sample of 20 000 passages. Forgets those of a workspace with fewer than 500: they are counted when a question is asked.';

create function private.count_corpora() returns integer
language plpgsql volatile set search_path = ''
as $$
declare
  deadline constant timestamptz := clock_timestamp() + interval '30 seconds';
  changed  record;
  written  bigint;
  size     integer;
  counted  integer := 0;
begin
  for changed in
    select h.workspace_id from private.search_changes as h group by h.workspace_id order by min(h.id)
  loop
    exit when clock_timestamp() > deadline;
    -- A statement of its own: what is counted below includes all that these rows record.
    with folded as (
      delete from private.search_changes as h where h.workspace_id = changed.workspace_id returning h.passages
    )
    select sum(f.passages) into written from folded as f;
    continue when written is null; -- another run counted them
    size := (select k.passages from private.search_corpora as k where k.workspace_id = changed.workspace_id);
    if size is null then
      size := (select count(*) from (
        select from public.search_chunks as c where c.workspace_id = changed.workspace_id limit 500) as few);
      continue when size < 500;
      size := 0;
    end if;
    if written > size * 0.1 then
      perform private.count_corpus(changed.workspace_id);
      counted := counted + 1;
    else
      insert into private.search_changes (workspace_id, passages) values (changed.workspace_id, written);
    end if;
  end loop;
  return counted;
end
$$;
comment on function private.count_corpora() is
  'Run every two minutes, for about 30 seconds at most: counts the workspaces with at least 500 passages of which a tenth was added, deleted or rewritten since their last count. Returns their number.';
select cron.schedule('count-corpora', '*/2 * * * *', 'select private.count_corpora()');

create function private.compare_corpora() returns integer
language plpgsql volatile set search_path = ''
as $$
declare
  found integer;
begin
  insert into private.search_changes (workspace_id, passages)
  select c.workspace_id, count(*) from public.search_chunks as c
  left join private.search_corpora as k on k.workspace_id = c.workspace_id
  group by c.workspace_id, k.passages
  having count(*) >= 500 and (k.passages is null or abs(count(*) - k.passages) > k.passages * 0.1);
  get diagnostics found = row_count;
  return found;
end
$$;
comment on function private.compare_corpora() is
  'Run every night: has workspaces counted whose number of passages differs from their count, because rows were loaded without triggers. Returns their number.';
select cron.schedule('compare-corpora', '17 3 * * *', 'select private.compare_corpora()');

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
  id uuid, document_id uuid, search tsvector, length integer, has_heading boolean, embedding extensions.vector, indexed_embedding extensions.halfvec, embedding_model text,
  embedding_1024 extensions.vector, indexed_embedding_1024 extensions.halfvec, embedding_1024_model text
)
language sql stable
begin atomic
  select c.id, c.document_id, c.search, octet_length(c.text) + coalesce(octet_length(c.heading), 0), c.heading is not null, c.embedding, c.embedding::extensions.halfvec(384), c.embedding_model,
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

create function private.corpus_of(workspace_id uuid) returns private.search_corpora
language sql stable set search_path = '' set plan_cache_mode = 'force_custom_plan'
as $$
  select k from private.search_corpora as k where k.workspace_id = corpus_of.workspace_id
  union all
  select row(corpus_of.workspace_id, coalesce(n.passages, 0), coalesce(m.length, 0), null)::private.search_corpora
  from (
    select count(*) as passages from (
      select from public.search_chunks as c where c.workspace_id = corpus_of.workspace_id limit 20000) as few
  ) as n, (
    select avg(few.bytes) as length from (
      select octet_length(c.text) + coalesce(octet_length(c.heading), 0) as bytes
      from public.search_chunks as c where c.workspace_id = corpus_of.workspace_id limit 2000) as few
  ) as m
  limit 1
$$;
comment on function private.corpus_of(uuid) is
  'Number and length of the passages of a workspace, at the last count; without one, counted up to 20 000, and counted_at is null.';

create function private.weigh_words(lexemes text[], corpus private.search_corpora)
returns table (lexeme text, term tsquery, passages double precision, weight double precision)
language sql stable rows 10 set search_path = '' set plan_cache_mode = 'force_custom_plan'
as $$
  with sample as materialized (
    -- for workspaces without a count
    select c.search from public.search_chunks as c
    where (weigh_words.corpus).counted_at is null and c.workspace_id = (weigh_words.corpus).workspace_id limit 2000
  ), counted as (
    select l.lexeme, l.times, private.quote_lexeme(l.lexeme)::tsquery as term,
      case when (weigh_words.corpus).counted_at is null then (
          select count(*) from sample as s where s.search @@ private.quote_lexeme(l.lexeme)::tsquery
        ) * greatest(1, (weigh_words.corpus).passages / 2000.0)
      else coalesce(
        (select t.passages from private.search_terms as t
          where t.workspace_id = (weigh_words.corpus).workspace_id and t.lexeme = l.lexeme),
        (select count(*) from (
          select from public.search_chunks as c
          where c.workspace_id = (weigh_words.corpus).workspace_id and c.search @@ private.quote_lexeme(l.lexeme)::tsquery
          limit private.frequent_from((weigh_words.corpus).passages)) as few))
      end as passages
    from (
      select a.lexeme, count(*) as times from unnest(weigh_words.lexemes) as a (lexeme) group by a.lexeme
    ) as l
  )
  select c.lexeme, c.term, c.passages,
    c.times * ln((z.passages - least(c.passages, z.passages) + 0.5) / (c.passages + 0.5) + 1)
  from counted as c cross join (select greatest((weigh_words.corpus).passages, 1)::double precision as passages) as z
$$;
comment on function private.weigh_words(text[], private.search_corpora) is
  'The number of passages of a workspace that contain each word, and its weight: the inverse document frequency of BM25, for each time that the word is given. Called by definer functions only.';

create type private.search_words as (
  -- in order, without stop words; one that is asked for twice is given twice
  lexemes text[],
  -- a passage with one of them ranks higher
  phrases tsquery[]
);
comment on type private.search_words is 'What a search by words looks for.';

-- Inlined by the planner, which drops the conditions that are null.
create function private.score_passages(
  filter private.search_filter, finder tsquery, spared tsquery, ids uuid[], terms tsquery[], weights double precision[], phrases tsquery[],
  mean_length double precision, most integer
) returns table (id uuid, document_id uuid, score double precision)
language sql stable
begin atomic
  select f.id, f.document_id,
    (
      -- ts_rank of one word with equal weights is 1/1 + 1/4 + 1/9 … for its occurrences, as a share x of the whole series, which
      -- is pi * pi / 6 or 1.645. So (1 / (1 - x) - 1) / 1.645 is nearly their number n: 0.94, 1.92, 2.91 … The weight of the word
      -- is multiplied with 1 - k / (n + k), which BM25 writes as n / (n + k).
      -- A part of a compound or of a code, of weight D, counts as a third of an occurrence.
      select 2.5 * sum(u.weight * (1 - f.k / (1 / (1 - ts_rank('{0.6,1,1,1}', f.search, u.term)::double precision)
        + case when f.has_heading then 1 / (1 - ts_rank('{0,0,0,1}', f.search, u.term)::double precision) else 1 end - 2 + f.k)))
      from unnest(score_passages.terms, score_passages.weights) as u (term, weight)
    ) * (1 + (select count(*) from unnest(score_passages.phrases) as q (phrase) where f.search @@ q.phrase))
  from (
    select p.id, p.document_id, p.search, p.has_heading,
      1.6449340668 * 1.5 * (0.4 + 0.6 * p.length / greatest(score_passages.mean_length, 1)) as k
    from private.matching_chunks(score_passages.filter) as p
    where (score_passages.finder is null or p.search @@ score_passages.finder)
      and (score_passages.spared is null or not p.search @@ score_passages.spared)
      and (score_passages.ids is null or p.id = any (score_passages.ids))
    limit score_passages.most
  ) as f;
end;
comment on function private.score_passages(private.search_filter, tsquery, tsquery, uuid[], tsquery[], double precision[], tsquery[], double precision, integer) is
  'BM25 with k1 1.5 and b 0.6 of the first passages that match; a word in the heading counts twice, a phrase doubles the score. Called by definer functions only.';

create function private.rank_by_words(
  words private.search_words, filter private.search_filter, corpus private.search_corpora, depth integer, others uuid[]
) returns table (id uuid, document_id uuid, score real, place integer)
language plpgsql stable rows 200 set search_path = '' set plan_cache_mode = 'force_custom_plan'
as $$
declare
  -- About the number of passages to score, fewer for more words. Up to twice as many are read, in the order of the table, as the
  -- estimates below may be too low.
  most     constant integer := greatest(1200, least(2500, 16000 / greatest(cardinality((rank_by_words.words).lexemes), 1)));
  narrowed constant boolean := num_nonnulls((rank_by_words.filter).document_ids, (rank_by_words.filter).types,
    (rank_by_words.filter).created_after, (rank_by_words.filter).created_before, (rank_by_words.filter).metadata,
    (rank_by_words.filter).required) > 0;
  is_small constant boolean := (rank_by_words.corpus).passages <= most or narrowed and (
    select count(*) from (select from private.matching_chunks(rank_by_words.filter) as p limit most + 1) as few) <= most;
  terms    tsquery[];
  weights  double precision[];
  finder   tsquery;
  filler   tsquery;
begin
  -- All words score. Where that is too much to read, passages are found by the rarest words, and by pairs of the others that few
  -- passages should contain; a passage without any of them would not rank high. If these are fewer than wanted, passages
  -- with the rarest of the other words fill the ranking.
  with weighed as (
    select a.term, a.weight, a.passages, row_number() over around as place, is_small or sum(a.passages) over around <= most as is_rare
    from private.weigh_words((rank_by_words.words).lexemes, rank_by_words.corpus) as a
    where a.weight > 0
    window around as (order by a.passages, a.term::text)
  ), frequent as (
    select w.* from weighed as w where not w.is_rare order by w.place limit 8
  ), pairs as (
    select format('%s & %s', a.term, b.term) as pair,
      -- words of one subject come together more often than by chance
      sum(3 * a.passages * b.passages / (rank_by_words.corpus).passages) over (order by a.passages * b.passages, a.place, b.place)
        + (select coalesce(sum(r.passages), 0) from weighed as r where r.is_rare) as upto
    from frequent as a join frequent as b on b.place > a.place
  )
  select array_agg(w.term order by w.place), array_agg(w.weight order by w.place),
    coalesce(
      (select string_agg(f.found, ' | ') from (
        select r.term::text as found from weighed as r where r.is_rare
        union all
        select p.pair from pairs as p where p.upto <= most) as f),
      (select string_agg(f.term::text, ' & ') from frequent as f where f.place <= 4))::tsquery,
    (select f.term from frequent as f order by f.place limit 1)
  into terms, weights, finder, filler
  from weighed as w;
  if terms is null then
    return;
  end if;

  return query
  with found as materialized (
    select s.* from private.score_passages(rank_by_words.filter, finder, null, null, terms, weights, (rank_by_words.words).phrases,
      (rank_by_words.corpus).mean_length, 2 * most) as s
  ), best as materialized (
    select a.*, row_number() over (order by a.score desc, a.id)::integer as place
    from (
      select f.* from found as f
      union all
      select s.* from private.score_passages(rank_by_words.filter, filler, finder, null, terms, weights, (rank_by_words.words).phrases,
        (rank_by_words.corpus).mean_length, most) as s
      where filler is not null and (select count(*) from found) < rank_by_words.depth
    ) as a
    where a.score > 0
    order by a.score desc, a.id limit rank_by_words.depth
  )
  select b.id, b.document_id, b.score::real, b.place from best as b
  union all
  select s.id, s.document_id, s.score::real, null
  from private.score_passages(rank_by_words.filter, null, null, rank_by_words.others, terms, weights, (rank_by_words.words).phrases,
    (rank_by_words.corpus).mean_length, most) as s
  where cardinality(rank_by_words.others) > 0 and s.id not in (select b.id from best as b);
end
$$;
comment on function private.rank_by_words(private.search_words, private.search_filter, private.search_corpora, integer, uuid[]) is
  'The best passages by words, and the scores of others, which have no place. Called by definer functions only.';

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
  corpus constant private.search_corpora := private.corpus_of((fuse_ranks.filter).workspace_id);
  rankings constant integer := greatest(1, ((fuse_ranks.words).lexemes is not null)::integer + (fuse_ranks.vector is not null)::integer);
begin
  return query
  with meaning as materialized (
    select r.* from private.rank_by_meaning(fuse_ranks.vector, fuse_ranks.model, fuse_ranks.filter, corpus.passages, depth) as r
    where fuse_ranks.vector is not null
  ), worded as materialized (
    select r.* from private.rank_by_words(fuse_ranks.words, fuse_ranks.filter, corpus, depth, array(select m.id from meaning as m)) as r
  ), found as (
    select coalesce(t.id, m.id) as id, coalesce(t.document_id, m.document_id) as document_id,
      t.place as text_place, coalesce(t.score, 0) as text_value, m.place as vector_place,
      coalesce(m.similarity, (
        -- a passage that only words found
        select 1 - case extensions.vector_dims(fuse_ranks.vector)
          when 384 then case when c.embedding_model = fuse_ranks.model then c.embedding operator(extensions.<=>) fuse_ranks.vector end
          else case when c.embedding_1024_model = fuse_ranks.model then c.embedding_1024 operator(extensions.<=>) fuse_ranks.vector end
        end
        from public.search_chunks as c where fuse_ranks.vector is not null and c.id = t.id), 0) as likeness,
      m.similarity
    from worded as t full join meaning as m on m.id = t.id
  ), fused as (
    select f.id, f.document_id, f.text_place, f.text_value, f.vector_place, f.similarity,
      ((coalesce(21.0 / (20 + f.text_place), 0) + coalesce(21.0 / (20 + f.vector_place), 0)
        + coalesce(f.text_value / nullif(max(f.text_value) over (), 0), 0)
        + coalesce(greatest(f.likeness, 0) / nullif(max(f.likeness) over (), 0), 0)) / 2 / rankings)::real as value
    from found as f
  ), page as (
    select f.* from (
      select a.*, row_number() over (partition by a.document_id order by a.value desc, a.id) as of_document from fused as a
    ) as f
    where not fuse_ranks.one_a_document or f.of_document = 1 or f.document_id is null
    order by f.value desc, f.id
    limit least(greatest(coalesce(fuse_ranks.wanted, 10), 1), 100) offset least(greatest(coalesce(fuse_ranks.skipped, 0), 0), 1000)
  )
  select p.id, p.value, p.text_place, case when p.text_place is not null then p.text_value end, p.vector_place, p.similarity,
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
  'A page of both rankings, fused by places and scores, with matches highlighted. Called by definer functions only.';

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
  'Passages for a question, from the workspace of the request: the best 100 by words and the best 100 by vectors. score is from 1, for the first by both, to 0: the average of 21 / (20 + rank) and of the share of the best text_score or similarity, over both. query_embedding is a vector of embedding_model, see search_model; without it, only words count. A "quoted phrase" ranks higher. With syntax operators, for a box that people search with, it is required, and -word excludes. Lists, dates and metadata (contained in meta) filter; an empty list does not. max_results is 1 to 100. highlight is HTML-safe, with <mark>. 22023 for a vector without its model or of another size and for another syntax, PT404 without a workspace.';

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
  public.search_model(), private.count_corpora(), private.compare_corpora(), private.matching_chunks(private.search_filter), private.corpus_of(uuid), private.frequent_from(integer),
  private.count_corpus(uuid), private.weigh_words(text[], private.search_corpora),
  private.score_passages(private.search_filter, tsquery, tsquery, uuid[], tsquery[], double precision[], tsquery[], double precision, integer),
  private.rank_by_words(private.search_words, private.search_filter, private.search_corpora, integer, uuid[]),
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
