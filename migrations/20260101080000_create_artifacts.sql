-- Files and web pages of a workspace. Deleting one deletes everything that was read from it. The storage bucket and the
-- ingestion queue follow, one file each.

create table public.artifacts (
  id             uuid        not null default gen_random_uuid(),
  workspace_id   uuid        not null default private.current_workspace(),
  user_id        uuid        default auth.uid(),
  job_id         bigint,
  attached_to    uuid,
  same_as        uuid,
  content_sha256 text,
  filename       text        not null,
  bucket_id      text,
  filepath       text        not null default '',
  filetype       text        not null default '',
  media_type     text,
  file_size      bigint,
  report_week    text,
  status         text        not null default 'uploaded',
  last_error     text,
  source_url     text,
  extras         jsonb       not null default '{}',
  table_evidence    integer  not null default 0,
  chart_evidence    integer  not null default 0,
  formula_evidence  integer  not null default 0,
  media_transcripts integer  not null default 0,
  media_metadata    integer  not null default 0,
  web_pages         integer  not null default 0,
  image_ocr         integer  not null default 0,
  created_at     timestamptz not null default now(),
  updated_at     timestamptz not null default now(),
  constraint artifacts_pkey primary key (id),
  constraint artifacts_workspace_id_id_key unique (workspace_id, id),
  constraint artifacts_workspace_id_fkey foreign key (workspace_id) references public.workspaces (id) on delete cascade,
  constraint artifacts_user_id_fkey foreign key (user_id) references auth.users (id) on delete set null,
  constraint artifacts_job_id_fkey foreign key (workspace_id, job_id)
    references business.jobs (workspace_id, id) on delete set null (job_id),
  constraint artifacts_attached_to_fkey foreign key (workspace_id, attached_to)
    references public.artifacts (workspace_id, id) on delete cascade,
  constraint artifacts_same_as_fkey foreign key (workspace_id, same_as)
    references public.artifacts (workspace_id, id) on delete set null (same_as),
  constraint artifacts_content_sha256_format check (char_length(content_sha256) = 64 and content_sha256 ~ '^[0-9a-f]+$'),
  constraint artifacts_filename_length check (char_length(filename) between 1 and 500),
  constraint artifacts_bucket_id_allowed check (bucket_id = 'apex-files' and char_length(bucket_id) <= 100),
  constraint artifacts_stored_path_length check (bucket_id is null or octet_length(filepath) between 1 and 1024),
  constraint artifacts_filepath_length check (char_length(filepath) <= 2000),
  constraint artifacts_filetype_length check (char_length(filetype) <= 50),
  constraint artifacts_media_type_length check (char_length(media_type) <= 200),
  constraint artifacts_file_size_not_negative check (file_size >= 0),
  constraint artifacts_report_week_length check (char_length(report_week) <= 50),
  constraint artifacts_status_allowed check (status in ('uploaded', 'processing', 'processed', 'searchable', 'failed')),
  constraint artifacts_last_error_length check (char_length(last_error) <= 2000),
  constraint artifacts_source_url_length check (char_length(source_url) <= 2000),
  constraint artifacts_extras_is_object check (jsonb_typeof(extras) = 'object' and octet_length(extras::text) <= 1000000),
  constraint artifacts_evidence_counts_not_negative check (
    least(table_evidence, chart_evidence, formula_evidence, media_transcripts, media_metadata, web_pages, image_ocr) >= 0)
);
comment on table public.artifacts is 'Files and web pages of a workspace. Members add their own; their content is in documents, facts and evidence.';
comment on column public.artifacts.user_id is 'The member who added it, taken from the token. Set to null when the account is deleted.';
comment on column public.artifacts.job_id is 'The job it belongs to, if any.';
comment on column public.artifacts.attached_to is
  'The e-mail that this file came with, if any; it is deleted with it. Set by the database.';
comment on column public.artifacts.same_as is
  'Another file of the workspace with the same bytes, whose passages are those of this one, too: a search finds them once. Set by the database.';
comment on column public.artifacts.content_sha256 is 'SHA-256 of the bytes, in hex; null until they were read as a whole. Set by the database.';
comment on column public.artifacts.bucket_id is
  'Storage bucket of the file, apex-files. Null for rows without a stored file; these are not read.';
