-- Models: who reads them, which one answers, and the settings of a workspace.
begin;
select plan(68);

select tests.create_team('harbor', 'ann admin', 'eve employee');
select tests.create_team('strangers', 'bob admin');
insert into public.ai_models (id, name, provider, provider_model, context_tokens, max_output_tokens, supports_tools, sort_order, fallback_model_id, is_active) values
  ('c-last', 'C', 'anthropic', 'c', 100, 10, true, -90, null, true), ('c-middle', 'C', 'anthropic', 'c', 100, 10, true, -95, 'c-last', true),
  ('c-retired', 'C', 'anthropic', 'c', 100, 10, true, -99, 'c-last', false), ('c-first', 'C one', 'anthropic', 'c-1', 1000, 100, true, -98, 'c-retired', true),
  ('o-first', 'O', 'openai', 'o', 100, 10, true, -200, 'c-last', true), ('o-circle', 'O', 'openai', 'o', 100, 10, true, 0, 'o-first', true),
  ('o-alone', 'O', 'openai', 'o', 100, 10, true, 0, null, true);

-- acting as members
select tests.act_as('eve');
select ok((select count(*) from public.ai_models) >= 18, 'all signed-in users read the models');
select results_eq($$ select provider, provider_model, input_price, output_price from public.ai_models where id = 'builtin-retrieval' $$,
  $$ values ('builtin', 'retrieval', 0::numeric, 0::numeric) $$, 'one model needs no key and costs nothing');
select throws_ok($$ insert into public.ai_models (id, name, provider, provider_model, context_tokens, max_output_tokens) values ('x', 'x', 'openai', 'x', 10, 1) $$,
  '42501', 'permission denied for table ai_models', 'users cannot add models');
select throws_ok($$ update public.ai_models set input_price = 0 $$, '42501', 'permission denied for table ai_models', 'users cannot change prices');
select throws_ok($$ delete from public.ai_models $$, '42501', 'permission denied for table ai_models', 'users cannot delete models');
select tests.act_as_anon();
select throws_ok($$ select 1 from public.ai_models $$, '42501', 'permission denied for table ai_models', 'anon cannot read models');

-- with the secret key
select tests.act_as_service();
select lives_ok($$ insert into public.ai_models (id, name, provider, provider_model, context_tokens, max_output_tokens) values ('local/llama-3.1:8b', 'Llama', 'openai', 'llama3.1:8b', 8192, 2048) $$,
  'a secret key adds a model of its own server');
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
  'new row for relation "ai_models" violates check constraint "ai_models_fallback_is_another"', 'a model cannot be its own fallback');
select throws_ok($$ update public.ai_models set input_price = -1 where id = 'c-first' $$, '23514',
  'new row for relation "ai_models" violates check constraint "ai_models_prices_not_negative"', 'negative prices are refused');

-- choosing the model
select tests.act_as_owner();
select is((private.choose_model('c-last', 'o-first', null, tests.workspace('harbor'), '{anthropic,openai,builtin}')).id, 'c-last', 'a requested model is chosen');
select throws_ok($$ select private.choose_model('c-unknown', null, null, null, '{anthropic}') $$, 'PT404', 'No such model.', 'an unknown model is refused');
select throws_ok($$ select private.choose_model('c-retired', null, null, null, '{anthropic}') $$, 'PT404', 'No such model.', 'a retired model is refused');
select throws_ok($$ select private.choose_model('o-first', null, null, null, '{anthropic}') $$, '22023', 'The provider of this model has no key.', 'a model whose provider has no key is refused');
select is((private.choose_model('builtin-retrieval', null, null, null, null)).id, 'builtin-retrieval', 'the built-in model needs no key');
select is((private.choose_model(null, 'o-circle', null, tests.workspace('harbor'), '{anthropic,openai,builtin}')).id, 'o-circle', 'without a requested model, the agent''s model is chosen');
select is((private.choose_model(null, 'o-circle', null, tests.workspace('harbor'), '{anthropic,builtin}')).id, 'c-first', 'the agent''s model is skipped if its provider has no key');
select is((private.choose_model(null, 'c-retired', null, tests.workspace('harbor'), '{anthropic}')).id, 'c-first', 'the agent''s model is skipped if it was retired');
select is((private.choose_model(null, 'apex-says-what', null, null, '{anthropic}')).id, 'c-first', 'an unknown model of the agent is skipped');
update public.ai_settings set default_model_id = 'c-middle' where workspace_id = tests.workspace('harbor');
select is((private.choose_model(null, null, null, tests.workspace('harbor'), '{anthropic,openai}')).id, 'c-middle', 'without one of the agent, the workspace''s model is chosen');
select is((private.choose_model(null, 'o-circle', null, tests.workspace('harbor'), '{anthropic,openai}')).id, 'o-circle', 'the agent''s model comes before the workspace''s');
select is((private.choose_model(null, null, null, tests.workspace('harbor'), '{openai}')).id, 'o-first', 'the workspace''s model is skipped if its provider has no key');
select is((private.choose_model(null, null, null, tests.workspace('strangers'), '{anthropic,openai}')).id, 'c-first', 'a workspace without a model gets the first one of the first provider');
select is((private.choose_model(null, null, null, null, '{openai,anthropic}')).id, 'o-first', 'the caller sets the order of providers');
select is((private.choose_model(null, null, null, null, '{}')).id, 'builtin-retrieval', 'without a provider, the built-in model is chosen');
select is((private.choose_model(null, null, null, null, null)).provider, 'builtin', 'the built-in model is always available');

