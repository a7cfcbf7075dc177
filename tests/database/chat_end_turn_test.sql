-- A turn runs and ends: it is saved, cancelled, finished, abandoned; and what it was for may go at any moment.
begin;
select plan(76);

select tests.create_team('team', 'ann admin', 'cal admin');
select tests.create_user('bob');
create function tests.ask(session_id text, content text default 'A question') returns jsonb
language sql
as $$
  select dashboard.chat_begin_turn(jsonb_build_object('providers', array['builtin'], 'max_passages', 0, 'max_memories', 0,
    'session_id', ask.session_id, 'message', jsonb_build_object('content', ask.content)))
$$;
create table tests.began (name text primary key, turn jsonb not null);
grant all on tests.began to authenticated, service_role;
create function tests.began(name text, field text) returns text
language sql stable security definer
as $$ select b.turn ->> began.field from tests.began as b where b.name = began.name $$;
create function tests.answer_of(name text) returns setof dashboard.messages
language sql stable security definer
as $$ select m.* from dashboard.messages as m where m.id = tests.began(answer_of.name, 'message_id')::bigint $$;
create function tests.turn_of(name text) returns setof private.chat_turns
language sql stable security definer
as $$ select t.* from private.chat_turns as t where t.id = tests.began(turn_of.name, 'turn_id')::uuid $$;
-- The end of a turn, as the service tells it.
create function tests.finish(name text, result jsonb) returns jsonb
language sql
as $$ select dashboard.chat_finish_turn(tests.began(finish.name, 'turn_id')::uuid, finish.result) $$;
create function tests.state(name text, saved jsonb default '{}') returns text
language sql
as $$
  select c.state from dashboard.chat_checkpoint(jsonb_build_array(
    jsonb_build_object('turn_id', tests.began(state.name, 'turn_id')) || state.saved)) as c
$$;
create function tests.expire(name text) returns void
language sql security definer
as $$ update private.chat_turns as t set lease_until = clock_timestamp() - interval '1 second' where t.id = tests.began(expire.name, 'turn_id')::uuid $$;
grant execute on all functions in schema tests to authenticated, service_role;

select tests.act_as('ann');
insert into tests.began select n, tests.ask(n) from unnest(array['one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight']) as n;

-- only the service
select throws_ok($$ select * from dashboard.chat_checkpoint('[]') $$, '42501', 'permission denied for function chat_checkpoint', 'people save no answers');
select throws_ok($$ select tests.finish('one', '{"status": "complete"}') $$, '42501', 'permission denied for function chat_finish_turn', 'and end no turns');
select throws_ok($$ select * from private.chat_turns $$, '42501', 'permission denied for schema private', 'turns are out of reach');
select tests.act_as_service();
select throws_ok($$ select * from private.chat_turns $$, '42501', 'permission denied for schema private', 'for the service too');
select throws_ok($$ select dashboard.chat_cancel_turn(1) $$, '42501', 'permission denied for function chat_cancel_turn', 'which asks nobody to stop');

-- checkpoints
select results_eq(
  $$ select c.state from dashboard.chat_checkpoint(jsonb_build_array(
      jsonb_build_object('turn_id', tests.began('one', 'turn_id'), 'content', 'Half an', 'parts', '[{"type": "text", "text": "Half an"}]'::jsonb),
      jsonb_build_object('turn_id', tests.began('two', 'turn_id'), 'content', 'Another'),
      jsonb_build_object('turn_id', gen_random_uuid(), 'content', 'Lost'))) as c order by 1 $$,
  $$ values ('gone'), ('running'), ('running') $$, 'a checkpoint says of each turn how it is');
select results_eq($$ select m.content, m.parts, m.status from tests.answer_of('one') as m $$,
  $$ values ('Half an', '[{"type": "text", "text": "Half an"}]'::jsonb, 'streaming') $$, 'and saves what there is of its answer');
select results_eq($$ select m.content, m.parts from tests.answer_of('two') as m $$, $$ values ('Another', '[]'::jsonb) $$, 'or only its text');
select is(tests.state('one'), 'running', 'a turn that has nothing new says so');
select is((select m.content from tests.answer_of('one') as m), 'Half an', 'and loses nothing');
select is(tests.state('two', jsonb_build_object('content', repeat('x', 1000100), 'parts', '{"no": "list"}'::jsonb)), 'running', 'what is too long is cut');
select results_eq($$ select char_length(m.content), m.parts from tests.answer_of('two') as m $$, $$ values (1000000, '[]'::jsonb) $$, 'rather than that all turns of a process stop');
select tests.expire('two');
select is(tests.state('two'), 'running', 'a checkpoint that comes late, but before anybody noticed,');
select is((select t.lease_until > clock_timestamp() + interval '10 seconds' from tests.turn_of('two') as t), true, 'prolongs the lease');

