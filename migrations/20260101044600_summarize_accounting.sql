-- Accounting of a workspace, by period and by job.

create function private.accounting_periods(date_from date, date_to date, period text)
returns table (starts date, ends date)
language plpgsql stable set search_path = ''
as $$
declare
  unit  constant text := lower(btrim(accounting_periods.period));
  total integer;
begin
  if accounting_periods.date_from is null or accounting_periods.date_to is null
    or accounting_periods.date_from > accounting_periods.date_to
    or accounting_periods.date_from < '1900-01-01' or accounting_periods.date_to > '2999-12-31'
  then
    raise exception using errcode = '22023', message = 'date_from must not be after date_to, and both must be between 1900 and 2999.',
      hint = 'Give two dates; the range includes both.';
  end if;
  if unit is null or unit not in ('week', 'month', 'quarter', 'year', 'total') then
    raise exception using errcode = '22023', message = 'period is unknown.', hint = 'Use week, month, quarter, year or total.';
  end if;
  if unit = 'total' then
    return query select accounting_periods.date_from, accounting_periods.date_to;
    return;
  end if;
  return query
  select greatest(s.day::date, accounting_periods.date_from),
    least((s.day + step.size)::date - 1, accounting_periods.date_to)
  from (select case unit when 'quarter' then interval '3 months' else ('1 ' || unit)::interval end) as step (size),
    generate_series(date_trunc(unit, accounting_periods.date_from::timestamp), accounting_periods.date_to::timestamp, step.size)
      as s (day);
  get diagnostics total = row_count;
  if total > 1000 then
    raise exception using errcode = '22023', message = format('The range has %s periods, but at most 1000 are allowed.', total),
      hint = 'Choose a longer period or a shorter range.';
  end if;
end
$$;
comment on function private.accounting_periods(date, date, text) is
  'The periods of a range in order, the first and the last cut to the range. 22023 for an invalid range, an unknown period, or more than 1000 periods.';

-- Begin atomic and without settings, so that it becomes a part of the function that calls it.
create function private.job_amounts(workspace uuid, zone text, date_from date, date_to date)
returns table (
  day date, job_id bigint, approved numeric, received numeric, refunded numeric, hours numeric, labor numeric,
  materials numeric, reimbursable numeric
)
language sql stable rows 10000
begin atomic
  select e.approved_date, e.job_id, e.amount, null::numeric, null::numeric, null::numeric, null::numeric, null::numeric,
    null::numeric
  from business.estimates as e
  join private.job_totals as t on t.workspace_id = e.workspace_id and t.job_id = e.job_id and t.status <> 'cancelled'
  where e.workspace_id = job_amounts.workspace and e.status = 'approved'
    and e.approved_date between job_amounts.date_from and job_amounts.date_to
  union all
  select m.day, m.job_id, null, greatest(m.amount, 0.00), greatest(-m.amount, 0.00), null, null, null, null
  from (
    select p.job_id, p.amount, coalesce(p.received_date, (p.created_at at time zone job_amounts.zone)::date) as day
    from business.payments as p
    where p.workspace_id = job_amounts.workspace
      and (p.received_date between job_amounts.date_from and job_amounts.date_to or p.received_date is null)
  ) as m
  where m.day between job_amounts.date_from and job_amounts.date_to
  union all
  select l.work_date, l.job_id, null, null, null, l.hours, l.total_cost, null, null
  from business.labor_entries as l
  where l.workspace_id = job_amounts.workspace and l.work_date between job_amounts.date_from and job_amounts.date_to
  union all
  select r.expense_date, r.job_id, null, null, null, null, null, r.amount, case when r.reimbursable then r.amount end
  from business.receipts as r
  where r.workspace_id = job_amounts.workspace and r.expense_date between job_amounts.date_from and job_amounts.date_to;
end;
comment on function private.job_amounts(uuid, text, date, date) is
  'Every amount for the accounting of a range, on its local day: approvals except those of cancelled jobs, payments on the day they were received or else recorded, labor, and expenses. Called by definer functions only.';

create function private.job_ledger(date_from date, date_to date)
returns table (
  day date, job_id bigint, approved numeric, received numeric, refunded numeric, hours numeric, labor numeric,
  materials numeric, reimbursable numeric, opened integer, completed integer, closed integer
)
language plpgsql stable security definer set search_path = '' set plan_cache_mode = force_custom_plan rows 10000
as $$
#variable_conflict use_column
declare
  workspace constant uuid := private.require_workspace();
  zone      constant text := private.my_time_zone();
