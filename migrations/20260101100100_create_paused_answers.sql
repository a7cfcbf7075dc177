-- Paused answers: complete answers with tool calls that need the approval of their user. What the tools would run with is
-- stored here, so that it cannot be changed between the request and the approval.

create table private.paused_answers (
  id              bigint      not null generated always as identity,
  user_id         uuid        not null,
  conversation_id bigint      not null,
  message_id      bigint      not null,
  approval_ids    text[]      not null,
  messages        jsonb       not null,
  passages        jsonb       not null default '[]',
  part_count      integer     not null,
  decisions       jsonb,
  expires_at      timestamptz not null default now() + interval '24 hours',
  constraint paused_answers_pkey primary key (id),
  constraint paused_answers_message_id_fkey foreign key (user_id, conversation_id, message_id)
    references dashboard.messages (user_id, conversation_id, id) on delete cascade,
  constraint paused_answers_approval_ids_length check (
    cardinality(approval_ids) between 1 and 100 and octet_length(array_to_string(approval_ids, '')) <= 20000),
  constraint paused_answers_messages_array check (jsonb_typeof(messages) = 'array'),
  constraint paused_answers_messages_size check (octet_length(messages::text) <= 8388608),
  constraint paused_answers_passages_array check (jsonb_typeof(passages) = 'array'),
  constraint paused_answers_passages_size check (octet_length(passages::text) <= 4194304),
  constraint paused_answers_decisions_array check (jsonb_typeof(decisions) = 'array'),
  constraint paused_answers_decisions_size check (octet_length(decisions::text) <= 262144)
);
comment on table private.paused_answers is
  'Answers that wait for the approval of tool calls, and decided ones until they expire. Written by chat_finish_turn and chat_begin_turn.';
comment on column private.paused_answers.approval_ids is 'Approvals that the answer waits for, in order.';
comment on column private.paused_answers.messages is
  'What the model wrote and read in the answer so far, in the format of the AI SDK, with the tool calls to approve. Empty once decided.';
comment on column private.paused_answers.passages is 'Passages that the answer may cite, with their numbers. Empty once decided.';
comment on column private.paused_answers.part_count is 'Number of the parts of the answer when it was paused.';
comment on column private.paused_answers.decisions is
  'Decisions [{approval_id, approved, reason}] in the order of approval_ids; null while they are awaited. Written once.';

create index paused_answers_message_id_idx on private.paused_answers (user_id, conversation_id, message_id);
comment on index private.paused_answers_message_id_idx is 'Paused answers of a message or conversation.';
create index paused_answers_expires_at_idx on private.paused_answers (expires_at);
comment on index private.paused_answers_expires_at_idx is 'Expired rows to delete.';

alter table private.paused_answers enable row level security;
alter table private.paused_answers force row level security;
create policy "API roles read no paused answers" on private.paused_answers as restrictive for select
  to anon, authenticated, service_role using (false);
revoke all on table private.paused_answers from public, anon, authenticated, service_role;

create function private.decide_parts(parts jsonb, decisions jsonb, denied_state text) returns jsonb
language sql immutable set search_path = ''
as $$
  select coalesce(jsonb_agg(
    case when d.decision is null then p.part
      else p.part || jsonb_build_object(
        'state', case when (d.decision ->> 'approved')::boolean then 'approval-responded' else decide_parts.denied_state end,
        'approval', (p.part -> 'approval') || (d.decision - 'approval_id')) end
    order by p.place), '[]')
  from jsonb_array_elements(decide_parts.parts) with ordinality as p (part, place)
  left join lateral (
    select e as decision from jsonb_array_elements(decide_parts.decisions) as e
    where p.part ->> 'state' = 'approval-requested' and e ->> 'approval_id' = p.part #>> '{approval,id}' limit 1
  ) as d on true
$$;
comment on function private.decide_parts(jsonb, jsonb, text) is
  'The parts of an answer with decisions about the tool calls that wait for them; the state of a denied one is given.';

