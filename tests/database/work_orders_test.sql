-- Work orders: their numbers within a job, who approved them and when.
begin;
select plan(93);

-- arrange: Ada, Mia, Mo and Eve are a team, Mia and Mo are contacts of it; Eve is manager in another company, Oda its
-- admin; Sam has only a space of his own
select tests.create_team('team', 'ada admin', 'mia manager', 'mo manager', 'eve employee');
select tests.create_team('other', 'oda admin', 'eve manager');
select tests.create_user('sam');
update public.profiles set time_zone = 'Pacific/Kiritimati' where id = tests.user_id('mia');
insert into business.jobs (id, workspace_id, job_number) values
  (9001, tests.workspace('team'), 'T-1'), (9002, tests.workspace('other'), 'O-1'), (9003, tests.workspace('team'), 'T-2');
insert into business.contacts (id, workspace_id, first_name, last_name, user_id) values
  (9001, tests.workspace('team'), 'Mia', 'Moore', tests.user_id('mia')), (9002, tests.workspace('team'), 'Mo', 'Mann', tests.user_id('mo')),
  (9003, tests.workspace('team'), 'Al', 'Adjuster', null), (9004, tests.workspace('other'), 'Bo', 'Broker', null);
insert into business.work_orders (id, job_id, title) values (9001, 9003, 'Demo'), (9002, 9002, 'Demo');
create function tests.today() returns date language sql stable as $$ select (now() at time zone 'Pacific/Kiritimati')::date $$;
grant execute on all functions in schema tests to anon, authenticated, service_role;

-- numbers
select tests.act_as('mia');
select results_eq($$ insert into business.work_orders (job_id, title) values (9001, 'Demo') returning workspace_id, work_order_number, status, approved_by, approved_date $$,
  $$ values (tests.workspace('team'), 'WO-9001-001', 'draft', null::bigint, null::date) $$, 'a work order needs a job and a title: it is a draft with a number');
select results_eq($$ insert into business.work_orders (job_id, work_order_number, title, description, budget_amount, status, approved_by, approved_date, document_file_path)
    values (9001, 'X-1', 'All', 'd', 100.005, 'in_progress', null, null, 'workorders/9001/a.pdf') returning work_order_number, budget_amount $$,
  $$ values ('X-1', 100.01) $$, 'a manager gives every other field of a work order');
select results_eq($$ insert into business.work_orders (job_id, work_order_number, title) select 9001, n, 'x' from unnest(array[null, '', '  ']) as n returning work_order_number $$,
  array['WO-9001-002', 'WO-9001-003', 'WO-9001-004'], 'null, nothing and blanks ask for a number; those of one request get one each');
select results_eq($$ insert into business.work_orders (job_id, work_order_number, title) values (9001, 'X-1', 'x'), (9001, 'WO-9001-1000', 'x'), (9001, 'WO-9001-x', 'x'), (9001, 'AWO-9001-3000', 'x'),
    (9001, 'WO-9001-٢٠٠٠', 'x'), (9001, 'WO-9001-1234567890', 'x') returning work_order_number $$,
  array['X-1', 'WO-9001-1000', 'WO-9001-x', 'AWO-9001-3000', 'WO-9001-٢٠٠٠', 'WO-9001-1234567890'], 'any other number is kept, and may repeat');
select results_eq($$ insert into business.work_orders (job_id, title) values (9001, 'x') returning work_order_number $$, array['WO-9001-1001'], 'the next one follows the highest that is one');
select results_eq($$ insert into business.work_orders (job_id, title) values (9003, 'x') returning work_order_number $$, array['WO-9003-002'], 'each job counts for itself');

-- approval
select results_eq($$ update business.work_orders set status = 'in_progress' where id = 9001 returning approved_by, approved_date $$,
  $$ values (null::bigint, null::date) $$, 'work may begin without an approval');
