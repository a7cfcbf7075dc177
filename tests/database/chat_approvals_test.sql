-- Tool calls that need an approval: an answer pauses, and continues once, with what was stored and as its user decided.
begin;
select plan(51);

select tests.create_team('team', 'ann admin', 'cal employee');
insert into dashboard.agents (id, workspace_id, name) overriding system value values (9001, tests.workspace('team'), 'Clerk');
create function tests.begin_turn(turn jsonb) returns jsonb
language sql
as $$ select dashboard.chat_begin_turn('{"providers": ["builtin"], "max_passages": 0, "max_memories": 0}' || begin_turn.turn) $$;
create table tests.began (name text primary key, turn jsonb not null);
grant all on tests.began to authenticated, service_role;

-- The result of a turn whose answer waits for the given approvals.
create function tests.paused(ids text[]) returns jsonb
language sql
as $$
  select jsonb_build_object('status', 'complete', 'content', 'I will keep it.',
    'usage', '{"input_tokens": 100, "output_tokens": 20}'::jsonb,
    'parts', '[{"type": "text", "text": "I will keep it.", "state": "done"}]'::jsonb || (
      select jsonb_agg(jsonb_build_object('type', 'tool-remember', 'toolCallId', 'call-' || e, 'state', 'approval-requested', 'input', '{"content": "Shown"}'::jsonb,
        'approval', jsonb_build_object('id', e)) order by e) from unnest(ids) as e),
    'tools_used', (select jsonb_agg(jsonb_build_object('id', 'call-' || e, 'name', 'remember', 'status', 'awaiting_approval') order by e) from unnest(ids) as e),
    'checks', '[{"check": "pii", "where": "tool"}]'::jsonb,
    'paused', jsonb_build_object('approval_ids', to_jsonb(ids), 'messages', '[{"role": "assistant", "content": "stored"}]'::jsonb,
      'passages', '[{"n": 1, "text": "A passage"}]'::jsonb))
$$;
-- A conversation whose newest answer waits.
create function tests.pause(session text, ids text[]) returns void
language plpgsql
as $$
begin
  perform tests.act_as('ann');
  insert into tests.began select pause.session, tests.begin_turn(jsonb_build_object('session_id', pause.session, 'message', '{"content": "Keep it"}'::jsonb));
  perform tests.act_as_owner();
  perform private.chat_finish_turn((b.turn ->> 'turn_id')::uuid, tests.paused(pause.ids)) from tests.began as b where b.name = pause.session;
end
$$;
create function tests.approve(session text, approvals jsonb) returns jsonb
language sql
as $$
  select tests.begin_turn(jsonb_build_object('trigger', 'approve', 'message_id', b.turn -> 'message_id', 'approvals', approve.approvals))
  from tests.began as b where b.name = approve.session
$$;
create function tests.answer_of(session text) returns dashboard.messages
language sql security definer
as $$ select m.* from dashboard.messages as m join tests.began as b on m.id = (b.turn ->> 'message_id')::bigint where b.name = answer_of.session $$;
grant execute on all functions in schema tests to authenticated, service_role;

-- settings
select tests.act_as('ann');
select is((tests.begin_turn('{"session_id": "plain", "message": {"content": "Hi"}}') -> 'tool_approval')::text, '"when_untrusted"', 'without an agent, tools ask once text of others was read');
select tests.act_as('ann@team');
update dashboard.agents set tool_approval = 'always' where id = 9001;
select is(tests.begin_turn('{"session_id": "agent", "agent_id": 9001, "message": {"content": "Hi"}}') ->> 'tool_approval', 'always', 'an agent has its own setting');
select throws_ok($$ update dashboard.agents set tool_approval = 'sometimes' where id = 9001 $$, '23514',
  'new row for relation "agents" violates check constraint "agents_tool_approval_allowed"', 'an unknown setting is refused');
select is(tests.answer('cal@team', $$ update dashboard.agents set tool_approval = 'never' where id = 9001 $$), '0 rows', 'only admins change when tools ask');

-- an answer pauses
select tests.pause('one', '{b,a}');
select is((tests.answer_of('one')).status, 'complete', 'a paused answer is complete');
select results_eq($$ select p.approval_ids, p.part_count, p.messages, p.decisions from private.paused_answers as p $$,
  $$ values ('{a,b}'::text[], 3, '[{"role": "assistant", "content": "stored"}]'::jsonb, null::jsonb) $$, 'what it continues with is stored');
