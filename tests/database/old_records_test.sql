-- Old rows are deleted daily.
begin;
select plan(4);

insert into cron.job_run_details (jobid, runid, username, command, status, end_time) values
  (0, -1, current_user, 'old', 'succeeded', now() - interval '8 days'),
  (0, -2, current_user, 'recent', 'succeeded', now() - interval '6 days');
select tests.create_team('team', 'ann admin');
insert into private.usage_totals (day, workspace_id, user_id, requests)
select case when v.days is null then (date_trunc('month', t.today) - interval '1 month')::date - 1 else t.today - v.days end,
  case when v.of_team then tests.workspace('team') end, case when v.of_ann then tests.user_id('ann') end, v.requests
from (values (8, true, false, 1001), (null, true, false, 1002), (7, false, true, 1003), (8, false, true, 1004), (7, false, false, 1005), (8, false, false, 1006))
  as v (days, of_team, of_ann, requests)
cross join (select (now() at time zone 'UTC')::date as today) as t;

select isnt_empty(
  $$ select 1 from cron.job where jobname = 'delete-old-records' and active and command = 'select private.delete_old_records()' $$,
  'a daily job is scheduled');
select lives_ok($$ select private.delete_old_records() $$, 'it runs without an error');
select results_eq($$ select command from cron.job_run_details where jobid = 0 $$, array['recent'],
  'records of job runs are kept for a week');

select results_eq($$ select t.requests from private.usage_totals as t where t.requests between 1001 and 1006 order by 1 $$,
  $$ values (1001::bigint), (1003), (1005) $$, 'totals of a workspace are kept for its monthly budgets, those of accounts and of the installation for a week');

select * from finish();
rollback;
