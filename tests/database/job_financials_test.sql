-- The money of a job in one row, to the cent, for whoever may see the job.
begin;
select plan(26);

-- Ann is admin, Mia manager and Emil employee of company a; Bob is alone in b
select tests.create_user(u) from unnest(array['ann', 'mia', 'emil', 'bob']) as u;
insert into public.workspaces (id, name) values (tests.workspace('a'), 'A'), (tests.workspace('b'), 'B');
insert into public.workspace_members (workspace_id, user_id, role, display_name) values
  (tests.workspace('a'), tests.user_id('ann'), 'admin', 'Ann'), (tests.workspace('a'), tests.user_id('mia'), 'manager', 'Mia'),
  (tests.workspace('a'), tests.user_id('emil'), 'employee', 'Emil'), (tests.workspace('b'), tests.user_id('bob'), 'admin', 'Bob');
update public.profiles set active_workspace_id = tests.workspace('a')
where id in (tests.user_id('ann'), tests.user_id('mia'), tests.user_id('emil'));
update public.profiles set active_workspace_id = tests.workspace('b') where id = tests.user_id('bob');

select tests.act_as('mia');
insert into business.jobs (job_number, ready_to_invoice) values ('full', true), ('empty', false), ('costs', false);
create function pg_temp.job(number text) returns bigint language sql stable as $$
  select j.id from business.jobs as j where j.job_number = number
$$;

-- one type with three versions, of which the second is approved; others with one; one without a type
insert into business.estimates (job_id, estimate_type, amount, status) values
  (pg_temp.job('full'), 'mitigation', 10000.10, 'approved'), (pg_temp.job('full'), 'mitigation', 9500.55, 'draft');
update business.estimates set status = 'approved' where amount = 9500.55;
insert into business.estimates (job_id, estimate_type, amount, status) values
  (pg_temp.job('full'), 'mitigation', 9900.00, 'submitted'), (pg_temp.job('full'), 'reconstruction', 20000.00, 'approved'),
  (pg_temp.job('full'), 'abatement', 0.45, 'draft'), (pg_temp.job('full'), 'remodel', null, 'revision'),
  (pg_temp.job('full'), null, 100.00, 'revision_requested'), (pg_temp.job('full'), null, 333.33, 'denied');
insert into business.payments (job_id, amount) values
  (pg_temp.job('full'), 5000.00), (pg_temp.job('full'), 2500.25), (pg_temp.job('full'), -100.10);
insert into business.work_orders (job_id, title, budget_amount, status) values
  (pg_temp.job('full'), 'Demolition', 1000.00, 'approved'), (pg_temp.job('full'), 'Drying', 500.50, 'draft'),
  (pg_temp.job('full'), 'Roof', 9999.00, 'cancelled'), (pg_temp.job('full'), 'Paint', null, 'completed');
-- 44.3289 + 4.9975 + 3 × 0.005 = 49.3414 billable, and 360 that is not
insert into business.labor_entries (job_id, hours, hourly_rate, billable) values
  (pg_temp.job('full'), 1.33, 33.33, true), (pg_temp.job('full'), 0.25, 19.99, true), (pg_temp.job('full'), 8, 45, false),
  (pg_temp.job('full'), 2, null, true), (pg_temp.job('full'), 0.01, 0.50, true), (pg_temp.job('full'), 0.01, 0.50, true),
  (pg_temp.job('full'), 0.01, 0.50, true);
insert into business.receipts (job_id, expense_category, description, amount, reimbursable) values
  (pg_temp.job('full'), 'materials', 'Sheeting', 120.45, true), (pg_temp.job('full'), 'supplies', 'Tape', 79.55, false),
  (pg_temp.job('full'), 'materials', 'Sheeting brought back', -20.00, true);
insert into business.estimates (job_id, amount, status) values (pg_temp.job('costs'), 700, 'submitted');
insert into business.labor_entries (job_id, hours, hourly_rate) values (pg_temp.job('costs'), 1, 50.01);

-- every column of one job
create function pg_temp.money(number text) returns jsonb language sql stable as $$
  select to_jsonb(f) from business.job_financials as f where f.job_number = number