update public.ai_models set is_active = false where provider = 'builtin';
select throws_ok($$ select private.choose_model(null, null, null, null, '{}') $$, 'PT404', 'No model is available.', 'without any model, a request is refused');
update public.ai_models set is_active = true where provider = 'builtin';

-- the model for titles and summaries
create function tests.small(model text, providers text[]) returns text
language sql
as $$ select (private.small_model(m, null, tests.workspace('harbor'), small.providers)).id from public.ai_models as m where m.id = small.model $$;
select is(tests.small('c-first', '{anthropic,openai}'), 'c-first', 'by default a model writes titles itself');
update public.ai_models set small_model_id = 'c-last' where id in ('c-first', 'o-first', 'builtin-retrieval');
select is(tests.small('c-first', '{anthropic,openai}'), 'c-last', 'a model with a small model leaves titles to it');
select is(tests.small('o-first', '{openai}'), 'o-first', 'the small model is skipped if its provider has no key');
update public.ai_settings set small_model_id = 'o-alone' where workspace_id = tests.workspace('harbor');
select is(tests.small('c-first', '{anthropic,openai}'), 'o-alone', 'the small model of the workspace comes first');
select is(tests.small('c-first', '{anthropic}'), 'c-last', 'it is skipped if its provider has no key');
update public.ai_settings set small_model_id = 'c-retired' where workspace_id = tests.workspace('harbor');
select is(tests.small('c-first', '{anthropic}'), 'c-last', 'it is skipped if it was retired');
select is(tests.small('builtin-retrieval', '{anthropic}'), null, 'the built-in model has no small model, so that text is not sent to a provider');
select throws_ok($$ update public.ai_models set small_model_id = id where id = 'c-first' $$, '23514',
  'new row for relation "ai_models" violates check constraint "ai_models_small_is_another"', 'a model cannot be its own small model');
delete from public.ai_models where id = 'c-retired';
select is((select s.small_model_id from public.ai_settings as s where s.workspace_id = tests.workspace('harbor')), null, 'a workspace is kept when its small model is deleted');
insert into public.ai_models (id, name, provider, provider_model, context_tokens, max_output_tokens, supports_tools, sort_order, fallback_model_id, is_active)
values ('c-retired', 'C', 'anthropic', 'c', 100, 10, true, -99, 'c-last', false);
update public.ai_models set fallback_model_id = 'c-retired' where id = 'c-first';

-- fallbacks
select is((private.fallback_model('c-middle', null, null, '{anthropic}')).id, 'c-last', 'the fallback of a model is found');
select is((private.fallback_model('c-first', null, null, '{anthropic}')).id, 'c-last', 'a retired fallback is skipped for its own fallback');
select is((private.fallback_model('o-first', null, null, '{openai}')).id, null, 'a fallback whose provider has no key is skipped');
select is((private.fallback_model('o-circle', null, null, '{openai,anthropic}')).id, 'o-first', 'the nearest fallback is chosen');
update public.ai_models set fallback_model_id = 'o-circle' where id = 'o-alone';
update public.ai_models set fallback_model_id = 'o-alone', is_active = false where id = 'o-circle';
select is((private.fallback_model('o-alone', null, null, '{openai}')).id, null, 'a cycle of fallbacks ends without a result');
select is(private.describe_model(private.fallback_model('o-alone', null, null, '{openai}')), null, 'no model is described as null');
select is(private.describe_model(private.choose_model('c-first', null, null, null, '{anthropic}')),
  '{"id": "c-first", "name": "C one", "provider": "anthropic", "provider_model": "c-1", "context_tokens": 1000, "max_output_tokens": 100, "supports_tools": true, "supports_images": false}'::jsonb,
  'a model is described as JSON');

