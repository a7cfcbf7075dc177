-- Plans: what every turn reads, and search, use an index however many messages there are, one's own or others'.
select plan(7);

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
select tests.act_as('person 1');
select set_config('role', 'none', true); -- their claims, and the right to see what is read

select is(tests.reads($$ select private.chat_history(tests.user_id('person 1'), 9001, 1004999, 8000) $$), 0::bigint, 'a history scans no table');
select is(tests.reads($$ select private.chat_history(tests.user_id('person 1'), 9001, 1004999, 100) $$), 0::bigint, 'whatever fits');
select is(jsonb_array_length(private.chat_history(tests.user_id('person 1'), 9001, 1004999, 100) -> 'history') < 40, true, 'and it is short');
select is(tests.reads($$ select dashboard.chat_begin_turn('{"conversation_id": 9001, "message": {"content": "How dry?"}, "max_passages": 0}') $$), 0::bigint, 'nor does a turn that begins');
select is(tests.reads($$ select dashboard.search_messages('4711') $$), 0::bigint, 'nor does a search');
select is(tests.reads($$ select dashboard.search_messages('kitchen 4712') $$), 0::bigint, 'not even for a word of every message');
select isnt(tests.reads($$ select count(*) from dashboard.messages as m where m.content = 'kitchen' $$), 0::bigint, 'a scan would have been noticed');

select * from finish();