$$;
select is(pg_temp.money('full') -> m.name, m.value, m.sentence)
from (values
  ('total_estimates', '30233.78'::jsonb, 'total_estimates adds the highest version of each type, the one without a type among them'),
  ('approved_estimates', '29500.55', 'approved_estimates adds what is approved, not what was superseded'),
  ('pending_estimates', '9900.45', 'pending_estimates adds drafts and submitted ones'),
  ('total_paid', '7400.15', 'total_paid adds payments and takes refunds off'),
  ('balance_due', '22100.40', 'balance_due is what is approved and not paid'),
  ('work_order_budget', '1500.50', 'work_order_budget leaves cancelled work orders out'),
  ('total_labor_hours', '11.61', 'total_labor_hours adds all hours, those without a rate too'),
  ('total_labor_cost', '409.34', 'total_labor_cost is rounded once, not entry by entry'),
  ('billable_labor_hours', '3.61', 'billable_labor_hours leaves the others out'),
  ('billable_labor_cost', '49.34', 'so does billable_labor_cost'),
  ('total_materials_cost', '180.00', 'total_materials_cost adds receipts, returns as what they give back'),
  ('reimbursable_expenses', '100.45', 'reimbursable_expenses is the part that somebody pays back'),
  ('total_expenses', '589.34', 'total_expenses is labor and materials'),
  ('gross_profit', '28911.21', 'gross_profit is what is approved less expenses'),
  ('gross_profit_percentage', '98.00', 'as a share of what is approved')
) as m (name, value, sentence);
select results_eq(
  $$ select estimate_count, payment_count, labor_entry_count, receipt_count, work_order_count, ready_to_invoice
     from business.job_financials where job_number = 'full' $$,
  $$ values (8::bigint, 3::bigint, 7::bigint, 3::bigint, 4::bigint, true) $$, 'everything is counted, and the flag is told');
select results_eq(
  $$ select distinct n.value from business.job_financials as f, jsonb_each(to_jsonb(f)) as n
     where f.job_number = 'empty' and n.key not in ('workspace_id', 'job_id', 'job_number', 'status', 'ready_to_invoice') and n.value <> '0' $$,
  $$ select null::jsonb where false $$, 'a job without anything is a row of zeros');
select results_eq(
  $$ select approved_estimates, gross_profit, gross_profit_percentage from business.job_financials where job_number = 'costs' $$,
  $$ values (0.00, -50.01, 0.00) $$, 'costs before an approval are a loss of 0 per cent');
select results_eq(
  $$ select sum(f.total_paid), sum(f.total_labor_hours), sum(f.estimate_count) from business.job_financials as f $$,
  $$ select (select sum(p.amount) from business.payments as p), (select sum(l.hours) from business.labor_entries as l),
       (select count(*)::numeric from business.estimates as e) $$, 'nothing is counted twice, and nothing left out');
update business.estimates set status = 'superseded' where job_id = pg_temp.job('full') and status = 'approved' and estimate_type = 'mitigation';
select results_eq($$ select approved_estimates, balance_due, gross_profit_percentage from business.job_financials where job_number = 'full' $$,
  $$ values (20000.00, 12599.85, 97.05) $$, 'the row is as new as what it counts');

-- the embedded form, as an employee
select tests.act_as('emil');
select results_eq($$ select f.* from business.jobs as j, business.financials(j) as f order by 2 $$,
  $$ select * from business.job_financials order by 2 $$, 'an employee reads it, embedded or not');
select is((select count(*) from business.job_financials), 3::bigint, 'one row a job');

-- a stranger, and nobody
create temporary table handed as select j from business.jobs as j;
grant select on handed to authenticated;
select tests.act_as('bob');
select is_empty($$ select 1 from business.job_financials $$, 'a stranger sees no row');
select is_empty($$ select 1 from handed as h, business.financials(h.j) $$, 'not even by handing in a job of others');
select tests.act_as_anon();
select throws_ok($$ select 1 from business.job_financials $$, '42501', 'permission denied for view job_financials', 'anon is refused');
select throws_ok($$ select 1 from business.financials(null) $$, '42501', 'permission denied for function financials',
  'and embeds nothing');

select * from finish();
rollback;
