-- Completed AI tasks that are likely to recur become automation candidates of their workspace.

create function private.last_elements(list jsonb, max_elements integer) returns jsonb
language sql immutable set search_path = ''
as $$
  select coalesce(jsonb_agg(e.value order by e.place), '[]')
  from jsonb_array_elements(last_elements.list) with ordinality as e (value, place)
  where e.place > jsonb_array_length(last_elements.list) - last_elements.max_elements
$$;
comment on function private.last_elements(jsonb, integer) is 'The last elements of a JSON array.';

create function private.recommend_automations() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
  with found as (
    select t.workspace_id, t.id, coalesce(t.category, 'other') as category, u.tools, u.tool_count,
      md5(concat_ws(' ', coalesce(t.category, 'other'), u.tools)) as pattern_key,
      private.automation_type(t.complexity_score, t.steps_required, t.decision_points, u.tool_count, t.reusability) as automation_type
    from changed as t
    cross join lateral (
      select string_agg(distinct x.name, ', ' order by x.name) as tools, count(distinct x.name)::integer as tool_count
      from jsonb_array_elements_text(t.tools_used) as x (name)
    ) as u
    where t.status = 'completed' and t.reusability in ('medium', 'high') and t.workspace_id is not null
      and (t.category is not null or u.tool_count > 0)
      -- A task is counted once, however often it is updated.
      and not exists (
        select from dashboard.automation_candidates as k
        where k.workspace_id = t.workspace_id
          and k.pattern_key = md5(concat_ws(' ', coalesce(t.category, 'other'), u.tools)) and k.related_task_ids @> to_jsonb(t.id))
  ), pattern as (
    select f.workspace_id, f.pattern_key, min(f.category) as category, min(f.tools) as tools, count(*)::integer as frequency,
      (array_agg(f.automation_type order by f.id desc))[1] as automation_type, jsonb_agg(f.id order by f.id) as ids
    from found as f
    group by f.workspace_id, f.pattern_key
  )
  insert into dashboard.automation_candidates as c (workspace_id, pattern_key, pattern_description, frequency, automation_type,
    suggested_automation, related_task_ids)
  select p.workspace_id, p.pattern_key,
    left(format('Tasks of category %s', p.category) || coalesce(' with ' || p.tools, ''), 2000),
    p.frequency, p.automation_type,
    case p.automation_type
      when 'skill' then 'A skill: few steps, hardly a decision.'
      when 'combo' then 'A combo of tools, run in one go.'
      else 'A sub-agent that takes the task over.'
    end,
    private.last_elements(p.ids, 500)
  from pattern as p
  -- Inserted in one order, so that two statements with the same patterns cannot deadlock.
  order by p.workspace_id, p.pattern_key
  on conflict on constraint automation_candidates_workspace_id_pattern_key_key do update
    set frequency = c.frequency + excluded.frequency,
      automation_type = excluded.automation_type,
      related_task_ids = private.last_elements(c.related_task_ids || excluded.related_task_ids, 500);
  return null;
end
$$;
comment on function private.recommend_automations() is
  'After AI tasks were written: counts completed ones in automation candidates. Copies only category and tools, not the request. Definer: employees cannot write candidates.';

revoke execute on function private.recommend_automations(), private.last_elements(jsonb, integer)
  from public, anon, authenticated, service_role;

create trigger ai_tasks_recommend_on_insert after insert on dashboard.ai_tasks
  referencing new table as changed for each statement execute function private.recommend_automations();
create trigger ai_tasks_recommend_on_update after update on dashboard.ai_tasks
  referencing new table as changed for each statement execute function private.recommend_automations();
