-- What nobody looks at any more is removed, so that tables of the past do not grow for ever.

create function private.tidy_up() returns void
language sql volatile set search_path = ''
as $$
  delete from private.function_calls as c where c.dead_at < now() - interval '30 days';
  delete from cron.job_run_details as d where d.end_time < now() - interval '7 days';
  delete from dashboard.notifications as n where n.is_read and n.read_at < now() - interval '90 days';
$$;
comment on function private.tidy_up() is
  'Run daily: removes calls of functions that died 30 days ago, the record of jobs older than a week, and notifications read 90 days ago.';
revoke execute on function private.tidy_up() from public, anon, authenticated, service_role;

select cron.schedule('tidy up', '17 3 * * *', 'select private.tidy_up()');
