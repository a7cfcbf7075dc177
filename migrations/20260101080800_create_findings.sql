-- Findings in the text of documents: named entities and business metrics.

create table public.document_entities (
  id             uuid        not null default gen_random_uuid(),
  workspace_id   uuid        not null default private.current_workspace(),
  document_id    uuid        not null,
  label          text        not null,
  text           text        not null,
  start_char     integer,
  end_char       integer,
  page           integer,
  source_index   integer,
  context        text,
  created_at     timestamptz not null default now(),
  constraint document_entities_pkey primary key (id),
  constraint document_entities_workspace_id_fkey foreign key (workspace_id) references public.workspaces (id) on delete cascade,
  constraint document_entities_document_id_fkey foreign key (workspace_id, document_id)
    references public.documents (workspace_id, id) on delete cascade,
  constraint document_entities_label_length check (char_length(label) between 1 and 100),
  constraint document_entities_text_length check (char_length(text) between 1 and 2000),
  constraint document_entities_context_length check (char_length(context) <= 5000)
);
comment on table public.document_entities is 'Named entities in a document: people, organizations, places, dates, amounts and others.';
comment on column public.document_entities.label is 'Kind of entity, for example PERSON, ORG, GPE, DATE or MONEY.';
comment on column public.document_entities.source_index is 'Number of the section that contains it.';
create index document_entities_document_id_label_idx on public.document_entities (workspace_id, document_id, label);
comment on index public.document_entities_document_id_label_idx is 'Entities of a document, by kind.';

create trigger document_entities_refuse_workspace_change before update of workspace_id on public.document_entities
  for each row execute function private.refuse_workspace_change();
create trigger document_entities_keep_columns_on_update before update of id, document_id on public.document_entities
  for each row execute function private.keep_columns('id', 'document_id');
create trigger document_entities_set_workspace_on_insert before insert on public.document_entities
  for each row execute function private.set_workspace_from_document();
create trigger document_entities_refuse_extracted_id_on_insert before insert on public.document_entities
  for each row execute function private.refuse_extracted_id();

alter table public.document_entities enable row level security;
alter table public.document_entities force row level security;
create policy "Members read the entities of their workspaces" on public.document_entities for select to authenticated
  using (workspace_id = (select private.current_workspace()));
create policy "Managers add entities to their workspaces" on public.document_entities for insert to authenticated
  with check (workspace_id = (select private.current_workspace()) and (select private.has_role('manager')));
create policy "Managers edit the entities of their workspaces" on public.document_entities for update to authenticated
  using (workspace_id = (select private.current_workspace()) and (select private.has_role('manager')))
  with check (workspace_id = (select private.current_workspace()) and (select private.has_role('manager')));
create policy "Managers delete the entities of their workspaces" on public.document_entities for delete to authenticated
  using (workspace_id = (select private.current_workspace()) and (select private.has_role('manager')));

revoke all on table public.document_entities from public, anon, authenticated, service_role;
grant select, delete,
  insert (id, document_id, label, text, start_char, end_char, page, source_index, context),
  update (id, document_id, label, text, start_char, end_char, page, source_index, context)
  on table public.document_entities to authenticated;
grant select, insert, update, delete on table public.document_entities to service_role;

create table public.document_metric_hits (
  id             uuid        not null default gen_random_uuid(),
  workspace_id   uuid        not null default private.current_workspace(),
  document_id    uuid        not null,
  type           text        not null,
  value          text,
  position       integer,
  page           integer,
  source_index   integer,
  context        text,
  created_at     timestamptz not null default now(),
  constraint document_metric_hits_pkey primary key (id),
  constraint document_metric_hits_workspace_id_fkey foreign key (workspace_id) references public.workspaces (id) on delete cascade,
  constraint document_metric_hits_document_id_fkey foreign key (workspace_id, document_id)
    references public.documents (workspace_id, id) on delete cascade,
  constraint document_metric_hits_type_length check (char_length(type) between 1 and 100),
  constraint document_metric_hits_value_length check (char_length(value) <= 500),
  constraint document_metric_hits_context_length check (char_length(context) <= 5000)
);
comment on table public.document_metric_hits is 'Business metrics that a document mentions, as written.';
comment on column public.document_metric_hits.type is 'revenue, growth, margin, profit or another metric.';
comment on column public.document_metric_hits.value is 'As written, for example 2M.';
create index document_metric_hits_document_id_type_idx on public.document_metric_hits (workspace_id, document_id, type);
comment on index public.document_metric_hits_document_id_type_idx is 'Metrics of a document, by kind.';

create trigger document_metric_hits_refuse_workspace_change before update of workspace_id on public.document_metric_hits
  for each row execute function private.refuse_workspace_change();
create trigger document_metric_hits_keep_columns_on_update before update of id, document_id on public.document_metric_hits
  for each row execute function private.keep_columns('id', 'document_id');
create trigger document_metric_hits_set_workspace_on_insert before insert on public.document_metric_hits
  for each row execute function private.set_workspace_from_document();
create trigger document_metric_hits_refuse_extracted_id_on_insert before insert on public.document_metric_hits
  for each row execute function private.refuse_extracted_id();

alter table public.document_metric_hits enable row level security;
alter table public.document_metric_hits force row level security;
create policy "Members read the metrics of their workspaces" on public.document_metric_hits for select to authenticated
  using (workspace_id = (select private.current_workspace()));
create policy "Managers add metrics to their workspaces" on public.document_metric_hits for insert to authenticated
  with check (workspace_id = (select private.current_workspace()) and (select private.has_role('manager')));
create policy "Managers edit the metrics of their workspaces" on public.document_metric_hits for update to authenticated
  using (workspace_id = (select private.current_workspace()) and (select private.has_role('manager')))
  with check (workspace_id = (select private.current_workspace()) and (select private.has_role('manager')));
create policy "Managers delete the metrics of their workspaces" on public.document_metric_hits for delete to authenticated
  using (workspace_id = (select private.current_workspace()) and (select private.has_role('manager')));

revoke all on table public.document_metric_hits from public, anon, authenticated, service_role;
grant select, delete,
  insert (id, document_id, type, value, position, page, source_index, context),
  update (id, document_id, type, value, position, page, source_index, context)
  on table public.document_metric_hits to authenticated;
grant select, insert, update, delete on table public.document_metric_hits to service_role;
