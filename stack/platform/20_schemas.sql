-- The schemas, the extensions of a new project, and the publication that clients subscribe to.

create schema if not exists extensions authorization postgres;
create schema if not exists auth authorization supabase_admin;
create schema if not exists storage authorization supabase_admin;
create schema if not exists realtime authorization supabase_admin;

grant usage on schema public to postgres, anon, authenticated, service_role;
grant create, usage on schema public to supabase_realtime_admin;

grant all on schema extensions to postgres, dashboard_user;
grant usage on schema extensions to anon, authenticated, service_role, supabase_realtime_admin;

grant usage on schema auth to postgres, anon, authenticated, service_role, supabase_realtime_admin;
grant all on schema auth to supabase_auth_admin, dashboard_user;

grant usage on schema storage to anon, authenticated, service_role;
grant usage on schema storage to postgres with grant option;
grant all on schema storage to supabase_storage_admin, dashboard_user;

grant usage on schema realtime to anon, authenticated, service_role;
grant usage on schema realtime to postgres with grant option;
grant all on schema realtime to supabase_realtime_admin with grant option;

-- On hosted, the database belongs to `postgres`, and so does the schema public through pg_database_owner. On a plain
-- server, it belongs to the role that created it.
do $$
begin
  if exists (
    select from pg_catalog.pg_database where datname = current_database() and datdba <> 'postgres'::regrole
  ) then
    execute format('alter database %I owner to postgres', current_database());
  end if;
end
$$;

-- Installed where the server has them; PGlite, for example, lacks pg_stat_statements.
do $$
declare
  extension name;
begin
  foreach extension in array array['pgcrypto', 'uuid-ossp', 'pg_stat_statements']::name[] loop
    if exists (select from pg_catalog.pg_available_extensions where name = extension and installed_version is null) then
      execute format('create extension if not exists %I with schema extensions', extension);
    end if;
  end loop;
end
$$;

-- The default privileges of schema extensions apply to what supabase_admin installs there.
alter default privileges for role supabase_admin in schema extensions
  grant all on tables to postgres with grant option;
alter default privileges for role supabase_admin in schema extensions
  grant all on sequences to postgres with grant option;
alter default privileges for role supabase_admin in schema extensions
  grant all on routines to postgres with grant option;
grant all on all tables in schema extensions to postgres with grant option;
grant all on all sequences in schema extensions to postgres with grant option;
grant all on all routines in schema extensions to postgres with grant option;

do $$
begin
  if not exists (select from pg_catalog.pg_publication where pubname = 'supabase_realtime') then
    create publication supabase_realtime;
    alter publication supabase_realtime owner to postgres;
  end if;
end
$$;
