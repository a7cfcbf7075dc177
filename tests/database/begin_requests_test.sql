-- Requests of the OpenAI-compatible API: who can begin one, what it returns, and which passages the built-in model reads.
begin;
select plan(36);

select tests.create_team('harbor', 'ann admin', 'eve employee');
select tests.create_team('second', 'eve manager');
select tests.create_team('strangers', 'bob admin');
insert into public.ai_models (id, name, provider, provider_model, context_tokens, max_output_tokens, input_price, output_price, fallback_model_id) values
  ('o-small', 'S', 'openai', 's', 1000, 100, 1, 1, null), ('o-large', 'L', 'openai', 'l', 1000, 100, 2, 2, 'o-small');
update public.ai_settings set default_model_id = 'o-large' where workspace_id = tests.workspace('harbor');
create function tests.begin(who text, more jsonb default '{}') returns jsonb language sql as $$
  select studio.begin_request(jsonb_build_object('user_id', tests.user_id(begin.who), 'endpoint', 'completions', 'providers', '["openai", "builtin"]'::jsonb) || begin.more)
$$;
create function tests.left_over(who text, endpoint text) returns integer language sql security definer as $$
  select floor(l.tokens)::integer from private.rate_limits as l where l.user_id = tests.user_id(left_over.who) and l.endpoint = left_over.endpoint
$$;
grant execute on function tests.begin(text, jsonb), tests.left_over(text, text) to service_role;
create function tests.found(who text, label text) returns bigint language plpgsql as $$
begin
  return (select count(*) from studio.find_passages(tests.user_id(found.who), tests.workspace(found.label), 'shingles'));
exception when sqlstate 'PT404' then
  return 0;
end
$$;
grant execute on function tests.found(text, text) to service_role;

-- acting as users
select tests.act_as('ann');
select throws_ok(s, '42501', 'permission denied for function ' || f, 'people do not call ' || f)
from (values ($$ select studio.begin_request('{}') $$, 'begin_request'), ($$ select studio.finish_request('{}') $$, 'finish_request'),
  ($$ select studio.find_passages(tests.user_id('bob'), null, 'x') $$, 'find_passages')) as v (s, f);
select tests.act_as_anon();
select throws_ok($$ select studio.begin_request('{}') $$, '42501', 'permission denied for function begin_request', 'anon cannot begin a request');

-- with the secret key
select tests.act_as_service();
select is(tests.begin('ann') - 'rate_limit', jsonb_build_object('checks', '{"prompt_injection": "record", "pii": "record"}'::jsonb, 'workspace_id', tests.workspace('harbor'),
  'model', '{"id": "o-large", "name": "L", "provider": "openai", "provider_model": "l", "context_tokens": 1000, "max_output_tokens": 100, "supports_tools": false, "supports_images": false}'::jsonb,
  'fallback', '{"id": "o-small", "name": "S", "provider": "openai", "provider_model": "s", "context_tokens": 1000, "max_output_tokens": 100, "supports_tools": false, "supports_images": false}'::jsonb, 'question', null),
  'a request returns the workspace, its checks, the model and its fallback');
