-- Payments: what came in and what went back, on a job and, if it is known, on an estimate of that job.
begin;
select plan(74);

-- arrange: Ada, Mia and Eve are a team; Eve is manager in another company, Oda its admin; Sam has only a space of his own
select tests.create_team('team', 'ada admin', 'mia manager', 'eve employee');
select tests.create_team('other', 'oda admin', 'eve manager');
select tests.create_user('sam');
update public.profiles set time_zone = 'Pacific/Kiritimati' where id = tests.user_id('mia');
insert into business.jobs (id, workspace_id, job_number) values
  (9001, tests.workspace('team'), 'T-1'), (9002, tests.workspace('other'), 'O-1'), (9003, tests.workspace('team'), 'T-2');
insert into business.estimates (id, job_id, amount) values (9001, 9001, 100), (9002, 9002, 100), (9003, 9003, 100);
insert into business.payments (id, job_id, amount) values (9001, 9001, 1), (9002, 9002, 1);

-- acting as a manager
select tests.act_as('mia');
select results_eq($$ insert into business.payments (job_id, amount) values (9001, 99.995)
    returning workspace_id, amount, received_date, deposited_date, estimate_id, payment_type, payment_method $$,
  $$ values (tests.workspace('team'), 100.00, (now() at time zone 'Pacific/Kiritimati')::date, null::date, null::bigint, null, null) $$,
  'a payment needs a job and an amount; it was received today');
select results_eq($$ insert into business.payments (job_id, estimate_id, invoice_number, amount, payment_type, payment_method, check_number, received_date, deposited_date, notes)
    values (9001, 9001, 'INV-1', 50, 'initial', 'check', '1001', '2026-01-01', '2026-01-03', 'n') returning estimate_id, received_date $$,
  $$ values (9001::bigint, '2026-01-01'::date) $$, 'every field of a payment can be given');
select results_eq($$ insert into business.payments (job_id, amount, received_date) values (9001, 5, null) returning received_date $$, array[null::date],
  'a payment may be written down before it is received');
select results_eq($$ insert into business.payments (job_id, amount) values (9001, -25.50) returning amount $$, array[-25.50], 'what is paid back is negative');
select results_eq($$ update business.payments set estimate_id = 9001, invoice_number = 'i', amount = 2, payment_type = 'final', payment_method = 'wire', check_number = 'c',
    received_date = '2026-01-01', deposited_date = '2026-01-02', notes = 'n' where id = 9001 returning amount $$, array[2.00], 'a manager edits');
select is_empty($$ delete from business.payments returning 1 $$, 'but deletes none');

-- an estimate of the same job, and of no other
select throws_ok(format('insert into business.payments (job_id, amount, estimate_id) values (9001, 1, %s)', id), '23503',
  'insert or update on table "payments" violates foreign key constraint "payments_estimate_id_fkey"', 'a payment is not on an estimate ' || rule)
from (values (9003, 'of another job'), (9002, 'of another company'), (99999999, 'that does not exist')) as v (id, rule);
select throws_ok(format('update business.payments set estimate_id = %s where id = 9001', id), '23503',
  'insert or update on table "payments" violates foreign key constraint "payments_estimate_id_fkey"', 'nor moved to one ' || rule)
from (values (9003, 'of another job'), (9002, 'of another company'), (99999999, 'that does not exist')) as v (id, rule);
select throws_ok(format('insert into business.payments (job_id, amount, estimate_id) values (%s, 1, %s)', job, estimate), '23503',
  'insert or update on table "payments" violates foreign key constraint "payments_job_id_fkey"', 'no payment is on a job ' || rule)
from (values (9002, 'null', 'of another company'), (9002, '9002', 'of another company, with an estimate of it'), (9002, '9001', 'of another company, with one of the own'),
  (99999999, 'null', 'that does not exist'), (99999999, '9002', 'that does not exist, with an estimate')) as v (job, estimate, rule);

-- columns that only the database writes, and bounds
select throws_ok(format('insert into business.payments (job_id, amount, %I) values (9001, 1, null)', c), '42501', 'permission denied for table payments',
  'a caller does not choose ' || c || ' of a payment')
from unnest(array['id', 'workspace_id', 'created_at', 'updated_at']) as c;
select throws_ok(format('update business.payments set %I = null', c), '42501', 'permission denied for table payments', 'nor changes ' || c)
from unnest(array['id', 'workspace_id', 'created_at', 'updated_at']) as c;
select throws_ok(format('update business.payments set %s where id = 9001', v.assignment), '23514',
  format('new row for relation "payments" violates check constraint "%s"', v.name), v.rule)
