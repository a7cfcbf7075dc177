-- Models: who reads them, which one answers, and what a workspace decides.
begin;
select plan(67);

select tests.create_team('harbor', 'ann admin', 'eve employee');
select tests.create_team('strangers', 'bob admin');
insert into public.ai_models (id, name, provider, provider_model, context_tokens, max_output_tokens, supports_tools, sort_order, fallback_model_id, is_active) values
  ('c-last', 'C', 'anthropic', 'c', 100, 10, true, -90, null, true), ('c-middle', 'C', 'anthropic', 'c', 100, 10, true, -95, 'c-last', true),
  ('c-retired', 'C', 'anthropic', 'c', 100, 10, true, -99, 'c-last', false), ('c-first', 'C one', 'anthropic', 'c-1', 1000, 100, true, -98, 'c-retired', true),
  ('o-first', 'O', 'openai', 'o', 100, 10, true, -200, 'c-last', true), ('o-circle', 'O', 'openai', 'o', 100, 10, true, 0, 'o-first', true),
  ('o-alone', 'O', 'openai', 'o', 100, 10, true, 0, null, true);

-- acting as members
select tests.act_as('eve');
select ok((select count(*) from public.ai_models) >= 18, 'everybody reads the models');
select results_eq($$ select provider, provider_model, input_price, output_price from public.ai_models where id = 'builtin-retrieval' $$,
  $$ values ('builtin', 'retrieval', 0::numeric, 0::numeric) $$, 'one needs no key, and costs nothing');
select throws_ok($$ insert into public.ai_models (id, name, provider, provider_model, context_tokens, max_output_tokens) values ('x', 'x', 'openai', 'x', 10, 1) $$,
  '42501', 'permission denied for table ai_models', 'nobody adds one');
select throws_ok($$ update public.ai_models set input_price = 0 $$, '42501', 'permission denied for table ai_models', 'nor makes one cheaper');
select throws_ok($$ delete from public.ai_models $$, '42501', 'permission denied for table ai_models', 'nor removes one');
select tests.act_as_anon();
select throws_ok($$ select 1 from public.ai_models $$, '42501', 'permission denied for table ai_models', 'anon reads none');

-- acting as the service
select tests.act_as_service();
select lives_ok($$ insert into public.ai_models (id, name, provider, provider_model, context_tokens, max_output_tokens) values ('local/llama-3.1:8b', 'Llama', 'openai', 'llama3.1:8b', 8192, 2048) $$,
  'a model of a server of one''s own is a row');
select throws_ok(format('insert into public.ai_models (id, name, provider, provider_model, context_tokens, max_output_tokens) values (%s)', v.row_values), '23514',
  format('new row for relation "ai_models" violates check constraint "ai_models_%s"', v.name), v.rule)
from (values
  ($$ 'a b', 'x', 'openai', 'x', 10, 1 $$, 'id_format', 'an id has no spaces'),
  ($$ repeat('x', 201), 'x', 'openai', 'x', 10, 1 $$, 'id_format', 'and is bounded'),
  ($$ 'x', '', 'openai', 'x', 10, 1 $$, 'name_length', 'a name is not empty'),
  ($$ 'x', 'x', 'mistral', 'x', 10, 1 $$, 'provider_allowed', 'a provider is one of three'),
  ($$ 'x', 'x', 'openai', '', 10, 1 $$, 'provider_model_length', 'its provider calls it something'),
  ($$ 'x', 'x', 'openai', 'x', 10, 11 $$, 'max_output_tokens_range', 'an answer fits into the context')
) as v (row_values, name, rule);
select throws_ok($$ update public.ai_models set fallback_model_id = id where id = 'c-first' $$, '23514',
  'new row for relation "ai_models" violates check constraint "ai_models_fallback_is_another"', 'a model is not its own fallback');
select throws_ok($$ update public.ai_models set input_price = -1 where id = 'c-first' $$, '23514',
  'new row for relation "ai_models" violates check constraint "ai_models_prices_not_negative"', 'nobody is paid for asking');

