-- Embeddings that cost: questions, texts of programs and the queue keep the same limits, and what they use is recorded.
begin;
select plan(52);

select tests.create_team('harbor', 'ann admin', 'eve employee');
select tests.create_team('strangers', 'bob admin');
delete from studio.limits;
delete from studio.usage_days;
delete from private.usage_totals;
delete from private.embedding_jobs;
insert into studio.limits (name, value) values ('pending_files', 10), ('paid_models', 0), ('account_requests_per_day', 100),
  ('account_usd_per_day', 5), ('total_requests_per_day', 100), ('total_usd_per_day', 50);
insert into studio.limits (name, workspace_id, value) values ('paid_models', tests.workspace('harbor'), 1);
insert into public.ai_models (id, name, provider, provider_model, context_tokens, max_output_tokens, input_price, output_price, is_active) values
  ('big', 'Big', 'openai', 'big', 8192, 1, 100000, 0, false), ('own', 'Own', 'openai', 'own', 8192, 1, 0, 0, false);
create function tests.use_model(label text, model text) returns void language sql as $$
  insert into private.embedding_models (workspace_id, model, dimensions) values (tests.workspace(use_model.label), use_model.model, 384)
  on conflict (workspace_id) do update set model = excluded.model, paused_until = null
$$;
create function tests.question(endpoint_models text[] default '{big,own,unpriced}', standard_model text default null) returns jsonb language sql as $$
  select public.begin_question(standard_model => question.standard_model, endpoint_models => question.endpoint_models) - 'workspace_id'
$$;
create function tests.left_over(who text, endpoint text default 'embeddings') returns integer language sql security definer as $$
  select floor(l.tokens)::integer from private.rate_limits as l where l.user_id = tests.user_id(left_over.who) and l.endpoint = left_over.endpoint
$$;
grant execute on function tests.question(text[], text), tests.left_over(text, text) to authenticated, service_role;

-- what costs
select is(private.embedding_costs(v.model, '{big,own,unpriced}'), v.costs, v.rule) from (values
  ('big', true, 'a model of an endpoint costs'), ('unpriced', true, 'also without a known price'),
  ('own', false, 'with prices of 0 it does not'), ('gte-small', false, 'nor does one that runs in the functions'),
  (null, false, 'nor does none')) as v (model, costs, rule);

-- questions
select tests.use_model('harbor', 'big');
select tests.use_model('strangers', 'big');
select tests.act_as('ann');
select is(public.begin_question(endpoint_models => '{big}'), jsonb_build_object('workspace_id', tests.workspace('harbor'), 'model', 'big', 'costs', true, 'refusal', null),
  'a question may be embedded by a model with a price, where they are enabled');