comment on column public.artifacts.filepath is 'Path in the bucket, or another location of the file.';
comment on column public.artifacts.filetype is 'Suffix in lower case with its dot, or url. The default is the suffix of filename.';
comment on column public.artifacts.file_size is 'Bytes.';
comment on column public.artifacts.report_week is 'Free text that groups reports, for example 2026-W01.';
comment on column public.artifacts.status is
  'uploaded, processing (being read), processed (read), searchable (read and embedded), or failed: last_error says why.';
comment on column public.artifacts.extras is 'Metadata of the file, by kind: media, image, web.';
comment on column public.artifacts.table_evidence is 'Number of rows of evidence of this kind. Like the next six columns, maintained by the database.';
comment on constraint artifacts_workspace_id_id_key on public.artifacts is
  'Target of the foreign keys that keep the content of a file in its workspace.';

create index artifacts_workspace_id_created_at_idx on public.artifacts (workspace_id, created_at desc);
comment on index public.artifacts_workspace_id_created_at_idx is 'Files of a workspace, newest first.';
create index artifacts_workspace_id_status_idx on public.artifacts (workspace_id, status);
comment on index public.artifacts_workspace_id_status_idx is 'Files that are not searchable yet or failed.';
create index artifacts_job_id_idx on public.artifacts (workspace_id, job_id);
comment on index public.artifacts_job_id_idx is 'Files of a job.';
create index artifacts_attached_to_idx on public.artifacts (workspace_id, attached_to);
comment on index public.artifacts_attached_to_idx is 'The attachments of an e-mail.';
create index artifacts_same_as_idx on public.artifacts (workspace_id, same_as);
comment on index public.artifacts_same_as_idx is 'The files with the same bytes as another.';
create index artifacts_content_sha256_idx on public.artifacts (workspace_id, content_sha256) where content_sha256 is not null;
comment on index public.artifacts_content_sha256_idx is 'Files by their bytes.';
create index artifacts_user_id_idx on public.artifacts (user_id);
comment on index public.artifacts_user_id_idx is 'Files of a member; used when the account is deleted.';
create unique index artifacts_bucket_id_filepath_idx on public.artifacts (bucket_id, filepath) where bucket_id is not null;
comment on index public.artifacts_bucket_id_filepath_idx is 'The row of a stored object; each object has at most one.';
create index artifacts_processed_idx on public.artifacts (workspace_id, id) where status = 'processed';
comment on index public.artifacts_processed_idx is 'Files that were read and do not have all vectors yet.';

-- The path of a stored file decides who can access it.
--   chat/user_<uuid>/...                         the owner
--   files/workspace_<uuid>/...                   members read and add
--   media/job_<id>/... and receipts/job_<id>/... members of the job's workspace read and add
--   estimates/job_<id>/... and workorders/...    members read, managers add
-- Files are deleted by the member who stored them and by managers.

create function private.resolve_file_path(name text)
returns table (folder text, workspace_id uuid, job_id bigint, user_id uuid)
language plpgsql stable rows 1 set search_path = ''
as $$
declare
  parts  constant text[] := string_to_array(resolve_file_path.name, '/');
  holder constant text := parts[2];
begin
  if resolve_file_path.name is null or octet_length(resolve_file_path.name) > 1024 or resolve_file_path.name ~ '[[:cntrl:]\\]'
    or cardinality(parts) < 3 or parts && array['', '.', '..']
  then
    return;
  end if;
  if parts[1] = 'chat' and holder ~ '^user_[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' then
    return query
    select 'chat', w.id, null::bigint, w.personal_of from public.workspaces as w
    where w.personal_of = substr(holder, 6)::uuid;
  elsif parts[1] = 'files' and holder ~ '^workspace_[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' then
    return query
    select 'files', w.id, null::bigint, null::uuid from public.workspaces as w where w.id = substr(holder, 11)::uuid;
  elsif parts[1] in ('media', 'receipts', 'estimates', 'workorders') and holder ~ '^job_[1-9][0-9]{0,17}$' then
    return query
    select parts[1], j.workspace_id, j.id, null::uuid from business.jobs as j where j.id = substr(holder, 5)::bigint;
  end if;
