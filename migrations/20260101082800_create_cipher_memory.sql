-- Memories of an assistant about a user, one row each: recalled by meaning, by words and by recency.

create table public.cipher_memory (
  id                   uuid        not null default gen_random_uuid(),
  user_id              uuid        not null default auth.uid(),
  category             text        not null default 'fact',
  content              jsonb       not null,
  context              jsonb,
  content_text         text        not null generated always as (
    case jsonb_typeof(content) when 'string' then content #>> '{}' else content::text end) stored,
  search               tsvector    not null generated always as (
    private.words(case jsonb_typeof(content) when 'string' then content #>> '{}' else content::text end, null)) stored,
  wording              uuid        not null generated always as (
    md5(btrim(regexp_replace(regexp_replace(
      lower(case jsonb_typeof(content) when 'string' then content #>> '{}' else content::text end),
      '[.,;:!]+(?=\s|$)', '', 'g'), '\s+', ' ', 'g')))::uuid) stored,
  embedding            extensions.vector(384),
  embedding_model      text,
  embedding_1024       extensions.vector(1024),
  embedding_1024_model text,
  recall_count         integer     not null default 0,
  last_recalled_at     timestamptz not null default now(),
  created_at           timestamptz not null default now(),
  updated_at           timestamptz not null default now(),
  constraint cipher_memory_pkey primary key (id),
  constraint cipher_memory_user_id_fkey foreign key (user_id) references auth.users (id) on delete cascade,
  constraint cipher_memory_category_length check (char_length(category) between 1 and 100),
  constraint cipher_memory_content_is_json check (
    jsonb_typeof(content) in ('object', 'array', 'string', 'number', 'boolean') and octet_length(content::text) <= 100000),
  constraint cipher_memory_context_is_object check (jsonb_typeof(context) = 'object' and octet_length(context::text) <= 100000),
  constraint cipher_memory_embedding_model_length check (char_length(embedding_model) between 1 and 200),
  constraint cipher_memory_embedding_1024_model_length check (char_length(embedding_1024_model) between 1 and 200),
  constraint cipher_memory_embedding_names_its_model check ((embedding is null) = (embedding_model is null)),
  constraint cipher_memory_embedding_1024_names_its_model check ((embedding_1024 is null) = (embedding_1024_model is null)),
  constraint cipher_memory_recall_count_not_negative check (recall_count >= 0)
);
comment on table public.cipher_memory is 'Memories of an assistant about a user. Use remember, recall and forget; rows can also be written directly.';
comment on column public.cipher_memory.user_id is 'Owner, taken from the token. Never changes.';
comment on column public.cipher_memory.category is 'fact, preference, insight, conversation, skill_learned, workflow or another category.';
comment on column public.cipher_memory.content is 'The memory: a text, or any JSON value except null.';
comment on column public.cipher_memory.context is 'Origin of the memory.';
comment on column public.cipher_memory.content_text is 'content as text, for filters such as content_text=ilike.*dark mode*. Generated.';
comment on column public.cipher_memory.search is 'Words of the content for full-text search, stored because every turn of a conversation recalls memories. Generated.';
comment on column public.cipher_memory.wording is
  'Digest of the words without case, blanks and punctuation: consolidate_memories() merges equal ones. Stored, so that it is computed once. Generated.';

create index cipher_memory_user_id_created_at_idx on public.cipher_memory (user_id, created_at desc);
comment on index public.cipher_memory_user_id_created_at_idx is 'Memories of the owner, newest first.';
create index cipher_memory_user_id_category_idx on public.cipher_memory (user_id, category, created_at desc);
comment on index public.cipher_memory_user_id_category_idx is 'Memories of one category, newest first.';
create index cipher_memory_last_recalled_at_idx on public.cipher_memory (last_recalled_at) where category = 'conversation';
comment on index public.cipher_memory_last_recalled_at_idx is 'Memories to delete.';

create function public.strength(memory public.cipher_memory) returns real
language sql stable
begin atomic
  -- A day after a recall it begins to fade.
  select case when (memory).last_recalled_at >= now() - interval '1 day' then 1
    else 0.5 ^ (extract(epoch from now() - (memory).last_recalled_at) / extract(epoch from interval '60 days')) end::real;
end;
comment on function public.strength(public.cipher_memory) is
  'From 1 down to 0; halves with every 60 days without a recall. Ranks memories: cipher_memory?select=*,strength. Computed when it is read, so that no job writes all memories.';
revoke execute on function public.strength(public.cipher_memory) from public, anon, authenticated, service_role;
grant execute on function public.strength(public.cipher_memory) to authenticated, service_role;

-- No vector index: a user has at most 20 000 memories, and an exact scan of one owner's rows finds all.
alter table public.cipher_memory alter column embedding set storage main, alter column embedding_1024 set storage main;

-- Memories without a vector are queued in private.embedding_jobs.

create function private.enqueue_memory_embeddings() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
  insert into private.embedding_jobs as j (memory_id, workspace_id, priority, for_next)
  select new.id, w.id, case when auth.uid() is null then 1 else 0 end, n.for_next
  from public.workspaces as w
  left join private.embedding_models as m on m.workspace_id = w.id
  cross join (values (false), (true)) as n (for_next)
  where w.personal_of = new.user_id and (not n.for_next or m.next_model is not null)
  on conflict on constraint embedding_jobs_target_key do update
    set priority = least(j.priority, excluded.priority), revision = j.revision + 1, attempts = 0, available_at = now(), failed_at = null, last_error = null;
  return null;
end
$$;
comment on function private.enqueue_memory_embeddings() is
  'After insert of a memory without a vector, and after a change of content: queues it. Definer: API roles have no rights on the queue.';
revoke execute on function private.enqueue_memory_embeddings() from public, anon, authenticated, service_role;

create trigger cipher_memory_set_updated_at before update on public.cipher_memory
  for each row execute function private.set_updated_at();
create trigger cipher_memory_refuse_owner_change before update of user_id on public.cipher_memory
  for each row execute function private.refuse_owner_change();
create trigger cipher_memory_keep_columns_on_update before update of id on public.cipher_memory
  for each row execute function private.keep_columns('id');

create function private.limit_memories() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
  if (select count(*) from public.cipher_memory as m where m.user_id = auth.uid()) > 20000 then
    raise exception using errcode = 'PT429', message = 'A user can have at most 20000 memories.', hint = 'Delete memories with forget.';
  end if;
  return null;
end
$$;
comment on function private.limit_memories() is
  'After insert: refuses more than 20000 memories of the caller (PT429). Definer: counts without row level security.';
revoke execute on function private.limit_memories() from public, anon, authenticated, service_role;
create trigger cipher_memory_limit_on_insert after insert on public.cipher_memory
  for each statement execute function private.limit_memories();
create trigger cipher_memory_enqueue_embeddings_on_insert after insert on public.cipher_memory
  for each row when (new.embedding is null and new.embedding_1024 is null)
  execute function private.enqueue_memory_embeddings();
create trigger cipher_memory_enqueue_embeddings_on_update after update on public.cipher_memory
  for each row when (new.content <> old.content) execute function private.enqueue_memory_embeddings();
create trigger cipher_memory_clear_embedding_on_update before update of content on public.cipher_memory
  for each row when (new.content <> old.content) execute function private.clear_stale_embedding();

alter table public.cipher_memory enable row level security;
alter table public.cipher_memory force row level security;
create policy "Owners read their memories" on public.cipher_memory for select to authenticated
  using (user_id = (select auth.uid()));
create policy "Owners add their memories" on public.cipher_memory for insert to authenticated
  with check (user_id = (select auth.uid()));
create policy "Owners edit their memories" on public.cipher_memory for update to authenticated
  using (user_id = (select auth.uid()))
  with check (user_id = (select auth.uid()));
create policy "Owners delete their memories" on public.cipher_memory for delete to authenticated
  using (user_id = (select auth.uid()));

revoke all on table public.cipher_memory from public, anon, authenticated, service_role;
grant select, delete,
  insert (id, user_id, category, content, context),
  update (id, user_id, category, content, context)
  on table public.cipher_memory to authenticated;
grant select, insert, update, delete on table public.cipher_memory to service_role;