begin
  return query
  select a.day, a.job_id, a.approved, a.received, a.refunded, a.hours, a.labor, a.materials, a.reimbursable,
    null::integer, null::integer, null::integer
  from private.job_amounts(workspace, zone, job_ledger.date_from, job_ledger.date_to) as a
  union all
  select (j.created_at at time zone zone)::date, j.id, null, null, null, null, null, null, null, 1, null, null
  from business.jobs as j
  where j.workspace_id = workspace
    and j.created_at >= job_ledger.date_from::timestamp at time zone zone
    and j.created_at < (job_ledger.date_to + 1)::timestamp at time zone zone
  union all
  select d.day, d.job_id, null, null, null, null, null, null, null, null, d.completed, d.closed
  from (
    -- Jobs for which one of the dates below is in the range: a range costs what is in it.
    select j.id from business.jobs as j
    where j.workspace_id = workspace and j.completion_date between job_ledger.date_from and job_ledger.date_to
    union
    select j.id from business.jobs as j
    where j.workspace_id = workspace and j.status in ('complete', 'closed')
      and j.created_at >= job_ledger.date_from::timestamp at time zone zone
      and j.created_at < (job_ledger.date_to + 1)::timestamp at time zone zone
    union
    select a.job_id from business.activity_log as a
    where a.workspace_id = workspace and a.event_type = 'status_changed' and a.new_value in ('complete', 'closed')
      and a.created_at >= job_ledger.date_from::timestamp at time zone zone
      and a.created_at < (job_ledger.date_to + 1)::timestamp at time zone zone
  ) as c
  cross join lateral (
    select j.id as job_id, x.day, x.completed, x.closed
    from business.jobs as j
    cross join lateral (
      select max(a.created_at) filter (where a.new_value = 'complete') as completed_at,
        max(a.created_at) filter (where a.new_value = 'closed') as closed_at
      from business.activity_log as a
      where a.workspace_id = workspace and a.job_id = j.id and a.event_type = 'status_changed'
        and a.new_value in ('complete', 'closed')
    ) as m
    cross join lateral (values
      (coalesce(j.completion_date,
        (coalesce(m.completed_at, m.closed_at, j.created_at) at time zone zone)::date), 1, null::integer),
      (case when j.status = 'closed' then coalesce((m.closed_at at time zone zone)::date, j.completion_date,
        (j.created_at at time zone zone)::date) end, null, 1)
    ) as x (day, completed, closed)
    where j.workspace_id = workspace and j.id = c.id and j.status in ('complete', 'closed')
  ) as d
  where d.day between job_ledger.date_from and job_ledger.date_to;
end
$$;
comment on function private.job_ledger(date, date) is
  'Every amount and event for the accounting of a range, on its local day: those of private.job_amounts(), and jobs opened, completed (by completion_date, else by the status transition) and closed. Definer: reads the workspace of the request, as the policies of these tables. They would multiply their own estimate into each of its conditions, and the plan for the few rows that remain reads a large workspace row by row.';

create function business.accounting_summary(
  date_from date,
  date_to   date,
  period    text default 'month'
) returns table (
  period_start          date,
  period_end            date,
  jobs_opened           bigint,
  jobs_completed        bigint,
  jobs_closed           bigint,
  approved_estimates    numeric,
  payments_received     numeric,
  refunds               numeric,
  total_paid            numeric,
  total_labor_hours     numeric,
  total_labor_cost      numeric,
  total_materials_cost  numeric,
  reimbursable_expenses numeric,
  total_expenses        numeric,
  gross_profit          numeric
)
language sql stable set search_path = ''
begin atomic
  select private.require_workspace();
  with period as materialized (
    select p.starts, p.ends, row_number() over (order by p.starts) as place
    from private.accounting_periods(accounting_summary.date_from, accounting_summary.date_to, accounting_summary.period) as p
  ), total as (
    select width_bucket(l.day, (select array_agg(p.starts order by p.starts) from period as p)) as place,
      count(l.opened) as opened, count(l.completed) as completed, count(l.closed) as closed,
      sum(l.approved) as approved, sum(l.received) as received, sum(l.refunded) as refunded, sum(l.hours) as hours,
      round(sum(l.labor), 2) as labor, sum(l.materials) as materials, sum(l.reimbursable) as reimbursable
    from private.job_ledger(accounting_summary.date_from, accounting_summary.date_to) as l
    group by 1
  )
  select p.starts, p.ends, coalesce(t.opened, 0), coalesce(t.completed, 0), coalesce(t.closed, 0),
    coalesce(t.approved, 0.00), coalesce(t.received, 0.00), coalesce(t.refunded, 0.00),
    coalesce(t.received, 0.00) - coalesce(t.refunded, 0.00),
    coalesce(t.hours, 0.00), coalesce(t.labor, 0.00), coalesce(t.materials, 0.00), coalesce(t.reimbursable, 0.00),
    coalesce(t.labor, 0.00) + coalesce(t.materials, 0.00),
    coalesce(t.approved, 0.00) - coalesce(t.labor, 0.00) - coalesce(t.materials, 0.00)
  from period as p left join total as t on t.place = p.place
  order by p.starts;
