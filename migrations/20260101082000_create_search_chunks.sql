-- Passages: parts of documents with their vectors, the unit of search.

-- Columns that every search reads come first: behind a long text, each row would cost one more memory access.
create table public.search_chunks (
  id             uuid        not null default gen_random_uuid(),
  workspace_id   uuid        not null default private.current_workspace(),
  document_id    uuid,
  created_at     timestamptz not null default now(),
  updated_at     timestamptz not null default now(),
  chunk_index    integer,
  page           integer,
  token_count    integer,
  source_type    text        not null default '',
  language       text        not null default 'und',
  embedding_model      text,
  embedding            extensions.vector(384),
  embedding_1024_model text,
  embedding_1024       extensions.vector(1024),
  search         tsvector    not null generated always as (
    setweight(private.words(coalesce(heading, ''), language), 'A') || setweight(private.words(text, language), 'B')) stored,
  heading        text,
  text           text        not null default '',
  meta           jsonb       not null default '{}',
  constraint search_chunks_pkey primary key (id),
  constraint search_chunks_workspace_id_id_key unique (workspace_id, id),
  constraint search_chunks_workspace_id_fkey foreign key (workspace_id) references public.workspaces (id) on delete cascade,
  constraint search_chunks_document_id_fkey foreign key (workspace_id, document_id)
    references public.documents (workspace_id, id) on delete cascade,
  constraint search_chunks_source_type_length check (char_length(source_type) between 1 and 50),
  constraint search_chunks_language_format check (language ~ '^[A-Za-z]{2,3}([-_][A-Za-z0-9]{1,8})*$' and char_length(language) <= 35),
  constraint search_chunks_chunk_index_not_negative check (chunk_index >= 0),
  constraint search_chunks_heading_length check (char_length(heading) <= 2000),
  constraint search_chunks_text_length check (char_length(text) between 1 and 20000),
  constraint search_chunks_token_count_not_negative check (token_count >= 0),
  constraint search_chunks_meta_is_object check (jsonb_typeof(meta) = 'object' and octet_length(meta::text) <= 100000),
  constraint search_chunks_embedding_model_length check (char_length(embedding_model) between 1 and 200),
  constraint search_chunks_embedding_1024_model_length check (char_length(embedding_1024_model) between 1 and 200),
  constraint search_chunks_embedding_names_its_model check ((embedding is null) = (embedding_model is null)),
  constraint search_chunks_embedding_1024_names_its_model check ((embedding_1024 is null) = (embedding_1024_model is null))
);
comment on table public.search_chunks is 'Passages of documents: what search ranks and answers cite.';
comment on column public.search_chunks.source_type is 'pdf, docx, csv, api, log, tag or another type. Parameter "types" of search filters by it.';
comment on column public.search_chunks.language is 'BCP 47 tag of the text, which decides how its words are compared: guessed from script and frequent words unless it is sent, else that of the document; und if it is unknown.';
comment on column public.search_chunks.chunk_index is 'Position in the document, from 0.';
comment on column public.search_chunks.heading is 'Headings above the passage, outermost first, separated by " > ".';
comment on column public.search_chunks.meta is 'Location, for a deep link: {"deeplink": {"panel", "artifact_id", "chunk", "page"}} and more.';
comment on column public.search_chunks.search is 'Words of heading (weight A) and text (B) for full-text search, see private.words. Parts of compounds and of codes have no position and weigh as D. Written by the database.';
comment on column public.search_chunks.embedding is 'Vector of 384 dimensions, computed by embedding_model. Null after the text changed, until it is embedded again.';
comment on column public.search_chunks.embedding_model is 'Model of the vector. Vectors of different models are never compared.';
comment on column public.search_chunks.created_at is 'Time at which its file, its document, or the passage itself was added. created_after and created_before of search filter by it.';
comment on column public.search_chunks.embedding_1024 is 'Vector of 1024 dimensions, for larger models.';

-- Ranking reads lexemes and vectors of thousands of rows: both stay in the row, uncompressed, up to half a page; the text is
-- moved out first.
alter table public.search_chunks set (toast_tuple_target = 4080);
alter table public.search_chunks alter column search set storage main, alter column embedding set storage main,
  alter column embedding_1024 set storage main;

create index search_chunks_document_id_chunk_index_idx on public.search_chunks (workspace_id, document_id, chunk_index);
comment on index public.search_chunks_document_id_chunk_index_idx is 'Passages of a document, in order.';
create index search_chunks_workspace_id_source_type_idx on public.search_chunks (workspace_id, source_type);
comment on index public.search_chunks_workspace_id_source_type_idx is 'Passages of one type.';
create index search_chunks_workspace_id_language_idx on public.search_chunks (workspace_id, language);
comment on index public.search_chunks_workspace_id_language_idx is 'The languages of a workspace, in which a question is tried.';
create index search_chunks_workspace_id_created_at_idx on public.search_chunks (workspace_id, created_at);
comment on index public.search_chunks_workspace_id_created_at_idx is 'Passages by date.';
create index search_chunks_workspace_id_embedding_idx on public.search_chunks (workspace_id, embedding_model)
  include (id, document_id, source_type, created_at, embedding) where embedding_model is not null;
