-- Reading a file again, from the beginning.

create function private.reprocess_artifact(artifact_id uuid) returns void
language plpgsql volatile security definer set search_path = ''
as $$
declare
  held public.artifacts;
begin
  select a.* into held from public.artifacts as a
  where a.id = reprocess_artifact.artifact_id and a.workspace_id in (select private.my_workspace_ids())
  for no key update;
  if not found then
    raise exception using errcode = 'PT404', message = 'No such file.', hint = 'Choose one of a workspace you belong to.';
  end if;
  if held.user_id is distinct from auth.uid() and held.workspace_id not in (select private.my_workspace_ids('manager')) then
    raise exception using errcode = '42501', message = 'Only whoever added the file, or a manager, may do this.',
      hint = 'Ask one of them.';
  end if;
  if held.bucket_id is null or not exists (
    select from storage.objects as o where o.bucket_id = held.bucket_id and o.name = held.filepath)
  then
    raise exception using errcode = 'PT409', message = 'Nothing is stored of this file.', hint = 'Upload it again.';
  end if;
  insert into private.ingestion_jobs as j (artifact_id) values (held.id)
  on conflict on constraint ingestion_jobs_pkey do update
    set attempt = null, tries = 0, available_at = now(), failed_at = null, last_error = null;
  perform private.forget_extraction(held.id);
  update public.artifacts as a set status = 'uploaded', last_error = null where a.id = held.id;
end
$$;
comment on function private.reprocess_artifact(uuid) is 'Definer: nobody writes the queue. Asks who may itself.';

create function public.reprocess_artifact(artifact_id uuid) returns void
language sql volatile set search_path = ''
begin atomic
  select private.reprocess_artifact(artifact_id);
end;
comment on function public.reprocess_artifact(uuid) is
  'Forgets what was read from a file, and reads it again. For whoever added it and for managers: 42501 for others, PT404 for a file of others, PT409 where no file is stored.';

revoke execute on function private.reprocess_artifact(uuid), public.reprocess_artifact(uuid)
  from public, anon, authenticated, service_role;
grant execute on function private.reprocess_artifact(uuid), public.reprocess_artifact(uuid) to authenticated;
