begin;
select plan(6);

select tests.create_user('ann');

select tests.act_as_service();
select results_eq(
  $$ select postgres_version from public.platform_health() $$, $$ select current_setting('server_version') $$,
  'the service role learns the version of Postgres');
select ok((select extensions ? 'vector' from public.platform_health()), 'and the extensions with their versions');
select results_eq(
  $$ select feature_flags -> 'tasks' from public.platform_health() $$, array['true'::jsonb], 'and the feature flags');
select isnt_empty(
  $$ select unnest(applied_migrations) from public.platform_health() $$, 'and the migrations that were applied');

select tests.act_as('ann');
select throws_ok($$ select * from public.platform_health() $$, '42501', 'permission denied for function platform_health',
  'a signed-in user does not learn them');
select tests.act_as_anon();
select throws_ok($$ select * from public.platform_health() $$, '42501', 'permission denied for function platform_health',
  'a stranger does not learn them');

select * from finish();
rollback;
