-- Budgets and rates: who sets them, whom they stop, when, and in which words.
begin;
select plan(71);

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
-- What a refusal says besides its message.
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
  $$ values (tests.workspace('harbor'), 'workspace', null::uuid, 'month', 10::numeric(12,2), null::bigint) $$, 'a budget is of all members, for a month, unless said otherwise');
select throws_ok($$ insert into studio.budgets (limit_tokens) values (1) $$, '23505', 'duplicate key value violates unique constraint "budgets_one_each"', 'there is one of each');
select throws_ok($$ insert into studio.budgets (workspace_id, limit_usd) values (tests.workspace('strangers'), 0) $$, '42501', 'new row violates row-level security policy for table "budgets"', 'nobody stops another workspace');
select throws_ok($$ insert into studio.budgets (scope, user_id, limit_usd) values ('member', tests.user_id('bob'), 0) $$, '23503',
  'insert or update on table "budgets" violates foreign key constraint "budgets_member_fkey"', 'nor a stranger');
select throws_ok(format('insert into studio.budgets (%s) values (%s)', v.columns, v.row_values), '23514', format('new row for relation "budgets" violates check constraint "budgets_%s"', v.name), v.rule)
from (values
  ('scope', $$ 'each_member' $$, 'limit_given', 'a budget has a limit'),
  ('scope, limit_usd', $$ 'team', 1 $$, 'scope_allowed', 'it is of everybody, of each or of one'),
  ('scope, limit_usd', $$ 'member', 1 $$, 'user_id_of_member', 'of one means somebody'),
  ('user_id, limit_usd', $$ tests.user_id('eve'), 1 $$, 'user_id_of_member', 'and of everybody means nobody'),
  ('period, limit_usd', $$ 'year', 1 $$, 'period_allowed', 'it lasts a day or a month'),
  ('period, limit_usd', $$ 'day', -1 $$, 'limits_not_negative', 'it is not negative')
) as v (columns, row_values, name, rule);
select throws_ok(format('update studio.budgets set %I = null', c), '42501', 'permission denied for table budgets', 'nobody changes ' || c || ' of a budget')
from unnest(array['id', 'workspace_id', 'scope', 'user_id', 'period', 'created_at']) as c;
select results_eq($$ update studio.budgets set limit_usd = 12 returning limit_usd $$, array[12::numeric(12,2)], 'an admin changes a limit');
select lives_ok($$ insert into studio.budgets (scope, period, limit_usd) values ('each_member', 'day', 5) $$, 'each member can have a limit');
select lives_ok($$ insert into studio.budgets (scope, user_id, period, limit_usd) values ('member', tests.user_id('kim'), 'day', 8) $$, 'and one of them another');

-- acting as others
select tests.act_as('eve');
select bag_eq($$ select b.scope from studio.budgets as b $$, array['workspace', 'each_member'], 'a member sees the budgets about them');
select throws_ok($$ insert into studio.budgets (period, limit_usd) values ('day', 100) $$, '42501', 'new row violates row-level security policy for table "budgets"', 'and sets none');
select is_empty($$ update studio.budgets set limit_usd = 100 returning 1 $$, 'raises none');
select is_empty($$ delete from studio.budgets returning 1 $$, 'and lifts none');
select tests.act_as('kim');
select bag_eq($$ select b.scope from studio.budgets as b $$, array['workspace', 'each_member', 'member'], 'their own is about them too');
select tests.act_as('bob');
select is_empty($$ select 1 from studio.budgets $$, 'a stranger sees none');
select throws_ok($$ select * from studio.budget_status(tests.workspace('harbor')) $$, 'PT404', 'No such workspace.', 'and is not told how much is left');
select tests.act_as_anon();
select throws_ok($$ select 1 from studio.budgets $$, '42501', 'permission denied for table budgets', 'anon sees none');

-- whom they stop: eve may use 5 a day, kim 8, together 12 a month
select tests.act_as_owner();
select lives_ok($$ select tests.check('eve') $$, 'who used nothing may ask');
select tests.use('eve', 'harbor', 4);
select lives_ok($$ select tests.check('eve') $$, 'who has something left may ask');
select tests.use('eve', 'harbor', 3);
select throws_ok($$ select tests.check('eve') $$, 'PT402', 'The budget of this member for this day is used up.', 'what was begun is finished, and then it ends');
select is(tests.detail_of($$ select tests.check('eve') $$), jsonb_build_object('scope', 'each_member', 'period', 'day', 'resets_at', tests.next_day()), 'with the time it begins anew');
select lives_ok($$ select tests.check('kim') $$, 'which is nobody else''s affair');
select lives_ok($$ select tests.check('eve', 'strangers') $$, 'nor another workspace''s');
select tests.act_as('eve');
select results_eq($$ select b.scope, b.period, b.limit_usd, b.used_usd, b.used_tokens from studio.budget_status() as b $$,
  $$ values ('each_member', 'day', 5::numeric, 7::numeric, 70::bigint), ('workspace', 'month', 12, 7, 70) $$, 'a member is told how much of each is used');