-- the end
select throws_ok($$ select tests.finish('one', '{"status": "streaming"}') $$, '22023', 'result.status must be complete, cancelled or failed.', 'a turn cannot end with another status');
select throws_ok($$ select tests.finish('one', '{}') $$, '22023', 'result.status must be complete, cancelled or failed.', 'a turn cannot end without a status');
create temporary table ended as select tests.finish('one', '{"status": "complete", "content": "Half an hour.", "parts": [{"type": "text", "text": "Half an hour."}],
  "model_id": "other-model", "model_name": "Other", "tools_used": [{"name": "recall", "status": "completed"}],
  "tool_calls": [{"name": "recall", "id": "1"}, {"toolName": "search_knowledge", "id": "2"}, {"name": "recall", "id": "3"}], "tool_results": [{"id": "1"}],
  "citations": [{"n": 1}], "usage": {"input_tokens": 100, "output_tokens": 20, "cached_input_tokens": 5}, "metadata": {"finish_reason": "stop"},
  "checks": [{"check": "pii"}], "error": {"code": "ignored"}}') as answer;
select results_eq($$ select answer ->> 'message_id', answer ->> 'task_id', answer ->> 'conversation_id', answer ->> 'status', answer ->> 'needs_title' from ended $$,
  $$ values (tests.began('one', 'message_id'), tests.began('one', 'task_id'), tests.began('one', 'conversation_id'), 'complete', 'true') $$, 'the end tells what was stored, and that a title is missing');
select results_eq($$ select m.status, m.content, m.model_id, m.model_name, m.input_tokens, m.output_tokens, m.error, m.citations, jsonb_array_length(m.tool_calls), m.tool_results, m.tools_used
    from tests.answer_of('one') as m $$,
  $$ values ('complete', 'Half an hour.', 'other-model', 'Other', 100, 20, null::jsonb, '[{"n": 1}]'::jsonb, 3, '[{"id": "1"}]'::jsonb, '[{"name": "recall", "status": "completed"}]'::jsonb) $$,
  'the answer is stored, with the model that gave it in the end');
select is((select m.metadata - 'cost_usd' from tests.answer_of('one') as m), '{"finish_reason": "stop", "cached_input_tokens": 5, "checks": [{"check": "pii"}]}', 'and what else is known of it');
select results_eq($$ select k.status, k.outcome, k.steps_required, k.tools_used, k.model_id, k.category from dashboard.ai_tasks as k where k.id = tests.began('one', 'task_id')::bigint $$,
  $$ values ('completed', 'Half an hour.', 3, '["recall", "search_knowledge"]'::jsonb, 'other-model', null::text) $$, 'its task is closed: a step a call, each tool once');
select results_eq($$ select u.requests::integer, u.input_tokens::integer, u.output_tokens::integer from studio.usage_days as u where u.user_id = tests.user_id('ann') $$,
  $$ values (1, 100, 20) $$, 'its usage is recorded');
select is(tests.finish('one', '{"status": "failed", "content": "Something else"}'), (select answer from ended), 'ending it again answers the same');
select results_eq($$ select m.status, m.content from tests.answer_of('one') as m $$, $$ values ('complete', 'Half an hour.') $$, 'changes nothing');
select is((select sum(u.requests)::integer from studio.usage_days as u where u.user_id = tests.user_id('ann')), 1, 'and counts nothing twice');
select is(tests.state('one', '{"content": "Too late"}'), 'gone', 'a checkpoint after the end is told so');
select is((select m.content from tests.answer_of('one') as m), 'Half an hour.', 'and saves nothing');
select is(tests.finish('two', '{"status": "failed", "content": "Oh", "error": {"code": "overloaded", "message": "The provider is busy."}}') ->> 'needs_title', 'false', 'a failure asks for no title');
select results_eq($$ select m.status, m.content, m.error from tests.answer_of('two') as m $$, $$ values ('failed', 'Oh', '{"code": "overloaded", "message": "The provider is busy."}'::jsonb) $$, 'and says why it failed');
select is((select k.status || ': ' || k.outcome from dashboard.ai_tasks as k where k.id = tests.began('two', 'task_id')::bigint), 'failed: The provider is busy.', 'as its task does');
select is(dashboard.chat_finish_turn(gen_random_uuid(), '{"status": "complete"}'), '{"status": "gone", "task_id": null, "message_id": null, "needs_title": false, "conversation_id": null}', 'a turn that nobody knows is gone');
select is(tests.finish('three', jsonb_build_object('status', 'complete', 'content', repeat('y', 1000100), 'parts', 'no list', 'tool_calls', '{"not": "a list"}'::jsonb, 'citations', 5,
  'usage', '{"input_tokens": -7, "output_tokens": 99999999999, "cached_input_tokens": "many"}'::jsonb, 'model_name', repeat('n', 500), 'metadata', '[]'::jsonb)) ->> 'status', 'complete',
  'whatever a provider sent, an answer is not lost for it');