select is(tests.left_over('ann'), 59, 'it counts for the rate limit of embeddings');
select is(tests.question('{}'), '{"model": "big", "costs": false, "refusal": null}', 'a model that runs in the functions needs no limit');
select is(tests.left_over('ann'), 59, 'and does not count');
select tests.act_as('bob');
select is(tests.question() ->> 'refusal', 'Embedding models with a price are not enabled for this account.', 'a question of a new account gets no vector that costs');
select is(tests.left_over('bob'), null, 'a refused question does not count');
select is(tests.question() ->> 'model', 'big', 'the model is returned all the same');
select tests.act_as_owner();
select tests.use_model('strangers', 'own');
select tests.act_as('bob');
select is(tests.question(), '{"model": "own", "costs": false, "refusal": null}', 'a model of an endpoint with prices of 0 is for everyone');
select tests.act_as_owner();
delete from private.embedding_models where workspace_id = tests.workspace('strangers');
select tests.act_as('bob');
select is(tests.question(), '{"model": null, "costs": false, "refusal": null}', 'where nothing is embedded, there is no model');
select is(tests.question(standard_model => 'big') ->> 'refusal', 'Embedding models with a price are not enabled for this account.', 'the standard model has the same limits');
select tests.act_as_owner();
update private.rate_limits set tokens = 0, counted_at = clock_timestamp() where user_id = tests.user_id('ann');
select tests.act_as('ann');
select is(tests.question() ->> 'refusal', 'Too many requests.', 'questions are limited by the minute');
select tests.act_as_owner();
delete from private.rate_limits;
insert into studio.budgets (workspace_id, period, limit_usd) values (tests.workspace('harbor'), 'day', 1);
select tests.act_as_service();
select studio.finish_request(jsonb_build_object('user_id', tests.user_id('eve'), 'workspace_id', tests.workspace('harbor'), 'endpoint', 'embeddings', 'model_id', 'big', 'input_tokens', 10));
select tests.act_as('ann');
select is(tests.question() ->> 'refusal', 'The budget of the workspace for this day is used up.', 'a used-up budget refuses the vector');
select tests.act_as_owner();
delete from studio.budgets;
update studio.limits set value = 1 where name = 'total_usd_per_day';
select tests.act_as('ann');
select is(tests.question() ->> 'refusal', 'The dollars of this installation for today are used up.', 'so do the totals of the installation');
select tests.act_as_owner();
update studio.limits set value = 50 where name = 'total_usd_per_day';
select tests.act_as('ann');
select tests.work_in('strangers');
select throws_ok($$ select tests.question() $$, 'PT403', 'You do not belong to the workspace of the header x-workspace-id.', 'in a workspace of others, there is no question');
select tests.act_as_anon();
select throws_ok($$ select public.begin_question() $$, '42501', 'permission denied for function begin_question', 'anon asks nothing');

-- questions of a turn
select tests.act_as('ann');
select is(dashboard.chat_begin_question(endpoint_models => '{big}'), jsonb_build_object('workspace_id', tests.workspace('harbor'), 'model', 'big', 'costs', true, 'refusal', null),
  'the question of a new conversation is embedded by the model of the workspace of the request');
insert into dashboard.conversations (session_id, workspace_id) values ('personal', null);
select is(dashboard.chat_begin_question(session_id => 'personal', standard_model => 'big', endpoint_models => '{big}') ->> 'refusal',
  'Embedding models with a price are not enabled for this account.', 'in a personal conversation, the personal workspace decides');
select tests.act_as('eve');
select is(dashboard.chat_begin_question(session_id => 'personal') ->> 'workspace_id', tests.workspace('harbor')::text, 'a conversation of others is not found');
select tests.act_as_owner();
insert into private.rate_limits (user_id, endpoint, tokens) values (tests.user_id('eve'), 'chat', 0);
select tests.act_as('ann');
select is(dashboard.chat_begin_question(endpoint_models => '{big}') ->> 'refusal', null, 'the rate limit of a colleague does not matter');
select tests.act_as_owner();
insert into private.rate_limits (user_id, endpoint, tokens) values (tests.user_id('ann'), 'chat', 0);
select tests.act_as('ann');
select is(dashboard.chat_begin_question(endpoint_models => '{big}') ->> 'refusal', 'Too many requests.', 'a turn beyond the rate limit of the chat does not embed its question');
select is(tests.question() ->> 'refusal', null, 'a search does not depend on that limit');
select is(tests.left_over('ann', 'chat'), 0, 'a question takes no request of the chat');
select tests.act_as_owner();
delete from private.rate_limits;

-- programs
create function tests.begin(who text, more jsonb) returns jsonb language sql as $$
  select studio.begin_request(jsonb_build_object('user_id', tests.user_id(begin.who), 'endpoint', 'embeddings', 'endpoint_models', '["big", "own"]'::jsonb) || begin.more)
$$;
grant execute on function tests.begin(text, jsonb) to service_role;
select tests.act_as_service();
select throws_ok($$ select tests.begin('bob', '{"model": "big"}') $$, 'PT402', 'Embedding models with a price are not enabled for this account.',
  'a program of a new account gets no embeddings that cost');
