-- Versions of estimates, their revision and their approval.

create function private.note_upsert_of_estimates() returns trigger
language plpgsql set search_path = ''
as $$
begin
  perform set_config('plinth.upserts_estimates', case tg_op when 'UPDATE' then 'yes' else '' end, true);
  return null;
end
$$;
comment on function private.note_upsert_of_estimates() is
  'Before a statement: an upsert that merges fires the triggers of an insert and then those of an update, before its rows. So the setting is yes for the rows of an upsert, and empty for those of any other insert.';

create function private.version_estimate() returns trigger
language plpgsql set search_path = ''
as $$
declare
  existing integer;
begin
  -- One writer per job at a time, so that two new versions get different numbers, and an approval finds its own version.
  perform from business.jobs as j where j.id = new.job_id for no key update;
  -- What has the id or the key of a row that exists is no new version: it is refused, ignored or merged as that one.
  select e.version into existing from business.estimates as e
  where e.id = new.id or e.workspace_id = new.workspace_id and e.client_key = new.client_key
  order by e.id = new.id desc limit 1;
  if existing is not null then
    new.version := coalesce(nullif(new.version, 0), existing);
  elsif coalesce(new.version, 0) in (0, 1) then
    if new.version is distinct from 1 or coalesce(current_setting('plinth.upserts_estimates', true), '') <> 'yes' and exists (
      select from business.estimates as e
      where e.workspace_id = new.workspace_id and e.job_id = new.job_id
        and e.estimate_type is not distinct from new.estimate_type and e.version = 1)
    then
      new.version := 1 + coalesce((
        select max(e.version) from business.estimates as e
        where e.workspace_id = new.workspace_id and e.job_id = new.job_id
          and e.estimate_type is not distinct from new.estimate_type), 0);
    end if;
  end if;
  if new.version = 1 then
    new.original_amount := coalesce(new.original_amount, new.amount);
  end if;
  return new;
end
$$;
comment on function private.version_estimate() is
  'Before insert: assigns the next version of the job and type if none is given, or if a given 1 exists already, unless an upsert merges it or the row has the id or client_key of one that exists, and sets original_amount of a first version. Without those two, version 1 that is to be ignored if it exists looks like a new one. Runs as the caller, who can read all estimates of the job.';

create function private.approve_estimate_row() returns trigger
language plpgsql security definer set search_path = ''
as $$
declare
  existing business.estimates;
begin
  -- Only in the caller's workspace, so that jobs of other workspaces are not locked.
  perform from business.jobs as j where j.workspace_id = new.workspace_id and j.id = new.job_id for no key update;
  -- A row that exists conflicts: the insert is then refused, ignored, or becomes an update with a trigger of its own.
  if tg_op = 'INSERT' then
    select e.* into existing from business.estimates as e
    where e.id = new.id or e.workspace_id = new.workspace_id and (e.client_key = new.client_key or e.job_id = new.job_id
      and e.estimate_type is not distinct from new.estimate_type and e.version = new.version)
    order by e.id = new.id desc, e.client_key = new.client_key desc nulls last limit 1;
    if found then
      new.approved_date := coalesce(new.approved_date, existing.approved_date, private.my_today());
      return new;
    end if;
  end if;
  -- The date of an earlier approval does not count for this one.
  if new.approved_date is null
    or tg_op = 'UPDATE' and old.status = 'superseded' and new.approved_date is not distinct from old.approved_date
  then
    new.approved_date := private.my_today();
  end if;
  update business.estimates as e set status = 'superseded'
  where e.workspace_id = new.workspace_id and e.job_id = new.job_id
    and e.estimate_type is not distinct from new.estimate_type
    and e.status = 'approved' and e.id <> new.id;
  return new;
end
$$;
comment on function private.approve_estimate_row() is
  'Before an estimate becomes approved: sets approved_date unless one is given with the approval, and supersedes the estimate that was approved before. The lock on the job serializes approvals. Not after the insert, because estimates_approved_key allows one approved row at any time. Definer: callers have no rights on the helpers of schema private; only rows of the same job are changed.';

