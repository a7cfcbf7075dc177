-- Documents: the content of files, with sections, tables and outline.

create table public.documents (
  id             uuid        not null default gen_random_uuid(),
  workspace_id   uuid        not null default private.current_workspace(),
  artifact_id    uuid,
  path           text        not null default '',
  type           text        not null,
  title          text,
  source         text,
  language       text,
  page_count     integer,
  metadata       jsonb       not null default '{}',
  created_at     timestamptz not null default now(),
  updated_at     timestamptz not null default now(),
  constraint documents_pkey primary key (id),
  constraint documents_workspace_id_id_key unique (workspace_id, id),
  constraint documents_workspace_id_fkey foreign key (workspace_id) references public.workspaces (id) on delete cascade,
  constraint documents_artifact_id_fkey foreign key (workspace_id, artifact_id)
    references public.artifacts (workspace_id, id) on delete cascade,
  constraint documents_path_length check (char_length(path) <= 2000),
  constraint documents_type_length check (char_length(type) between 1 and 50),
  constraint documents_title_length check (char_length(title) <= 1000),
  constraint documents_source_length check (char_length(source) <= 2000),
  constraint documents_language_length check (char_length(language) <= 35),
  constraint documents_page_count_not_negative check (page_count >= 0),
  constraint documents_metadata_is_object check (jsonb_typeof(metadata) = 'object' and octet_length(metadata::text) <= 1000000)
);
comment on table public.documents is 'Content that was read from a file or added without one. The document of a file has the id of its artifact.';
comment on column public.documents.type is 'pdf, docx, xlsx, csv, markdown, html, text, json, xml, log, openapi, postman, image or another word.';
comment on column public.documents.language is 'BCP 47 tag; null if unknown.';
comment on constraint documents_workspace_id_id_key on public.documents is
  'Target of the foreign keys that keep the parts of a document in its workspace.';
create index documents_workspace_id_type_idx on public.documents (workspace_id, type, created_at desc);
comment on index public.documents_workspace_id_type_idx is 'Documents of one type, newest first.';
create index documents_artifact_id_idx on public.documents (workspace_id, artifact_id);
comment on index public.documents_artifact_id_idx is 'Documents of a file.';

create trigger documents_set_updated_at before update on public.documents
  for each row execute function private.set_updated_at();
create trigger documents_refuse_workspace_change before update of workspace_id on public.documents
  for each row execute function private.refuse_workspace_change();
create trigger documents_keep_columns_on_update before update of id, artifact_id, created_at on public.documents
  for each row execute function private.keep_columns('id', 'artifact_id', 'created_at');
create function private.set_artifact_of_document() returns trigger
language plpgsql set search_path = ''
as $$
begin
  select a.id into new.artifact_id from public.artifacts as a
  where a.id = new.id and (new.workspace_id is null or a.workspace_id = new.workspace_id);
  return new;
end
$$;
comment on function private.set_artifact_of_document() is
  'Before insert of a document without artifact_id: the document of a file has its id, so clients need not send it twice. Runs with the caller''s rights.';
revoke execute on function private.set_artifact_of_document() from public, anon, authenticated, service_role;
-- Before the next one, which takes the workspace of the file: triggers run in the order of their names.
create trigger documents_set_artifact_on_insert before insert on public.documents
  for each row when (new.artifact_id is null) execute function private.set_artifact_of_document();
create trigger documents_set_workspace_on_insert before insert on public.documents
  for each row execute function private.set_workspace_from_artifact();

create trigger documents_refuse_id_of_other_workspace after insert or update of id on public.documents
  for each row execute function private.refuse_id_of_other_workspace();

create function private.set_document_date() returns trigger
language plpgsql set search_path = ''
as $$
begin
  new.created_at := coalesce((select d.created_at from public.documents as d where d.id = new.id), now());
  return new;
end
$$;
comment on function private.set_document_date() is
  'Before insert or upsert with a null created_at, which some clients send: keeps the stored date, or sets now.';
revoke execute on function private.set_document_date() from public, anon, authenticated, service_role;
create trigger documents_set_date_on_insert before insert on public.documents
  for each row when (new.created_at is null) execute function private.set_document_date();

alter table public.documents enable row level security;
alter table public.documents force row level security;
create policy "Members read the documents of their workspaces" on public.documents for select to authenticated
  using (workspace_id = (select private.current_workspace()));
create policy "Managers add documents to their workspaces" on public.documents for insert to authenticated
  with check (workspace_id = (select private.current_workspace()) and (select private.has_role('manager')));
create policy "Managers edit the documents of their workspaces" on public.documents for update to authenticated
  using (workspace_id = (select private.current_workspace()) and (select private.has_role('manager')))
  with check (workspace_id = (select private.current_workspace()) and (select private.has_role('manager')));
create policy "Managers delete the documents of their workspaces" on public.documents for delete to authenticated
  using (workspace_id = (select private.current_workspace()) and (select private.has_role('manager')));

