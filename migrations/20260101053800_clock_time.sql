-- Clocking in and out. The current time is read after the lock on the caller's time entries, so that an entry never begins
-- before the end of an entry that was closed concurrently.

create function dashboard.clock_in(
  project_id bigint      default null,
  task_id    bigint      default null,
  job_id     bigint      default null,
  notes      text        default null,
  at         timestamptz default null
) returns dashboard.time_entries
language plpgsql set search_path = ''
as $$
#variable_conflict use_column
declare
  started dashboard.time_entries;
begin
  perform pg_advisory_xact_lock(hashtextextended('dashboard.time ' || auth.uid(), 0));
  if clock_in.at > clock_timestamp() + interval '1 minute' then
    raise exception using errcode = '22023', message = 'at must not be in the future.', column = 'at',
      hint = 'Leave at out to start the clock now.';
  end if;
  begin
    insert into dashboard.time_entries as e (clock_in, project_id, task_id, job_id, notes)
    values (coalesce(clock_in.at, clock_timestamp()), clock_in.project_id, clock_in.task_id, clock_in.job_id, clock_in.notes)
    on conflict (user_id) where clock_out is null do nothing
    returning e.* into started;
  exception when exclusion_violation then
    raise exception using errcode = 'PT409', message = 'at is within another time entry.',
      hint = 'Use a later time, or correct the other entry first.';
  end;
  if started.id is null then
    raise exception using errcode = 'PT409', message = 'The clock is already running.',
      hint = 'End the running entry with clock_out first.';
  end if;
  return started;
end
$$;
comment on function dashboard.clock_in(bigint, bigint, bigint, text, timestamptz) is
  'Starts the clock, now or at a time in the past, and returns the new entry. An entry with a task gets its project and job. PT409 if the clock is running or at is within another entry, 22023 if at is in the future.';

create function dashboard.clock_out(
  break_minutes integer     default null,
  notes         text        default null,
  at            timestamptz default null
) returns dashboard.time_entries
language plpgsql set search_path = ''
as $$
#variable_conflict use_column
declare
  running dashboard.time_entries;
  ended   timestamptz;
  fault   text;
begin
  perform pg_advisory_xact_lock(hashtextextended('dashboard.time ' || auth.uid(), 0));
  select e.* into running from dashboard.time_entries as e where e.user_id = auth.uid() and e.clock_out is null;
  if not found then
    raise exception using errcode = 'PT409', message = 'The clock is not running.', hint = 'Start it with clock_in first.';
  end if;
  ended := coalesce(clock_out.at, clock_timestamp());
  fault := case
    when ended > clock_timestamp() + interval '1 minute' then 'at must not be in the future.'
    when ended <= running.clock_in then 'at must be after the start of the entry.'
    when extract(epoch from ended - running.clock_in) > 7 * 86400 then 'at must be at most seven days after the start of the entry.'
    when clock_out.break_minutes < 0 then 'break_minutes must not be negative.'
    when coalesce(clock_out.break_minutes, running.break_minutes) * 60 > extract(epoch from ended - running.clock_in)
      then 'break_minutes must not exceed the length of the entry.'
  end;
  if fault is not null then
    raise exception using errcode = '22023', message = fault,
      hint = 'at is the end of the work, break_minutes the length of its breaks.';
  end if;
  update dashboard.time_entries as e
  set clock_out = ended,
    break_minutes = coalesce(clock_out.break_minutes, e.break_minutes),
    notes = nullif(concat_ws(' | ', nullif(e.notes, ''), nullif(clock_out.notes, '')), '')
  where e.id = running.id
  returning e.* into running;
  return running;
end
$$;
comment on function dashboard.clock_out(integer, text, timestamptz) is
  'Stops the clock, now or at a time in the past, and returns the entry. break_minutes replaces the previous value; notes are appended after " | ". PT409 if the clock is not running, 22023 for an invalid end or break.';

create function dashboard.time_status()
returns table (
  id bigint, clock_in timestamptz, project_id bigint, task_id bigint, job_id bigint, break_minutes integer, notes text,
  duration_minutes integer, today_minutes integer, week_minutes integer
)
language sql stable rows 1
begin atomic
  with today as materialized (
    select d.today, private.my_week_start(d.today) as week_start from (select private.my_today()) as d (today)
  )
  select e.id, e.clock_in, e.project_id, e.task_id, e.job_id, e.break_minutes, e.notes,
    case when e.id is not null then dashboard.duration_minutes(e) end,
    coalesce(w.today_minutes, 0), coalesce(w.week_minutes, 0)
  from (
    select (sum(t.minutes) filter (where t.day = d.today))::integer, sum(t.minutes)::integer
    from today as d cross join lateral private.my_time(d.week_start, d.week_start + 6) as t
  ) as w (today_minutes, week_minutes)
  left join dashboard.time_entries as e on e.user_id = (select auth.uid()) and e.clock_out is null;
end;
comment on function dashboard.time_status() is
  'One row: the running entry or null, and the minutes of the caller''s current day and week, including it.';

revoke execute on function dashboard.clock_in(bigint, bigint, bigint, text, timestamptz),
  dashboard.clock_out(integer, text, timestamptz), dashboard.time_status() from public, anon, authenticated, service_role;
grant execute on function dashboard.clock_in(bigint, bigint, bigint, text, timestamptz),
  dashboard.clock_out(integer, text, timestamptz), dashboard.time_status() to authenticated;
