-- Job numbers: YYYYMM-NNN-TTT, counted per workspace and month over all job types, without gaps, also under concurrency.

create table private.job_number_counters (
  workspace_id uuid    not null,
  month        text    not null,
  last_number  integer not null,
  constraint job_number_counters_pkey primary key (workspace_id, month),
  constraint job_number_counters_workspace_id_fkey
    foreign key (workspace_id) references public.workspaces (id) on delete cascade,
  constraint job_number_counters_month_format check (month ~ '^[0-9]{6}$'),
  constraint job_number_counters_last_number_not_negative check (last_number >= 0)
);
comment on table private.job_number_counters is
  'The last number assigned in a month. A row instead of a sequence: its lock makes the next job wait until this one is committed or rolled back, so that numbers have no gaps.';
revoke all on table private.job_number_counters from public, anon, authenticated, service_role;

create function private.job_number(month text, number integer, job_type text) returns text
language plpgsql immutable set search_path = ''
as $$
begin
  return format('%s-%s-%s', job_number.month,
    lpad(job_number.number::text, greatest(3, length(job_number.number::text)), '0'),
    case job_number.job_type
      when 'mitigation' then 'MIT' when 'reconstruction' then 'RPR' when 'remodel' then 'RMD'
      when 'abatement' then 'ABT' when 'remediation' then 'REM' end);
end
$$;
comment on function private.job_number(text, integer, text) is
  'YYYYMM-NNN-TTT. NNN has three digits, more past 999; TTT is the code of the job type.';

create function private.number_job() returns trigger
language plpgsql security definer set search_path = ''
as $$
declare
  this_month text := to_char(private.my_today(), 'YYYYMM');
  given      text[];
  next       integer;
begin
  if new.workspace_id is null
    or auth.uid() is not null and not (new.workspace_id = private.current_workspace() and private.has_role('manager'))
  then
    return new; -- The table or its policy refuses this row next; the counter of another workspace stays unchanged.
  end if;
  if coalesce(btrim(new.job_number), '') <> '' then
    given := regexp_match(new.job_number, '^([0-9]{6})-([0-9]{1,9})(?:-|$)');
    if given is not null then
      insert into private.job_number_counters as c (workspace_id, month, last_number)
      values (new.workspace_id, given[1], given[2]::integer)
      on conflict on constraint job_number_counters_pkey
        do update set last_number = excluded.last_number where c.last_number < excluded.last_number;
    end if;
  elsif tg_op = 'INSERT' then
    insert into private.job_number_counters as c (workspace_id, month, last_number)
    values (new.workspace_id, this_month, 1)
    on conflict on constraint job_number_counters_pkey do update set last_number = c.last_number + 1
    returning c.last_number into next;
    new.job_number := private.job_number(this_month, next, new.job_type);
  end if;
  return new;
end
$$;
comment on function private.number_job() is
  'Before a job is stored: assigns the next number of the caller''s current month if it has none; otherwise raises the counter to the given number, so that an imported number is not assigned again. Definer: no role has rights on the counters.';

create trigger jobs_number_on_insert before insert on business.jobs
  for each row execute function private.number_job();
create trigger jobs_number_on_update before update of job_number on business.jobs
  for each row when (new.job_number is distinct from old.job_number) execute function private.number_job();

create function private.next_job_number(job_type text) returns text
language plpgsql stable security definer set search_path = ''
as $$
declare
  workspace  constant uuid := private.require_workspace();
  this_month constant text := to_char(private.my_today(), 'YYYYMM');
  wanted     constant text := lower(btrim(next_job_number.job_type));
begin
  if wanted is null or wanted not in ('mitigation', 'reconstruction', 'remodel', 'abatement', 'remediation') then
    raise exception using errcode = '22023', message = 'job_type is unknown.',
      hint = 'Use mitigation, reconstruction, remodel, abatement or remediation.';
  end if;
  return private.job_number(this_month,
    1 + coalesce((
      select c.last_number from private.job_number_counters as c
      where c.workspace_id = workspace and c.month = this_month), 0),
    wanted);
end
$$;
comment on function private.next_job_number(text) is 'Definer: no role has rights on the counters. It reads the workspace of the request.';

create function business.next_job_number(job_type text) returns text
language sql stable set search_path = ''
begin atomic
  select private.next_job_number(job_type);
end;
comment on function business.next_job_number(text) is
  'Previews the number of the next job of this month, without reserving it. job_type ignores case. 22023 for an unknown job_type, PT404 without a workspace.';

revoke execute on function private.job_number(text, integer, text), private.number_job(),
  private.next_job_number(text), business.next_job_number(text)
  from public, anon, authenticated, service_role;
grant execute on function private.next_job_number(text), business.next_job_number(text) to authenticated;