-- which model answers
select tests.act_as_owner();
select is((private.choose_model('c-last', 'o-first', tests.workspace('harbor'), '{anthropic,openai,builtin}')).id, 'c-last', 'what is asked for answers');
select throws_ok($$ select private.choose_model('c-unknown', null, null, '{anthropic}') $$, 'PT404', 'No such model.', 'unless there is no such model');
select throws_ok($$ select private.choose_model('c-retired', null, null, '{anthropic}') $$, 'PT404', 'No such model.', 'or it was retired');
select throws_ok($$ select private.choose_model('o-first', null, null, '{anthropic}') $$, '22023', 'The provider of this model has no key.', 'or its provider has no key');
select is((private.choose_model('builtin-retrieval', null, null, null)).id, 'builtin-retrieval', 'the built-in model needs none');
select is((private.choose_model(null, 'o-circle', tests.workspace('harbor'), '{anthropic,openai,builtin}')).id, 'o-circle', 'then the agent''s');
select is((private.choose_model(null, 'o-circle', tests.workspace('harbor'), '{anthropic,builtin}')).id, 'c-first', 'which is passed over where its provider has no key');
select is((private.choose_model(null, 'c-retired', tests.workspace('harbor'), '{anthropic}')).id, 'c-first', 'or it was retired');
select is((private.choose_model(null, 'apex-says-what', null, '{anthropic}')).id, 'c-first', 'or never was');
update public.ai_settings set default_model_id = 'c-middle' where workspace_id = tests.workspace('harbor');
select is((private.choose_model(null, null, tests.workspace('harbor'), '{anthropic,openai}')).id, 'c-middle', 'then the workspace''s');
select is((private.choose_model(null, 'o-circle', tests.workspace('harbor'), '{anthropic,openai}')).id, 'o-circle', 'which gives way to the agent''s');
select is((private.choose_model(null, null, tests.workspace('harbor'), '{openai}')).id, 'o-first', 'and is passed over without a key');
select is((private.choose_model(null, null, tests.workspace('strangers'), '{anthropic,openai}')).id, 'c-first', 'another workspace has its own, or the first of the best provider');
select is((private.choose_model(null, null, null, '{openai,anthropic}')).id, 'o-first', 'whose order the function gives');
select is((private.choose_model(null, null, null, '{}')).id, 'builtin-retrieval', 'and without any provider the built-in one');
select is((private.choose_model(null, null, null, null)).provider, 'builtin', 'always');

-- who writes titles and summaries
create function tests.small(model text, providers text[]) returns text
language sql
as $$ select (private.small_model(m, tests.workspace('harbor'), small.providers)).id from public.ai_models as m where m.id = small.model $$;
select is(tests.small('c-first', '{anthropic,openai}'), 'c-first', 'a model writes the titles itself');
update public.ai_models set small_model_id = 'c-last' where id in ('c-first', 'o-first', 'builtin-retrieval');
select is(tests.small('c-first', '{anthropic,openai}'), 'c-last', 'unless it has a smaller one for them');
select is(tests.small('o-first', '{openai}'), 'o-first', 'which is passed over where its provider has no key');
update public.ai_settings set small_model_id = 'o-alone' where workspace_id = tests.workspace('harbor');
select is(tests.small('c-first', '{anthropic,openai}'), 'o-alone', 'what the workspace says goes first');
select is(tests.small('c-first', '{anthropic}'), 'c-last', 'if it can be asked');
update public.ai_settings set small_model_id = 'c-retired' where workspace_id = tests.workspace('harbor');
select is(tests.small('c-first', '{anthropic}'), 'c-last', 'and was not retired');
select is(tests.small('builtin-retrieval', '{anthropic}'), null, 'beside the built-in model none is asked: who chose it keeps what they say to themselves');
select throws_ok($$ update public.ai_models set small_model_id = id where id = 'c-first' $$, '23514',
  'new row for relation "ai_models" violates check constraint "ai_models_small_is_another"', 'itself is said by none');
delete from public.ai_models where id = 'c-retired';
select is((select s.small_model_id from public.ai_settings as s where s.workspace_id = tests.workspace('harbor')), null, 'a workspace outlives its small model too');
insert into public.ai_models (id, name, provider, provider_model, context_tokens, max_output_tokens, supports_tools, sort_order, fallback_model_id, is_active)
values ('c-retired', 'C', 'anthropic', 'c', 100, 10, true, -99, 'c-last', false);
update public.ai_models set fallback_model_id = 'c-retired' where id = 'c-first';

