-- Settings of the assistant of a workspace: the models that answer, and the checks of messages.

create table public.ai_settings (
  workspace_id     uuid        not null,
  default_model_id text,
  small_model_id   text,
  checks           jsonb       not null default '{"prompt_injection": "record", "pii": "record"}',
  created_at       timestamptz not null default now(),
  updated_at       timestamptz not null default now(),
  constraint ai_settings_pkey primary key (workspace_id),
  constraint ai_settings_workspace_id_fkey foreign key (workspace_id) references public.workspaces (id) on delete cascade,
  constraint ai_settings_default_model_id_fkey foreign key (default_model_id) references public.ai_models (id)
    on delete set null,
  constraint ai_settings_small_model_id_fkey foreign key (small_model_id) references public.ai_models (id)
    on delete set null,
  constraint ai_settings_checks_object check (jsonb_typeof(checks) = 'object'),
  constraint ai_settings_checks_size check (octet_length(checks::text) <= 1000),
  constraint ai_settings_checks_known check (checks - array['prompt_injection', 'pii'] = '{}'),
  constraint ai_settings_prompt_injection_allowed
    check (not checks ? 'prompt_injection' or coalesce(checks ->> 'prompt_injection', '') in ('off', 'record', 'block')),
  constraint ai_settings_pii_allowed
    check (not checks ? 'pii' or coalesce(checks ->> 'pii', '') in ('off', 'record', 'redact', 'block'))
);
comment on table public.ai_settings is
  'Settings of the assistant of a workspace: one row, created with the workspace. Members read them, admins update them.';
comment on column public.ai_settings.default_model_id is
  'Model that answers if neither the request nor the agent sets one. Null: the first model whose provider has a key.';
comment on column public.ai_settings.small_model_id is
  'Model for titles and summaries of conversations. Null: ai_models.small_model_id of the model that answers.';
comment on column public.ai_settings.checks is
  '{"prompt_injection": "off" | "record" | "block", "pii": "off" | "record" | "redact" | "block"}. The default is "record".';

create index ai_settings_default_model_id_idx on public.ai_settings (default_model_id);
create index ai_settings_small_model_id_idx on public.ai_settings (small_model_id);

create trigger ai_settings_set_updated_at before update on public.ai_settings
  for each row execute function private.set_updated_at();
create trigger ai_settings_refuse_workspace_change before update of workspace_id on public.ai_settings
  for each row execute function private.refuse_workspace_change();

alter table public.ai_settings enable row level security;
alter table public.ai_settings force row level security;
create policy "Members read the settings of their workspaces" on public.ai_settings for select to authenticated
  using (workspace_id = (select private.current_workspace()));
create policy "Admins change the settings of their workspaces" on public.ai_settings for update to authenticated
  using (workspace_id = (select private.current_workspace()) and (select private.has_role('admin')))
  with check (workspace_id = (select private.current_workspace()) and (select private.has_role('admin')));

revoke all on table public.ai_settings from public, anon, authenticated, service_role;
grant select, update (default_model_id, small_model_id, checks) on table public.ai_settings to authenticated;
grant select, insert, update, delete on table public.ai_settings to service_role;

create function private.guard_policy(workspace_id uuid) returns jsonb
language sql stable security definer set search_path = ''
as $$
  select '{"prompt_injection": "record", "pii": "record"}'::jsonb || coalesce(
    (select s.checks from public.ai_settings as s where s.workspace_id = guard_policy.workspace_id), '{}')
$$;
comment on function private.guard_policy(uuid) is
  'The checks of a workspace, with defaults. Definer: called for users other than the caller. Called by definer functions only.';
revoke execute on function private.guard_policy(uuid) from public, anon, authenticated, service_role;