create function private.refuse_superseding() returns trigger
language plpgsql set search_path = ''
as $$
begin
  raise exception using errcode = 'PT409',
    message = format('An estimate with status %s cannot become superseded.', old.status),
    hint = 'The database sets superseded when another version is approved.';
end
$$;
comment on function private.refuse_superseding() is 'Before an estimate that is not approved becomes superseded: raises PT409.';

create function private.withdraw_approval() returns trigger
language plpgsql set search_path = ''
as $$
begin
  new.approved_date := null;
  return new;
end
$$;
comment on function private.withdraw_approval() is
  'Before an approved or superseded estimate gets any other status: clears approved_date, so that the next approval sets a new date.';

create function private.refuse_double_approval() returns trigger
language plpgsql set search_path = ''
as $$
begin
  if exists (select from written as w where w.status = 'approved' group by w.job_id, w.estimate_type having count(*) > 1) then
    raise exception using errcode = 'PT409', message = 'Only one version of an estimate can be approved.',
      hint = 'Approve one version per job and type; the previously approved version becomes superseded.';
  end if;
  return null;
end
$$;
comment on function private.refuse_double_approval() is
  'After an update of several estimates: raises PT409 if it approved more than one of a job and type, because the order of rows would decide which one remains.';

create function private.refuse_approved_change() returns trigger
language plpgsql set search_path = ''
as $$
begin
  if current_user = 'authenticated' then
    raise exception using errcode = 'PT409', message = format('An approved %s does not change.', tg_argv[0]), hint = tg_argv[1];
  end if;
  return new;
end
$$;
comment on function private.refuse_approved_change() is
  'Before a user changes what was approved: PT409. Arguments: what the row is, and the hint. Reports of the past are computed from it, and the customer has a copy. A server with a secret key corrects imported rows.';
revoke execute on function private.refuse_approved_change() from public, anon, authenticated, service_role;

revoke execute on function private.note_upsert_of_estimates(), private.version_estimate(), private.approve_estimate_row(), private.refuse_superseding(),
  private.withdraw_approval(), private.refuse_double_approval()
  from public, anon, authenticated, service_role;

create trigger estimates_refuse_approved_change_on_update before update on business.estimates
  for each row when (old.status in ('approved', 'superseded') and new.status in ('approved', 'superseded')
    and ((new.estimate_type, new.amount, new.original_amount, new.submitted_date)
        is distinct from (old.estimate_type, old.amount, old.original_amount, old.submitted_date)
      or old.xactimate_file_path <> coalesce(new.xactimate_file_path, '')
      or new.approved_date is distinct from old.approved_date and not (old.status = 'superseded' and new.status = 'approved')))
  execute function private.refuse_approved_change(
    'estimate', 'Add a version with revise_estimate, or give it another status first, which withdraws the approval.');
create trigger estimates_note_upsert_on_insert before insert on business.estimates
  for each statement execute function private.note_upsert_of_estimates();
create trigger estimates_note_upsert_on_update before update on business.estimates
  for each statement when (pg_trigger_depth() = 0) execute function private.note_upsert_of_estimates();
create trigger estimates_number_on_insert before insert on business.estimates
  for each row execute function private.version_estimate();
create trigger estimates_sign_approval_on_insert before insert on business.estimates
  for each row when (new.status = 'approved') execute function private.approve_estimate_row();
create trigger estimates_sign_approval_on_update before update of status, estimate_type on business.estimates
  for each row when (new.status = 'approved'
    and (old.status <> 'approved' or new.estimate_type is distinct from old.estimate_type))
  execute function private.approve_estimate_row();
create trigger estimates_refuse_superseding_on_update before update of status on business.estimates
  for each row when (new.status = 'superseded' and old.status not in ('approved', 'superseded'))
  execute function private.refuse_superseding();
create trigger estimates_withdraw_approval_on_update before update of status on business.estimates
  for each row when (old.status in ('approved', 'superseded') and new.status not in ('approved', 'superseded')
    and new.approved_date is not distinct from old.approved_date)
  execute function private.withdraw_approval();
create trigger estimates_refuse_double_approval_on_update after update on business.estimates
  referencing new table as written for each statement execute function private.refuse_double_approval();

