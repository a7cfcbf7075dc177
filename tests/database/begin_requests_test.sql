-- Requests of programs: who may begin one, which model it gets, what it is told, and what the built-in model may read.
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

-- acting as people
select tests.act_as('ann');
select throws_ok(s, '42501', 'permission denied for function ' || f, 'people do not call ' || f)
from (values ($$ select studio.begin_request('{}') $$, 'begin_request'), ($$ select studio.finish_request('{}') $$, 'finish_request'),
  ($$ select studio.find_passages(tests.user_id('bob'), null, 'x') $$, 'find_passages')) as v (s, f);
select tests.act_as_anon();
select throws_ok($$ select studio.begin_request('{}') $$, '42501', 'permission denied for function begin_request', 'nor does anon');

-- acting as the service
select tests.act_as_service();
select is(tests.begin('ann') - 'rate_limit', jsonb_build_object('checks', '{"prompt_injection": "record", "pii": "record"}'::jsonb, 'workspace_id', tests.workspace('harbor'),
  'model', '{"id": "o-large", "name": "L", "provider": "openai", "provider_model": "l", "context_tokens": 1000, "max_output_tokens": 100, "supports_tools": false, "supports_images": false}'::jsonb,
  'fallback', '{"id": "o-small", "name": "S", "provider": "openai", "provider_model": "s", "context_tokens": 1000, "max_output_tokens": 100, "supports_tools": false, "supports_images": false}'::jsonb, 'embedding_model', null),
  'a request is told the workspace, its checks, the model and its fallback');
select is(tests.begin('ann') -> 'rate_limit', '{"limit": 60, "remaining": 58}', 'and what is left of the rate');
select is(tests.begin('eve') ->> 'workspace_id', tests.workspace('harbor')::text, 'without a workspace it is the one they work in');
select is(tests.begin('eve', jsonb_build_object('workspace_id', tests.workspace('second'))) ->> 'workspace_id', tests.workspace('second')::text, 'or another of theirs');
select throws_ok($$ select tests.begin('eve', jsonb_build_object('workspace_id', tests.workspace('strangers'))) $$, 'PT404', 'No such workspace.', 'and never one of others');
select throws_ok($$ select studio.begin_request(jsonb_build_object('user_id', gen_random_uuid(), 'endpoint', 'completions')) $$, 'PT404', 'No such workspace.', 'nobody has none');
select is(tests.begin('ann', '{"model": "o-small"}') #>> '{model,id}', 'o-small', 'a model that is asked for is given');
select is(tests.begin('ann', '{"providers": []}') #>> '{model,id}', 'builtin-retrieval', 'without any provider it is the built-in one');
select is(tests.begin('ann', '{"model": "o-small"}') -> 'fallback', 'null', 'which may have no fallback');
select throws_ok($$ select tests.begin('bob', '{"model": "x"}') $$, 'PT404', 'No such model.', 'an unknown one is refused');
select throws_ok($$ select tests.begin('bob', '{"model": "o-large", "providers": ["anthropic"]}') $$, '22023', 'The provider of this model has no key.', 'and so is one without a key');
select is(tests.left_over('bob', 'completions'), null, 'which counts for nothing');
select is(tests.begin('ann', '{"endpoint": "embeddings"}') -> 'model', 'null', 'vectors need no model of the table');
select is(tests.left_over('ann', 'embeddings'), 59, 'and have a rate of their own');
select tests.begin('ann');
select is(tests.left_over('ann', 'embeddings'), 59, 'which nothing else uses up');
select tests.act_as_owner();
update private.rate_limits set tokens = 0, counted_at = clock_timestamp() where user_id = tests.user_id('ann') and endpoint = 'completions';
select is(tests.left_over('ann', 'embeddings'), 59, 'an empty bucket empties no other');
insert into studio.budgets (workspace_id, period, limit_tokens) values (tests.workspace('strangers'), 'day', 0);
select tests.act_as_service();
select throws_ok($$ select tests.begin('ann') $$, 'PT429', 'Too many requests.', 'who comes too often is refused');
select throws_ok($$ select tests.begin('bob') $$, 'PT402', 'The budget of the workspace for this day is used up.', 'and who has nothing left');

-- the end
select is(studio.finish_request(jsonb_build_object('user_id', tests.user_id('ann'), 'workspace_id', tests.workspace('harbor'), 'endpoint', 'completions', 'model_id', 'o-small', 'input_tokens', 10, 'output_tokens', 10)),
  0.00002, 'what was used is recorded, and its cost told');
select results_eq($$ select d.requests, d.input_tokens, d.output_tokens from studio.usage_days as d where d.user_id = tests.user_id('ann') $$, $$ values (1::bigint, 10::bigint, 10::bigint) $$, 'once');

-- what the built-in model reads
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
select is(tests.begin('eve', jsonb_build_object('workspace_id', tests.workspace('second'))) ->> 'embedding_model', 'other-model', 'a request is told what the passages are embedded with');
select set_eq($$ select p.text from studio.find_passages(tests.user_id('ann'), tests.workspace('harbor'), 'shingles') as p $$,
  array['The shingles of the roof are broken.', 'Broken shingles, broken shingles everywhere.'], 'a member finds the passages of the workspace');
select results_eq($$ select p.n from studio.find_passages(tests.user_id('ann'), tests.workspace('harbor'), 'shingles') as p $$, array[1, 2], 'numbered for citations');
select results_eq($$ select p.title, p.document_id, p.page in (3, 4) from studio.find_passages(tests.user_id('ann'), tests.workspace('harbor'), 'shingles', max_results => 1) as p $$,
  $$ values ('Roof report', 'd0000000-0000-4000-8000-00000000000a'::uuid, true) $$, 'with what they are from, and no more than wanted');
select results_eq($$ select p.text from studio.find_passages(tests.user_id('eve'), tests.workspace('second'), 'shingles') as p $$, array['The shingles of the second roof are fine.'], 'in that workspace alone');
select is((select count(*) from (select * from studio.find_passages(tests.user_id('bob'), tests.workspace('strangers'), 'shingles')) as p), 1::bigint, 'strangers find their own');
select is(tests.found('bob', 'harbor'), 0::bigint, 'and nothing of others');
select is(tests.found('ann', 'second'), 0::bigint, 'nor does somebody who is no member');
select is(current_setting('request.jwt.claims')::jsonb, '{"role": "service_role"}', 'the service is again who it was');
select is(auth.uid(), null, 'and nobody in particular');
select tests.act_as_owner();
delete from public.workspace_members where workspace_id = tests.workspace('harbor') and user_id = tests.user_id('eve');
select tests.act_as_service();
select is(tests.found('eve', 'harbor'), 0::bigint, 'whoever left finds nothing any more');
select throws_ok($$ select tests.begin('eve', jsonb_build_object('workspace_id', tests.workspace('harbor'))) $$, 'PT404', 'No such workspace.', 'and begins nothing there');

select * from finish();
rollback;