select results_eq($$ select char_length(m.content), m.parts, m.tool_calls, m.citations, m.input_tokens, char_length(m.model_name) from tests.answer_of('three') as m $$,
  $$ values (1000000, '[]'::jsonb, '[]'::jsonb, '[]'::jsonb, 0, 200) $$, 'what is too long is cut, what has no shape is left out');

-- cancelling
select tests.act_as('bob');
select is(dashboard.chat_cancel_turn(tests.began('four', 'conversation_id')::bigint), false, 'a stranger stops nothing');
select tests.act_as('cal');
select is(dashboard.chat_cancel_turn(tests.began('four', 'conversation_id')::bigint), false, 'nor does a colleague');
select tests.act_as('ann');
select is(dashboard.chat_cancel_turn(tests.began('one', 'conversation_id')::bigint), false, 'where nothing runs nothing is stopped');
select tests.act_as_service();
select is(tests.state('four'), 'running', 'so it still runs');
select tests.act_as('ann');
select is(dashboard.chat_cancel_turn(tests.began('four', 'conversation_id')::bigint), true, 'the owner asks it to stop');
select is(dashboard.chat_cancel_turn(tests.began('four', 'conversation_id')::bigint), true, 'twice, if they are in a hurry');
select tests.act_as_service();
select is(tests.state('four', '{"content": "So far"}'), 'cancelling', 'the process is told at its next checkpoint, which is saved');
select is(tests.finish('four', '{"status": "cancelled", "content": "So far."}') ->> 'status', 'cancelled', 'and ends it');
select results_eq($$ select m.status, m.content, m.error from tests.answer_of('four') as m $$, $$ values ('cancelled', 'So far.', null::jsonb) $$, 'with what was shown until then');
select is((select k.status || ': ' || k.outcome from dashboard.ai_tasks as k where k.id = tests.began('four', 'task_id')::bigint), 'failed: Cancelled by user', 'its task says who ended it');

-- nobody is heard of any more
select is(tests.state('five', '{"content": "Partial"}'), 'running', 'five is being answered');
select tests.act_as_owner();
select is(private.end_abandoned_turns(), 0, 'while leases run nothing is ended');
select tests.expire('five');
select tests.expire('six');
select tests.act_as('ann');
select is(dashboard.chat_cancel_turn(tests.began('six', 'conversation_id')::bigint), true, 'somebody asks a dead process to stop');
select tests.act_as_owner();
select is(private.end_abandoned_turns(), 2, 'turns whose lease ran out are ended');
select is(private.end_abandoned_turns(), 0, 'once');
select results_eq($$ select m.status, m.content, m.error ->> 'code' from tests.answer_of('five') as m $$, $$ values ('failed', 'Partial', 'interrupted') $$, 'the answer failed, and keeps what was saved of it');
select is((select m.status from tests.answer_of('six') as m), 'cancelled', 'what was to stop has stopped');
select is((select k.status || ': ' || k.outcome from dashboard.ai_tasks as k where k.id = tests.began('five', 'task_id')::bigint), 'failed: The answer was interrupted.', 'the task says so too');
select results_eq($$ select m.input_tokens > 10, m.output_tokens, m.metadata -> 'usage_estimated' from tests.answer_of('five') as m $$, $$ values (true, 2, 'true'::jsonb) $$, 'what it will have used is told by estimate');
select results_eq($$ select u.status, u.input_tokens::integer, u.output_tokens::integer, u.endpoint from studio.api_usage as u where u.message_id = tests.began('five', 'message_id')::bigint $$,
  $$ select 'failed', t.context_tokens, 2, 'chat' from tests.turn_of('five') as t $$, 'and counts: a process that dies is no way around a budget');
