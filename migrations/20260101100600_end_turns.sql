-- A running turn: its text is saved, its lease extended, it is cancelled, and it ends.

create function private.chat_checkpoint(turns jsonb) returns table (turn_id uuid, state text)
language plpgsql volatile security definer set search_path = ''
as $$
#variable_conflict use_column
declare
  turn_ids constant uuid[] := array(select distinct (e ->> 'turn_id')::uuid from jsonb_array_elements(chat_checkpoint.turns) as e);
begin
  -- Locked in the order of ids; a turn that is ending is waited for, and then found ended.
  perform from private.chat_turns as t where t.id = any (turn_ids) and t.ended_at is null order by t.id for no key update;
  update private.chat_turns as t set lease_until = clock_timestamp() + interval '12 seconds', is_answered = true
  where t.id = any (turn_ids) and t.ended_at is null;

  with saved as (
    select t.answer_id as id, e -> 'parts' as parts, left(e ->> 'content', 1000000) as content
    from jsonb_array_elements(chat_checkpoint.turns) as e
    join private.chat_turns as t on t.id = (e ->> 'turn_id')::uuid
    where t.ended_at is null
  ), changed as (
    -- A message that is being deleted is skipped: waiting for it could be a deadlock.
    select m.id, coalesce(s.content, m.content) as content,
      case when jsonb_typeof(s.parts) = 'array' and octet_length(s.parts::text) <= 4194304 then s.parts else m.parts end as parts
    from saved as s join dashboard.messages as m on m.id = s.id
    where m.status = 'streaming' and (s.content <> m.content or s.parts <> m.parts)
    for no key update of m skip locked
  )
  update dashboard.messages as m set content = c.content, parts = c.parts from changed as c where m.id = c.id;

  return query
  select o.id, case
      when t.ended_at is not null or m.id is null then 'gone'
      when t.cancel_requested_at is not null then 'cancelling'
      else 'running'
    end
  from unnest(turn_ids) as o (id)
  left join private.chat_turns as t on t.id = o.id
  left join dashboard.messages as m on m.id = t.answer_id;
end
$$;
comment on function private.chat_checkpoint(jsonb) is 'Definer: API roles have no rights on turns. See dashboard.chat_checkpoint.';

create function dashboard.chat_checkpoint(turns jsonb) returns table (turn_id uuid, state text)
language sql volatile set search_path = ''
begin atomic
  select c.turn_id, c.state from private.chat_checkpoint(turns) as c;
end;
comment on function dashboard.chat_checkpoint(jsonb) is
  'Secret key only: saves the text of answers so far, [{turn_id, content, parts}] with either field optional, extends the lease of their turns to 12 seconds, and returns the state of each: running, cancelling (cancellation was requested) or gone (ended, or its answer was deleted).';

create function private.record_turn_usage(
  turn private.chat_turns, result jsonb, ended_by text, out usage jsonb, out estimated_tokens integer, out cost numeric
)
language plpgsql volatile set search_path = ''
as $$
declare
  -- What was recorded when the lease expired is not recorded again when the process ends the turn after all.
  is_counted     constant boolean := turn.answer_tokens is not null;
  counted_input  constant integer := case when is_counted then turn.context_tokens else 0 end;
  counted_output constant integer := coalesce(turn.answer_tokens, 0);
