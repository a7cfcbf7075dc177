-- My Day: tasks selected for the owner's current local date. The date decides; a cron job clears outdated flags later.

create function private.stamp_my_day() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
  if tg_op = 'INSERT' then
    new.my_day_date := coalesce(new.my_day_date, private.today_of(new.user_id));
  else
    new.my_day_date := private.today_of(new.user_id);
  end if;
  return new;
end
$$;
comment on function private.stamp_my_day() is
  'Before a task enters My Day: sets my_day_date. A date given on insert is kept, for imported tasks. Definer: callers have no right on today_of.';
revoke execute on function private.stamp_my_day() from public, anon, authenticated, service_role;

create trigger tasks_stamp_my_day_on_insert before insert on dashboard.tasks
  for each row when (new.is_my_day) execute function private.stamp_my_day();
-- Fires when a statement sets the flag, even to the same value: a task with an outdated flag can be selected again.
create trigger tasks_stamp_my_day_on_update before update of is_my_day on dashboard.tasks
  for each row when (new.is_my_day) execute function private.stamp_my_day();

create function private.reset_my_day(at timestamptz default now(), batch integer default 5000) returns integer
language plpgsql set search_path = ''
as $$
declare
  cleared integer;
begin
  with stale as (
    select t.id
    from dashboard.tasks as t
    join public.profiles as p on p.id = t.user_id
    where t.is_my_day
      -- The latest current date in any time zone narrows by index; the date of the owner decides.
      and t.my_day_date < (reset_my_day.at at time zone 'Pacific/Kiritimati')::date
      and t.my_day_date < (reset_my_day.at at time zone p.time_zone)::date
    order by t.my_day_date
    limit reset_my_day.batch
    for update of t skip locked
  )
  update dashboard.tasks as t set is_my_day = false from stale where t.id = stale.id;
  get diagnostics cleared = row_count;
  return cleared;
end
$$;
comment on function private.reset_my_day(timestamptz, integer) is
  'Clears is_my_day of tasks whose my_day_date has passed for their owner, at most batch rows; the next run continues. Run by cron as the owner; runs may overlap.';
revoke execute on function private.reset_my_day(timestamptz, integer) from public, anon, authenticated, service_role;

select cron.schedule('reset-my-day', '*/15 * * * *', 'select private.reset_my_day()');
