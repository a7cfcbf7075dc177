-- Opens a job in one call, with an existing or a new client.

create function private.create_job(job jsonb, workspace_id uuid, today date, is_manager boolean) returns setof business.jobs
language plpgsql set search_path = ''
as $$
declare
  known   constant text[] := array['job_number', 'job_type', 'status', 'client_id', 'insurance_org_id', 'address', 'city', 'state',
    'zip', 'year_built', 'structure_type', 'square_footage', 'num_stories', 'damage_source', 'damage_category',
    'damage_class', 'date_of_loss', 'date_contacted', 'inspection_date', 'work_auth_signed_date', 'start_date', 'cos_date',
    'completion_date', 'claim_number', 'policy_number', 'deductible', 'ready_to_invoice', 'notes',
    'client_name', 'client_phone', 'client_email'];
  unknown text;
  given   jsonb;
  wanted  business.jobs;
  client  text;
begin
  if create_job.job is null or jsonb_typeof(create_job.job) <> 'object' then
    raise exception using errcode = '22023', message = 'job must be a JSON object.', hint = 'Use the columns of jobs as keys.';
  end if;
  select string_agg(k.name, ', ' order by k.name) into unknown
  from jsonb_object_keys(create_job.job) as k (name) where k.name <> all (known);
  if unknown is not null then
    raise exception using errcode = '22023', message = format('job contains unknown keys: %s.', left(unknown, 500)),
      hint = 'Use the columns of jobs, client_name, client_phone and client_email as keys.';
  end if;
  -- Checked before any lookup or lock, so that a refused caller learns nothing and locks nothing.
  if not coalesce(create_job.is_manager, false) then
    raise exception using errcode = '42501', message = 'Only managers and admins can open jobs.', hint = 'Ask a manager or an admin of the workspace.';
  end if;
  -- An empty text, which forms send for an empty field, counts as left out.
  select coalesce(jsonb_object_agg(k.name, k.value), '{}') into given
  from jsonb_each(create_job.job) as k (name, value) where k.value <> '""';
  wanted := jsonb_populate_record(null::business.jobs, given);
  client := btrim(given ->> 'client_name');

  if wanted.client_id is null and client <> '' then
    -- Of two concurrent calls with the same new client, the second finds the client of the first.
    perform pg_advisory_xact_lock(hashtextextended(format('business.clients %s %s', create_job.workspace_id, lower(client)), 0));
    select c.id into wanted.client_id from business.clients as c
    where c.workspace_id = create_job.workspace_id and lower(c.name) = lower(client) and c.is_active
    order by c.id limit 1;
    if not found then
      insert into business.clients as c (workspace_id, name, phone, email, address, city, state, zip)
      values (create_job.workspace_id, client, given ->> 'client_phone', given ->> 'client_email',
        wanted.address, wanted.city, wanted.state, wanted.zip)
      returning c.id into wanted.client_id;
    end if;
  end if;

  return query
  insert into business.jobs as j
    (workspace_id, job_number, job_type, status, client_id, insurance_org_id, address, city, state, zip, year_built,
     structure_type, square_footage, num_stories, damage_source, damage_category, damage_class, date_of_loss,
     date_contacted, inspection_date, work_auth_signed_date, start_date, cos_date, completion_date, claim_number,
     policy_number, deductible, ready_to_invoice, notes)
  values
    (create_job.workspace_id, wanted.job_number, coalesce(wanted.job_type, 'mitigation'), coalesce(wanted.status, 'lead'),
     wanted.client_id, wanted.insurance_org_id, wanted.address, wanted.city, wanted.state, wanted.zip, wanted.year_built,
     wanted.structure_type, wanted.square_footage, wanted.num_stories, wanted.damage_source, wanted.damage_category,
     wanted.damage_class, wanted.date_of_loss, coalesce(wanted.date_contacted, create_job.today),
     wanted.inspection_date, wanted.work_auth_signed_date, wanted.start_date, wanted.cos_date, wanted.completion_date,
     wanted.claim_number, wanted.policy_number, wanted.deductible, coalesce(wanted.ready_to_invoice, false), wanted.notes)
  returning j.*;
end
$$;
comment on function private.create_job(jsonb, uuid, date, boolean) is 'Runs as the caller: the policies of jobs and clients decide. is_manager only avoids the lookup and the lock for other callers.';

create function business.create_job(job jsonb) returns setof business.jobs
language sql volatile set search_path = ''
begin atomic
  select j.id, j.workspace_id, j.job_number, j.job_type, j.status, j.client_id, j.insurance_org_id, j.address, j.city,
    j.state, j.zip, j.year_built, j.structure_type, j.square_footage, j.num_stories, j.damage_source, j.damage_category,
    j.damage_class, j.date_of_loss, j.date_contacted, j.inspection_date, j.work_auth_signed_date, j.start_date, j.cos_date,
    j.completion_date, j.claim_number, j.policy_number, j.deductible, j.ready_to_invoice, j.notes, j.created_at, j.updated_at
  from private.create_job(job, private.require_workspace(), private.my_today(), private.has_role('manager')) as j;
end;
comment on function business.create_job(jsonb) is
  'Managers: opens a job from an object with the columns of jobs, and client_name, client_phone, client_email: the active client of that name, ignoring case, or a new one at the job''s address. Null and empty texts count as left out. Returns the job. 22023 for unknown keys, 42501 for employees, PT404 without a workspace.';

revoke execute on function private.create_job(jsonb, uuid, date, boolean), business.create_job(jsonb)
  from public, anon, authenticated, service_role;
grant execute on function private.create_job(jsonb, uuid, date, boolean), business.create_job(jsonb) to authenticated;
