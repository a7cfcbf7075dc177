-- A turn is saved, cancelled, finished or abandoned; its conversation can be deleted at any time.
begin;
select plan(82);

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
-- Finishing a turn, with the secret key.
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

-- only a secret key
select throws_ok($$ select * from dashboard.chat_checkpoint('[]') $$, '42501', 'permission denied for function chat_checkpoint', 'users cannot save checkpoints');
select throws_ok($$ select tests.finish('one', '{"status": "complete"}') $$, '42501', 'permission denied for function chat_finish_turn', 'users cannot finish turns');
select throws_ok($$ select * from private.chat_turns $$, '42501', 'permission denied for schema private', 'users have no rights on turns');
select tests.act_as_service();
select throws_ok($$ select * from private.chat_turns $$, '42501', 'permission denied for schema private', 'the service role has no rights on turns');
select throws_ok($$ select dashboard.chat_cancel_turn(1) $$, '42501', 'permission denied for function chat_cancel_turn', 'the service role cannot cancel turns');

-- checkpoints
select results_eq(
  $$ select c.state from dashboard.chat_checkpoint(jsonb_build_array(
      jsonb_build_object('turn_id', tests.began('one', 'turn_id'), 'content', 'Half an', 'parts', '[{"type": "text", "text": "Half an"}]'::jsonb),
      jsonb_build_object('turn_id', tests.began('two', 'turn_id'), 'content', 'Another'),
      jsonb_build_object('turn_id', gen_random_uuid(), 'content', 'Lost'))) as c order by 1 $$,
  $$ values ('gone'), ('running'), ('running') $$, 'a checkpoint returns the state of each turn');
select results_eq($$ select m.content, m.parts, m.status from tests.answer_of('one') as m $$,
  $$ values ('Half an', '[{"type": "text", "text": "Half an"}]'::jsonb, 'streaming') $$, 'a checkpoint saves the text of an answer');
select results_eq($$ select m.content, m.parts from tests.answer_of('two') as m $$, $$ values ('Another', '[]'::jsonb) $$, 'a checkpoint can save text without parts');
select is(tests.state('one'), 'running', 'a checkpoint without text returns the state');
select is((select m.content from tests.answer_of('one') as m), 'Half an', 'a checkpoint without text keeps the saved text');
select is(tests.state('two', jsonb_build_object('content', repeat('x', 1000100), 'parts', '{"no": "list"}'::jsonb)), 'running', 'text that is too long is cut');
select results_eq($$ select char_length(m.content), m.parts from tests.answer_of('two') as m $$, $$ values (1000000, '[]'::jsonb) $$, 'an oversized text does not fail the checkpoint of other turns');
select tests.expire('two');
select is(tests.state('two'), 'running', 'a checkpoint after the lease expired, but before the scheduler ran, is accepted');
select is((select t.lease_until > clock_timestamp() + interval '10 seconds' from tests.turn_of('two') as t), true, 'it extends the lease');

-- the end
select throws_ok($$ select tests.finish('one', '{"status": "streaming"}') $$, '22023', 'result.status must be complete, cancelled or failed.', 'a turn cannot end with another status');
select throws_ok($$ select tests.finish('one', '{}') $$, '22023', 'result.status must be complete, cancelled or failed.', 'a turn cannot end without a status');
create temporary table ended as select tests.finish('one', '{"status": "complete", "content": "Half an hour.", "parts": [{"type": "text", "text": "Half an hour."}],
  "model_id": "other-model", "model_name": "Other", "tools_used": [{"name": "recall", "status": "completed"}],
  "tool_calls": [{"name": "recall", "id": "1"}, {"toolName": "search_knowledge", "id": "2"}, {"name": "recall", "id": "3"}], "tool_results": [{"id": "1"}],
  "citations": [{"n": 1}], "usage": {"input_tokens": 100, "output_tokens": 20, "cached_input_tokens": 5}, "metadata": {"finish_reason": "stop"},
  "checks": [{"check": "pii"}], "error": {"code": "ignored"}}') as answer;
select results_eq($$ select answer ->> 'message_id', answer ->> 'task_id', answer ->> 'conversation_id', answer ->> 'status', answer ->> 'needs_title' from ended $$,
  $$ values (tests.began('one', 'message_id'), tests.began('one', 'task_id'), tests.began('one', 'conversation_id'), 'complete', 'true') $$, 'finishing a turn returns its ids and that a title is missing');