from (values
  ('invoice_number = repeat(''x'', 101)', 'payments_invoice_number_length', 'an invoice number is bounded'),
  ('amount = 0', 'payments_amount_range', 'nothing is no payment'),
  ('amount = ''NaN''', 'payments_amount_range', 'an amount is a number'),
  ('payment_type = ''tip''', 'payments_payment_type_allowed', 'a type is one of seven words'),
  ('payment_method = ''bitcoin''', 'payments_payment_method_allowed', 'a method is one of six words'),
  ('check_number = repeat(''x'', 101)', 'payments_check_number_length', 'a check number is bounded'),
  ('received_date = ''1899-12-31''', 'payments_dates_range', 'a day is within reason'),
  ('deposited_date = ''infinity''', 'payments_dates_range', 'and finite'),
  ('notes = repeat(''x'', 20001)', 'payments_notes_length', 'notes are bounded')
) as v (assignment, name, rule);
select throws_ok($$ update business.payments set amount = 10000000000 where id = 9001 $$, '22003', 'numeric field overflow', 'money is bounded');
select throws_ok($$ update business.payments set amount = null where id = 9001 $$, '23502',
  'null value in column "amount" of relation "payments" violates not-null constraint', 'a payment has an amount');
select lives_ok(format('update business.payments set amount = %s where id = 9001', v), 'the bounds themselves are allowed: ' || v)
from unnest(array[9999999999.99, -9999999999.99, 0.01]) as v;
select lives_ok(format('update business.payments set %I = %L where id = 9001', v.c, w), format('%s may be %s', v.c, w))
from (values ('payment_type', array['initial', 'progress', 'supplement', 'final', 'deductible', 'depreciation', 'other']),
  ('payment_method', array['check', 'ach', 'wire', 'credit', 'cash', 'other'])) as v (c, words), unnest(v.words) as w;

-- acting as everybody else
select is(tests.answer(p, s), a, format('%s %s', p, rule))
from (values
  ('eve', 'select from business.payments where id in (9001, 9002)', '1 rows', 'a member of two workspaces, reads the payments of the workspace of the request'),
  ('eve@other', 'select from business.payments where id in (9001, 9002)', '1 rows', 'reads those of the other in a request there'),
  ('eve', 'insert into business.payments (job_id, amount) values (9001, 1)', '42501 new row violates row-level security policy for table "payments"', 'an employee, enters none'),
  ('eve', 'insert into business.payments (job_id, amount) values (9002, 1)', '42501 new row violates row-level security policy for table "payments"', 'enters none in another workspace than that of the request'),
  ('eve', 'update business.payments set notes = null where id in (9001, 9002)', '0 rows', 'edits none there'),
  ('eve@other', 'insert into business.payments (job_id, amount) values (9002, 1)', '1 rows', 'enters one where she is manager'),
  ('eve@other', 'update business.payments set notes = null where id in (9001, 9002)', '1 rows', 'edits where she is manager'),
  ('eve', 'delete from business.payments', '0 rows', 'deletes none'),
  ('oda', 'select from business.payments where job_id = 9001', '0 rows', 'of another company, reads none'),
  ('oda', 'update business.payments set notes = null where job_id = 9001', '0 rows', 'edits none'),
  ('oda', 'delete from business.payments where job_id = 9001', '0 rows', 'deletes none'),
  ('sam', 'select from business.payments', '0 rows', 'a stranger, reads none'),
  ('anon', 'select from business.payments', '42501 permission denied for table payments', 'reads nothing'),
  ('anon', 'insert into business.payments (job_id, amount) values (9001, 1)', '42501 permission denied for table payments', 'adds nothing'),
  ('anon', 'update business.payments set notes = null', '42501 permission denied for table payments', 'edits nothing'),
  ('anon', 'delete from business.payments', '42501 permission denied for table payments', 'deletes nothing'),
  ('service', 'update business.payments set workspace_id = tests.workspace(''other'') where id = 9001',
    E'PT409 A row of business.payments cannot change its workspace.\nCreate it again in the other workspace and delete this one.', 'moves nothing to another company'),
  ('service', 'update business.payments set job_id = 9002 where id = 9001',
    format(E'23503 insert or update on table "payments" violates foreign key constraint "payments_job_id_fkey"\nKey (workspace_id, job_id)=(%s, 9002) is not present in table "jobs".', tests.workspace('team')),
    'nor by way of the job'),
  ('ada', 'delete from business.payments where id = 9001', '1 rows', 'an admin, deletes')
) as v (p, s, a, rule);

-- what a payment outlives
select tests.act_as_owner();
update business.payments set updated_at = '2020-01-01' where id = 9001;
select results_eq($$ select updated_at = now() from business.payments where id = 9001 $$, array[true], 'a change is stamped');
select tests.act_as('ada');
delete from business.estimates where id = 9001;
select results_eq($$ select job_id, estimate_id, amount from business.payments where invoice_number = 'INV-1' $$, $$ values (9001::bigint, null::bigint, 50.00) $$,
  'a payment outlives its estimate, on its job');
delete from business.jobs where id = 9001;
select is_empty($$ select 1 from business.payments where job_id = 9001 $$, 'and goes with the job');

select * from finish();
rollback;
