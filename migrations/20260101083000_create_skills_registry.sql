-- Skills that assistants can use: global ones and those of a workspace.

create table public.skills_registry (
  id           uuid        not null default gen_random_uuid(),
  workspace_id uuid,
  name         text        not null,
  version      integer     not null default 0,
  description  text,
  parameters   jsonb       not null default '{}',
  workflow_def jsonb       not null default '{}',
  enabled      boolean     not null default true,
  created_by   uuid        default auth.uid(),
  created_at   timestamptz not null default now(),
  updated_at   timestamptz not null default now(),
  constraint skills_registry_pkey primary key (id),
  constraint skills_registry_workspace_id_name_version_key unique nulls not distinct (workspace_id, name, version),
  constraint skills_registry_workspace_id_fkey
    foreign key (workspace_id) references public.workspaces (id) on delete cascade,
  constraint skills_registry_created_by_fkey foreign key (created_by) references auth.users (id) on delete set null,
  constraint skills_registry_name_length check (char_length(name) between 1 and 200),
  constraint skills_registry_version_positive check (version >= 1),
  constraint skills_registry_description_length check (char_length(description) <= 20000),
  constraint skills_registry_parameters_is_object
    check (jsonb_typeof(parameters) = 'object' and octet_length(parameters::text) <= 200000),
  constraint skills_registry_workflow_def_is_object
    check (jsonb_typeof(workflow_def) = 'object' and octet_length(workflow_def::text) <= 1000000)
);
comment on table public.skills_registry is 'Skills in versions. A skill without a workspace is global; a skill of a workspace replaces the global one of the same name.';
comment on column public.skills_registry.workspace_id is 'Null for a global skill, which only a secret key writes.';
comment on column public.skills_registry.version is 'From 1 for each name. The default is the next number.';
comment on column public.skills_registry.enabled is 'Set by admins of the workspace.';

create index skills_registry_created_by_idx on public.skills_registry (created_by);
comment on index public.skills_registry_created_by_idx is 'Used when the account is deleted.';

create function private.set_skill_version() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
  perform pg_advisory_xact_lock(hashtextextended(format('public.skills_registry %s %s', new.workspace_id, new.name), 0));
  new.version := 1 + coalesce((
    select max(s.version) from public.skills_registry as s
    where s.workspace_id is not distinct from new.workspace_id and s.name = new.name), 0);
  return new;
end
$$;
comment on function private.set_skill_version() is
  'Before insert without a version: sets the next one of the name. Definer: it counts versions that the caller cannot read, so that none is used twice.';
revoke execute on function private.set_skill_version() from public, anon, authenticated, service_role;
create trigger skills_registry_set_version_on_insert before insert on public.skills_registry
  for each row when (new.version is null or new.version = 0) execute function private.set_skill_version();
create trigger skills_registry_set_updated_at before update on public.skills_registry
  for each row execute function private.set_updated_at();
create trigger skills_registry_refuse_workspace_change before update of workspace_id on public.skills_registry
  for each row execute function private.refuse_workspace_change();
create trigger skills_registry_keep_columns_on_update before update of name, version, created_by on public.skills_registry
  for each row execute function private.keep_columns('name', 'version', 'created_by');

alter table public.skills_registry enable row level security;
alter table public.skills_registry force row level security;
create policy "Members read enabled skills, admins all of their workspaces" on public.skills_registry
  for select to authenticated
  using (workspace_id is null and enabled
    or workspace_id = (select private.current_workspace()) and (enabled or (select private.has_role('admin'))));
create policy "Admins add skills to their workspaces as themselves" on public.skills_registry for insert to authenticated
  with check (created_by = (select auth.uid()) and workspace_id = (select private.current_workspace()) and (select private.has_role('admin')));
create policy "Admins edit the skills of their workspaces" on public.skills_registry for update to authenticated
  using (workspace_id = (select private.current_workspace()) and (select private.has_role('admin')))
  with check (workspace_id = (select private.current_workspace()) and (select private.has_role('admin')));
create policy "Admins delete the skills of their workspaces" on public.skills_registry for delete to authenticated
  using (workspace_id = (select private.current_workspace()) and (select private.has_role('admin')));

revoke all on table public.skills_registry from public, anon, authenticated, service_role;
grant select, delete,
  insert (workspace_id, name, version, description, parameters, workflow_def, enabled, created_by),
  update (workspace_id, name, version, description, parameters, workflow_def, enabled, created_by)
  on table public.skills_registry to authenticated;
grant select, insert, update, delete on table public.skills_registry to service_role;

create function public.list_skills() returns setof public.skills_registry
language sql stable set search_path = ''
begin atomic
  select distinct on (s.name) s.id, s.workspace_id, s.name, s.version, s.description, s.parameters, s.workflow_def, s.enabled,
    s.created_by, s.created_at, s.updated_at
  from public.skills_registry as s
  where s.enabled and (s.workspace_id is null or s.workspace_id = (select private.current_workspace()))
  order by s.name, s.workspace_id nulls last, s.version desc;
end;
comment on function public.list_skills() is
  'The skills of the workspace: the latest enabled version of each name, its own before global ones.';

create function public.register_skill(
  name text, description text default null, parameters jsonb default '{}', workflow_def jsonb default '{}',
  enabled boolean default true
) returns uuid
language sql volatile set search_path = ''
begin atomic
  insert into public.skills_registry as s (workspace_id, name, description, parameters, workflow_def, enabled)
  values ((select private.current_workspace()), name, description, parameters, workflow_def, enabled)
  returning s.id;
end;
comment on function public.register_skill(text, text, jsonb, jsonb, boolean) is
  'Admins: adds a skill to the workspace, as the next version of its name, and returns its id. With a secret key the skill is global, unless the header x-workspace-id names a workspace.';
revoke execute on function public.list_skills(), public.register_skill(text, text, jsonb, jsonb, boolean)
  from public, anon, authenticated, service_role;
grant execute on function public.list_skills(), public.register_skill(text, text, jsonb, jsonb, boolean)
  to authenticated, service_role;