select results_eq($$ select m.status, m.content, m.model_id, m.model_name, m.input_tokens, m.output_tokens, m.error, m.citations, jsonb_array_length(m.tool_calls), m.tool_results, m.tools_used
    from tests.answer_of('one') as m $$,
  $$ values ('complete', 'Half an hour.', 'other-model', 'Other', 100, 20, null::jsonb, '[{"n": 1}]'::jsonb, 3, '[{"id": "1"}]'::jsonb, '[{"name": "recall", "status": "completed"}]'::jsonb) $$,
  'the answer is stored with the model that wrote it');
select is((select m.metadata - 'cost_usd' from tests.answer_of('one') as m), '{"finish_reason": "stop", "cached_input_tokens": 5, "checks": [{"check": "pii"}]}', 'the answer has its metadata');
select results_eq($$ select k.status, k.outcome, k.steps_required, k.tools_used, k.model_id, k.category from dashboard.ai_tasks as k where k.id = tests.began('one', 'task_id')::bigint $$,
  $$ values ('completed', 'Half an hour.', 3, '["recall", "search_knowledge"]'::jsonb, 'other-model', null::text) $$, 'the AI task is closed: one step per tool call, each tool once');
select results_eq($$ select u.requests::integer, u.input_tokens::integer, u.output_tokens::integer from studio.usage_days as u where u.user_id = tests.user_id('ann') $$,
  $$ values (1, 100, 20) $$, 'usage is recorded');
select is(tests.finish('one', '{"status": "failed", "content": "Something else"}'), (select answer from ended), 'finishing a turn again returns the same');
select results_eq($$ select m.status, m.content from tests.answer_of('one') as m $$, $$ values ('complete', 'Half an hour.') $$, 'finishing a turn again changes nothing');
select is((select sum(u.requests)::integer from studio.usage_days as u where u.user_id = tests.user_id('ann')), 1, 'finishing a turn again records no usage');
select is(tests.state('one', '{"content": "Too late"}'), 'gone', 'a checkpoint after the end returns gone');
select is((select m.content from tests.answer_of('one') as m), 'Half an hour.', 'a checkpoint after the end saves nothing');
select is(tests.finish('two', '{"status": "failed", "content": "Oh", "error": {"code": "overloaded", "message": "The provider is busy."}}') ->> 'needs_title', 'false', 'a failed turn needs no title');
select results_eq($$ select m.status, m.content, m.error from tests.answer_of('two') as m $$, $$ values ('failed', 'Oh', '{"code": "overloaded", "message": "The provider is busy."}'::jsonb) $$, 'the answer of a failed turn has its error');
select is((select k.status || ': ' || k.outcome from dashboard.ai_tasks as k where k.id = tests.began('two', 'task_id')::bigint), 'failed: The provider is busy.', 'the AI task of a failed turn has its error');
select is(dashboard.chat_finish_turn(gen_random_uuid(), '{"status": "complete"}'), '{"status": "gone", "task_id": null, "message_id": null, "needs_title": false, "conversation_id": null}', 'an unknown turn is gone');
select is(tests.finish('three', jsonb_build_object('status', 'complete', 'content', repeat('y', 1000100), 'parts', 'no list', 'tool_calls', '{"not": "a list"}'::jsonb, 'citations', 5,
  'usage', '{"input_tokens": -7, "output_tokens": 99999999999, "cached_input_tokens": "many"}'::jsonb, 'model_name', repeat('n', 500), 'metadata', '[]'::jsonb)) ->> 'status', 'complete',
  'an answer is stored even if a provider sent malformed values');
select results_eq($$ select char_length(m.content), m.parts, m.tool_calls, m.citations, m.input_tokens, char_length(m.model_name) from tests.answer_of('three') as m $$,
  $$ values (1000000, '[]'::jsonb, '[]'::jsonb, '[]'::jsonb, 0, 200) $$, 'values that are too long are cut, and malformed ones are left out');

-- cancelling
select tests.act_as('bob');
select is(dashboard.chat_cancel_turn(tests.began('four', 'conversation_id')::bigint), false, 'a stranger cannot cancel a turn');
select tests.act_as('cal');
select is(dashboard.chat_cancel_turn(tests.began('four', 'conversation_id')::bigint), false, 'a colleague cannot cancel a turn');
select tests.act_as('ann');
select is(dashboard.chat_cancel_turn(tests.began('one', 'conversation_id')::bigint), false, 'cancelling without a running turn returns false');
select tests.act_as_service();
select is(tests.state('four'), 'running', 'the turn still runs');
select tests.act_as('ann');
select is(dashboard.chat_cancel_turn(tests.began('four', 'conversation_id')::bigint), true, 'the owner requests cancellation');
select is(dashboard.chat_cancel_turn(tests.began('four', 'conversation_id')::bigint), true, 'cancellation can be requested twice');
select tests.act_as_service();
select is(tests.state('four', '{"content": "So far"}'), 'cancelling', 'the next checkpoint returns cancelling and saves the text');
select is(tests.finish('four', '{"status": "cancelled", "content": "So far."}') ->> 'status', 'cancelled', 'the process ends the turn as cancelled');
select results_eq($$ select m.status, m.content, m.error from tests.answer_of('four') as m $$, $$ values ('cancelled', 'So far.', null::jsonb) $$, 'a cancelled answer keeps its text');
select is((select k.status || ': ' || k.outcome from dashboard.ai_tasks as k where k.id = tests.began('four', 'task_id')::bigint), 'failed: Cancelled by user', 'the AI task says that the user cancelled it');

