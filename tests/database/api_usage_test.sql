-- Usage: the cost of a request, the workspace it belongs to, who can read it, and how long it is stored.
begin;
select plan(61);

select tests.create_team('harbor', 'ann admin', 'eve employee', 'kim manager');
select tests.create_team('strangers', 'bob admin');
insert into public.ai_models (id, name, provider, provider_model, context_tokens, max_output_tokens, input_price, output_price, cached_input_price) values
  ('priced', 'P', 'openai', 'p', 1000, 100, 2, 10, 0.5), ('uncached', 'U', 'openai', 'u', 1000, 100, 2, 10, null),
  ('unknown', 'U', 'openai', 'u', 1000, 100, null, null, null), ('half-known', 'U', 'openai', 'u', 1000, 100, 2, null, null);
create function tests.used(who text, label text, more jsonb) returns numeric language sql as $$
  select private.record_usage(jsonb_build_object('user_id', tests.user_id(used.who), 'workspace_id', tests.workspace(used.label), 'endpoint', 'chat', 'model_id', 'priced') || used.more)
$$;

-- costs
select is(tests.used('eve', 'harbor', '{"input_tokens": 1000, "output_tokens": 100}'), 0.003, 'input and output tokens have their prices');
select is(tests.used('eve', 'harbor', '{"input_tokens": 1000, "output_tokens": 100, "cached_input_tokens": 800}'), 0.0018, 'cached input tokens have their own price');
select is(tests.used('eve', 'harbor', '{"input_tokens": 1000, "cached_input_tokens": 800, "model_id": "uncached"}'), 0.002, 'without a price for cached tokens, the input price applies');
select is(tests.used('eve', 'harbor', '{"input_tokens": 1000, "output_tokens": 100, "model_id": "unknown"}'), null, 'without prices the cost is unknown');
select is(tests.used('eve', 'harbor', '{"input_tokens": 1000, "output_tokens": 100, "model_id": "half-known"}'), null, 'with only one price the cost is unknown');
select is(tests.used('eve', 'harbor', '{"input_tokens": 5, "model_id": "gone"}'), null, 'the cost of a deleted model is unknown');
select is(tests.used('eve', 'harbor', '{"input_tokens": 1, "output_tokens": 0}'), 0.000002, 'the smallest request has a cost');
select is(tests.used('eve', 'harbor', '{"input_tokens": 10, "cached_input_tokens": 20}'), 0.000005, 'cached tokens are at most the input tokens');
select is(tests.used('eve', 'harbor', '{"status": "failed"}'), 0::numeric, 'a failed request is recorded with its usage');
select results_eq($$ select d.requests, d.unpriced_requests, d.input_tokens, d.output_tokens, d.cached_input_tokens, d.cost_usd from studio.usage_days as d where d.model_id = 'priced' $$,
  $$ values (5::bigint, 0::bigint, 2011::bigint, 200::bigint, 810::bigint, 0.004807::numeric(16,8)) $$, 'usage is added to the day');
select results_eq($$ select d.day, d.user_id, d.workspace_id, d.requests, d.unpriced_requests, d.cost_usd from studio.usage_days as d where d.model_id = 'unknown' $$,
  $$ values ((now() at time zone 'UTC')::date, tests.user_id('eve'), tests.workspace('harbor'), 1::bigint, 1::bigint, 0::numeric(16,8)) $$, 'usage without a price is added to the day');
select is((select count(*) from studio.api_usage as u where u.user_id = tests.user_id('eve')), 9::bigint, 'each request is stored');
select tests.used('eve', 'harbor', '{"input_tokens": 3, "output_tokens": 2, "api_key_id": 7, "conversation_id": 8, "message_id": 9, "duration_ms": 120, "status": "cancelled", "endpoint": "completions", "model_id": "unknown"}');
select results_eq($$ select u.user_id, u.workspace_id, u.endpoint, u.model_id, u.status, u.input_tokens, u.output_tokens, u.api_key_id, u.conversation_id, u.message_id, u.duration_ms, u.created_at
    from studio.api_usage as u where u.endpoint = 'completions' and u.user_id = tests.user_id('eve') $$,
  $$ values (tests.user_id('eve'), tests.workspace('harbor'), 'completions', 'unknown', 'cancelled', 3::bigint, 2::bigint, 7::bigint, 8::bigint, 9::bigint, 120, now()) $$,
  'a request is stored with its references and without content');