create function private.revise_estimate(
  estimate_id bigint, amount numeric, notes text, xactimate_file_path text, today date
) returns setof business.estimates
language plpgsql set search_path = ''
as $$
begin
  if not exists (select from business.estimates as e where e.id = revise_estimate.estimate_id) then
    raise exception using errcode = 'PT404', message = 'No such estimate.', hint = 'The table estimates lists the estimates of a job.';
  end if;
  return query
  insert into business.estimates as r
    (job_id, estimate_type, amount, original_amount, status, submitted_date, notes, xactimate_file_path)
  select e.job_id, e.estimate_type, revise_estimate.amount, coalesce(e.original_amount, e.amount), 'revision',
    revise_estimate.today, revise_estimate.notes, revise_estimate.xactimate_file_path
  from business.estimates as e where e.id = revise_estimate.estimate_id
  returning r.*;
end
$$;
comment on function private.revise_estimate(bigint, numeric, text, text, date) is 'Runs as the caller: the policies of estimates decide who can revise one.';

create function private.approve_estimate(estimate_id bigint, approved_date date) returns setof business.estimates
language plpgsql set search_path = ''
as $$
begin
  if not exists (select from business.estimates as e where e.id = approve_estimate.estimate_id) then
    raise exception using errcode = 'PT404', message = 'No such estimate.', hint = 'The table estimates lists the estimates of a job.';
  end if;
  -- A given date counts, even if it is that of an approval that was superseded, which an update would not show as given.
  update business.estimates as e set status = 'submitted'
  where e.id = approve_estimate.estimate_id and e.status = 'superseded' and e.approved_date = approve_estimate.approved_date;
  update business.estimates as e
  set status = 'approved', approved_date = coalesce(approve_estimate.approved_date, e.approved_date)
  where e.id = approve_estimate.estimate_id;
  if not found then
    raise exception using errcode = '42501', message = 'Only managers and admins can approve estimates.',
      hint = 'Ask a manager or an admin of the workspace.';
  end if;
  return query select e.* from business.estimates as e where e.id = approve_estimate.estimate_id;
end
$$;
comment on function private.approve_estimate(bigint, date) is 'Runs as the caller: the policies of estimates decide who can approve one.';

create function business.revise_estimate(
  estimate_id bigint, amount numeric, notes text default null, xactimate_file_path text default null
) returns setof business.estimates
language sql volatile set search_path = ''
begin atomic
  select r.id, r.workspace_id, r.job_id, r.version, r.estimate_type, r.amount, r.original_amount, r.status,
    r.submitted_date, r.approved_date, r.xactimate_file_path, r.notes, r.client_key,
    r.created_at, r.updated_at
  from private.revise_estimate(estimate_id, amount, notes, xactimate_file_path, private.my_today()) as r;
end;
comment on function business.revise_estimate(bigint, numeric, text, text) is
  'Managers: adds and returns the next version of an estimate, with status revision, submitted today, and the original amount copied. PT404 for an estimate that the caller cannot read, 42501 for employees, 23514 for an amount below 0.';

create function business.approve_estimate(estimate_id bigint, approved_date date default null)
returns setof business.estimates
language sql volatile set search_path = ''
begin atomic
  select r.id, r.workspace_id, r.job_id, r.version, r.estimate_type, r.amount, r.original_amount, r.status,
    r.submitted_date, r.approved_date, r.xactimate_file_path, r.notes, r.client_key,
    r.created_at, r.updated_at
  from private.approve_estimate(estimate_id, approved_date) as r;
end;
comment on function business.approve_estimate(bigint, date) is
  'Managers: approves and returns an estimate, on a date or today, and supersedes the estimate of its type that was approved before. A repeated call keeps the first date; another date is PT409, since what is approved does not change. PT404 for an estimate that the caller cannot read, 42501 for employees.';

revoke execute on function private.revise_estimate(bigint, numeric, text, text, date), private.approve_estimate(bigint, date),
  business.revise_estimate(bigint, numeric, text, text), business.approve_estimate(bigint, date)
  from public, anon, authenticated, service_role;
grant execute on function private.revise_estimate(bigint, numeric, text, text, date), private.approve_estimate(bigint, date),
  business.revise_estimate(bigint, numeric, text, text), business.approve_estimate(bigint, date) to authenticated;