select tests.act_as('kim');
select results_eq($$ select b.scope, b.limit_usd, b.used_usd from studio.budget_status(tests.workspace('harbor')) as b $$,
  $$ values ('member', 8::numeric, 0::numeric), ('workspace', 12, 7) $$, 'a limit of one''s own takes the place of everybody''s');
select tests.act_as_owner();
select tests.use('kim', 'harbor', 5);
select throws_ok($$ select tests.check('kim') $$, 'PT402', 'The budget of the workspace for this month is used up.', 'all members together have a limit');
insert into studio.budgets (workspace_id, scope, user_id, period, limit_usd) values (tests.workspace('harbor'), 'member', tests.user_id('eve'), 'month', 1000);
delete from studio.budgets where scope = 'workspace' and workspace_id = tests.workspace('harbor');
select throws_ok($$ select tests.check('eve') $$, 'PT402', 'The budget of this member for this day is used up.', 'a limit of one''s own for the month leaves that for the day');
delete from studio.budgets where user_id = tests.user_id('eve');
insert into studio.budgets (workspace_id, scope, user_id, period, limit_usd)
select m.workspace_id, 'member', m.user_id, 'day', 1000 from public.workspace_members as m where m.user_id = tests.user_id('eve') and m.workspace_id <> tests.workspace('harbor');
select throws_ok($$ select tests.check('eve') $$, 'PT402', 'The budget of this member for this day is used up.', 'and so does one of another workspace');
insert into studio.budgets (workspace_id, limit_usd) values (tests.workspace('harbor'), 12);
select is(tests.detail_of($$ select tests.check('eve') $$), jsonb_build_object('scope', 'workspace', 'period', 'month', 'resets_at', tests.next_month()), 'of two, the one that lasts longer is told');
delete from studio.budgets where scope = 'workspace';
select lives_ok($$ select tests.check('kim') $$, 'when it is lifted, it goes on');
update studio.usage_days set day = day - 1 where user_id = tests.user_id('eve');
select lives_ok($$ select tests.check('eve') $$, 'a day ends');
update studio.budgets set period = 'month' where scope = 'each_member';
update studio.usage_days set day = date_trunc('month', now() at time zone 'UTC')::date where user_id = tests.user_id('eve');
select throws_ok($$ select tests.check('eve') $$, 'PT402', 'The budget of this member for this month is used up.', 'a month lasts from its first day');
update studio.usage_days set day = date_trunc('month', now() at time zone 'UTC')::date - 1 where user_id = tests.user_id('eve');
select lives_ok($$ select tests.check('eve') $$, 'and not from the day before');
insert into studio.budgets (workspace_id, period, limit_tokens) values (tests.workspace('strangers'), 'day', 1000);
select tests.use('bob', 'strangers', 99, 'unknown');
select lives_ok($$ select tests.check('bob', 'strangers') $$, 'a limit of tokens counts what has no price');
select tests.use('bob', 'strangers', 0, 'unknown');
update studio.usage_days set output_tokens = 10 where user_id = tests.user_id('bob');
select throws_ok($$ select tests.check('bob', 'strangers') $$, 'PT402', 'The budget of the workspace for this day is used up.', 'up to the last one');
update studio.budgets set limit_tokens = null, limit_usd = 1 where workspace_id = tests.workspace('strangers');
select lives_ok($$ select tests.check('bob', 'strangers') $$, 'and a limit of dollars does not');
update studio.budgets set limit_usd = 0 where workspace_id = tests.workspace('strangers');
select throws_ok($$ select tests.check('bob', 'strangers') $$, 'PT402', 'The budget of the workspace for this day is used up.', 'nothing means nothing');