select tests.used('eve', 'harbor', '{"model_id": "gone", "input_tokens": 5}');
select is((select d.unpriced_requests from studio.usage_days as d where d.user_id = tests.user_id('eve') and d.model_id = 'gone'), 2::bigint, 'a request without a price is counted');
delete from studio.api_usage where user_id = tests.user_id('eve') and model_id = 'gone' and id = (select u.id from studio.api_usage as u where u.user_id = tests.user_id('eve') and u.model_id = 'gone' limit 1);
select throws_ok(format('update studio.%s where user_id = tests.user_id(%L)', v.change, 'eve'), '23514', null, v.rule)
from (values
  ('api_usage set cached_input_tokens = input_tokens + 1', 'no more comes from a cache than was read'),
  ('api_usage set output_tokens = -1', 'nothing is written backwards'),
  ('api_usage set cost_usd = -1', 'nothing is earned'),
  ('api_usage set duration_ms = -1', 'nothing ends before it begins'),
  ('api_usage set endpoint = repeat($x$x$x$, 101)', 'an endpoint is bounded'),
  ('api_usage set model_id = $x$$x$', 'a model has a name'),
  ('usage_days set requests = -1', 'a day has no requests less than none'),
  ('usage_days set model_id = repeat($x$x$x$, 201)', 'and models with names that end')
) as v (change, rule);
select throws_ok($$ select tests.used('eve', 'harbor', '{"input_tokens": -1}') $$, '23514', null, 'negative tokens are refused');
select throws_ok($$ select tests.used('eve', 'harbor', '{"status": "lost"}') $$, '23514', null, 'an unknown status is refused');
select is((select count(*) from studio.api_usage as u where u.user_id = tests.user_id('eve')), 10::bigint, 'a refused request is not stored');

-- the workspace of a request
select private.record_usage(jsonb_build_object('user_id', tests.user_id('kim'), 'endpoint', 'chat', 'model_id', 'priced', 'input_tokens', 10));
select results_eq($$ select w.personal_of from studio.usage_days as d join public.workspaces as w on w.id = d.workspace_id where d.user_id = tests.user_id('kim') $$,
  $$ select tests.user_id('kim') $$, 'usage without a workspace belongs to the personal workspace');
select is(private.record_usage(jsonb_build_object('user_id', gen_random_uuid(), 'endpoint', 'chat', 'model_id', 'priced', 'input_tokens', 1000)), 0.002, 'usage of a user without any workspace is priced and not stored');
select tests.create_user('ned');
delete from public.workspaces where personal_of = tests.user_id('ned');
select private.record_usage(jsonb_build_object('user_id', tests.user_id('ned'), 'endpoint', 'chat', 'model_id', 'priced', 'input_tokens', 1000));
select results_eq($$ select t.requests, t.tokens, t.cost_usd from private.usage_totals as t where t.user_id = tests.user_id('ned') $$,
  $$ values (1::bigint, 1000::bigint, 0.002::numeric(16,8)) $$, 'usage of an account without any workspace counts against its limits');

-- access
select tests.used('kim', 'harbor', '{"input_tokens": 100, "output_tokens": 10}'), tests.used('bob', 'strangers', '{"input_tokens": 7}');
select tests.act_as('eve');
select is((select count(*) from studio.api_usage), 10::bigint, 'a member reads their own requests');
select bag_eq($$ select distinct d.user_id from studio.usage_days as d $$, $$ select tests.user_id('eve') $$, 'a member reads their own days');
select throws_ok($$ insert into studio.api_usage (workspace_id, endpoint, model_id) values (tests.workspace('harbor'), 'chat', 'x') $$, '42501', 'permission denied for table api_usage', 'users cannot insert requests');
select throws_ok($$ update studio.usage_days set cost_usd = 0 $$, '42501', 'permission denied for table usage_days', 'users cannot update days');
select throws_ok($$ delete from studio.usage_days $$, '42501', 'permission denied for table usage_days', 'users cannot delete days');
select throws_ok(format('select 1 from private.%I', 'api_usage_' || to_char(now() at time zone 'UTC', 'YYYY_MM')), '42501', 'permission denied for schema private', 'users cannot read a partition directly');
select tests.act_as('ann');
select bag_eq($$ select u.user_id, count(*) from studio.api_usage as u group by u.user_id $$, $$ values (tests.user_id('eve'), 10::bigint), (tests.user_id('kim'), 1) $$,
  'an admin reads the usage of the workspace, but not of other workspaces of its members');
