-- Remembering, recalling, forgetting; fading and merging.
begin;
select plan(45);

-- what others are remembered for is not this test's
delete from public.cipher_memory;
select tests.create_user('ann');
select tests.create_user('bob');

select tests.act_as('bob');
select public.remember('"Bob likes espresso"', 'preference');

select tests.act_as('ann');
select isnt(public.remember('"The office has a dark mode switch"'), null, 'something is remembered');
select is(public.remember('"The office has a dark mode switch"'), (select id from public.cipher_memory),
  'the same again is the same memory');
select is(public.remember('"The office has a dark mode switch"', 'insight') = any (select id from public.cipher_memory where category = 'fact'), false,
  'in another category it is another');
select lives_ok($$ select public.remember('{"tool": "web_search", "model": "sonnet"}', 'insight', '{"from": "chat"}') $$, 'content may be an object');
select lives_ok($$ insert into public.cipher_memory (category, content, context) values ('conversation', '{"text": "hello"}', '{"n": 1}') $$,
  'rows may be written directly');
select is((select count(*) from public.cipher_memory), 4::bigint, 'so there are four');
select results_eq($$ select category from public.cipher_memory where content_text ilike '%dark mode%' order by category $$,
  array['fact', 'insight'], 'content is found as text');
select throws_ok($$ insert into public.cipher_memory (content, strength) values ('"x"', 1) $$, '42501',
  'permission denied for table cipher_memory', 'how strong a memory is, is not for its owner to say');
select throws_ok($$ insert into public.cipher_memory (content, user_id) values ('"x"', tests.user_id('bob')) $$, '42501',
  'new row violates row-level security policy for table "cipher_memory"', 'nothing is remembered about others');
select throws_ok($$ select public.remember('null') $$, '23514',
  'new row for relation "cipher_memory" violates check constraint "cipher_memory_content_is_json"', 'null is nothing to remember');
select throws_ok($$ select public.remember(null) $$, '23502',
  'null value in column "content" of relation "cipher_memory" violates not-null constraint', 'nor is nothing');

-- recall by words
select results_eq($$ select content from public.recall('dark') where score > 0 order by category $$,
  $$ values ('"The office has a dark mode switch"'::jsonb), ('"The office has a dark mode switch"'::jsonb) $$, 'words recall');
select results_eq($$ select category from public.recall('dark', in_category => 'insight') $$, array['insight'], 'within a category');
select is_empty($$ select 1 from public.recall('espresso') $$, 'what others have is not recalled');
select is_empty($$ select 1 from public.recall('quantum') $$, 'what is not there is not recalled');
select is((select count(*) from public.recall()), 4::bigint, 'without a query, all that is fresh');
select is((select count(*) from public.recall(max_results => 2)), 2::bigint, 'as many as asked');
select is((select count(*) from public.recall(max_results => 0)), 1::bigint, 'one at least');
select is((select max(recall_count) from public.cipher_memory) > 0, true, 'what is recalled is counted');

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
  'a vector recalls what means the same');
select results_eq($$ select category from public.recall('hello', pg_temp.axis(1), 'm') $$, array['fact', 'conversation'],
  'meaning weighs more than words');
select is_empty($$ select 1 from public.recall(null, pg_temp.axis(2), 'another') $$, 'vectors of two models are not compared');

select throws_ok($$ select 1 from public.recall('hello', pg_temp.axis(1)) $$, '22023', 'query_embedding requires embedding_model.',
  'a vector without its model is refused');
select throws_ok($$ select 1 from public.recall('hello', '[1,2]', 'm') $$, '22023', 'query_embedding must have 384 or 1024 dimensions.', 'so is one of another size');
select lives_ok($$ select 1 from public.recall((select string_agg('word' || i, ' ') from generate_series(1, 200000) as i)) $$, 'a very long question is cut');

-- a memory that says something else is embedded again
select lives_ok($$ update public.cipher_memory set content = '"The office is bright"' where category = 'fact' $$, 'a memory is corrected');
select is((select embedding from public.cipher_memory where category = 'fact'), null, 'the vector of what it said is gone');

