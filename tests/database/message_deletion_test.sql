-- Deleted messages: what followed them stays on its branch, and an answer without its question ends.
begin;
select plan(25);

select tests.create_team('team', 'ann admin');
insert into dashboard.conversations (id, user_id, workspace_id, title) overriding system value
select n, tests.user_id('ann'), null, 'Conversation ' || n from generate_series(9001, 9060) as n;

create function tests.path(message_id bigint) returns bigint[]
language sql stable security definer
as $$
  select array_agg(p.id order by p.place desc)
  from dashboard.messages as m
  cross join private.chat_path(m.user_id, m.conversation_id, m.id, 1000000000, 0) as p
  where m.id = path.message_id
$$;
create function tests.history_ids(message_id bigint) returns bigint[]
language sql stable security definer
as $$
  select array_agg((e.message ->> 'id')::bigint order by e.place)
  from dashboard.messages as m
  cross join jsonb_array_elements(private.chat_history(m.user_id, m.conversation_id, m.id, 100000) -> 'history') with ordinality as e (message, place)
  where m.id = history_ids.message_id
$$;
grant execute on all functions in schema tests to authenticated, service_role;

-- 1 question, 2 answer, 3 and 4 go on; 5 replaces 3, and 6 answers it; 7 goes on after 6
create function tests.fill(conversation_id bigint) returns void
language sql
as $$
  insert into dashboard.messages (id, user_id, conversation_id, parent_id, starts_branch, role, content, created_at) overriding system value
  select 10 * fill.conversation_id + v.n, tests.user_id('ann'), fill.conversation_id, 10 * fill.conversation_id + v.parent, v.parent is null,
    case when v.n in (1, 3, 5, 7) then 'user' else 'assistant' end, 'm' || v.n, timestamptz '2026-01-01' + make_interval(mins => v.n)
  from (values (1, null), (2, 1), (3, 2), (4, 3), (5, 2), (6, 5), (7, 6)) as v (n, parent)
$$;
select tests.fill(n) from generate_series(9001, 9004) as n;

select tests.act_as('ann');
delete from dashboard.messages where id = 90015;
select tests.act_as_owner();
select results_eq($$ select m.parent_id, m.starts_branch from dashboard.messages as m where m.id = 90016 $$, $$ values (90012::bigint, false) $$,
  'the answer to a deleted question follows what the question followed');
select is(tests.history_ids(90017), array[90011, 90012, 90016, 90017]::bigint[], 'the abandoned branch, which is later in time, is not told');
select tests.act_as('ann');
delete from dashboard.messages where id in (90021, 90022, 90025, 90026);
select tests.act_as_owner();
select results_eq($$ select m.id, m.parent_id, m.starts_branch from dashboard.messages as m where m.conversation_id = 9002 order by m.id $$,
  $$ values (90023::bigint, null::bigint, true), (90024, 90023, false), (90027, null, true) $$, 'several at once: each branch begins with what is left of it');
select is(tests.history_ids(90027), array[90027]::bigint[], 'a branch of which only the last question is left has no other before it');
select tests.act_as('ann');
delete from dashboard.messages where id = 90036;
delete from dashboard.messages where id = 90035;
delete from dashboard.messages where id = 90032;
select tests.act_as_owner();
select is(tests.history_ids(90037), array[90031, 90037]::bigint[], 'one after the other has the same result');
select tests.act_as('ann');
delete from dashboard.messages where id = 90041;
select tests.act_as_owner();
select is(tests.path(90047), array[90042, 90045, 90046, 90047]::bigint[], 'without the first message, the branch begins with its answer');
select is(tests.history_ids(90047), array[90045, 90046, 90047]::bigint[], 'and the model is told from the first question on');
select matches(tests.answer('ann', $$ select dashboard.chat_begin_turn('{"trigger": "regenerate", "message_id": 90042, "providers": ["builtin"]}') $$),
  '^22023 message_id must be a question or an answer to one', 'an answer without its question is not written again');

-- messages without parents follow in time
insert into dashboard.messages (id, user_id, conversation_id, parent_id, starts_branch, role, content, created_at) overriding system value
select 90050 + v.n, tests.user_id('ann'), 9005, 90050 + v.parent, v.starts, case when v.n in (1, 3, 5) then 'user' else 'assistant' end, 'm' || v.n,
  timestamptz '2026-01-01' + make_interval(mins => v.n)
from (values (1, null, false), (2, null, false), (3, null, true), (4, 3, false), (5, null, false)) as v (n, parent, starts);
select is(tests.path(90055), array[90053, 90054, 90055]::bigint[], 'a message without a parent follows the one before it in time');
select tests.act_as('ann');
delete from dashboard.messages where id in (90053, 90054);
select tests.act_as_owner();
select is(tests.path(90055), array[90055]::bigint[], 'after the branch before it was deleted, it does not follow another');

-- a random tree, from which random messages are deleted, in one statement or in several
select setseed(0.25);
insert into dashboard.messages (id, user_id, conversation_id, parent_id, starts_branch, role, content, created_at) overriding system value
select 100 * c.id + n, tests.user_id('ann'), c.id, case when k.kind < 0.7 and n > 1 then 100 * c.id + 1 + floor(k.at * (n - 1))::integer end,
  k.kind between 0.7 and 0.8 or k.kind > 0.7 and c.id % 2 = 0, case when n % 2 = 1 then 'user' else 'assistant' end, 'm' || n,
  timestamptz '2026-01-01' + make_interval(mins => n / 2)