select tests.act_as('ann');
select is(tests.answer('ann', 'select * from private.paused_answers') ~ '^42501', true, 'users have no rights on paused answers');

-- refusals
select throws_ok($$ select tests.approve('one', '[]') $$, '22023', 'approvals must be decisions about tool calls.', 'no decisions are refused');
select throws_ok($$ select tests.approve('one', '[{"approval_id": "a", "approved": "yes"}]') $$, '22023', 'approvals must be decisions about tool calls.', 'a decision is true or false');
select throws_ok($$ select tests.approve('one', '[{"approval_id": "a", "approved": true}, {"approval_id": "a", "approved": false}]') $$, '22023', 'approvals must be decisions about tool calls.', 'one call has one decision');
select throws_ok($$ select tests.approve('one', '[{"approval_id": "a", "approved": true}]') $$, '22023', 'approvals must decide about all tool calls of the message.', 'every call has a decision');
select throws_ok($$ select tests.approve('one', '[{"approval_id": "z", "approved": true}]') $$, 'PT404', 'The approval does not exist.', 'an unknown approval is refused');
select throws_ok($$ select tests.approve('one', '[{"approval_id": "a", "approved": true}, {"approval_id": "b", "approved": true}, {"approval_id": "z", "approved": true}]') $$,
  'PT404', 'The approval does not exist.', 'known approvals do not carry an unknown one');
select matches(tests.answer('cal', $$ select tests.approve('one', '[{"approval_id": "a", "approved": true}, {"approval_id": "b", "approved": true}]') $$),
  '^PT404 The conversation does not exist', 'others cannot approve');
select matches(tests.answer('anon', $$ select dashboard.chat_begin_turn('{"trigger": "approve"}') $$), '^42501', 'anon cannot approve');
select is((tests.answer_of('one')).status, 'complete', 'a refusal changes nothing');

-- the answer continues
select tests.act_as('ann');
insert into tests.began select 'continued', tests.approve('one', '[{"approval_id": "b", "approved": false, "reason": "Not that"}, {"approval_id": "a", "approved": true}]');
select results_eq($$ select c.turn -> 'message_id' = o.turn -> 'message_id', c.turn -> 'user_message_id' = o.turn -> 'user_message_id', c.turn -> 'task_id' = o.turn -> 'task_id', c.turn -> 'is_new'
    from tests.began as c, tests.began as o where c.name = 'continued' and o.name = 'one' $$, $$ values (true, true, true, 'false'::jsonb) $$, 'the same answer, question and task continue');
select results_eq($$ select turn #> '{continuation,messages}', turn #> '{continuation,decisions}', turn -> 'passages' from tests.began where name = 'continued' $$,
  $$ values ('[{"role": "assistant", "content": "stored"}]'::jsonb, '[{"approved": true, "approval_id": "a"}, {"reason": "Not that", "approved": false, "approval_id": "b"}]'::jsonb, '[{"n": 1, "text": "A passage"}]'::jsonb) $$,
  'it continues with what was stored, and the decisions');
select results_eq($$ select e ->> 'state', e #> '{approval,approved}', e #>> '{approval,reason}' from jsonb_array_elements((tests.answer_of('one')).parts) as e where e ? 'toolCallId' $$,
  $$ values ('approval-responded', 'true'::jsonb, null::text), ('approval-responded', 'false', 'Not that') $$, 'its parts have the decisions');
select is((tests.answer_of('one')).status, 'streaming', 'it is streaming again');
select is((select k.status from dashboard.ai_tasks as k join tests.began as b on k.id = (b.turn ->> 'task_id')::bigint where b.name = 'one'), 'in_progress', 'its task is in progress again');
select matches(tests.answer('ann', $$ select tests.approve('one', '[{"approval_id": "a", "approved": true}, {"approval_id": "b", "approved": false, "reason": "Not that"}]') $$),
  '^PT409 These tool calls were decided before\.(.|\n)*"part_count": 3', 'a repeated decision finds the answer');
select matches(tests.answer('ann', $$ select tests.approve('one', '[{"approval_id": "a", "approved": true}, {"approval_id": "b", "approved": true}]') $$),
  '^PT409 These tool calls were decided differently before\.', 'another decision is refused');
