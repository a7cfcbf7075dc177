-- What happens to a turn once it runs: its text is saved, its lease prolonged, it is cancelled, it ends.

create function private.chat_checkpoint(turns jsonb) returns table (turn_id uuid, state text)
language plpgsql volatile security definer set search_path = ''
as $$
#variable_conflict use_column
declare
  told uuid[] := array(select distinct (e ->> 'turn_id')::uuid from jsonb_array_elements(chat_checkpoint.turns) as e);
begin
  -- In the order of their ids; a turn that ends at this moment is waited for, and then found ended.
  perform from private.chat_turns as t where t.id = any (told) and t.ended_at is null order by t.id for no key update;
  update private.chat_turns as t set lease_until = clock_timestamp() + interval '12 seconds', is_answered = true
  where t.id = any (told) and t.ended_at is null;

  with given as (
    select t.answer_id as id, e -> 'parts' as parts, left(e ->> 'content', 1000000) as content
    from jsonb_array_elements(chat_checkpoint.turns) as e
    join private.chat_turns as t on t.id = (e ->> 'turn_id')::uuid
    where t.ended_at is null
  ), changed as (
    -- A message that somebody deletes at this moment is left alone: waiting for it could be waiting for each other.
    select m.id, coalesce(g.content, m.content) as content,
      case when jsonb_typeof(g.parts) = 'array' and octet_length(g.parts::text) <= 4194304 then g.parts else m.parts end as parts
    from given as g join dashboard.messages as m on m.id = g.id
    where m.status = 'streaming' and (g.content <> m.content or g.parts <> m.parts)
    for no key update of m skip locked
  )
  update dashboard.messages as m set content = c.content, parts = c.parts from changed as c where m.id = c.id;

  return query
  select o.id, case
      when t.ended_at is not null or m.id is null then 'gone'
      when t.cancel_requested_at is not null then 'cancelling'
      else 'running'
    end
  from unnest(told) as o (id)
  left join private.chat_turns as t on t.id = o.id
  left join dashboard.messages as m on m.id = t.answer_id;
end
$$;
comment on function private.chat_checkpoint(jsonb) is 'Definer: no API role reaches turns. See dashboard.chat_checkpoint.';

create function dashboard.chat_checkpoint(turns jsonb) returns table (turn_id uuid, state text)
language sql volatile set search_path = ''
begin atomic
  select c.turn_id, c.state from private.chat_checkpoint(turns) as c;
end;
comment on function dashboard.chat_checkpoint(jsonb) is
  'Saves what there is of answers, [{turn_id, content, parts}], each of both if it is given, keeps their turns for another 12 seconds, and says of each: running, cancelling (somebody asked to stop), gone (ended, or its answer was deleted). Service role only.';

create function private.close_turn(turn private.chat_turns, result jsonb, ended_by text) returns jsonb
language plpgsql volatile security definer set search_path = ''
as $$
declare
  ended    constant text := close_turn.result ->> 'status';
  is_first constant boolean := (close_turn.turn).ended_at is null;
  model    constant text := coalesce(left(nullif(close_turn.result ->> 'model_id', ''), 200), (close_turn.turn).model_id);
  said     constant text := left(coalesce(close_turn.result ->> 'content', ''), 1000000);
  usage    jsonb := coalesce(close_turn.result -> 'usage', '{}');
  calls    constant jsonb := private.json_array(close_turn.result -> 'tool_calls', 1048576);
  tools    jsonb;
  failure  jsonb;
  counted  bigint[] := array[0, 0]::bigint[];
  cost     numeric;
  closed   private.chat_turns;
