-- Budgets and rate limits: who sets them, and which requests they refuse.
begin;
select plan(68);

select tests.create_team('harbor', 'ann admin', 'eve employee', 'kim manager');
select tests.create_team('strangers', 'bob admin');
insert into public.ai_models (id, name, provider, provider_model, context_tokens, max_output_tokens, input_price, output_price) values
  ('dollar', 'D', 'openai', 'd', 1000, 100, 100000, 0), ('unknown', 'U', 'openai', 'u', 1000, 100, null, null);
create function tests.use(who text, label text, tokens integer, model text default 'dollar') returns numeric language sql as $$
  select private.record_usage(jsonb_build_object('user_id', tests.user_id(use.who), 'workspace_id', tests.workspace(use.label), 'endpoint', 'chat', 'model_id', use.model, 'input_tokens', 10 * use.tokens))
$$;
create function tests.check(who text, label text default 'harbor', endpoint text default 'chat') returns void language sql as $$
  select private.check_limits(tests.user_id(who), tests.workspace(label), endpoint)
$$;
-- The detail of a refusal.
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
create function tests.next_day() returns text language sql as $$ select to_char((now() at time zone 'UTC')::date + 1, 'YYYY-MM-DD"T00:00:00Z"') $$;
create function tests.next_month() returns text language sql as $$ select to_char(date_trunc('month', now() at time zone 'UTC') + interval '1 month', 'YYYY-MM-DD"T00:00:00Z"') $$;

-- acting as an admin
select tests.act_as('ann');
select results_eq($$ insert into studio.budgets (limit_usd) values (10) returning workspace_id, scope, user_id, period, limit_usd, limit_tokens $$,
  $$ values (tests.workspace('harbor'), 'workspace', null::uuid, 'month', 10::numeric(12,2), null::bigint) $$, 'a budget is for the workspace and a month by default');
select throws_ok($$ insert into studio.budgets (limit_tokens) values (1) $$, '23505', 'duplicate key value violates unique constraint "budgets_one_each"', 'a second budget of the same kind is refused');
select throws_ok($$ insert into studio.budgets (workspace_id, limit_usd) values (tests.workspace('strangers'), 0) $$, '42501', 'new row violates row-level security policy for table "budgets"', 'an admin cannot add a budget to another workspace');
select throws_ok($$ insert into studio.budgets (scope, user_id, limit_usd) values ('member', tests.user_id('bob'), 0) $$, '23503',
  'insert or update on table "budgets" violates foreign key constraint "budgets_member_fkey"', 'an admin cannot add a budget for a user who is not a member');
select throws_ok(format('insert into studio.budgets (%s) values (%s)', v.columns, v.row_values), '23514', format('new row for relation "budgets" violates check constraint "budgets_%s"', v.name), v.rule)
from (values
  ('scope', $$ 'each_member' $$, 'limit_given', 'a budget without a limit is refused'),
  ('scope, limit_usd', $$ 'team', 1 $$, 'scope_allowed', 'an unknown scope is refused'),
  ('scope, limit_usd', $$ 'member', 1 $$, 'user_id_of_member', 'scope member without user_id is refused'),
  ('user_id, limit_usd', $$ tests.user_id('eve'), 1 $$, 'user_id_of_member', 'user_id with another scope is refused'),
  ('period, limit_usd', $$ 'year', 1 $$, 'period_allowed', 'an unknown period is refused'),
  ('period, limit_usd', $$ 'day', -1 $$, 'limits_not_negative', 'a negative limit is refused')
) as v (columns, row_values, name, rule);
select throws_ok(format('update studio.budgets set %I = null', c), '42501', 'permission denied for table budgets', 'users cannot change ' || c || ' of a budget')
from unnest(array['id', 'created_at']) as c;
select results_eq($$ update studio.budgets set limit_usd = 12 returning limit_usd $$, array[12::numeric(12,2)], 'an admin changes a limit');
select lives_ok($$ insert into studio.budgets (scope, period, limit_usd) values ('each_member', 'day', 5) $$, 'an admin sets a budget for each member');
select lives_ok($$ insert into studio.budgets (scope, user_id, period, limit_usd) values ('member', tests.user_id('kim'), 'day', 8) $$, 'an admin sets a budget for one member');

