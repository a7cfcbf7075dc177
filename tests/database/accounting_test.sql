-- The accounting of a workspace: periods, jobs, local days, and who may ask.
begin;
select plan(34);

-- Ann lives fourteen hours ahead of Mia: her today, and her January, begin earlier. Emil works for both companies
select tests.create_user(u) from unnest(array['ann', 'mia', 'emil', 'bob']) as u;
update public.profiles set time_zone = 'Pacific/Kiritimati' where id = tests.user_id('ann');
insert into public.workspaces (id, name) values (tests.workspace('a'), 'A'), (tests.workspace('b'), 'B');
insert into public.workspace_members (workspace_id, user_id, role, display_name) values
  (tests.workspace('a'), tests.user_id('ann'), 'admin', 'Ann'), (tests.workspace('a'), tests.user_id('mia'), 'manager', 'Mia'),
  (tests.workspace('a'), tests.user_id('emil'), 'employee', 'Emil'), (tests.workspace('b'), tests.user_id('emil'), 'employee', 'Emil'),
  (tests.workspace('b'), tests.user_id('bob'), 'admin', 'Bob');
update public.profiles as p set active_workspace_id = m.workspace_id from public.workspace_members as m
where m.user_id = p.id and m.workspace_id = case when m.user_id = tests.user_id('bob') then tests.workspace('b') else tests.workspace('a') end;

insert into business.clients (workspace_id, name) values (tests.workspace('a'), 'Client of one');
insert into business.jobs (workspace_id, job_number, status, created_at, completion_date, client_id) values
  (tests.workspace('a'), 'one', 'active', '2026-01-05 12:00+00', null, (select id from business.clients where name = 'Client of one')),
  (tests.workspace('a'), 'two', 'active', '2026-01-31 11:00+00', null, null),
  (tests.workspace('a'), 'dated', 'complete', '2026-02-02 12:00+00', '2026-03-09', null),
  (tests.workspace('a'), 'imported', 'closed', '2026-02-03 12:00+00', null, null),
  (tests.workspace('a'), 'dropped', 'cancelled', '2025-12-01 12:00+00', '2026-01-20', null),
  (tests.workspace('a'), 'archived', 'closed', '2025-12-01 12:00+00', '2026-03-15', null),
  (tests.workspace('a'), 'straight', 'active', '2025-12-01 12:00+00', null, null),
  (tests.workspace('b'), 'other', 'closed', '2026-01-15 12:00+00', null, null);
create function pg_temp.job(number text) returns bigint language sql stable as $$
  select j.id from business.jobs as j where j.job_number = number
$$;
insert into business.estimates (job_id, estimate_type, amount, status, approved_date) values
  (pg_temp.job('one'), 'mitigation', 5000.00, 'approved', '2026-01-10'),
  (pg_temp.job('one'), 'mitigation', 6000.50, 'approved', '2026-02-10'), -- supersedes the one before
  (pg_temp.job('two'), 'mitigation', 800.00, 'approved', '2026-01-31'),
  (pg_temp.job('two'), 'remodel', 900.00, 'submitted', null),
  (pg_temp.job('dropped'), 'mitigation', 7000.00, 'approved', '2026-01-12'),
  (pg_temp.job('other'), 'mitigation', 123456.00, 'approved', '2026-01-12');
insert into business.payments (job_id, amount, received_date, created_at) values
  (pg_temp.job('one'), 1000.00, '2026-01-01', now()), (pg_temp.job('one'), 2000.25, '2026-01-31', now()),
  (pg_temp.job('one'), -300.25, '2026-02-01', now()), (pg_temp.job('two'), 50.00, null, '2026-01-31 11:00+00'),
  (pg_temp.job('dropped'), 100.00, '2026-01-15', now()), (pg_temp.job('two'), 9.99, '2025-12-31', now()),
  (pg_temp.job('two'), 7.77, '2026-04-01', now()), (pg_temp.job('two'), 1.11, null, '2027-01-01 12:00+00'), (pg_temp.job('other'), 123456.00, '2026-01-12', now());