-- checks
select is(private.guard_policy(tests.workspace('strangers')), '{"prompt_injection": "record", "pii": "record"}', 'without settings, checks record');
update public.ai_settings set checks = '{"pii": "redact"}' where workspace_id = tests.workspace('harbor');
select is(private.guard_policy(tests.workspace('harbor')), '{"prompt_injection": "record", "pii": "redact"}', 'checks that are left out record');
select throws_ok(format('update public.ai_settings set checks = %L where workspace_id = tests.workspace(%L)', v.checks, 'harbor'), '23514',
  format('new row for relation "ai_settings" violates check constraint "ai_settings_%s"', v.name), v.rule)
from (values
  ('{"pii": "maybe"}', 'pii_allowed', 'a check is done in one of four ways'),
  ('{"pii": null}', 'pii_allowed', 'and not in none'),
  ('{"prompt_injection": "redact"}', 'prompt_injection_allowed', 'an injection cannot be taken out'),
  ('{"toxicity": "block"}', 'checks_known', 'other checks there are none')
) as v (checks, name, rule);

-- deleting a default model keeps the settings
delete from public.ai_models where id = 'c-middle';
select is((select s.default_model_id from public.ai_settings as s where s.workspace_id = tests.workspace('harbor')), null, 'a workspace is kept when its default model is deleted');

-- access to settings
select tests.act_as('eve');
select results_eq($$ select s.workspace_id, s.default_model_id from public.ai_settings as s where s.workspace_id = tests.workspace('harbor') $$, $$ values (tests.workspace('harbor'), null::text) $$, 'a member reads the settings of the workspace');
select is_empty($$ update public.ai_settings set default_model_id = 'c-first' where workspace_id = tests.workspace('harbor') returning 1 $$, 'a member cannot change the settings');
select throws_ok($$ insert into public.ai_settings (workspace_id) values (tests.workspace('harbor')) $$, '42501', 'permission denied for table ai_settings', 'users cannot add settings');
select tests.act_as('ann');
select results_eq($$ update public.ai_settings set default_model_id = 'c-first', checks = '{}' where workspace_id = tests.workspace('harbor') returning default_model_id $$, array['c-first'], 'an admin changes the settings');
select results_eq($$ update public.ai_settings set small_model_id = 'c-last' where workspace_id = tests.workspace('harbor') returning small_model_id $$, array['c-last'], 'an admin sets the model for titles');
select throws_ok($$ update public.ai_settings set default_model_id = 'nothing' where workspace_id = tests.workspace('harbor') $$, '23503',
  'insert or update on table "ai_settings" violates foreign key constraint "ai_settings_default_model_id_fkey"', 'an unknown default model is refused');
select tests.act_as('bob');
select is_empty($$ select 1 from public.ai_settings as s where s.workspace_id = tests.workspace('harbor') $$, 'a stranger does not read the settings');
select tests.act_as_service();
select throws_ok($$ update public.ai_settings set workspace_id = gen_random_uuid() where workspace_id = tests.workspace('harbor') $$, 'PT409', 'A row of public.ai_settings cannot change its workspace.', 'settings cannot be moved to another workspace');
select throws_ok($$ update public.ai_settings set checks = '[]' $$, '23514', null, 'checks that are not an object are refused');
select throws_ok($$ delete from public.ai_models where id = 'c-last'; update public.ai_models set fallback_model_id = 'c-last' where id = 'c-first' $$, '23503',
  'insert or update on table "ai_models" violates foreign key constraint "ai_models_fallback_model_id_fkey"', 'an unknown fallback is refused');
select lives_ok($$ delete from public.ai_models where id = 'c-last' $$, 'a model that is a fallback can be deleted');
select tests.act_as_owner();
select lives_ok($$ delete from public.workspaces where id = tests.workspace('harbor') $$, 'a workspace can be deleted');
select is((select count(*) from public.ai_settings as s where s.workspace_id = tests.workspace('harbor')), 0::bigint, 'its settings are deleted with it');

select * from finish();
rollback;
