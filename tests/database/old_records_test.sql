-- Old rows are deleted daily.
begin;
select plan(3);

insert into cron.job_run_details (jobid, runid, username, command, status, end_time) values
  (0, -1, current_user, 'old', 'succeeded', now() - interval '8 days'),
  (0, -2, current_user, 'recent', 'succeeded', now() - interval '6 days');

select isnt_empty(
  $$ select 1 from cron.job where jobname = 'delete-old-records' and active and command = 'select private.delete_old_records()' $$,
  'a daily job is scheduled');
select lives_ok($$ select private.delete_old_records() $$, 'it runs without an error');
select results_eq($$ select command from cron.job_run_details where jobid = 0 $$, array['recent'],
  'records of job runs are kept for a week');

select * from finish();
rollback;
