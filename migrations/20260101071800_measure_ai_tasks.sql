-- What the numbers of an AI task say: how complex it was, how it could be automated, how long it took.

create function private.complexity_score(steps integer, decisions integer, tools integer) returns integer
language sql immutable set search_path = ''
as $$
  select least(5, 1
    + case when complexity_score.steps > 5 then 2 when complexity_score.steps > 2 then 1 else 0 end
    + case when complexity_score.decisions > 3 then 2 when complexity_score.decisions >= 1 then 1 else 0 end
    + case when complexity_score.tools > 3 then 1 else 0 end)
$$;
comment on function private.complexity_score(integer, integer, integer) is
  '1, one more beyond 2 steps or two beyond 5, one more from the first decision or two beyond 3, one more beyond 3 tools; at most 5. What is not known counts nothing.';

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
  'How a task that comes again is automated: a skill while it is simple, a combo of tools once it is complex, else a sub-agent.';

create function private.measure_ai_task() returns trigger
language plpgsql security definer set search_path = ''
as $$
declare
  unknown  boolean := coalesce(new.steps_required, new.decision_points) is null and new.tools_used = '[]';
  computed integer;
begin
  -- What is no array is left to the check, which says so.
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
    -- An imported task says when it began and how long it took.
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
  'Before a task is written: its complexity, unless somebody gave it another one, and its completion. Definer: the rules are not open to callers.';

revoke execute on function private.complexity_score(integer, integer, integer),
  private.automation_type(integer, integer, integer, integer, text), private.measure_ai_task()
  from public, anon, authenticated, service_role;

create trigger ai_tasks_measure_on_write
  before insert or update of status, completed_at, complexity_score, steps_required, decision_points, tools_used on dashboard.ai_tasks
  for each row execute function private.measure_ai_task();
