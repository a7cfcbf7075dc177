-- Schema cron: the extension pg_cron where it can run in this database. Elsewhere (PGlite, or a server without it) a
-- stand-in with the tables and functions of pg_cron 1.6, so that `select cron.schedule(...)` works in each migration.
-- Before 1.5, pg_cron lacks schedules in seconds, which the migrations use.
-- The stand-in only stores jobs. The local platform reads cron.job, runs jobs that are due and writes
-- cron.job_run_details. Each change of a job notifies the channel cron_job, where pg_cron would clear its cache.

do $$
declare
  item record;
begin
  if to_regnamespace('cron') is null
    and current_setting('cron.database_name', true) = current_database()
    and exists (select from pg_catalog.pg_available_extensions
      where name = 'pg_cron' and default_version !~ '^1\.[0-4](\D|$)')
  then
    create extension pg_cron with schema pg_catalog;
  end if;

  -- The rest of this file is the stand-in.
  if exists (select from pg_catalog.pg_extension where extname = 'pg_cron') then
    grant usage on schema cron to postgres with grant option;
    grant all on all functions in schema cron to postgres with grant option;
    grant all on all tables in schema cron to postgres with grant option;
    revoke all on table cron.job from postgres;
    grant select on table cron.job to postgres with grant option;
    revoke trigger on table cron.job_run_details from postgres;
    return;
  end if;

  create schema if not exists cron authorization supabase_admin;
  create sequence if not exists cron.jobid_seq;
  create sequence if not exists cron.runid_seq;

  create table if not exists cron.job (
    jobid    bigint not null default nextval('cron.jobid_seq'),
    schedule text not null,
    command  text not null,
    nodename text not null default 'localhost',
    nodeport integer not null default coalesce(inet_server_port(), 5432), -- null on a socket, and in PGlite
    database text not null default current_database(),
    username text not null default current_user,
    active   boolean not null default true,
    jobname  text,
    constraint job_pkey primary key (jobid),
    constraint jobname_username_uniq unique (jobname, username)
  );
  create table if not exists cron.job_run_details (
    jobid          bigint,
    runid          bigint not null default nextval('cron.runid_seq'),
    job_pid        integer,
    database       text,
    username       text,
    command        text,
    status         text,
    return_message text,
    start_time     timestamptz,
    end_time       timestamptz,
    constraint job_run_details_pkey primary key (runid)
  );
  alter table cron.job enable row level security;
  alter table cron.job_run_details enable row level security;
  drop policy if exists cron_job_policy on cron.job;
  create policy cron_job_policy on cron.job using (username = current_user);
  drop policy if exists cron_job_run_details_policy on cron.job_run_details;
  create policy cron_job_run_details_policy on cron.job_run_details using (username = current_user);

  create or replace function cron.job_cache_invalidate() returns trigger
  language plpgsql set search_path = ''
  as $function$
  begin
    perform pg_catalog.pg_notify('cron_job', '');
    return null;
  end
  $function$;
  create or replace trigger cron_job_cache_invalidate
    after insert or update or delete or truncate on cron.job
    for each statement execute function cron.job_cache_invalidate();

  -- Definers, because as with pg_cron, callers may not write cron.job. So the owner of a job is not current_user, but the
  -- role that the session has set or signed in as.
  create or replace function cron.schedule_in_database(
    job_name text, schedule text, command text, database text, username text default null, active boolean default true
  )
  returns bigint
  language plpgsql security definer set search_path = ''
  as $function$
  declare
    caller text := coalesce(nullif(pg_catalog.current_setting('role'), 'none'), session_user);
    owner text := coalesce(schedule_in_database.username, caller);
    id bigint;
  begin
    if schedule_in_database.schedule is null then
      raise exception 'schedule can not be NULL';
    elsif schedule_in_database.command is null then
      raise exception 'command can not be NULL';
    elsif owner <> caller and not (select r.rolsuper from pg_catalog.pg_roles as r where r.rolname = caller) then
      raise exception 'must be superuser to create a job for another role';
    elsif trim(schedule_in_database.schedule) !~* '^(\S+\s+\S+\s+\S+\s+\S+\s+\S+|[1-5]?\d\s+seconds?|@[a-z]+)$' then
      raise exception using errcode = '22023', message = 'invalid schedule: ' || schedule_in_database.schedule,
        hint = 'Use cron format (e.g. 5 4 * * *), or interval format ''[1-59] seconds''';
    end if;
    insert into cron.job as j (schedule, command, database, username, active, jobname)
    values (
      schedule_in_database.schedule, schedule_in_database.command, schedule_in_database.database, owner,
      schedule_in_database.active, schedule_in_database.job_name
    )
    on conflict on constraint jobname_username_uniq do update
      set schedule = excluded.schedule, command = excluded.command, database = excluded.database, active = excluded.active
    returning j.jobid into id;
    return id;
  end
  $function$;

  create or replace function cron.schedule(job_name text, schedule text, command text) returns bigint
  language plpgsql security definer set search_path = ''
  as $function$
  begin
    if schedule.job_name is null then
      raise exception 'job_name can not be NULL';
    end if;
    return cron.schedule_in_database(schedule.job_name, schedule.schedule, schedule.command, current_database());
  end
  $function$;

  create or replace function cron.schedule(schedule text, command text) returns bigint
  language plpgsql security definer set search_path = ''
  as $function$
  begin
    return cron.schedule_in_database(null, schedule.schedule, schedule.command, current_database());
  end
  $function$;

  create or replace function cron.alter_job(
    job_id bigint, schedule text default null, command text default null, database text default null,
    username text default null, active boolean default null
  )
  returns void
  language plpgsql security definer set search_path = ''
  as $function$
  declare
    caller text := coalesce(nullif(pg_catalog.current_setting('role'), 'none'), session_user);
    is_superuser boolean := (select r.rolsuper from pg_catalog.pg_roles as r where r.rolname = caller);
  begin
    if alter_job.job_id is null then
      raise exception 'job_id can not be NULL';
    elsif alter_job.username is not null and not is_superuser then
      raise exception 'must be superuser to alter username';
    elsif num_nonnulls(alter_job.schedule, alter_job.command, alter_job.database, alter_job.username, alter_job.active) = 0
    then
      raise exception 'no updates specified';
    end if;
    update cron.job as j
    set schedule = coalesce(alter_job.schedule, j.schedule), command = coalesce(alter_job.command, j.command),
      database = coalesce(alter_job.database, j.database), username = coalesce(alter_job.username, j.username),
      active = coalesce(alter_job.active, j.active)
    where j.jobid = alter_job.job_id and (j.username = caller or is_superuser);
    if not found then
      raise exception 'Job % does not exist or you don''t own it', alter_job.job_id;
    end if;
  end
  $function$;

  create or replace function cron.unschedule(job_id bigint) returns boolean
  language plpgsql security definer set search_path = ''
  as $function$
  begin
    delete from cron.job as j
    where j.jobid = unschedule.job_id
      and j.username = coalesce(nullif(pg_catalog.current_setting('role'), 'none'), session_user);
    if not found then
      raise exception 'could not find valid entry for job %', unschedule.job_id;
    end if;
    return true;
  end
  $function$;

  create or replace function cron.unschedule(job_name text) returns boolean
  language plpgsql security definer set search_path = ''
  as $function$
  begin
    delete from cron.job as j
    where j.jobname = unschedule.job_name
      and j.username = coalesce(nullif(pg_catalog.current_setting('role'), 'none'), session_user);
    if not found then
      raise exception 'could not find valid entry for job ''%''', unschedule.job_name;
    end if;
    return true;
  end
  $function$;

  -- Where the platform is set up by another superuser, the owner is still the same.
  alter table cron.job owner to supabase_admin;
  alter table cron.job_run_details owner to supabase_admin;
  alter sequence cron.jobid_seq owner to supabase_admin;
  alter sequence cron.runid_seq owner to supabase_admin;
  for item in
    select p.oid::regprocedure as name from pg_catalog.pg_proc as p where p.pronamespace = 'cron'::regnamespace
  loop
    execute format('alter function %s owner to supabase_admin', item.name);
  end loop;

  grant usage on schema cron to postgres with grant option;
  grant all on all functions in schema cron to postgres with grant option;
  grant select on table cron.job to public;
  grant select, delete on table cron.job_run_details to public;
  grant select on sequence cron.jobid_seq, cron.runid_seq to public;
  revoke execute on function
    cron.alter_job(bigint, text, text, text, text, boolean),
    cron.schedule_in_database(text, text, text, text, text, boolean)
    from public;
  grant all on table cron.job_run_details to postgres with grant option;
  revoke trigger on table cron.job_run_details from postgres;
  grant select on table cron.job to postgres with grant option;
end
$$;