-- acting as others
select tests.act_as('eve');
select bag_eq($$ select b.scope from studio.budgets as b $$, array['workspace', 'each_member'], 'a member reads the budgets that apply to them');
select throws_ok($$ insert into studio.budgets (period, limit_usd) values ('day', 100) $$, '42501', 'new row violates row-level security policy for table "budgets"', 'a member cannot add budgets');
select is_empty($$ update studio.budgets set limit_usd = 100 returning 1 $$, 'a member cannot change budgets');
select is_empty($$ delete from studio.budgets returning 1 $$, 'a member cannot delete budgets');
select tests.act_as('kim');
select bag_eq($$ select b.scope from studio.budgets as b $$, array['workspace', 'each_member', 'member'], 'a member reads their own budget');
select tests.act_as('bob');
select is_empty($$ select 1 from studio.budgets $$, 'a stranger reads no budgets');
select tests.work_in('harbor');
select throws_ok($$ select * from studio.budget_status() $$, 'PT403', 'You do not belong to the workspace of the header x-workspace-id.', 'a stranger cannot read the status of budgets');
select tests.act_as_anon();
select throws_ok($$ select 1 from studio.budgets $$, '42501', 'permission denied for table budgets', 'anon cannot read budgets');

-- refused requests: the limit is 5 a day for eve, 8 for kim, 12 a month for both
select tests.act_as_owner();
select tests.use('eve', 'strangers', 100);
select lives_ok($$ select tests.check('eve') $$, 'what a member uses in another workspace does not count against a budget of this one');
delete from studio.usage_days where workspace_id = tests.workspace('strangers') and user_id = tests.user_id('eve');
select lives_ok($$ select tests.check('eve') $$, 'a user without usage is allowed');
select tests.use('eve', 'harbor', 4);
select lives_ok($$ select tests.check('eve') $$, 'a user below the limit is allowed');
select tests.use('eve', 'harbor', 3);
select throws_ok($$ select tests.check('eve') $$, 'PT402', 'The budget of this member for this day is used up.', 'a request that began before the limit was reached is completed; the next one is refused');
select is(tests.detail_of($$ select tests.check('eve') $$), jsonb_build_object('scope', 'each_member', 'period', 'day', 'resets_at', tests.next_day()), 'the refusal has the end of the period');
select lives_ok($$ select tests.check('kim') $$, 'a budget of one member does not affect another member');
select lives_ok($$ select tests.check('eve', 'strangers') $$, 'a budget does not apply to another workspace');
select tests.act_as('eve');
select results_eq($$ select b.scope, b.period, b.limit_usd, b.used_usd, b.used_tokens from studio.budget_status() as b $$,
  $$ values ('each_member', 'day', 5::numeric, 7::numeric, 70::bigint), ('workspace', 'month', 12, 7, 70) $$, 'a member reads the usage of each budget');
select tests.act_as('kim');
select results_eq($$ select b.scope, b.limit_usd, b.used_usd from studio.budget_status() as b $$,
  $$ values ('member', 8::numeric, 0::numeric), ('workspace', 12, 7) $$, 'a budget of a member replaces that for each member');