select tests.act_as('bob');
select results_eq($$ select u.input_tokens from studio.api_usage as u $$, $$ values (7::bigint) $$, 'a stranger reads only their own usage');
select tests.act_as_anon();
select throws_ok($$ select 1 from studio.api_usage $$, '42501', 'permission denied for table api_usage', 'anon cannot read usage');
select throws_ok($$ select 1 from studio.usage_summary() $$, '42501', 'permission denied for function usage_summary', 'anon cannot call usage_summary');

-- sums
select tests.act_as_owner();
insert into studio.usage_days (workspace_id, day, user_id, model_id, requests, input_tokens, output_tokens, cost_usd) values
  (tests.workspace('harbor'), '2026-01-10', tests.user_id('eve'), 'priced', 2, 20, 2, 0.2), (tests.workspace('harbor'), '2026-01-10', tests.user_id('kim'), 'priced', 1, 10, 1, 0.1),
  (tests.workspace('harbor'), '2026-01-11', tests.user_id('eve'), 'unknown', 4, 40, 4, 0), (tests.workspace('strangers'), '2026-01-11', tests.user_id('bob'), 'priced', 8, 80, 8, 0.8);
select tests.act_as('ann');
select results_eq($$ select s.day, s.user_id, s.model_id, s.requests, s.input_tokens, s.output_tokens, s.cost_usd from studio.usage_summary('2026-01-01', '2026-01-31') as s $$,
  $$ values ('2026-01-10'::date, null::uuid, null::text, 3::bigint, 30::bigint, 3::bigint, 0.3::numeric), ('2026-01-11', null, null, 4, 40, 4, 0) $$, 'an admin groups usage by day');
select results_eq($$ select s.user_id, s.requests from studio.usage_summary('2026-01-01', '2026-01-31', '{user}') as s order by 2 $$,
  $$ values (tests.user_id('kim'), 1::bigint), (tests.user_id('eve'), 6) $$, 'an admin groups usage by user');
select results_eq($$ select s.model_id, s.cost_usd from studio.usage_summary('2026-01-01', '2026-01-31', '{model}') as s order by 1 $$,
  $$ values ('priced', 0.3::numeric), ('unknown', 0) $$, 'an admin groups usage by model');
select results_eq($$ select s.day, s.user_id, s.requests from studio.usage_summary('2026-01-01', '2026-01-10', '{day,user}') as s order by 3 $$,
  $$ values ('2026-01-10'::date, tests.user_id('kim'), 1::bigint), ('2026-01-10', tests.user_id('eve'), 2) $$, 'usage can be grouped by user and model, up to a day');
