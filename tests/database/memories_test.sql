-- The seven memory fields of a user: each call is one statement, and only the user reads them.
begin;
select plan(35);

select tests.create_user('ann');
select tests.create_user('bob');
insert into public.memories (user_id, identity) values (tests.user_id('bob'), '{"name": "Bob"}');

select tests.act_as('ann');
select is(public.memory_get('identity'), null, 'without a memory, a field is null');
select is(public.memory_get('identity', '{"name": "?"}'), '{"name": "?"}'::jsonb, 'the default value is returned without a memory');
select is(public.memory_set('identity', '{"name": "Ann", "city": "Provo"}'), '{"name": "Ann", "city": "Provo"}'::jsonb, 'a field is set');
select is(public.memory_get('identity'), '{"name": "Ann", "city": "Provo"}'::jsonb, 'a field is read');
select is(public.memory_get('rewards', '["?"]'), '[]'::jsonb, 'the other fields are empty, not null');
select is(public.memory_set('identity', '{"name": "Anna"}'), '{"name": "Anna"}'::jsonb, 'setting a field again updates the same row');
select is((select count(*) from public.memories), 1::bigint, 'a user has one row');

-- compare and set
select is(public.memory_set('current_state', '{"mood": "calm"}', '{}'), '{"mood": "calm"}'::jsonb, 'a field with the expected value is set');
select throws_ok($$ select public.memory_set('current_state', '{"mood": "wild"}', '{}') $$, 'PT409',
  'The field no longer has the expected value.', 'a field with another value is not set');
select is(public.memory_get('current_state'), '{"mood": "calm"}'::jsonb, 'a refused call keeps the value');

-- merge
select is(public.memory_merge('current_state', '{"topic": "roof", "deep": {"a": null}}'),
  '{"mood": "calm", "topic": "roof", "deep": {"a": null}}'::jsonb, 'a patch adds keys and keeps the others');
select is(public.memory_merge('current_state', '{"mood": null, "deep": null}'), '{"topic": "roof"}'::jsonb, 'a null removes a key');
select throws_ok($$ select public.memory_merge('rewards', '{}') $$, '22023', 'field is not a memory field that this call accepts.', 'a list cannot be merged');
select throws_ok($$ select public.memory_merge('identity', '[1]') $$, '22023', 'patch must be a JSON object.', 'a patch that is not an object is refused');

-- append
select is(public.memory_append('episodic_memory', '"met Tom"'), '["met Tom"]'::jsonb, 'an element is appended');
select is(public.memory_append('episodic_memory', '{"at": 2}'), '["met Tom", {"at": 2}]'::jsonb, 'elements are appended at the end');
select is(public.memory_append('rewards', '{"stars": 3}', 'week-1'), '[{"key": "week-1", "value": {"stars": 3}}]'::jsonb,
  'an element with a key is stored under it');
select is(public.memory_append('rewards', '{"stars": 3}', 'week-1'), '[{"key": "week-1", "value": {"stars": 3}}]'::jsonb,
  'a repeated call with the same key appends nothing');
select throws_ok($$ select public.memory_append('identity', '1') $$, '22023', 'field is not a memory field that this call accepts.', 'an object field cannot be appended to');

-- refused calls
select throws_ok($$ select public.memory_get('user_id') $$, '22023', 'field is not a memory field that this call accepts.', 'other columns cannot be read');
select throws_ok($$ select public.memory_set('user_id', '1') $$, '22023', 'field is not a memory field that this call accepts.', 'other columns cannot be written');
select throws_ok($$ select public.memory_set(null, '1') $$, '22023', 'field is not a memory field that this call accepts.', 'a missing field is refused');
select throws_ok($$ select public.memory_set('identity', null) $$, '22023', 'A signed-in user and a non-null value are required.', 'a missing value is refused');
select throws_ok(v.statement, '23514', format('new row for relation "memories" violates check constraint "memories_%s"', v.name), v.rule)
from (values
  ($$ select public.memory_set('identity', '[]') $$, 'identity_is_object', 'identity is an object'),
  ($$ select public.memory_set('current_state', '"x"') $$, 'current_state_is_object', 'current_state is an object'),
  ($$ select public.memory_set('long_term_summary', '1') $$, 'long_term_summary_is_object', 'long_term_summary is an object'),
  ($$ select public.memory_set('core_instructions', '{}') $$, 'core_instructions_is_array', 'core_instructions is a list'),
  ($$ select public.memory_set('episodic_memory', '{}') $$, 'episodic_memory_is_array', 'episodic_memory is a list'),
  ($$ select public.memory_append('core_instructions', to_jsonb(repeat('x', 200000))) $$, 'core_instructions_is_array', 'a list has a size')
) as v (statement, name, rule);

-- others
select tests.act_as('bob');
select results_eq($$ select identity from public.memories $$, array['{"name": "Bob"}'::jsonb], 'a user reads only their own memory');
select is(public.memory_get('identity'), '{"name": "Bob"}'::jsonb, 'memory_get reads only the caller''s memory');
select is_empty($$ update public.memories set identity = '{}' where user_id = tests.user_id('ann') returning 1 $$, 'users cannot edit memory of others');
select tests.act_as_anon();
select throws_ok($$ select public.memory_get('identity') $$, '42501', 'permission denied for function memory_get', 'anon has no memory');

select tests.act_as_owner();
select is((select identity from public.memories where user_id = tests.user_id('ann')), '{"name": "Anna"}'::jsonb,
  'refused calls changed nothing');
select throws_ok($$ select public.memory_set('identity', '{}') $$, '22023', 'A signed-in user and a non-null value are required.',
  'without a user, no field is set');
select * from finish();
rollback;
