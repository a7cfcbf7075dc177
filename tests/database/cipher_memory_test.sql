-- Remembering, recalling and forgetting memories; their strength, deleting and merging them.
begin;
select plan(53);

-- without memories of the seed
delete from public.cipher_memory;
select tests.create_user('ann');
select tests.create_user('bob');

select tests.act_as('bob');
select public.remember('"Bob likes espresso"', 'preference');

select tests.act_as('ann');
select isnt(public.remember('"The office has a dark mode switch"'), null, 'remember stores a memory');
select is(public.remember('"The office has a dark mode switch"'), (select id from public.cipher_memory),
  'the same content refreshes the existing memory');
select is(public.remember('"The office has a dark mode switch"', 'insight') = any (select id from public.cipher_memory where category = 'fact'), false,
  'the same content in another category is another memory');
select lives_ok($$ select public.remember('{"tool": "web_search", "model": "sonnet"}', 'insight', '{"from": "chat"}') $$, 'content can be an object');
select lives_ok($$ insert into public.cipher_memory (category, content, context) values ('conversation', '{"text": "hello"}', '{"n": 1}') $$,
  'rows can be inserted directly');
select is((select count(*) from public.cipher_memory), 4::bigint, 'four memories are stored');
select results_eq($$ select category from public.cipher_memory where content_text ilike '%dark mode%' order by category $$,
  array['fact', 'insight'], 'content is found as text');
select throws_ok($$ insert into public.cipher_memory (content, last_recalled_at) values ('"x"', now()) $$, '42501',
  'permission denied for table cipher_memory', 'users cannot set the strength');
select throws_ok($$ insert into public.cipher_memory (content, user_id) values ('"x"', tests.user_id('bob')) $$, '42501',
  'new row violates row-level security policy for table "cipher_memory"', 'users cannot add memories of others');
select throws_ok($$ select public.remember('null') $$, '23514',
  'new row for relation "cipher_memory" violates check constraint "cipher_memory_content_is_json"', 'JSON null is refused');
select throws_ok($$ select public.remember(null) $$, '23502',
  'null value in column "content" of relation "cipher_memory" violates not-null constraint', 'missing content is refused');

-- recall by words
select results_eq($$ select content from public.recall('dark') where score > 0 order by category $$,
  $$ values ('"The office has a dark mode switch"'::jsonb), ('"The office has a dark mode switch"'::jsonb) $$, 'memories are recalled by words');
select results_eq($$ select m.content, m.recall_count from public.cipher_memory as m where m.recall_count > 0 order by m.category $$,
  $$ values ('"The office has a dark mode switch"'::jsonb, 1), ('"The office has a dark mode switch"', 1) $$, 'which is counted for these, and for no other memory');
select results_eq($$ select category from public.recall('dark', in_category => 'insight') $$, array['insight'], 'recall can be limited to a category');
select is_empty($$ select 1 from public.recall('espresso') $$, 'memories of others are not recalled');
select is_empty($$ select 1 from public.recall('quantum') $$, 'a query without a match recalls nothing');
select is((select count(*) from public.recall()), 4::bigint, 'without a query, the strongest memories are recalled');
select is((select count(*) from public.recall(max_results => 2)), 2::bigint, 'max_results limits the result');
select is((select count(*) from public.recall(max_results => 0)), 1::bigint, 'max_results is at least one');
select is((select max(recall_count) from public.cipher_memory) > 0, true, 'a recall is counted');

-- recall by meaning
select tests.act_as_owner();
create function pg_temp.axis(n integer) returns extensions.vector language sql as
  $$ select ('[' || string_agg(case when i = axis.n then '1' else '0' end, ',' order by i) || ']')::extensions.vector from generate_series(1, 384) as i $$;
update public.cipher_memory set embedding = pg_temp.axis(1), embedding_model = 'm' where category = 'fact';
update public.cipher_memory set embedding = pg_temp.axis(2), embedding_model = 'm' where category = 'conversation';
update public.cipher_memory set embedding = pg_temp.axis(1), embedding_model = 'another' where category = 'insight';
grant execute on function pg_temp.axis(integer) to authenticated;
select tests.act_as('ann');
select results_eq($$ select category, similarity from public.recall(null, pg_temp.axis(2), 'm') $$, $$ values ('conversation', 1::real) $$,
  'a vector recalls memories with a similar meaning');
select results_eq($$ select category from public.recall('hello', pg_temp.axis(1), 'm') $$, array['fact', 'conversation'],
  'similarity weighs more than words');
select is_empty($$ select 1 from public.recall(null, pg_temp.axis(2), 'another') $$, 'vectors of different models are not compared');

select throws_ok($$ select 1 from public.recall('hello', pg_temp.axis(1)) $$, '22023', 'query_embedding requires embedding_model.',
  'a vector without its model is refused');
select throws_ok($$ select 1 from public.recall('hello', '[1,2]', 'm') $$, '22023', 'query_embedding must have 384 or 1024 dimensions.', 'a vector of another size is refused');
select lives_ok($$ select 1 from public.recall((select string_agg('word' || i, ' ') from generate_series(1, 200000) as i)) $$, 'a very long query is cut');

-- a changed memory is embedded again
select lives_ok($$ update public.cipher_memory set content = '"The office is bright"' where category = 'fact' $$, 'a memory is edited');
select is((select embedding from public.cipher_memory where category = 'fact'), null, 'its former vector is removed');