begin
  if close_turn.ended_by = 'lease' then
    closed.answer_tokens := case when (close_turn.turn).is_answered then coalesce((
      select ceil(greatest(char_length(m.content), char_length(m.parts::text)) / 4.0)::integer
      from dashboard.messages as m where m.id = (close_turn.turn).answer_id), 0) end;
    usage := jsonb_build_object('input_tokens', (close_turn.turn).context_tokens, 'output_tokens', closed.answer_tokens);
  elsif (close_turn.turn).answer_tokens is not null then
    -- It comes after all: what was counted when it was given up is not counted again.
    counted := array[(close_turn.turn).context_tokens, (close_turn.turn).answer_tokens];
  end if;
  if close_turn.ended_by = 'process' or closed.answer_tokens is not null then
    cost := private.record_usage(jsonb_strip_nulls(jsonb_build_object(
      'user_id', (close_turn.turn).user_id, 'workspace_id', (close_turn.turn).workspace_id, 'endpoint', 'chat',
      'conversation_id', (select c.id from dashboard.conversations as c where c.id = (close_turn.turn).conversation_id),
      'message_id', (select m.id from dashboard.messages as m where m.id = (close_turn.turn).answer_id),
      'model_id', model, 'status', ended, 'requests', case when (close_turn.turn).answer_tokens is null then 1 else 0 end,
      'input_tokens', greatest(private.json_count(usage -> 'input_tokens') - counted[1], 0),
      'output_tokens', greatest(private.json_count(usage -> 'output_tokens') - counted[2], 0),
      'cached_input_tokens', private.json_count(usage -> 'cached_input_tokens'))));
    if counted <> '{0,0}' then
      cost := private.usage_cost(model, coalesce(private.json_count(usage -> 'input_tokens'), 0),
        coalesce(private.json_count(usage -> 'output_tokens'), 0), least(coalesce(private.json_count(usage -> 'cached_input_tokens'), 0),
        coalesce(private.json_count(usage -> 'input_tokens'), 0)));
    end if;
  else
    usage := '{}';
  end if;
  if ended = 'failed' then
    failure := jsonb_build_object(
      'code', left(coalesce(close_turn.result -> 'error' ->> 'code', 'failed'), 100),
      'message', left(coalesce(close_turn.result -> 'error' ->> 'message', 'The answer failed.'), 2000));
  end if;

  -- What the owner deleted meanwhile stays deleted. An answer that was given up is replaced when it comes after all.
  update dashboard.messages as m set
    status = ended, error = failure,
    content = case when close_turn.result ? 'content' then said else m.content end,
    parts = case when close_turn.result ? 'parts' then private.json_array(close_turn.result -> 'parts', 4194304) else m.parts end,
    model_id = model,
    model_name = coalesce(left(nullif(close_turn.result ->> 'model_name', ''), 200), m.model_name),
    tools_used = private.json_array(close_turn.result -> 'tools_used', 1048576),
    tool_calls = calls,
    tool_results = private.json_array(close_turn.result -> 'tool_results', 4194304),
    citations = private.json_array(close_turn.result -> 'citations', 1048576),
    input_tokens = private.json_count(usage -> 'input_tokens'),
    output_tokens = private.json_count(usage -> 'output_tokens'),
    metadata = m.metadata - 'usage_estimated' || private.json_object(
      private.json_object(close_turn.result -> 'metadata', 60000) || jsonb_strip_nulls(jsonb_build_object(
        'usage_estimated', case when closed.answer_tokens is not null then true end,
        'cached_input_tokens', private.json_count(usage -> 'cached_input_tokens'), 'cost_usd', cost,
        'checks', nullif(private.json_array(close_turn.result -> 'checks', 30000), '[]'))), 60000)
  where m.id = (close_turn.turn).answer_id
    and (m.status = 'streaming' or m.status in ('failed', 'cancelled') and (close_turn.turn).ended_by = 'lease');

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
      when 'complete' then nullif(left(said, 1000), '')
      when 'cancelled' then 'Cancelled by user'
      else failure ->> 'message' end,
    model_id = model,
    steps_required = jsonb_array_length(calls),
    tools_used = private.json_array(tools, 16384),
    output_type = 'text'
  where k.id = (close_turn.turn).ai_task_id;

  if is_first and (close_turn.turn).agent_id is not null then
    perform dashboard.record_agent_use((close_turn.turn).agent_id);
  end if;
  update private.chat_turns as t set ended_at = clock_timestamp(), ended_by = close_turn.ended_by, status = ended, model_id = model,
    answer_tokens = closed.answer_tokens
  where t.id = (close_turn.turn).id
  returning t.* into closed;
  return private.describe_end(closed);