select results_eq($$ update business.work_orders set status = 'draft' where id = 9001 returning approved_by, approved_date $$,
  $$ values (null::bigint, null::date) $$, 'and be planned again');
select results_eq($$ insert into business.work_orders (job_id, title, status) values (9001, 'At once', 'approved') returning approved_by, approved_date $$,
  $$ values (9001::bigint, tests.today()) $$, 'a work order may begin approved, by the manager, today');
select results_eq($$ update business.work_orders set status = 'approved' where id = 9001 returning approved_by, approved_date $$,
  $$ values (9001::bigint, tests.today()) $$, 'or be approved later');
select results_eq($$ update business.work_orders set status = 'in_progress' where id = 9001 returning approved_by, approved_date $$,
  $$ values (9001::bigint, tests.today()) $$, 'it keeps who and when as the work goes on');
select tests.act_as('mo');
select results_eq($$ update business.work_orders set status = 'approved' where id = 9001 returning approved_by, approved_date $$,
  $$ values (9001::bigint, tests.today()) $$, 'also when it goes back a step');
select results_eq($$ update business.work_orders set status = 'draft' where id = 9001 returning approved_by, approved_date $$,
  $$ values (null::bigint, null::date) $$, 'a draft again is not approved');
select results_eq($$ update business.work_orders set status = 'approved' where id = 9001 returning approved_by $$, array[9002::bigint], 'and is so by whoever does it next');
select results_eq($$ update business.work_orders set status = 'cancelled' where id = 9001 returning approved_by $$, array[9002::bigint], 'a cancelled one tells who had approved it');
select tests.act_as('mia');
select results_eq($$ update business.work_orders set status = 'approved' where id = 9001 returning approved_by $$, array[9001::bigint], 'until somebody does again');
select throws_ok(format('update business.work_orders set %s where id = 9001', assignment), '42501',
  'approved_by and approved_date are set by the database.', 'a manager cannot write who approved a work order, or when: ' || assignment)
from unnest(array['approved_by = 9003', 'approved_date = ''2026-02-01''', 'approved_by = null', 'status = ''draft'', approved_by = 9003',
  'status = ''approved'', approved_by = 9002, approved_date = ''2026-03-01''']) as assignment;
select throws_ok(format('insert into business.work_orders (job_id, title, status, %s) values (9001, ''x'', ''approved'', %s)', c, v), '42501',
  'approved_by and approved_date are set by the database.', 'nor with a new work order: ' || c)
from (values ('approved_by', '9003'), ('approved_date', '''2026-02-01''')) as g (c, v);
select results_eq($$ update business.work_orders set title = 'Again', approved_by = approved_by, approved_date = approved_date where id = 9001 returning approved_by $$,
  array[9001::bigint], 'a row can be sent back as it was read');
select results_eq($$ update business.work_orders set document_file_path = 'signed.pdf', budget_amount = budget_amount where id = 9001 returning document_file_path $$,
  array['signed.pdf'], 'the signed document may come after the approval');
select tests.act_as_service();
update business.work_orders set budget_amount = 4 where id = 9001;
select tests.act_as('mia');
select is(tests.answer('mia', format('update business.work_orders set %s where id = 9001', assignment)),
  E'PT409 An approved work order does not change.\nSet its status to draft first, which withdraws the approval.', 'of an approved work order, budget and document do not change: ' || assignment)
from unnest(array['budget_amount = 5', 'budget_amount = null', 'document_file_path = ''other.pdf''', 'document_file_path = null',
  'status = ''completed'', budget_amount = 5', 'status = ''cancelled'', budget_amount = 5']) as assignment;