select tests.act_as_owner();
select tests.use('kim', 'harbor', 5);
select throws_ok($$ select tests.check('kim') $$, 'PT402', 'The budget of the workspace for this month is used up.', 'a budget of the workspace counts all members');
insert into studio.budgets (workspace_id, scope, user_id, period, limit_usd) values (tests.workspace('harbor'), 'member', tests.user_id('eve'), 'month', 1000);
delete from studio.budgets where scope = 'workspace' and workspace_id = tests.workspace('harbor');
select throws_ok($$ select tests.check('eve') $$, 'PT402', 'The budget of this member for this day is used up.', 'a monthly budget of a member does not replace the daily one for each member');
delete from studio.budgets where user_id = tests.user_id('eve');
insert into studio.budgets (workspace_id, scope, user_id, period, limit_usd)
select m.workspace_id, 'member', m.user_id, 'day', 1000 from public.workspace_members as m where m.user_id = tests.user_id('eve') and m.workspace_id <> tests.workspace('harbor');
select throws_ok($$ select tests.check('eve') $$, 'PT402', 'The budget of this member for this day is used up.', 'a budget of another workspace does not replace it');
insert into studio.budgets (workspace_id, limit_usd) values (tests.workspace('harbor'), 12);
select is(tests.detail_of($$ select tests.check('eve') $$), jsonb_build_object('scope', 'workspace', 'period', 'month', 'resets_at', tests.next_month()), 'of two budgets that are used up, the refusal names the one that ends later');
delete from studio.budgets where scope = 'workspace';
select lives_ok($$ select tests.check('kim') $$, 'requests are allowed again after the budget is deleted');
update studio.usage_days set day = day - 1 where user_id = tests.user_id('eve');
select lives_ok($$ select tests.check('eve') $$, 'a daily budget starts again the next day');
update studio.budgets set period = 'month' where scope = 'each_member';
update studio.usage_days set day = date_trunc('month', now() at time zone 'UTC')::date where user_id = tests.user_id('eve');
select throws_ok($$ select tests.check('eve') $$, 'PT402', 'The budget of this member for this month is used up.', 'a monthly budget counts from the first day');
update studio.usage_days set day = date_trunc('month', now() at time zone 'UTC')::date - 1 where user_id = tests.user_id('eve');
select lives_ok($$ select tests.check('eve') $$, 'a monthly budget does not count the day before');
insert into studio.budgets (workspace_id, period, limit_tokens) values (tests.workspace('strangers'), 'day', 1000);
select tests.use('bob', 'strangers', 99, 'unknown');
select lives_ok($$ select tests.check('bob', 'strangers') $$, 'a token limit counts usage without a price');
select tests.use('bob', 'strangers', 0, 'unknown');
update studio.usage_days set output_tokens = 10 where user_id = tests.user_id('bob');
select throws_ok($$ select tests.check('bob', 'strangers') $$, 'PT402', 'The budget of the workspace for this day is used up.', 'a token limit is reached with the last token');
update studio.budgets set limit_tokens = null, limit_usd = 1 where workspace_id = tests.workspace('strangers');
select lives_ok($$ select tests.check('bob', 'strangers') $$, 'a dollar limit does not count usage without a price');
update studio.budgets set limit_usd = 0 where workspace_id = tests.workspace('strangers');
select throws_ok($$ select tests.check('bob', 'strangers') $$, 'PT402', 'The budget of the workspace for this day is used up.', 'a limit of 0 refuses every request');