insert into business.labor_entries (job_id, work_date, hours, hourly_rate) values
  (pg_temp.job('one'), '2026-01-12', 0.01, 0.50), (pg_temp.job('one'), '2026-01-12', 0.01, 0.50),
  (pg_temp.job('one'), '2026-01-13', 0.01, 0.50), (pg_temp.job('two'), '2026-03-31', 8, 40), (pg_temp.job('two'), '2026-03-31', 1, null),
  (pg_temp.job('other'), '2026-01-12', 99, 99);
insert into business.receipts (job_id, expense_category, description, amount, reimbursable, expense_date) values
  (pg_temp.job('one'), 'materials', 'Boards', 100.10, true, '2026-01-20'), (pg_temp.job('one'), 'disposal', 'Bin', 50.00, false, '2026-01-21'),
  (pg_temp.job('two'), 'materials', 'Boards brought back', -0.10, true, '2026-03-01'),
  (pg_temp.job('other'), 'materials', 'Boards', 99999.00, true, '2026-01-20');

-- moves, which the log remembers: one finished in January, taken up again, finished in March, and closed in April; one
-- closed in February without ever being complete
select tests.act_as('mia');
update business.jobs set status = 'complete' where job_number = 'two';
update business.jobs set status = 'cancelled' where job_number = 'two';
update business.jobs set status = 'active' where job_number = 'two';
update business.jobs set status = 'complete' where job_number = 'two';
update business.jobs set status = 'closed' where job_number = 'two';
update business.jobs set status = 'closed' where job_number = 'straight';
select tests.act_as_owner();
update business.activity_log as l set created_at = v.at
from (select a.id, row_number() over (order by a.id) as place from business.activity_log as a
      where a.event_type = 'status_changed' and a.job_id = pg_temp.job('two')) as o
join (values (1, timestamptz '2026-01-20 12:00+00'), (4, '2026-03-31 12:00+00'), (5, '2026-04-01 12:00+00')) as v (place, at) using (place)
where l.id = o.id;
update business.activity_log set created_at = '2026-02-20 12:00+00' where event_type = 'status_changed' and job_id = pg_temp.job('straight');

-- by month, as Mia
select tests.act_as('mia');
create temporary table by_month as select * from business.accounting_summary('2025-12-01', '2026-04-30');
create temporary table by_job as select * from business.accounting_by_job('2025-12-01', '2026-04-30');
select results_eq(
  $$ select period_start, period_end, approved_estimates, payments_received, refunds, total_paid
     from business.accounting_summary('2026-01-01', '2026-04-30') $$,
  $$ values (date '2026-01-01', date '2026-01-31', 800.00, 3150.25, 0.00, 3150.25),
       ('2026-02-01', '2026-02-28', 6000.50, 0.00, 300.25, -300.25),
       ('2026-03-01', '2026-03-31', 0.00, 0.00, 0.00, 0.00), ('2026-04-01', '2026-04-30', 0.00, 7.77, 0.00, 7.77) $$,
  'by month: what is approved now on the day of its approval, without cancelled jobs, and money in and back');
select results_eq(
  $$ select total_labor_hours, total_labor_cost, total_materials_cost, reimbursable_expenses, total_expenses, gross_profit
     from business.accounting_summary('2026-01-01', '2026-03-31', 'month') $$,
  $$ values (0.03, 0.02, 150.10, 100.10, 150.12, 649.88), (0.00, 0.00, 0.00, 0.00, 0.00, 6000.50),
       (9.00, 320.00, -0.10, -0.10, 319.90, -319.90) $$,
  'costs of the period, rounded once, and what is left of the approvals');
select results_eq(
  $$ select jobs_opened, jobs_completed, jobs_closed from business.accounting_summary('2026-01-01', '2026-04-30') $$,
  $$ values (2::bigint, 0::bigint, 0::bigint), (2, 2, 2), (0, 3, 1), (0, 0, 1) $$,
  'jobs: opened when made; completed on their date, else by their last move; one that was stored as closed counts on its date, else from its making; cancelled ones are not completed');