from dashboard.conversations as c cross join generate_series(1, 20) as n cross join lateral (select random() + 0 * n as kind, random() + 0 * n as at) as k
where c.id between 9011 and 9050;
create temporary table paths as
select m.id, m.conversation_id, tests.path(m.id) as path, (100 * random())::integer as lot from dashboard.messages as m where m.conversation_id between 9011 and 9050;
select is((select count(distinct p.path) from paths as p), 800::bigint, 'each of 800 messages has a path of its own');
delete from dashboard.messages as m using paths as p where p.id = m.id and p.conversation_id < 9031 and p.lot < 50;
do $$
declare
  one record;
begin
  for one in select p.id from paths as p where p.conversation_id >= 9031 and p.lot < 50 order by p.lot, p.id loop
    delete from dashboard.messages as m where m.id = one.id;
  end loop;
end
$$;
select is_empty($$
  select p.id, left_over.path as expected, tests.path(p.id) as found
  from paths as p join dashboard.messages as m on m.id = p.id
  cross join lateral (
    select array_agg(e.id order by e.place) as path from unnest(p.path) with ordinality as e (id, place)
    where exists (select from dashboard.messages as o where o.id = e.id)) as left_over
  where tests.path(p.id) is distinct from left_over.path $$, 'the path of every message is what it was, without the deleted ones');
select is_empty($$
  select p.id from paths as p join dashboard.messages as m on m.id = p.id
  where m.role = 'user' and (private.chat_history(m.user_id, m.conversation_id, m.id, 100000) #>> '{history,0,role}') is distinct from 'user' $$,
  'every history begins with a question');
select is_empty($$
  select p.id from paths as p join dashboard.messages as m on m.id = p.id
  where (private.chat_history(m.user_id, m.conversation_id, m.id, 100000) #>> '{history,-1,id}') is distinct from m.id::text and m.role = 'user' $$,
  'and ends with the asked one');

-- summaries
update dashboard.conversations set summary = 'As imported.' where id = 9003;
select is(private.chat_history(tests.user_id('ann'), 9003, 90037, 1) ->> 'summary', null, 'an imported summary is not told where a branch begins anew: it may be of another');
select is(private.chat_unsummarized(9003, 90037, 1000) ->> 'summary', null, 'nor summarized further');
select tests.act_as('ann');
delete from dashboard.messages where id = 90034;
select tests.act_as_owner();
select is((select c.summary from dashboard.conversations as c where c.id = 9003), null, 'a summary of unknown messages ends with any of them');

-- a question that is deleted while it is answered
create function tests.ask(session_id text) returns jsonb
language sql
as $$
  select dashboard.chat_begin_turn(jsonb_build_object('providers', array['builtin'], 'max_passages', 0, 'max_memories', 0,
    'session_id', ask.session_id, 'message', '{"content": "A question"}'::jsonb))
$$;
create temporary table begun (name text, turn jsonb);
grant all on begun to authenticated, service_role;
grant execute on function tests.ask(text) to authenticated;
select tests.act_as('ann');
insert into begun select n, tests.ask(n) from unnest(array['streaming', 'paused', 'other']) as n;
select isnt((select b.turn ->> 'turn_id' from begun as b where b.name = 'streaming'), null, 'a turn begins');
select tests.act_as_service();
select dashboard.chat_finish_turn((b.turn ->> 'turn_id')::uuid, jsonb_build_object('status', 'complete', 'content', 'May I?',
  'parts', '[{"type": "tool-act", "toolCallId": "c", "state": "approval-requested", "input": {}, "approval": {"id": "a"}}]'::jsonb,
  'tools_used', '[{"id": "c", "name": "act", "status": "awaiting_approval"}]'::jsonb,
  'paused', '{"approval_ids": ["a"], "messages": [{"role": "assistant", "content": "x"}], "passages": []}'::jsonb))
from begun as b where b.name = 'paused';
select tests.act_as('ann');
delete from dashboard.messages where id in (select (b.turn ->> 'user_message_id')::bigint from begun as b where b.name in ('streaming', 'paused'));
select tests.act_as_service();
select results_eq($$ select b.name, c.state from begun as b cross join dashboard.chat_checkpoint(jsonb_build_array(jsonb_build_object('turn_id', b.turn -> 'turn_id', 'content', 'Half an'))) as c
    where b.name <> 'paused' order by 1 $$, $$ values ('other', 'running'), ('streaming', 'cancelling') $$, 'the answer to a deleted question is cancelled, and no other');
select is((select dashboard.chat_finish_turn((b.turn ->> 'turn_id')::uuid, '{"status": "cancelled", "content": "Half an"}') ->> 'status' from begun as b where b.name = 'streaming'),
  'cancelled', 'its process ends it');
select tests.act_as_owner();
select results_eq($$ select m.status, m.content, m.parent_id, m.starts_branch from dashboard.messages as m join begun as b on m.id = (b.turn ->> 'message_id')::bigint where b.name = 'streaming' $$,
  $$ values ('cancelled', 'Half an', null::bigint, true) $$, 'its text so far is kept');
select results_eq($$ select m.parts #>> '{0,state}', m.tools_used #>> '{0,status}' from dashboard.messages as m join begun as b on m.id = (b.turn ->> 'message_id')::bigint where b.name = 'paused' $$,
  $$ values ('output-denied', 'denied') $$, 'a tool call that waits for approval is denied once its question is deleted');
select isnt((select p.decisions from private.paused_answers as p join begun as b on p.message_id = (b.turn ->> 'message_id')::bigint where b.name = 'paused'), null,
  'and cannot be approved later');

-- all at once
select tests.act_as('ann');
select lives_ok($$ delete from dashboard.messages $$, 'all messages can be deleted at once');
select tests.act_as_owner();
select is_empty($$ select from dashboard.messages as m where m.user_id = tests.user_id('ann') $$, 'and nothing is left of them');

select * from finish();
rollback;