select is(tests.answer('mia', 'update business.work_orders set status = ''draft'', budget_amount = 5 where id = 9001'), '1 rows', 'a draft again does');
select is(tests.answer('service', 'update business.work_orders set budget_amount = 5 where id = 9001'), '1 rows', 'a secret key corrects imported ones');
select tests.act_as_service();
select results_eq($$ insert into business.work_orders (workspace_id, job_id, title, status, approved_by, approved_date)
    values (tests.workspace('team'), 9001, 'Imported', 'approved', 9003, '2026-02-01') returning approved_by, approved_date $$,
  $$ values (9003::bigint, '2026-02-01'::date) $$, 'an import keeps who approved, and when');
select tests.act_as('ada');
select results_eq($$ insert into business.work_orders (job_id, title, status) values (9001, 'By Ada', 'approved') returning approved_by, approved_date $$,
  $$ values (null::bigint, (now() at time zone 'UTC')::date) $$, 'an admin who is no contact approves as well');

-- columns that only the database writes, links and bounds
select tests.act_as('mia');
update business.work_orders set status = 'draft' where id = 9001;
select throws_ok(format('insert into business.work_orders (job_id, title, %I) values (9001, %L, null)', c, 'x'), '42501', 'permission denied for table work_orders',
  'a caller does not choose ' || c || ' of a work order')
from unnest(array['id', 'workspace_id', 'created_at', 'updated_at']) as c;
select throws_ok(format('update business.work_orders set %I = null', c), '42501', 'permission denied for table work_orders', 'nor changes ' || c)
from unnest(array['id', 'workspace_id', 'created_at', 'updated_at']) as c;
select throws_ok(format('update business.work_orders set %s where id = 9001', v.assignment), '23514',
  format('new row for relation "work_orders" violates check constraint "%s"', v.name), v.rule)
from (values
  ('work_order_number = ''''', 'work_orders_work_order_number_length', 'a number does not become empty'),
  ('work_order_number = ''  ''', 'work_orders_work_order_number_length', 'nor blank'),
  ('work_order_number = repeat(''x'', 101)', 'work_orders_work_order_number_length', 'and is bounded'),
  ('title = ''''', 'work_orders_title_length', 'a work order has a title'),
  ('title = repeat(''x'', 301)', 'work_orders_title_length', 'of a bounded length'),
  ('description = repeat(''x'', 20001)', 'work_orders_description_length', 'a description is bounded'),
  ('budget_amount = -0.01', 'work_orders_budget_amount_range', 'a budget is not negative'),
  ('budget_amount = ''NaN''', 'work_orders_budget_amount_range', 'and a number'),
  ('status = ''done''', 'work_orders_status_allowed', 'a status is one of five words'),
  ('document_file_path = repeat(''x'', 1001)', 'work_orders_document_file_path_length', 'a path is bounded')
) as v (assignment, name, rule);
select throws_ok($$ update business.work_orders set budget_amount = 10000000000 where id = 9001 $$, '22003', 'numeric field overflow', 'money is bounded');
select throws_ok(format('update business.work_orders set %I = null where id = 9001', c), '23502',
  format('null value in column "%s" of relation "work_orders" violates not-null constraint', c), c || ' is always there')
from unnest(array['work_order_number', 'title', 'status']) as c;
select lives_ok($$ update business.work_orders set work_order_number = repeat('x', 100), title = repeat('x', 300), description = repeat('x', 20000), budget_amount = 9999999999.99,
  document_file_path = repeat('x', 1000) where id = 9001 $$, 'the bounds themselves are allowed');
select lives_ok(format('update business.work_orders set status = %L where id = 9001', w), 'a status: ' || w)
from unnest(array['draft', 'approved', 'in_progress', 'completed', 'cancelled']) as w;
select throws_ok(format('insert into business.work_orders (job_id, title, status) values (%s, %L, %L)', id, 'x', status), '23503',
  'insert or update on table "work_orders" violates foreign key constraint "work_orders_job_id_fkey"', format('no %s work order is on a job %s', status, rule))
from (values (9002, 'of another company'), (99999999, 'that does not exist')) as v (id, rule), unnest(array['draft', 'approved']) as status;

