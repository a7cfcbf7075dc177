-- Data for the health function. Restricted to secret keys, because versions and migrations reveal known vulnerabilities.

create function private.platform_health()
returns table (postgres_version text, extensions jsonb, applied_migrations text[], feature_flags jsonb)
language plpgsql stable security definer set search_path = ''
as $$
begin
  postgres_version := current_setting('server_version');
  select jsonb_object_agg(e.extname, e.extversion order by e.extname) into extensions from pg_catalog.pg_extension as e;
  applied_migrations := '{}';
  -- The table does not exist if the files were applied by hand.
  if to_regclass('supabase_migrations.schema_migrations') is not null then
    select coalesce(array_agg(m.version order by m.version), '{}') into applied_migrations
    from supabase_migrations.schema_migrations as m;
  end if;
  select coalesce(jsonb_object_agg(f.key, f.enabled order by f.key), '{}') into feature_flags
  from public.feature_flags as f;
  return next;
end
$$;
comment on function private.platform_health() is
  'Definer: the role service_role has no right on the migration history.';

create function public.platform_health()
returns table (postgres_version text, extensions jsonb, applied_migrations text[], feature_flags jsonb)
language sql stable set search_path = ''
begin atomic
  select h.postgres_version, h.extensions, h.applied_migrations, h.feature_flags from private.platform_health() as h;
end;
comment on function public.platform_health() is
  'Versions, applied migrations and feature flags, for the health function. Secret keys only.';

revoke execute on function private.platform_health(), public.platform_health() from public, anon, authenticated, service_role;
grant execute on function private.platform_health(), public.platform_health() to service_role;
