-- The history of a turn: the newest messages of one branch that fit, and a summary of the rest.
begin;
select plan(45);

select tests.create_user(u) from unnest(array['ann', 'bob']) as u;
insert into dashboard.conversations (id, user_id, title) overriding system value values
  (9001, tests.user_id('ann'), 'Long'), (9002, tests.user_id('ann'), 'Branches'), (9003, tests.user_id('bob'), 'Bob''s'),
  (9004, tests.user_id('ann'), 'Imported');

-- A hundred messages of 400 bytes, a hundred tokens each, without parents: 10001 to 10100.
insert into dashboard.messages (id, user_id, conversation_id, role, content, created_at) overriding system value
select 10000 + n, tests.user_id('ann'), 9001, case when n % 2 = 1 then 'user' else 'assistant' end, rpad('m' || n, 400, '.'),
  timestamptz '2026-01-01' + make_interval(mins => n)
from generate_series(1, 100) as n;
create function tests.history(conversation_id bigint, message_id bigint, budget integer) returns jsonb
language sql stable
as $$
  select private.chat_history((select c.user_id from dashboard.conversations as c where c.id = history.conversation_id),
    history.conversation_id, history.message_id, history.budget)
$$;
create function tests.ids(history jsonb) returns bigint[]
language sql stable
as $$
  select array_agg((e ->> 'id')::bigint order by place) from jsonb_array_elements(ids.history -> 'history') with ordinality as x (e, place)
$$;

-- the budget
select is(tests.ids(tests.history(9001, 10099, 1000)), array(select n::bigint from generate_series(10091, 10099) as n),
  'the history is the newest part that fits, oldest first, and begins with a question');
select is(tests.ids(tests.history(9001, 10099, 950)), array(select n::bigint from generate_series(10091, 10099) as n), 'a message that fits only in part is left out');
select is(tests.ids(tests.history(9001, 10099, 899)), array(select n::bigint from generate_series(10093, 10099) as n), 'with one token less, a question and its answer are left out');
select is(tests.ids(tests.history(9001, 10099, 10)), array[10099::bigint], 'the question itself is always included');
select is(tests.ids(tests.history(9001, 10099, 20000)), array(select n::bigint from generate_series(10001, 10099) as n), 'a history that fits is complete');
select is(tests.history(9001, 10099, 20000) -> 'needs_summary', 'null'::jsonb, 'a complete history needs no summary');
select is(tests.ids(tests.history(9001, 10005, 20000)), array[10001, 10002, 10003, 10004, 10005]::bigint[], 'messages after the question are not included');
select is(tests.history(9001, 10099, 1000) -> 'needs_summary' ->> 'upto_id', '10094', 'the next summary leaves half of the budget free and ends with an answer');
select ok((tests.history(9001, 10099, 1000) -> 'needs_summary' ->> 'from_id')::bigint < 10091, 'the next summary covers at least what does not fit');
update dashboard.messages set status = 'failed', error = '{"code": "x"}', content = '' where id = 10098;
update dashboard.messages set status = 'cancelled', content = 'Half an' where id = 10096;
select is(tests.ids(tests.history(9001, 10099, 650)), array[10093, 10094, 10095, 10096, 10097, 10099]::bigint[],
  'a failed answer without text is left out, a cancelled one is included with its text');
insert into dashboard.messages (id, user_id, conversation_id, role, content, parts, created_at) overriding system value
values (10200, tests.user_id('ann'), 9001, 'user', '', jsonb_build_array(jsonb_build_object('type', 'text', 'text', repeat('x', 4000))), '2026-02-01'),
  (10201, tests.user_id('ann'), 9001, 'user', 'Short', '[]', '2026-02-02');
select is(tests.ids(tests.history(9001, 10201, 900)), array[10201::bigint], 'parts count as tokens');
select is(tests.ids(tests.history(9001, 10201, 1100)), array[10200, 10201]::bigint[], 'parts are included if they fit');
delete from dashboard.messages where id in (10200, 10201);

-- summaries
select is(private.chat_unsummarized(9001, 10094, 1000) - 'messages', '{"summary": null, "upto_id": 10010}', 'the oldest messages are summarized first, up to max_tokens');
select is(jsonb_array_length(private.chat_unsummarized(9001, 10094, 1000) -> 'messages'), 10, 'messages to summarize have role and content');
select is(private.chat_unsummarized(9001, 10094, 100000) ->> 'upto_id', '10094', 'a large max_tokens returns all messages');
select tests.act_as_service();
select is(dashboard.chat_store_summary(9001, 'The first ten.', 10010), true, 'the service role stores a summary');
select is(dashboard.chat_store_summary(9001, 'Up to 94.', 10094), true, 'the service role stores the next summary');
select is(dashboard.chat_store_summary(9001, 'Nothing.', 99), false, 'a summary of a deleted message is not stored');
select is(dashboard.chat_store_summary(9002, 'Elsewhere.', 10094), false, 'a summary of a message of another conversation is not stored');
select is(dashboard.chat_store_summary(99, 'Nothing.', 10094), false, 'a summary of a deleted conversation is not stored');
select is((select c.summary from dashboard.conversations as c where c.id = 9001), 'Up to 94.', 'the conversation has a copy of the newest summary');
select is(dashboard.chat_unsummarized(9001, 10094), null, 'nothing is left to summarize');
select results_eq($$ select u ->> 'summary', u ->> 'upto_id', u #>> '{messages,0,id}' from dashboard.chat_unsummarized(9001, 10097) as u $$,
  $$ values ('Up to 94.', '10097', '10095') $$, 'later messages continue from the summary');