revoke all on table public.documents from public, anon, authenticated, service_role;
grant select, delete,
  insert (id, workspace_id, artifact_id, path, type, title, source, language, page_count, metadata, created_at),
  update (id, workspace_id, artifact_id, path, type, title, source, language, page_count, metadata, created_at)
  on table public.documents to authenticated;
grant select, insert, update, delete on table public.documents to service_role;

create function private.set_workspace_from_document() returns trigger
language plpgsql set search_path = ''
as $$
begin
  if new.document_id is not null then
    select d.workspace_id into new.workspace_id from public.documents as d where d.id = new.document_id;
    if not found then
      raise foreign_key_violation using message = 'No such document.', hint = 'It does not exist, or you have no access to it.';
    end if;
  end if;
  return new;
end
$$;
comment on function private.set_workspace_from_document() is
  'Before insert of a part of a document: sets the workspace of the document. Runs with the caller''s rights, so a document of others is refused like one that does not exist (23503).';
revoke execute on function private.set_workspace_from_document() from public, anon, authenticated, service_role;

create table public.document_sections (
  id             uuid        not null default gen_random_uuid(),
  workspace_id   uuid        not null default private.current_workspace(),
  document_id    uuid        not null,
  "order"        integer     not null,
  level          integer     not null default 0,
  heading        text,
  text           text        not null,
  page           integer,
  bbox_json      jsonb,
  created_at     timestamptz not null default now(),
  constraint document_sections_pkey primary key (id),
  constraint document_sections_workspace_id_fkey foreign key (workspace_id) references public.workspaces (id) on delete cascade,
  constraint document_sections_document_id_fkey foreign key (workspace_id, document_id)
    references public.documents (workspace_id, id) on delete cascade,
  constraint document_sections_level_range check (level between 0 and 20),
  constraint document_sections_heading_length check (char_length(heading) <= 1000),
  constraint document_sections_text_length check (octet_length(text) <= 10000000),
  constraint document_sections_bbox_json_is_json
    check (jsonb_typeof(bbox_json) in ('object', 'array') and octet_length(bbox_json::text) <= 100000)
);
comment on table public.document_sections is 'Text of a document in reading order.';
comment on column public.document_sections."order" is 'Position in the document, from 0.';
comment on column public.document_sections.level is 'Level of the heading; 0 for text before the first heading.';
create index document_sections_document_id_order_idx on public.document_sections (workspace_id, document_id, "order");
comment on index public.document_sections_document_id_order_idx is 'Sections of a document in order.';

create trigger document_sections_refuse_workspace_change before update of workspace_id on public.document_sections
  for each row execute function private.refuse_workspace_change();
create trigger document_sections_keep_columns_on_update before update of id, document_id on public.document_sections
  for each row execute function private.keep_columns('id', 'document_id');
create trigger document_sections_set_workspace_on_insert before insert on public.document_sections
  for each row execute function private.set_workspace_from_document();
create trigger document_sections_refuse_extracted_id_on_insert before insert on public.document_sections
  for each row execute function private.refuse_extracted_id();

alter table public.document_sections enable row level security;
alter table public.document_sections force row level security;
create policy "Members read the sections of their workspaces" on public.document_sections for select to authenticated
  using (workspace_id = (select private.current_workspace()));
create policy "Managers add sections to their workspaces" on public.document_sections for insert to authenticated
  with check (workspace_id = (select private.current_workspace()) and (select private.has_role('manager')));
create policy "Managers edit the sections of their workspaces" on public.document_sections for update to authenticated
  using (workspace_id = (select private.current_workspace()) and (select private.has_role('manager')))
  with check (workspace_id = (select private.current_workspace()) and (select private.has_role('manager')));
create policy "Managers delete the sections of their workspaces" on public.document_sections for delete to authenticated
  using (workspace_id = (select private.current_workspace()) and (select private.has_role('manager')));

revoke all on table public.document_sections from public, anon, authenticated, service_role;
grant select, delete,
  insert (id, document_id, "order", level, heading, text, page, bbox_json),
  update (id, document_id, "order", level, heading, text, page, bbox_json)
  on table public.document_sections to authenticated;
grant select, insert, update, delete on table public.document_sections to service_role;

create table public.document_tables (
  id             uuid        not null default gen_random_uuid(),
  workspace_id   uuid        not null default private.current_workspace(),
  document_id    uuid        not null,
  "order"        integer     not null,
  json           jsonb       not null,
  caption        text,
  page           integer,
  created_at     timestamptz not null default now(),
  constraint document_tables_pkey primary key (id),
  constraint document_tables_workspace_id_fkey foreign key (workspace_id) references public.workspaces (id) on delete cascade,
  constraint document_tables_document_id_fkey foreign key (workspace_id, document_id)
    references public.documents (workspace_id, id) on delete cascade,
  constraint document_tables_json_is_json
    check (jsonb_typeof(json) in ('object', 'array') and octet_length(json::text) <= 20000000),
  constraint document_tables_caption_length check (char_length(caption) <= 1000)
);
comment on table public.document_tables is 'Tables of a document. A long table is stored as several rows of this table.';
comment on column public.document_tables.json is '{"columns", "rows", "row_start"}, or a list of rows.';
create index document_tables_document_id_order_idx on public.document_tables (workspace_id, document_id, "order");
comment on index public.document_tables_document_id_order_idx is 'Tables of a document in order.';

