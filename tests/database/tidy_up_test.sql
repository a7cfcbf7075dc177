begin;
select plan(3);

insert into cron.job_run_details (jobid, runid, username, command, status, end_time) values
  (0, -1, current_user, 'old', 'succeeded', now() - interval '8 days'),
  (0, -2, current_user, 'recent', 'succeeded', now() - interval '6 days');

select isnt_empty(
  $$ select 1 from cron.job where jobname = 'tidy up' and active and command = 'select private.tidy_up()' $$,
  'it runs by itself');
select lives_ok($$ select private.tidy_up() $$, 'and can be run by hand');
select results_eq($$ select command from cron.job_run_details where jobid = 0 $$, array['recent'],
  'the record of jobs reaches back a week');

select * from finish();
rollback;
