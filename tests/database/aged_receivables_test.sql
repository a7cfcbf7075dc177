-- Receivables by age: what is owed on a day, for how long, and by whom.
begin;
select plan(26);

select tests.create_user(u) from unnest(array['mia', 'emil', 'eve', 'bob']) as u;
update public.profiles set time_zone = 'Pacific/Kiritimati' where id = tests.user_id('eve'); -- fourteen hours ahead
insert into public.workspaces (id, name) values (tests.workspace('a'), 'A'), (tests.workspace('b'), 'B');
insert into public.workspace_members (workspace_id, user_id, role, display_name) values
  (tests.workspace('a'), tests.user_id('mia'), 'admin', 'Mia'), (tests.workspace('a'), tests.user_id('emil'), 'employee', 'Emil'),
  (tests.workspace('b'), tests.user_id('emil'), 'employee', 'Emil'), (tests.workspace('a'), tests.user_id('eve'), 'employee', 'Eve'),
  (tests.workspace('b'), tests.user_id('bob'), 'admin', 'Bob');
update public.profiles as p set active_workspace_id = m.workspace_id from public.workspace_members as m
where m.user_id = p.id and m.workspace_id = case when m.user_id = tests.user_id('bob') then tests.workspace('b') else tests.workspace('a') end;

insert into business.clients (workspace_id, name) values (tests.workspace('a'), 'Ada Client');
insert into business.organizations (workspace_id, name, org_type) values (tests.workspace('a'), 'Best Insurance', 'insurance_carrier');
insert into business.jobs (workspace_id, job_number, status, client_id, insurance_org_id)
select tests.workspace('a'), v.number, v.status, case when v.number = 'four ages' then c.id end, case when v.number = 'four ages' then o.id end
from (values ('four ages', 'active'), ('partly paid', 'complete'), ('settled', 'closed'), ('overpaid', 'closed'), ('dropped', 'cancelled'),
  ('bounced', 'active'), ('paid back', 'lead'), ('revised', 'active'), ('backdated', 'active'), ('taken back', 'active'),
  ('pending', 'pending'), ('undated', 'active')) as v (number, status), business.clients as c, business.organizations as o
where c.name = 'Ada Client' and o.name = 'Best Insurance';
insert into business.jobs (workspace_id, job_number, status) values (tests.workspace('b'), 'other', 'active');
create function pg_temp.job(number text) returns bigint language sql stable as $$
  select j.id from business.jobs as j where j.job_number = number
$$;

-- as of 30 June 2026: 0 and 30 days, 31 and 60, 61 and 90, 91 and many
insert into business.estimates (job_id, estimate_type, amount, status, approved_date) values
  (pg_temp.job('four ages'), 'mitigation', 1.01, 'approved', '2026-06-30'), (pg_temp.job('four ages'), 'reconstruction', 2.02, 'approved', '2026-05-30'),
  (pg_temp.job('four ages'), 'remodel', 4.04, 'approved', '2026-05-01'), (pg_temp.job('four ages'), 'abatement', 8.08, 'approved', '2026-04-01'),
  (pg_temp.job('four ages'), 'remediation', 100.00, 'submitted', null), (pg_temp.job('four ages'), null, 16.16, 'approved', '2026-07-01'),
  (pg_temp.job('partly paid'), 'mitigation', 1000.00, 'approved', '2026-01-10'), (pg_temp.job('partly paid'), 'reconstruction', 500.00, 'approved', '2026-05-30'),
  (pg_temp.job('partly paid'), 'remodel', 200.00, 'approved', '2026-06-20'), (pg_temp.job('partly paid'), null, null, 'approved', '2026-06-25'),
  (pg_temp.job('settled'), 'mitigation', 300.00, 'approved', '2026-01-10'), (pg_temp.job('overpaid'), 'mitigation', 300.00, 'approved', '2026-01-10'),
  (pg_temp.job('dropped'), 'mitigation', 5000.00, 'approved', '2026-01-10'),
  (pg_temp.job('bounced'), 'mitigation', 100.00, 'approved', '2026-03-01'),
  (pg_temp.job('revised'), 'mitigation', 700.00, 'approved', '2026-02-01'), (pg_temp.job('revised'), 'mitigation', 750.00, 'approved', '2026-04-15'),
  (pg_temp.job('revised'), 'mitigation', 800.00, 'approved', '2026-06-15'),
  (pg_temp.job('backdated'), 'mitigation', 60.00, 'approved', '2026-05-10'), (pg_temp.job('backdated'), 'mitigation', 50.00, 'approved', '2026-03-01'),
  (pg_temp.job('taken back'), 'mitigation', 90.00, 'approved', '2026-03-01'), (pg_temp.job('taken back'), 'mitigation', 95.00, 'approved', '2026-04-01'),
  (pg_temp.job('taken back'), 'remodel', 5.00, 'approved', '2026-05-01'),
  (pg_temp.job('pending'), 'mitigation', 400.00, 'submitted', null), (pg_temp.job('undated'), 'mitigation', 10.00, 'approved', '2026-06-01'),
  (pg_temp.job('other'), 'mitigation', 9999.00, 'approved', '2026-06-01');