comment on index public.search_chunks_workspace_id_embedding_idx is
  'Vectors of a workspace, for a search that compares all of them: it has a fifth of the pages of the table.';
create index search_chunks_search_idx on public.search_chunks using gin (workspace_id, search, meta jsonb_path_ops)
  with (fastupdate = off);
comment on index public.search_chunks_search_idx is
  'Words and metadata within a workspace; passages of others are not read. Without a pending list, which every search would read.';
create index search_chunks_embedding_idx on public.search_chunks
  using hnsw ((embedding::extensions.halfvec(384)) extensions.halfvec_cosine_ops);
comment on index public.search_chunks_embedding_idx is 'Nearest passages, 384 dimensions; half precision halves its size.';
create index search_chunks_embedding_1024_idx on public.search_chunks
  using hnsw ((embedding_1024::extensions.halfvec(1024)) extensions.halfvec_cosine_ops);
comment on index public.search_chunks_embedding_1024_idx is 'Nearest passages, 1024 dimensions.';

-- Passages without a vector are queued in private.embedding_jobs.

create function private.enqueue_embeddings() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
  insert into private.embedding_jobs as j (chunk_id, workspace_id, priority, for_next, place)
  select c.id, c.workspace_id, coalesce(i.priority, case when auth.uid() is null then 1 else 0 end), n.for_next, coalesce(c.chunk_index, 0)
  from changed as c
  left join private.embedding_models as m on m.workspace_id = c.workspace_id
  left join private.ingestion_jobs as i on i.workspace_id = c.workspace_id and i.artifact_id = c.document_id -- while its file is read
  cross join (values (false), (true)) as n (for_next)
  where case when n.for_next then m.next_model is not null
    else c.embedding is null and c.embedding_1024 is null end
  order by c.id
  on conflict on constraint embedding_jobs_target_key do update
    set priority = least(j.priority, excluded.priority), revision = j.revision + 1, attempts = 0, available_at = now(), failed_at = null, last_error = null;
  return null;
end
$$;
comment on function private.enqueue_embeddings() is
  'After insert of passages without a vector: queues them. Definer: API roles have no rights on the queue.';

create function private.enqueue_changed_embeddings() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
  insert into private.embedding_jobs as j (chunk_id, workspace_id, priority, for_next, place)
  select c.id, c.workspace_id, coalesce(i.priority, case when auth.uid() is null then 1 else 0 end), n.for_next, coalesce(c.chunk_index, 0)
  from changed as c
  join former as f on f.id = c.id
  left join private.embedding_models as m on m.workspace_id = c.workspace_id
  left join private.ingestion_jobs as i on i.workspace_id = c.workspace_id and i.artifact_id = c.document_id
  cross join (values (false), (true)) as n (for_next)
  where (c.text <> f.text or c.heading is distinct from f.heading)
    and case when n.for_next then m.next_model is not null
      else c.embedding is null and c.embedding_1024 is null end
  order by c.id
  on conflict on constraint embedding_jobs_target_key do update
    set priority = least(j.priority, excluded.priority), revision = j.revision + 1, attempts = 0, available_at = now(), failed_at = null, last_error = null;
  return null;
end
$$;
comment on function private.enqueue_changed_embeddings() is
  'After the text of passages changed: queues them again, also if their job is running or failed. Definer: API roles have no rights on the queue.';
revoke execute on function private.enqueue_embeddings(), private.enqueue_changed_embeddings()
  from public, anon, authenticated, service_role;

create trigger search_chunks_set_updated_at before update on public.search_chunks
  for each row execute function private.set_updated_at();
create trigger search_chunks_refuse_workspace_change before update of workspace_id on public.search_chunks
  for each row execute function private.refuse_workspace_change();
create trigger search_chunks_keep_columns_on_update before update of id, document_id on public.search_chunks
  for each row execute function private.keep_columns('id', 'document_id');
create trigger search_chunks_set_workspace_on_insert before insert on public.search_chunks
  for each row execute function private.set_workspace_from_document();
create trigger search_chunks_refuse_extracted_id_on_insert before insert on public.search_chunks
  for each row execute function private.refuse_extracted_id();

create function private.set_chunk_date() returns trigger
language plpgsql set search_path = ''
as $$
begin
  select coalesce(a.created_at, d.created_at) into new.created_at
  from public.documents as d left join public.artifacts as a on a.workspace_id = d.workspace_id and a.id = d.artifact_id
  where d.id = new.document_id;
  return new;
end
$$;
comment on function private.set_chunk_date() is
  'Before insert of a passage of a document without created_at: sets the date of the file, so that reading the file again keeps it.';
create trigger search_chunks_set_date_on_insert before insert on public.search_chunks
  for each row when (new.document_id is not null and new.created_at = now()) execute function private.set_chunk_date();

create function private.describe_chunk() returns trigger
language plpgsql set search_path = ''
as $$
declare
  document public.documents;
