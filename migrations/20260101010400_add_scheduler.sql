-- The extensions pg_cron and pg_net, which hosted projects do not enable by default. The local platform already has the
-- schemas cron and net, with compatible tables and functions.

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