-- forgetting
select is(public.forget(), 0::bigint, 'forget without parameters deletes nothing');
select is(public.forget(category => 'insight'), 2::bigint, 'a category is deleted');
select is(public.forget(memory_id => (select id from public.cipher_memory where category = 'fact')), 1::bigint, 'one memory is deleted');
select is((public.export_my_memory() -> 'cipher_memory' -> 0 ->> 'category'), 'conversation', 'the export contains the remaining memories');
select tests.act_as_owner();
create temporary table anns as select m.id, m.category from public.cipher_memory as m where m.user_id = tests.user_id('ann');
grant select on anns to authenticated;
select is((select count(*) from anns), 1::bigint, 'one memory is left');
select tests.act_as('bob');
select is(public.forget(memory_id => a.id), 0::bigint, 'forget deletes no memory of others by its id') from anns as a;
select is(public.forget(category => a.category), 0::bigint, 'nor by its category') from anns as a;
select throws_ok($$ select public.forget(category => 'fact', user_id => tests.user_id('ann')) $$, '42501', 'user_id must be your own.',
  'a user names no other user');
select tests.act_as_service();
select throws_ok($$ select public.forget(category => 'fact') $$, '22023', 'user_id is required with a secret key.', 'a secret key names the user');

-- strength
select tests.act_as_owner();
update public.cipher_memory set last_recalled_at = now() - interval '60 days' where user_id = tests.user_id('bob');
select is((select round(m.strength::numeric, 2) from public.cipher_memory as m where m.user_id = tests.user_id('bob')), 0.50,
  'sixty days without a recall halve the strength');
update public.cipher_memory set last_recalled_at = now() - interval '20 hours' where user_id = tests.user_id('bob');
select is((select m.strength from public.cipher_memory as m where m.user_id = tests.user_id('bob')), 1::real,
  'on the day of a recall the strength is full');
update public.cipher_memory set last_recalled_at = now() - interval '500 days', recall_count = 1 where category = 'conversation';
select is(private.delete_faded_memories(), 0, 'a conversation memory that was recalled once is kept for two years');
update public.cipher_memory set last_recalled_at = now() - interval '800 days', recall_count = 1;
select private.delete_faded_memories();
select results_eq($$ select category from public.cipher_memory $$, array['preference'],
  'a conversation memory of two years ago is deleted, a preference is kept');

-- merging
insert into public.cipher_memory (user_id, category, content, embedding, embedding_model, recall_count, created_at)
select tests.user_id('ann'), v.category, to_jsonb(v.text), pg_temp.axis(5), 'm', v.recalls, now() - v.age * interval '1 hour'
from (values ('fact', 'likes tea', 3, 99), ('fact', E'Likes  tea.\n', 4, 1), ('preference', 'likes tea', 1, 1), ('fact', 'tea likes', 2, 1),
  ('fact', 'paid 3.50', 0, 1), ('fact', 'paid 3.51', 0, 1), ('fact', 'a < b', 0, 1), ('fact', 'a > b', 0, 1)) as v (category, text, recalls, age);
select is(private.consolidate_memories(), 1, 'duplicates are merged');
select results_eq($$ select category, content #>> '{}', recall_count from public.cipher_memory where user_id = tests.user_id('ann') order by category, content_text collate "C" $$,
  $$ values ('fact', E'Likes  tea.\n', 7), ('fact', 'a < b', 0), ('fact', 'a > b', 0), ('fact', 'paid 3.50', 0), ('fact', 'paid 3.51', 0), ('fact', 'tea likes', 2),
    ('preference', 'likes tea', 1) $$, 'the newest is kept with the recalls of both; other memories are kept, even with similar vectors');
select is(private.consolidate_memories(), 0, 'running the job again merges nothing');
insert into public.cipher_memory (user_id, content, created_at)
select tests.user_id('bob'), to_jsonb(v.text), now() - v.age * interval '1 day'
from (values ('old', 9), ('Old.', 8), ('new', 9), ('New.', 0)) as v (text, age);
select is(private.consolidate_memories(), 1, 'a new memory is merged with an old one, and old ones are not compared again each day');
delete from public.cipher_memory as m where m.user_id = tests.user_id('bob') and m.content_text in ('old', 'Old.', 'New.');

-- erase_my_memory
select tests.act_as('ann');
select public.memory_set('identity', '{"name": "Ann"}');
select is(public.erase_my_memory(), 8::bigint, 'erase_my_memory deletes all memories');
select is((public.export_my_memory() -> 'memories'), 'null'::jsonb, 'no memories of the caller are left');
select tests.act_as_owner();
select is((select count(*) from public.cipher_memory), 1::bigint, 'memories of others are kept');

select tests.act_as('ann');
select public.remember(m.content, m.category) from (values ('"Bob likes espresso"'::jsonb, 'preference')) as m (content, category);
select is((select count(*) from public.cipher_memory), 1::bigint, 'what another user remembers already is a memory of each of them');
select public.forget(category => 'preference');
select tests.act_as_owner();

-- the limit of memories
alter table public.cipher_memory disable trigger user; -- filling it is slow, and not the subject
insert into public.cipher_memory (user_id, content) select tests.user_id('ann'), to_jsonb(i) from generate_series(1, 19999) as i;
alter table public.cipher_memory enable trigger user;
select tests.act_as('ann');
select lives_ok($$ insert into public.cipher_memory (content) values ('"the last"') $$, 'a user can have 20000 memories');
select throws_ok($$ insert into public.cipher_memory (content) values ('"one more"') $$, 'PT429', 'A user can have at most 20000 memories.', 'remember refuses one more');
select throws_ok($$ select public.remember('"one more"') $$, 'PT429', 'A user can have at most 20000 memories.', 'an insert of one more is refused');
select lives_ok($$ select public.remember('"the last"') $$, 'a duplicate is still refreshed');
select * from finish();
rollback;
