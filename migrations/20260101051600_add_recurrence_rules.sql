-- Recurrence rules of RFC 5545 over dates: reading a rule, and the next date it gives.
-- A rule describes local dates, never instants, so a change to daylight-saving time cannot move an occurrence.

create type private.recurrence as (
  frequency  text,      -- DAILY, WEEKLY, MONTHLY, YEARLY
  step       integer,   -- INTERVAL
  total      integer,   -- COUNT
  until      date,
  months     integer[], -- BYMONTH
  month_days integer[], -- BYMONTHDAY, negative from the end of the month
  days       integer[], -- BYDAY: ISO weekday 1 to 7, plus 8 times the ordinal (1MO = 9, -1SU = -1)
  positions  integer[], -- BYSETPOS
  week_start integer    -- WKST, ISO weekday
);
comment on type private.recurrence is 'A recurrence rule taken apart; a part the rule leaves out is null.';

create function private.normal_recurrence(rule text) returns text
language sql immutable parallel safe
begin atomic
  select case lower(btrim(rule))
    when '' then null
    when 'daily' then 'FREQ=DAILY'
    when 'weekly' then 'FREQ=WEEKLY'
    when 'weekdays' then 'FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR'
    when 'monthly' then 'FREQ=MONTHLY'
    when 'yearly' then 'FREQ=YEARLY'
    else regexp_replace(upper(btrim(rule)), '^RRULE:|;$', '', 'g')
  end;
end;
comment on function private.normal_recurrence(text) is
  'The one spelling a rule is stored in: capitals, no RRULE: prefix, a rule for each of the five words. Empty means none.';

create function private.parse_recurrence(rule text) returns private.recurrence
language plpgsql immutable strict parallel safe set search_path = ''
as $$
declare
  parsed  private.recurrence;
  part    text;
  key     text;
  value   text;
  seen    text[] := array[]::text[];
  fault   text;
  weekday constant text := '(MO|TU|WE|TH|FR|SA|SU)';