select results_eq(
  $$ select count(*), sum(payments_received), sum(approved_estimates) from business.accounting_summary('2026-01-01', '2026-04-30', 'week') $$,
  $$ values (18::bigint, 3158.02, 6800.50) $$, 'eighteen weeks, the empty ones among them');
select results_eq(
  $$ select period_start, period_end from business.accounting_summary('2026-01-01', '2026-01-14', 'week') $$,
  $$ values (date '2026-01-01', date '2026-01-04'), ('2026-01-05', '2026-01-11'), ('2026-01-12', '2026-01-14') $$,
  'weeks begin on Monday, the first and the last are cut to the range');
select results_eq(
  $$ select period_start, period_end, payments_received, jobs_opened from business.accounting_summary('2025-12-31', '2026-04-01', ' Quarter ') $$,
  $$ values (date '2025-12-31', date '2025-12-31', 9.99, 0::bigint), ('2026-01-01', '2026-03-31', 3150.25, 4), ('2026-04-01', '2026-04-01', 7.77, 0) $$,
  'quarters, in any case of letters');
select results_eq(
  $$ select period_start, period_end, total_paid from business.accounting_summary('2025-06-15', '2026-06-15', 'year') $$,
  $$ values (date '2025-06-15', date '2025-12-31', 9.99), ('2026-01-01', '2026-06-15', 2857.77) $$, 'years');
select results_eq(
  $$ select period_start, period_end, total_paid from business.accounting_summary('2025-12-31', '2026-12-31', 'total') $$,
  $$ values (date '2025-12-31', date '2026-12-31', 2867.76) $$, 'or everything at once');
select results_eq(
  $$ select period_start, period_end, approved_estimates, total_paid, jobs_opened from business.accounting_summary('2026-01-31', '2026-01-31', 'month') $$,
  $$ values (date '2026-01-31', date '2026-01-31', 800.00, 2050.25, 1::bigint) $$, 'both ends of a range count');
select results_eq(
  $$ select period_start, gross_profit from business.accounting_summary('1950-01-01', '1950-02-28') $$,
  $$ values (date '1950-01-01', 0.00), ('1950-02-01', 0.00) $$, 'a range without anything is rows of zeros');
select is((select count(*) from business.accounting_summary('2000-01-03', '2019-03-03', 'week')), 1000::bigint, 'a thousand periods at most');

-- the total is what the jobs are together, and what job_financials says of those that were not cancelled
select results_eq(
  $$ select approved_estimates, payments_received, refunds, total_labor_hours, total_materials_cost, reimbursable_expenses
     from business.accounting_summary('1900-01-01', '2999-12-31', 'total') $$,
  $$ select sum(approved_estimates), sum(payments_received), sum(refunds), sum(total_labor_hours), sum(total_materials_cost),
       sum(reimbursable_expenses) from business.accounting_by_job('1900-01-01', '2999-12-31') $$,
  'the jobs add up to the total');
select results_eq(
  $$ select approved_estimates, total_paid, total_labor_hours, total_labor_cost, total_materials_cost, reimbursable_expenses
     from business.accounting_summary('1900-01-01', '2999-12-31', 'total') $$,
  $$ select sum(approved_estimates) filter (where status <> 'cancelled'), sum(total_paid), sum(total_labor_hours), sum(total_labor_cost),
       sum(total_materials_cost), sum(reimbursable_expenses) from business.job_financials $$,
  'all time is what job_financials says, but for approvals of cancelled jobs');

-- by job
select results_eq(
  $$ select job_number, status, client_name, approved_estimates, payments_received, refunds, total_paid, gross_profit
     from business.accounting_by_job('2026-01-01', '2026-02-28') $$,
  $$ values ('one', 'active', 'Client of one', 6000.50, 3000.25, 300.25, 2700.00, 5850.38),
       ('two', 'closed', null, 800.00, 50.00, 0.00, 50.00, 800.00), ('dropped', 'cancelled', null, 0.00, 100.00, 0.00, 100.00, 0.00) $$,
  'by job: those with money or labor in the range, most profitable first');
