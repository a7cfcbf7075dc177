-- Limits of the installation: free models, requests and dollars by day, files that are not read yet, and who pays for a turn.
begin;
select plan(83);

select tests.create_team('harbor', 'ann admin', 'eve employee');
select tests.create_team('strangers', 'bob admin');
delete from studio.usage_days;
delete from private.usage_totals;
insert into public.ai_models (id, name, provider, provider_model, context_tokens, max_output_tokens, input_price, output_price, fallback_model_id, small_model_id, sort_order) values
  ('paid', 'P', 'openai', 'p', 1000, 100, 1, 1, null, null, 1), ('local', 'L', 'openai', 'l', 1000, 100, 0, 0, 'paid', 'paid', 2),
  ('half', 'H', 'openai', 'h', 1000, 100, 0, 1, null, null, 3), ('unpriced', 'U', 'openai', 'u', 1000, 100, null, null, null, null, 4),
  ('dollar', 'D', 'openai', 'd', 1000, 100, 100000, 0, null, null, 5);
create function tests.set_limit(name text, value numeric, who text default null, label text default null) returns void language sql as $$
  insert into studio.limits (name, user_id, workspace_id, value)
  values (set_limit.name, tests.user_id(set_limit.who), tests.workspace(set_limit.label), set_limit.value)
  on conflict on constraint limits_one_each do update set value = excluded.value
$$;
create function tests.use(who text, label text, dollars integer default 0) returns numeric language sql as $$
  select private.record_usage(jsonb_build_object('user_id', tests.user_id(use.who), 'workspace_id', tests.workspace(use.label), 'endpoint', 'chat',
    'model_id', 'dollar', 'input_tokens', 10 * use.dollars))
$$;
create function tests.check(who text, label text default 'harbor') returns jsonb language sql as $$
  select private.check_limits(tests.user_id(who), tests.workspace(label), 'chat')
$$;
create function tests.detail_of(statement text) returns jsonb language plpgsql as $$
declare detail text;
begin
  execute statement;
  return null;
exception when others then
  get stacked diagnostics detail = pg_exception_detail;
  return detail::jsonb;
end
$$;
create function tests.totals(who text, label text) returns jsonb language sql as $$
  select to_jsonb(s) from (
    select sum(t.requests) as requests, sum(t.tokens) as tokens, round(sum(t.cost_usd), 2) as usd from private.usage_totals as t
    where t.user_id is not distinct from tests.user_id(totals.who) and t.workspace_id is not distinct from tests.workspace(totals.label)) as s
$$;
create function tests.ask(more jsonb default '{}') returns jsonb language sql as $$
  select dashboard.chat_begin_turn('{"providers": ["openai", "builtin"], "message": {"content": "Where are the shingles?"}}' || ask.more)
$$;
grant execute on function tests.ask(jsonb), tests.detail_of(text) to authenticated;

-- the settings
select tests.act_as_service();
select lives_ok($$ update studio.limits set value = 500 where name = 'pending_files' and workspace_id is null $$, 'an operator changes a limit');
select throws_ok(format('insert into studio.limits (%s) values (%s)', v.columns, v.row_values), v.code, v.message, v.rule)
from (values
  ('name', $$ 'pending_files' $$, '23505', 'duplicate key value violates unique constraint "limits_one_each"', 'a limit has one default'),
  ('name', $$ 'lunch' $$, '23514', 'new row for relation "limits" violates check constraint "limits_name_allowed"', 'an unknown limit is refused'),
  ('name, value, user_id', $$ 'paid_models', -1, tests.user_id('ann') $$, '23514', 'new row for relation "limits" violates check constraint "limits_value_not_negative"', 'a negative limit is refused'),
  ('name, user_id, workspace_id', $$ 'paid_models', tests.user_id('ann'), tests.workspace('harbor') $$, '23514', 'new row for relation "limits" violates check constraint "limits_one_holder"', 'a limit of an account in one workspace is refused'),
  ('name, user_id', $$ 'total_usd_per_day', tests.user_id('ann') $$, '23514', 'new row for relation "limits" violates check constraint "limits_total_of_installation"', 'a total of one account is refused')
) as v (columns, row_values, code, message, rule);
select tests.act_as('ann');
select throws_ok(s, '42501', 'permission denied for table limits', 'an admin of a workspace cannot ' || split_part(btrim(s), ' ', 1) || ' limits')
from unnest(array['select 1 from studio.limits', 'update studio.limits set value = null', 'insert into studio.limits (name) values (''paid_models'')', 'delete from studio.limits']) as s;
select tests.act_as_owner();
delete from studio.limits;
select is(private.limit_of('paid_models', null, null), 0::numeric, 'a limit without a row is 0');
insert into studio.limits (name, value) values ('pending_files', 3), ('paid_models', 0), ('account_requests_per_day', 3),
  ('account_usd_per_day', 5), ('total_requests_per_day', 8), ('total_usd_per_day', null);
