-- Deletes old rows daily, so that logs do not grow without bound.

create function private.delete_old_records() returns void
language sql volatile set search_path = ''
as $$
  delete from cron.job_run_details as d where d.end_time < now() - interval '7 days';
  delete from dashboard.notifications as n where n.is_read and n.read_at < now() - interval '90 days';
$$;
comment on function private.delete_old_records() is
  'Run daily: deletes records of job runs older than a week, and notifications read more than 90 days ago.';
revoke execute on function private.delete_old_records() from public, anon, authenticated, service_role;

select cron.schedule('delete-old-records', '17 3 * * *', 'select private.delete_old_records()');
