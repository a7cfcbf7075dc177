-- Plans: the hot queries of a company among the jobs of many companies use an index and scan no table.
select plan(60);

insert into tests.hot values
  ('jobs in a status, newest first', 'jobs_workspace_id_status_idx',
    $$ select * from business.jobs where workspace_id = tests.workspace('company 7') and status = 'active' order by created_at desc limit 50 $$),
  ('all jobs, newest first', 'jobs_workspace_id_created_at_idx',
    $$ select * from business.jobs where workspace_id = tests.workspace('company 7') order by created_at desc limit 50 $$),
  ('one job', '(jobs_pkey|jobs_workspace_id_id_key)', 'select * from business.jobs where id = 200007007'),
  ('a job by its number', 'jobs_workspace_id_job_number_key',
    $$ select * from business.jobs where workspace_id = tests.workspace('company 7') and job_number = '202001-7-MIT' $$),
  ('estimates of a job', '(estimates_job_id_id_key|estimates_workspace_id_job_id_id_key|estimates_workspace_id_job_id_estimate_type_version_key)', 'select * from business.estimates where job_id = 200007007 order by version desc'),
  ('payments of a job', 'payments_(job_id_received_date_idx|estimate_id_idx|job_id_id_key)', 'select * from business.payments where job_id = 200007007 order by received_date'),
  ('labor on a job', 'labor_entries_job_id_work_date_idx', 'select * from business.labor_entries where job_id = 200007007 order by work_date'),
  ('receipts of a job', 'receipts_job_id_expense_date_idx', 'select * from business.receipts where job_id = 200007007 order by expense_date'),
  ('work orders of a job', 'work_orders_job_id_idx', 'select * from business.work_orders where job_id = 200007005'),
  ('notes of a job', 'notes_job_id_(created_at_idx|id_key)', 'select * from business.notes where job_id = 200007005 order by created_at desc'),
  ('the story of a job', 'activity_log_job_id_idx', 'select * from business.activity_log where job_id = 200007007 order by id desc limit 50'),
  -- Postgres 18 may read a tenant with a large share from the newest row of the table, which is in the same order.
  ('what happened lately', '(activity_log_workspace_id_id_idx.*Index Cond|Index Scan Backward using activity_log_pkey)',
    $$ select * from business.activity_log where workspace_id = tests.workspace('company 7') order by id desc limit 50 $$),
  ('payments of a period', 'payments_workspace_id_received_date_idx',
    $$ select * from business.payments where workspace_id = tests.workspace('company 7') and received_date between current_date - 30 and current_date $$),
  ('jobs with their client', 'jobs_workspace_id_created_at_idx.*clients_',
    $$ select j.*, c.name from business.jobs as j left join business.clients as c on c.workspace_id = j.workspace_id and c.id = j.client_id
       where j.workspace_id = tests.workspace('company 7') order by j.created_at desc limit 50 $$),
  ('the financials of a job', 'estimates_.*payments_.*labor_entries_.*receipts_.*work_orders_',
    'select * from business.job_financials where job_id = 200007007'),
  ('the financials of some jobs', 'estimates_.*payments_.*labor_entries_.*receipts_.*work_orders_',
    'select * from business.job_financials where job_id in (200007007, 200007008, 200007009)'),
  ('a page of jobs with their financials', 'jobs_workspace_id_created_at_idx.*estimates_.*payments_.*labor_entries_.*receipts_.*work_orders_',
    $$ select j.job_number, f.* from business.jobs as j left join lateral (select to_jsonb(f) from business.financials(j) as f) as f on true
       where j.workspace_id = tests.workspace('company 7') order by j.created_at desc limit 50 $$);

-- what a statement of this transaction read, by table: scans of whole tables, where they have more than some pages, and rows
-- fetched through an index
create function pg_temp.reads() returns table (name text, scans bigint, fetched bigint) language sql volatile as $$
  select s.relname::text, case when c.relpages > 20 then s.seq_scan else 0 end, s.idx_tup_fetch
  from pg_stat_xact_user_tables as s join pg_class as c on c.oid = s.relid where s.schemaname in ('business', 'private')
$$;
create temporary table before_call as select * from pg_temp.reads();
grant all on before_call to authenticated;
create function pg_temp.cost_of(query text, out scanned text, out fetched bigint) language plpgsql as $$
begin
  delete from before_call;
  insert into before_call select * from pg_temp.reads();
  execute 'select count(*) from (' || query || ') as q';
  select string_agg(r.name, ', ') filter (where r.scans > b.scans), sum(r.fetched - b.fetched) into scanned, fetched
  from pg_temp.reads() as r join before_call as b using (name);
