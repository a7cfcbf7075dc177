-- Derived values of an AI task: complexity, type of automation and duration.

create function private.complexity_score(steps integer, decisions integer, tools integer) returns integer
language sql immutable set search_path = ''
as $$
  select least(5, 1
    + case when complexity_score.steps > 5 then 2 when complexity_score.steps > 2 then 1 else 0 end
    + case when complexity_score.decisions > 3 then 2 when complexity_score.decisions >= 1 then 1 else 0 end
    + case when complexity_score.tools > 3 then 1 else 0 end)
$$;
comment on function private.complexity_score(integer, integer, integer) is
  '1, plus 1 for more than 2 steps or 2 for more than 5, plus 1 for a decision or 2 for more than 3, plus 1 for more than 3 tools; at most 5. Null counts as 0.';

create function private.automation_type(score integer, steps integer, decisions integer, tools integer, reusability text) returns text
language sql immutable set search_path = ''
as $$
  select case
    when coalesce(automation_type.score, 1) <= 2 and coalesce(automation_type.steps, 0) <= 2
      and coalesce(automation_type.decisions, 0) <= 1 and automation_type.reusability in ('medium', 'high') then 'skill'
    when coalesce(automation_type.tools, 0) >= 3 and coalesce(automation_type.score, 1) >= 3 then 'combo'
    else 'sub-agent'
  end
$$;
comment on function private.automation_type(integer, integer, integer, integer, text) is
  'Type of automation of a recurring task: skill for a simple task, combo for a complex one, else sub-agent.';

create function private.measure_ai_task() returns trigger
language plpgsql security definer set search_path = ''
as $$
declare
  unknown  boolean := coalesce(new.steps_required, new.decision_points) is null and new.tools_used = '[]';
  computed integer;
begin
  -- A value that is not an array is refused by the check constraint.
  if jsonb_typeof(new.tools_used) = 'array' and not unknown then
    computed := private.complexity_score(new.steps_required, new.decision_points, jsonb_array_length(new.tools_used));
  end if;
  if tg_op = 'INSERT' then
    new.complexity_score := coalesce(new.complexity_score, computed);
  elsif new.complexity_score is not distinct from old.complexity_score and (
    old.complexity_score is null
    or old.complexity_score
      = private.complexity_score(old.steps_required, old.decision_points, jsonb_array_length(old.tools_used)))
  then
    new.complexity_score := coalesce(computed, old.complexity_score);
  end if;

  if new.status <> 'completed' then
    new.completed_at := null;
  elsif tg_op = 'INSERT' then
    -- An imported task has its own start and duration.
    new.completed_at := coalesce(new.completed_at,
      new.created_at + make_interval(secs => coalesce(new.time_to_complete, 0)));
  else
    new.completed_at := coalesce(new.completed_at, now());
    if old.status <> 'completed' then
      new.time_to_complete := coalesce(new.time_to_complete,
        greatest(0, trunc(extract(epoch from new.completed_at - new.created_at)))::integer);
    end if;
  end if;
  return new;
end
$$;
comment on function private.measure_ai_task() is
  'Before a task is written: sets the complexity score, unless one is given, and the completion. Definer: callers have no rights on the rules.';

revoke execute on function private.complexity_score(integer, integer, integer),
  private.automation_type(integer, integer, integer, integer, text), private.measure_ai_task()
  from public, anon, authenticated, service_role;

create trigger ai_tasks_measure_on_write
  before insert or update of status, completed_at, complexity_score, steps_required, decision_points, tools_used on dashboard.ai_tasks
  for each row execute function private.measure_ai_task();