begin
  select d.* into document from public.documents as d where d.id = new.document_id;
  new.source_type := coalesce(nullif(new.source_type, ''), left(new.meta ->> 'type', 50), document.type, '');
  new.text := coalesce(nullif(new.text, ''), left(new.meta ->> 'text', 20000), document.title, document.path, '');
  return new;
end
$$;
comment on function private.describe_chunk() is
  'Before insert of a passage without type or text, as clients send that only keep vectors: takes both from meta, else from the document. Runs with the caller''s rights.';
create trigger search_chunks_describe_on_insert before insert on public.search_chunks
  for each row when (new.source_type = '' or new.text = '') execute function private.describe_chunk();

create function private.set_chunk_language() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
  new.language := coalesce(private.guess_language(new.text),
    (select d.language from public.documents as d
    where d.id = new.document_id and d.language ~ '^[A-Za-z]{2,3}([-_][A-Za-z0-9]{1,8})*$'),
    'und');
  return new;
end
$$;
comment on function private.set_chunk_language() is
  'Before a passage is written without the language of its text: guesses it, or takes that of its document, or und. Definer: API roles have no rights on the functions that it uses; it returns nothing of the document but its language.';
-- After the trigger above, which may set the text: triggers run in the order of their names.
create trigger search_chunks_set_language_on_insert before insert on public.search_chunks
  for each row when (coalesce(new.language, 'und') = 'und') execute function private.set_chunk_language();
create trigger search_chunks_set_language_on_update before update of text, language on public.search_chunks
  for each row when (coalesce(new.language, 'und') = 'und' or new.text <> old.text and new.language = old.language) execute function private.set_chunk_language();

create function private.set_embedding_model() returns trigger
language plpgsql set search_path = ''
as $$
begin
  new.embedding_model := coalesce(new.embedding_model, 'all-MiniLM-L6-v2');
  return new;
end
$$;
comment on function private.set_embedding_model() is
  'Before insert of a vector of 384 dimensions without its model: sets the model that clients with vectors of their own use, as the published interface says.';
create trigger search_chunks_set_embedding_model_on_insert before insert on public.search_chunks
  for each row when (new.embedding is not null and new.embedding_model is null) execute function private.set_embedding_model();

create function private.clear_stale_embedding() returns trigger
language plpgsql set search_path = ''
as $$
begin
  new.embedding := null;
  new.embedding_model := null;
  new.embedding_1024 := null;
  new.embedding_1024_model := null;
  return new;
end
$$;
comment on function private.clear_stale_embedding() is
  'Before the text of a passage changes without its vectors: clears them, as they belong to the former text. The queue computes new ones.';
create trigger search_chunks_clear_embedding_on_update before update of text, heading on public.search_chunks
  for each row when ((new.text <> old.text or new.heading is distinct from old.heading)
    -- "is distinct from" finds no operator of an extension without a search path
    and coalesce(new.embedding operator(extensions.=) old.embedding, new.embedding is null and old.embedding is null)
    and coalesce(new.embedding_1024 operator(extensions.=) old.embedding_1024,
      new.embedding_1024 is null and old.embedding_1024 is null))
  execute function private.clear_stale_embedding();
create trigger search_chunks_enqueue_embeddings_on_insert after insert on public.search_chunks
  referencing new table as changed for each statement execute function private.enqueue_embeddings();
create trigger search_chunks_enqueue_embeddings_on_update after update on public.search_chunks
  referencing old table as former new table as changed for each statement execute function private.enqueue_changed_embeddings();
revoke execute on function private.set_chunk_date(), private.describe_chunk(), private.set_chunk_language(), private.set_embedding_model(), private.clear_stale_embedding()
  from public, anon, authenticated, service_role;

alter table public.search_chunks enable row level security;
alter table public.search_chunks force row level security;
create policy "Members read the passages of their workspaces" on public.search_chunks for select to authenticated
  using (workspace_id = (select private.current_workspace()));
create policy "Managers add passages to their workspaces" on public.search_chunks for insert to authenticated
  with check (workspace_id = (select private.current_workspace()) and (select private.has_role('manager')));
create policy "Managers edit the passages of their workspaces" on public.search_chunks for update to authenticated
  using (workspace_id = (select private.current_workspace()) and (select private.has_role('manager')))
  with check (workspace_id = (select private.current_workspace()) and (select private.has_role('manager')));
create policy "Managers delete the passages of their workspaces" on public.search_chunks for delete to authenticated
  using (workspace_id = (select private.current_workspace()) and (select private.has_role('manager')));

revoke all on table public.search_chunks from public, anon, authenticated, service_role;
grant select, delete,
  insert (id, document_id, source_type, language, chunk_index, heading, text, page, token_count, meta, embedding, embedding_model,
    embedding_1024, embedding_1024_model),
  update (id, document_id, source_type, language, chunk_index, heading, text, page, token_count, meta, embedding, embedding_model,
    embedding_1024, embedding_1024_model)
  on table public.search_chunks to authenticated;
grant select, insert, update, delete on table public.search_chunks to service_role;
