-- The queues of files to read and of stored objects to remove. Storing an object queues it for reading. Deleting the row of
-- a file removes its object, and removing the object deletes the row.

create table private.ingestion_jobs (
  artifact_id  uuid        not null,
  workspace_id uuid        not null,
  account_id   uuid        not null,
  priority     integer     not null default 1,
  is_small     boolean     not null default false,
  claim_id     uuid,
  attempts     integer     not null default 0,
  deaths       integer     not null default 0,
  available_at timestamptz not null default now(),
  failed_at    timestamptz,
  last_error   text,
  created_at   timestamptz not null default now(),
  constraint ingestion_jobs_pkey primary key (artifact_id),
  constraint ingestion_jobs_artifact_id_fkey foreign key (workspace_id, artifact_id)
    references public.artifacts (workspace_id, id) on delete cascade,
  constraint ingestion_jobs_priority_range check (priority between 0 and 2),
  constraint ingestion_jobs_attempts_not_negative check (attempts >= 0),
  constraint ingestion_jobs_deaths_range check (deaths between 0 and 1),
  constraint ingestion_jobs_last_error_length check (char_length(last_error) <= 2000)
);
comment on table private.ingestion_jobs is 'Files to read. A row is deleted when its file was read.';
comment on column private.ingestion_jobs.account_id is 'The account whose turn it is, see private.account_of.';
comment on column private.ingestion_jobs.priority is '0: a member added the file, or reads it again. 1: it was imported with a secret key.';
comment on column private.ingestion_jobs.is_small is
  'Whether the file has at most a megabyte. Some readers take small files only, so that these do not wait behind large ones.';
comment on column private.ingestion_jobs.claim_id is 'The claim that may store results; each claim has a new id.';
comment on column private.ingestion_jobs.attempts is 'Number of claims since it was queued.';
comment on column private.ingestion_jobs.deaths is
  'Number of claims whose lease expired without a report since a claim last stored new passages: the worker died. The second fails the file, which may be what kills workers.';
comment on column private.ingestion_jobs.available_at is
  'Earliest time of the next claim. A claim sets it to the end of its lease, so a job whose worker died is claimed again.';
comment on column private.ingestion_jobs.failed_at is
  'Set when the file cannot be read, after the fifth attempt, or when two workers died of it. Not tried again until reprocess_artifact.';
create index ingestion_jobs_turns_idx on private.ingestion_jobs (account_id, workspace_id, priority, available_at, created_at)
  where failed_at is null;
comment on index private.ingestion_jobs_turns_idx is 'Unfinished jobs of an account, by workspace in the order in which they are claimed.';
create index ingestion_jobs_small_idx on private.ingestion_jobs (account_id, workspace_id, priority, available_at, created_at)
  where failed_at is null and is_small and deaths = 0;
comment on index private.ingestion_jobs_small_idx is 'The same for the readers of small files.';
create index ingestion_jobs_claimed_idx on private.ingestion_jobs (account_id, available_at)
  where failed_at is null and is_small and claim_id is not null;
comment on index private.ingestion_jobs_claimed_idx is 'Small files that are being read, by account.';
create index ingestion_jobs_artifact_id_idx on private.ingestion_jobs (workspace_id, artifact_id);
comment on index private.ingestion_jobs_artifact_id_idx is 'The job of a file, deleted with it.';
revoke all on table private.ingestion_jobs from public, anon, authenticated, service_role;
insert into private.queue_turns (queue) values ('ingestion_jobs');
create trigger ingestion_jobs_set_account_on_insert before insert on private.ingestion_jobs
  for each row execute function private.set_job_account();

-- A file is read at once: the transaction that queues it calls the function files-work when it commits. The schedule calls it
-- only for what is left, such as a file to be tried again.

create function private.call_readers(account_id uuid) returns void
language plpgsql volatile set search_path = ''
as $$
declare
  waiting integer;
begin
  -- One call for all files of a transaction; the setting ends with it.
  if current_setting('plinth.called_readers', true) = 'yes' then
    return;
  end if;
  -- The calls for the files that wait are under way, and each reads until the queue is empty.
  select count(*) into waiting from (
    select from private.ingestion_jobs as j
    where j.account_id = call_readers.account_id and j.failed_at is null and j.claim_id is null and j.available_at <= now()
    limit 8
  ) as w;
  if waiting >= 8 then
    return;
  end if;
  perform set_config('plinth.called_readers', 'yes', true);
  perform private.invoke_function('files-work', jsonb_build_object('budget_seconds', private.work_seconds()));
exception
  -- Without the address and the key of the functions, files wait for a worker that is called in another way.
  when object_not_in_prerequisite_state then
    return;
  -- Nor does anything else that is wrong with the call fail the upload.
  when others then
    raise warning using message = format('files-work was not called: %s', sqlerrm);
end
$$;
comment on function private.call_readers(uuid) is
  'Calls the function files-work for a file of an account that was queued, once in a transaction, and not while many others of the account wait for calls that were made. Called by definer functions only.';

