-- Reading a file again from the beginning.

create function private.reprocess_artifact(artifact_id uuid) returns void
language plpgsql volatile security definer set search_path = ''
as $$
declare
  file public.artifacts;
begin
  select a.* into file from public.artifacts as a
  where a.id = reprocess_artifact.artifact_id and a.workspace_id = private.current_workspace()
  for no key update;
  if not found then
    raise exception using errcode = 'PT404', message = 'No such file.', hint = 'Choose one of a workspace you belong to.';
  end if;
  if file.user_id is distinct from auth.uid() and not private.has_role('manager') then
    raise exception using errcode = '42501', message = 'Only the member who added the file and managers may process it again.',
      hint = 'Ask a manager of the workspace.';
  end if;
  if not exists (select from storage.objects as o where o.bucket_id = file.bucket_id and o.name = file.filepath) then
    raise exception using errcode = 'PT409', message = 'The file has no stored object.', hint = 'Upload it again.';
  end if;
  perform private.queue_file(file, 0);
  perform private.delete_extraction(file.id, file.workspace_id);
  update public.artifacts as a set status = 'uploaded', last_error = null where a.workspace_id = file.workspace_id and a.id = file.id;
  perform private.refuse_too_many_files(file.workspace_id, 0);
end
$$;
comment on function private.reprocess_artifact(uuid) is 'Definer: API roles have no rights on the queue. Checks who may call it.';

create function public.reprocess_artifact(artifact_id uuid) returns void
language sql volatile set search_path = ''
begin atomic
  select private.reprocess_artifact(artifact_id);
end;
comment on function public.reprocess_artifact(uuid) is
  'Deletes what was extracted from a file and reads it again. For the member who added it and for managers: 42501 for other members, PT404 for a file of others, PT409 if no object is stored, PT429 if too many files of the account of the workspace are not read yet.';

revoke execute on function private.reprocess_artifact(uuid), public.reprocess_artifact(uuid)
  from public, anon, authenticated, service_role;
grant execute on function private.reprocess_artifact(uuid), public.reprocess_artifact(uuid) to authenticated;