select results_eq($$ select m.input_tokens, m.output_tokens, m.metadata ? 'usage_estimated' from tests.answer_of('six') as m $$, $$ values (null::integer, null::integer, false) $$, 'where no process was ever heard of, no model was asked');
select is_empty($$ select * from studio.api_usage as u where u.message_id = tests.began('six', 'message_id')::bigint $$, 'and nothing counts');
create temporary table before_late as select sum(d.requests) as requests, sum(d.input_tokens) as input_tokens, sum(d.output_tokens) as output_tokens
from studio.usage_days as d where d.user_id = tests.user_id('ann');
grant select on before_late to service_role;
select tests.act_as_service();
select is(tests.state('five'), 'gone', 'a process that comes back is told that the turn is gone');
select is(tests.finish('five', '{"status": "complete", "content": "Partial no more.", "usage": {"input_tokens": 5000, "output_tokens": 9, "cached_input_tokens": 100}}') ->> 'status', 'complete', 'but if it has the answer after all');
select results_eq($$ select m.status, m.content, m.error from tests.answer_of('five') as m $$, $$ values ('complete', 'Partial no more.', null::jsonb) $$, 'that is better than what was saved');
select results_eq($$ select m.input_tokens, m.output_tokens, m.metadata ? 'usage_estimated', m.metadata -> 'cached_input_tokens' from tests.answer_of('five') as m $$, $$ values (5000, 9, false, '100'::jsonb) $$, 'with what it really used');
select results_eq($$ select sum(d.requests)::bigint, sum(d.input_tokens)::bigint, sum(d.output_tokens)::bigint from studio.usage_days as d where d.user_id = tests.user_id('ann') $$,
  $$ select b.requests::bigint, (b.input_tokens + 5000 - t.context_tokens)::bigint, (b.output_tokens + 9 - 2)::bigint from before_late as b cross join tests.turn_of('five') as t $$,
  'of which the rest is counted, and no request more');
select is(tests.finish('five', '{"status": "complete", "content": "Once more", "usage": {"input_tokens": 5000, "output_tokens": 9}}') ->> 'status', 'complete', 'told again, it answers the same');
select results_eq($$ select sum(u.input_tokens)::bigint, sum(u.output_tokens)::bigint from studio.api_usage as u where u.message_id = tests.began('five', 'message_id')::bigint $$, $$ values (5000::bigint, 9::bigint) $$, 'and counts nothing twice');
select results_eq($$ select tests.state('seven', '{"content": "Soon to be deleted"}') $$, array['running'], 'seven is being answered');
select tests.expire('seven');
select tests.act_as('ann');
insert into tests.began select 'seven again', tests.ask('seven');
select results_eq($$ select m.status, m.error ->> 'code' from tests.answer_of('seven') as m $$, $$ values ('failed', 'interrupted') $$, 'whoever asks again need not wait for the scheduler: the next turn ends the dead one');
select isnt(tests.began('seven again', 'turn_id'), null, 'and begins');
select tests.act_as_owner();
update private.chat_turns set ended_at = now() - interval '2 hours' where id = tests.began('one', 'turn_id')::uuid;
select is(private.end_abandoned_turns(), 0, 'long after its end');
select is_empty($$ select * from tests.turn_of('one') $$, 'a turn is forgotten');

-- what it was for goes while it runs
select tests.act_as('ann');
delete from dashboard.conversations where id = tests.began('eight', 'conversation_id')::bigint;
delete from dashboard.messages where id = tests.began('seven again', 'message_id')::bigint;
select matches(tests.answer('ann', $$ select tests.ask('seven', 'Once more') $$), '^PT409 An answer is being written', 'a turn whose answer was deleted still holds its conversation');
select tests.act_as_service();
select is(tests.state('eight', '{"content": "Nobody reads this"}'), 'gone', 'the process is told that nobody waits for it');
select is(tests.state('seven again', '{"content": "Nor this"}'), 'gone', 'neither for the answer that was deleted');
select is(tests.finish('eight', '{"status": "cancelled", "content": "Nobody reads this", "usage": {"input_tokens": 10, "output_tokens": 3}}') - 'task_id',
  '{"status": "cancelled", "message_id": null, "conversation_id": null, "needs_title": false}', 'ending it does not fail');
select is(tests.finish('seven again', '{"status": "cancelled", "content": "Nor this", "usage": {"input_tokens": 10, "output_tokens": 3}}') -> 'message_id', 'null', 'nor does it bring the answer back');
select is_empty($$ select * from dashboard.messages as m where m.content in ('Nobody reads this', 'Nor this') $$, 'nothing of it is stored');
select is_empty($$ select * from dashboard.conversations as c where c.session_id = 'eight' $$, 'the conversation stays deleted');
select results_eq($$ select sum(u.output_tokens)::bigint from studio.api_usage as u where u.user_id = tests.user_id('ann') and u.output_tokens = 3 $$, array[6::bigint], 'but what it used counts: deleting is no way around a budget');
select tests.act_as('ann');
insert into tests.began select 'leaving', tests.ask('leaving');
select tests.act_as_owner();
delete from auth.users where id = tests.user_id('ann');
select is_empty($$ select * from tests.turn_of('leaving') $$, 'with an account its turns go');
select tests.act_as_service();
select is(tests.finish('leaving', '{"status": "complete", "content": "Anybody there?"}') ->> 'status', 'gone', 'and whoever still answers is told so');

select * from finish();
rollback;
