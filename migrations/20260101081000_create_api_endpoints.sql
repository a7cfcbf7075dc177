-- Endpoints that API descriptions list (OpenAPI, Postman).

create table public.api_endpoints (
  id             uuid        not null default gen_random_uuid(),
  workspace_id   uuid        not null default private.current_workspace(),
  document_id    uuid        not null,
  name           text,
  summary        text,
  method         text        not null,
  path           text        not null,
  tags           jsonb       not null default '[]',
  params_json    jsonb,
  responses_json jsonb,
  created_at     timestamptz not null default now(),
  constraint api_endpoints_pkey primary key (id),
  constraint api_endpoints_workspace_id_fkey foreign key (workspace_id) references public.workspaces (id) on delete cascade,
  constraint api_endpoints_document_id_fkey foreign key (workspace_id, document_id)
    references public.documents (workspace_id, id) on delete cascade,
  constraint api_endpoints_name_length check (char_length(name) <= 500),
  constraint api_endpoints_summary_length check (char_length(summary) <= 20000),
  constraint api_endpoints_method_format check (method ~ '^[A-Z]{1,20}$'),
  constraint api_endpoints_path_length check (char_length(path) <= 4000),
  constraint api_endpoints_tags_is_array check (jsonb_typeof(tags) = 'array' and octet_length(tags::text) <= 20000),
  constraint api_endpoints_params_json_is_json check (
    jsonb_typeof(params_json) in ('object', 'array', 'string') and octet_length(params_json::text) <= 2000000),
  constraint api_endpoints_responses_json_is_json check (
    jsonb_typeof(responses_json) in ('object', 'array') and octet_length(responses_json::text) <= 2000000)
);
comment on table public.api_endpoints is 'Endpoints of the APIs that documents describe.';
comment on column public.api_endpoints.name is 'operationId of OpenAPI, or the item name of Postman.';
comment on column public.api_endpoints.method is 'Upper case.';
comment on column public.api_endpoints.params_json is 'Parameters of OpenAPI, or the URL object of Postman.';
comment on column public.api_endpoints.responses_json is 'An object by status for OpenAPI, a list for Postman.';
create index api_endpoints_method_path_idx on public.api_endpoints (workspace_id, method, path);
comment on index public.api_endpoints_method_path_idx is 'Endpoints of a method, by path.';
create index api_endpoints_document_id_idx on public.api_endpoints (workspace_id, document_id);
comment on index public.api_endpoints_document_id_idx is 'Endpoints of a document.';

create trigger api_endpoints_refuse_workspace_change before update of workspace_id on public.api_endpoints
  for each row execute function private.refuse_workspace_change();
create trigger api_endpoints_keep_columns_on_update before update of id, document_id on public.api_endpoints
  for each row execute function private.keep_columns('id', 'document_id');
create trigger api_endpoints_set_workspace_on_insert before insert on public.api_endpoints
  for each row execute function private.set_workspace_from_document();
create trigger api_endpoints_refuse_extracted_id_on_insert before insert on public.api_endpoints
  for each row execute function private.refuse_extracted_id();

alter table public.api_endpoints enable row level security;
alter table public.api_endpoints force row level security;
create policy "Members read the endpoints of their workspaces" on public.api_endpoints for select to authenticated
  using (workspace_id = (select private.current_workspace()));
create policy "Managers add endpoints to their workspaces" on public.api_endpoints for insert to authenticated
  with check (workspace_id = (select private.current_workspace()) and (select private.has_role('manager')));
create policy "Managers edit the endpoints of their workspaces" on public.api_endpoints for update to authenticated
  using (workspace_id = (select private.current_workspace()) and (select private.has_role('manager')))
  with check (workspace_id = (select private.current_workspace()) and (select private.has_role('manager')));
create policy "Managers delete the endpoints of their workspaces" on public.api_endpoints for delete to authenticated
  using (workspace_id = (select private.current_workspace()) and (select private.has_role('manager')));

revoke all on table public.api_endpoints from public, anon, authenticated, service_role;
grant select, delete,
  insert (id, document_id, name, summary, method, path, tags, params_json, responses_json),
  update (id, document_id, name, summary, method, path, tags, params_json, responses_json)
  on table public.api_endpoints to authenticated;
grant select, insert, update, delete on table public.api_endpoints to service_role;
