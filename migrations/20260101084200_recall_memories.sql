-- Remembering, recalling and forgetting memories, and the jobs that delete and consolidate them.

create function private.remember(content jsonb, category text, context jsonb, user_id uuid) returns uuid
language plpgsql security definer set search_path = ''
as $$
declare
  caller constant uuid := private.person(remember.user_id);
  stored uuid;
begin
  -- Of two concurrent calls with the same content, the second finds the row of the first.
  perform pg_advisory_xact_lock(hashtextextended('public.cipher_memory ' || caller, 0));
  update public.cipher_memory as m
  set last_recalled_at = now(), context = coalesce(remember.context, m.context)
  where m.user_id = caller and m.category = remember.category and m.content = remember.content
  returning m.id into stored;
  if not found then
    insert into public.cipher_memory as m (user_id, category, content, context)
    values (caller, remember.category, remember.content, remember.context)
    returning m.id into stored;
  end if;
  return stored;
end
$$;
comment on function private.remember(jsonb, text, jsonb, uuid) is 'Definer: users have no right to write last_recalled_at. Changes only rows of private.person.';

create function public.remember(
  content jsonb, category text default 'fact', context jsonb default null, user_id uuid default null
) returns uuid
language sql volatile set search_path = ''
begin atomic
  select private.remember(content, category, context, user_id);
end;
comment on function public.remember(jsonb, text, jsonb, uuid) is
  'Stores a memory of the caller, or with a secret key of user_id, and returns its id; for a duplicate, the existing memory is refreshed. It is embedded within a minute. 23502 and 23514 for missing or too long content, PT429 beyond 20000 memories.';

create function private.recall(
  query text, query_embedding extensions.vector, embedding_model text, in_category text, max_results integer,
  user_id uuid
) returns table (id uuid, category text, content jsonb, context jsonb, created_at timestamptz, score real, similarity real)
language plpgsql security definer set search_path = ''
as $$
declare
  caller constant uuid := private.person(recall.user_id);
  wanted constant integer := least(greatest(coalesce(recall.max_results, 10), 1), 100);
  asked  constant text := left(coalesce(recall.query, ''), 5000);
  words  constant tsquery := (
    select coalesce(string_agg(private.quote_lexeme(w.lexeme), ' | '), quote_literal(' '))::tsquery
    from unnest(private.sought_words(asked, private.likely_languages(asked))) as w (lexeme));
begin
  perform private.require_question_vector(recall.query_embedding, recall.embedding_model);
  return query
  with ranked as (
    select m.id, m.category, m.content, m.context, m.created_at, public.strength(m) as strength,
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
    -- Mostly by vector similarity, then by words, which also find memories without a vector, then by strength.
    select r.*, (0.7 * greatest(coalesce(r.similarity, 0), 0) + 0.2 * r.wording + 0.1 * r.strength)::real as total
    from ranked as r
    where coalesce(btrim(recall.query), '') = '' and recall.query_embedding is null
      or r.wording > 0 or r.similarity > 0.2
  ), found as (
    select s.* from scored as s order by s.total desc, s.created_at desc, s.id limit wanted
  ), unlocked as (
    -- Concurrent turns of a user may recall the same memory: rows that another one is refreshing are skipped.
    select m.id from public.cipher_memory as m
    where m.user_id = caller and m.id in (select f.id from found as f)
    for no key update skip locked
  ), refreshed as (
    update public.cipher_memory as m
    set recall_count = m.recall_count + 1, last_recalled_at = now()
    from unlocked as f where m.id = f.id
    returning m.id
  )
  select f.id, f.category, f.content, f.context, f.created_at, f.total, f.similarity::real
  from found as f order by f.total desc, f.created_at desc, f.id;
end
$$;
comment on function private.recall(text, extensions.vector, text, text, integer, uuid) is
  'Definer: users have no right to write recalls. Reads and changes only rows of private.person.';

create function public.recall(
  query text default null, query_embedding extensions.vector default null, embedding_model text default null,
  in_category text default null, max_results integer default 10, user_id uuid default null
) returns table (id uuid, category text, content jsonb, context jsonb, created_at timestamptz, score real, similarity real)
language sql volatile set search_path = ''
begin atomic
  select m.id, m.category, m.content, m.context, m.created_at, m.score, m.similarity
  from private.recall(query, query_embedding, embedding_model, in_category, max_results, user_id) as m;
end;
comment on function public.recall(text, extensions.vector, text, text, integer, uuid) is
  'Memories of the caller, or with a secret key of user_id, that match a query, at most 100. Score: 0.7 cosine similarity to query_embedding, among vectors of the same embedding_model, 0.2 rank of the words, 0.1 strength. Without a query, the strongest. Recalling a memory refreshes it. 22023 for a vector without its model or of another size.';

create function private.delete_faded_memories(at timestamptz default now(), batch integer default 5000) returns integer
language plpgsql volatile set search_path = ''
as $$
declare
  deleted integer;
begin
  with faded as (
    select m.id from public.cipher_memory as m
    where m.category = 'conversation' and m.last_recalled_at < delete_faded_memories.at - interval '365 days'
      and m.last_recalled_at < delete_faded_memories.at - interval '365 days' * (1 + least(m.recall_count, 9))
    order by m.last_recalled_at
    limit delete_faded_memories.batch
    for update skip locked
  )
  delete from public.cipher_memory as m using faded as f where m.id = f.id;
  get diagnostics deleted = row_count;
  return deleted;