-- rate limits
update studio.usage_days set cost_usd = 0 where user_id in (tests.user_id('eve'), tests.user_id('kim'));
insert into studio.rate_limit_rules (endpoint, burst, per_minute) values ('slow', 3, 2), ('other', 1, 1);
select throws_ok($$ select tests.check('kim', 'harbor', 'unheard-of') $$, '22023', 'endpoint has no rate limit.', 'an endpoint without a rate limit is refused');
select lives_ok($$ select tests.check('kim', 'harbor', 'slow') from generate_series(1, 3) $$, 'requests up to the burst are allowed');
select throws_ok($$ select tests.check('kim', 'harbor', 'slow') $$, 'PT429', 'Too many requests.', 'a request beyond the burst is refused');
select is(tests.detail_of($$ select tests.check('kim', 'harbor', 'slow') $$), '{"retry_after": 30}', 'the refusal has the seconds to wait');
select lives_ok($$ select tests.check('kim', 'harbor', 'other') $$, 'each endpoint has its own bucket');
select lives_ok($$ select tests.check('eve', 'harbor', 'slow') $$, 'each user has their own bucket');
update private.rate_limits set counted_at = counted_at - interval '31 seconds' where user_id = tests.user_id('kim') and endpoint = 'slow';
select lives_ok($$ select tests.check('kim', 'harbor', 'slow') $$, 'one request is allowed after that time');
select throws_ok($$ select tests.check('kim', 'harbor', 'slow') $$, 'PT429', 'Too many requests.', 'a second one is refused');
update private.rate_limits set counted_at = counted_at - interval '1 year' where user_id = tests.user_id('kim');
select lives_ok($$ select tests.check('kim', 'harbor', 'slow') from generate_series(1, 3) $$, 'after a year the whole burst is allowed');
select throws_ok($$ select tests.check('kim', 'harbor', 'slow') $$, 'PT429', 'Too many requests.', 'a bucket holds at most the burst');
update private.rate_limits set counted_at = counted_at + interval '1 hour' where user_id = tests.user_id('kim');
select is(tests.detail_of($$ select tests.check('kim', 'harbor', 'slow') $$), '{"retry_after": 30}', 'a clock that is set back takes no tokens away');
update studio.usage_days set day = (now() at time zone 'UTC')::date, cost_usd = 100 where user_id = tests.user_id('eve');
select throws_ok($$ select tests.check('eve', 'harbor', 'slow') $$, 'PT402', 'The budget of this member for this month is used up.', 'a budget refuses a request');
select is((select l.tokens >= 2 from private.rate_limits as l where l.user_id = tests.user_id('eve') and l.endpoint = 'slow'), true, 'a request refused by a budget does not count against the rate limit');


-- deletes and invalid rows
select tests.act_as_owner();
select throws_ok(format('update %s', v.change), v.code, v.message, v.rule)
from (values
  ('studio.rate_limit_rules set burst = 0', '23514', 'new row for relation "rate_limit_rules" violates check constraint "rate_limit_rules_burst_positive"', 'a burst of 0 is refused'),
  ('studio.rate_limit_rules set per_minute = 0', '23514', 'new row for relation "rate_limit_rules" violates check constraint "rate_limit_rules_per_minute_positive"', 'a rate of 0 is refused'),
  ('private.rate_limits set tokens = -1', '23514', 'new row for relation "rate_limits" violates check constraint "rate_limits_tokens_not_negative"', 'a negative number of tokens is refused'),
  ('studio.budgets set workspace_id = gen_random_uuid()', 'PT409', 'A row of studio.budgets cannot change its workspace.', 'a budget cannot be moved to another workspace')
) as v (change, code, message, rule);
select tests.act_as('eve');
select ok((select count(*) from studio.rate_limit_rules) >= 3, 'all signed-in users read the rate limits');
select throws_ok($$ update studio.rate_limit_rules set burst = 1000 $$, '42501', 'permission denied for table rate_limit_rules', 'users cannot change the rate limits');
select tests.act_as('ann');
select results_eq($$ delete from studio.budgets where scope = 'member' returning user_id $$, $$ values (tests.user_id('kim')) $$, 'an admin deletes a budget');
select tests.act_as_owner();
insert into studio.budgets (workspace_id, scope, user_id, limit_usd) values (tests.workspace('harbor'), 'member', tests.user_id('kim'), 1);
delete from public.workspace_members where workspace_id = tests.workspace('harbor') and user_id = tests.user_id('kim');
select is((select count(*) from studio.budgets as b where b.user_id = tests.user_id('kim')), 0::bigint, 'deleting a membership deletes the budget of the member');
delete from studio.rate_limit_rules where endpoint = 'slow';
select is((select count(*) from private.rate_limits as l where l.endpoint = 'slow'), 0::bigint, 'deleting an endpoint deletes its buckets');
create temporary table gone as select tests.user_id('kim') as id;
delete from auth.users where id = tests.user_id('kim');
select is((select count(*) from private.rate_limits as l where l.user_id = (select g.id from gone as g)), 0::bigint, 'deleting a user deletes their buckets');
delete from public.workspaces where id = tests.workspace('harbor');
select is((select count(*) from studio.budgets as b where b.workspace_id = tests.workspace('harbor')), 0::bigint, 'deleting a workspace deletes its budgets');

select * from finish();
rollback;