-- turns without heartbeats
select is(tests.state('five', '{"content": "Partial"}'), 'running', 'turn five is running');
select tests.act_as_owner();
select is(private.end_abandoned_turns(), 0, 'the scheduler ends no turn with a valid lease');
select tests.expire('five');
select tests.expire('six');
select tests.act_as('ann');
select is(dashboard.chat_cancel_turn(tests.began('six', 'conversation_id')::bigint), true, 'cancellation of a turn without a process is requested');
select tests.act_as_owner();
select is(private.end_abandoned_turns(), 2, 'the scheduler ends turns whose lease expired');
select is(private.end_abandoned_turns(), 0, 'the scheduler ends a turn once');
select results_eq($$ select m.status, m.content, m.error ->> 'code' from tests.answer_of('five') as m $$, $$ values ('failed', 'Partial', 'interrupted') $$, 'the answer has failed and keeps the saved text');
select is((select m.status from tests.answer_of('six') as m), 'cancelled', 'the turn with requested cancellation is cancelled');
select is((select k.status || ': ' || k.outcome from dashboard.ai_tasks as k where k.id = tests.began('five', 'task_id')::bigint), 'failed: The answer was interrupted.', 'the AI tasks are closed accordingly');
select results_eq($$ select m.input_tokens > 10, m.output_tokens, m.metadata -> 'usage_estimated' from tests.answer_of('five') as m $$, $$ values (true, 2, 'true'::jsonb) $$, 'the usage of an interrupted turn is estimated');
select results_eq($$ select u.status, u.input_tokens::integer, u.output_tokens::integer, u.endpoint from studio.api_usage as u where u.message_id = tests.began('five', 'message_id')::bigint $$,
  $$ select 'failed', t.context_tokens, 2, 'chat' from tests.turn_of('five') as t $$, 'estimated usage counts against budgets');
select results_eq($$ select m.input_tokens, m.output_tokens, m.metadata ? 'usage_estimated' from tests.answer_of('six') as m $$, $$ values (null::integer, null::integer, false) $$, 'without a checkpoint, no model was asked');
select is_empty($$ select * from studio.api_usage as u where u.message_id = tests.began('six', 'message_id')::bigint $$, 'without a checkpoint, no usage is recorded');
create temporary table before_late as select sum(d.requests) as requests, sum(d.input_tokens) as input_tokens, sum(d.output_tokens) as output_tokens
from studio.usage_days as d where d.user_id = tests.user_id('ann');
grant select on before_late to service_role;
select tests.act_as_service();
select is(tests.state('five'), 'gone', 'a process that continues after the end gets gone');
select is(tests.finish('five', '{"status": "complete", "content": "Partial no more.", "usage": {"input_tokens": 5000, "output_tokens": 9, "cached_input_tokens": 100}}') ->> 'status', 'complete', 'a process can finish a turn whose lease expired');
select results_eq($$ select m.status, m.content, m.error from tests.answer_of('five') as m $$, $$ values ('complete', 'Partial no more.', null::jsonb) $$, 'its answer replaces the saved text');
select results_eq($$ select m.input_tokens, m.output_tokens, m.metadata ? 'usage_estimated', m.metadata -> 'cached_input_tokens' from tests.answer_of('five') as m $$, $$ values (5000, 9, false, '100'::jsonb) $$, 'its usage replaces the estimate');
select results_eq($$ select sum(d.requests)::bigint, sum(d.input_tokens)::bigint, sum(d.output_tokens)::bigint from studio.usage_days as d where d.user_id = tests.user_id('ann') $$,
  $$ select b.requests::bigint, (b.input_tokens + 5000 - t.context_tokens)::bigint, (b.output_tokens + 9 - 2)::bigint from before_late as b cross join tests.turn_of('five') as t $$,
  'only the difference to the estimate is recorded, and no second request');