create function private.close_tool_parts(parts jsonb) returns jsonb
language sql immutable set search_path = ''
as $$
  select coalesce(jsonb_agg(
    case
      when p.part ->> 'state' in ('approval-requested', 'approval-responded') and coalesce(p.part #>> '{approval,approved}', 'false') = 'false'
        then p.part || jsonb_build_object('state', 'output-denied', 'approval', (p.part -> 'approval') || '{"approved": false}')
      when p.part ->> 'state' in ('approval-responded', 'input-available')
        then p.part || '{"state": "output-error", "errorText": "The tool call was not completed."}'
      else p.part end
    order by p.place), '[]')
  from jsonb_array_elements(close_tool_parts.parts) with ordinality as p (part, place)
$$;
comment on function private.close_tool_parts(jsonb) is
  'The parts of an answer whose process died: tool calls without a result have failed, those without an approval are denied.';

create function private.pause_answer(turn private.chat_turns, paused jsonb) returns void
language plpgsql volatile set search_path = ''
as $$
begin
  insert into private.paused_answers (user_id, conversation_id, message_id, approval_ids, messages, passages, part_count)
  select m.user_id, m.conversation_id, m.id, w.ids, w.messages, private.json_array(pause_answer.paused -> 'passages', 4194304),
    jsonb_array_length(m.parts)
  from dashboard.messages as m
  cross join (
    select array(select distinct e from jsonb_array_elements_text(private.json_array(pause_answer.paused -> 'approval_ids', 20000)) as e order by e) as ids,
      private.json_array(pause_answer.paused -> 'messages', 8388608) as messages
  ) as w
  where m.id = (pause_answer.turn).answer_id and m.status = 'complete' and w.ids <> '{}' and w.messages <> '[]';
end
$$;
comment on function private.pause_answer(private.chat_turns, jsonb) is
  'Stores what an answer that was just stored needs to continue: {approval_ids, messages, passages}. Nothing is stored if it is too large or the answer was deleted: then its tools cannot be approved. Called by definer functions only.';

create function private.deny_paused_answers(user_id uuid, conversation_id bigint) returns void
language plpgsql volatile set search_path = ''
as $$
declare
  paused private.paused_answers;
begin
  for paused in
    select p.* from private.paused_answers as p
    where p.user_id = deny_paused_answers.user_id and p.conversation_id = deny_paused_answers.conversation_id and p.decisions is null
    order by p.id for no key update
  loop
    perform private.deny_paused_answer(paused);
  end loop;
end
$$;
comment on function private.deny_paused_answers(uuid, bigint) is
  'Denies the tool calls that a conversation waits for: it goes on with another question. Called by definer functions only.';

create function private.deny_paused_answer(paused private.paused_answers) returns void
language plpgsql volatile set search_path = ''
as $$
declare
  denials constant jsonb := (select jsonb_agg(jsonb_build_object('approval_id', e, 'approved', false)) from unnest(paused.approval_ids) as e);
begin
  update private.paused_answers as p set decisions = denials, messages = '[]', passages = '[]' where p.id = paused.id;
  update dashboard.messages as m set
    parts = private.decide_parts(m.parts, denials, 'output-denied'),
    tools_used = coalesce((
      select jsonb_agg(case when e.used ->> 'status' = 'awaiting_approval' then e.used || '{"status": "denied"}' else e.used end order by e.place)
      from jsonb_array_elements(m.tools_used) with ordinality as e (used, place)), '[]')
  where m.user_id = paused.user_id and m.id = paused.message_id;
end
$$;
comment on function private.deny_paused_answer(private.paused_answers) is
  'Denies the tool calls of a paused answer that the caller has locked. Called by definer functions only.';

create function private.lose_question(user_id uuid, conversation_id bigint, answer_id bigint) returns void
language plpgsql volatile set search_path = ''
as $$
declare
  paused private.paused_answers;
begin
  update private.chat_turns as t set cancel_requested_at = coalesce(t.cancel_requested_at, clock_timestamp())
  where t.user_id = lose_question.user_id and t.conversation_id = lose_question.conversation_id
    and t.answer_id = lose_question.answer_id and t.ended_at is null;
  for paused in
    select p.* from private.paused_answers as p
    where p.user_id = lose_question.user_id and p.conversation_id = lose_question.conversation_id
      and p.message_id = lose_question.answer_id and p.decisions is null
    order by p.id for no key update
  loop
    perform private.deny_paused_answer(paused);
  end loop;
end
$$;
comment on function private.lose_question(uuid, bigint, bigint) is
  'After the question of an answer was deleted: cancels the answer if it is being written, and denies the tool calls that it waits for. Called by definer functions only.';

create function private.expire_paused_answers() returns void
language plpgsql volatile set search_path = ''
as $$
declare
  paused private.paused_answers;
begin
  -- Skips rows that are locked, so that it never waits; the next run finds them.
  for paused in
    select p.* from private.paused_answers as p
    join dashboard.messages as m on m.user_id = p.user_id and m.conversation_id = p.conversation_id and m.id = p.message_id
    where p.expires_at < now() and p.decisions is null
    order by p.expires_at limit 100 for no key update skip locked
  loop
    perform private.deny_paused_answer(paused);
  end loop;
  delete from private.paused_answers as p
  where p.id in (
    select o.id from private.paused_answers as o where o.expires_at < now() - interval '1 hour' and o.decisions is not null
    order by o.expires_at limit 1000 for update skip locked);
end
$$;
comment on function private.expire_paused_answers() is
  'Denies tool calls that were not approved in time, and deletes decided rows an hour after their expiry. Called by the scheduler only.';

revoke execute on function private.decide_parts(jsonb, jsonb, text), private.close_tool_parts(jsonb),
  private.pause_answer(private.chat_turns, jsonb), private.deny_paused_answers(uuid, bigint),
  private.deny_paused_answer(private.paused_answers), private.lose_question(uuid, bigint, bigint), private.expire_paused_answers()
  from public, anon, authenticated, service_role;

create function private.forget_paused_answers() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
  delete from private.paused_answers as p where p.user_id = new.user_id and p.conversation_id = new.id;
  return null;
end
$$;
comment on function private.forget_paused_answers() is
  'After the owner of a conversation has left its workspace: deletes what was stored to continue its answers, which is text of the workspace. Definer: no API role has rights on the table.';
revoke execute on function private.forget_paused_answers() from public, anon, authenticated, service_role;
create trigger conversations_forget_paused_answers_on_update after update of workspace_id on dashboard.conversations
  for each row when (new.workspace_id is distinct from old.workspace_id) execute function private.forget_paused_answers();
