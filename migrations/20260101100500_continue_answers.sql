-- Continuing a paused answer: the user decided about its tool calls. A turn of the trigger approve.

create function private.read_approvals(approvals jsonb) returns jsonb
language plpgsql immutable set search_path = ''
as $$
declare
  given jsonb := private.json_array(approvals, 262144);
begin
  if given = '[]' or exists (
      select from jsonb_array_elements(given) as e
      where jsonb_typeof(e -> 'approval_id') is distinct from 'string' or jsonb_typeof(e -> 'approved') is distinct from 'boolean')
    or (select count(distinct e ->> 'approval_id') <> count(*) from jsonb_array_elements(given) as e)
  then
    raise exception using errcode = '22023', message = 'approvals must be decisions about tool calls.', column = 'approvals',
      hint = 'Send approvals as [{approval_id, approved, reason}], each id once.';
  end if;
  return (
    select jsonb_agg(jsonb_strip_nulls(jsonb_build_object('approval_id', e -> 'approval_id', 'approved', e -> 'approved',
      'reason', nullif(left(e ->> 'reason', 1000), ''))) order by e ->> 'approval_id')
    from jsonb_array_elements(given) as e);
end
$$;
comment on function private.read_approvals(jsonb) is
  'Decisions about tool calls, checked and in the order of their ids. 22023 for invalid ones.';

create function private.chat_find_paused_answer(request private.turn_request, conversation_id bigint) returns private.paused_answers
language plpgsql volatile set search_path = ''
as $$
declare
  given  constant text[] := array(select e ->> 'approval_id' from jsonb_array_elements(request.approvals) as e order by 1);
  paused private.paused_answers;
begin
  select p.* into paused from private.paused_answers as p
  where p.user_id = request.user_id and p.conversation_id = chat_find_paused_answer.conversation_id
    and p.message_id = request.message_id and given && p.approval_ids
  for no key update;
  if not found or not given <@ paused.approval_ids then
    raise exception using errcode = 'PT404', message = 'The approval does not exist.',
      hint = 'Check message_id and approval_id: a tool call can be approved for 24 hours.';
  elsif paused.decisions = request.approvals then
    raise exception using errcode = 'PT409', message = 'These tool calls were decided before.',
      detail = jsonb_build_object('reason', 'duplicate', 'conversation_id', paused.conversation_id, 'message_id', paused.message_id,
        'part_count', paused.part_count, 'user_message_id', (
          select m.parent_id from dashboard.messages as m where m.user_id = paused.user_id and m.id = paused.message_id)),
      hint = 'Read the answer, or follow it while it is streaming.';
  elsif paused.decisions is not null then
    raise exception using errcode = 'PT409', message = 'These tool calls were decided differently before.',
      detail = jsonb_build_object('reason', 'decided', 'conversation_id', paused.conversation_id, 'message_id', paused.message_id),
      hint = 'A decision is used once. Ask again.';
  elsif paused.expires_at < clock_timestamp() then
    raise exception using errcode = 'PT409', message = 'The approval has expired.',
      detail = jsonb_build_object('reason', 'expired', 'conversation_id', paused.conversation_id, 'message_id', paused.message_id),
      hint = 'Ask again.';
  elsif given <> paused.approval_ids then
    raise exception using errcode = '22023', message = 'approvals must decide about all tool calls of the message.', column = 'approvals',
      hint = 'Approve or deny each of them.';
  end if;
  return paused;
end
$$;
comment on function private.chat_find_paused_answer(private.turn_request, bigint) is
  'The paused answer that a request decides about, locked. PT404 for an unknown approval, PT409 for one that was decided before or has expired, 22023 if a decision is missing. Called by definer functions only.';

create function private.chat_reopen_answer(
  request private.turn_request, paused private.paused_answers, model public.ai_models
) returns private.reopened_answer
language plpgsql volatile set search_path = ''
as $$
declare
  answer   dashboard.messages;
  reopened private.reopened_answer;
begin
  update dashboard.messages as m set
    status = 'streaming', parts = private.decide_parts(m.parts, request.approvals, 'approval-responded'),
    model_id = model.id, model_name = model.name
  where m.user_id = paused.user_id and m.id = paused.message_id and m.status = 'complete' and not exists (
    select from dashboard.messages as later
    where later.user_id = m.user_id and later.conversation_id = m.conversation_id and (later.created_at, later.id) > (m.created_at, m.id))
  returning m.* into answer;
  if not found then
    raise exception using errcode = 'PT409', message = 'The conversation has gone on after this answer.',
      detail = jsonb_build_object('reason', 'decided', 'conversation_id', paused.conversation_id, 'message_id', paused.message_id),
      hint = 'Ask again.';
  end if;
  update private.paused_answers as p set decisions = request.approvals, messages = '[]', passages = '[]' where p.id = paused.id;
  reopened.stored := (private.chat_answered_question(request, paused.conversation_id), answer.id)::private.stored_messages;
  reopened.part_count := paused.part_count;
  reopened.earlier_usage := jsonb_strip_nulls(jsonb_build_object('input_tokens', answer.input_tokens,
    'output_tokens', answer.output_tokens, 'cost_usd', answer.metadata -> 'cost_usd'));
  reopened.continuation := jsonb_build_object('messages', paused.messages, 'passages', paused.passages,
    'decisions', request.approvals, 'parts', answer.parts);
  return reopened;
end
$$;
comment on function private.chat_reopen_answer(private.turn_request, private.paused_answers, public.ai_models) is
  'Marks a paused answer as streaming again, with the decisions in its parts, and uses the decisions up. PT409 unless it is the newest message of its conversation. Called by definer functions only.';

create function private.chat_open_task(
  request private.turn_request, conversation dashboard.conversations, stored private.stored_messages, agent_name text, model_id text
) returns bigint
language plpgsql volatile set search_path = ''
as $$
declare
  task_id bigint;
begin
  if request.approvals is not null then
    update dashboard.ai_tasks as k set status = 'in_progress', model_id = chat_open_task.model_id
    where k.user_id = request.user_id and k.id = (
      select max(o.id) from dashboard.ai_tasks as o where o.user_id = request.user_id and o.message_id = stored.answer_id)
    returning k.id into task_id;
  end if;
  if task_id is null then
    insert into dashboard.ai_tasks as k (user_id, workspace_id, conversation_id, message_id, description, status, agent_used,
      model_id, input_type)
    values (request.user_id, conversation.workspace_id, conversation.id, stored.answer_id,
      coalesce(nullif(left(btrim((stored.question).content), 500), ''), 'A message without text'), 'in_progress',
      chat_open_task.agent_name, chat_open_task.model_id, private.input_type((stored.question).content, (stored.question).parts))
    returning k.id into task_id;
  end if;
  return task_id;
end
$$;
comment on function private.chat_open_task(private.turn_request, dashboard.conversations, private.stored_messages, text, text) is
  'The AI task of a turn, in progress: a new one, or that of the answer which continues. Called by definer functions only.';

revoke execute on function private.read_approvals(jsonb), private.chat_find_paused_answer(private.turn_request, bigint),
  private.chat_reopen_answer(private.turn_request, private.paused_answers, public.ai_models),
  private.chat_open_task(private.turn_request, dashboard.conversations, private.stored_messages, text, text)
  from public, anon, authenticated, service_role;
