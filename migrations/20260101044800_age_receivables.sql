-- Aged receivables: open amounts of jobs by age.

create function private.open_receivables(day date) returns table (
  job_id bigint, oldest date, days_0_30 numeric, days_31_60 numeric, days_61_90 numeric, days_over_90 numeric, total numeric
)
language plpgsql stable security definer set search_path = '' set plan_cache_mode = force_custom_plan rows 10000
as $$
#variable_conflict use_column
declare
  workspace constant uuid := private.require_workspace();
  zone      constant text := private.my_time_zone();
  asked     constant date := coalesce(open_receivables.day, private.my_today());
  mixed     bigint[];
begin
  -- Most jobs have one approved estimate: what is open of it is known from the totals.
  return query
  select t.job_id, t.due_date, case when asked - t.due_date <= 30 then o.amount else 0.00 end,
    case when asked - t.due_date between 31 and 60 then o.amount else 0.00 end,
    case when asked - t.due_date between 61 and 90 then o.amount else 0.00 end,
    case when asked - t.due_date > 90 then o.amount else 0.00 end, o.amount
  from private.job_totals as t cross join lateral (select t.approved - t.paid as amount) as o
  where t.workspace_id = workspace and t.status <> 'cancelled' and t.last_day <= asked
    and t.debts = 1 and t.paid >= 0 and o.amount > 0;
  -- The others have several, or refunds that exceed the payments, or were different on the day.
  mixed := array(
    select t.job_id from private.job_totals as t
    where t.workspace_id = workspace and t.status <> 'cancelled'
      and (t.last_day > asked or t.paid < 0 or t.debts > 1 and t.approved > t.paid));
  if mixed = '{}' then
    return;
  end if;
  return query
  with paid as (
    select p.job_id, sum(p.amount) as amount, max(p.day) as last_day
    from (
      select p.job_id, p.amount,
        coalesce(p.received_date, (p.created_at at time zone zone)::date) as day
      from business.payments as p where p.workspace_id = workspace and p.job_id = any (mixed)
    ) as p
    where p.day <= asked
    group by p.job_id
  ), approved as (
    select distinct on (e.job_id, e.estimate_type) e.id, e.job_id, e.estimate_type, e.status, e.approved_date, e.amount
    from business.estimates as e
    where e.workspace_id = workspace and e.job_id = any (mixed) and e.status in ('approved', 'superseded')
      and e.approved_date <= asked
    order by e.job_id, e.estimate_type, e.status, e.approved_date desc, e.version desc
  ), debt as (
    select e.job_id, e.id, e.approved_date as due_date, e.amount
    from approved as e
    where e.amount > 0 and (e.status = 'approved' or exists (
      select from business.estimates as later
      where later.workspace_id = workspace and later.job_id = e.job_id
        and later.estimate_type is not distinct from e.estimate_type and later.status in ('approved', 'superseded')
        and later.approved_date > asked))
    union all
    -- Refunds that exceed the payments.
    select p.job_id, null, p.last_day, -p.amount from paid as p where p.amount < 0
  ), settled as (
    select d.job_id, d.due_date, least(d.amount,
      sum(d.amount) over (partition by d.job_id order by d.due_date, d.id rows unbounded preceding)
        - coalesce(p.amount, 0)) as amount
    from debt as d left join paid as p on p.job_id = d.job_id
  )
  select s.job_id, min(s.due_date), coalesce(sum(s.amount) filter (where asked - s.due_date <= 30), 0.00),
    coalesce(sum(s.amount) filter (where asked - s.due_date between 31 and 60), 0.00),
    coalesce(sum(s.amount) filter (where asked - s.due_date between 61 and 90), 0.00),
    coalesce(sum(s.amount) filter (where asked - s.due_date > 90), 0.00), sum(s.amount)
  from settled as s
  where s.amount > 0
  group by s.job_id;
end
$$;
comment on function private.open_receivables(date) is
  'The open amounts of the jobs of a workspace on a day (default: today), except cancelled ones, by age: approved estimates minus payments, which settle the oldest amounts first, and refunds that exceed the payments. Definer: reads the workspace of the request, as private.job_ledger().';

create function business.aged_receivables(as_of date default private.my_today()) returns table (
  job_id            bigint,
  job_number        text,
  status            text,
  client_id         bigint,
  client_name       text,
  carrier_id        bigint,
  carrier_name      text,
  oldest_due_date   date,
  oldest_due_days   integer,
  days_0_30         numeric,
  days_31_60        numeric,
  days_61_90        numeric,
  days_over_90      numeric,
  total             numeric
)
language sql stable
begin atomic
  -- Sorted before names are looked up, so that a page looks up those of its rows; a left join, so that the call that raises
  -- without a workspace is made also where there are no jobs.
  select g.job_id, j.job_number, j.status, j.client_id, c.name, j.insurance_org_id, o.name, g.oldest,
    coalesce(as_of, (select private.my_today())) - g.oldest, g.days_0_30, g.days_31_60, g.days_61_90, g.days_over_90, g.total
  from (select g.* from private.open_receivables(as_of) as g order by g.oldest, g.total desc, g.job_id) as g
  left join business.jobs as j on j.id = g.job_id
  left join business.clients as c on c.id = j.client_id
  left join business.organizations as o on o.id = j.insurance_org_id
  order by g.oldest, g.total desc, g.job_id;
end;
comment on function business.aged_receivables(date) is
  'Jobs with an open amount on a local day (default: today), oldest first. Every approved estimate is due on its approved_date; payments up to the day, minus refunds, settle the oldest amounts first. An estimate that was superseded after the day counts as it was on the day; its successor counts from its own approval. Cancelled jobs are excluded. PT404 without a workspace.';

create function business.aged_receivables_total(as_of date default private.my_today()) returns table (
  job_count    bigint,
  days_0_30    numeric,
  days_31_60   numeric,
  days_61_90   numeric,
  days_over_90 numeric,
  total        numeric
)
language sql stable set search_path = ''
begin atomic
  select count(*), coalesce(sum(r.days_0_30), 0.00), coalesce(sum(r.days_31_60), 0.00), coalesce(sum(r.days_61_90), 0.00),
    coalesce(sum(r.days_over_90), 0.00), coalesce(sum(r.total), 0.00)
  from private.open_receivables(as_of) as r;
end;
comment on function business.aged_receivables_total(date) is
  'The totals of aged_receivables over all jobs, in one row, for clients that show one page of it.';

revoke execute on function private.open_receivables(date), business.aged_receivables(date), business.aged_receivables_total(date)
  from public, anon, authenticated, service_role;
grant execute on function private.open_receivables(date), business.aged_receivables(date), business.aged_receivables_total(date) to authenticated;
