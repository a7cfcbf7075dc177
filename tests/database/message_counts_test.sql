-- What a conversation counts is what it holds, after every statement, whoever wrote it and however many rows it had.
begin;
select plan(25);

select tests.create_user(u) from unnest(array['ann', 'bob']) as u;
insert into dashboard.conversations (id, user_id, created_at, message_count, last_message_at, last_model_id) overriding system value
select 9000 + n, tests.user_id(case when n < 4 then 'ann' else 'bob' end), '2026-01-01', 40, '2026-02-01', 'imported-model'
from generate_series(1, 4) as n;
create function tests.counted() returns table (id bigint, message_count integer, last_message_at timestamptz, last_model_id text)
language sql as $$
  select c.id - 9000, c.message_count, c.last_message_at, c.last_model_id from dashboard.conversations as c where c.id between 9001 and 9004 order by 1
$$;
-- what should be there, from the messages themselves
create function tests.expected() returns table (id bigint, message_count integer, last_message_at timestamptz, last_model_id text)
language sql as $$
  select c.id - 9000, count(m.id)::integer, coalesce(max(m.created_at), c.created_at),
    (array_agg(m.model_id order by m.created_at desc, m.id desc) filter (where m.model_id is not null))[1]
  from dashboard.conversations as c left join dashboard.messages as m on m.conversation_id = c.id
  where c.id between 9001 and 9004 group by c.id order by 1
$$;

select results_eq('select * from tests.counted()',
  $$ select n::bigint, 0, timestamptz '2026-01-01', null::text from generate_series(1, 4) as n $$,
  'an imported conversation starts with nothing, whatever it says it holds');

-- an import of several conversations in one statement, not in order
insert into dashboard.messages (id, user_id, conversation_id, role, content, model_id, created_at) overriding system value
select 90000 + n, tests.user_id(case when c < 4 then 'ann' else 'bob' end), 9000 + c, case when n % 2 = 0 then 'assistant' else 'user' end, 'text ' || n,
  case when n % 2 = 0 then 'model-' || n end, timestamptz '2026-01-10' + make_interval(mins => n)
from generate_series(1, 400) as n, lateral (select n % 3 + 1 as c) as k
order by n desc;
select results_eq('select * from tests.counted()', 'select * from tests.expected()', 'after a bulk insert every conversation counts what it holds');
select is((select sum(message_count) from tests.counted()), 400::bigint, 'which is every message once');
select is((select last_model_id from tests.counted() where id = 2), 'model-400', 'the newest model is the one of the newest answer, not of the last row');

-- written again, as an import that runs twice does
insert into dashboard.messages (id, user_id, conversation_id, role, content) overriding system value
select m.id, m.user_id, m.conversation_id, m.role, m.content from dashboard.messages as m where m.id between 90001 and 90400
on conflict on constraint messages_pkey do nothing;
select results_eq('select * from tests.counted()', 'select * from tests.expected()', 'rows that are there already count once');
insert into dashboard.conversations (id, user_id, message_count) overriding system value values (9001, tests.user_id('ann'), 40)
on conflict on constraint conversations_pkey do update set message_count = excluded.message_count, last_message_at = 'infinity', last_model_id = 'x';
select results_eq('select * from tests.counted()', 'select * from tests.expected()', 'and a conversation that is written again keeps its own count');
select tests.act_as_service();
select lives_ok($$ update dashboard.conversations set message_count = 7, last_message_at = '1999-01-01', last_model_id = null $$, 'not even the service');
select tests.act_as_owner();
select results_eq('select * from tests.counted()', 'select * from tests.expected()', 'changes what is counted');

-- one row at a time, by its owner
select tests.act_as('ann');
insert into dashboard.messages (conversation_id, content) values (9001, 'now');
select tests.act_as_owner();
select results_eq('select * from tests.counted()', 'select * from tests.expected()', 'a new message is counted at once');
select is((select last_message_at from tests.counted() where id = 1), now(), 'and moves its conversation to the top');
select is((select updated_at from dashboard.conversations where id = 9001), now(), 'which counts as a change of it');
insert into dashboard.messages (id, user_id, conversation_id, role, model_id, created_at) overriding system value
values (99500, tests.user_id('ann'), 9001, 'assistant', 'old-model', '2026-01-02');
select results_eq('select * from tests.counted()', 'select * from tests.expected()', 'an older message that arrives late moves nothing back');

-- answers learn their model when they end
insert into dashboard.messages (id, user_id, conversation_id, role, status) overriding system value values (99001, tests.user_id('ann'), 9001, 'assistant', 'streaming');
select is((select last_model_id from tests.counted() where id = 1), (select last_model_id from tests.expected() where id = 1), 'an answer without a model names none');
update dashboard.messages set status = 'complete', model_id = 'new-model' where id = 99001;
select is((select last_model_id from tests.counted() where id = 1), 'new-model', 'once it has one, its conversation has it too');
update dashboard.messages set created_at = '2030-01-01' where id = 99001;
select results_eq('select * from tests.counted()', 'select * from tests.expected()', 'a time that is set right is followed');
-- a checkpoint of an answer that is streaming touches its conversation not at all
create temporary table version as select c.ctid as place from dashboard.conversations as c where c.id = 9001;
update dashboard.messages set content = 'a bit more' where id = 99001;
select is((select c.ctid from dashboard.conversations as c where c.id = 9001), (select place from version), 'saving more of an answer writes the answer only');

-- deletes
select tests.act_as('ann');
delete from dashboard.messages where id = 99001;
select tests.act_as_owner();
select results_eq('select * from tests.counted()', 'select * from tests.expected()', 'a deleted answer is no longer counted, nor its model');
delete from dashboard.messages where id % 2 = 0 and id between 90001 and 90400;
select results_eq('select * from tests.counted()', 'select * from tests.expected()', 'after a bulk delete every conversation counts what is left');
delete from dashboard.messages where conversation_id in (9002, 9003);
select results_eq($$ select id, message_count, last_message_at, last_model_id from tests.counted() where id in (2, 3) $$,
  $$ values (2::bigint, 0, timestamptz '2026-01-01', null::text), (3, 0, '2026-01-01', null) $$, 'emptied, it is as when it began');
select results_eq('select * from tests.counted()', 'select * from tests.expected()', 'and the others are untouched');

-- statements without rows, and conversations that go with their messages
select lives_ok($$ delete from dashboard.messages where id = -1 $$, 'a statement that meets nothing counts nothing');
select lives_ok($$ delete from dashboard.conversations where id = 9001 $$, 'a conversation is deleted with its messages');
select is_empty($$ select 1 from dashboard.messages where conversation_id = 9001 $$, 'all of them');
select lives_ok($$ delete from auth.users where id = tests.user_id('ann') $$, 'and so is an account');
select results_eq('select * from tests.counted()', 'select * from tests.expected()', 'what is left still counts right');

select * from finish();
rollback;