select lives_ok($$ select tests.begin('bob', '{"model": "own"}') $$, 'but those of a free endpoint');
select lives_ok($$ select tests.begin('bob', '{"model": "gte-small"}') $$, 'and those of a model that runs in the functions');
select lives_ok($$ select tests.begin('ann', '{"model": "big"}') $$, 'where models with a price are enabled, it gets them');
select is(tests.begin('ann', '{"endpoint": "completions", "providers": []}') -> 'question' ->> 'refusal', null, 'a completion of the built-in model embeds its question');
select tests.act_as_owner();
delete from studio.limits where workspace_id is not null;
select tests.act_as_service();
select is(tests.begin('ann', '{"endpoint": "completions", "providers": []}') -> 'question' ->> 'refusal',
  'Embedding models with a price are not enabled for this account.', 'a limit refuses the vector, not the completion');
select tests.act_as_owner();
insert into studio.limits (name, workspace_id, value) values ('paid_models', tests.workspace('harbor'), 1);

-- the queue
select tests.use_model('strangers', 'big');
create function pg_temp.texts(model text default 'big', is_endpoint boolean default true) returns text[] language sql as $$
  select array_agg(c.content order by c.content) from public.claim_embedding_jobs(texts.model, 384, is_endpoint => texts.is_endpoint) as c $$;
create function pg_temp.give_back() returns void language sql as $$
  update private.embedding_jobs as j set available_at = now(), attempts = 0 $$;
insert into public.search_chunks (workspace_id, source_type, text) values
  (tests.workspace('harbor'), 'text', 'of harbor'), (tests.workspace('strangers'), 'text', 'of strangers');
select is(pg_temp.texts(), array['of harbor'], 'the queue embeds the texts of a workspace where models with a price are enabled');
select results_eq($$ select j.last_error from private.embedding_jobs as j where j.failed_at is not null $$,
  array['paid_models: Embedding models with a price are not enabled for this account.'], 'texts of others fail and say why');
select tests.act_as('bob');
select is((select s.last_error from public.embedding_status() as s), 'paid_models: Embedding models with a price are not enabled for this account.', 'an admin reads the reason');
select tests.act_as_owner();
update private.embedding_jobs set failed_at = null, last_error = null;
select pg_temp.give_back();
select is(pg_temp.texts(is_endpoint => false), array['of harbor', 'of strangers'], 'a model that runs in the functions embeds all texts');
select pg_temp.give_back();
select tests.act_as('bob');
insert into public.cipher_memory (content) values ('"a memory of bob"');
select tests.act_as_owner();
insert into private.embedding_models (workspace_id, model, dimensions) select w.id, 'big', 384 from public.workspaces as w where w.personal_of = tests.user_id('bob')
on conflict (workspace_id) do update set model = 'big';
select is(pg_temp.texts(), array['of harbor'], 'memories have the same limits');
select pg_temp.give_back();

insert into studio.budgets (workspace_id, period, limit_usd) values (tests.workspace('harbor'), 'day', 1);
select is(pg_temp.texts(), null, 'a used-up budget pauses the queue of a workspace');
select is((select m.paused_for from private.embedding_models as m where m.workspace_id = tests.workspace('harbor')), 'The budget of the workspace for this day is used up.', 'with its reason');
select is((select count(*) from private.embedding_models as m where m.paused_until is not null), 1::bigint, 'no other workspace is paused');
select tests.act_as('ann');
select is((select s.last_error from public.embedding_status() as s), 'The budget of the workspace for this day is used up.', 'members read what the queue waits for');
select tests.act_as_owner();
delete from studio.budgets;
select is(pg_temp.texts(), null, 'it is not asked again at once');
update private.embedding_models set paused_until = now() where workspace_id = tests.workspace('harbor');
select is(pg_temp.texts(), array['of harbor'], 'and goes on when the limit has ended');
select pg_temp.give_back();
update studio.limits set value = 0 where name = 'account_usd_per_day';
select tests.use_model('strangers', 'own');
update private.embedding_jobs set failed_at = null where workspace_id = tests.workspace('strangers');
select is(pg_temp.texts(), null, 'the limits of the account of a member hold for the texts of the workspace');
select is((select m.paused_until from private.embedding_models as m where m.workspace_id = tests.workspace('strangers')), null, 'a workspace with another model is not paused');
select tests.use_model('strangers', 'big');
update studio.limits set value = 5 where name = 'account_usd_per_day';

