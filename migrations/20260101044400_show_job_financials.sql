-- The financials of a job in one row: estimated, approved, paid, costs and balance.

create view business.job_financials with (security_invoker = true) as
  select j.workspace_id, j.id as job_id, j.job_number, j.status, j.ready_to_invoice,
    e.total_estimates, e.approved_estimates, e.pending_estimates,
    p.total_paid, e.approved_estimates - p.total_paid as balance_due,
    w.work_order_budget,
    l.total_labor_hours, l.total_labor_cost, l.billable_labor_hours, l.billable_labor_cost,
    r.total_materials_cost, r.reimbursable_expenses,
    l.total_labor_cost + r.total_materials_cost as total_expenses,
    e.approved_estimates - l.total_labor_cost - r.total_materials_cost as gross_profit,
    case when e.approved_estimates = 0 then 0.00
      else round((e.approved_estimates - l.total_labor_cost - r.total_materials_cost) / e.approved_estimates * 100, 2)
    end as gross_profit_percentage,
    e.estimate_count, p.payment_count, l.labor_entry_count, r.receipt_count, w.work_order_count
  from business.jobs as j
  cross join lateral (
    select coalesce(sum(v.amount) filter (where v.version = v.latest_version), 0.00) as total_estimates,
      coalesce(sum(v.amount) filter (where v.status = 'approved'), 0.00) as approved_estimates,
      coalesce(sum(v.amount) filter (where v.status in ('draft', 'submitted')), 0.00) as pending_estimates,
      count(*) as estimate_count
    from (
      select e.amount, e.status, e.version, max(e.version) over (partition by e.estimate_type) as latest_version
      from business.estimates as e where e.workspace_id = j.workspace_id and e.job_id = j.id
    ) as v
  ) as e
  cross join lateral (
    select coalesce(sum(p.amount), 0.00) as total_paid, count(*) as payment_count
    from business.payments as p where p.workspace_id = j.workspace_id and p.job_id = j.id
  ) as p
  cross join lateral (
    select coalesce(sum(l.hours), 0.00) as total_labor_hours,
      coalesce(round(sum(l.total_cost), 2), 0.00) as total_labor_cost,
      coalesce(sum(l.hours) filter (where l.billable), 0.00) as billable_labor_hours,
      coalesce(round(sum(l.total_cost) filter (where l.billable), 2), 0.00) as billable_labor_cost,
      count(*) as labor_entry_count
    from business.labor_entries as l where l.workspace_id = j.workspace_id and l.job_id = j.id
  ) as l
  cross join lateral (
    select coalesce(sum(r.amount), 0.00) as total_materials_cost,
      coalesce(sum(r.amount) filter (where r.reimbursable), 0.00) as reimbursable_expenses,
      count(*) as receipt_count
    from business.receipts as r where r.workspace_id = j.workspace_id and r.job_id = j.id
  ) as r
  cross join lateral (
    select coalesce(sum(w.budget_amount) filter (where w.status <> 'cancelled'), 0.00) as work_order_budget,
      count(*) as work_order_count
    from business.work_orders as w where w.workspace_id = j.workspace_id and w.job_id = j.id
  ) as w;
comment on view business.job_financials is
  'One row per job, with the rights of the caller. Sums are exact and rounded once, to cents; the other columns are computed from the rounded sums. Lateral, so that a page of jobs reads only its jobs: grouped subqueries would read the whole workspace.';
comment on column business.job_financials.total_estimates is 'Sum of the highest version of each estimate type.';
comment on column business.job_financials.approved_estimates is 'Sum of the approved estimates, at most one per type.';
comment on column business.job_financials.pending_estimates is 'Sum of the draft and submitted estimates.';
comment on column business.job_financials.total_paid is 'Payments minus refunds.';
comment on column business.job_financials.balance_due is 'approved_estimates - total_paid.';
comment on column business.job_financials.work_order_budget is 'Budgets of all work orders that are not cancelled.';
comment on column business.job_financials.total_labor_cost is 'Labor without an hourly rate counts as 0.';
comment on column business.job_financials.gross_profit is 'approved_estimates - total_expenses.';
comment on column business.job_financials.gross_profit_percentage is 'gross_profit in percent of approved_estimates; 0 if no estimate is approved.';
comment on column business.job_financials.work_order_count is 'All work orders, including cancelled ones.';

revoke all on table business.job_financials from public, anon, authenticated, service_role;
grant select on table business.job_financials to authenticated, service_role;

create function business.financials(job business.jobs) returns setof business.job_financials
language sql stable rows 1
begin atomic
  select f.workspace_id, f.job_id, f.job_number, f.status, f.ready_to_invoice, f.total_estimates, f.approved_estimates,
    f.pending_estimates, f.total_paid, f.balance_due, f.work_order_budget, f.total_labor_hours, f.total_labor_cost,
    f.billable_labor_hours, f.billable_labor_cost, f.total_materials_cost, f.reimbursable_expenses, f.total_expenses,
    f.gross_profit, f.gross_profit_percentage, f.estimate_count, f.payment_count, f.labor_entry_count, f.receipt_count,
    f.work_order_count
  from business.job_financials as f
  where f.workspace_id = (job).workspace_id and f.job_id = (job).id;
end;
comment on function business.financials(business.jobs) is 'Embeds the financials of a job: jobs?select=*,financials(*).';
revoke execute on function business.financials(business.jobs) from public, anon, authenticated, service_role;
grant execute on function business.financials(business.jobs) to authenticated, service_role;
