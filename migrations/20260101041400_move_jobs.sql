-- Allowed status transitions. A completed or closed job cannot go back, unless it is cancelled first.

create table private.job_transitions (
  from_status text not null,
  to_status   text not null,
  constraint job_transitions_pkey primary key (from_status, to_status),
  constraint job_transitions_from_status_allowed
    check (from_status in ('lead', 'pending', 'inspection', 'active', 'complete', 'closed', 'cancelled')),
  constraint job_transitions_to_status_allowed
    check (to_status in ('lead', 'pending', 'inspection', 'active', 'complete', 'closed', 'cancelled')),
  constraint job_transitions_is_a_move check (from_status <> to_status)
);
comment on table private.job_transitions is 'Every allowed status transition of a job. A new rule is a row, not code.';
revoke all on table private.job_transitions from public, anon, authenticated, service_role;

-- A complete job can be closed or cancelled, a closed job cancelled, and a cancelled job reopened in any status.
insert into private.job_transitions (from_status, to_status) values
  ('lead', 'pending'), ('lead', 'inspection'), ('lead', 'active'), ('lead', 'complete'), ('lead', 'closed'), ('lead', 'cancelled'),
  ('pending', 'lead'), ('pending', 'inspection'), ('pending', 'active'), ('pending', 'complete'), ('pending', 'closed'), ('pending', 'cancelled'),
  ('inspection', 'lead'), ('inspection', 'pending'), ('inspection', 'active'), ('inspection', 'complete'), ('inspection', 'closed'), ('inspection', 'cancelled'),
  ('active', 'lead'), ('active', 'pending'), ('active', 'inspection'), ('active', 'complete'), ('active', 'closed'), ('active', 'cancelled'),
  ('complete', 'closed'), ('complete', 'cancelled'),
  ('closed', 'cancelled'),
  ('cancelled', 'lead'), ('cancelled', 'pending'), ('cancelled', 'inspection'), ('cancelled', 'active'), ('cancelled', 'complete'), ('cancelled', 'closed');

create function private.check_job_transition() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
  -- The check constraint of the table refuses a value that is not a status.
  if new.status in ('lead', 'pending', 'inspection', 'active', 'complete', 'closed', 'cancelled')
    and not exists (
      select from private.job_transitions as t where t.from_status = old.status and t.to_status = new.status)
  then
    raise exception using errcode = 'PT409',
      message = format('A job cannot change from status %s to %s.', old.status, new.status),
      hint = 'To reopen the job, set its status to cancelled first.';
  end if;
  return new;
end
$$;
comment on function private.check_job_transition() is
  'Before a job changes its status: PT409 with both statuses, unless private.job_transitions contains the transition. Definer: no role has rights on that table.';
revoke execute on function private.check_job_transition() from public, anon, authenticated, service_role;

create trigger jobs_check_transition_on_update before update of status on business.jobs
  for each row when (new.status is distinct from old.status) execute function private.check_job_transition();
