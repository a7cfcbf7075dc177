-- Personal rows can be linked to a job. A job belongs to a workspace, so the foreign key alone cannot keep a user from
-- linking to a job of another workspace, and so finding out that it exists.

create function private.can_read_job(user_id uuid, job_id bigint) returns boolean
language plpgsql stable security definer set search_path = ''
as $$
begin
  return exists (
    select from business.jobs as j
    join public.workspace_members as m on m.workspace_id = j.workspace_id and m.user_id = can_read_job.user_id
    where j.id = can_read_job.job_id
  );
end
$$;
comment on function private.can_read_job(uuid, bigint) is
  'Whether a job exists and the user is a member of its workspace. Definer: it is also called for users other than the caller.';

create function private.refuse_foreign_job() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
  if not private.can_read_job(new.user_id, new.job_id) then
    -- Exactly the message of the foreign key for a job that does not exist.
    raise exception using errcode = '23503',
      message = format('insert or update on table "%s" violates foreign key constraint "%1$s_job_id_fkey"', tg_table_name),
      detail = 'Key is not present in table "jobs".',
      schema = tg_table_schema, table = tg_table_name, constraint = tg_table_name || '_job_id_fkey';
  end if;
  return new;
end
$$;
comment on function private.refuse_foreign_job() is
  'Before a row of a user is linked to a job: refuses a job that its owner cannot read exactly like one that does not exist. Applies to every writer. A link stays when its owner leaves the workspace, but embeds nothing. Definer: callers have no right on can_read_job.';
revoke execute on function private.can_read_job(uuid, bigint), private.refuse_foreign_job()
  from public, anon, authenticated, service_role;

create view dashboard.jobs with (security_invoker = true) as
  select j.id, j.workspace_id, j.job_number, j.job_type, j.status, j.address, j.city, j.state
  from business.jobs as j;
comment on view dashboard.jobs is
  'The jobs of the workspace of the request, for embedding in rows that link to one: tasks?select=*,job:jobs(job_number). Runs as the caller, so a link to a job of another workspace embeds nothing. Jobs are written in business.jobs.';
revoke all on table dashboard.jobs from public, anon, authenticated, service_role;
grant select on table dashboard.jobs to authenticated, service_role;