update business.estimates set status = 'denied' where job_id = pg_temp.job('taken back') and amount = 95.00;
insert into business.payments (job_id, amount, received_date, created_at) values
  (pg_temp.job('partly paid'), 600.00, '2026-02-01', now()), (pg_temp.job('partly paid'), 550.00, '2026-06-30', now()),
  (pg_temp.job('partly paid'), 25.50, '2026-07-01', now()),
  (pg_temp.job('settled'), 300.00, '2026-03-01', now()), (pg_temp.job('overpaid'), 300.01, '2026-03-01', now()),
  (pg_temp.job('bounced'), 100.00, '2026-03-05', now()), (pg_temp.job('bounced'), -100.00, '2026-06-10', now()),
  (pg_temp.job('paid back'), 20.00, '2026-01-01', now()), (pg_temp.job('paid back'), -50.00, '2026-05-15', now()),
  (pg_temp.job('undated'), 4.00, null, '2026-06-30 11:00+00');

-- as Mia
select tests.act_as('mia');
select results_eq(
  $$ select client_name, carrier_name, status, oldest_due_date, oldest_due_days, days_0_30, days_31_60, days_61_90, days_over_90, total
     from business.aged_receivables('2026-06-30') where job_number = 'four ages' $$,
  $$ values ('Ada Client', 'Best Insurance', 'active', date '2026-04-01', 90, 1.01, 6.06, 8.08, 0.00, 15.15) $$,
  'each approved estimate is a debt of its day: 0, 31, 60 and 90 days; neither submitted nor approved later');
select results_eq(
  $$ select oldest_due_days, days_0_30, days_31_60, days_61_90, days_over_90, total
     from business.aged_receivables('2026-07-01') where job_number = 'four ages' $$,
  $$ values (91, 17.17, 2.02, 4.04, 8.08, 31.31) $$, 'a day later: 0 and 1, 32, 61 and 91 days');
select results_eq(
  $$ select oldest_due_date, days_0_30, days_31_60, days_over_90, total from business.aged_receivables('2026-06-30') where job_number = 'partly paid' $$,
  $$ values (date '2026-05-30', 200.00, 350.00, 0.00, 550.00) $$,
  'payments up to the day settle the oldest debt first, then the next');
select results_eq(
  $$ select oldest_due_date, days_0_30, days_31_60, days_over_90, total from business.aged_receivables('2026-06-29') where job_number = 'partly paid' $$,
  $$ values (date '2026-01-10', 700.00, 0.00, 400.00, 1100.00) $$, 'not those received later');
select is_empty($$ select 1 from business.aged_receivables('2026-06-30') where job_number in ('settled', 'overpaid') $$,
  'who has paid, or too much, owes nothing');
select results_eq($$ select total from business.aged_receivables('2026-02-28') where job_number = 'settled' $$, array[300.00], 'but did before');
select is_empty($$ select 1 from business.aged_receivables('2026-06-30') where job_number in ('dropped', 'pending') $$,
  'a cancelled job owes nothing, and one without an approval neither');
select results_eq($$ select oldest_due_date, days_over_90, total from business.aged_receivables('2026-06-30') where job_number = 'bounced' $$,
  $$ values (date '2026-03-01', 100.00, 100.00) $$, 'a payment that went back leaves the old debt as old as it was');
select results_eq($$ select oldest_due_date, days_31_60, total from business.aged_receivables('2026-06-30') where job_number = 'paid back' $$,
  $$ values (date '2026-05-15', 30.00, 30.00) $$, 'more paid back than came in is a debt of the day it went');