select is(private.limit_of('total_usd_per_day', null, null), 'infinity'::numeric, 'null is no limit');
select tests.set_limit('pending_files', 7, null, 'harbor');
select is(private.limit_of('pending_files', tests.workspace('harbor'), tests.user_id('ann')), 7::numeric, 'a limit of a workspace replaces the default');
select tests.set_limit('pending_files', 2, 'ann');
select is(private.limit_of('pending_files', tests.workspace('harbor'), tests.user_id('ann')), 2::numeric, 'a limit of an account replaces that of the workspace');
select is(private.limit_of('pending_files', tests.workspace('strangers'), tests.user_id('bob')), 3::numeric, 'others have the default');
delete from studio.limits where name = 'pending_files' and value <> 3;

-- free models
create function tests.choose(model text, who text default 'ann', agent_model text default null) returns text language sql as $$
  select (private.choose_model(choose.model, choose.agent_model, tests.user_id(choose.who), tests.workspace('harbor'), '{openai,builtin}')).id
$$;
select throws_ok(format('select tests.choose(%L)', m), 'PT402', 'Models with a price are not enabled for this account.', format('a new account cannot use the model %s', m))
from unnest(array['paid', 'half', 'unpriced']) as m;
select is(tests.detail_of($$ select tests.choose('paid') $$), '{"reason": "paid_models"}', 'the refusal has the reason');
select is(tests.choose('local'), 'local', 'a model whose prices are 0 is free');
select is(tests.choose('builtin-retrieval'), 'builtin-retrieval', 'the built-in model is free');
select is(tests.choose(null, agent_model => 'paid'), 'local', 'without a requested model, the first free one is chosen, whatever the agent has');
select is((private.fallback_model('local', tests.user_id('ann'), tests.workspace('harbor'), '{openai}')).id, null, 'a fallback with a price is skipped');
select is((private.small_model(m, tests.user_id('ann'), tests.workspace('harbor'), '{openai}')).id, 'local', 'a small model with a price is skipped')
from public.ai_models as m where m.id = 'local';
select tests.act_as('ann');
select throws_ok($$ select tests.ask('{"model_id": "paid"}') $$, 'PT402', 'Models with a price are not enabled for this account.', 'a turn with such a model is refused');
select is_empty($$ select 1 from dashboard.conversations $$, 'a refused turn stores nothing');
select is(tests.ask() #>> '{model,id}', 'local', 'a turn without a model is answered by a free one');
select tests.act_as_service();
select throws_ok(format($$ select studio.begin_request('{"user_id": "%s", "endpoint": "completions", "model": "paid", "providers": ["openai"]}') $$, tests.user_id('ann')),
  'PT402', 'Models with a price are not enabled for this account.', 'a request of a program with such a model is refused');
select tests.act_as_owner();
select tests.set_limit('paid_models', 1, null, 'harbor');
select is(tests.choose('paid'), 'paid', 'an operator enables models with a price for a workspace');
select is((private.fallback_model('local', tests.user_id('ann'), tests.workspace('harbor'), '{openai}')).id, 'paid', 'then also fallbacks');
select throws_ok($$ select private.choose_model('paid', null, tests.user_id('bob'), tests.workspace('strangers'), '{openai}') $$, 'PT402',
  'Models with a price are not enabled for this account.', 'in other workspaces they stay disabled');
select tests.set_limit('paid_models', 1, 'bob');
select lives_ok($$ select private.choose_model('paid', null, tests.user_id('bob'), tests.workspace('strangers'), '{openai}') $$, 'an operator enables them for an account');

-- requests and dollars of an account
select lives_ok($$ select tests.check('ann') $$, 'a new account has requests');
select tests.use('ann', 'harbor') from generate_series(1, 3);
select throws_ok($$ select tests.check('ann') $$, 'PT429', 'The requests of this account for today are used up.', 'the requests of an account are limited by day');
select ok(tests.detail_of($$ select tests.check('ann') $$) @> '{"reason": "account_requests_per_day"}'
  and (tests.detail_of($$ select tests.check('ann') $$) ->> 'retry_after')::integer between 1 and 86400, 'the refusal has the reason and the seconds until the next day');
select is(tests.detail_of($$ select tests.check('ann') $$) ->> 'resets_at', to_char((now() at time zone 'UTC')::date + 1, 'YYYY-MM-DD"T00:00:00Z"'), 'the refusal has the end of the day');
select tests.act_as('ann');
select throws_ok($$ select tests.ask() $$, 'PT429', 'The requests of this account for today are used up.', 'a turn is refused');
select tests.act_as_service();
select throws_ok(format($$ select studio.begin_request('{"user_id": "%s", "endpoint": "embeddings"}') $$, tests.user_id('ann')), 'PT429',
  'The requests of this account for today are used up.', 'embeddings of a program are refused');
select tests.act_as_owner();
select lives_ok($$ select tests.check('eve') $$, 'other accounts of the workspace are not affected');
select tests.set_limit('account_requests_per_day', null, null, 'harbor');
select lives_ok($$ select tests.check('ann') $$, 'an operator raises the limit for a workspace');
delete from public.workspaces where id = tests.workspace('strangers');
select tests.create_team('strangers', 'bob admin');
select tests.use('bob', 'strangers', 5);
select throws_ok($$ select tests.check('bob', 'strangers') $$, 'PT402', 'The dollars of this account for today are used up.', 'the dollars of an account are limited by day');
select is(tests.detail_of($$ select tests.check('bob', 'strangers') $$) ->> 'reason', 'account_usd_per_day', 'the refusal has the reason');
delete from public.workspaces where id = tests.workspace('strangers');
select throws_ok(format('select private.check_limits(%L, null, ''chat'')', tests.user_id('bob')), 'PT402', 'The dollars of this account for today are used up.',
  'deleting a workspace does not give back what an account used');

-- all accounts together
select is(tests.totals(null, null), '{"requests": 4, "tokens": 50, "usd": 5.00}', 'the usage of the installation has a total');
update studio.limits set value = 5 where name = 'total_requests_per_day';
select lives_ok($$ select tests.check('eve') $$, 'a request of a workspace counts for the installation once');
update studio.limits set value = 8 where name = 'total_requests_per_day';
select tests.use('eve', 'harbor') from generate_series(1, 4);
select tests.set_limit('account_requests_per_day', null);
select throws_ok($$ select tests.check('ann') $$, 'PT429', 'The requests of this installation for today are used up.', 'the requests of an installation are limited by day');
update studio.limits set value = null where name = 'total_requests_per_day';
update studio.limits set value = 5 where name = 'total_usd_per_day';
select throws_ok($$ select tests.check('ann') $$, 'PT402', 'The dollars of this installation for today are used up.', 'the dollars of an installation are limited by day');
update studio.limits set value = 6 where name = 'total_usd_per_day';
select lives_ok($$ select tests.check('ann') $$, 'an operator raises the limit of the installation');
update private.usage_totals set day = day - 1;
select lives_ok($$ select tests.check('ann') $$, 'a limit starts again the next day');
update private.usage_totals set day = day + 1;

-- totals are exact
select is(tests.totals(null, 'harbor'), '{"requests": 7, "tokens": 0, "usd": 0.00}', 'a workspace has a total');
update studio.usage_days set input_tokens = 8, cost_usd = 2 where user_id = tests.user_id('ann');
select is(tests.totals(null, 'harbor'), '{"requests": 7, "tokens": 8, "usd": 2.00}', 'a correction changes the total');
update studio.usage_days set day = day - 1 where user_id = tests.user_id('ann');
select results_eq($$ select t.requests, t.tokens from private.usage_totals as t where t.workspace_id = tests.workspace('harbor') order by t.day $$,
  $$ values (3::bigint, 8::bigint), (4, 0) $$, 'usage that moves to another day changes both totals');
delete from studio.usage_days where user_id = tests.user_id('ann');
select is(tests.totals(null, 'harbor'), '{"requests": 4, "tokens": 0, "usd": 0.00}', 'deleted usage leaves the total');

-- what costs nothing
update studio.limits set value = 3 where name = 'total_requests_per_day';
update studio.limits set value = null where name = 'total_usd_per_day';
delete from studio.usage_days;
delete from private.usage_totals;
select private.record_usage(jsonb_build_object('user_id', tests.user_id('bob'), 'endpoint', 'chat') || more::jsonb)
from generate_series(1, 5), unnest(array['{"model_id": "builtin-retrieval"}', '{"model_id": "local", "input_tokens": 9}',
  '{"model_id": "gte-small", "endpoint": "embeddings", "provider": "builtin"}']) as more;
select is((select sum(t.requests) from private.usage_totals as t where t.user_id = tests.user_id('bob')), 15::numeric, 'requests of free models count for the account');
select is(tests.totals(null, null) -> 'requests', 'null', 'and not for the installation');
select results_eq($$ select d.model_id, d.requests, d.free_requests, d.unpriced_requests from studio.usage_days as d order by 1 $$,
  $$ values ('builtin-retrieval', 5::bigint, 5::bigint, 0::bigint), ('gte-small', 5, 5, 0), ('local', 5, 5, 0) $$, 'usage says which requests were free');
select tests.use('eve', 'harbor') from generate_series(1, 3);
select is(tests.totals(null, null) -> 'requests', '3', 'requests of models with a price count for the installation');
select throws_ok($$ select tests.check('ann') $$, 'PT429', 'The requests of this installation for today are used up.', 'then requests that may cost are refused');
select lives_ok($$ select private.check_limits(tests.user_id('ann'), tests.workspace('harbor'), 'chat', false) $$, 'and those that cost nothing are not');
select tests.act_as('ann');
select is(tests.ask('{"model_id": "builtin-retrieval", "workspace_id": null}') #>> '{model,id}', 'builtin-retrieval', 'a turn of the built-in model goes on');
select throws_ok($$ select tests.ask('{"model_id": "local"}') $$, 'PT429', 'The requests of this installation for today are used up.',
  'one whose fallback has a price does not');
select tests.act_as_owner();
select is(private.may_cost(m, gen_random_uuid(), null, '{openai}'), false, 'a free model whose fallback may not be used costs nothing')
from public.ai_models as m where m.id = 'local';
delete from private.usage_totals;
update studio.limits set value = null where name = 'total_requests_per_day';

-- files that are not read yet
create function tests.upload(label text, number integer) returns void language sql as $$
  insert into storage.objects (bucket_id, name, owner_id)
  select 'apex-files', format('files/workspace_%s/%s.txt', tests.workspace(upload.label), gen_random_uuid()), auth.uid()::text
  from generate_series(1, upload.number)
$$;
create function tests.add_row(label text, name text default gen_random_uuid()::text) returns void language sql as $$
  insert into public.artifacts (filename, bucket_id, filepath)
  values ('file', 'apex-files', format('files/workspace_%s/%s', tests.workspace(add_row.label), add_row.name))
$$;
grant execute on function tests.add_row(text, text) to authenticated;
grant execute on function tests.upload(text, integer) to authenticated;
select tests.act_as('ann');
select lives_ok($$ select tests.add_row('harbor', i || '.txt') from generate_series(1, 9) as i $$, 'rows without a stored object do not count');
select lives_ok($$ select tests.upload('harbor', 3) $$, 'files up to the limit are accepted');
select throws_ok($$ select tests.upload('harbor', 1) $$, 'PT429', 'The account of the workspace has too many files that are not read yet.', 'another file is refused');
select throws_ok($$ select tests.add_row('harbor') $$, 'PT429', 'The account of the workspace has too many files that are not read yet.',
  'so is its row, before any byte is sent');
select is(tests.detail_of($$ select tests.upload('harbor', 1) $$), '{"reason": "pending_files", "retry_after": 60}', 'the refusal has the reason and the seconds to wait');
select throws_ok(format($$ insert into storage.objects (bucket_id, name, owner_id) values ('apex-files', 'files/workspace_%s/1.txt', auth.uid()::text) $$, tests.workspace('harbor')),
  'PT429', 'The account of the workspace has too many files that are not read yet.', 'so is the object of a row that was added before');
select tests.act_as_owner();
select tests.create_team('second', 'ann admin', 'eve employee');
select tests.act_as('ann@second');
select throws_ok($$ select tests.upload('second', 1) $$, 'PT429', 'The account of the workspace has too many files that are not read yet.',
  'a second workspace of the account does not have a limit of its own');
select tests.act_as('eve@second');
select throws_ok($$ select tests.upload('second', 1) $$, 'PT429', 'The account of the workspace has too many files that are not read yet.',
  'nor do other members of it');
select tests.act_as_owner();
select tests.create_team('others', 'cat admin');
select tests.act_as('cat');
select lives_ok($$ select tests.upload('others', 1) $$, 'other accounts are not affected');
select tests.act_as_owner();
insert into storage.objects (bucket_id, name) select 'apex-files', a.filepath from public.artifacts as a where a.filepath = format('files/workspace_%s/1.txt', tests.workspace('harbor'));
update private.ingestion_jobs as j set failed_at = now() from public.artifacts as a where a.id = j.artifact_id and a.filepath like '%/1.txt';
select tests.act_as('ann');
select throws_ok($$ select public.reprocess_artifact(a.id) from public.artifacts as a where a.filepath like '%/1.txt' $$, 'PT429',
  'The account of the workspace has too many files that are not read yet.', 'a file is not read again either');
select tests.act_as_owner();
delete from private.ingestion_jobs where artifact_id in (select j.artifact_id from private.ingestion_jobs as j where j.workspace_id = tests.workspace('harbor') and j.failed_at is null limit 1);
select tests.act_as('ann');
select lives_ok($$ select tests.upload('harbor', 1) $$, 'a file is accepted when another one was read');
select tests.act_as_owner();
select lives_ok($$ select tests.upload('harbor', 5) $$, 'an import is not limited');

-- a turn is paid by the workspace whose passages it reads
update studio.limits set value = null where name = 'total_usd_per_day';
insert into public.search_chunks (workspace_id, source_type, text) values (tests.workspace('harbor'), 'text', 'The shingles are in the yard.');
select tests.act_as('ann');
select is(jsonb_array_length(tests.ask(jsonb_build_object('workspace_id', tests.workspace('harbor'))) -> 'passages'), 1, 'a conversation of a workspace reads its passages');
select is(tests.ask('{"workspace_id": null}') -> 'passages', '[]', 'a personal conversation reads no passages of a company');
select tests.act_as_owner();
insert into studio.budgets (workspace_id, period, limit_usd) values (tests.workspace('harbor'), 'day', 0);
select tests.act_as('ann');
select throws_ok(format($$ select tests.ask('{"workspace_id": "%s"}') $$, tests.workspace('harbor')), 'PT402', 'The budget of the workspace for this day is used up.',
  'the workspace pays for the turns of its conversations');
select is(tests.ask('{"workspace_id": null}') -> 'passages', '[]', 'a personal conversation is not paid by the workspace');

-- usage of what was deleted while the request ran
select tests.act_as_owner();
create function tests.total_of(account uuid) returns numeric language sql as $$
  select coalesce(sum(t.requests), 0) from private.usage_totals as t where t.workspace_id is null and t.user_id is not distinct from total_of.account $$;
create table tests.before as select tests.total_of(tests.user_id('ann')) as of_ann, tests.total_of(null) as of_all;
select lives_ok(format($$ select private.record_usage('{"user_id": "%s", "workspace_id": "%s", "endpoint": "embeddings", "model_id": "lexical-hash-384", "input_tokens": 5}') $$,
  tests.user_id('ann'), tests.workspace('deleted')), 'usage of a workspace that was deleted is recorded');
select is(tests.total_of(tests.user_id('ann')), (select b.of_ann + 1 from tests.before as b), 'it counts for the account');
select lives_ok(format($$ select private.record_usage('{"user_id": "%s", "workspace_id": "%s", "endpoint": "embeddings", "model_id": "lexical-hash-384", "input_tokens": 5}') $$,
  gen_random_uuid(), tests.workspace('deleted')), 'usage of an account that was deleted is recorded');
select is(tests.total_of(null), (select b.of_all + 2 from tests.before as b), 'both count for the installation');
select private.record_usage(format('{"workspace_id": "%s", "endpoint": "embeddings", "model_id": "lexical-hash-384", "input_tokens": 5}', tests.workspace('harbor'))::jsonb);
select is(tests.total_of(null), (select b.of_all + 3 from tests.before as b), 'usage of nobody, such as that of a secret key, counts once');

select * from finish();
rollback;
