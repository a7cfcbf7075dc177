-- What the log of AI tasks adds up to: for the caller alone, by the caller's own days.
begin;
select plan(30);

select tests.create_user('ann', '{"time_zone": "Pacific/Kiritimati"}'), tests.create_user('bob'), tests.create_user('new');
-- midnight of Ann's today, fourteen hours ahead of UTC
create temporary table clock as
  select (((now() at time zone 'Pacific/Kiritimati')::date)::timestamp at time zone 'Pacific/Kiritimati') as midnight, (now() at time zone 'Pacific/Kiritimati')::date as today;
grant select on clock to authenticated;
insert into dashboard.ai_tasks (user_id, description, status, category, model_id, agent_used, complexity_score, quality_rating, tools_used, time_to_complete, created_at)
select tests.user_id(v.owner), 'x', v.status, v.category, v.model, v.agent, v.complexity, v.quality, v.tools::jsonb, v.seconds, c.midnight + v.at::interval
from clock as c, (values
  ('ann', 'completed', 'estimates', 'opus', 'orchestrator', 2, 5, '["read", "search"]', 10, '0 seconds'),
  ('ann', 'completed', 'estimates', 'sonnet', 'orchestrator', 3, 4, '["read", "read"]', 21, '-1 second'),
  ('ann', 'failed', 'estimates', 'sonnet', 'orchestrator', 5, null, '[]', 1000, '-1 second'),
  ('ann', 'completed', null, 'sonnet', null, null, null, '[]', null, '-3 days'),
  ('ann', 'in_progress', 'research', null, null, 1, null, '["search"]', null, '-40 days'),
  ('ann', 'pending', 'research', null, null, null, null, '[]', null, '-400 days'),
  ('bob', 'failed', 'admin', 'opus', 'x', 1, 1, '["read"]', 5, '0 seconds')
) as v (owner, status, category, model, agent, complexity, quality, tools, seconds, at);

select tests.act_as('ann');
select results_eq('select * from dashboard.ai_task_summary()',
  $$ values (6::bigint, 1::bigint, 1::bigint, 3::bigint, 1::bigint, 75.0, 15.5, 2.8, 4.5, 1::bigint) $$,
  'the summary counts each status, the rate of success among what ended, averages, and what began today');
select results_eq('select total, pending, in_progress, completed, failed, success_rate from dashboard.ai_task_summary(2)',
  $$ values (3::bigint, 0::bigint, 0::bigint, 2::bigint, 1::bigint, 66.7) $$, 'or those of the last days, the rate to one decimal');
select results_eq('select total, success_rate from dashboard.ai_task_summary(1)', $$ values (1::bigint, 100.0) $$, 'today begins at the caller''s own midnight');
select results_eq('select total from dashboard.ai_task_summary(0)', array[1::bigint], 'at least one day');
select results_eq('select total from dashboard.ai_task_summary(100000)', array[5::bigint], 'at most 366');

select results_eq($$ select * from dashboard.ai_task_breakdown('category') $$,
  $$ values ('estimates', 3::bigint, 2::bigint, 1::bigint, 66.7, 15.5, 3.3, 4.5), ('research', 2, 0, 0, null, null, 1.0, null), (null, 1, 1, 0, 100.0, null, null, null) $$,
  'by category, the most frequent first; tasks without one are counted too');
select results_eq($$ select value, total, completed, failed, success_rate from dashboard.ai_task_breakdown('model') $$,
  $$ values ('sonnet', 3::bigint, 2::bigint, 1::bigint, 66.7), (null, 2, 0, 0, null), ('opus', 1, 1, 0, 100.0) $$, 'by model');
select results_eq($$ select value, total from dashboard.ai_task_breakdown('agent') $$, $$ values ('orchestrator', 3::bigint), (null, 3) $$, 'by agent');
select results_eq($$ select value, total from dashboard.ai_task_breakdown('status') $$,
  $$ values ('completed', 3::bigint), ('failed', 1), ('in_progress', 1), ('pending', 1) $$, 'by status');
select bag_eq($$ select value, total from dashboard.ai_task_breakdown('complexity') $$,
  $$ values ('1', 1::bigint), ('2', 1), ('3', 1), ('5', 1), (null, 2) $$, 'by complexity');
select results_eq($$ select value, total, completed from dashboard.ai_task_breakdown('tool') $$,
  $$ values ('read', 2::bigint, 2::bigint), ('search', 2, 1) $$, 'by tool: a task counts once for each of its tools');
select results_eq($$ select value, total from dashboard.ai_task_breakdown('category', 2) $$, $$ values ('estimates', 3::bigint) $$, 'of the last days only, if asked');
select throws_ok(format('select * from dashboard.ai_task_breakdown(%L)', d), '22023', 'dimension is unknown.', coalesce(d, 'null') || ' is no dimension')
from unnest(array['user_id', 't.description', '', null]) as d;

select results_eq('select * from dashboard.ai_tasks_per_day(5)',
  $$ select c.today - d, v.total, v.completed, v.failed from clock as c,
     (values (4, 0::bigint, 0::bigint, 0::bigint), (3, 1, 1, 0), (2, 0, 0, 0), (1, 2, 1, 1), (0, 1, 1, 0)) as v (d, total, completed, failed) order by 1 $$,
  'every day has its row, by the caller''s own dates, today last');
select results_eq('select count(*), min(day), max(day) from dashboard.ai_tasks_per_day()',
  $$ select 30::bigint, c.today - 29, c.today from clock as c $$, 'thirty days unless said otherwise');
select results_eq('select count(*) from dashboard.ai_tasks_per_day(0)', array[1::bigint], 'at least today');
select results_eq('select count(*) from dashboard.ai_tasks_per_day(100000)', array[366::bigint], 'at most 366 days');
select results_eq('select sum(total), sum(failed) from dashboard.ai_tasks_per_day(366)', $$ values (5::numeric, 1::numeric) $$, 'a longer span holds more');

select tests.act_as('new');
select results_eq('select total, success_rate, average_seconds, today from dashboard.ai_task_summary()', $$ values (0::bigint, null::numeric, null::numeric, 0::bigint) $$,
  'who has no tasks has no rate of success');
select is_empty($$ select 1 from dashboard.ai_task_breakdown('category') $$, 'and no categories');
select results_eq('select sum(total) from dashboard.ai_tasks_per_day()', array[0::numeric], 'but days');
select tests.act_as('bob');
select results_eq('select total, failed, success_rate from dashboard.ai_task_summary()', $$ values (1::bigint, 1::bigint, 0.0) $$, 'a stranger''s tasks are counted for the stranger alone');
select results_eq($$ select value, total from dashboard.ai_task_breakdown('tool') $$, $$ values ('read', 1::bigint) $$, 'in every breakdown');
select results_eq('select sum(total) from dashboard.ai_tasks_per_day(366)', array[1::numeric], 'and on every day');
select tests.act_as_anon();
select throws_ok('select * from dashboard.' || v.call, '42501', 'permission denied for function ' || split_part(v.call, '(', 1), 'anon does not call ' || split_part(v.call, '(', 1))
from (values ('ai_task_summary()'), ('ai_task_breakdown(''model'')'), ('ai_tasks_per_day()')) as v (call);

select * from finish();
rollback;