begin
  if record_turn_usage.ended_by = 'process' then
    usage := coalesce(result -> 'usage', '{}');
  elsif turn.is_answered then
    estimated_tokens := coalesce((
      select ceil(greatest(char_length(m.content), char_length(m.parts::text)) / 4.0)::integer
      from dashboard.messages as m where m.id = turn.answer_id), 0);
    -- The text of an answer that continues was counted before.
    estimated_tokens := greatest(estimated_tokens - coalesce(private.json_count(turn.earlier_usage -> 'output_tokens'), 0), 0);
    usage := jsonb_build_object('input_tokens', turn.context_tokens, 'output_tokens', estimated_tokens);
  else
    usage := '{}';
    return;
  end if;
  cost := private.record_usage(jsonb_strip_nulls(jsonb_build_object(
    'user_id', turn.user_id, 'workspace_id', turn.workspace_id, 'endpoint', 'chat',
    'conversation_id', (select c.id from dashboard.conversations as c where c.id = turn.conversation_id),
    'message_id', (select m.id from dashboard.messages as m where m.id = turn.answer_id),
    'model_id', turn.model_id, 'status', result ->> 'status',
    'duration_ms', greatest(extract(epoch from clock_timestamp() - turn.began_at) * 1000, 0)::integer, 'requests', case when is_counted then 0 else 1 end,
    'input_tokens', greatest(private.json_count(usage -> 'input_tokens') - counted_input, 0),
    'output_tokens', greatest(private.json_count(usage -> 'output_tokens') - counted_output, 0),
    'cached_input_tokens', private.json_count(usage -> 'cached_input_tokens'))));
  if is_counted then
    cost := private.usage_cost(turn.model_id, coalesce(private.json_count(usage -> 'input_tokens'), 0),
      coalesce(private.json_count(usage -> 'output_tokens'), 0), least(
        coalesce(private.json_count(usage -> 'cached_input_tokens'), 0), coalesce(private.json_count(usage -> 'input_tokens'), 0)));
  end if;
end
$$;
comment on function private.record_turn_usage(private.chat_turns, jsonb, text) is
  'Records the usage of a turn that ends: as its process reports it, or estimated if the lease expired after a model was asked. Returns it, the estimated output tokens and the cost of the whole turn. Called by definer functions only.';

create function private.turn_failure(result jsonb) returns jsonb
language sql immutable set search_path = ''
as $$
  select case when turn_failure.result ->> 'status' = 'failed' then jsonb_build_object(
    'code', left(coalesce(turn_failure.result -> 'error' ->> 'code', 'failed'), 100),
    'message', left(coalesce(turn_failure.result -> 'error' ->> 'message', 'The answer failed.'), 2000)) end
$$;
comment on function private.turn_failure(jsonb) is 'The error of a failed turn as {code, message}; null for others.';

create function private.store_answer(turn private.chat_turns, result jsonb, usage jsonb, metadata jsonb) returns void
language plpgsql volatile set search_path = ''
as $$
begin
  -- A deleted message stays deleted. The process replaces an answer whose lease expired.
  update dashboard.messages as m set
    status = result ->> 'status',
    error = private.turn_failure(result),
    content = case when result ? 'content' then left(coalesce(result ->> 'content', ''), 1000000) else m.content end,
    parts = case when result ? 'parts' then private.json_array(result -> 'parts', 4194304)
      else private.close_tool_parts(m.parts) end,
    model_id = turn.model_id,
    model_name = coalesce(left(nullif(result ->> 'model_name', ''), 200), m.model_name),
    tools_used = private.json_array(result -> 'tools_used', 1048576),
    tool_calls = private.json_array(result -> 'tool_calls', 1048576),
    tool_results = private.json_array(result -> 'tool_results', 4194304),
    citations = private.json_array(result -> 'citations', 1048576),
    input_tokens = private.add_counts(store_answer.usage -> 'input_tokens', turn.earlier_usage -> 'input_tokens'),
    output_tokens = private.add_counts(store_answer.usage -> 'output_tokens', turn.earlier_usage -> 'output_tokens'),
    metadata = m.metadata - 'usage_estimated'
      || private.json_object(private.json_object(result -> 'metadata', 60000) || store_answer.metadata, 60000)
  where m.id = turn.answer_id and (m.status = 'streaming' or m.status in ('failed', 'cancelled') and turn.ended_by = 'lease');
end
$$;
comment on function private.store_answer(private.chat_turns, jsonb, jsonb, jsonb) is
  'Stores the answer of a turn that ends. Values that are too long are cut and malformed ones left out, so that the answer is stored in any case. Called by definer functions only.';

create function private.close_turn_task(turn private.chat_turns, result jsonb) returns void
language plpgsql volatile set search_path = ''
as $$
declare
  ended constant text := result ->> 'status';
  calls constant jsonb := private.json_array(result -> 'tool_calls', 1048576);
  tools jsonb;