select tests.act_as_owner();
select results_eq($$ select h ->> 'summary', tests.ids(h), h -> 'needs_summary' from tests.history(9001, 10099, 1000) as h $$,
  $$ values ('Up to 94.', '{10095,10096,10097,10099}'::bigint[], 'null'::jsonb) $$, 'a history begins after the summary and leaves room for further messages');
select results_eq($$ select h ->> 'summary', tests.ids(h) from tests.history(9001, 10013, 1000) as h $$,
  $$ values ('The first ten.', '{10011,10012,10013}'::bigint[]) $$, 'an earlier question uses the summary before it, not a later one');
select results_eq($$ select h ->> 'summary', tests.ids(h), h -> 'needs_summary' ->> 'from_id' from tests.history(9001, 10099, 100) as h $$,
  $$ values ('Up to 94.', '{10099}'::bigint[], '10095') $$, 'messages after the summary that do not fit need the next summary');
select tests.act_as('ann');
select throws_ok($$ select dashboard.chat_store_summary(9001, 'Mine', 10094) $$, '42501', 'permission denied for function chat_store_summary', 'users cannot store summaries');
select throws_ok($$ select dashboard.chat_unsummarized(9001, 10094) $$, '42501', 'permission denied for function chat_unsummarized', 'users cannot read what to summarize');
delete from dashboard.messages where id = 10050;
select tests.act_as_owner();
select results_eq($$ select s.upto_id from private.chat_summaries as s where s.conversation_id = 9001 $$, array[10010::bigint], 'deleting a message deletes every summary that may contain it');
select is((select c.summary from dashboard.conversations as c where c.id = 9001), null, 'the copy in the conversation is removed');
delete from dashboard.messages where id = 10010;
select is_empty($$ select * from private.chat_summaries as s where s.conversation_id = 9001 $$, 'deleting the message that a summary ends with deletes the summary');

-- branches: 1 question, 2 and 3 answers, 4 follows 2, 6 follows 3, 8 follows the beginning
insert into dashboard.messages (id, user_id, conversation_id, parent_id, role, content, starts_branch, created_at) overriding system value
select 20000 + n, tests.user_id('ann'), 9002, 20000 + parent, case when n in (1, 4, 6, 8) then 'user' else 'assistant' end, rpad('m' || n, 400, '.'),
  n = 8, timestamptz '2026-01-01' + make_interval(mins => n)
from (values (1, null), (2, 1), (3, 1), (4, 2), (5, 4), (6, 3), (7, 6), (8, null), (9, 8)) as v (n, parent);
select is(tests.ids(tests.history(9002, 20004, 5000)), array[20001, 20002, 20004]::bigint[], 'a branch follows its parents');
select is(tests.ids(tests.history(9002, 20006, 5000)), array[20001, 20003, 20006]::bigint[], 'the other branch follows its own parents');
select is(tests.ids(tests.history(9002, 20008, 5000)), array[20008::bigint], 'a question with a null parent_id begins a branch');
select is(tests.ids(tests.history(9002, 20009, 5000)), array[20008, 20009]::bigint[], 'its answer belongs to the same branch');
select is(private.chat_store_summary(9002, 'The second attempt.', 20003), true, 'one branch is summarized');
select is(tests.history(9002, 20006, 5000) ->> 'summary', 'The second attempt.', 'this branch uses its summary');
select is(tests.history(9002, 20004, 5000) ->> 'summary', null, 'the other branch does not use it');
select is(tests.history(9002, 20004, 150) ->> 'summary', null, 'the other branch does not use it although it does not fit');
select is(tests.history(9003, 20004, 5000) -> 'history', '[]'::jsonb, 'a message of another conversation is not included');

-- an imported conversation has a summary
insert into dashboard.messages (id, user_id, conversation_id, role, content, created_at) overriding system value
select 30000 + n, tests.user_id('ann'), 9004, case when n % 2 = 1 then 'user' else 'assistant' end, rpad('m' || n, 400, '.'), timestamptz '2026-01-01' + make_interval(mins => n)
from generate_series(1, 5) as n;
update dashboard.conversations set summary = 'As imported.' where id = 9004;
select is(tests.history(9004, 30005, 200) ->> 'summary', 'As imported.', 'an imported summary is used until there is another one');
select is(tests.history(9004, 30005, 5000) ->> 'summary', null, 'an imported summary is not used if the history is complete');
select is(private.chat_unsummarized(9004, 30003, 1000) ->> 'summary', 'As imported.', 'the first summary continues from the imported one');

select is(private.chat_store_summary(9004, 'Of this branch.', 30003), true, 'then the conversation has a summary of its own');
insert into dashboard.messages (id, user_id, conversation_id, parent_id, role, content) overriding system value
values (30010, tests.user_id('ann'), 9004, 30002, 'assistant', 'Another answer.');
select is(private.chat_unsummarized(9004, 30010, 1000) ->> 'summary', null, 'and another branch does not continue from the imported one');

select * from finish();
rollback;
