-- Which status may follow which. Work that is done does not become undone; everything else is for people to decide.

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
comment on table private.job_transitions is 'Every move of a job that is allowed. A new rule is a row, not code.';
revoke all on table private.job_transitions from public, anon, authenticated, service_role;

-- A complete job is closed or cancelled, a closed one cancelled, and a cancelled one taken up again anywhere.
insert into private.job_transitions (from_status, to_status) values
  ('lead', 'pending'), ('lead', 'inspection'), ('lead', 'active'), ('lead', 'complete'), ('lead', 'closed'), ('lead', 'cancelled'),
  ('pending', 'lead'), ('pending', 'inspection'), ('pending', 'active'), ('pending', 'complete'), ('pending', 'closed'), ('pending', 'cancelled'),
  ('inspection', 'lead'), ('inspection', 'pending'), ('inspection', 'active'), ('inspection', 'complete'), ('inspection', 'closed'), ('inspection', 'cancelled'),
  ('active', 'lead'), ('active', 'pending'), ('active', 'inspection'), ('active', 'complete'), ('active', 'closed'), ('active', 'cancelled'),
  ('complete', 'closed'), ('complete', 'cancelled'),
  ('closed', 'cancelled'),
  ('cancelled', 'lead'), ('cancelled', 'pending'), ('cancelled', 'inspection'), ('cancelled', 'active'), ('cancelled', 'complete'), ('cancelled', 'closed');

create function private.check_job_move() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
  -- a word that is no status is for the table's own check to refuse
  if new.status in ('lead', 'pending', 'inspection', 'active', 'complete', 'closed', 'cancelled')
    and not exists (
      select from private.job_transitions as t where t.from_status = old.status and t.to_status = new.status)
  then
    raise exception using errcode = 'PT409',
      message = format('A job cannot move from %s to %s.', old.status, new.status),
      hint = 'Cancel it first if it has to be taken up again.';
  end if;
  return new;
end
$$;
comment on function private.check_job_move() is
  'Before a job changes its status: PT409 naming both, unless job_transitions allows it. Definer: nobody reads that table.';
revoke execute on function private.check_job_move() from public, anon, authenticated, service_role;

create trigger jobs_check_move_on_update before update of status on business.jobs
  for each row when (new.status is distinct from old.status) execute function private.check_job_move();