select matches(tests.answer('ann', $$ select tests.begin_turn('{"session_id": "one", "message": {"content": "And?"}}') $$), '^PT409 An answer is being written', 'the conversation is busy meanwhile');
select tests.act_as_owner();
select is((select count(*) from private.paused_answers as p where p.messages <> '[]' or p.passages <> '[]'), 0::bigint, 'what was stored is used once');
select is((select private.chat_finish_turn((turn ->> 'turn_id')::uuid, '{"status": "complete", "content": "Done.", "usage": {"input_tokens": 50, "output_tokens": 5}, "checks": [{"check": "pii", "where": "answer"}]}') ->> 'status' from tests.began where name = 'continued'),
  'complete', 'it ends');
select results_eq($$ select m.input_tokens, m.output_tokens, m.content, jsonb_array_length(m.metadata -> 'checks') from tests.answer_of('one') as m $$, $$ values (150, 25, 'Done.', 2) $$, 'usage and findings of both parts belong to the answer');
select is((select sum(u.input_tokens)::bigint from studio.api_usage as u where u.message_id = (select (turn ->> 'message_id')::bigint from tests.began where name = 'one')), 150::bigint, 'the usage of each turn is recorded once');
select is((select a.times_used from dashboard.agents as a where a.id = 9001), 0, 'a running turn does not count as a use');
select matches(tests.answer('ann', $$ select tests.approve('one', '[{"approval_id": "a", "approved": true}, {"approval_id": "b", "approved": false, "reason": "Not that"}]') $$),
  '^PT409 These tool calls were decided before', 'a repeated decision finds the finished answer too');

-- another question instead of a decision
select tests.pause('two', '{c}');
select tests.act_as('ann');
select lives_ok($$ select tests.begin_turn('{"session_id": "two", "message": {"content": "Something else"}}') $$, 'another question may be asked');
select results_eq($$ select m.parts #>> '{1,state}', m.parts #> '{1,approval,approved}', m.tools_used #>> '{0,status}' from tests.answer_of('two') as m $$,
  $$ values ('output-denied', 'false'::jsonb, 'denied') $$, 'it denies the tool calls');
select throws_ok($$ select tests.approve('two', '[{"approval_id": "c", "approved": true}]') $$, 'PT409', 'These tool calls were decided differently before.', 'they cannot be approved any more');

-- a message that was inserted without a turn
select tests.pause('three', '{d}');
insert into dashboard.messages (user_id, conversation_id, content, created_at)
select tests.user_id('ann'), (turn ->> 'conversation_id')::bigint, 'A note', clock_timestamp() from tests.began where name = 'three';
select tests.act_as('ann');
select throws_ok($$ select tests.approve('three', '[{"approval_id": "d", "approved": true}]') $$, 'PT409', 'The conversation has gone on after this answer.', 'only the newest message of a conversation continues');