end
$$;
comment on function private.resolve_file_path(text) is
  'The workspace, job or user that a path of bucket apex-files belongs to; no row for other paths. Each place has one spelling: ids in lower case, without leading zeros. Called by definer functions only.';

create function private.can_access_file(name text, action text) returns boolean
language plpgsql stable security definer set search_path = ''
as $$
begin
  return coalesce(
    (select case
        when p.folder = 'chat' then p.user_id = (select auth.uid()) and can_access_file.action in ('read', 'add', 'remove')
        when can_access_file.action = 'read' or can_access_file.action = 'add' and p.folder in ('files', 'media', 'receipts')
          then p.workspace_id = private.current_workspace()
        when can_access_file.action in ('add', 'remove') then p.workspace_id = private.current_workspace() and private.has_role('manager')
      end
    from private.resolve_file_path(can_access_file.name) as p),
    -- Files of a deleted job belong to its workspace.
    (select case can_access_file.action
        when 'read' then a.workspace_id = private.current_workspace()
        when 'remove' then a.workspace_id = private.current_workspace() and private.has_role('manager')
      end
    from public.artifacts as a where a.bucket_id = 'apex-files' and a.filepath = can_access_file.name),
    false);
end
$$;
comment on function private.can_access_file(text, text) is
  'Whether the caller may read, add or remove a file of bucket apex-files. Definer, so that policies of storage can check members and jobs; it checks the caller, in the workspace of the request.';
revoke execute on function private.resolve_file_path(text), private.can_access_file(text, text)
  from public, anon, authenticated, service_role;
grant execute on function private.can_access_file(text, text) to authenticated;

-- The row of a file may be added before the file, with values that the path does not contain. The path sets its workspace.

create function private.set_artifact_workspace() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
  select p.workspace_id, coalesce(p.job_id, new.job_id) into new.workspace_id, new.job_id
  from private.resolve_file_path(new.filepath) as p;
  if not found then
    new.workspace_id := null;
  end if;
  new.status := 'uploaded';
  new.last_error := null;
  return new;
end
$$;
comment on function private.set_artifact_workspace() is
  'Before insert of a stored file: sets workspace and job from its path. Definer: it finds workspaces and jobs of others too; the policy then refuses these.';

create function private.refuse_status_change() returns trigger
language plpgsql set search_path = ''
as $$
begin
  if current_user = 'authenticated' then
    raise exception using errcode = '42501', message = 'status of a stored file is set by the database.',
      hint = 'Call reprocess_artifact to read the file again.';
  end if;
  return new;
end
$$;
comment on function private.refuse_status_change() is 'Before update of the status of a stored file by a user: refuses it (42501).';
revoke execute on function private.set_artifact_workspace(), private.refuse_status_change()
  from public, anon, authenticated, service_role;

create trigger artifacts_set_updated_at before update on public.artifacts
  for each row execute function private.set_updated_at();
create trigger artifacts_refuse_workspace_change before update of workspace_id on public.artifacts
  for each row execute function private.refuse_workspace_change();
create trigger artifacts_keep_columns_on_update before update of id, user_id, bucket_id, filepath, filetype, media_type, file_size, source_url on public.artifacts
  for each row execute function private.keep_columns('id', 'user_id', 'bucket_id', 'filepath', 'filetype', 'media_type', 'file_size', 'source_url');

create function private.set_filetype() returns trigger
language plpgsql set search_path = ''
as $$
begin
  new.filetype := coalesce(lower(substring(new.filename from '\.[A-Za-z0-9]{1,20}$')), '');
  return new;
end
$$;
comment on function private.set_filetype() is 'Before insert without filetype: sets the suffix of the file name.';
create trigger artifacts_set_filetype_on_insert before insert on public.artifacts
  for each row when (new.filetype is null or new.filetype = '') execute function private.set_filetype();
create trigger artifacts_set_workspace_on_insert before insert on public.artifacts
  for each row when (new.bucket_id is not null) execute function private.set_artifact_workspace();
create trigger artifacts_refuse_status_change_on_update before update of status on public.artifacts
  for each row when (old.bucket_id is not null and new.status <> old.status)
  execute function private.refuse_status_change();