-- how fast
update studio.usage_days set cost_usd = 0 where user_id in (tests.user_id('eve'), tests.user_id('kim'));
insert into studio.rate_limit_rules (endpoint, burst, per_minute) values ('slow', 3, 2), ('other', 1, 1);
select throws_ok($$ select tests.check('kim', 'harbor', 'unheard-of') $$, '22023', 'endpoint has no rate limit.', 'an endpoint has a rate');
select lives_ok($$ select tests.check('kim', 'harbor', 'slow') from generate_series(1, 3) $$, 'some may come at once');
select throws_ok($$ select tests.check('kim', 'harbor', 'slow') $$, 'PT429', 'Too many requests.', 'and no more');
select is(tests.detail_of($$ select tests.check('kim', 'harbor', 'slow') $$), '{"retry_after": 30}', 'with the seconds to wait');
select lives_ok($$ select tests.check('kim', 'harbor', 'other') $$, 'each endpoint counts for itself');
select lives_ok($$ select tests.check('eve', 'harbor', 'slow') $$, 'and so does each person');
update private.rate_limits set counted_at = counted_at - interval '31 seconds' where user_id = tests.user_id('kim') and endpoint = 'slow';
select lives_ok($$ select tests.check('kim', 'harbor', 'slow') $$, 'after that time one may come again');
select throws_ok($$ select tests.check('kim', 'harbor', 'slow') $$, 'PT429', 'Too many requests.', 'and one only');
update private.rate_limits set counted_at = counted_at - interval '1 year' where user_id = tests.user_id('kim');
select lives_ok($$ select tests.check('kim', 'harbor', 'slow') from generate_series(1, 3) $$, 'after a year as many as at first');
select throws_ok($$ select tests.check('kim', 'harbor', 'slow') $$, 'PT429', 'Too many requests.', 'and not a year''s');
update private.rate_limits set counted_at = counted_at + interval '1 hour' where user_id = tests.user_id('kim');
select is(tests.detail_of($$ select tests.check('kim', 'harbor', 'slow') $$), '{"retry_after": 30}', 'a clock that was put back takes nothing away');
update studio.usage_days set day = (now() at time zone 'UTC')::date, cost_usd = 100 where user_id = tests.user_id('eve');
select throws_ok($$ select tests.check('eve', 'harbor', 'slow') $$, 'PT402', 'The budget of this member for this month is used up.', 'who may not pay');
select is((select l.tokens >= 2 from private.rate_limits as l where l.user_id = tests.user_id('eve') and l.endpoint = 'slow'), true, 'is not counted as having asked');


-- what goes, and what is not stored
select tests.act_as_owner();
select throws_ok(format('update %s', v.change), v.code, v.message, v.rule)
from (values
  ('studio.rate_limit_rules set burst = 0', '23514', 'new row for relation "rate_limit_rules" violates check constraint "rate_limit_rules_burst_positive"', 'something may come at once'),
  ('studio.rate_limit_rules set per_minute = 0', '23514', 'new row for relation "rate_limit_rules" violates check constraint "rate_limit_rules_per_minute_positive"', 'and again'),
  ('private.rate_limits set tokens = -1', '23514', 'new row for relation "rate_limits" violates check constraint "rate_limits_tokens_not_negative"', 'nobody owes requests'),
  ('studio.budgets set workspace_id = gen_random_uuid()', 'PT409', 'A row of studio.budgets cannot change its workspace.', 'a budget stays with its workspace')
) as v (change, code, message, rule);
select tests.act_as('eve');
select ok((select count(*) from studio.rate_limit_rules) >= 3, 'everybody reads how often they may ask');
select throws_ok($$ update studio.rate_limit_rules set burst = 1000 $$, '42501', 'permission denied for table rate_limit_rules', 'and nobody changes it');
select tests.act_as('ann');
select results_eq($$ delete from studio.budgets where scope = 'member' returning user_id $$, $$ values (tests.user_id('kim')) $$, 'an admin lifts a budget');
select tests.act_as_owner();
insert into studio.budgets (workspace_id, scope, user_id, limit_usd) values (tests.workspace('harbor'), 'member', tests.user_id('kim'), 1);
delete from public.workspace_members where workspace_id = tests.workspace('harbor') and user_id = tests.user_id('kim');
select is((select count(*) from studio.budgets as b where b.user_id = tests.user_id('kim')), 0::bigint, 'a budget of a member goes with the membership');
delete from studio.rate_limit_rules where endpoint = 'slow';
select is((select count(*) from private.rate_limits as l where l.endpoint = 'slow'), 0::bigint, 'buckets go with their endpoint');
create temporary table gone as select tests.user_id('kim') as id;
delete from auth.users where id = tests.user_id('kim');
select is((select count(*) from private.rate_limits as l where l.user_id = (select g.id from gone as g)), 0::bigint, 'and with their person');
delete from public.workspaces where id = tests.workspace('harbor');
select is((select count(*) from studio.budgets as b where b.workspace_id = tests.workspace('harbor')), 0::bigint, 'budgets with their workspace');

select * from finish();
rollback;
