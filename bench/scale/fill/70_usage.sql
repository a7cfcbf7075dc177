-- Requests to models in the last two months, and their sums by day for two years.
select private.maintain_usage_partitions();
do $$
declare
  month date := date_trunc('month', now() at time zone 'UTC')::date - interval '1 month';
begin
  execute format('create table if not exists private.%I partition of studio.api_usage for values from (%L) to (%L)',
    'api_usage_' || to_char(month, 'YYYY_MM'), month::timestamp at time zone 'UTC', (month + interval '1 month') at time zone 'UTC');
end
$$;
insert into studio.api_usage (created_at, workspace_id, user_id, endpoint, model_id, input_tokens, output_tokens, cost_usd)
select date_trunc('month', now() at time zone 'UTC') at time zone 'UTC' - s.n * interval '2 seconds', s.workspace_id, s.user_id, 'chat', 'model-' || s.n % 3, 900, 200, 0.01
from scale.personal(scale.rows(1000000)) as s order by s.n desc;
insert into studio.usage_days (workspace_id, user_id, day, model_id, requests, input_tokens, output_tokens, cost_usd)
select p.workspace_id, p.user_id, (now() at time zone 'UTC')::date - d, 'model-' || m, 3, 900, 200, 0.01
from generate_series(0, (200 * scale.factor())::integer - 1) as d cross join scale.people as p cross join generate_series(0, 1) as m where p.tenant <> 4
order by d desc;
insert into private.usage_totals (workspace_id, day, requests, tokens, cost_usd)
select u.workspace_id, u.day, sum(u.requests), sum(u.input_tokens + u.output_tokens), sum(u.cost_usd) from studio.usage_days as u group by 1, 2;
insert into studio.budgets (workspace_id, scope, period, limit_usd)
select t.workspace_id, x.scope, 'month', 1000000 from scale.tenants as t cross join unnest(array['workspace', 'each_member']) as x (scope);
analyze studio.api_usage, studio.usage_days, private.usage_totals, studio.budgets;
