-- The pipeline: every status, its jobs and their money, in the order of the work.
begin;
select plan(11);

select tests.create_user(u) from unnest(array['mia', 'emil', 'eve', 'bob']) as u;
update public.profiles set time_zone = 'Pacific/Kiritimati' where id = tests.user_id('eve'); -- fourteen hours ahead
insert into public.workspaces (id, name) values (tests.workspace('a'), 'A'), (tests.workspace('b'), 'B');
insert into public.workspace_members (workspace_id, user_id, role, display_name) values
  (tests.workspace('a'), tests.user_id('mia'), 'admin', 'Mia'), (tests.workspace('a'), tests.user_id('emil'), 'employee', 'Emil'),
  (tests.workspace('b'), tests.user_id('emil'), 'employee', 'Emil'), (tests.workspace('a'), tests.user_id('eve'), 'employee', 'Eve'),
  (tests.workspace('b'), tests.user_id('bob'), 'admin', 'Bob');
update public.profiles as p set active_workspace_id = m.workspace_id from public.workspace_members as m
where m.user_id = p.id and m.workspace_id = case when m.user_id = tests.user_id('bob') then tests.workspace('b') else tests.workspace('a') end;

select tests.act_as('bob');
select results_eq(
  $$ select step, status, job_count, total_estimates, approved_estimates, total_paid, balance_due, oldest_job_at, oldest_job_days
     from business.pipeline_board() $$,
  $$ select s.step::integer, s.status, 0::bigint, 0.00, 0.00, 0.00, 0.00, null::timestamptz, null::integer
     from unnest(array['lead', 'pending', 'inspection', 'active', 'complete', 'closed', 'cancelled']) with ordinality as s (status, step) $$,
  'a company without jobs sees all seven statuses in order, empty');

select tests.act_as_owner();
insert into business.jobs (workspace_id, job_number, status, created_at) values
  (tests.workspace('a'), 'new', 'lead', date_trunc('day', now(), 'UTC') + interval '11 hours'),
  (tests.workspace('a'), 'older', 'lead', date_trunc('day', now(), 'UTC') - interval '10 days'),
  (tests.workspace('a'), 'built', 'active', date_trunc('day', now(), 'UTC') - interval '13 hours'),
  (tests.workspace('a'), 'bare', 'inspection', now()),
  (tests.workspace('a'), 'dropped', 'cancelled', date_trunc('day', now(), 'UTC') - interval '40 days'),
  (tests.workspace('b'), 'other', 'active', '2020-01-01');
create function pg_temp.job(number text) returns bigint language sql stable as $$
  select j.id from business.jobs as j where j.job_number = number
$$;
insert into business.estimates (job_id, estimate_type, amount, status) values
  (pg_temp.job('new'), 'mitigation', 100.10, 'draft'), (pg_temp.job('older'), 'mitigation', 200.20, 'submitted'),
  (pg_temp.job('built'), 'mitigation', 1000.00, 'approved'), (pg_temp.job('built'), 'mitigation', 1500.00, 'submitted'),
  (pg_temp.job('built'), 'remodel', 0.50, 'approved'), (pg_temp.job('dropped'), null, 77.00, 'approved'),
  (pg_temp.job('other'), 'mitigation', 9999.00, 'approved');
insert into business.payments (job_id, amount) values
  (pg_temp.job('built'), 300.00), (pg_temp.job('built'), 400.00), (pg_temp.job('built'), -0.25), (pg_temp.job('other'), 9999.00);

select tests.act_as('mia');
select results_eq(
  $$ select status, job_count, total_estimates, approved_estimates, total_paid, balance_due from business.pipeline_board() $$,
  $$ values ('lead', 2::bigint, 300.30, 0.00, 0.00, 0.00), ('pending', 0, 0.00, 0.00, 0.00, 0.00), ('inspection', 1, 0.00, 0.00, 0.00, 0.00),
       ('active', 1, 1500.50, 1000.50, 699.75, 300.75), ('complete', 0, 0.00, 0.00, 0.00, 0.00), ('closed', 0, 0.00, 0.00, 0.00, 0.00),
       ('cancelled', 1, 77.00, 77.00, 0.00, 77.00) $$,
  'jobs and money by status, no matter how many estimates and payments a job has');
select results_eq(
  $$ select status, sum(job_count), sum(total_estimates), sum(approved_estimates), sum(total_paid), sum(balance_due)
     from business.pipeline_board() where job_count > 0 group by status order by status $$,
  $$ select status, count(*)::numeric, sum(total_estimates), sum(approved_estimates), sum(total_paid), sum(balance_due)
     from business.job_financials group by status order by status $$, 'the sums are those of job_financials');
select results_eq($$ select oldest_job_at, oldest_job_days from business.pipeline_board() where status = 'lead' $$,
  $$ select created_at, 10 from business.jobs where job_number = 'older' $$, 'the oldest job of a status, and its age in days');
select is((select oldest_job_days from business.pipeline_board() where status = 'pending'), null, 'no age where there is no job');

-- employees; one of them further east
select tests.act_as('emil');
select is((select sum(job_count) from business.pipeline_board()), 5::numeric,
  'an employee reads it, and of this company only');
select tests.act_as('eve');
select is((select oldest_job_days from business.pipeline_board() where status = 'active'),
  (now() at time zone 'Pacific/Kiritimati')::date 
    - ((date_trunc('day', now(), 'UTC') - interval '13 hours') at time zone 'Pacific/Kiritimati')::date,
  'days are the caller''s own');

-- a stranger, and nobody
select tests.act_as('bob');
select tests.work_in('a');
select throws_ok($$ select 1 from business.pipeline_board() $$, 'PT403', 'You do not belong to the workspace of the header x-workspace-id.',
  'the board of a workspace of others is refused');
select tests.act_as('bob');
select results_eq($$ select status, balance_due from business.pipeline_board() where job_count > 0 $$, $$ values ('active', 0.00) $$,
  'a member of another workspace sees the board of that one');
select tests.act_as_owner();
select tests.create_user('ned');
delete from public.workspaces where personal_of = tests.user_id('ned');
select tests.act_as('ned');
select throws_ok($$ select 1 from business.pipeline_board() $$, 'PT404', 'The request has no workspace.', 'without a workspace there is no board');
select tests.act_as_anon();
select throws_ok($$ select 1 from business.pipeline_board() $$, '42501', 'permission denied for function pipeline_board', 'anon calls nothing');

select * from finish();
rollback;
