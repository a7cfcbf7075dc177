-- Emulation. On hosted, the server module supautils lets `postgres` create the extensions of an allow-list although it is
-- no superuser. Without that module, `create extension` in a migration fails for extensions that are not trusted. So the
-- untrusted ones that the migrations, the tests and the Supabase CLI create are created here, in the same schema, where
-- `create extension if not exists` finds them.
do $$
declare
  extension name;
begin
  foreach extension in array array['vector', 'pg_trgm', 'pgtap', 'plpgsql_check']::name[] loop
    if exists (
      select
      from pg_catalog.pg_available_extensions as e
      join pg_catalog.pg_available_extension_versions as v on v.name = e.name and v.version = e.default_version
      where e.name = extension and e.installed_version is null and v.superuser and not v.trusted
    ) then
      execute format('create extension %I with schema extensions', extension);
    end if;
  end loop;
end
$$;