end;
comment on function business.accounting_summary(date, date, text) is
  'The accounting of a workspace by week (from Monday), month, quarter, year or in total, including empty periods. The range includes both dates; the first and last period are cut to it. Timestamps count on their date in the caller''s time zone. approved_estimates counts estimates that are approved now, on the day of approval, except those of cancelled jobs; gross_profit is approved_estimates minus total_expenses. 22023 for an invalid range or period, PT404 without a workspace.';

create function private.accounting_by_job(date_from date, date_to date) returns table (
  job_id                bigint,
  approved_estimates    numeric,
  payments_received     numeric,
  refunds               numeric,
  total_labor_hours     numeric,
  total_labor_cost      numeric,
  total_materials_cost  numeric,
  reimbursable_expenses numeric
)
language plpgsql stable security definer set search_path = '' set plan_cache_mode = force_custom_plan rows 10000
as $$
#variable_conflict use_column
declare
  workspace constant uuid := private.require_workspace();
  zone      constant text := private.my_time_zone();
begin
  perform private.accounting_periods(accounting_by_job.date_from, accounting_by_job.date_to, 'total');
  return query
  select a.job_id, coalesce(sum(a.approved), 0.00), coalesce(sum(a.received), 0.00), coalesce(sum(a.refunded), 0.00),
    coalesce(sum(a.hours), 0.00), coalesce(round(sum(a.labor), 2), 0.00), coalesce(sum(a.materials), 0.00),
    coalesce(sum(a.reimbursable), 0.00)
  from private.job_amounts(workspace, zone, accounting_by_job.date_from, accounting_by_job.date_to) as a
  group by a.job_id;
end
$$;
comment on function private.accounting_by_job(date, date) is 'Definer: reads the workspace of the request, as private.job_ledger().';

create function business.accounting_by_job(
  date_from date,
  date_to   date
) returns table (
  job_id                bigint,
  job_number            text,
  status                text,
  client_id             bigint,
  client_name           text,
  approved_estimates    numeric,
  payments_received     numeric,
  refunds               numeric,
  total_paid            numeric,
  total_labor_hours     numeric,
  total_labor_cost      numeric,
  total_materials_cost  numeric,
  reimbursable_expenses numeric,
  total_expenses        numeric,
  gross_profit          numeric
)
language sql stable
begin atomic
  -- Sorted before names are looked up, so that a page looks up those of its rows; a left join, so that the call that raises
  -- without a workspace is made also where there are no jobs.
  select a.job_id, j.job_number, j.status, j.client_id, c.name, a.approved_estimates, a.payments_received, a.refunds,
    a.payments_received - a.refunds, a.total_labor_hours, a.total_labor_cost, a.total_materials_cost, a.reimbursable_expenses,
    a.total_labor_cost + a.total_materials_cost, a.gross_profit
  from (
    select a.*, a.approved_estimates - a.total_labor_cost - a.total_materials_cost as gross_profit
    from private.accounting_by_job(date_from, date_to) as a
    order by a.approved_estimates - a.total_labor_cost - a.total_materials_cost desc, a.job_id
  ) as a
  left join business.jobs as j on j.id = a.job_id
  left join business.clients as c on c.id = j.client_id
  order by a.gross_profit desc, a.job_id;
end;
comment on function business.accounting_by_job(date, date) is
  'The accounting of a range for each job with an approval, a payment, labor or an expense in it, most profitable first. The columns have the meaning of those of accounting_summary and add up to its total, except for labor, which is rounded per row.';

revoke execute on function private.accounting_periods(date, date, text), private.job_amounts(uuid, text, date, date),
  private.job_ledger(date, date), private.accounting_by_job(date, date), business.accounting_summary(date, date, text),
  business.accounting_by_job(date, date)
  from public, anon, authenticated, service_role;
grant execute on function private.accounting_periods(date, date, text), private.job_ledger(date, date), private.accounting_by_job(date, date),
  business.accounting_summary(date, date, text), business.accounting_by_job(date, date) to authenticated;
