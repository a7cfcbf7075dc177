-- A request about money that is sent again is not booked again, and a likely double is told.
begin;
select plan(29);
-- as PostgREST sets it for the schema of a request
set local search_path = business, public, extensions;

select tests.create_team('team', 'mia manager', 'eli employee');
select tests.create_team('rival', 'rob manager');
insert into business.jobs (id, workspace_id, job_number) values (9001, tests.workspace('team'), 'T-1'), (9002, tests.workspace('team'), 'T-2'), (9003, tests.workspace('rival'), 'R-1');
select tests.act_as('mia');

-- each kind of row, as PostgREST writes an upsert
create temporary table kinds (name text, columns text, row text, change text);
insert into kinds values
  ('payments', 'amount, invoice_number', '5000, ''INV-7''', 'amount = 1'),
  ('receipts', 'expense_category, description, amount', '''materials'', ''Sheets'', 80', 'amount = 1'),
  ('labor_entries', 'hours, work_category', '7.25, ''drying''', 'hours = 1'),
  ('work_orders', 'title, budget_amount', '''Roof'', 900', 'budget_amount = 1'),
  ('estimates', 'estimate_type, amount', '''mitigation'', 100', 'amount = 1');
grant select on kinds to public;
create function pg_temp.send(kind kinds, key text default 'key-1') returns bigint language plpgsql as $$
declare sent bigint;
begin
  execute format('insert into business.%1$I (job_id, %2$s, client_key) values (9001, %3$s, %4$L)
    on conflict (workspace_id, client_key) do update set job_id = excluded.job_id, client_key = excluded.client_key returning id', kind.name, kind.columns, kind.row, send.key)
  into sent;
  return sent;
end $$;
create function pg_temp.count_of(kind kinds) returns bigint language plpgsql as $$
declare found bigint;
begin
  execute format('select count(*) from business.%I where job_id = 9001', kind.name) into found;
  return found;
end $$;
create temporary table sent as select k.name, pg_temp.send(k) as id from kinds as k;
select is(pg_temp.send(k), (select s.id from sent as s where s.name = k.name), 'a request that is sent again answers the first row: ' || k.name) from kinds as k;
select is(pg_temp.count_of(k), 1::bigint, 'and adds none: ' || k.name) from kinds as k;
select isnt(pg_temp.send(k, 'key-2'), (select s.id from sent as s where s.name = k.name), 'another key is another row: ' || k.name) from kinds as k;
select throws_ok(format('insert into business.%I (job_id, %s, client_key) values (9001, %s, %L)', k.name, k.columns, k.row, 'key-1'), '23505', null,
  'a plain insert with a used key is refused: ' || k.name) from kinds as k;

-- the first row with the same content is told
select is((select p.duplicate_of from business.payments as p where p.client_key = 'key-1'), null::bigint, 'the first row is no double');
select is((select p.duplicate_of from business.payments as p where p.client_key = 'key-2'), (select s.id from sent as s where s.name = 'payments'), 'a second payment like it is told');
update business.payments set invoice_number = 'INV-8' where client_key = 'key-2';
select is((select p.duplicate_of from business.payments as p where p.client_key = 'key-2'), null::bigint, 'until it has another reference');
select results_eq($$ select e.duplicate_of from business.labor_entries as e order by e.id offset 1 $$, $$ select s.id from sent as s where s.name = 'labor_entries' $$, 'hours are told as well');

-- keys of others
select throws_ok($$ update business.payments set client_key = 'key-3' where client_key = 'key-2' $$, 'PT409', null, 'a key never changes');
select tests.act_as('eli');
select is(tests.answer('eli', $$ insert into business.labor_entries (job_id, hours, client_key) values (9001, 1, 'key-1')
    on conflict (workspace_id, client_key) do update set hours = excluded.hours $$),
  '42501 new row violates row-level security policy (USING expression) for table "labor_entries"', 'a colleague''s row is not answered or changed by its key');
select tests.act_as('rob');
select lives_ok($$ insert into business.payments (job_id, amount, client_key) values (9003, 1, 'key-1') $$, 'another company may use the same key');
select results_eq($$ select p.duplicate_of from business.payments as p $$, array[null::bigint], 'and nothing of the other is told');

-- an estimate that is sent again, approved, withdraws no approval
select tests.act_as('mia');
insert into business.estimates (job_id, estimate_type, amount, status, approved_date, client_key) values (9002, 'remodel', 1, 'approved', '2026-01-05', 'e-1'), (9002, 'remodel', 2, 'draft', null, 'e-2');
insert into business.estimates (job_id, estimate_type, amount, status, client_key) values (9002, 'remodel', 2, 'draft', 'e-2')
on conflict (workspace_id, client_key) do update set status = excluded.status;
select results_eq($$ select version, status, amount from business.estimates where job_id = 9002 order by version $$,
  $$ values (1, 'approved', 1.00), (2, 'draft', 2.00) $$, 'a version that is sent again keeps its number and takes no approval away');

select * from finish();
rollback;
