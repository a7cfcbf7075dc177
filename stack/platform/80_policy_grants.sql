-- Emulation. On hosted, `postgres` may write policies on storage.objects and realtime.messages although it owns neither:
-- the server module supautils lets it. Postgres itself asks for the owner's rights, so here postgres inherits them from
-- the two owners. It thereby could also alter those tables, which hosted refuses: a migration must not try.
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
