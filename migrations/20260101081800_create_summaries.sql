-- Summaries of a file, of several, or of a whole workspace.

create table public.summaries (
  id             uuid        not null default gen_random_uuid(),
  workspace_id   uuid        not null default private.current_workspace(),
  user_id        uuid        default auth.uid(),
  scope          text        not null default 'workspace',
  scope_key      text        not null default 'workspace',
  style          text        not null default 'bullet',
  provider       text,
  prompt         text,
  summary_text   text        not null,
  artifact_ids   jsonb       not null default '[]',
  evidence_ids   jsonb       not null default '[]',
  created_at     timestamptz not null default now(),
  updated_at     timestamptz not null default now(),
  constraint summaries_pkey primary key (id),
  constraint summaries_workspace_id_fkey foreign key (workspace_id) references public.workspaces (id) on delete cascade,
  constraint summaries_user_id_fkey foreign key (user_id) references auth.users (id) on delete set null,
  constraint summaries_scope_allowed check (scope in ('workspace', 'artifact')),
  constraint summaries_scope_key_length check (char_length(scope_key) between 1 and 20000),
  constraint summaries_style_allowed check (style in ('bullet', 'executive', 'action_items')),
  constraint summaries_provider_length check (char_length(provider) <= 200),
  constraint summaries_prompt_length check (char_length(prompt) <= 50000),
  constraint summaries_summary_text_length check (char_length(summary_text) between 1 and 200000),
  constraint summaries_artifact_ids_is_array
    check (jsonb_typeof(artifact_ids) = 'array' and octet_length(artifact_ids::text) <= 200000),
  constraint summaries_evidence_ids_is_array
    check (jsonb_typeof(evidence_ids) = 'array' and octet_length(evidence_ids::text) <= 200000)
);
comment on table public.summaries is 'All summaries; the newest of a scope_key and style is in use.';
comment on column public.summaries.scope_key is '"workspace", or "artifact:" with the sorted ids of the files, joined by commas.';
comment on column public.summaries.provider is 'Source of the summary: heuristic, or a model.';
create index summaries_scope_key_idx on public.summaries (workspace_id, md5(scope_key), style, created_at desc);
comment on index public.summaries_scope_key_idx is 'The newest summary of a scope and style. Indexed by digest, because a key of many files is long.';
create index summaries_user_id_idx on public.summaries (user_id);
comment on index public.summaries_user_id_idx is 'Summaries of a member; used when the account is deleted.';

create trigger summaries_set_updated_at before update on public.summaries
  for each row execute function private.set_updated_at();
create trigger summaries_refuse_workspace_change before update of workspace_id on public.summaries
  for each row execute function private.refuse_workspace_change();
create trigger summaries_keep_columns_on_update before update of id, user_id, scope, scope_key, style on public.summaries
  for each row execute function private.keep_columns('id', 'user_id', 'scope', 'scope_key', 'style');

alter table public.summaries enable row level security;
alter table public.summaries force row level security;
create policy "Members read the summaries of their workspaces" on public.summaries for select to authenticated
  using (workspace_id = (select private.current_workspace()));
create policy "Members add summaries as themselves" on public.summaries for insert to authenticated
  with check (user_id = (select auth.uid()) and workspace_id = (select private.current_workspace()));
create policy "Members edit their own summaries, managers all" on public.summaries for update to authenticated
  using (workspace_id = (select private.current_workspace())
    and ((select private.has_role('manager')) or user_id = (select auth.uid())))
  with check (workspace_id = (select private.current_workspace())
    and ((select private.has_role('manager')) or user_id = (select auth.uid())));
create policy "Members delete their own summaries, managers all" on public.summaries for delete to authenticated
  using (workspace_id = (select private.current_workspace())
    and ((select private.has_role('manager')) or user_id = (select auth.uid())));

revoke all on table public.summaries from public, anon, authenticated, service_role;
grant select, delete,
  insert (id, workspace_id, user_id, scope, scope_key, style, provider, prompt, summary_text, artifact_ids, evidence_ids),
  update (id, workspace_id, user_id, scope, scope_key, style, provider, prompt, summary_text, artifact_ids, evidence_ids)
  on table public.summaries to authenticated;
grant select, insert, update, delete on table public.summaries to service_role;
