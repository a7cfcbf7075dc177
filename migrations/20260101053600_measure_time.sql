-- Duration of time entries in whole minutes, in total and per local date of the owner.

create function private.day_start(day date, zone text) returns timestamptz
language sql immutable parallel safe
begin atomic
  -- If the clock is set back over midnight, the day begins with the first of the two midnights. If it is set forward over
  -- midnight, the day begins at that instant.
  select case when ((m.midnight - interval '1 hour') at time zone zone)::date = day
    then m.midnight - interval '1 hour' else m.midnight end
  from (select day::timestamp at time zone zone) as m (midnight);
end;
comment on function private.day_start(date, text) is 'First instant of a local date in a time zone.';

create function private.worked_minutes(clock_in timestamptz, clock_out timestamptz, break_minutes integer, until timestamptz)
returns integer
language sql stable parallel safe
begin atomic
  -- One expression, without FROM, so that it becomes a part of the query: a call for each of many entries would cost more
  -- than reading them.
  select case when until > clock_in and greatest(coalesce(clock_out, now()), clock_in) > clock_in then
    div(
      greatest(extract(epoch from greatest(coalesce(clock_out, now()), clock_in) - clock_in) - 60 * break_minutes, 0)
        * extract(epoch from least(until, greatest(coalesce(clock_out, now()), clock_in)) - clock_in),
      60 * extract(epoch from greatest(coalesce(clock_out, now()), clock_in) - clock_in))::integer
    else 0 end;
end;
comment on function private.worked_minutes(timestamptz, timestamptz, integer, timestamptz) is
  'Whole minutes worked from the start of an entry until an instant; a running entry ends now. Breaks are distributed evenly over the entry. The minutes between two instants are the difference of two calls, so that parts add up to the total.';

create function dashboard.duration_minutes(entry dashboard.time_entries) returns integer
language sql stable
begin atomic
  select private.worked_minutes((entry).clock_in, (entry).clock_out, (entry).break_minutes, 'infinity');
end;
comment on function dashboard.duration_minutes(dashboard.time_entries) is
  'Whole minutes worked, without breaks, of a running entry until now: time_entries?select=*,duration_minutes.';

create function dashboard.is_active(entry dashboard.time_entries) returns boolean
language sql stable
begin atomic
  select (entry).clock_out is null;
end;
comment on function dashboard.is_active(dashboard.time_entries) is 'Whether the entry is running: time_entries?select=*,is_active.';

create function private.check_period(from_date date, to_date date) returns boolean
language plpgsql immutable set search_path = ''
as $$
declare
  max_days constant integer := 366;
begin
  if check_period.from_date is null or check_period.to_date is null or not isfinite(check_period.from_date)
    or not isfinite(check_period.to_date) or check_period.to_date < check_period.from_date
    or check_period.to_date - check_period.from_date >= max_days
    or check_period.from_date < '1900-01-01' or check_period.to_date > '2999-12-30' then
    raise exception using errcode = '22023',
      message = format('from_date must not be after to_date, and the period must not exceed %s days.', max_days),
      hint = 'Give from_date and to_date; the period includes both.';
  end if;
  return true;
end
$$;
comment on function private.check_period(date, date) is 'True, or 22023 for an invalid period.';

create function private.my_time(from_date date, to_date date)
returns table (day date, entry_id bigint, project_id bigint, task_id bigint, job_id bigint, minutes integer)
language sql stable
begin atomic
  with period as materialized (
    select z.zone, private.day_start(from_date, z.zone) as starts_at, private.day_start(to_date + 1, z.zone) as ends_at
    from (select private.my_time_zone()) as z (zone)
    where private.check_period(from_date, to_date)
  )
  select d.day, e.id, e.project_id, e.task_id, e.job_id,
    private.worked_minutes(e.clock_in, e.clock_out, e.break_minutes, private.day_start(d.day + 1, p.zone))
      - private.worked_minutes(e.clock_in, e.clock_out, e.break_minutes, private.day_start(d.day, p.zone))
  from period as p
  -- Only a running entry can be longer than a week.
  join dashboard.time_entries as e on e.user_id = (select auth.uid()) and e.clock_in < (select b.ends_at from period as b)
    and (e.clock_in > (select b.starts_at - interval '168 hours' from period as b) or e.clock_out is null)
  cross join lateral (select coalesce(e.clock_out, greatest(now(), e.clock_in))) as s (ended)
  cross join lateral (
    select greatest(from_date, (e.clock_in at time zone p.zone)::date),
      least(to_date, (s.ended at time zone p.zone)::date)
  ) as r (first_day, last_day)
  cross join lateral (
    select r.first_day + i.i from generate_series(0, r.last_day - r.first_day) as i (i)
  ) as d (day)
  where least(s.ended, private.day_start(d.day + 1, p.zone)) > greatest(e.clock_in, private.day_start(d.day, p.zone));
end;
comment on function private.my_time(date, date) is
  'The caller''s time entries of a period, split at midnight in their time zone: one row per entry and date. The period includes both dates.';

create function private.my_week_start(day date) returns date
language sql stable security definer set search_path = ''
as $$
  select private.recurrence_period_start('WEEKLY',
    coalesce((select p.week_starts_on from public.user_prefs as p where p.user_id = (select auth.uid())), 1), my_week_start.day)
$$;
comment on function private.my_week_start(date) is
  'First date of the week that contains a date, by the caller''s week_starts_on. Definer: callers have no right on recurrence_period_start.';

revoke execute on function private.day_start(date, text), private.worked_minutes(timestamptz, timestamptz, integer, timestamptz),
  private.check_period(date, date), private.my_time(date, date), private.my_week_start(date),
  dashboard.duration_minutes(dashboard.time_entries), dashboard.is_active(dashboard.time_entries)
  from public, anon, authenticated, service_role;
grant execute on function private.day_start(date, text), private.worked_minutes(timestamptz, timestamptz, integer, timestamptz),
  private.check_period(date, date), private.my_time(date, date), private.my_week_start(date),
  dashboard.duration_minutes(dashboard.time_entries), dashboard.is_active(dashboard.time_entries) to authenticated;
grant execute on function private.worked_minutes(timestamptz, timestamptz, integer, timestamptz),
  dashboard.duration_minutes(dashboard.time_entries), dashboard.is_active(dashboard.time_entries) to service_role;
