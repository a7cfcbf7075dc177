-- Daily digests: every morning in their time zone, users are notified of the number of tasks due today or overdue, and of
-- projects that end today. Preferences: daily_digest false turns it off, daily_digest_hour (0 to 23, default 7) is the hour.

create table private.daily_digests (
  user_id uuid not null,
  sent_on date not null,
  constraint daily_digests_pkey primary key (user_id),
  constraint daily_digests_user_id_fkey foreign key (user_id) references auth.users (id) on delete cascade
);
comment on table private.daily_digests is 'The last local date for which the digest of a user was processed.';
revoke all on table private.daily_digests from public, anon, authenticated, service_role;

create function private.digest_hour(preferences jsonb) returns integer
language sql immutable set search_path = ''
as $$
  select case
    when digest_hour.preferences -> 'daily_digest' = 'false' then null
    when jsonb_typeof(digest_hour.preferences -> 'daily_digest_hour') = 'number'
      and (digest_hour.preferences ->> 'daily_digest_hour')::numeric between 0 and 23
      then floor((digest_hour.preferences ->> 'daily_digest_hour')::numeric)::integer
    else 7 end
$$;
comment on function private.digest_hour(jsonb) is 'Local hour of the daily digest, or null if it is turned off.';

create function private.send_daily_digests(at timestamptz default now(), batch integer default 10000) returns integer
language plpgsql set search_path = ''
as $$
declare
  sent integer;
begin
  with morning as (
    select p.id as user_id, z.local_time::date as today
    from public.profiles as p
    cross join lateral (select send_daily_digests.at at time zone p.time_zone as local_time) as z
    left join public.user_prefs as u on u.user_id = p.id
    left join private.daily_digests as d on d.user_id = p.id
    cross join lateral (
      select z.local_time::date + make_interval(hours => private.digest_hour(u.preferences)) as begins
    ) as m
    where z.local_time >= m.begins and (d.sent_on is null or d.sent_on < z.local_time::date)
      -- Users who sign up later in the day get the first digest on the next day.
      and p.created_at at time zone p.time_zone < m.begins
    order by p.id
    limit send_daily_digests.batch
  ), claimed as (
    insert into private.daily_digests as d (user_id, sent_on)
    select m.user_id, m.today from morning as m
    on conflict on constraint daily_digests_pkey do update set sent_on = excluded.sent_on
      where d.sent_on < excluded.sent_on
    returning d.user_id, d.sent_on
  ), counted as (
    select c.user_id, count(*) filter (where t.due_date = c.sent_on) as due,
      count(*) filter (where t.due_date < c.sent_on) as overdue,
      array_agg(t.title order by t.due_date desc, t.due_time, t.sort_order) as titles
    from claimed as c
    join dashboard.tasks as t on t.user_id = c.user_id and t.due_date <= c.sent_on
    where t.status not in ('completed', 'cancelled') and not t.archived
      and (t.snooze_until is null or t.snooze_until <= c.sent_on)
    group by c.user_id
  )
  insert into dashboard.notifications (user_id, type, title, message, source_type, source_id, link)
  select c.user_id, 'task_due',
    concat_ws(', ', case when c.due > 0 then format('%s due today', c.due) end,
      case when c.overdue > 0 then format('%s overdue', c.overdue) end),
    array_to_string(c.titles[1:5], E'\n') || case when cardinality(c.titles) > 5 then E'\n…' else '' end,
    'task', null, '/tasks/planned'
  from counted as c
  union all
  select p.user_id, 'project_deadline', p.name, 'The project is due today.', 'project', p.id, '/projects/' || p.id
  from claimed as c join dashboard.projects as p on p.user_id = c.user_id and p.target_date = c.sent_on
  where p.status <> 'done' and not p.archived;
  get diagnostics sent = row_count;
  return sent;
end
$$;
comment on function private.send_daily_digests(timestamptz, integer) is
  'Sends the digest to each user whose digest hour has come, once per local date, and returns the number of notifications. Run by cron as the owner; runs may overlap, because a unique row claims the date. After an outage the digest is sent late on the same date.';
revoke execute on function private.digest_hour(jsonb), private.send_daily_digests(timestamptz, integer)
  from public, anon, authenticated, service_role;

select cron.schedule('send-daily-digests', '*/15 * * * *', 'select private.send_daily_digests()');