-- expiry
select tests.pause('four', '{e}');
update private.paused_answers set expires_at = now() - interval '1 minute' where approval_ids = '{e}';
select tests.act_as('ann');
select throws_ok($$ select tests.approve('four', '[{"approval_id": "e", "approved": true}]') $$, 'PT409', 'The approval has expired.', 'an expired approval is refused');
select tests.act_as_owner();
update private.paused_answers set expires_at = now() - interval '1 minute' where approval_ids = '{a,b}';
select lives_ok($$ select private.end_abandoned_turns() $$, 'the scheduler runs');
select is((tests.answer_of('three')).parts #>> '{1,state}', 'approval-requested', 'tool calls wait until their expiry');
select is((select p.decisions #> '{0,approved}' from private.paused_answers as p where p.approval_ids = '{a,b}'), 'true'::jsonb, 'a decision is kept after its expiry');
select is((tests.answer_of('four')).parts #>> '{1,state}', 'output-denied', 'it denies expired tool calls');
update private.paused_answers set expires_at = now() - interval '2 hours';
select private.end_abandoned_turns();
select is((select count(*) from private.paused_answers as p where p.decisions is not null), 0::bigint, 'decided rows are deleted after their expiry');
select tests.act_as('ann');
select throws_ok($$ select tests.approve('four', '[{"approval_id": "e", "approved": true}]') $$, 'PT404', 'The approval does not exist.', 'then their approvals are unknown');

-- a process that dies while the answer continues
select tests.pause('five', '{f,g}');
select tests.act_as('ann');
insert into tests.began select 'dying', tests.approve('five', '[{"approval_id": "f", "approved": true}, {"approval_id": "g", "approved": false}]');
select tests.act_as_owner();
update private.chat_turns set lease_until = clock_timestamp() - interval '1 second' where id = (select (turn ->> 'turn_id')::uuid from tests.began where name = 'dying');
select private.end_abandoned_turns();
select results_eq($$ select m.status, m.parts #>> '{1,state}', m.parts #>> '{1,errorText}', m.parts #>> '{2,state}' from tests.answer_of('five') as m $$,
  $$ values ('failed', 'output-error', 'The tool call was not completed.', 'output-denied') $$, 'its tool calls are closed');
select matches(tests.answer('ann', $$ select tests.approve('five', '[{"approval_id": "f", "approved": true}, {"approval_id": "g", "approved": false}]') $$),
  '^PT409 These tool calls were decided before', 'they cannot be run a second time');

-- what was read
select tests.act_as('ann');
select is(tests.begin_turn('{"session_id": "fresh", "message": {"content": "Hi"}}') ->> 'is_untrusted', 'false', 'a new conversation has no text of others');
select tests.act_as_owner();
select private.chat_finish_turn(t.id, '{"status": "complete", "content": "It says so.", "metadata": {"is_untrusted": true}}') from private.chat_turns as t
  join dashboard.conversations as c on c.id = t.conversation_id where c.session_id = 'fresh';
select tests.act_as('ann');
select is(tests.begin_turn('{"session_id": "fresh", "message": {"content": "And?"}}') ->> 'is_untrusted', 'true', 'an answer that read text of others makes later turns untrusted');

-- a policy that blocks
select tests.pause('reason', '{q}');
update public.ai_settings set checks = '{"pii": "block"}' where workspace_id = tests.workspace('team');
select tests.act_as('ann');
select throws_ok($$ select tests.begin_turn(jsonb_build_object('trigger', 'approve', 'message_id', b.turn -> 'message_id', 'checks', '[{"check": "pii", "where": "user"}]'::jsonb,
    'approvals', '[{"approval_id": "q", "approved": false, "reason": "Call 555-0100"}]'::jsonb)) from tests.began as b where b.name = 'reason' $$,
  'PT422', 'A check of the workspace blocks this message.', 'a reason that the workspace blocks is refused');
select tests.act_as_owner();
select is((select p.decisions from private.paused_answers as p where p.approval_ids = '{q}'), null, 'and decides nothing');
update public.ai_settings set checks = '{}' where workspace_id = tests.workspace('team');

-- nothing to continue
select tests.act_as_owner();
select private.chat_finish_turn(t.id, tests.paused('{h}') #- '{paused,messages}') from private.chat_turns as t
  join dashboard.conversations as c on c.id = t.conversation_id where c.session_id = 'fresh' and t.ended_at is null;
select is((select count(*) from private.paused_answers as p where p.approval_ids = '{h}'), 0::bigint, 'an answer without messages cannot continue');
insert into private.paused_answers (user_id, conversation_id, message_id, approval_ids, messages, part_count)
select m.user_id, m.conversation_id, m.id, '{z}', '[]', 0 from dashboard.messages as m
where m.user_id = tests.user_id('ann') and m.role = 'assistant' order by m.id limit 1;
update dashboard.conversations as c set title = 'Renamed' where c.id in (select p.conversation_id from private.paused_answers as p where p.approval_ids = '{z}');
select is((select count(*) from private.paused_answers as p where p.approval_ids = '{z}'), 1::bigint, 'a paused answer stays when its conversation is renamed');
update public.workspace_members as m set role = 'admin' where m.user_id = tests.user_id('cal') and m.workspace_id = tests.workspace('team');
delete from public.workspace_members as m where m.user_id = tests.user_id('ann') and m.workspace_id = tests.workspace('team');
select is((select count(*) from private.paused_answers as p where p.approval_ids = '{z}'), 0::bigint,
  'what was read for an answer is deleted when its owner leaves the workspace');
delete from dashboard.conversations where user_id = tests.user_id('ann');
select is((select count(*) from private.paused_answers), 0::bigint, 'paused answers are deleted with their messages');

select * from finish();
rollback;