begin
  -- Names of the tools, each once, in the order of first use.
  select jsonb_agg(n.name order by n.place) into tools
  from (
    select coalesce(e.tool ->> 'name', e.tool ->> 'toolName') as name, min(e.place) as place
    from jsonb_array_elements(calls) with ordinality as e (tool, place)
    where jsonb_typeof(e.tool) = 'object' group by 1
  ) as n
  where n.name is not null;
  update dashboard.ai_tasks as k set
    status = case ended when 'complete' then 'completed' else 'failed' end,
    outcome = case ended
      -- Of a deleted answer nothing is kept.
      when 'complete' then case when k.message_id is not null then nullif(left(coalesce(result ->> 'content', ''), 1000), '') end
      when 'cancelled' then 'Cancelled by user'
      else private.turn_failure(result) ->> 'message' end,
    model_id = turn.model_id,
    steps_required = jsonb_array_length(calls),
    tools_used = private.json_array(tools, 16384),
    output_type = 'text'
  where k.id = turn.ai_task_id;
end
$$;
comment on function private.close_turn_task(private.chat_turns, jsonb) is
  'Closes the AI task of a turn that ends: a step for each tool call. Called by definer functions only.';

create function private.close_turn(turn private.chat_turns, result jsonb, ended_by text) returns jsonb
language plpgsql volatile security definer set search_path = ''
as $$
declare
  used   record;
  closed private.chat_turns;
begin
  turn.model_id := coalesce(left(nullif(result ->> 'model_id', ''), 200), turn.model_id);
  select u.* into used from private.record_turn_usage(turn, result, close_turn.ended_by) as u;
  perform private.store_answer(turn, result, used.usage, jsonb_strip_nulls(jsonb_build_object(
    'usage_estimated', case when used.estimated_tokens is not null then true end,
    'cached_input_tokens', private.json_count(used.usage -> 'cached_input_tokens'),
    'cost_usd', used.cost + coalesce((turn.earlier_usage ->> 'cost_usd')::numeric, 0),
    'checks', nullif(private.earlier_checks(turn, private.json_array(result -> 'checks', 30000)), '[]'))));
  if result ->> 'status' = 'complete' and jsonb_typeof(result -> 'paused') = 'object' then
    perform private.pause_answer(turn, result -> 'paused');
  end if;
  perform private.close_turn_task(turn, result);
  if turn.ended_at is null and turn.agent_id is not null and turn.earlier_usage is null then
    perform dashboard.record_agent_use(turn.agent_id);
  end if;
  update private.chat_turns as t set ended_at = clock_timestamp(), ended_by = close_turn.ended_by, status = result ->> 'status',
    model_id = turn.model_id, answer_tokens = used.estimated_tokens
  where t.id = turn.id
  returning t.* into closed;
  return private.describe_ended_turn(closed);
end
$$;
comment on function private.close_turn(private.chat_turns, jsonb, text) is
  'Ends a turn that the caller has locked: records usage, stores the answer, closes the AI task. ended_by is process or lease. Definer: called by definer functions and the scheduler only.';

create function private.describe_ended_turn(turn private.chat_turns) returns jsonb
language sql stable set search_path = ''
as $$
  select jsonb_build_object(
    'message_id', (select m.id from dashboard.messages as m where m.id = (describe_ended_turn.turn).answer_id),
    'task_id', (select k.id from dashboard.ai_tasks as k where k.id = (describe_ended_turn.turn).ai_task_id),
    'conversation_id', c.id, 'status', (describe_ended_turn.turn).status,
    'needs_title', c.id is not null and c.title is null and (describe_ended_turn.turn).status <> 'failed')
  from (select) as always left join dashboard.conversations as c on c.id = (describe_ended_turn.turn).conversation_id
$$;
comment on function private.describe_ended_turn(private.chat_turns) is
  'The result of chat_finish_turn for an ended turn. Called by definer functions only.';

create function private.json_array(value jsonb, max_bytes integer) returns jsonb
language sql immutable set search_path = ''
as $$
  select case when jsonb_typeof(json_array.value) = 'array' and octet_length(json_array.value::text) <= json_array.max_bytes
    then json_array.value else '[]' end
$$;
comment on function private.json_array(jsonb, integer) is 'The value if it is an array of at most max_bytes; else an empty array.';

create function private.json_object(value jsonb, max_bytes integer) returns jsonb
language sql immutable set search_path = ''
as $$
  select case when jsonb_typeof(json_object.value) = 'object' and octet_length(json_object.value::text) <= json_object.max_bytes
    then json_object.value else '{}' end
