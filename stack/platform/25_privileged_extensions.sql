-- Emulation. On hosted, `postgres` may create any extension of an allowed list although it is no superuser: the server
-- module supautils steps in for it. Without that module, `create extension` in a migration fails for every extension
-- that does not declare itself trusted. So those the migrations, the tests and the Supabase CLI ask for are created
-- ahead, where the server ships them untrusted; `create extension if not exists` then finds them in the same schema.
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
