-- Search over one's conversations: what it finds, in which order, and that it finds nothing of others.
begin;
select plan(30);

select tests.create_team('team', 'ann employee', 'cal admin');
select tests.create_user('bob');
insert into dashboard.conversations (id, user_id, title) overriding system value values
  (9001, tests.user_id('ann'), 'Kitchen'), (9002, tests.user_id('ann'), 'Hall'), (9003, tests.user_id('bob'), 'Bob''s');
insert into dashboard.messages (id, user_id, conversation_id, role, content, status, created_at) overriding system value values
  (90001, tests.user_id('ann'), 9001, 'user', 'Was the kitchen dried?', 'complete', '2026-01-01'),
  (90002, tests.user_id('ann'), 9001, 'assistant', 'The kitchen <b>is</b> drying & warm; drying goes on.', 'complete', '2026-01-02'),
  (90003, tests.user_id('ann'), 9002, 'user', 'Hall & kitchen, Zürich', 'complete', '2026-01-03'),
  (90004, tests.user_id('ann'), 9002, 'assistant', 'Drying starts', 'streaming', '2026-01-04'),
  (90005, tests.user_id('ann'), 9002, 'system', 'kitchen instructions', 'complete', '2026-01-05'),
  (90006, tests.user_id('bob'), 9003, 'user', 'My kitchen is drying too', 'complete', '2026-01-06'),
  (90007, tests.user_id('ann'), 9002, 'assistant', repeat('Nothing to see here. ', 1000) || 'At last the dehumidifier arrived.', 'complete', '2026-01-07');

select tests.act_as('ann');
select bag_eq($$ select s.message_id from dashboard.search_messages('kitchen') as s $$, array[90001, 90002, 90003]::bigint[], 'people find what was said in their own conversations');
select bag_eq($$ select s.message_id from dashboard.search_messages('dry') as s $$, array[90001, 90002]::bigint[], 'in any form of the word');
select results_eq($$ select s.message_id from dashboard.search_messages('drying') as s $$, array[90002, 90001]::bigint[], 'the best match first');
select results_eq($$ select s.conversation_id, s.title, s.role, s.created_at, s.total from dashboard.search_messages('zürich') as s $$,
  $$ values (9002::bigint, 'Hall', 'user', timestamptz '2026-01-03', 1::bigint) $$, 'with the conversation it is from');
select is((select s.excerpt_html from dashboard.search_messages('warm') as s), 'The kitchen &lt;b&gt;is&lt;/b&gt; drying &amp; <mark>warm</mark>; drying goes on.', 'matches are marked, everything else is escaped');
select matches((select s.excerpt_html from dashboard.search_messages('dehumidifier') as s), '<mark>dehumidifier</mark> arrived', 'also at the end of a long answer');
select is_empty(format('select 1 from dashboard.search_messages(%L)', q), 'a query of hyphens finds nothing: ' || left(q, 6))
from unnest(array[repeat('-', 1000), repeat('- ', 500), repeat('-!-(', 250)]) as q;
select ok((select char_length(s.excerpt_html) < 1000 from dashboard.search_messages('dehumidifier') as s), 'of which only an excerpt is shown');
select results_eq($$ select s.message_id from dashboard.search_messages('"kitchen is drying"') as s $$, array[90002]::bigint[], 'words in quotes are found in this order: the tag between them counts nothing');
select bag_eq($$ select s.message_id from dashboard.search_messages('kitchen -hall') as s $$, array[90001, 90002]::bigint[], 'a word with a minus is left out');
select bag_eq($$ select s.message_id from dashboard.search_messages('kitchen', conversation_id => 9002) as s $$, array[90003]::bigint[], 'one conversation alone can be searched');
select is_empty($$ select * from dashboard.search_messages('kitchen', conversation_id => 9003) $$, 'but not one of others');
select results_eq($$ select count(*), max(s.total) from dashboard.search_messages('kitchen', max_results => 2) as s $$, $$ values (2::bigint, 3::bigint) $$, 'the number of all matches is told with every page');
select results_eq($$ select count(*) from dashboard.search_messages('kitchen', max_results => 2, skip => 2) as s $$, array[1::bigint], 'and there is a next page');
select is_empty($$ select * from dashboard.search_messages('') $$, 'nothing finds nothing');
select is_empty($$ select * from dashboard.search_messages(null) $$, 'nor does null');
select bag_eq($$ select s.message_id from dashboard.search_messages('the') as s $$, array[90001, 90002, 90007]::bigint[], 'words that English leaves out are found as they were written');
select is_empty($$ select * from dashboard.search_messages('starts') $$, 'an answer is found once it has ended');
select is_empty($$ select * from dashboard.search_messages('instructions') $$, 'instructions are not what was said');
select is_empty($$ select * from dashboard.search_messages('owner ' || tests.user_id('bob')) $$, 'the word that stands for an owner cannot be asked for');

-- held to the policy of messages
select is_empty(
  $$ select s.message_id from dashboard.search_messages('kitchen or drying or dry or nothing', max_results => 50) as s
     except select m.id from dashboard.messages as m $$, 'what is found is what the policy shows');
select set_config('role', 'none', true);
select bag_eq($$ select s.message_id from private.search_messages('kitchen or drying', null, 50, 0) as s $$, array[90001, 90002, 90003]::bigint[],
  'and not for want of what the door leaves out: behind it, too, only one''s own is found');
select tests.act_as('cal');
select is_empty($$ select * from dashboard.search_messages('kitchen') $$, 'a colleague finds nothing of it');
select tests.act_as_anon();
select throws_ok($$ select * from dashboard.search_messages('kitchen') $$, '42501', 'permission denied for function search_messages', 'anon does not search');

-- it follows the messages
select tests.act_as_owner();
update dashboard.messages set status = 'complete', content = 'Drying ended' where id = 90004;
delete from dashboard.messages where id = 90002;
select tests.act_as('ann');
select bag_eq($$ select s.message_id from dashboard.search_messages('drying') as s $$, array[90001, 90004]::bigint[], 'what ends is found, what was deleted is not');
select tests.act_as_owner();
select lives_ok($$ update dashboard.messages set content = (select string_agg('wörter' || n, ' ') from generate_series(1, 60000) as n) where id = 90004 $$, 'a very long answer with very many words is stored all the same');
select results_eq($$ select count(*) from private.message_search as s where s.message_id = 90004 $$, array[1::bigint], 'and found by its beginning');
delete from auth.users where id = tests.user_id('bob');
select is_empty($$ select * from private.message_search as s where s.message_id = 90006 $$, 'with an account its words go');

select * from finish();
rollback;
