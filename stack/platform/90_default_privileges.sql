-- The default privileges of a new project: all rights on new objects in schema public, to all API roles. The first
-- migration revokes them, so they are granted only once: a restart must not grant again what a migration revoked.
do $$
declare
  creator name;
begin
  foreach creator in array array['postgres', 'supabase_admin']::name[] loop
    continue when exists (
      select from pg_catalog.pg_default_acl
      where defaclrole = creator::text::regrole and defaclnamespace = 'public'::regnamespace
    );
    execute format('alter default privileges for role %I in schema public
      grant all on tables to postgres, anon, authenticated, service_role', creator);
    execute format('alter default privileges for role %I in schema public
      grant all on functions to postgres, anon, authenticated, service_role', creator);
    execute format('alter default privileges for role %I in schema public
      grant all on sequences to postgres, anon, authenticated, service_role', creator);
  end loop;
end
$$;

alter default privileges for role postgres in schema storage
  grant all on tables to postgres, anon, authenticated, service_role;
alter default privileges for role postgres in schema storage
  grant all on functions to postgres, anon, authenticated, service_role;
alter default privileges for role postgres in schema storage
  grant all on sequences to postgres, anon, authenticated, service_role;

alter default privileges for role supabase_admin in schema realtime grant all on tables to postgres, dashboard_user;
alter default privileges for role supabase_admin in schema realtime grant all on routines to postgres, dashboard_user;
alter default privileges for role supabase_admin in schema realtime grant all on sequences to postgres, dashboard_user;
