-- Objects to be removed, objects and files without each other, and who is told that there is work.

create function private.claim_object_removals(batch integer) returns table (object_id uuid, bucket_id text, name text)
language sql volatile security definer set search_path = ''
as $$
  delete from private.object_removals as r
  where r.available_at <= now() and not exists (select from storage.objects as o where o.id = r.object_id);
  update private.object_removals as r
  set tries = r.tries + 1, available_at = now() + interval '30 seconds' * 2 ^ least(r.tries, 10)
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
  'Definer: nobody reads the queue. See public.claim_object_removals.';

create function public.claim_object_removals(batch integer default 100) returns table (object_id uuid, bucket_id text, name text)
language sql volatile set search_path = ''
begin atomic
  select r.object_id, r.bucket_id, r.name from private.claim_object_removals(batch) as r;
end;
comment on function public.claim_object_removals(integer) is
  'Secret key only: stored objects (1000 at most) whose files were deleted, to be removed through the storage service. They come back, later each time, until they are gone.';

create function private.sweep_files(out adopted integer, out dropped integer)
language plpgsql volatile set search_path = ''
as $$
begin
  select count(private.adopt_object(o.id)) into adopted
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
  select count(*) into dropped from gone;
end
$$;
comment on function private.sweep_files() is
  'Run every hour: stored objects without a file get one, and files without an object go after a day. Returns how many of each.';

create function private.call_file_reader() returns void
language plpgsql volatile set search_path = ''
as $$
begin
  if exists (select from private.ingestion_jobs as j where j.failed_at is null and j.available_at <= now())
    or exists (select from private.object_removals as r where r.available_at <= now())
  then
    perform private.invoke_function('files-work');
  end if;
end
$$;
comment on function private.call_file_reader() is
  'Run every minute: calls the function files-work while files wait to be read, or objects to be removed.';

revoke execute on function private.claim_object_removals(integer), public.claim_object_removals(integer), private.sweep_files(),
  private.call_file_reader() from public, anon, authenticated, service_role;
grant execute on function private.claim_object_removals(integer), public.claim_object_removals(integer) to service_role;
select cron.schedule('sweep files', '23 * * * *', 'select private.sweep_files()');
select cron.schedule('read what was stored', '* * * * *', 'select private.call_file_reader()');
