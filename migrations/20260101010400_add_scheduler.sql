-- The extensions that run things by themselves, where the platform has them: hosted projects start without. Elsewhere
-- schema cron is there already, and calls of functions wait in private.function_calls.

do $$
begin
  if to_regnamespace('cron') is null then
    create extension pg_cron with schema pg_catalog;
  end if;
  -- Only where postgres may: being shipped with a server is not enough.
  if to_regnamespace('net') is null
    and exists (select from pg_catalog.pg_available_extensions as e where e.name = 'pg_net')
    and current_setting('supautils.privileged_extensions', true) ~ '\mpg_net\M'
  then
    create extension pg_net with schema extensions;
  end if;
end
$$;
