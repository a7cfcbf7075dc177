-- Removal of stored objects, files without objects and objects without files, and the schedule of the worker.

create function private.claim_object_removals(batch integer) returns table (object_id uuid, bucket_id text, name text)
language sql volatile security definer set search_path = ''
as $$
  delete from private.object_removals as r
  where r.available_at <= now() and not exists (select from storage.objects as o where o.id = r.object_id);
  update private.object_removals as r
  set attempts = r.attempts + 1, available_at = now() + private.backoff(r.attempts, '30 seconds')
  from (
    select w.object_id from private.object_removals as w
    where w.available_at <= now()
    order by w.available_at, w.object_id
    limit least(greatest(coalesce(claim_object_removals.batch, 100), 1), 1000)
    for update skip locked
  ) as claimed
  where r.object_id = claimed.object_id
  returning r.object_id, r.bucket_id, r.name
$$;
comment on function private.claim_object_removals(integer) is
  'Definer: API roles have no rights on the queue. See public.claim_object_removals.';

create function public.claim_object_removals(batch integer default 100) returns table (object_id uuid, bucket_id text, name text)
language sql volatile set search_path = ''
begin atomic
  select r.object_id, r.bucket_id, r.name from private.claim_object_removals(batch) as r;
end;
comment on function public.claim_object_removals(integer) is
  'Secret key only: claims stored objects (at most 1000) of deleted files, to be removed through the storage service. An object is claimed again, after a pause that doubles, until it is removed.';

create function private.sweep_files(out registered integer, out deleted integer)
language plpgsql volatile set search_path = ''
as $$
begin
  select count((private.register_object(o.id)).id) into registered
  from storage.objects as o
  where o.bucket_id = 'apex-files'
    and not exists (select from public.artifacts as a where a.bucket_id = o.bucket_id and a.filepath = o.name)
    and not exists (select from private.object_removals as r where r.object_id = o.id);
  with gone as (
    delete from public.artifacts as a
    where a.bucket_id is not null and a.created_at < now() - interval '1 day'
      and not exists (select from storage.objects as o where o.bucket_id = a.bucket_id and o.name = a.filepath)
    returning a.id
  )
  select count(*) into deleted from gone;
end
$$;
comment on function private.sweep_files() is
  'Run every hour: registers stored objects that have no file, and deletes files that have no object after a day. Returns the number of each.';

create function private.invoke_file_work() returns void
language plpgsql volatile set search_path = ''
as $$
begin
  if exists (select from private.ingestion_jobs as j where j.failed_at is null and j.available_at <= now())
    or exists (select from private.object_removals as r where r.available_at <= now())
  then
    perform private.invoke_function('files-work', jsonb_build_object('budget_seconds', private.work_seconds()));
  end if;
end
$$;
comment on function private.invoke_file_work() is
  'Run every minute: calls the function files-work if there are objects to remove, or files that the call at their upload did not have read.';

revoke execute on function private.claim_object_removals(integer), public.claim_object_removals(integer), private.sweep_files(),
  private.invoke_file_work() from public, anon, authenticated, service_role;
grant execute on function private.claim_object_removals(integer), public.claim_object_removals(integer) to service_role;
select cron.schedule('sweep-files', '23 * * * *', 'select private.sweep_files()');
select cron.schedule('process-ingestion', '* * * * *', 'select private.invoke_file_work()');