-- acting as everybody else
select is(tests.answer(p, s), a, format('%s %s', p, rule))
from (values
  ('eve', 'select from business.work_orders where id in (9001, 9002)', '1 rows', 'a member of two workspaces, reads the work orders of the workspace of the request'),
  ('eve@other', 'select from business.work_orders where id in (9001, 9002)', '1 rows', 'reads those of the other in a request there'),
  ('eve', 'insert into business.work_orders (job_id, title) values (9001, ''x'')', '42501 new row violates row-level security policy for table "work_orders"', 'an employee, writes none'),
  ('eve', 'insert into business.work_orders (job_id, title, status) values (9001, ''x'', ''approved'')', '42501 new row violates row-level security policy for table "work_orders"', 'approved or not'),
  ('eve', 'update business.work_orders set status = ''approved'' where id in (9001, 9002)', '0 rows', 'approves none as an employee'),
  ('eve@other', 'update business.work_orders set status = ''approved'' where id in (9001, 9002)', '1 rows', 'approves where she is manager'),
  ('eve', 'delete from business.work_orders', '0 rows', 'deletes none'),
  ('mia', 'delete from business.work_orders', '0 rows', 'a manager, deletes none'),
  ('oda', 'select from business.work_orders where job_id = 9001', '0 rows', 'of another company, reads none'),
  ('oda', 'update business.work_orders set description = null where job_id = 9001', '0 rows', 'edits none'),
  ('oda', 'delete from business.work_orders where job_id = 9001', '0 rows', 'deletes none'),
  ('sam', 'select from business.work_orders', '0 rows', 'a stranger, reads none'),
  ('anon', 'select from business.work_orders', '42501 permission denied for table work_orders', 'reads nothing'),
  ('anon', 'insert into business.work_orders (job_id, title) values (9001, ''x'')', '42501 permission denied for table work_orders', 'adds nothing'),
  ('anon', 'update business.work_orders set description = null', '42501 permission denied for table work_orders', 'edits nothing'),
  ('anon', 'delete from business.work_orders', '42501 permission denied for table work_orders', 'deletes nothing'),
  ('service', 'insert into business.work_orders (job_id, title, status) values (9001, ''x'', ''approved'')', '1 rows', 'approves as nobody'),
  ('service', 'update business.work_orders set workspace_id = tests.workspace(''other'') where id = 9001',
    E'PT409 A row of business.work_orders cannot change its workspace.\nCreate it again in the other workspace and delete this one.', 'moves nothing to another company'),
  ('ada', 'delete from business.work_orders where id = 9001', '1 rows', 'an admin, deletes')
) as v (p, s, a, rule);

-- what a work order outlives
select tests.act_as_owner();
select throws_ok(format('update business.work_orders set approved_by = %s where id = 9001', id), '23503',
  'insert or update on table "work_orders" violates foreign key constraint "work_orders_approved_by_fkey"', 'an import names no approver who is ' || rule)
from (values (9004, 'of another company'), (99999999, 'nobody')) as v (id, rule);
select throws_ok(format('update business.work_orders set approved_date = %L where id = 9002', day), '23514',
  'new row for relation "work_orders" violates check constraint "work_orders_approved_date_range"', 'an import gives no day of approval like ' || day)
from unnest(array['1899-12-31', 'infinity']) as day;
update business.work_orders set updated_at = '2020-01-01' where id = 9001;
select results_eq($$ select updated_at = now() from business.work_orders where id = 9001 $$, array[true], 'a change is stamped');
select tests.act_as('ada');
delete from business.contacts where id = 9001;
select results_eq($$ select status, approved_by, approved_date from business.work_orders where title = 'At once' $$, $$ values ('approved', null::bigint, tests.today()) $$,
  'it stays approved when the contact goes who did it');
delete from business.jobs where id = 9001;
select is_empty($$ select 1 from business.work_orders where job_id = 9001 $$, 'and goes with the job');

select * from finish();
rollback;