-- which texts fail
select tests.create_team('moving', 'bob admin');
delete from private.embedding_jobs;
delete from public.search_chunks where workspace_id in (tests.workspace('harbor'), tests.workspace('strangers'));
insert into private.embedding_models (workspace_id, model, dimensions, next_model, next_dimensions) values (tests.workspace('moving'), 'own', 384, 'big', 384);
insert into public.search_chunks (workspace_id, source_type, text)
select tests.workspace(l), 'text', t from (values ('moving', 'moving'), ('strangers', 'due'), ('strangers', 'claimed'), ('strangers', 'failed'), ('strangers', 'of ann')) as v (l, t);
update private.embedding_jobs as j set
  available_at = case c.text when 'claimed' then now() + interval '1 minute' else j.available_at end,
  failed_at = case c.text when 'failed' then now() end, last_error = case c.text when 'failed' then 'too long' end,
  account_id = case c.text when 'of ann' then tests.user_id('ann') else j.account_id end
from public.search_chunks as c where c.id = j.chunk_id;
insert into studio.limits (name, user_id, value) values ('paid_models', tests.user_id('ann'), 1);
select is(pg_temp.texts(), array['of ann'], 'a text whose account may use models with a price is embedded');
select results_eq($$ select c.text, j.for_next, j.last_error from private.embedding_jobs as j join public.search_chunks as c on c.id = j.chunk_id where j.failed_at is not null order by 1 $$,
  $$ values ('due', false, 'paid_models: Embedding models with a price are not enabled for this account.'), ('failed', false, 'too long'),
    ('moving', true, 'paid_models: Embedding models with a price are not enabled for this account.') $$,
  'of the others, those fail that are due and have this model, now or next');

update private.embedding_jobs set failed_at = null, available_at = now();
select is(cardinality(private.take_embedding_jobs(tests.user_id('ann'), tests.workspace('strangers'), 'big', '1 minute', 10)), 1,
  'a turn takes the texts of its account');

-- usage of the queue
delete from studio.usage_days;
select tests.act_as_service();
select public.record_embedding_usage(m, jsonb_build_array(
  jsonb_build_object('account_id', tests.user_id('ann'), 'workspace_id', tests.workspace('harbor'), 'tokens', 10),
  jsonb_build_object('account_id', tests.user_id('bob'), 'workspace_id', tests.workspace('strangers'), 'tokens', 20)))
from unnest(array['big', 'unpriced']) as m;
select tests.act_as_owner();
select results_eq($$ select d.user_id, d.workspace_id, d.model_id, d.requests, d.input_tokens, round(d.cost_usd) from studio.usage_days as d order by d.model_id, d.input_tokens $$,
  $$ values (tests.user_id('ann'), tests.workspace('harbor'), 'big', 0::bigint, 10::bigint, 1::numeric), (tests.user_id('bob'), tests.workspace('strangers'), 'big', 0, 20, 2),
    (tests.user_id('ann'), tests.workspace('harbor'), 'unpriced', 1, 10, 0), (tests.user_id('bob'), tests.workspace('strangers'), 'unpriced', 1, 20, 0) $$,
  'the tokens of the queue are recorded for workspace and account; as requests only without a price');
select is((select count(*) from studio.api_usage as u where u.endpoint = 'embeddings' and u.model_id in ('big', 'unpriced') and u.user_id in (tests.user_id('ann'), tests.user_id('bob'))), 4::bigint,
  'each batch has a row');
select tests.act_as('ann');
select throws_ok($$ select public.record_embedding_usage('big', '[]') $$, '42501', 'permission denied for function record_embedding_usage', 'people record no usage');

select * from finish();
rollback;