select results_eq(
  $$ select d.day, r.oldest_due_date, r.total
     from unnest(array['2026-01-31', '2026-02-01', '2026-04-14', '2026-04-15', '2026-06-14', '2026-06-30']::date[]) as d (day)
     left join lateral (select * from business.aged_receivables(d.day) where job_number = 'revised') as r on true order by 1 $$,
  $$ values (date '2026-01-31', null::date, null::numeric), ('2026-02-01', '2026-02-01', 700.00), ('2026-04-14', '2026-02-01', 700.00),
       ('2026-04-15', '2026-04-15', 750.00), ('2026-06-14', '2026-04-15', 750.00), ('2026-06-30', '2026-06-15', 800.00) $$,
  'an estimate superseded later is the debt it was on that day; its successor is a debt of its own approval');
select results_eq($$ select oldest_due_date, total from business.aged_receivables('2026-06-30') where job_number = 'backdated' $$,
  $$ values (date '2026-03-01', 50.00) $$, 'what is approved counts, though it was approved for an earlier day than what it superseded');
select results_eq(
  $$ select d.day, r.total from unnest(array['2026-03-31', '2026-06-30']::date[]) as d (day)
     left join lateral (select * from business.aged_receivables(d.day) where job_number = 'taken back') as r on true order by 1 $$,
  $$ values (date '2026-03-31', null::numeric), ('2026-06-30', 5.00) $$,
  'an approval that was taken back does not bring back what it had superseded');
select results_eq($$ select total from business.aged_receivables('2026-06-30') where job_number = 'undated' $$, array[6.00],
  'a payment without a date counts from the day it was written down');
select results_eq($$ select total from business.aged_receivables('2026-06-29') where job_number = 'undated' $$, array[10.00], 'and not before');
select results_eq(
  $$ select job_number from business.aged_receivables('2026-06-30') $$,
  array['bounced', 'backdated', 'four ages', 'taken back', 'paid back', 'partly paid', 'undated', 'revised'], 'the oldest debts come first');
select results_eq($$ select * from business.aged_receivables_total('2026-06-30') $$,
  $$ select count(*), sum(days_0_30), sum(days_31_60), sum(days_61_90), sum(days_over_90), sum(total) from business.aged_receivables('2026-06-30') $$,
  'the last line adds the others up');
select results_eq($$ select total from business.aged_receivables_total('2999-12-31') $$,
  $$ select sum(balance_due) from business.job_financials where status <> 'cancelled' and balance_due > 0 $$,
  'at the end of all days it is the balance of job_financials');
select results_eq($$ select * from business.aged_receivables_total('1950-01-01') $$,
  $$ values (0::bigint, 0.00, 0.00, 0.00, 0.00, 0.00) $$, 'before the first debt it is a line of zeros');
select results_eq($$ select r.total from business.aged_receivables(null) as r $$,
  $$ select r.total from business.aged_receivables((now() at time zone 'UTC')::date) as r $$, 'without a day it is today');

-- an employee further east: her today has come, and the undated payment is of her tomorrow
select tests.act_as('eve');
select results_eq($$ select r.job_number, r.total from business.aged_receivables() as r $$,
  $$ select r.job_number, r.total from business.aged_receivables((now() at time zone 'Pacific/Kiritimati')::date) as r $$,
  'today is the caller''s own');
select results_eq($$ select total from business.aged_receivables('2026-06-30') where job_number = 'undated' $$, array[10.00],
  'and so is the day of a payment without a date');
select tests.act_as('emil');
select is((select count(*) from business.aged_receivables('2026-06-30')), 8::bigint,
  'an employee reads it, and of this company only');

-- a stranger, and nobody
select tests.act_as('bob');
select tests.work_in('a');
select throws_ok($$ select 1 from business.aged_receivables('2026-06-30') $$, 'PT403', 'You do not belong to the workspace of the header x-workspace-id.',
  'the receivables of a workspace of others are refused');
select throws_ok($$ select 1 from business.aged_receivables_total('1950-01-01') $$, 'PT403', 'You do not belong to the workspace of the header x-workspace-id.',
  'the total is refused also for a day without receivables');
select tests.act_as('bob');
select results_eq($$ select job_number, total from business.aged_receivables('2026-06-30') $$, $$ values ('other', 9999.00) $$, 'a member of another workspace reads the receivables of that one');
select tests.act_as_anon();
select throws_ok($$ select 1 from business.aged_receivables('2026-06-30') $$, '42501', 'permission denied for function aged_receivables',
  'anon calls nothing');

select * from finish();
rollback;
