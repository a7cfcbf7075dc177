-- Statistics of AI tasks, for their owner.

create function private.success_rate(completed bigint, failed bigint) returns numeric
language sql immutable
begin atomic
  select round(100.0 * completed / nullif(completed + failed, 0), 1);
end;
comment on function private.success_rate(bigint, bigint) is
  'Completed tasks in percent of ended ones, to one decimal; null if none has ended.';

create function private.first_moment(days integer) returns timestamptz
language sql stable
begin atomic
  select ((select private.my_today()) - (least(greatest(coalesce(days, 30), 1), 366) - 1))::timestamp
    at time zone (select private.my_time_zone());
end;
comment on function private.first_moment(integer) is 'The beginning of the first of the caller''s last days, including the current one; 1 to 366 days.';

create function dashboard.ai_task_summary(days integer default null)
returns table (total bigint, pending bigint, in_progress bigint, completed bigint, failed bigint, success_rate numeric,
  average_seconds numeric, average_complexity numeric, average_quality numeric, today bigint)
language sql stable
begin atomic
  select count(*),
    count(*) filter (where t.status = 'pending'),
    count(*) filter (where t.status = 'in_progress'),
    count(*) filter (where t.status = 'completed'),
    count(*) filter (where t.status = 'failed'),
    private.success_rate(count(*) filter (where t.status = 'completed'), count(*) filter (where t.status = 'failed')),
    round(avg(t.time_to_complete) filter (where t.status = 'completed'), 1),
    round(avg(t.complexity_score), 1),
    round(avg(t.quality_rating), 1),
    count(*) filter (where t.created_at >= (select private.first_moment(1)))
  from dashboard.ai_tasks as t
  where t.user_id = (select auth.uid())
    and t.created_at >= case when days is null then '-infinity' else (select private.first_moment(days)) end;
end;
comment on function dashboard.ai_task_summary(integer) is
  'The caller''s AI tasks in one row: number by status, success rate (completed in percent of ended) and averages, of the last days (1 to 366) or of all time. today counts from the caller''s local midnight.';

create function private.require_dimension(dimension text) returns boolean
language plpgsql immutable set search_path = ''
as $$
begin
  if require_dimension.dimension in ('category', 'model', 'agent', 'status', 'complexity', 'tool') then
    return true;
  end if;
  raise exception using errcode = '22023', message = 'dimension is unknown.',
    hint = 'Use category, model, agent, status, complexity or tool.';
end
$$;
comment on function private.require_dimension(text) is 'True for a dimension of ai_task_breakdown(); 22023 for any other.';

create function dashboard.ai_task_breakdown(dimension text, days integer default null)
returns table (value text, total bigint, completed bigint, failed bigint, success_rate numeric, average_seconds numeric,
  average_complexity numeric, average_quality numeric)
language sql stable
begin atomic
  select v.value, count(*),
    count(*) filter (where t.status = 'completed'),
    count(*) filter (where t.status = 'failed'),
    private.success_rate(count(*) filter (where t.status = 'completed'), count(*) filter (where t.status = 'failed')),
    round(avg(t.time_to_complete) filter (where t.status = 'completed'), 1),
    round(avg(t.complexity_score), 1),
    round(avg(t.quality_rating), 1)
  from dashboard.ai_tasks as t
  cross join lateral (
    select case dimension
      when 'category' then t.category when 'model' then t.model_id when 'agent' then t.agent_used
      when 'status' then t.status when 'complexity' then t.complexity_score::text
    end as value
    where dimension <> 'tool'
    union
    select x.name from jsonb_array_elements_text(t.tools_used) as x (name) where dimension = 'tool'
  ) as v
  where private.require_dimension(dimension)
    and t.user_id = (select auth.uid())
    and t.created_at >= case when days is null then '-infinity' else (select private.first_moment(days)) end
  group by v.value
  order by count(*) desc, v.value;
end;
comment on function dashboard.ai_task_breakdown(text, integer) is
  'Number of the caller''s AI tasks by category, model, agent, status, complexity or tool, most frequent first; value is null for tasks without one. A task with several tools counts for each. 22023 for another dimension.';

create function dashboard.ai_tasks_per_day(days integer default 30)
returns table (day date, total bigint, completed bigint, failed bigint)
language sql stable
begin atomic
  with span as materialized (
    select private.my_time_zone() as zone, private.my_today() as today, private.first_moment(days) as start
  )
  select d.day::date, count(t.id), count(t.id) filter (where t.status = 'completed'), count(t.id) filter (where t.status = 'failed')
  from span as s
  cross join lateral generate_series((s.start at time zone s.zone)::date::timestamp, s.today::timestamp, interval '1 day') as d (day)
  left join (
    select m.id, m.status, (m.created_at at time zone (select s.zone from span as s))::date as day
    from dashboard.ai_tasks as m
    where m.user_id = (select auth.uid()) and m.created_at >= (select s.start from span as s)
  ) as t on t.day = d.day::date
  group by d.day
  order by d.day;
end;
comment on function dashboard.ai_tasks_per_day(integer) is
  'Number of the caller''s AI tasks on each of the last days (1 to 366) by local date, including the current one and days without tasks.';

revoke execute on function private.success_rate(bigint, bigint), private.first_moment(integer), private.require_dimension(text),
  dashboard.ai_task_summary(integer), dashboard.ai_task_breakdown(text, integer), dashboard.ai_tasks_per_day(integer)
  from public, anon, authenticated, service_role;
grant execute on function private.success_rate(bigint, bigint), private.first_moment(integer), private.require_dimension(text),
  dashboard.ai_task_summary(integer), dashboard.ai_task_breakdown(text, integer), dashboard.ai_tasks_per_day(integer)
  to authenticated;
