-- Plans: what every turn reads, and search, use an index however many messages there are, one's own or others'.
begin;
select plan(7);

select tests.create_user(u) from unnest(array['ann', 'bob']) as u;
insert into dashboard.conversations (id, user_id) overriding system value values (9001, tests.user_id('ann')), (9002, tests.user_id('bob'));
-- the rows are given complete; filling the tables is not the subject
alter table dashboard.messages disable trigger user;
insert into dashboard.messages (id, user_id, conversation_id, role, content, created_at) overriding system value
select 1000000 + n, tests.user_id(case when n <= 5000 then 'ann' else 'bob' end), case when n <= 5000 then 9001 else 9002 end,
  case n % 2 when 1 then 'user' else 'assistant' end, 'kitchen ' || n, timestamptz '2026-01-01' + make_interval(mins => n)
from generate_series(1, 50000) as n;
alter table dashboard.messages enable trigger user;
insert into private.message_search (message_id, words)
select m.id, private.words_of(m.content) || array_to_tsvector(array[private.owner_word(m.user_id)]) from dashboard.messages as m where m.id > 1000000;
analyze dashboard.messages, private.message_search;

create function tests.reads(statement text) returns bigint
language plpgsql
as $$
declare
  before bigint;
  after  bigint;
begin
  select sum(s.seq_tup_read) into before from pg_stat_xact_user_tables as s where s.relname in ('messages', 'message_search');
  execute reads.statement;
  select sum(s.seq_tup_read) into after from pg_stat_xact_user_tables as s where s.relname in ('messages', 'message_search');
  return after - before;
end
$$;
select tests.act_as('ann');
select set_config('role', 'none', true); -- the claims of Ann, and the right to see what is read

select is(tests.reads($$ select private.chat_history(tests.user_id('ann'), 9001, 1004999, 8000) $$), 0::bigint, 'a history scans no table');
select is(tests.reads($$ select private.chat_history(tests.user_id('ann'), 9001, 1004999, 100) $$), 0::bigint, 'whatever fits');
select is(jsonb_array_length(private.chat_history(tests.user_id('ann'), 9001, 1004999, 100) -> 'history') < 40, true, 'and it is short');
select is(tests.reads($$ select dashboard.chat_begin_turn('{"conversation_id": 9001, "message": {"content": "How dry?"}, "max_passages": 0}') $$), 0::bigint, 'nor does a turn that begins');
select is(tests.reads($$ select dashboard.search_messages('4711') $$), 0::bigint, 'nor does a search');
select is(tests.reads($$ select dashboard.search_messages('kitchen 4712') $$), 0::bigint, 'not even for a word of every message');
select isnt(tests.reads($$ select count(*) from dashboard.messages as m where m.content = 'kitchen' $$), 0::bigint, 'a scan would have been noticed');

select * from finish();
rollback;
