-- The bucket of files, apex-files. private.can_access_file() decides about access by the path. Objects are not
-- overwritten: no policy allows an update.

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
