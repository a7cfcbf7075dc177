-- Plans: the hot queries of a company among 100 000 jobs of a hundred companies use an index and scan no table. The
-- embedded database is given a fifth of it: filling it with everything takes more than a minute.
begin;
select plan(57);

select tests.create_user('member');
create temporary table company as
select w, tests.workspace('company ' || w) as id from generate_series(1, case when version() like '%PGlite%' then 20 else 100 end) as w;
insert into public.workspaces (id, name) select c.id, 'Company ' || c.w from company as c;
insert into public.workspace_members (workspace_id, user_id, role, display_name) values
  (tests.workspace('company 7'), tests.user_id('member'), 'admin', 'Member');
update public.profiles set active_workspace_id = tests.workspace('company 7') where id = tests.user_id('member');

-- the rows are given complete; filling the tables is not the subject
alter table business.clients disable trigger user;
alter table business.jobs disable trigger user;
alter table business.estimates disable trigger user;
alter table business.payments disable trigger user;
alter table business.labor_entries disable trigger user;
alter table business.receipts disable trigger user;
alter table business.work_orders disable trigger user;
alter table business.notes disable trigger user;
insert into business.clients (id, workspace_id, name)
select 200000000 + c.w * 1000 + n, c.id, format('Client %s of %s', md5(n::text), c.w) from company as c, generate_series(0, 299) as n;
insert into business.jobs (id, workspace_id, job_number, status, client_id, address, created_at, completion_date)
select 200000000 + c.w * 1000 + n, c.id, format('%s-%s-MIT', 202001 + n / 100, n),
  (array['lead', 'pending', 'inspection', 'active', 'complete', 'closed', 'cancelled'])[1 + n % 7], 200000000 + c.w * 1000 + n % 300,
  n || ' ' || md5((n * 7)::text) || ' Street', now() - n * interval '1 day', current_date - n
from company as c, generate_series(0, 999) as n;
insert into business.estimates (id, workspace_id, job_id, version, estimate_type, amount, status, approved_date)
select j.id, j.workspace_id, j.id, 1, 'mitigation', 1000, 'approved', current_date - (j.id % 1000)::integer from business.jobs as j where j.id > 200000000;
insert into business.payments (workspace_id, job_id, amount, received_date)
select j.workspace_id, j.id, 400, current_date - (j.id % 1000)::integer from business.jobs as j where j.id > 200000000;
insert into business.labor_entries (workspace_id, job_id, hours, hourly_rate, work_date)
select j.workspace_id, j.id, 4, 40, current_date - (j.id % 1000)::integer from business.jobs as j where j.id > 200000000 and j.id % 1000 < 200;
insert into business.receipts (workspace_id, job_id, expense_category, description, amount, expense_date)
select j.workspace_id, j.id, 'materials', 'Boards', 30, current_date - (j.id % 1000)::integer from business.jobs as j where j.id > 200000000 and j.id % 1000 < 200;
insert into business.work_orders (workspace_id, job_id, work_order_number, title, budget_amount)
select j.workspace_id, j.id, 'WO', 'Demolition', 30 from business.jobs as j where j.id > 200000000 and j.id % 1000 < 200;
insert into business.notes (workspace_id, job_id, content)
select j.workspace_id, j.id, 'Called.' from business.jobs as j where j.id > 200000000 and j.id % 1000 < 200;
insert into business.activity_log (workspace_id, job_id, event_type, description, new_value)
select j.workspace_id, j.id, 'status_changed', 'Moved.', j.status from business.jobs as j where j.id > 200000000;
select private.fill_job_search(array(select j.id from business.jobs as j where j.id > 200000000), '{}');
alter table business.clients enable trigger user;
alter table business.jobs enable trigger user;
alter table business.estimates enable trigger user;
alter table business.payments enable trigger user;
alter table business.labor_entries enable trigger user;
alter table business.receipts enable trigger user;
alter table business.work_orders enable trigger user;
alter table business.notes enable trigger user;
analyze business.clients, business.jobs, business.estimates, business.payments, business.labor_entries, business.receipts,
  business.work_orders, business.notes, business.activity_log, private.job_search, public.workspace_members, public.profiles;

create function pg_temp.plan_of(query text) returns text language plpgsql as $$
declare
  line text;
  plan text := '';
begin
  for line in execute 'explain (costs off) ' || query loop
    plan := plan || line || E'\n';
  end loop;
  return plan;
end
$$;
grant execute on function pg_temp.plan_of(text) to authenticated;

create temporary table hot (name text, index text, query text);
insert into hot values
  ('jobs in a status, newest first', 'jobs_workspace_id_status_idx',
    $$ select * from business.jobs where workspace_id = tests.workspace('company 7') and status = 'active' order by created_at desc limit 50 $$),
  ('all jobs, newest first', 'jobs_workspace_id_created_at_idx',
    $$ select * from business.jobs where workspace_id = tests.workspace('company 7') order by created_at desc limit 50 $$),
  ('one job', 'jobs_pkey', 'select * from business.jobs where id = 200007007'),
  ('a job by its number', 'jobs_workspace_id_job_number_key',
    $$ select * from business.jobs where workspace_id = tests.workspace('company 7') and job_number = '202001-7-MIT' $$),
  ('estimates of a job', '(estimates_job_id_id_key|estimates_workspace_id_job_id_estimate_type_version_key)', 'select * from business.estimates where job_id = 200007007 order by version desc'),
  ('payments of a job', 'payments_(job_id_received_date_idx|estimate_id_idx|job_id_id_key)', 'select * from business.payments where job_id = 200007007 order by received_date'),
  ('labour on a job', 'labor_entries_job_id_work_date_idx', 'select * from business.labor_entries where job_id = 200007007 order by work_date'),
  ('receipts of a job', 'receipts_job_id_expense_date_idx', 'select * from business.receipts where job_id = 200007007 order by expense_date'),
  ('work orders of a job', 'work_orders_job_id_idx', 'select * from business.work_orders where job_id = 200007005'),
  ('notes of a job', 'notes_job_id_(created_at_idx|id_key)', 'select * from business.notes where job_id = 200007005 order by created_at desc'),
  ('the story of a job', 'activity_log_job_id_idx', 'select * from business.activity_log where job_id = 200007007 order by id desc limit 50'),
  ('what happened lately', 'activity_log_workspace_id_id_idx',
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
grant select on hot to authenticated;

-- what a statement of this transaction read, by table: scans of whole tables, and rows fetched through an index
create function pg_temp.reads() returns table (name text, scans bigint, fetched bigint) language sql volatile as $$
  select s.relname::text, s.seq_scan, s.idx_tup_fetch from pg_stat_xact_user_tables as s where s.schemaname in ('business', 'private')
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

select ok((select count(*) from business.jobs) >= (select 1000 * count(*) from company), 'the jobs are there');
select tests.act_as('member');
select matches(pg_temp.plan_of(h.query), h.index || '.*Index Cond', h.name || ' uses its index') from hot as h;
select doesnt_match(pg_temp.plan_of(h.query), 'Seq Scan', h.name || ' scans no table') from hot as h;
create temporary table cost as select r.name, r.rows_at_most, c.* from report as r, pg_temp.cost_of(r.query) as c;
select is(c.scanned, null, c.name || ' scans no table') from cost as c;
select cmp_ok(c.fetched, '<=', c.rows_at_most, c.name || ' reads what it asks for') from cost as c;

select * from finish();
rollback;
