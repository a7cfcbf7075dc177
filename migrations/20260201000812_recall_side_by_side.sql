-- Several turns of one person recall the same memories at once: none waits for another, and none of them deadlocks. The
-- words of a memory are those that are kept with it.

create or replace function private.recall(
  query text, query_embedding extensions.vector, embedding_model text, in_category text, max_results integer
) returns table (id uuid, category text, content jsonb, context jsonb, created_at timestamptz, score real, similarity real)
language plpgsql security definer set search_path = ''
as $$
declare
  caller constant uuid := auth.uid();
  wanted constant integer := least(greatest(coalesce(recall.max_results, 10), 1), 100);
  words  constant tsquery := to_tsquery('english', coalesce((
    select string_agg(quote_literal(w.lexeme), ' | ') from unnest(to_tsvector('english', coalesce(recall.query, ''))) as w), ''));
begin
  return query
  with ranked as (
    select m.id, m.category, m.content, m.context, m.created_at, m.strength,
      case
        when recall.query_embedding is null then null
        when extensions.vector_dims(recall.query_embedding) = 384 and m.embedding_model = recall.embedding_model
          then 1 - (m.embedding operator(extensions.<=>) recall.query_embedding)
        when extensions.vector_dims(recall.query_embedding) = 1024 and m.embedding_1024_model = recall.embedding_model
          then 1 - (m.embedding_1024 operator(extensions.<=>) recall.query_embedding)
      end as similarity,
      ts_rank(m.search, words, 32) as wording
    from public.cipher_memory as m
    where m.user_id = caller and (recall.in_category is null or m.category = recall.in_category)
  ), scored as (
    -- meaning first, words where there is no vector yet or they agree, and what mattered lately a little before the rest
    select r.*, (0.7 * greatest(coalesce(r.similarity, 0), 0) + 0.2 * r.wording + 0.1 * r.strength)::real as total
    from ranked as r
    where coalesce(btrim(recall.query), '') = '' and recall.query_embedding is null
      or r.wording > 0 or r.similarity > 0.2
  ), found as (
    select s.* from scored as s order by s.total desc, s.created_at desc, s.id limit wanted
  ), free as (
    -- what another turn of the same person recalls at this moment is being made fresh already
    select m.id from public.cipher_memory as m
    where m.user_id = caller and m.id in (select f.id from found as f)
    for no key update skip locked
  ), refreshed as (
    update public.cipher_memory as m
    set strength = 1, recall_count = m.recall_count + 1, last_recalled_at = now()
    from free as f where m.id = f.id
    returning m.id
  )
  select f.id, f.category, f.content, f.context, f.created_at, f.total, f.similarity::real
  from found as f order by f.total desc, f.created_at desc, f.id;
end
$$;
