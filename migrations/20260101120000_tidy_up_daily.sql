-- Removes old rows daily, so that logs do not grow without bound.

create function private.tidy_up() returns void
language sql volatile set search_path = ''
as $$
  delete from cron.job_run_details as d where d.end_time < now() - interval '7 days';
  delete from dashboard.notifications as n where n.is_read and n.read_at < now() - interval '90 days';
$$;
comment on function private.tidy_up() is
  'Run daily: removes the records of jobs older than a week, and notifications read 90 days ago.';
revoke execute on function private.tidy_up() from public, anon, authenticated, service_role;

select cron.schedule('tidy up', '17 3 * * *', 'select private.tidy_up()');