$$;
comment on function private.json_object(jsonb, integer) is 'The value if it is an object of at most max_bytes; else an empty object.';

create function private.json_count(value jsonb) returns integer
language sql immutable set search_path = ''
as $$
  select case when jsonb_typeof(json_count.value) = 'number'
    then least(greatest(trunc(json_count.value::numeric), 0), 2147483647)::integer end
$$;
comment on function private.json_count(jsonb) is 'A number as a count, from 0; null for any other value.';

create function private.earlier_checks(turn private.chat_turns, checks jsonb) returns jsonb
language sql stable set search_path = ''
as $$
  select coalesce(nullif(private.json_array((
    select jsonb_agg(distinct e) from dashboard.messages as m,
      jsonb_array_elements(private.json_array(m.metadata -> 'checks', 30000) || earlier_checks.checks) as e
    where m.id = (earlier_checks.turn).answer_id and (earlier_checks.turn).earlier_usage is not null), 30000), '[]'),
    earlier_checks.checks)
$$;
comment on function private.earlier_checks(private.chat_turns, jsonb) is
  'The findings of a turn, with those of the answer that it continues. Called by definer functions only.';

create function private.add_counts(value jsonb, earlier jsonb) returns integer
language sql immutable set search_path = ''
as $$
  select case when coalesce(private.json_count(add_counts.value), private.json_count(add_counts.earlier)) is not null
    then least(coalesce(private.json_count(add_counts.value), 0)::bigint + coalesce(private.json_count(add_counts.earlier), 0),
      2147483647)::integer end
$$;
comment on function private.add_counts(jsonb, jsonb) is 'The sum of two counts; null if both are missing.';

create function private.chat_finish_turn(turn_id uuid, result jsonb) returns jsonb
language plpgsql volatile security definer set search_path = ''
as $$
declare
  turn private.chat_turns;
begin
  if coalesce(chat_finish_turn.result ->> 'status', '') not in ('complete', 'cancelled', 'failed') then
    raise exception using errcode = '22023', message = 'result.status must be complete, cancelled or failed.', column = 'status',
      hint = 'Send one of these.';
  end if;
  select t.* into turn from private.chat_turns as t where t.id = chat_finish_turn.turn_id;
  if found then
    perform private.block_deletes(turn.user_id);
    perform from dashboard.conversations as c where c.id = turn.conversation_id for no key update;
    select t.* into turn from private.chat_turns as t where t.id = chat_finish_turn.turn_id for no key update;
  end if;
  if not found then
    -- The account was deleted, or the turn ended more than an hour ago.
    return jsonb_build_object('message_id', null, 'task_id', null, 'conversation_id', null, 'status', 'gone', 'needs_title', false);
  end if;
  if turn.ended_by = 'process' then
    return private.describe_ended_turn(turn);
  end if;
  return private.close_turn(turn, chat_finish_turn.result, 'process');
end
$$;
comment on function private.chat_finish_turn(uuid, jsonb) is 'Definer: API roles have no rights on turns. See dashboard.chat_finish_turn.';

create function dashboard.chat_finish_turn(turn_id uuid, result jsonb) returns jsonb
language sql volatile set search_path = ''
begin atomic
  select private.chat_finish_turn(turn_id, result);
end;
comment on function dashboard.chat_finish_turn(uuid, jsonb) is
  'Secret key only: ends a turn. result: {status, content, parts, model_id, model_name, tools_used, tool_calls, tool_results, citations, usage {input_tokens, output_tokens, cached_input_tokens}, error {code, message}, metadata, checks, paused {approval_ids, messages, passages}}; paused: tool calls need an approval, which chat_begin_turn receives. Returns {message_id, task_id, conversation_id, status, needs_title}; rows that the owner deleted during the turn are null and stay deleted, and their usage is recorded. Idempotent. 22023 unless status is complete, cancelled or failed.';

create function private.end_abandoned_turn(turn private.chat_turns) returns void
language plpgsql volatile security definer set search_path = ''
as $$
begin
  perform private.close_turn(turn, case when turn.cancel_requested_at is null
    then '{"status": "failed", "error": {"code": "interrupted", "message": "The answer was interrupted."}}'::jsonb
    else '{"status": "cancelled"}' end, 'lease');