end
$$;
comment on function private.close_turn(private.chat_turns, jsonb, text) is
  'Ends a turn that the caller has locked: stores the answer, closes the task, records usage. What is too long is cut and what has the wrong shape left out, rather than losing an answer. Definer: called by definer functions only.';

create function private.describe_end(turn private.chat_turns) returns jsonb
language sql stable set search_path = ''
as $$
  select jsonb_build_object(
    'message_id', (select m.id from dashboard.messages as m where m.id = (describe_end.turn).answer_id),
    'task_id', (select k.id from dashboard.ai_tasks as k where k.id = (describe_end.turn).ai_task_id),
    'conversation_id', c.id, 'status', (describe_end.turn).status,
    'needs_title', c.id is not null and c.title is null and (describe_end.turn).status <> 'failed')
  from (select) as always left join dashboard.conversations as c on c.id = (describe_end.turn).conversation_id
$$;
comment on function private.describe_end(private.chat_turns) is 'A turn that ended, as chat_finish_turn tells it. Called by definer functions only.';

create function private.json_array(value jsonb, max_bytes integer) returns jsonb
language sql immutable set search_path = ''
as $$
  select case when jsonb_typeof(json_array.value) = 'array' and octet_length(json_array.value::text) <= json_array.max_bytes
    then json_array.value else '[]' end
$$;
comment on function private.json_array(jsonb, integer) is 'The value if it is an array of this size at most, else an empty one.';

create function private.json_object(value jsonb, max_bytes integer) returns jsonb
language sql immutable set search_path = ''
as $$
  select case when jsonb_typeof(json_object.value) = 'object' and octet_length(json_object.value::text) <= json_object.max_bytes
    then json_object.value else '{}' end
$$;
comment on function private.json_object(jsonb, integer) is 'The value if it is an object of this size at most, else an empty one.';

create function private.json_count(value jsonb) returns integer
language sql immutable set search_path = ''
as $$
  select case when jsonb_typeof(json_count.value) = 'number'
    then least(greatest(trunc(json_count.value::numeric), 0), 2147483647)::integer end
$$;
comment on function private.json_count(jsonb) is 'The value if it is a number, as a count; else null.';

create function private.chat_finish_turn(turn_id uuid, result jsonb) returns jsonb
language plpgsql volatile security definer set search_path = ''
as $$
declare
  turn private.chat_turns;
begin
  if coalesce(chat_finish_turn.result ->> 'status', '') not in ('complete', 'cancelled', 'failed') then
    raise exception using errcode = '22023', message = 'A turn ends complete, cancelled or failed.', column = 'status',
      hint = 'Send one of these as result.status.';
  end if;
  select t.* into turn from private.chat_turns as t where t.id = chat_finish_turn.turn_id;
  if found then
    perform private.keep_deletes_out(turn.user_id);
    perform from dashboard.conversations as c where c.id = turn.conversation_id for no key update;
    select t.* into turn from private.chat_turns as t where t.id = chat_finish_turn.turn_id for no key update;
  end if;
  if not found then
    -- the account is gone, or the turn ended more than an hour ago
    return jsonb_build_object('message_id', null, 'task_id', null, 'conversation_id', null, 'status', 'gone', 'needs_title', false);
  end if;
  if turn.ended_by = 'process' then
    return private.describe_end(turn);
  end if;
  return private.close_turn(turn, chat_finish_turn.result, 'process');
end
$$;
comment on function private.chat_finish_turn(uuid, jsonb) is 'Definer: no API role reaches turns. See dashboard.chat_finish_turn.';

create function dashboard.chat_finish_turn(turn_id uuid, result jsonb) returns jsonb
language sql volatile set search_path = ''
begin atomic
  select private.chat_finish_turn(turn_id, result);
end;
comment on function dashboard.chat_finish_turn(uuid, jsonb) is
  'Ends a turn: {status, content, parts, model_id, model_name, tools_used, tool_calls, tool_results, citations, usage {input_tokens, output_tokens, cached_input_tokens}, error {code, message}, metadata, checks}. Answers {message_id, task_id, conversation_id, status, needs_title}; what the owner deleted meanwhile is null there and stays deleted, but its usage counts. Again, it changes nothing and answers the same. 22023 unless status is complete, cancelled or failed. Service role only.';

