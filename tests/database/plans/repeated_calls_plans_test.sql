-- Plans: a function that is called again and again on one connection reads as much at its eighth call as at its second. From
-- the sixth on Postgres may use one plan for any arguments, which for a filter that is left out reads all rows.

create temporary table calls (persona text, name text, query text);
insert into calls values
  ('person 7@company 8', 'business.accounting_by_job', $$ business.accounting_by_job(current_date - 30, current_date) $$),
  ('person 7@company 8', 'business.accounting_summary', $$ business.accounting_summary(current_date - 30, current_date, 'week') $$),
  ('person 7@company 8', 'business.aged_receivables', $$ business.aged_receivables() $$),
  ('person 7@company 8', 'business.aged_receivables_total', $$ business.aged_receivables_total() $$),
  ('person 7@company 8', 'business.next_job_number', $$ business.next_job_number('mitigation') $$),
  ('person 7@company 8', 'business.pipeline_board', $$ business.pipeline_board() $$),
  ('person 7@company 8', 'business.search_jobs', $$ business.search_jobs('202001-7') $$),
  ('person 7@company 8', 'business.search_jobs', $$ business.search_jobs('street', array['active']) $$),
  ('person 7', 'dashboard.ai_task_breakdown', $$ dashboard.ai_task_breakdown('category') $$),
  ('person 7', 'dashboard.ai_task_summary', $$ dashboard.ai_task_summary(30) $$),
  ('person 7', 'dashboard.ai_tasks_per_day', $$ dashboard.ai_tasks_per_day(30) $$),
  ('person 1', 'dashboard.export_conversation', $$ dashboard.export_conversation(1001001) $$),
  ('person 7', 'dashboard.export_my_conversations', $$ dashboard.export_my_conversations() $$),
  ('person 7', 'dashboard.important_tasks', $$ dashboard.important_tasks() $$),
  ('person 1', 'dashboard.last_messages', $$ dashboard.last_messages(9001, 10) $$),
  ('person 7', 'dashboard.my_day', $$ dashboard.my_day() $$),
  ('person 7', 'dashboard.overdue_tasks', $$ dashboard.overdue_tasks() $$),
  ('person 7', 'dashboard.planned_tasks', $$ dashboard.planned_tasks() $$),
  ('person 7', 'dashboard.recent_conversations', $$ dashboard.recent_conversations() $$),
  ('person 2', 'dashboard.search_messages', $$ dashboard.search_messages('37') $$),
  ('person 2', 'dashboard.search_messages', $$ dashboard.search_messages('37', 20, 9002) $$),
  ('person 7', 'dashboard.search_notes', $$ dashboard.search_notes('pump') $$),
  ('person 7', 'dashboard.search_notes', $$ dashboard.search_notes('pump', tag_id => 100071) $$),
  ('person 7', 'dashboard.search_notes', $$ dashboard.search_notes() $$),
  ('person 7', 'dashboard.time_status', $$ dashboard.time_status() $$),
  ('person 7', 'dashboard.time_totals', $$ dashboard.time_totals(current_date - 30, current_date) $$),
  ('person 7', 'dashboard.today_summary', $$ dashboard.today_summary() $$),
  ('person 7', 'dashboard.weekly_review', $$ dashboard.weekly_review() $$),
  ('ann@large', 'public.check_request', $$ public.check_request() $$),
  ('ann@large', 'public.current_workspace', $$ public.current_workspace() $$),
  ('ann@large', 'public.embedding_status', $$ public.embedding_status() $$),
  ('ann@large', 'public.export_my_memory', $$ public.export_my_memory() $$),
  ('ann@large', 'public.has_tag', $$ public.has_tag(gen_random_uuid(), 'x') $$),
  ('ann@large', 'public.hrm_snapshot', $$ public.hrm_snapshot() $$),
  ('ann@large', 'public.list_skills', $$ public.list_skills() $$),
  ('ann@large', 'public.memory_get', $$ public.memory_get('identity') $$),
  ('ann@large', 'public.more_like_this', $$ public.more_like_this(tests.a_passage()) $$),
  ('ann@large', 'public.search', $$ public.search('subject7 number14') $$),
  ('ann@large', 'public.search', $$ public.search('common subject7', types => array['log']) $$),
  ('ann@large', 'public.search_model', $$ public.search_model() $$),
  ('person 7@company 8', 'studio.budget_status', $$ studio.budget_status() $$),
  ('person 7@company 8', 'studio.usage_summary', $$ studio.usage_summary() $$),
  ('person 7@company 8', 'studio.usage_summary', $$ studio.usage_summary(group_by => array['user', 'model']) $$);
create function tests.a_passage() returns uuid language sql stable security definer as
  $$ select c.id from public.search_chunks as c where c.workspace_id = tests.workspace('large') order by c.id limit 1 $$;
grant execute on function tests.a_passage() to authenticated;
select plan(1 + (select count(*) from calls)::integer);

select is_empty($$
    select n.nspname || '.' || p.proname from pg_proc as p join pg_namespace as n on n.oid = p.pronamespace
    where n.nspname in ('public', 'business', 'dashboard', 'studio') and p.provolatile <> 'v'
      and has_function_privilege('authenticated', p.oid, 'execute')
      -- those that embed or compute a column are part of the plan of their request
      and not exists (select from pg_class as c where c.reltype = p.proargtypes[0] and p.pronargs = 1)
    except select c.name from calls as c $$, 'every published function that reads is called');

-- the pages that a call reads, with those of the plans within it
create function pg_temp.pages_of(query text) returns bigint language plpgsql as $$
declare
  plan json;
begin
  execute 'explain (analyze, buffers, timing off, summary off, format json) select count(x) from ' || pages_of.query || ' as x' into plan;
  return (plan #>> '{0,Plan,Shared Hit Blocks}')::bigint + (plan #>> '{0,Plan,Shared Read Blocks}')::bigint;
end
$$;
create function pg_temp.pages_of_calls(persona text, query text) returns bigint[] language plpgsql as $$
declare
  pages bigint[] := '{}';
begin
  perform tests.act_as(persona);
  for turn in 1 .. 8 loop
    pages := pages || pg_temp.pages_of(query);
  end loop;
  perform tests.act_as_owner();
  return pages;
end
$$;
grant execute on function pg_temp.pages_of(text) to authenticated;
select cmp_ok(p.pages[8], '<=', p.pages[2] * 5 / 4 + 50, format('%s reads as much at the eighth call: %s', c.query, p.pages))
from calls as c, lateral (select pg_temp.pages_of_calls(c.persona, c.query) as pages) as p;

select * from finish();