select results_eq(
  $$ select total_labor_hours, total_labor_cost, total_materials_cost, reimbursable_expenses, total_expenses
     from business.accounting_by_job('2026-01-01', '2026-02-28') where job_number = 'one' $$,
  $$ values (0.03, 0.02, 150.10, 100.10, 150.12) $$, 'with their costs');
select is_empty($$ select 1 from business.accounting_by_job('2026-05-01', '2026-05-31') $$, 'no job in an empty range');

-- local days of whoever asks
select tests.act_as('ann');
select results_eq(
  $$ select jobs_opened, payments_received from business.accounting_summary('2026-01-01', '2026-02-28') $$,
  $$ values (1::bigint, 3100.25), (3, 50.00) $$,
  'a job opened at the end of January, and a payment without a date, are in the February of somebody further east');
select is((select jobs_opened from business.accounting_summary('2026-02-01', '2026-02-28')), 3::bigint, 'also when it is all she asks for');
select is((select jobs_completed from business.accounting_summary('2026-04-01', '2026-04-30')), 1::bigint,
  'and a job completed at the end of March in her April');

-- refusals
select throws_ok($$ select 1 from business.accounting_summary('2026-02-01', '2026-01-31') $$, '22023', 'date_from must not be after date_to, and both must be between 1900 and 2999.', 'dates the wrong way round');
select throws_ok($$ select 1 from business.accounting_summary(null, '2026-01-31') $$, '22023', 'date_from must not be after date_to, and both must be between 1900 and 2999.', 'no date');
select throws_ok($$ select 1 from business.accounting_summary('2026-01-01', 'infinity') $$, '22023', 'date_from must not be after date_to, and both must be between 1900 and 2999.', 'no end');
select throws_ok($$ select 1 from business.accounting_by_job('-infinity', '2026-01-01') $$, '22023', 'date_from must not be after date_to, and both must be between 1900 and 2999.', 'no beginning');
select throws_ok($$ select 1 from business.accounting_summary('2026-01-01', '2026-01-31', 'day') $$, '22023', 'period is unknown.', 'an unknown period');
select throws_ok($$ select 1 from business.accounting_summary('2026-01-01', '2026-01-31', null) $$, '22023', 'period is unknown.', 'no period');
select throws_ok($$ select 1 from business.accounting_summary('2026-01-01', null, 'month') $$, '22023',
  'date_from must not be after date_to, and both must be between 1900 and 2999.', 'a range without an end');
select throws_ok($$ select 1 from business.accounting_summary('2000-01-03', '2019-03-10', 'week') $$, '22023', 'The range has 1001 periods, but at most 1000 are allowed.', 'too many periods');

-- other personas
select tests.act_as('emil');
select results_eq($$ select * from business.accounting_summary('2025-12-01', '2026-04-30') $$, $$ select * from by_month $$,
  'an employee reads the same, without a cent of the other company he works for');
select results_eq($$ select * from business.accounting_by_job('2025-12-01', '2026-04-30') $$, $$ select * from by_job $$, 'by job as well');
select tests.act_as('bob');
select tests.work_in('a');
select throws_ok($$ select 1 from business.accounting_summary('2026-01-01', '2026-01-31') $$,
  'PT403', 'You do not belong to the workspace of the header x-workspace-id.', 'the accounting of a workspace of others is refused');
select throws_ok($$ select 1 from business.accounting_by_job('2026-01-01', '2026-01-31') $$,
  'PT403', 'You do not belong to the workspace of the header x-workspace-id.', 'so is the accounting by job');
select tests.act_as('bob');
select is((select payments_received from business.accounting_summary('2026-01-01', '2026-12-31', 'total')), 123456.00, 'a member of another workspace reads the accounting of that one');
select tests.act_as_anon();
select throws_ok($$ select 1 from business.accounting_summary('2026-01-01', '2026-01-31') $$, '42501',
  'permission denied for function accounting_summary', 'anon calls nothing');
select throws_ok($$ select 1 from business.accounting_by_job('2026-01-01', '2026-01-31') $$, '42501',
  'permission denied for function accounting_by_job', 'by job neither');

select * from finish();
rollback;