-- forgetting
select is(public.forget(), 0::bigint, 'nothing is forgotten unasked');
select is(public.forget(category => 'insight'), 2::bigint, 'a category is forgotten');
select is(public.forget(memory_id => (select id from public.cipher_memory where category = 'fact')), 1::bigint, 'one memory is');
select is((public.export_my_memory() -> 'cipher_memory' -> 0 ->> 'category'), 'conversation', 'what is left can be taken along');
select tests.act_as('bob');
select is(public.forget(memory_id => m.id), 0::bigint, 'nobody makes others forget')
from (select tests.user_id('ann') as id) as m;

-- fading
select tests.act_as_owner();
update public.cipher_memory set last_recalled_at = now() - interval '60 days' where user_id = tests.user_id('bob');
select private.weaken_memories();
select is((select round(strength::numeric, 2) from public.cipher_memory where user_id = tests.user_id('bob')), 0.50,
  'sixty days without a recall halve a memory');
select private.weaken_memories();
select is((select round(strength::numeric, 2) from public.cipher_memory where user_id = tests.user_id('bob')), 0.50,
  'however often it is looked at');
update public.cipher_memory set last_recalled_at = now() - interval '800 days', recall_count = 1;
select private.weaken_memories();
select results_eq($$ select category from public.cipher_memory $$, array['preference'],
  'talk of two years ago that came up once is forgotten, a preference never');

-- merging
insert into public.cipher_memory (user_id, category, content, embedding, embedding_model, recall_count, created_at)
select tests.user_id('ann'), v.category, to_jsonb(v.text), pg_temp.axis(5), 'm', v.recalls, now() - v.age * interval '1 hour'
from (values ('fact', 'likes tea', 3, 99), ('fact', E'Likes  tea.\n', 4, 1), ('preference', 'likes tea', 1, 1), ('fact', 'tea likes', 2, 1),
  ('fact', 'paid 3.50', 0, 1), ('fact', 'paid 3.51', 0, 1), ('fact', 'a < b', 0, 1), ('fact', 'a > b', 0, 1)) as v (category, text, recalls, age);
select is(private.consolidate_memories(), 1, 'of two memories that say the same one goes');
select results_eq($$ select category, content #>> '{}', recall_count from public.cipher_memory where user_id = tests.user_id('ann') order by category, content_text collate "C" $$,
  $$ values ('fact', E'Likes  tea.\n', 7), ('fact', 'a < b', 0), ('fact', 'a > b', 0), ('fact', 'paid 3.50', 0), ('fact', 'paid 3.51', 0), ('fact', 'tea likes', 2),
    ('preference', 'likes tea', 1) $$, 'the newer stays, with the recalls of both; what says something else stays, however near its vector is');
select is(private.consolidate_memories(), 0, 'again there is nothing to merge');

-- erasing
select tests.act_as('ann');
select public.memory_set('identity', '{"name": "Ann"}');
select is(public.erase_my_memory(), 8::bigint, 'everything remembered is erased');
select is((public.export_my_memory() -> 'memories'), 'null'::jsonb, 'nothing is left');
select tests.act_as_owner();
select is((select count(*) from public.cipher_memory), 1::bigint, 'but what others have');

-- as much as a memory holds
alter table public.cipher_memory disable trigger user; -- filling it is slow, and not the subject
insert into public.cipher_memory (user_id, content) select tests.user_id('ann'), to_jsonb(i) from generate_series(1, 19999) as i;
alter table public.cipher_memory enable trigger user;
select tests.act_as('ann');
select lives_ok($$ insert into public.cipher_memory (content) values ('"the last"') $$, 'a person remembers 20 000 things');
select throws_ok($$ insert into public.cipher_memory (content) values ('"one more"') $$, 'PT429', 'A user can have at most 20000 memories.', 'and no more');
select throws_ok($$ select public.remember('"one more"') $$, 'PT429', 'A user can have at most 20000 memories.', 'in either way');
select lives_ok($$ select public.remember('"the last"') $$, 'what is there is made fresh as before');
select * from finish();
rollback;
