-- The bucket of files, apex-files. private.can_access_file() decides about access by the path. Objects are not
-- overwritten: no policy allows an update.
--
-- Storage stores what comes with a signed upload link, and the bytes of an upload that took long, without asking policies
-- again. A trigger asks then whether the uploader still may.

insert into storage.buckets (id, name, public, file_size_limit)
values ('apex-files', 'apex-files', false, 209715200)
on conflict (id) do update set public = false, file_size_limit = excluded.file_size_limit;

create policy "Members read the files of their workspaces" on storage.objects for select to authenticated
  using (bucket_id = 'apex-files' and private.can_access_file(name, 'read'));
create policy "Members add files to folders that they may write" on storage.objects for insert to authenticated
  with check (bucket_id = 'apex-files' and private.can_access_file(name, 'add'));
create policy "Members delete the files they stored, managers all" on storage.objects for delete to authenticated
  using (bucket_id = 'apex-files' and (private.can_access_file(name, 'remove')
    or owner_id = (select auth.uid())::text and private.can_access_file(name, 'read')));

create function private.refuse_former_uploader() returns trigger
language plpgsql security definer set search_path = ''
as $$
declare
  uploader constant text := coalesce(new.owner_id, new.owner::text);
begin
  if not exists (
    select from private.resolve_file_path(new.name) as p
    where p.user_id::text = uploader or exists (
      select from public.workspace_members as m
      where m.workspace_id = p.workspace_id and m.user_id::text = uploader and p.folder <> 'chat'
        and (p.folder in ('files', 'media', 'receipts') or m.role >= 'manager')
    )
  ) then
    raise exception using errcode = '42501', message = 'The uploader must not add files to this folder.',
      hint = 'The membership or the job has ended since the upload was allowed.';
  end if;
  return null;
end
$$;
comment on function private.refuse_former_uploader() is
  'After insert of an object with an owner in apex-files: 42501 unless the owner may add files to its folder now. Definer: the storage service has no rights on members.';
revoke execute on function private.refuse_former_uploader() from public, anon, authenticated, service_role;
create trigger artifacts_refuse_former_uploader_on_insert after insert on storage.objects
  for each row when (new.bucket_id = 'apex-files' and coalesce(new.owner_id, new.owner::text) is not null)
  execute function private.refuse_former_uploader();