create function private.abandon_turn(turn private.chat_turns) returns void
language plpgsql volatile security definer set search_path = ''
as $$
begin
  perform private.close_turn(abandon_turn.turn, case when (abandon_turn.turn).cancel_requested_at is null
    then '{"status": "failed", "error": {"code": "interrupted", "message": "The answer was interrupted."}}'::jsonb
    else '{"status": "cancelled"}' end, 'lease');
end
$$;
comment on function private.abandon_turn(private.chat_turns) is
  'Ends a turn that nobody is answering any more and that the caller has locked. Its answer keeps what was saved of it, and what it will have used is counted by estimate. Definer: called by definer functions and the scheduler only.';

create function private.end_abandoned_turns() returns integer
language plpgsql volatile set search_path = ''
as $$
declare
  lost  record;
  turn  private.chat_turns;
  ended integer := 0;
begin
  -- Whatever somebody else holds at this moment is left for the next time, so that nothing is ever waited for.
  for lost in
    select t.id, t.user_id, t.conversation_id from private.chat_turns as t
    where t.ended_at is null and t.lease_until < clock_timestamp()
    order by t.lease_until limit 1000
  loop
    continue when not pg_try_advisory_xact_lock_shared(hashtextextended('dashboard.conversations ' || lost.user_id, 0));
    perform from dashboard.conversations as c where c.id = lost.conversation_id for no key update skip locked;
    continue when not found and exists (select from dashboard.conversations as c where c.id = lost.conversation_id);
    select t.* into turn from private.chat_turns as t
    where t.id = lost.id and t.ended_at is null and t.lease_until < clock_timestamp()
    for no key update skip locked;
    continue when not found;
    perform private.abandon_turn(turn);
    ended := ended + 1;
  end loop;
  delete from private.chat_turns as t
  where t.id in (
    select o.id from private.chat_turns as o where o.ended_at < now() - interval '1 hour'
    order by o.ended_at limit 1000 for update skip locked);
  return ended;
end
$$;
comment on function private.end_abandoned_turns() is
  'Run every ten seconds: ends turns whose lease ran out, so that their conversations are free again, and forgets those that ended an hour ago. Returns how many it ended.';

create function private.chat_cancel_turn(conversation_id bigint) returns boolean
language plpgsql volatile security definer set search_path = ''
as $$
begin
  update private.chat_turns as t set cancel_requested_at = coalesce(t.cancel_requested_at, clock_timestamp())
  where t.user_id = auth.uid() and t.conversation_id = chat_cancel_turn.conversation_id and t.ended_at is null;
  return found;
end
$$;
comment on function private.chat_cancel_turn(bigint) is 'Definer: no API role reaches turns. Touches the caller''s alone. See dashboard.chat_cancel_turn.';

create function dashboard.chat_cancel_turn(conversation_id bigint) returns boolean
language sql volatile set search_path = ''
begin atomic
  select private.chat_cancel_turn(conversation_id);
end;
comment on function dashboard.chat_cancel_turn(bigint) is
  'Asks whoever is answering in a conversation of the caller to stop: it happens within a second, and what was said until then is kept. False where nothing is being answered.';

revoke execute on function private.chat_checkpoint(jsonb), dashboard.chat_checkpoint(jsonb),
  private.close_turn(private.chat_turns, jsonb, text), private.describe_end(private.chat_turns),
  private.json_array(jsonb, integer),
  private.json_object(jsonb, integer), private.json_count(jsonb),
  private.chat_finish_turn(uuid, jsonb), dashboard.chat_finish_turn(uuid, jsonb),
  private.abandon_turn(private.chat_turns), private.end_abandoned_turns(), private.chat_cancel_turn(bigint),
  dashboard.chat_cancel_turn(bigint) from public, anon, authenticated, service_role;
grant execute on function private.chat_checkpoint(jsonb), dashboard.chat_checkpoint(jsonb),
  private.chat_finish_turn(uuid, jsonb), dashboard.chat_finish_turn(uuid, jsonb) to service_role;
grant execute on function private.chat_cancel_turn(bigint), dashboard.chat_cancel_turn(bigint) to authenticated;

select cron.schedule('end abandoned turns', '10 seconds', 'select private.end_abandoned_turns()');
