-- Totals of each job: what reports on all jobs of a workspace read instead of its estimates and payments.

create table private.job_totals (
  workspace_id uuid    not null,
  job_id       bigint  not null,
  status       text    not null,
  estimated    numeric not null default 0.00,
  approved     numeric not null default 0.00,
  paid         numeric not null default 0.00,
  debts        integer not null default 0,
  due_date     date,
  last_day     date,
  constraint job_totals_pkey primary key (workspace_id, job_id),
  constraint job_totals_job_id_fkey foreign key (workspace_id, job_id)
    references business.jobs (workspace_id, id) on delete cascade,
  constraint job_totals_status_allowed
    check (status in ('lead', 'pending', 'inspection', 'active', 'complete', 'closed', 'cancelled'))
) with (fillfactor = 80);
comment on table private.job_totals is
  'The amounts of each job, maintained by triggers in the transaction of the change. A row is counted again as a whole while it is locked, so writers of one job wait for each other, and those of different jobs do not.';
comment on column private.job_totals.status is 'Copy from jobs.';
comment on column private.job_totals.estimated is 'Sum of the highest version of each estimate type.';
comment on column private.job_totals.approved is 'Sum of the approved estimates.';
comment on column private.job_totals.paid is 'Payments minus refunds.';
comment on column private.job_totals.debts is 'Number of approved estimates with an amount above 0.';
comment on column private.job_totals.due_date is 'The first approval of those.';
comment on column private.job_totals.last_day is
  'No approval or payment is later, in any time zone: on this day and after it, what is open is approved minus paid.';
revoke all on table private.job_totals from public, anon, authenticated, service_role;

create function private.total_jobs(job_ids bigint[]) returns void
language plpgsql set search_path = ''
as $$
begin
  -- In order, so that two statements about the same jobs cannot deadlock. What is read below is read after the lock is held.
  perform from business.jobs as j join private.job_totals as t on t.workspace_id = j.workspace_id and t.job_id = j.id
  where j.id = any (total_jobs.job_ids)
  order by j.id for no key update of t;
  insert into private.job_totals as t (workspace_id, job_id, status, estimated, approved, paid, debts, due_date, last_day)
  select j.workspace_id, j.id, j.status, e.estimated, e.approved, p.paid, e.debts, e.due_date, greatest(e.last_day, p.last_day)
  from business.jobs as j
  cross join lateral (
    select coalesce(sum(v.amount) filter (where v.version = v.latest_version), 0.00) as estimated,
      coalesce(sum(v.amount) filter (where v.status = 'approved'), 0.00) as approved,
      count(*) filter (where v.status = 'approved' and v.amount > 0) as debts,
      min(v.approved_date) filter (where v.status = 'approved' and v.amount > 0) as due_date,
      max(v.approved_date) as last_day
    from (
      select e.amount, e.status, e.version, e.approved_date, max(e.version) over (partition by e.estimate_type) as latest_version
      from business.estimates as e where e.workspace_id = j.workspace_id and e.job_id = j.id
    ) as v
  ) as e
  cross join lateral (
    select coalesce(sum(p.amount), 0.00) as paid,
      -- A payment without a date counts on the day it was recorded, which is at most a day later than in UTC.
      max(coalesce(p.received_date, (p.created_at at time zone 'UTC')::date + 1)) as last_day
    from business.payments as p where p.workspace_id = j.workspace_id and p.job_id = j.id
  ) as p
  where j.id = any (total_jobs.job_ids)
  on conflict on constraint job_totals_pkey do update set
    estimated = excluded.estimated, approved = excluded.approved, paid = excluded.paid, debts = excluded.debts,
    due_date = excluded.due_date, last_day = excluded.last_day;
end
$$;
comment on function private.total_jobs(bigint[]) is
  'Counts the totals of jobs from their rows. Called by definer functions only.';

create function private.total_new_jobs() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
  -- A statement that also writes the first estimates of these jobs may have counted them already.
  insert into private.job_totals (workspace_id, job_id, status) select j.workspace_id, j.id, j.status from written as j
  on conflict on constraint job_totals_pkey do nothing;
  return null;
end
$$;
comment on function private.total_new_jobs() is
  'After jobs are created: they have no amounts yet. Definer: no role has rights on the totals.';

create function private.total_moved_job() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
  update private.job_totals as t set status = new.status where t.workspace_id = new.workspace_id and t.job_id = new.id;
  return null;
end
$$;
comment on function private.total_moved_job() is 'After a job gets another status. Definer: no role has rights on the totals.';

create function private.total_written_jobs() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
  perform private.total_jobs(array(select distinct w.job_id from written as w order by w.job_id));
  return null;
end
$$;
comment on function private.total_written_jobs() is
  'After a statement on estimates or payments, whose job never changes. Definer: no role has rights on the totals.';

revoke execute on function private.total_jobs(bigint[]), private.total_new_jobs(), private.total_moved_job(), private.total_written_jobs()
  from public, anon, authenticated, service_role;

create trigger jobs_total_on_insert after insert on business.jobs
  referencing new table as written for each statement execute function private.total_new_jobs();
create trigger jobs_total_on_move after update on business.jobs
  for each row when (new.status <> old.status) execute function private.total_moved_job();
create trigger estimates_total_on_insert after insert on business.estimates
  referencing new table as written for each statement execute function private.total_written_jobs();
create trigger estimates_total_on_update after update on business.estimates
  referencing new table as written for each statement execute function private.total_written_jobs();
create trigger estimates_total_on_delete after delete on business.estimates
  referencing old table as written for each statement execute function private.total_written_jobs();
create trigger payments_total_on_insert after insert on business.payments
  referencing new table as written for each statement execute function private.total_written_jobs();
create trigger payments_total_on_update after update on business.payments
  referencing new table as written for each statement execute function private.total_written_jobs();
create trigger payments_total_on_delete after delete on business.payments
  referencing old table as written for each statement execute function private.total_written_jobs();
