-- Tags of documents, and the prompts that produced them.

create table public.tags (
  id             uuid        not null default gen_random_uuid(),
  workspace_id   uuid        not null default private.current_workspace(),
  document_id    uuid        not null,
  tag            text        not null,
  score          double precision,
  source_ptr     text,
  hrm_steps      integer,
  created_at     timestamptz not null default now(),
  constraint tags_pkey primary key (id),
  constraint tags_workspace_id_fkey foreign key (workspace_id) references public.workspaces (id) on delete cascade,
  constraint tags_document_id_fkey foreign key (workspace_id, document_id)
    references public.documents (workspace_id, id) on delete cascade,
  constraint tags_tag_length check (char_length(tag) between 1 and 200 and btrim(tag) <> ''),
  constraint tags_score_range check (score between -1e9 and 1e9),
  constraint tags_source_ptr_length check (char_length(source_ptr) <= 500),
  constraint tags_hrm_steps_not_negative check (hrm_steps >= 0)
);
comment on table public.tags is 'Tags of documents. Two sources may add the same tag; has_tag ignores case.';
comment on column public.tags.source_ptr is 'Source of the tag: heuristic, a model, or a person.';
comment on column public.tags.hrm_steps is 'Number of refinement rounds.';
create index tags_tag_idx on public.tags (workspace_id, tag);
comment on index public.tags_tag_idx is 'Documents with a tag.';
create index tags_document_id_tag_idx on public.tags (workspace_id, document_id, lower(tag));
comment on index public.tags_document_id_tag_idx is 'Tags of a document, by name without case.';

create trigger tags_refuse_workspace_change before update of workspace_id on public.tags
  for each row execute function private.refuse_workspace_change();
create trigger tags_keep_columns_on_update before update of id, document_id on public.tags
  for each row execute function private.keep_columns('id', 'document_id');
create trigger tags_set_workspace_on_insert before insert on public.tags
  for each row execute function private.set_workspace_from_document();
create trigger tags_refuse_extracted_id_on_insert before insert on public.tags
  for each row execute function private.refuse_extracted_id();

alter table public.tags enable row level security;
alter table public.tags force row level security;
create policy "Members read the tags of their workspaces" on public.tags for select to authenticated
  using (workspace_id = (select private.current_workspace()));
create policy "Members add tags to their workspaces" on public.tags for insert to authenticated
  with check (workspace_id = (select private.current_workspace()));
create policy "Members edit the tags of their workspaces" on public.tags for update to authenticated
  using (workspace_id = (select private.current_workspace()))
  with check (workspace_id = (select private.current_workspace()));
create policy "Members delete the tags of their workspaces" on public.tags for delete to authenticated
  using (workspace_id = (select private.current_workspace()));

revoke all on table public.tags from public, anon, authenticated, service_role;
grant select, delete,
  insert (id, document_id, tag, score, source_ptr, hrm_steps),
  update (id, document_id, tag, score, source_ptr, hrm_steps)
  on table public.tags to authenticated;
grant select, insert, update, delete on table public.tags to service_role;

create table public.tag_prompts (
  id             uuid        not null default gen_random_uuid(),
  workspace_id   uuid        not null default private.current_workspace(),
  document_id    uuid        not null,
  user_id        uuid        default auth.uid(),
  prompt_text    text        not null,
  examples       jsonb       default '[]',
  author         text,
  created_at     timestamptz not null default now(),
  constraint tag_prompts_pkey primary key (id),
  constraint tag_prompts_workspace_id_fkey foreign key (workspace_id) references public.workspaces (id) on delete cascade,
  constraint tag_prompts_document_id_fkey foreign key (workspace_id, document_id)
    references public.documents (workspace_id, id) on delete cascade,
  constraint tag_prompts_user_id_fkey foreign key (user_id) references auth.users (id) on delete set null,
  constraint tag_prompts_prompt_text_length check (char_length(prompt_text) between 1 and 50000),
  constraint tag_prompts_examples_is_array check (jsonb_typeof(examples) = 'array' and octet_length(examples::text) <= 200000),
  constraint tag_prompts_author_length check (char_length(author) <= 200)
);
comment on table public.tag_prompts is 'All prompts for the tags of a document; the latest one is in use. Rows are never updated, so the table is a history.';
create index tag_prompts_document_id_created_at_idx on public.tag_prompts (workspace_id, document_id, created_at desc, id);
comment on index public.tag_prompts_document_id_created_at_idx is 'Prompts of a document, latest first.';
create index tag_prompts_user_id_idx on public.tag_prompts (user_id);
comment on index public.tag_prompts_user_id_idx is 'Prompts of a member; used when the account is deleted.';

create trigger tag_prompts_refuse_workspace_change before update of workspace_id on public.tag_prompts
  for each row execute function private.refuse_workspace_change();
create trigger tag_prompts_set_workspace_on_insert before insert on public.tag_prompts
  for each row execute function private.set_workspace_from_document();
create trigger tag_prompts_refuse_extracted_id_on_insert before insert on public.tag_prompts
  for each row execute function private.refuse_extracted_id();

alter table public.tag_prompts enable row level security;
alter table public.tag_prompts force row level security;
create policy "Members read the tag prompts of their workspaces" on public.tag_prompts for select to authenticated
  using (workspace_id = (select private.current_workspace()));
create policy "Members add tag prompts as themselves" on public.tag_prompts for insert to authenticated
  with check (user_id = (select auth.uid()) and workspace_id = (select private.current_workspace()));

revoke all on table public.tag_prompts from public, anon, authenticated, service_role;
grant select,
  insert (id, document_id, user_id, prompt_text, examples, author)
  on table public.tag_prompts to authenticated;
grant select, insert, update, delete on table public.tag_prompts to service_role;