end
$$;
grant execute on function pg_temp.reads(), pg_temp.cost_of(text) to authenticated;

create temporary table report (name text, rows_at_most bigint, query text);
insert into report values
  ('a rare word', 100, $$ select * from business.search_jobs(md5('7')) $$),
  ('a number', 500, $$ select * from business.search_jobs('202001-7') $$),
  ('a misspelt word', 500, $$ select * from business.search_jobs(overlay(md5('7') placing 'zz' from 9)) $$),
  ('a word of every job', 3500, $$ select * from business.search_jobs('street') $$),
  ('two letters', 3500, $$ select * from business.search_jobs('st') $$),
  ('signs', 3500, $$ select * from business.search_jobs('%%') $$),
  ('no query', 200, $$ select * from business.search_jobs('') $$),
  ('the board', 5000, $$ select * from business.pipeline_board() $$),
  ('receivables', 8000, $$ select * from business.aged_receivables() $$),
  ('the accounting of a month', 3000, $$ select * from business.accounting_summary(current_date - 30, current_date, 'week') $$),
  ('the accounting of all time', 15000, $$ select * from business.accounting_by_job('2000-01-01', '2999-12-31') $$);
grant select on report to authenticated;

select ok((select count(*) from business.jobs) >= 1000 * tests.scale('companies'), 'the jobs are there');
select tests.act_as('person 6');
select matches(tests.plan_of(h.query), h.index || case when h.index like '%Index Cond%' then '' else '.*Index Cond' end,
  h.name || ' uses its index') from tests.hot as h;
select doesnt_match(tests.plan_of(h.query), 'Seq Scan', h.name || ' scans no table') from tests.hot as h;
create temporary table cost as select r.name, r.rows_at_most, c.* from report as r, pg_temp.cost_of(r.query) as c;
select is(c.scanned, null, c.name || ' scans no table') from cost as c;
select cmp_ok(c.fetched, '<=', c.rows_at_most, c.name || ' reads what it asks for') from cost as c;

-- an employee pays for the policies of one request what the owner of the tables pays for a constant
select tests.act_as_owner();
insert into public.workspace_members (workspace_id, user_id, role, display_name) values (tests.workspace('company 7'), tests.user_id('ann'), 'employee', 'Ann');
create function pg_temp.newest(condition text) returns text language sql immutable as $$
  select format('select j.job_number, f.balance from business.jobs as j
      left join lateral (select to_jsonb(f.balance_due) as balance from business.financials(j) as f) as f on true
    where %s order by j.created_at desc limit 50', newest.condition)
$$;
-- the pages that a query reads, after a first run that fills the caches
create function pg_temp.pages_of(query text) returns bigint language plpgsql as $$
declare
  plan json;
begin
  execute pages_of.query;
  execute 'explain (analyze, buffers, timing off, summary off, format json) ' || pages_of.query into plan;
  return (plan #>> '{0,Plan,Shared Hit Blocks}')::bigint + (plan #>> '{0,Plan,Shared Read Blocks}')::bigint;
end
$$;
grant execute on function pg_temp.newest(text), pg_temp.pages_of(text) to authenticated;
create temporary table page_counts as select 'owner' as name, pg_temp.pages_of(pg_temp.newest(format('j.workspace_id = %L', tests.workspace('company 7')))) as pages;
grant select, insert on page_counts to authenticated;
select tests.act_as('ann@company 7');
select matches(tests.plan_of(pg_temp.newest('true')), 'Limit.*Index Scan using jobs_workspace_id_created_at_idx on jobs j\M',
  'the newest jobs with their balance, of an employee, are read through the index that has their order');
select doesnt_match(tests.plan_of(pg_temp.newest('true')), 'Sort', 'the newest jobs with their balance, of an employee, are not sorted');
insert into page_counts select 'employee', pg_temp.pages_of(pg_temp.newest('true'));
select cmp_ok(e.pages, '<=', o.pages * 6 / 5, format('an employee reads %s pages for them, at most a fifth more than the %s of the owner of the tables', e.pages, o.pages))
from page_counts as e, page_counts as o where e.name = 'employee' and o.name = 'owner';

select * from finish();
