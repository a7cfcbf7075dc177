-- Recurrence rules of RFC 5545 over dates: parsing a rule and computing its next date.
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
comment on type private.recurrence is 'A parsed recurrence rule; a part that the rule does not contain is null.';

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
  'The normalized form in which a rule is stored: upper case, without the prefix RRULE:, and a rule for each of the five keywords. Null for an empty text.';

create function private.recurrence_fault(rule private.recurrence) returns text
language sql immutable parallel safe
begin atomic
  select case
    when (rule).frequency is null then 'FREQ is missing'
    when (rule).total is not null and (rule).until is not null then 'COUNT and UNTIL exclude each other'
    when (rule).frequency = 'WEEKLY' and (rule).month_days is not null then 'BYMONTHDAY does not go with FREQ=WEEKLY'
    when (rule).frequency in ('DAILY', 'WEEKLY') and not (rule).days <@ array[1, 2, 3, 4, 5, 6, 7]
      then 'a numbered BYDAY needs FREQ=MONTHLY or FREQ=YEARLY'
    when (rule).positions is not null and coalesce((rule).days, (rule).month_days, (rule).months) is null
      then 'BYSETPOS needs BYDAY, BYMONTHDAY or BYMONTH'
  end;
end;
comment on function private.recurrence_fault(private.recurrence) is
  'What is wrong with the combination of parts of a rule, or null.';

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

  fault := coalesce(fault, private.recurrence_fault(parsed));
  if fault is not null then
    raise exception using errcode = '22023',
      message = format('recurrence_rule: %s.', fault), column = 'recurrence_rule',
      hint = 'Use a rule of RFC 5545 such as FREQ=WEEKLY;BYDAY=MO,TH, or daily, weekly, weekdays, monthly, yearly.';
  end if;
  return parsed;
end
$$;
comment on function private.parse_recurrence(text) is
  'Parses a rule; raises 22023 that names the wrong part. Parts for times of day, week numbers and days of the year are not supported. Of UNTIL only the date counts.';

create function private.recurrence_period(frequency text, week_start integer, day date) returns integer
language sql immutable parallel safe
begin atomic
  select case frequency
    when 'DAILY' then day - date '0001-01-01'
    when 'WEEKLY' then (day - date '0001-01-01' + 8 - week_start) / 7 -- 0001-01-01 was a Monday
    when 'MONTHLY' then extract(year from day)::integer * 12 + extract(month from day)::integer
    else extract(year from day)::integer
  end;
end;
comment on function private.recurrence_period(text, integer, date) is 'Sequential number of the day, week, month or year that contains a date.';

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
comment on function private.recurrence_period_start(text, integer, date) is 'First date of the day, week, month or year that contains a date.';

create function private.complete_recurrence(rule private.recurrence, dtstart date) returns private.recurrence
language plpgsql immutable parallel safe set search_path = ''
as $$
begin
  if rule.days is null and rule.month_days is null then
    if rule.frequency = 'WEEKLY' then
      rule.days := array[extract(isodow from dtstart)::integer];
    elsif rule.frequency in ('MONTHLY', 'YEARLY') then
      rule.month_days := array[extract(day from dtstart)::integer];
      if rule.frequency = 'YEARLY' and rule.months is null then
        rule.months := array[extract(month from dtstart)::integer];
      end if;
    end if;
  end if;
  return rule;
end
$$;
comment on function private.complete_recurrence(private.recurrence, date) is
  'The rule with the weekday, the day of the month and the month of its start, where it does not state them.';

create function private.recurrence_days(rule private.recurrence, dtstart date, window_from date, window_to date)
returns setof date
language plpgsql immutable parallel safe set search_path = ''
as $$
declare
  start_phase constant integer := private.recurrence_period(rule.frequency, rule.week_start, dtstart);
  by_year     constant boolean := rule.frequency = 'YEARLY' and rule.months is null; -- numbered weekdays count in the year
begin
  return query
  with calendar as (
    select d.day, m.last_day,
      extract(isodow from d.day)::integer as weekday,
      extract(month from d.day)::integer as month,
      extract(day from d.day)::integer as month_day,
      case when by_year then extract(doy from d.day)::integer else extract(day from d.day)::integer end as nth_day,
      case when by_year then extract(doy from make_date(extract(year from d.day)::integer, 12, 31))::integer
        else m.last_day end as nth_days,
      private.recurrence_period(rule.frequency, rule.week_start, d.day) as period
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
    where (c.period - start_phase) % rule.step = 0
      and (rule.months is null or c.month = any (rule.months))
      and (rule.month_days is null or c.month_day = any (rule.month_days)
        or c.month_day - c.last_day - 1 = any (rule.month_days))
      and (rule.days is null or c.weekday = any (rule.days)
        or c.weekday + 8 * ((c.nth_day + 6) / 7) = any (rule.days)
        or c.weekday - 8 * ((c.nth_days - c.nth_day) / 7 + 1) = any (rule.days))
  )
  select m.day
  from matching as m
  where (rule.positions is null or m.place = any (rule.positions) or -m.place_from_end = any (rule.positions))
    and m.day >= dtstart
    and (rule.until is null or m.day <= rule.until);
end
$$;
comment on function private.recurrence_days(private.recurrence, date, date, date) is
  'The days of a window on which a completed rule falls, without regard to COUNT. The window consists of whole periods of the rule.';

create function private.next_occurrence(rule text, dtstart date, after date) returns date
language plpgsql immutable strict parallel safe set search_path = ''
as $$
declare
  parsed      private.recurrence := private.parse_recurrence(next_occurrence.rule);
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
  parsed := private.complete_recurrence(parsed, next_occurrence.dtstart);

  -- A rule with COUNT is counted from its start; any other is searched from the period of the first possible day.
  -- The search ends after a century, so that a day that never comes (30 February) does not run forever.
  window_from := private.recurrence_period_start(parsed.frequency, parsed.week_start, case
    when parsed.total is null then greatest(next_occurrence.dtstart, next_occurrence.after + 1)
    else next_occurrence.dtstart
  end);
  horizon := least(window_from + 36525, parsed.until);
  window_days := case parsed.frequency when 'YEARLY' then 732 else 70 end;

  while window_from <= horizon loop
    window_to := private.recurrence_period_start(parsed.frequency, parsed.week_start, window_from + window_days) - 1;
    select min(o.day) filter (where o.day > next_occurrence.after and (parsed.total is null or o.number <= parsed.total)),
      count(*)
    into found_day, matched
    from (
      select d.day, row_number() over (order by d.day) + earlier as number
      from private.recurrence_days(parsed, next_occurrence.dtstart, window_from, window_to) as d (day)
    ) as o;
    if found_day is not null then
      return found_day;
    end if;
    earlier := earlier + matched;
    exit when earlier >= parsed.total;
    window_from := window_to + 1;
    window_days := window_days * 4;
  end loop;
  return null;
end
$$;
comment on function private.next_occurrence(text, date, date) is
  'The first date of a rule later than after, in a series that starts on dtstart; null if there is none within a century (with COUNT: within a century of the start). dtstart is an occurrence only if it matches the rule.';

revoke execute on function private.normal_recurrence(text), private.recurrence_fault(private.recurrence),
  private.parse_recurrence(text), private.recurrence_period(text, integer, date),
  private.recurrence_period_start(text, integer, date), private.complete_recurrence(private.recurrence, date),
  private.recurrence_days(private.recurrence, date, date, date),
  private.next_occurrence(text, date, date) from public, anon, authenticated, service_role;
