-- On which day a person's week begins: weekly sums and reviews are about weeks as their owner counts them.

alter table public.user_prefs
  add column week_starts_on integer not null default 1
  constraint user_prefs_week_starts_on_weekday check (week_starts_on between 1 and 7);
comment on column public.user_prefs.week_starts_on is 'First day of the week: 1 is Monday (the default), 7 is Sunday.';
grant insert (week_starts_on), update (week_starts_on) on table public.user_prefs to authenticated;

create function private.my_week_start(day date) returns date
language sql stable security definer set search_path = ''
as $$
  select private.recurrence_period_start('WEEKLY',
    coalesce((select p.week_starts_on from public.user_prefs as p where p.user_id = (select auth.uid())), 1), my_week_start.day)
$$;
comment on function private.my_week_start(date) is
  'First day of the week that a date is in, as the caller counts weeks. Definer: recurrence_period_start is not open to callers.';
revoke execute on function private.my_week_start(date) from public, anon, authenticated, service_role;
grant execute on function private.my_week_start(date) to authenticated;