begin
  parsed.step := 1;
  parsed.week_start := 1;
  foreach part in array string_to_array(parse_recurrence.rule, ';') loop
    key := split_part(part, '=', 1);
    value := split_part(part, '=', 2);
    if part !~ '^[A-Z]{3,10}=[A-Z0-9,+-]+$' then
      fault := 'it is not a list of NAME=value parts';
    elsif key = any (seen) then
      fault := format('%s is given twice', key);
    elsif key = 'FREQ' and value in ('DAILY', 'WEEKLY', 'MONTHLY', 'YEARLY') then
      parsed.frequency := value;
    elsif key = 'INTERVAL' and value ~ '^0*[1-9][0-9]{0,2}$' then
      parsed.step := value::integer;
    elsif key = 'COUNT' and value ~ '^0*[1-9][0-9]{0,3}$' then
      parsed.total := value::integer;
    elsif key = 'UNTIL' and value ~ '^[0-9]{8}(T[0-9]{6}Z?)?$' then
      begin
        parsed.until := make_date(left(value, 4)::integer, substr(value, 5, 2)::integer, substr(value, 7, 2)::integer);
      exception when datetime_field_overflow then
        fault := 'UNTIL is not a date';
      end;
    elsif key = 'BYMONTH' and value ~ '^(0?[1-9]|1[0-2])(,(0?[1-9]|1[0-2]))*$' then
      parsed.months := string_to_array(value, ',')::integer[];
    elsif key = 'BYMONTHDAY' and value ~ '^[+-]?(0?[1-9]|[12][0-9]|3[01])(,[+-]?(0?[1-9]|[12][0-9]|3[01]))*$' then
      parsed.month_days := string_to_array(value, ',')::integer[];
    elsif key = 'BYDAY' and value ~ format('^(%1$s)(,(%1$s))*$', '[+-]?(0?[1-9]|[1-4][0-9]|5[0-3])?' || weekday)
      and value !~ '[+-][A-Z]' then
      parsed.days := array(
        select coalesce(nullif(left(d, -2), ''), '0')::integer * 8
          + array_position(array['MO', 'TU', 'WE', 'TH', 'FR', 'SA', 'SU'], right(d, 2))
        from unnest(string_to_array(value, ',')) as d
      );
    elsif key = 'BYSETPOS' and value ~ '^[+-]?0*[1-9][0-9]{0,2}(,[+-]?0*[1-9][0-9]{0,2})*$' then
      parsed.positions := string_to_array(value, ',')::integer[];
    elsif key = 'WKST' and value ~ ('^' || weekday || '$') then
      parsed.week_start := array_position(array['MO', 'TU', 'WE', 'TH', 'FR', 'SA', 'SU'], value);
    elsif key in ('FREQ', 'INTERVAL', 'COUNT', 'UNTIL', 'BYMONTH', 'BYMONTHDAY', 'BYDAY', 'BYSETPOS', 'WKST') then
      fault := format('%s has a value that is not allowed', key);
    else
      fault := format('%s is not supported', key);
    end if;
    exit when fault is not null;
    seen := seen || key;
  end loop;

  fault := case
    when fault is not null then fault
    when parsed.frequency is null then 'FREQ is missing'
    when parsed.total is not null and parsed.until is not null then 'COUNT and UNTIL exclude each other'
    when parsed.frequency = 'WEEKLY' and parsed.month_days is not null then 'BYMONTHDAY does not go with FREQ=WEEKLY'
    when parsed.frequency in ('DAILY', 'WEEKLY') and not parsed.days <@ array[1, 2, 3, 4, 5, 6, 7]
      then 'a numbered BYDAY needs FREQ=MONTHLY or FREQ=YEARLY'
    when parsed.positions is not null and coalesce(parsed.days, parsed.month_days, parsed.months) is null
      then 'BYSETPOS needs BYDAY, BYMONTHDAY or BYMONTH'
  end;
  if fault is not null then
    raise exception using errcode = '22023',
      message = format('recurrence_rule: %s.', fault), column = 'recurrence_rule',
      hint = 'Use a rule of RFC 5545 such as FREQ=WEEKLY;BYDAY=MO,TH, or daily, weekly, weekdays, monthly, yearly.';
  end if;
  return parsed;
end
$$;
comment on function private.parse_recurrence(text) is
  'Takes a rule apart; raises 22023 naming the part that is wrong. Parts about times of day, week and year numbers are not supported. UNTIL counts by its date.';

create function private.recurrence_period(frequency text, week_start integer, day date) returns integer
language sql immutable parallel safe
begin atomic
  select case frequency
    when 'DAILY' then day - date '0001-01-01'
    when 'WEEKLY' then (day - date '0001-01-01' + 8 - week_start) / 7 -- that day was a Monday
    when 'MONTHLY' then extract(year from day)::integer * 12 + extract(month from day)::integer
    else extract(year from day)::integer
  end;
end;
comment on function private.recurrence_period(text, integer, date) is 'Running number of the day, week, month or year a date is in.';

create function private.recurrence_period_start(frequency text, week_start integer, day date) returns date
language sql immutable parallel safe
begin atomic
  select case frequency
    when 'DAILY' then day
    when 'WEEKLY' then day - (extract(isodow from day)::integer - week_start + 7) % 7
    when 'MONTHLY' then make_date(extract(year from day)::integer, extract(month from day)::integer, 1)
    else make_date(extract(year from day)::integer, 1, 1)
  end;
end;
comment on function private.recurrence_period_start(text, integer, date) is 'First day of the day, week, month or year a date is in.';

create function private.next_occurrence(rule text, dtstart date, after date) returns date
language plpgsql immutable strict parallel safe set search_path = ''
as $$
declare
  r           private.recurrence := private.parse_recurrence(next_occurrence.rule);
  start_phase integer;
  by_year     boolean;  -- numbered weekdays count within the year, not the month
  window_from date;
  window_to   date;
  window_days integer;
  horizon     date;
  earlier     integer := 0;
  matched     integer;
  found_day   date;
