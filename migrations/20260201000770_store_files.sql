-- Where files are stored: bucket apex-files. The path says whose a file is, and these rules say who may do what.
--   chat/user_<uuid>/...                         its owner
--   files/workspace_<uuid>/...                   members read and add
--   media/job_<id>/... and receipts/job_<id>/... members of the job's workspace read and add
--   estimates/job_<id>/... and workorders/...    members read, managers add
-- Whoever stored a file removes it, and so do managers. Nothing is overwritten: no policy allows an update.

insert into storage.buckets (id, name, public, file_size_limit)
values ('apex-files', 'apex-files', false, 209715200)
on conflict (id) do update set public = false, file_size_limit = excluded.file_size_limit;

create function private.place_of_file(name text)
returns table (folder text, workspace_id uuid, job_id bigint, user_id uuid)
language plpgsql stable rows 1 set search_path = ''
as $$
declare
  parts  constant text[] := string_to_array(place_of_file.name, '/');
  holder constant text := parts[2];
begin
  if place_of_file.name is null or octet_length(place_of_file.name) > 1024 or place_of_file.name ~ '[[:cntrl:]\\]'
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
comment on function private.place_of_file(text) is
  'Whose a path of bucket apex-files is; no row where it is nobody''s. Each place has one spelling: ids in lower case, without leading zeros. Called by definer functions only.';

create function private.may_use_file(name text, action text) returns boolean
language sql stable security definer set search_path = ''
as $$
  select coalesce(
    (select case
        when p.folder = 'chat' then p.user_id = (select auth.uid()) and may_use_file.action in ('read', 'add', 'remove')
        when may_use_file.action = 'read' or may_use_file.action = 'add' and p.folder in ('files', 'media', 'receipts')
          then p.workspace_id in (select private.my_workspace_ids())
        when may_use_file.action in ('add', 'remove') then p.workspace_id in (select private.my_workspace_ids('manager'))
      end
    from private.place_of_file(may_use_file.name) as p),
    -- a job that is gone leaves its files to its workspace
    (select case may_use_file.action
        when 'read' then a.workspace_id in (select private.my_workspace_ids())
        when 'remove' then a.workspace_id in (select private.my_workspace_ids('manager'))
      end
    from public.artifacts as a where a.bucket_id = 'apex-files' and a.filepath = may_use_file.name),
    false)
$$;
comment on function private.may_use_file(text, text) is
  'Whether the caller may read, add or remove a file of bucket apex-files. Definer, so that policies of storage can ask about members and jobs; it asks about the caller alone.';
revoke execute on function private.place_of_file(text), private.may_use_file(text, text)
  from public, anon, authenticated, service_role;
grant execute on function private.may_use_file(text, text) to authenticated;

create policy "Members read the files of their workspaces" on storage.objects for select to authenticated
  using (bucket_id = 'apex-files' and private.may_use_file(name, 'read'));
create policy "Members add files where they may" on storage.objects for insert to authenticated
  with check (bucket_id = 'apex-files' and private.may_use_file(name, 'add'));
create policy "Members remove the files they stored, managers all" on storage.objects for delete to authenticated
  using (bucket_id = 'apex-files' and (private.may_use_file(name, 'remove')
    or owner_id = (select auth.uid())::text and private.may_use_file(name, 'read')));

-- The row of a file may come before the file, with what its path does not say. It is where the path says.

create function private.place_artifact() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
  select p.workspace_id, coalesce(p.job_id, new.job_id) into new.workspace_id, new.job_id
  from private.place_of_file(new.filepath) as p;
  if not found then
    new.workspace_id := null;
  end if;
  new.status := 'uploaded';
  new.last_error := null;
  return new;
end
$$;
comment on function private.place_artifact() is
  'Before a row of a stored file comes: its path says where it belongs. Definer: workspaces and jobs of others decide, too; the policy then refuses what is not the caller''s.';
revoke execute on function private.place_artifact() from public, anon, authenticated, service_role;
create trigger artifacts_place_on_insert before insert on public.artifacts
  for each row when (new.bucket_id is not null) execute function private.place_artifact();

alter policy "Members add files as themselves" on public.artifacts
  with check (user_id = (select auth.uid()) and workspace_id = any (array(select private.my_workspace_ids()))
    and (bucket_id is null or (select private.may_use_file(filepath, 'add'))));

create function private.keep_status_of_stored_file() returns trigger
language plpgsql set search_path = ''
as $$
begin
  if current_user = 'authenticated' then
    raise exception using errcode = '42501', message = 'The status of a stored file follows from what is done with it.',
      hint = 'reprocess_artifact reads it again.';
  end if;
  return new;
end
$$;
comment on function private.keep_status_of_stored_file() is 'Before people change the status of a stored file: refuses.';
revoke execute on function private.keep_status_of_stored_file() from public, anon, authenticated, service_role;
create trigger artifacts_keep_status_on_update before update of status on public.artifacts
  for each row when (old.bucket_id is not null and new.status <> old.status)
  execute function private.keep_status_of_stored_file();
