-- Deletes old rows daily, so that logs do not grow without bound.

create function private.delete_old_records() returns void
language sql volatile set search_path = ''
as $$
  delete from cron.job_run_details as d where d.end_time < now() - interval '7 days';
  delete from dashboard.notifications as n where n.is_read and n.read_at < now() - interval '90 days';
  -- Budgets compare with the totals of a month, other limits with those of a day.
  delete from private.usage_totals as t
  where t.day < (date_trunc('month', now() at time zone 'UTC') - interval '1 month')::date
    or t.workspace_id is null and t.day < (now() at time zone 'UTC')::date - 7;
$$;
comment on function private.delete_old_records() is
  'Run daily: deletes records of job runs older than a week, notifications read more than 90 days ago, and totals of usage before the previous month, those of accounts and of the installation after a week.';
revoke execute on function private.delete_old_records() from public, anon, authenticated, service_role;

select cron.schedule('delete-old-records', '17 3 * * *', 'select private.delete_old_records()');