create trigger document_tables_refuse_workspace_change before update of workspace_id on public.document_tables
  for each row execute function private.refuse_workspace_change();
create trigger document_tables_keep_columns_on_update before update of id, document_id on public.document_tables
  for each row execute function private.keep_columns('id', 'document_id');
create trigger document_tables_set_workspace_on_insert before insert on public.document_tables
  for each row execute function private.set_workspace_from_document();
create trigger document_tables_refuse_extracted_id_on_insert before insert on public.document_tables
  for each row execute function private.refuse_extracted_id();

alter table public.document_tables enable row level security;
alter table public.document_tables force row level security;
create policy "Members read the tables of their workspaces" on public.document_tables for select to authenticated
  using (workspace_id = (select private.current_workspace()));
create policy "Managers add tables to their workspaces" on public.document_tables for insert to authenticated
  with check (workspace_id = (select private.current_workspace()) and (select private.has_role('manager')));
create policy "Managers edit the tables of their workspaces" on public.document_tables for update to authenticated
  using (workspace_id = (select private.current_workspace()) and (select private.has_role('manager')))
  with check (workspace_id = (select private.current_workspace()) and (select private.has_role('manager')));
create policy "Managers delete the tables of their workspaces" on public.document_tables for delete to authenticated
  using (workspace_id = (select private.current_workspace()) and (select private.has_role('manager')));

revoke all on table public.document_tables from public, anon, authenticated, service_role;
grant select, delete,
  insert (id, document_id, "order", json, caption, page),
  update (id, document_id, "order", json, caption, page)
  on table public.document_tables to authenticated;
grant select, insert, update, delete on table public.document_tables to service_role;

create table public.document_structure (
  document_id    uuid        not null,
  workspace_id   uuid        not null default private.current_workspace(),
  hierarchy      jsonb,
  created_at     timestamptz not null default now(),
  updated_at     timestamptz not null default now(),
  constraint document_structure_pkey primary key (document_id),
  constraint document_structure_workspace_id_fkey foreign key (workspace_id) references public.workspaces (id) on delete cascade,
  constraint document_structure_document_id_fkey foreign key (workspace_id, document_id)
    references public.documents (workspace_id, id) on delete cascade,
  constraint document_structure_hierarchy_is_object
    check (jsonb_typeof(hierarchy) = 'object' and octet_length(hierarchy::text) <= 10000000)
);
comment on table public.document_structure is 'The outline of a document.';
comment on column public.document_structure.hierarchy is '{"title", "sections": [{"level", "title", "content", "subsections"}]}.';
create index document_structure_workspace_id_idx on public.document_structure (workspace_id, document_id);
comment on index public.document_structure_workspace_id_idx is 'The outline of a document, within its workspace.';

create trigger document_structure_set_updated_at before update on public.document_structure
  for each row execute function private.set_updated_at();
create trigger document_structure_refuse_workspace_change before update of workspace_id on public.document_structure
  for each row execute function private.refuse_workspace_change();
create trigger document_structure_keep_columns_on_update before update of document_id on public.document_structure
  for each row execute function private.keep_columns('document_id');
create trigger document_structure_set_workspace_on_insert before insert on public.document_structure
  for each row execute function private.set_workspace_from_document();

alter table public.document_structure enable row level security;
alter table public.document_structure force row level security;
create policy "Members read the outlines of their workspaces" on public.document_structure for select to authenticated
  using (workspace_id = (select private.current_workspace()));
create policy "Managers add outlines to their workspaces" on public.document_structure for insert to authenticated
  with check (workspace_id = (select private.current_workspace()) and (select private.has_role('manager')));
create policy "Managers edit the outlines of their workspaces" on public.document_structure for update to authenticated
  using (workspace_id = (select private.current_workspace()) and (select private.has_role('manager')))
  with check (workspace_id = (select private.current_workspace()) and (select private.has_role('manager')));
create policy "Managers delete the outlines of their workspaces" on public.document_structure for delete to authenticated
  using (workspace_id = (select private.current_workspace()) and (select private.has_role('manager')));

revoke all on table public.document_structure from public, anon, authenticated, service_role;
grant select, delete,
  insert (document_id, hierarchy),
  update (document_id, hierarchy)
  on table public.document_structure to authenticated;
grant select, insert, update, delete on table public.document_structure to service_role;
