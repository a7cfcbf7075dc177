-- The extensions that run things by themselves, where the platform has them: hosted projects start without. Elsewhere
-- the schemas cron and net exist already, as stand-ins with the same tables and functions.

do $$
begin
  if to_regnamespace('cron') is null then
    create extension pg_cron with schema pg_catalog;
  end if;
  if to_regnamespace('net') is null then
    create extension pg_net with schema extensions;
  end if;
end
$$;
