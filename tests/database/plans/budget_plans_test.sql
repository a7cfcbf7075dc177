-- Budgets: how many pages the check of a request reads does not depend on the number of members and their requests.
select plan(3);

create function pg_temp.pages() returns bigint language plpgsql as $$
declare
  explained json;
  least_of  bigint;
begin
  for i in 1 .. 3 loop
    execute format('explain (analyze, buffers, timing off, format json) select private.check_budgets(%L, %L)',
      tests.user_id('person 1'), tests.workspace('company 2')) into explained;
    least_of := least(least_of, (explained #>> '{0,Plan,Shared Hit Blocks}')::bigint + (explained #>> '{0,Plan,Shared Read Blocks}')::bigint);
  end loop;
  return least_of;
end $$;
-- The usage of persons on 30 days from the first of this month.
create function pg_temp.add_usage(model text, first integer, last integer) returns void language sql as $$
  insert into studio.usage_days (workspace_id, day, user_id, model_id, requests, input_tokens, cost_usd)
  select tests.workspace('company 2'), (date_trunc('month', now() at time zone 'UTC'))::date + d, tests.user_id('person ' || u), add_usage.model, 1, 10, 0.01
  from generate_series(add_usage.first, add_usage.last) as u, generate_series(0, 29) as d
$$;
insert into studio.budgets (workspace_id, scope, period, limit_usd) values
  (tests.workspace('company 2'), 'workspace', 'month', 10000), (tests.workspace('company 2'), 'each_member', 'month', 1000),
  (tests.workspace('company 2'), 'each_member', 'day', 1000);
-- As vacuum leaves the totals: this transaction has written each of them many times.
create function pg_temp.vacuum_totals() returns void language plpgsql as $$
begin
  create temporary table kept as
  select t.day, t.workspace_id, t.user_id, t.part, t.requests, t.tokens, t.cost_usd from private.usage_totals as t;
  truncate private.usage_totals;
  insert into private.usage_totals (day, workspace_id, user_id, part, requests, tokens, cost_usd) select k.* from kept as k;
  drop table kept;
  analyze private.usage_totals, studio.usage_days;
end $$;
create temporary table measured (members integer, pages bigint);
select pg_temp.add_usage('m', 1, 40);
select pg_temp.vacuum_totals();
insert into measured select 40, pg_temp.pages();
select pg_temp.add_usage(m, 2, 100) from unnest(array['n', 'o']) as m;
select pg_temp.vacuum_totals();
insert into measured select 200, pg_temp.pages();
select diag(format('pages with the usage of %s members: %s', m.members, m.pages)) from measured as m;
select cmp_ok((select count(*) from studio.usage_days as d where d.workspace_id = tests.workspace('company 2')), '>=', 3000::bigint, 'many days are there');
select is((select sum(t.requests) from private.usage_totals as t where t.workspace_id = tests.workspace('company 2')),
  (select sum(d.requests) from studio.usage_days as d where d.workspace_id = tests.workspace('company 2')), 'the totals have every request');
-- Up to half more: the days of the workspace and of person 1 are as many as before, but on pages further apart.
select cmp_ok((select m.pages from measured as m where m.members = 200), '<=', (select 3 * m.pages / 2 from measured as m where m.members = 40),
  'with the usage of six times as many members, a request does not read more');

select * from finish();