end
$$;
comment on function private.delete_faded_memories(timestamptz, integer) is
  'Run hourly: deletes memories of category conversation that were not recalled for a year, times one plus the number of recalls, at most ten; at most batch of them, the next run continues. Other memories are deleted by their owner only.';
select cron.schedule('delete-faded-memories', '41 * * * *', 'select private.delete_faded_memories()');

create function private.consolidate_memories() returns integer
language plpgsql volatile set search_path = ''
as $$
declare
  merged integer;
begin
  -- Compared by words, not by vectors: those of "Ann owes Bob" and "Bob owes Ann" are nearer than those of many duplicates.
  -- Only with new memories: earlier ones were compared when they were new.
  with added as (
    select distinct m.user_id, m.category, m.wording from public.cipher_memory as m where m.created_at > now() - interval '2 days'
  ), worded as (
    select m.id, row_number() over newest as place, sum(m.recall_count) over every as recalls, count(*) over every as duplicates
    from added as a
    join public.cipher_memory as m on m.user_id = a.user_id and m.category = a.category and m.wording = a.wording
    window every as (partition by m.user_id, m.category, m.wording), newest as (every order by m.created_at desc, m.id desc)
  ), removed as (
    delete from public.cipher_memory as m using worded as w where m.id = w.id and w.place > 1 returning m.id
  ), kept as (
    update public.cipher_memory as m set recall_count = least(w.recalls, 2147483647)
    from worded as w where m.id = w.id and w.place = 1 and w.duplicates > 1
    returning m.id
  )
  select count(*) into merged from removed;
  return merged;
end
$$;
comment on function private.consolidate_memories() is
  'Run daily: merges memories of a user and category that differ only in case, blanks or punctuation. The newest one is kept, with the recalls of all. Compares those of the last two days with all others, so a run costs the more the more is new. Returns the number of deleted memories.';
select cron.schedule('consolidate-memories', '47 3 * * *', 'select private.consolidate_memories()');

create function private.forget(memory_id uuid, category text, user_id uuid) returns bigint
language plpgsql volatile security definer set search_path = ''
as $$
declare
  owner constant uuid := private.person(forget.user_id);
  gone  bigint;
begin
  delete from public.cipher_memory as m
  where m.user_id = owner
    and (forget.memory_id is not null or forget.category is not null)
    and (forget.memory_id is null or m.id = forget.memory_id)
    and (forget.category is null or m.category = forget.category);
  get diagnostics gone = row_count;
  return gone;
end
$$;
comment on function private.forget(uuid, text, uuid) is 'Definer: API roles have no rights on the schema. Deletes only rows of private.person. See public.forget.';

create function public.forget(memory_id uuid default null, category text default null, user_id uuid default null) returns bigint
language sql volatile set search_path = ''
begin atomic
  select private.forget(memory_id, category, user_id);
end;
comment on function public.forget(uuid, text, uuid) is
  'Deletes one memory of the caller, or with a secret key of user_id, or all of a category, and returns their number. Without memory_id and category it deletes nothing; see erase_my_memory.';

create function public.export_my_memory() returns jsonb
language sql stable set search_path = ''
begin atomic
  select jsonb_build_object(
    'exported_at', now(),
    'memories', (select to_jsonb(m) from public.memories as m where m.user_id = (select auth.uid())),
    'cipher_memory', coalesce((
      select jsonb_agg(jsonb_build_object('id', m.id, 'category', m.category, 'content', m.content, 'context', m.context,
        'created_at', m.created_at, 'updated_at', m.updated_at) order by m.created_at, m.id)
      from public.cipher_memory as m where m.user_id = (select auth.uid())), '[]'),
    'user_prefs', (select to_jsonb(p) from public.user_prefs as p where p.user_id = (select auth.uid())));
end;
comment on function public.export_my_memory() is 'All memory of the caller, as one object: memories, cipher_memory, user_prefs.';

create function public.erase_my_memory() returns bigint
language sql volatile set search_path = ''
begin atomic
  with fields as (
    delete from public.memories as m where m.user_id = (select auth.uid()) returning m.id
  ), remembered as (
    delete from public.cipher_memory as m where m.user_id = (select auth.uid()) returning m.id
  )
  select (select count(*) from fields) + (select count(*) from remembered);
end;
comment on function public.erase_my_memory() is 'Deletes memories and cipher_memory of the caller and returns the number of rows. Preferences are kept.';

revoke execute on function private.remember(jsonb, text, jsonb, uuid), private.recall(text, extensions.vector, text, text, integer, uuid),
  private.delete_faded_memories(timestamptz, integer), private.consolidate_memories(), public.remember(jsonb, text, jsonb, uuid),
  public.recall(text, extensions.vector, text, text, integer, uuid), private.forget(uuid, text, uuid), public.forget(uuid, text, uuid), public.export_my_memory(),
  public.erase_my_memory()
  from public, anon, authenticated, service_role;
grant execute on function private.remember(jsonb, text, jsonb, uuid), private.recall(text, extensions.vector, text, text, integer, uuid),
  private.forget(uuid, text, uuid), public.remember(jsonb, text, jsonb, uuid),
  public.recall(text, extensions.vector, text, text, integer, uuid), public.forget(uuid, text, uuid)
  to authenticated, service_role;
grant execute on function public.export_my_memory(), public.erase_my_memory() to authenticated;