create function private.queue_file(file public.artifacts, priority integer) returns void
language plpgsql volatile set search_path = ''
as $$
declare
  account    uuid;
  is_waiting constant boolean := exists (
    select from private.ingestion_jobs as j where j.artifact_id = (queue_file.file).id and j.failed_at is null);
begin
  insert into private.ingestion_jobs as j (artifact_id, workspace_id, priority, is_small)
  values ((queue_file.file).id, (queue_file.file).workspace_id, queue_file.priority,
    coalesce((queue_file.file).file_size <= 1048576, false))
  on conflict on constraint ingestion_jobs_pkey do update
    set priority = least(j.priority, excluded.priority), is_small = excluded.is_small, claim_id = null, attempts = 0,
      deaths = 0, available_at = now(), failed_at = null, last_error = null
  returning j.account_id into account;
  -- For a file that waits a call was made; who asks again and again makes no more.
  if not is_waiting then
    perform private.call_readers(account);
  end if;
end
$$;
comment on function private.queue_file(public.artifacts, integer) is
  'Queues a file for reading from the beginning, at once; a claim of it ends. Called by definer functions only.';
revoke execute on function private.call_readers(uuid), private.queue_file(public.artifacts, integer)
  from public, anon, authenticated, service_role;

create table private.object_removals (
  object_id    uuid        not null,
  bucket_id    text        not null,
  name         text        not null,
  attempts     integer     not null default 0,
  available_at timestamptz not null default now(),
  created_at   timestamptz not null default now(),
  constraint object_removals_pkey primary key (object_id),
  constraint object_removals_bucket_id_length check (char_length(bucket_id) between 1 and 100),
  constraint object_removals_name_length check (char_length(name) between 1 and 2000)
);
comment on table private.object_removals is
  'Stored objects whose file was deleted. Only the storage service removes bytes, so a worker calls it; the row is deleted with the object.';
-- Not by turns of workspaces: nothing waits for a removal, and a batch of them is one request to the storage service.
create index object_removals_due_idx on private.object_removals (available_at);
comment on index private.object_removals_due_idx is 'Jobs that can be claimed, oldest first.';
revoke all on table private.object_removals from public, anon, authenticated, service_role;

-- Of what members upload, an account has a limited number of files in the queue, in all its workspaces. Every worker reads one
-- file at a time, so an upload beyond it would only wait longer.

create function private.refuse_too_many_files(workspace_id uuid, added integer) returns void
language plpgsql stable security definer set search_path = ''
as $$
declare
  account constant uuid := private.account_of(refuse_too_many_files.workspace_id);
  allowed constant numeric := private.limit_of('pending_files', refuse_too_many_files.workspace_id, account);
  pending bigint;
begin
  if auth.uid() is null or allowed = 'infinity' then
    return;
  end if;
  select count(*) into pending from (
    select from private.ingestion_jobs as j where j.account_id = account and j.failed_at is null
    limit allowed + 1
  ) as p;
  if pending + refuse_too_many_files.added > allowed then
    raise exception using errcode = 'PT429', message = 'The account of the workspace has too many files that are not read yet.',
      detail = '{"reason": "pending_files", "retry_after": 60}',
      hint = format('At most %s files may wait. Upload more when some of them were read.', allowed);
  end if;
end
$$;
comment on function private.refuse_too_many_files(uuid, integer) is
  'Raises PT429 if more files are queued, with those to be added, than the limit pending_files of the account of a workspace allows in all its workspaces; not for a secret key. Concurrent uploads can exceed it by their own number. Definer: API roles have no rights on the queue. Called by definer functions and triggers only.';

create function private.limit_pending_files() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
  perform private.refuse_too_many_files(w.workspace_id, 1)
  from (select distinct a.workspace_id from added as a where a.bucket_id is not null) as w;
  return null;
end
$$;
comment on function private.limit_pending_files() is
  'After insert of rows for stored files: refuses them while no file can be queued (PT429), before their bytes are sent. Definer: callers have no right to read limits.';
create trigger artifacts_limit_pending_files_on_insert after insert on public.artifacts
  referencing new table as added for each statement execute function private.limit_pending_files();
revoke execute on function private.refuse_too_many_files(uuid, integer), private.limit_pending_files()
  from public, anon, authenticated, service_role;

create function private.register_object(object_id uuid) returns public.artifacts
language plpgsql volatile security definer set search_path = ''
as $$
declare
  file public.artifacts;
