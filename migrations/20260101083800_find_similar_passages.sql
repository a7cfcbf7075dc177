-- Similar passages: passages whose words and vectors are near those of a passage or of a whole document.

create function private.more_like_this(
  like_chunk_id uuid, like_document_id uuid, types text[], max_results integer, page_offset integer
) returns table (
  chunk_id uuid, score real, text_rank integer, text_score real, vector_rank integer, similarity real, highlight text
)
language plpgsql stable rows 10 security definer set search_path = ''
as $$
declare
  workspace constant uuid := private.require_workspace();
  filter  private.search_filter := private.read_search_filter(workspace, null, types, null, null, null, null);
  own     uuid[];
  lexemes text[];
  vector  extensions.vector;
  model   text;
begin
  if num_nonnulls(more_like_this.like_chunk_id, more_like_this.like_document_id) <> 1 then
    raise exception using errcode = '22023', message = 'Exactly one of like_chunk_id and like_document_id is required.',
      hint = 'Send one of them.';
  end if;
  -- Like the policies of search_chunks and documents: members read those of the workspace.
  if not exists (
    select from public.search_chunks as c
    where c.id = more_like_this.like_chunk_id and c.workspace_id = workspace
    union all
    select from public.documents as d
    where d.id = more_like_this.like_document_id and d.workspace_id = workspace)
  then
    raise exception using errcode = 'PT404',
      message = case when more_like_this.like_chunk_id is null then 'No such document.' else 'No such passage.' end,
      hint = 'It does not exist, or you have no access to it.';
  end if;
  filter.other_than := coalesce(more_like_this.like_chunk_id, more_like_this.like_document_id);
  own := case when more_like_this.like_chunk_id is not null then array[more_like_this.like_chunk_id] else array(
    select c.id from public.documents as d
    join public.search_chunks as c on c.workspace_id = d.workspace_id and c.document_id = d.id
    where d.workspace_id = workspace and d.id = more_like_this.like_document_id
    order by c.chunk_index, c.id limit 500) end;

  -- Of its 40 most frequent words, the 16 with the highest weight.
  with frequent as (
    select u.lexeme, sum(cardinality(u.positions)) as times
    from public.search_chunks as c cross join lateral unnest(c.search) as u
    where c.workspace_id = workspace and c.id = any (own) and u.positions is not null -- parts of words are not its words
    group by u.lexeme order by times desc, u.lexeme limit 40
  )
  select array_agg(t.lexeme) into lexemes
  from (
    select f.lexeme from frequent as f
    join private.weigh_words(array(select a.lexeme from frequent as a), private.corpus_of(workspace)) as w
      on w.lexeme = f.lexeme
    order by f.times * w.weight desc, f.lexeme limit 16
  ) as t;

  -- The average vector of the passages, in the model that most of them have.
  select n.average, n.model into vector, model
  from (
    select extensions.avg(c.embedding) as average, c.embedding_model as model, count(*) as passages
    from public.search_chunks as c where c.workspace_id = workspace and c.id = any (own) and c.embedding_model is not null
    group by c.embedding_model
    union all
    select extensions.avg(c.embedding_1024), c.embedding_1024_model, count(*)
    from public.search_chunks as c where c.workspace_id = workspace and c.id = any (own) and c.embedding_1024_model is not null
    group by c.embedding_1024_model
  ) as n
  order by n.passages desc, n.model limit 1;

  return query
  select f.* from private.fuse_ranks(
    row(lexemes, null)::private.search_words, vector, model, filter, more_like_this.like_document_id is not null, max_results, page_offset) as f;
end
$$;
comment on function private.more_like_this(uuid, uuid, text[], integer, integer) is
  'Definer, like private.search. Checks that the caller may read the passage or document. See public.more_like_this.';

create function public.more_like_this(
  like_chunk_id uuid default null, like_document_id uuid default null, types text[] default null,
  max_results integer default 10, page_offset integer default 0
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
  from private.more_like_this(like_chunk_id, like_document_id, types, max_results, page_offset) as s
  join public.search_chunks as c on c.id = s.chunk_id
  left join public.documents as d on d.id = c.document_id
  left join public.artifacts as a on a.id = d.artifact_id
  order by s.score desc, s.chunk_id;
end;
comment on function public.more_like_this(uuid, uuid, text[], integer, integer) is
  'Passages that are similar to a passage, without itself; or to a document, the best passage of every other document. Ranked and returned like results of search, by distinctive words and by the vector if there is one, from the workspace of the request. 22023 unless exactly one of both ids is given, PT404 for a passage or document that is not in the workspace.';

revoke execute on function private.more_like_this(uuid, uuid, text[], integer, integer),
  public.more_like_this(uuid, uuid, text[], integer, integer)
  from public, anon, authenticated, service_role;
grant execute on function private.more_like_this(uuid, uuid, text[], integer, integer),
  public.more_like_this(uuid, uuid, text[], integer, integer) to authenticated;