select is(tests.begin('ann') -> 'rate_limit', '{"limit": 60, "remaining": 58}', 'a request returns the rest of the rate limit');
select is(tests.begin('eve') ->> 'workspace_id', tests.workspace('harbor')::text, 'the default workspace is the active one');
select is(tests.begin('eve', jsonb_build_object('workspace_id', tests.workspace('second'))) ->> 'workspace_id', tests.workspace('second')::text, 'another workspace of the user can be named');
select throws_ok($$ select tests.begin('eve', jsonb_build_object('workspace_id', tests.workspace('strangers'))) $$, 'PT404', 'No such workspace.', 'a workspace of others is refused');
select throws_ok($$ select studio.begin_request(jsonb_build_object('user_id', gen_random_uuid(), 'endpoint', 'completions')) $$, 'PT404', 'No such workspace.', 'a user without any workspace is refused');
select is(tests.begin('ann', '{"model": "o-small"}') #>> '{model,id}', 'o-small', 'a requested model is chosen');
select is(tests.begin('ann', '{"providers": []}') #>> '{model,id}', 'builtin-retrieval', 'without a provider, the built-in model is chosen');
select is(tests.begin('ann', '{"model": "o-small"}') -> 'fallback', 'null', 'the built-in model has no fallback');
select throws_ok($$ select tests.begin('bob', '{"model": "x"}') $$, 'PT404', 'No such model.', 'an unknown model is refused');
select throws_ok($$ select tests.begin('bob', '{"model": "o-large", "providers": ["anthropic"]}') $$, '22023', 'The provider of this model has no key.', 'a model whose provider has no key is refused');
select is(tests.left_over('bob', 'completions'), null, 'a request for such a model does not count against the rate limit');
select is(tests.begin('ann', '{"endpoint": "embeddings"}') -> 'model', 'null', 'embeddings need no model of ai_models');
select is(tests.left_over('ann', 'embeddings'), 59, 'embeddings have their own rate limit');
select tests.begin('ann');
select is(tests.left_over('ann', 'embeddings'), 59, 'other endpoints do not use this limit up');
select tests.act_as_owner();
update private.rate_limits set tokens = 0, counted_at = clock_timestamp() where user_id = tests.user_id('ann') and endpoint = 'completions';
select is(tests.left_over('ann', 'embeddings'), 59, 'an empty bucket does not affect other endpoints');
insert into studio.budgets (workspace_id, period, limit_tokens) values (tests.workspace('strangers'), 'day', 0);
select tests.act_as_service();
select throws_ok($$ select tests.begin('ann') $$, 'PT429', 'Too many requests.', 'a request beyond the rate limit is refused');
select throws_ok($$ select tests.begin('bob') $$, 'PT402', 'The budget of the workspace for this day is used up.', 'a request is refused if a budget is used up');

-- the end
select is(studio.finish_request(jsonb_build_object('user_id', tests.user_id('ann'), 'workspace_id', tests.workspace('harbor'), 'endpoint', 'completions', 'model_id', 'o-small', 'input_tokens', 10, 'output_tokens', 10)),
  0.00002, 'usage is recorded, and its cost returned');
select results_eq($$ select d.requests, d.input_tokens, d.output_tokens from studio.usage_days as d where d.user_id = tests.user_id('ann') $$, $$ values (1::bigint, 10::bigint, 10::bigint) $$, 'usage is recorded once');

-- passages for the built-in model
select tests.act_as_owner();
insert into public.documents (id, workspace_id, type, title) values ('d0000000-0000-4000-8000-00000000000a', tests.workspace('harbor'), 'pdf', 'Roof report');
insert into public.search_chunks (workspace_id, document_id, source_type, text, page) values
  (tests.workspace('harbor'), 'd0000000-0000-4000-8000-00000000000a', 'pdf', 'The shingles of the roof are broken.', 3),
  (tests.workspace('harbor'), 'd0000000-0000-4000-8000-00000000000a', 'pdf', 'Broken shingles, broken shingles everywhere.', 4),
  (tests.workspace('second'), null, 'pdf', 'The shingles of the second roof are fine.', null),
  (tests.workspace('strangers'), null, 'pdf', 'The shingles of strangers.', null);
insert into private.embedding_models (workspace_id, model, dimensions) values (tests.workspace('second'), 'other-model', 384)
on conflict (workspace_id) do update set model = excluded.model;
select tests.act_as_service();
select is(tests.begin('eve', jsonb_build_object('workspace_id', tests.workspace('second'), 'providers', '[]'::jsonb)) #>> '{question,model}', 'other-model', 'a request that reads passages returns the embedding model of the workspace');
select set_eq($$ select p.text from studio.find_passages(tests.user_id('ann'), tests.workspace('harbor'), 'shingles') as p $$,
  array['The shingles of the roof are broken.', 'Broken shingles, broken shingles everywhere.'], 'passages of the workspace are found');
select results_eq($$ select p.n from studio.find_passages(tests.user_id('ann'), tests.workspace('harbor'), 'shingles') as p $$, array[1, 2], 'passages are numbered for citations');
select results_eq($$ select p.title, p.document_id, p.page in (3, 4) from studio.find_passages(tests.user_id('ann'), tests.workspace('harbor'), 'shingles', max_results => 1) as p $$,
  $$ values ('Roof report', 'd0000000-0000-4000-8000-00000000000a'::uuid, true) $$, 'passages have their document, up to max_results');
select results_eq($$ select p.text from studio.find_passages(tests.user_id('eve'), tests.workspace('second'), 'shingles') as p $$, array['The shingles of the second roof are fine.'], 'only passages of the named workspace are found');
select is((select count(*) from (select * from studio.find_passages(tests.user_id('bob'), tests.workspace('strangers'), 'shingles')) as p), 1::bigint, 'users of other workspaces find their own passages');
select is(tests.found('bob', 'harbor'), 0::bigint, 'passages of others are not found');
select is(tests.found('ann', 'second'), 0::bigint, 'a user who is not a member finds nothing');
select is(current_setting('request.jwt.claims')::jsonb, '{"role": "service_role"}', 'the claims of the caller are restored');
select is(auth.uid(), null, 'auth.uid() is null again');
select tests.act_as_owner();
delete from public.workspace_members where workspace_id = tests.workspace('harbor') and user_id = tests.user_id('eve');
select tests.act_as_service();
select is(tests.found('eve', 'harbor'), 0::bigint, 'a user who left the workspace finds nothing');
select throws_ok($$ select tests.begin('eve', jsonb_build_object('workspace_id', tests.workspace('harbor'))) $$, 'PT404', 'No such workspace.', 'a user who left the workspace cannot begin a request');

select * from finish();
rollback;
