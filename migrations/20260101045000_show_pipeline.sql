-- The pipeline: number and value of jobs by status.

create function private.pipeline_board()
returns table (
  step               integer,
  status             text,
  job_count          bigint,
  total_estimates    numeric,
  approved_estimates numeric,
  total_paid         numeric,
  balance_due        numeric,
  oldest_job_at      timestamptz,
  oldest_job_days    integer
)
language plpgsql stable security definer set search_path = '' set plan_cache_mode = force_custom_plan
as $$
#variable_conflict use_column
declare
  workspace constant uuid := private.require_workspace();
begin
  return query
  with pile as (
    select t.status, count(*) as jobs, sum(t.estimated) as estimated, sum(t.approved) as approved, sum(t.paid) as paid
    from private.job_totals as t
    where t.workspace_id = workspace
    group by t.status
  )
  select s.step::integer, s.status, coalesce(b.jobs, 0), coalesce(b.estimated, 0.00), coalesce(b.approved, 0.00),
    coalesce(b.paid, 0.00), coalesce(b.approved, 0.00) - coalesce(b.paid, 0.00), o.created_at,
    (select private.my_today()) - (o.created_at at time zone (select private.my_time_zone()))::date
  from unnest(array['lead', 'pending', 'inspection', 'active', 'complete', 'closed', 'cancelled'])
    with ordinality as s (status, step)
  left join pile as b on b.status = s.status
  left join lateral (
    select j.created_at from business.jobs as j where j.workspace_id = workspace and j.status = s.status
    order by j.created_at limit 1
  ) as o on true
  order by s.step;
end
$$;
comment on function private.pipeline_board() is 'Definer: reads the workspace of the request, as private.job_ledger().';

create function business.pipeline_board()
returns table (
  step               integer,
  status             text,
  job_count          bigint,
  total_estimates    numeric,
  approved_estimates numeric,
  total_paid         numeric,
  balance_due        numeric,
  oldest_job_at      timestamptz,
  oldest_job_days    integer
)
language sql stable
begin atomic
  select b.step, b.status, b.job_count, b.total_estimates, b.approved_estimates, b.total_paid,
    b.balance_due, b.oldest_job_at, b.oldest_job_days
  from private.pipeline_board() as b;
end;
comment on function business.pipeline_board() is
  'One row per status, in the order of the pipeline, including empty ones: number of jobs, amounts as in job_financials, when the oldest job was opened, and how many local days ago. jobs?status=eq.lead&order=created_at.desc lists the jobs of a column. PT404 without a workspace.';
revoke execute on function private.pipeline_board(), business.pipeline_board() from public, anon, authenticated, service_role;
grant execute on function private.pipeline_board(), business.pipeline_board() to authenticated;