begin
  if not isfinite(next_occurrence.dtstart) or not isfinite(next_occurrence.after) then
    return null;
  end if;
  by_year := r.frequency = 'YEARLY' and r.months is null;

  -- what the rule leaves open, its start decides
  if r.days is null and r.month_days is null then
    if r.frequency = 'WEEKLY' then
      r.days := array[extract(isodow from next_occurrence.dtstart)::integer];
    elsif r.frequency in ('MONTHLY', 'YEARLY') then
      r.month_days := array[extract(day from next_occurrence.dtstart)::integer];
      if by_year then
        r.months := array[extract(month from next_occurrence.dtstart)::integer];
      end if;
    end if;
  end if;
  start_phase := private.recurrence_period(r.frequency, r.week_start, next_occurrence.dtstart);

  -- A counted series is counted from its start, any other begins in the period of the first day that can be it.
  -- A day on which the rule never falls (30 February) is not searched for longer than a century.
  window_from := private.recurrence_period_start(r.frequency, r.week_start, case
    when r.total is null then greatest(next_occurrence.dtstart, next_occurrence.after + 1)
    else next_occurrence.dtstart
  end);
  horizon := least(window_from + 36525, r.until);
  window_days := case r.frequency when 'YEARLY' then 732 else 70 end;

  while window_from <= horizon loop
    window_to := private.recurrence_period_start(r.frequency, r.week_start, window_from + window_days) - 1;
    with calendar as (
      select d.day, m.last_day,
        extract(isodow from d.day)::integer as weekday,
        extract(month from d.day)::integer as month,
        extract(day from d.day)::integer as month_day,
        case when by_year then extract(doy from d.day)::integer else extract(day from d.day)::integer end as nth_day,
        case when by_year then extract(doy from make_date(extract(year from d.day)::integer, 12, 31))::integer
          else m.last_day end as nth_days,
        private.recurrence_period(r.frequency, r.week_start, d.day) as period
      from generate_series(0, window_to - window_from) as i (i)
      cross join lateral (select window_from + i.i) as d (day)
      cross join lateral (
        select extract(day from (make_date(extract(year from d.day)::integer, extract(month from d.day)::integer, 1)
          + interval '1 month - 1 day'))::integer
      ) as m (last_day)
    ), matching as (
      select c.day,
        row_number() over (partition by c.period order by c.day) as place,
        row_number() over (partition by c.period order by c.day desc) as place_from_end
      from calendar as c
      where (c.period - start_phase) % r.step = 0
        and (r.months is null or c.month = any (r.months))
        and (r.month_days is null or c.month_day = any (r.month_days) or c.month_day - c.last_day - 1 = any (r.month_days))
        and (r.days is null or c.weekday = any (r.days)
          or c.weekday + 8 * ((c.nth_day + 6) / 7) = any (r.days)
          or c.weekday - 8 * ((c.nth_days - c.nth_day) / 7 + 1) = any (r.days))
    ), occurrences as (
      select m.day, row_number() over (order by m.day) + earlier as number
      from matching as m
      where (r.positions is null or m.place = any (r.positions) or -m.place_from_end = any (r.positions))
        and m.day >= next_occurrence.dtstart
        and (r.until is null or m.day <= r.until)
    )
    select min(o.day) filter (where o.day > next_occurrence.after and (r.total is null or o.number <= r.total)), count(*)
    into found_day, matched from occurrences as o;

    if found_day is not null then
      return found_day;
    end if;
    earlier := earlier + matched;
    exit when earlier >= r.total;
    window_from := window_to + 1;
    window_days := window_days * 4;
  end loop;
  return null;
end
$$;
comment on function private.next_occurrence(text, date, date) is
  'First date of the rule later than after, in a series that starts on dtstart; null when there is none, or none within a century (counted series: within a century of their start). dtstart counts only if the rule gives it.';

revoke execute on function private.normal_recurrence(text), private.parse_recurrence(text),
  private.recurrence_period(text, integer, date), private.recurrence_period_start(text, integer, date),
  private.next_occurrence(text, date, date) from public, anon, authenticated, service_role;
