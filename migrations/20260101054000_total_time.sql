-- Totals of time over a period, by local day, week, project or job.

create function private.check_grouping(group_by text) returns boolean
language plpgsql immutable set search_path = ''
as $$
begin
  if check_grouping.group_by is null or check_grouping.group_by not in ('day', 'week', 'project', 'job') then
    raise exception using errcode = '22023', message = 'group_by is unknown.', column = 'group_by',
      hint = 'Use day, week, project or job.';
  end if;
  return true;
end
$$;
comment on function private.check_grouping(text) is 'True, or 22023 for a value that time_totals does not support.';

create function dashboard.time_totals(from_date date, to_date date, group_by text default 'day')
returns table (starts_on date, project_id bigint, job_id bigint, label text, minutes integer, entries integer)
language sql stable
begin atomic
  with spent as materialized (
    select t.day, t.entry_id, t.project_id, t.job_id, t.minutes from private.my_time(from_date, to_date) as t
  ), calendar as materialized (
    select d.day, case group_by when 'week' then private.my_week_start(d.day) else d.day end as starts_on
    from (select from_date + i.i from generate_series(0, to_date - from_date) as i (i)) as d (day)
    where group_by in ('day', 'week')
  ), total as (
    select c.starts_on, null::bigint as project_id, null::bigint as job_id, null::text as label, s.minutes, s.entry_id
    from calendar as c left join spent as s on s.day = c.day
    union all
    select null, s.project_id, null, p.name, s.minutes, s.entry_id
    from spent as s left join dashboard.projects as p on p.user_id = (select auth.uid()) and p.id = s.project_id
    where group_by = 'project'
    union all
    select null, null, s.job_id, j.job_number, s.minutes, s.entry_id
    from spent as s left join business.jobs as j on j.id = s.job_id
    where group_by = 'job'
  )
  select t.starts_on, t.project_id, t.job_id, t.label, coalesce(sum(t.minutes), 0)::integer, count(distinct t.entry_id)::integer
  from total as t
  where private.check_period(from_date, to_date) and private.check_grouping(group_by)
  group by t.starts_on, t.project_id, t.job_id, t.label
  order by t.starts_on, 5 desc, t.project_id, t.job_id;
end;
comment on function dashboard.time_totals(date, date, text) is
  'Minutes worked in a period that includes both dates, in the caller''s time zone. By day or week: one row for each, including empty ones; starts_on is its first date; the first and last week are cut to the period. By project or job: one row for each with time, with its name or number as label, and one for time without any. 22023 for a period over 366 days.';

revoke execute on function private.check_grouping(text), dashboard.time_totals(date, date, text)
  from public, anon, authenticated, service_role;
grant execute on function private.check_grouping(text), dashboard.time_totals(date, date, text) to authenticated;
