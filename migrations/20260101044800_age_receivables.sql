-- Aged receivables: open amounts of jobs by age.

create function private.open_receivables(day date, workspace_id uuid, time_zone text)
returns table (job_id bigint, due_date date, amount numeric)
language sql stable set search_path = ''
begin atomic
  with paid as (
    select p.job_id, sum(p.amount) as amount, max(p.day) as last_day
    from (
      select p.job_id, p.amount,
        coalesce(p.received_date, (p.created_at at time zone open_receivables.time_zone)::date) as day
      from business.payments as p where p.workspace_id = open_receivables.workspace_id
    ) as p
    where p.day <= open_receivables.day
    group by p.job_id
  ), approved as (
    select distinct on (e.job_id, e.estimate_type) e.id, e.job_id, e.estimate_type, e.status, e.approved_date, e.amount
    from business.estimates as e
    where e.workspace_id = open_receivables.workspace_id and e.status in ('approved', 'superseded')
      and e.approved_date <= open_receivables.day
    order by e.job_id, e.estimate_type, e.status, e.approved_date desc, e.version desc
  ), debt as (
    select e.job_id, e.id, e.approved_date as due_date, e.amount
    from approved as e
    where e.amount > 0 and (e.status = 'approved' or exists (
      select from business.estimates as later
      where later.workspace_id = open_receivables.workspace_id and later.job_id = e.job_id
        and later.estimate_type is not distinct from e.estimate_type and later.status in ('approved', 'superseded')
        and later.approved_date > open_receivables.day))
    union all
    -- Refunds that exceed the payments.
    select p.job_id, null, p.last_day, -p.amount from paid as p where p.amount < 0
  ), settled as (
    select d.job_id, d.due_date, least(d.amount,
      sum(d.amount) over (partition by d.job_id order by d.due_date, d.id rows unbounded preceding)
        - coalesce(p.amount, 0)) as amount
    from debt as d left join paid as p on p.job_id = d.job_id
  )
  select s.job_id, s.due_date, s.amount from settled as s where s.amount > 0;
end;
comment on function private.open_receivables(date, uuid, text) is
  'The open amounts of a workspace on a day: approved estimates minus payments, which settle the oldest amounts first, and refunds that exceed the payments. Runs as the caller.';

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
language sql stable set search_path = ''
begin atomic
  select private.require_workspace();
  with asked as materialized (
    select coalesce(aged_receivables.as_of, private.my_today()) as day
  ), aged as (
    select o.job_id, min(o.due_date) as oldest,
      coalesce(sum(o.amount) filter (where a.day - o.due_date <= 30), 0.00) as days_0_30,
      coalesce(sum(o.amount) filter (where a.day - o.due_date between 31 and 60), 0.00) as days_31_60,
      coalesce(sum(o.amount) filter (where a.day - o.due_date between 61 and 90), 0.00) as days_61_90,
      coalesce(sum(o.amount) filter (where a.day - o.due_date > 90), 0.00) as days_over_90,
      sum(o.amount) as total
    from asked as a
    cross join lateral private.open_receivables(a.day, (select private.current_workspace()), (select private.my_time_zone())) as o
    group by o.job_id
  )
  select j.id, j.job_number, j.status, j.client_id, c.name, j.insurance_org_id, o.name, g.oldest, a.day - g.oldest,
    g.days_0_30, g.days_31_60, g.days_61_90, g.days_over_90, g.total
  from asked as a
  cross join aged as g
  join business.jobs as j on j.workspace_id = (select private.current_workspace()) and j.id = g.job_id and j.status <> 'cancelled'
  left join business.clients as c on c.workspace_id = j.workspace_id and c.id = j.client_id
  left join business.organizations as o on o.workspace_id = j.workspace_id and o.id = j.insurance_org_id
  order by g.oldest, g.total desc, j.id;
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
  from business.aged_receivables(aged_receivables_total.as_of) as r;
end;
comment on function business.aged_receivables_total(date) is
  'The totals of aged_receivables over all jobs, in one row, for clients that show one page of it.';

revoke execute on function private.open_receivables(date, uuid, text), business.aged_receivables(date), business.aged_receivables_total(date)
  from public, anon, authenticated, service_role;
grant execute on function private.open_receivables(date, uuid, text), business.aged_receivables(date), business.aged_receivables_total(date) to authenticated;
