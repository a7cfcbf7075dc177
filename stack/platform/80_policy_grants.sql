-- Emulation. On hosted, the server module supautils lets `postgres` create policies on storage.objects and
-- realtime.messages although it owns neither. Postgres itself requires the rights of the owner, so here postgres inherits
-- them from the two owners. With them it could also alter these tables, which hosted refuses: migrations must not.
do $$
declare
  owner name;
begin
  foreach owner in array array['supabase_storage_admin', 'supabase_realtime_admin']::name[] loop
    if current_setting('server_version_num')::integer >= 160000 then
      execute format('grant %I to postgres with inherit true, set false', owner);
    else
      execute format('grant %I to postgres', owner);
    end if;
  end loop;
end
$$;
