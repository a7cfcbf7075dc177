-- Demo usage of Harbor Restoration in the last two weeks, its budgets, and limits of the demo workspaces. There are no API keys, because users create their own.
-- Days count back from the moment of loading. Loading this file again changes no existing row.

insert into studio.budgets (workspace_id, scope, period, limit_usd) values
  ('b0000000-0000-4000-8000-000000000001', 'workspace', 'month', 50),
  ('b0000000-0000-4000-8000-000000000001', 'each_member', 'day', 5)
on conflict on constraint budgets_one_each do nothing;

-- With the key of a provider, the demo workspaces use it: their budgets limit the costs.
insert into studio.limits (name, workspace_id, value)
select l.name, w.id::uuid, l.value
from (values ('paid_models', 1), ('account_requests_per_day', 1000)) as l (name, value)
cross join (values ('b0000000-0000-4000-8000-000000000001'), ('b0000000-0000-4000-8000-000000000002')) as w (id)
on conflict on constraint limits_one_each do nothing;

insert into studio.usage_days (workspace_id, day, user_id, model_id, requests, input_tokens, output_tokens, cost_usd)
select m.workspace_id, (now() at time zone 'UTC')::date - d.ago, m.user_id, v.id, n.requests, n.requests * 2400, n.requests * 310,
  n.requests * (2400 * v.input_price + 310 * v.output_price) / 1000000
from public.workspace_members as m
cross join generate_series(1, 14) as d (ago)
join public.ai_models as v on v.id in ('claude-sonnet-5-5', 'claude-haiku-4-5')
cross join lateral (
  select (d.ago * 7 + right(m.user_id::text, 1)::integer * 3 + length(v.id)) % 9 as requests
) as n
where m.workspace_id = 'b0000000-0000-4000-8000-000000000001' and n.requests > 0
  and m.user_id between 'a0000000-0000-4000-8000-000000000001' and 'a0000000-0000-4000-8000-000000000004'
on conflict on constraint usage_days_workspace_id_day_user_id_model_id_key do nothing;