begin
  insert into public.artifacts as a (user_id, filename, bucket_id, filepath, media_type, file_size, report_week)
  select u.id, left(coalesce(nullif(o.user_metadata ->> 'filename', ''), storage.filename(o.name)), 500), o.bucket_id, o.name,
    left(o.metadata ->> 'mimetype', 200),
    case when o.metadata ->> 'size' ~ '^\d{1,18}$' then (o.metadata ->> 'size')::bigint end,
    left(o.user_metadata ->> 'report_week', 50)
  from storage.objects as o
  cross join private.resolve_file_path(o.name) as p
  left join auth.users as u on u.id::text = coalesce(o.owner_id, o.owner::text)
  where o.id = register_object.object_id and o.bucket_id = 'apex-files'
  -- The row may be there before the object, with what its member says about the file. Of another member it says nothing.
  on conflict (bucket_id, filepath) where bucket_id is not null do update set
    user_id = coalesce(excluded.user_id, a.user_id), file_size = coalesce(excluded.file_size, a.file_size),
    status = 'uploaded', last_error = null, content_sha256 = null, same_as = null,
    filename = case when excluded.user_id <> a.user_id then excluded.filename else a.filename end,
    filetype = case when excluded.user_id <> a.user_id then excluded.filetype else a.filetype end,
    media_type = case when excluded.user_id <> a.user_id then excluded.media_type else coalesce(a.media_type, excluded.media_type) end,
    report_week = case when excluded.user_id <> a.user_id then excluded.report_week else a.report_week end,
    source_url = case when excluded.user_id <> a.user_id then null else a.source_url end,
    extras = case when excluded.user_id <> a.user_id then '{}' else a.extras end
  returning a.* into file;
  if file.id is not null then
    perform private.queue_file(file, case when file.user_id is null then 1 else 0 end);
    -- The row may have existed before: what counts is the queue.
    perform private.refuse_too_many_files(file.workspace_id, 0);
  end if;
  return file;
end
$$;
comment on function private.register_object(uuid) is
  'Adds or updates the file of a stored object and queues it for reading. What another member than the uploader registered for the path is replaced. Returns it, or null if the path belongs to no workspace. Definer: a role that stores objects has no rights on the queue.';

create function private.register_stored_object() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
  perform private.register_object(new.id);
  return null;
end
$$;
comment on function private.register_stored_object() is
  'After insert of an object in apex-files: registers its file. Definer: the storage service has no rights on files.';
create trigger artifacts_register_object_on_insert after insert on storage.objects
  for each row when (new.bucket_id = 'apex-files') execute function private.register_stored_object();

create function private.register_changed_object() returns trigger
language plpgsql security definer set search_path = ''
as $$
declare
  file public.artifacts;
begin
  delete from private.object_removals as r where r.object_id = new.id;
  if (new.bucket_id, new.name) <> (old.bucket_id, old.name) then
    delete from public.artifacts as a where a.bucket_id = old.bucket_id and a.filepath = old.name;
  end if;
  if new.bucket_id = 'apex-files' then
    file := private.register_object(new.id);
    perform private.delete_extraction(file.id, file.workspace_id);
    update public.artifacts as a set same_as = null where a.workspace_id = file.workspace_id and a.same_as = file.id;
  end if;
  return null;
end
$$;
comment on function private.register_changed_object() is
  'After update of an object: other bytes under the same path are read in place of the former ones; a moved object is another file. Only a secret key updates objects. Definer: the storage service has no rights on files.';
create trigger artifacts_register_object_on_update after update on storage.objects
  for each row when ((old.bucket_id = 'apex-files' or new.bucket_id = 'apex-files')
    and (old.bucket_id, old.name, old.version) is distinct from (new.bucket_id, new.name, new.version))
  execute function private.register_changed_object();

create function private.read_former_duplicate() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
  perform private.queue_file(new, 0);
  return null;
end
$$;
comment on function private.read_former_duplicate() is
  'After a file lost the other one with the same bytes, which had the passages of both: queues it. Definer: API roles have no rights on the queue.';
revoke execute on function private.read_former_duplicate() from public, anon, authenticated, service_role;
create trigger artifacts_read_former_duplicate_on_update after update of same_as on public.artifacts
  for each row when (old.same_as is not null and new.same_as is null) execute function private.read_former_duplicate();

create function private.delete_file_of_object() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
  delete from private.object_removals as r where r.object_id = old.id;
  delete from public.artifacts as a where a.bucket_id = old.bucket_id and a.filepath = old.name;
  return null;
end
$$;
comment on function private.delete_file_of_object() is
  'After delete of an object in apex-files: deletes its file and everything that was read from it. Definer: the storage service has no rights on files.';
create trigger artifacts_delete_file_on_object_delete after delete on storage.objects
  for each row when (old.bucket_id = 'apex-files') execute function private.delete_file_of_object();

create function private.queue_object_removals() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
  insert into private.object_removals as r (object_id, bucket_id, name)
  select o.id, o.bucket_id, o.name
  from former as f join storage.objects as o on o.bucket_id = f.bucket_id and o.name = f.filepath
  order by o.id
  on conflict on constraint object_removals_pkey do nothing;
  return null;
end
$$;
comment on function private.queue_object_removals() is
  'After delete of files: queues their objects for removal. Definer: API roles have no rights on the queue.';
create trigger artifacts_queue_removals_on_delete after delete on public.artifacts
  referencing old table as former for each statement execute function private.queue_object_removals();
revoke execute on function private.register_object(uuid), private.register_stored_object(), private.register_changed_object(), private.delete_file_of_object(),
  private.queue_object_removals() from public, anon, authenticated, service_role;