-- who answers instead
select is((private.fallback_model('c-middle', '{anthropic}')).id, 'c-last', 'a fallback answers for an overloaded model');
select is((private.fallback_model('c-first', '{anthropic}')).id, 'c-last', 'one that was retired leads on to its own');
select is((private.fallback_model('o-first', '{openai}')).id, null, 'one whose provider has no key is none');
select is((private.fallback_model('o-circle', '{openai,anthropic}')).id, 'o-first', 'the nearest comes first');
update public.ai_models set fallback_model_id = 'o-circle' where id = 'o-alone';
update public.ai_models set fallback_model_id = 'o-alone', is_active = false where id = 'o-circle';
select is((private.fallback_model('o-alone', '{openai}')).id, null, 'a circle leads nowhere, and ends');
select is(private.describe_model(private.fallback_model('o-alone', '{openai}')), null, 'no model is told as null');
select is(private.describe_model(private.choose_model('c-first', null, null, '{anthropic}')),
  '{"id": "c-first", "name": "C one", "provider": "anthropic", "provider_model": "c-1", "context_tokens": 1000, "max_output_tokens": 100, "supports_tools": true, "supports_images": false}'::jsonb,
  'and one as functions need it');

-- what is looked for
select is(private.guard_policy(tests.workspace('strangers')), '{"prompt_injection": "record", "pii": "record"}', 'without settings everything is recorded');
update public.ai_settings set checks = '{"pii": "redact"}' where workspace_id = tests.workspace('harbor');
select is(private.guard_policy(tests.workspace('harbor')), '{"prompt_injection": "record", "pii": "redact"}', 'what is left out is recorded');
select throws_ok(format('update public.ai_settings set checks = %L where workspace_id = tests.workspace(%L)', v.checks, 'harbor'), '23514',
  format('new row for relation "ai_settings" violates check constraint "ai_settings_%s"', v.name), v.rule)
from (values
  ('{"pii": "maybe"}', 'pii_allowed', 'a check is done in one of four ways'),
  ('{"pii": null}', 'pii_allowed', 'and not in none'),
  ('{"prompt_injection": "redact"}', 'prompt_injection_allowed', 'an injection cannot be taken out'),
  ('{"toxicity": "block"}', 'checks_known', 'other checks there are none')
) as v (checks, name, rule);

-- the model of a workspace goes, its settings stay
delete from public.ai_models where id = 'c-middle';
select is((select s.default_model_id from public.ai_settings as s where s.workspace_id = tests.workspace('harbor')), null, 'a workspace outlives its default model');

-- whose they are
select tests.act_as('eve');
select results_eq($$ select s.workspace_id, s.default_model_id from public.ai_settings as s where s.workspace_id = tests.workspace('harbor') $$, $$ values (tests.workspace('harbor'), null::text) $$, 'a member reads the settings of the workspace');
select is_empty($$ update public.ai_settings set default_model_id = 'c-first' where workspace_id = tests.workspace('harbor') returning 1 $$, 'and changes nothing');
select throws_ok($$ insert into public.ai_settings (workspace_id) values (tests.workspace('harbor')) $$, '42501', 'permission denied for table ai_settings', 'nobody makes them');
select tests.act_as('ann');
select results_eq($$ update public.ai_settings set default_model_id = 'c-first', checks = '{}' where workspace_id = tests.workspace('harbor') returning default_model_id $$, array['c-first'], 'an admin does');
select results_eq($$ update public.ai_settings set small_model_id = 'c-last' where workspace_id = tests.workspace('harbor') returning small_model_id $$, array['c-last'], 'also of the model for titles');
select throws_ok($$ update public.ai_settings set default_model_id = 'nothing' where workspace_id = tests.workspace('harbor') $$, '23503',
  'insert or update on table "ai_settings" violates foreign key constraint "ai_settings_default_model_id_fkey"', 'a default is a model');
select tests.act_as('bob');
select is_empty($$ select 1 from public.ai_settings as s where s.workspace_id = tests.workspace('harbor') $$, 'a stranger reads nothing of it');
select tests.act_as_service();
select throws_ok($$ update public.ai_settings set workspace_id = gen_random_uuid() where workspace_id = tests.workspace('harbor') $$, 'PT409', 'A row of public.ai_settings cannot change its workspace.', 'settings stay with their workspace');
select throws_ok($$ update public.ai_settings set checks = '[]' $$, '23514', null, 'checks are an object');
select throws_ok($$ delete from public.ai_models where id = 'c-last'; update public.ai_models set fallback_model_id = 'c-last' where id = 'c-first' $$, '23503',
  'insert or update on table "ai_models" violates foreign key constraint "ai_models_fallback_model_id_fkey"', 'a fallback is a model that is there');
select lives_ok($$ delete from public.ai_models where id = 'c-last' $$, 'a model that others fall back on can go');
select tests.act_as_owner();
select lives_ok($$ delete from public.workspaces where id = tests.workspace('harbor') $$, 'a workspace can go');
select is((select count(*) from public.ai_settings as s where s.workspace_id = tests.workspace('harbor')), 0::bigint, 'and its settings with it');

select * from finish();
rollback;