-- Without whole scans: a plan that was made while a table was small would be kept while one statement fills it.
create function private.refuse_id_of_other_workspace() returns trigger
language plpgsql security definer set search_path = '' set enable_seqscan = off
as $$
begin
  if exists (select from public.artifacts as a where a.id = new.id and a.workspace_id <> new.workspace_id)
    or exists (select from public.documents as d where d.id = new.id and d.workspace_id <> new.workspace_id)
  then
    raise exception using errcode = '23505', message = 'id is already in use.', table = tg_table_name,
      schema = tg_table_schema, constraint = tg_table_name || '_pkey', hint = 'Leave id out, or choose another.';
  end if;
  return null;
end
$$;
comment on function private.refuse_id_of_other_workspace() is
  'After insert of a file or a document: an id belongs to one workspace in both tables, because the document of a file has the id of its artifact (23505). Definer: it compares with rows of other workspaces.';
create trigger artifacts_refuse_id_of_other_workspace after insert or update of id on public.artifacts
  for each row execute function private.refuse_id_of_other_workspace();

create function private.refuse_extracted_id() returns trigger
language plpgsql set search_path = ''
as $$
begin
  if current_user = 'authenticated' and substr(to_jsonb(new) ->> 'id', 15, 1) = '8' then
    raise exception using errcode = '42501', message = 'id must not be a UUID of version 8.', column = 'id',
      hint = 'Leave id out, or use a random UUID.';
  end if;
  return new;
end
$$;
comment on function private.refuse_extracted_id() is
  'Before insert by a user: refuses the ids that extraction computes, so that no row of a user can take the place of an extracted one (42501).';

-- Realtime: subscribers follow the status of a file, and filter deletes by workspace.
alter table public.artifacts replica identity using index artifacts_workspace_id_id_key;
alter publication supabase_realtime add table public.artifacts;

alter table public.artifacts enable row level security;
alter table public.artifacts force row level security;
create policy "Members read the files of their workspaces" on public.artifacts for select to authenticated
  using (workspace_id = (select private.current_workspace()));
create policy "Members add files as themselves" on public.artifacts for insert to authenticated
  with check (user_id = (select auth.uid()) and workspace_id = (select private.current_workspace())
    and (bucket_id is null or (select private.can_access_file(filepath, 'add'))));
create policy "Members edit their own files, managers all" on public.artifacts for update to authenticated
  using (workspace_id = (select private.current_workspace())
    and ((select private.has_role('manager')) or user_id = (select auth.uid())))
  with check (workspace_id = (select private.current_workspace())
    and ((select private.has_role('manager')) or user_id = (select auth.uid())));
create policy "Members delete their own files, managers all" on public.artifacts for delete to authenticated
  using (workspace_id = (select private.current_workspace())
    and ((select private.has_role('manager')) or user_id = (select auth.uid())));

revoke all on table public.artifacts from public, anon, authenticated, service_role;
grant select, delete,
  insert (id, workspace_id, user_id, job_id, filename, bucket_id, filepath, filetype, media_type, file_size, report_week, status,
    source_url, extras),
  update (id, workspace_id, user_id, job_id, filename, bucket_id, filepath, filetype, media_type, file_size, report_week, status, source_url, extras)
  on table public.artifacts to authenticated;
grant select, insert, update, delete on table public.artifacts to service_role;

create function private.set_workspace_from_artifact() returns trigger
language plpgsql set search_path = ''
as $$
begin
  if new.artifact_id is not null then
    select a.workspace_id into new.workspace_id from public.artifacts as a where a.id = new.artifact_id;
    if not found then
      raise foreign_key_violation using message = 'No such file.', hint = 'It does not exist, or you have no access to it.';
    end if;
  end if;
  return new;
end
$$;
comment on function private.set_workspace_from_artifact() is
  'Before insert of content of a file: sets the workspace of the file. Runs with the caller''s rights, so a file of others is refused like one that does not exist (23503).';
revoke execute on function private.set_filetype(), private.refuse_id_of_other_workspace(), private.refuse_extracted_id(),
  private.set_workspace_from_artifact()
  from public, anon, authenticated, service_role;