select results_eq($$ select s.requests, s.cost_usd from studio.usage_summary('2026-01-01', '2026-01-31', '{}') as s $$, $$ values (7::bigint, 0.3::numeric) $$, 'usage can be summed without groups');
select throws_ok($$ select * from studio.usage_summary('2026-01-01', '2026-01-31', '{week}') $$, '22023', 'group_by may contain day, user and model only.', 'another dimension is refused');
select is((select sum(s.requests) from studio.usage_summary() as s), 12::numeric, 'the default period is this month');
select tests.act_as('eve');
select results_eq($$ select s.requests from studio.usage_summary('2026-01-01', '2026-01-31', '{}') as s $$, $$ values (6::bigint) $$, 'a member gets the sum of their own usage');
select tests.act_as('kim');
select results_eq($$ select s.requests from studio.usage_summary('2026-01-01', '2026-01-31', '{}') as s $$, $$ values (1::bigint) $$, 'so does a manager');
select tests.act_as_owner();
select is(tests.answer('eve@strangers', 'select * from studio.usage_summary()'), E'PT403 You do not belong to the workspace of the header x-workspace-id.\nThe table workspaces lists yours.', 'the usage of a workspace of others is refused');
select tests.act_as_owner();
insert into public.workspace_members (workspace_id, user_id, role, display_name) values (tests.workspace('strangers'), tests.user_id('ann'), 'admin', 'Ann');
select tests.act_as('ann@strangers');
select results_eq($$ select s.requests, s.cost_usd from studio.usage_summary('2026-01-01', '2026-01-31', '{}') as s $$, $$ values (8::bigint, 0.8::numeric) $$,
  'an admin of two workspaces gets the sum of the workspace of the request');

-- deleted accounts and workspaces
select tests.act_as_owner();
select lives_ok($$ delete from auth.users where id in (tests.user_id('eve'), tests.user_id('kim')) $$, 'accounts with usage of the same model on the same day can be deleted');
select results_eq($$ select count(*), sum(d.cost_usd) from studio.usage_days as d where d.workspace_id = tests.workspace('harbor') and d.day = '2026-01-10' and d.user_id is null $$,
  $$ values (2::bigint, 0.3::numeric) $$, 'the workspace keeps the usage of deleted accounts, without the user');
select is((select count(*) from studio.api_usage as u where u.workspace_id = tests.workspace('harbor') and u.user_id is null), 11::bigint, 'requests of deleted accounts are kept');
select lives_ok($$ delete from public.workspaces where id = tests.workspace('harbor') $$, 'a workspace with usage can be deleted');
select is((select count(*) from studio.api_usage as u where u.workspace_id = tests.workspace('harbor')), 0::bigint, 'its requests are deleted');
select is((select count(*) from studio.usage_days as d where d.workspace_id = tests.workspace('harbor')), 0::bigint, 'its days are deleted');

-- partitions
create function tests.months() returns setof text language sql as $$
  select c.relname::text from pg_inherits as i join pg_class as c on c.oid = i.inhrelid where i.inhparent = 'studio.api_usage'::regclass order by 1
$$;
select results_eq($$ select tests.months() $$, $$ select 'api_usage_' || to_char(date_trunc('month', now() at time zone 'UTC') + m * interval '1 month', 'YYYY_MM') from generate_series(0, 2) as m $$,
  'this month and the next two have partitions');
create table private.api_usage_2020_01 partition of studio.api_usage for values from ('2020-01-01 00:00+00') to ('2020-02-01 00:00+00');
do $$
begin
  execute format('create table private.%I partition of studio.api_usage for values from (%L) to (%L)',
    'api_usage_' || to_char(date_trunc('month', now() at time zone 'UTC') - interval '13 months', 'YYYY_MM'),
    (date_trunc('month', now() at time zone 'UTC') - interval '13 months') at time zone 'UTC', (date_trunc('month', now() at time zone 'UTC') - interval '12 months') at time zone 'UTC');
end
$$;
select private.maintain_usage_partitions();
select is((select count(*) from tests.months() as m where m = 'api_usage_2020_01'), 0::bigint, 'an old partition is dropped');
select is((select count(*) from tests.months() as m), 4::bigint, 'a partition of thirteen months ago is kept');
do $$ declare month text; begin for month in select tests.months() loop execute format('drop table private.%I', month); end loop; end $$;
select is(private.record_usage(jsonb_build_object('user_id', tests.user_id('bob'), 'endpoint', 'chat', 'model_id', 'priced', 'input_tokens', 1000)), 0.002, 'a request creates a missing partition');
select is((select count(*) from tests.months() as m), 3::bigint, 'the next two partitions are created too');
select is((select count(*) from cron.job as j where j.jobname = 'maintain-usage-partitions' and j.schedule = '11 2 * * *'), 1::bigint, 'a nightly job maintains the partitions');

select * from finish();
rollback;