end
$$;
comment on function private.end_abandoned_turn(private.chat_turns) is
  'Ends a turn whose lease expired and that the caller has locked: the answer keeps the saved text, and its usage is estimated. Definer: called by definer functions and the scheduler only.';

create function private.end_abandoned_turns() returns integer
language plpgsql volatile set search_path = ''
as $$
declare
  expired record;
  turn    private.chat_turns;
  ended   integer := 0;
begin
  -- Skips rows that are locked, so that it never waits; the next run finds them.
  for expired in
    select t.id, t.user_id, t.conversation_id from private.chat_turns as t
    where t.ended_at is null and t.lease_until < clock_timestamp()
    order by t.lease_until limit 1000
  loop
    continue when not pg_try_advisory_xact_lock_shared(hashtextextended('dashboard.conversations ' || expired.user_id, 0));
    perform from dashboard.conversations as c where c.id = expired.conversation_id for no key update skip locked;
    continue when not found and exists (select from dashboard.conversations as c where c.id = expired.conversation_id);
    select t.* into turn from private.chat_turns as t
    where t.id = expired.id and t.ended_at is null and t.lease_until < clock_timestamp()
    for no key update skip locked;
    continue when not found;
    perform private.end_abandoned_turn(turn);
    ended := ended + 1;
  end loop;
  delete from private.chat_turns as t
  where t.id in (
    select o.id from private.chat_turns as o where o.ended_at < now() - interval '1 hour'
    order by o.ended_at limit 1000 for update skip locked);
  perform private.expire_paused_answers();
  return ended;
end
$$;
comment on function private.end_abandoned_turns() is
  'Run every ten seconds: ends turns whose lease expired, which unlocks their conversations, deletes turns that ended more than an hour ago, and denies tool calls that were not approved in time. Returns the number of ended turns.';

create function private.chat_cancel_turn(conversation_id bigint) returns boolean
language plpgsql volatile security definer set search_path = ''
as $$
begin
  update private.chat_turns as t set cancel_requested_at = coalesce(t.cancel_requested_at, clock_timestamp())
  where t.user_id = auth.uid() and t.conversation_id = chat_cancel_turn.conversation_id and t.ended_at is null;
  return found;
end
$$;
comment on function private.chat_cancel_turn(bigint) is 'Definer: API roles have no rights on turns. Changes only a turn of the caller. See dashboard.chat_cancel_turn.';

create function dashboard.chat_cancel_turn(conversation_id bigint) returns boolean
language sql volatile set search_path = ''
begin atomic
  select private.chat_cancel_turn(conversation_id);
end;
comment on function dashboard.chat_cancel_turn(bigint) is
  'Requests cancellation of the running turn in a conversation of the caller. The answer stops within a second and keeps its text so far. Returns false if no turn is running.';

revoke execute on function private.chat_checkpoint(jsonb), dashboard.chat_checkpoint(jsonb),
  private.record_turn_usage(private.chat_turns, jsonb, text), private.turn_failure(jsonb),
  private.store_answer(private.chat_turns, jsonb, jsonb, jsonb), private.earlier_checks(private.chat_turns, jsonb),
  private.add_counts(jsonb, jsonb), private.close_turn_task(private.chat_turns, jsonb),
  private.close_turn(private.chat_turns, jsonb, text), private.describe_ended_turn(private.chat_turns),
  private.json_array(jsonb, integer), private.json_object(jsonb, integer), private.json_count(jsonb),
  private.chat_finish_turn(uuid, jsonb), dashboard.chat_finish_turn(uuid, jsonb),
  private.end_abandoned_turn(private.chat_turns), private.end_abandoned_turns(), private.chat_cancel_turn(bigint),
  dashboard.chat_cancel_turn(bigint) from public, anon, authenticated, service_role;
grant execute on function private.chat_checkpoint(jsonb), dashboard.chat_checkpoint(jsonb),
  private.chat_finish_turn(uuid, jsonb), dashboard.chat_finish_turn(uuid, jsonb) to service_role;
grant execute on function private.chat_cancel_turn(bigint), dashboard.chat_cancel_turn(bigint) to authenticated;

select cron.schedule('end-abandoned-turns', '10 seconds', 'select private.end_abandoned_turns()');