select is(tests.finish('five', '{"status": "complete", "content": "Once more", "usage": {"input_tokens": 5000, "output_tokens": 9}}') ->> 'status', 'complete', 'finishing it again returns the same');
select results_eq($$ select sum(u.input_tokens)::bigint, sum(u.output_tokens)::bigint from studio.api_usage as u where u.message_id = tests.began('five', 'message_id')::bigint $$, $$ values (5000::bigint, 9::bigint) $$, 'finishing it again records no usage');
select results_eq($$ select tests.state('seven', '{"content": "Soon to be deleted"}') $$, array['running'], 'turn seven is running');
select tests.expire('seven');
select tests.act_as('ann');
insert into tests.began select 'seven again', tests.ask('seven');
select results_eq($$ select m.status, m.error ->> 'code' from tests.answer_of('seven') as m $$, $$ values ('failed', 'interrupted') $$, 'a new question ends a turn whose lease expired, before the scheduler does');
select isnt(tests.began('seven again', 'turn_id'), null, 'the new turn begins');
select tests.act_as_owner();
update private.chat_turns set ended_at = now() - interval '2 hours' where id = tests.began('one', 'turn_id')::uuid;
select is(private.end_abandoned_turns(), 0, 'an ended turn is not ended again');
select is_empty($$ select * from tests.turn_of('one') $$, 'an ended turn is deleted');

-- deletes during a turn
select tests.act_as('ann');
delete from dashboard.conversations where id = tests.began('eight', 'conversation_id')::bigint;
delete from dashboard.messages where id = tests.began('seven again', 'message_id')::bigint;
select matches(tests.answer('ann', $$ select tests.ask('seven', 'Once more') $$), '^PT409 An answer is being written', 'a turn whose answer was deleted still locks its conversation');
select tests.act_as_service();
select is(tests.state('eight', '{"content": "Deleted before it was read"}'), 'gone', 'a checkpoint returns gone after the conversation was deleted');
select is(tests.state('seven again', '{"content": "Nor this"}'), 'gone', 'a checkpoint returns gone after the answer was deleted');
select is(tests.finish('eight', '{"status": "cancelled", "content": "Deleted before it was read", "usage": {"input_tokens": 10, "output_tokens": 3}}') - 'task_id',
  '{"status": "cancelled", "message_id": null, "conversation_id": null, "needs_title": false}', 'finishing a turn of a deleted conversation does not fail');
select is(tests.finish('seven again', '{"status": "cancelled", "content": "Nor this", "usage": {"input_tokens": 10, "output_tokens": 3}}') -> 'message_id', 'null', 'finishing a turn does not restore a deleted answer');
select is_empty($$ select * from dashboard.messages as m where m.content in ('Deleted before it was read', 'Nor this') $$, 'nothing of the answer is stored');
select is_empty($$ select * from dashboard.conversations as c where c.session_id = 'eight' $$, 'the conversation stays deleted');
select results_eq($$ select sum(u.output_tokens)::bigint from studio.api_usage as u where u.user_id = tests.user_id('ann') and u.output_tokens = 3 $$, array[6::bigint], 'usage counts although the conversation was deleted');
select tests.act_as('ann');
insert into tests.began select 'leaving', tests.ask('leaving');
select tests.act_as_owner();
delete from auth.users where id = tests.user_id('ann');
select is_empty($$ select * from tests.turn_of('leaving') $$, 'deleting an account deletes its turns');
select tests.act_as_service();
select is(tests.finish('leaving', '{"status": "complete", "content": "Still running"}') ->> 'status', 'gone', 'a process that still answers gets gone');

-- which answers a turn stores: an open one, and one that failed because its lease expired
select tests.act_as('cal');
insert into tests.began select 'stored', tests.ask('stored');
select tests.act_as_owner();
create function tests.store(status text, ended_by text) returns text language plpgsql as $$
declare
  turn private.chat_turns;
begin
  update dashboard.messages as m set status = store.status, content = 'Before', error = case when store.status = 'failed' then '{"code": "x"}'::jsonb end
  where m.id = tests.began('stored', 'message_id')::bigint;
  select t.* into turn from tests.turn_of('stored') as t;
  turn.ended_by := store.ended_by;
  perform private.store_answer(turn, '{"status": "complete", "content": "After"}', '{}', '{}');
  return (select m.content from tests.answer_of('stored') as m);
end
$$;
select is(tests.store(s.status, s.ended_by), s.content, format('an answer that is %s, of a turn that was ended by %s: %s', s.status, coalesce(s.ended_by, 'nothing'), s.content))
from (values ('streaming', null, 'After'), ('failed', 'lease', 'After'), ('cancelled', 'lease', 'After'), ('failed', 'process', 'Before'),
  ('cancelled', 'process', 'Before'), ('complete', 'lease', 'Before')) as s (status, ended_by, content);

select * from finish();
rollback;
