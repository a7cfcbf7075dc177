-- Receipts: everybody adds as themselves and edits their own, managers edit all, admins delete.
begin;
select plan(72);

-- arrange: Ada, Mia, Eve and Ned are a team, Eve is a contact of it; Oda is admin of another company; Sam has only a space of his own
select tests.create_team('team', 'ada admin', 'mia manager', 'eve employee', 'ned employee');
select tests.create_team('other', 'oda admin');
select tests.create_user('sam');
update public.profiles set time_zone = 'Pacific/Kiritimati' where id = tests.user_id('eve');
insert into business.jobs (id, workspace_id, job_number) values (9001, tests.workspace('team'), 'T-1'), (9002, tests.workspace('other'), 'O-1');
insert into business.organizations (id, workspace_id, name, org_type) values (9001, tests.workspace('team'), 'Depot', 'vendor'), (9002, tests.workspace('other'), 'Depot', 'vendor');
insert into business.contacts (id, workspace_id, first_name, last_name, user_id) values
  (9001, tests.workspace('team'), 'Eve', 'Field', tests.user_id('eve')), (9002, tests.workspace('team'), 'Cy', 'Crew', null),
  (9003, tests.workspace('other'), 'Bo', 'Broker', null);
insert into business.receipts (id, job_id, user_id, expense_category, description, amount) values
  (9001, 9001, tests.user_id('eve'), 'materials', 'Eve''s', 1), (9002, 9001, tests.user_id('ned'), 'materials', 'Ned''s', 1),
  (9003, 9002, tests.user_id('oda'), 'materials', 'Oda''s', 1);

-- acting as an employee
select tests.act_as('eve');
select results_eq($$ insert into business.receipts (job_id, expense_category, description, amount) values (9001, 'supplies', 'Tape', 12.345)
    returning workspace_id, user_id, created_by, expense_date, reimbursable, amount $$,
  $$ values (tests.workspace('team'), tests.user_id('eve'), 9001::bigint, (now() at time zone 'Pacific/Kiritimati')::date, false, 12.35) $$,
  'a receipt needs a category, a text and an amount; it is of today, and signed');
select results_eq($$ insert into business.receipts (job_id, vendor_id, expense_category, description, amount, expense_date, receipt_file_path, reimbursable, paid_by, created_by, user_id)
    values (9001, 9001, 'permit', 'City', 80, '2026-02-01', 'receipts/1/a.pdf', true, 'cash', 9001, tests.user_id('eve')) returning vendor_id, paid_by $$,
  $$ values (9001::bigint, 'cash') $$, 'every field of a receipt can be given');
select throws_ok(format('insert into business.receipts (job_id, expense_category, description, amount, %s) values (9001, %L, %L, 1, %s)', v.c, 'other', 'x', v.v), '42501',
  'new row violates row-level security policy for table "receipts"', v.rule)
from (values
  ('created_by', '9002', 'an employee does not add in the name of a colleague'), ('created_by', '9003', 'nor of somebody of another company'),
  ('created_by', '99999999', 'nor of nobody'), ('user_id', quote_literal(tests.user_id('mia')), 'nor with a colleague''s account'),
  ('user_id', 'null', 'nor without any')) as v (c, v, rule);
select throws_ok(format('insert into business.receipts (job_id, expense_category, description, amount, vendor_id) values (9001, %L, %L, 1, %s)', 'other', 'x', id), '23503',
  'insert or update on table "receipts" violates foreign key constraint "receipts_vendor_id_fkey"', 'a vendor is not ' || rule)
from (values (9002, 'of another company'), (99999999, 'one who does not exist')) as v (id, rule);
select results_eq($$ update business.receipts set vendor_id = 9001, expense_category = 'other', description = 'd', amount = -5, expense_date = '2026-01-01',
    receipt_file_path = 'p', reimbursable = true, paid_by = null, created_by = 9001 where job_id = 9001 and id in (9001, 9002) returning id, amount $$,
  $$ values (9001::bigint, -5.00) $$, 'an employee edits their own receipt, and no other; what was returned is negative');
select throws_ok($$ update business.receipts set created_by = 9002 where id = 9001 $$, '42501',
  'new row violates row-level security policy for table "receipts"', 'and gives it to nobody else');
select is_empty($$ delete from business.receipts where id = 9001 returning 1 $$, 'nor deletes it');

-- acting as a manager
select tests.act_as('mia');
select results_eq($$ insert into business.receipts (job_id, expense_category, description, amount, created_by) values (9001, 'other', 'x', 1, 9002) returning user_id, created_by $$,
  $$ values (tests.user_id('mia'), 9002::bigint) $$, 'a manager adds a receipt of anybody');
select throws_ok($$ insert into business.receipts (job_id, expense_category, description, amount, user_id) values (9001, 'other', 'x', 1, tests.user_id('eve')) $$, '42501',
  'new row violates row-level security policy for table "receipts"', 'but as themselves');
select results_eq($$ with edited as (update business.receipts set description = 'Seen' where id in (9001, 9002, 9003) returning id) select id from edited order by id $$, array[9001, 9002]::bigint[], 'a manager edits every receipt of the company');
select throws_ok(format('update business.receipts set %I = %s where id = 9001', c, id), '23503',
  format('insert or update on table "receipts" violates foreign key constraint "receipts_%s_fkey"', c), format('%s is nobody %s', c, rule))
from (values ('created_by', 9003, 'of another company'), ('created_by', 99999999, 'who does not exist'), ('vendor_id', 9002, 'of another company'),
  ('vendor_id', 99999999, 'who does not exist')) as v (c, id, rule);
select throws_ok(format('insert into business.receipts (job_id, expense_category, description, amount) values (%s, %L, %L, 1)', id, 'other', 'x'), '23503',
  'insert or update on table "receipts" violates foreign key constraint "receipts_job_id_fkey"', 'no receipt is on a job ' || rule)
from (values (9002, 'of another company'), (99999999, 'that does not exist')) as v (id, rule);
select is_empty($$ delete from business.receipts returning 1 $$, 'a manager deletes no receipt');
select throws_ok(format('insert into business.receipts (job_id, expense_category, description, amount, %I) values (9001, %L, %L, 1, null)', c, 'other', 'x'), '42501',
  'permission denied for table receipts', 'a caller does not choose ' || c || ' of a receipt')
from unnest(array['id', 'workspace_id', 'created_at', 'updated_at']) as c;
select throws_ok(format('update business.receipts set %I = null', c), '42501', 'permission denied for table receipts', 'nor changes ' || c)
from unnest(array['id', 'workspace_id', 'created_at', 'updated_at']) as c;
select throws_ok(format('update business.receipts set %s where id = 9001', v.assignment), '23514',
  format('new row for relation "receipts" violates check constraint "%s"', v.name), v.rule)
from (values
  ('expense_category = ''lunch''', 'receipts_expense_category_allowed', 'a category is one of seven words'),
  ('description = ''''', 'receipts_description_length', 'a receipt says for what'),
  ('description = repeat(''x'', 2001)', 'receipts_description_length', 'and not too much'),
  ('amount = ''NaN''', 'receipts_amount_range', 'an amount is a number'),
  ('expense_date = ''1899-12-31''', 'receipts_expense_date_range', 'a day is within reason'),
  ('expense_date = ''infinity''', 'receipts_expense_date_range', 'and finite'),
  ('receipt_file_path = repeat(''x'', 1001)', 'receipts_receipt_file_path_length', 'a path is bounded'),
  ('paid_by = ''bitcoin''', 'receipts_paid_by_allowed', 'it was paid in one of four ways')
) as v (assignment, name, rule);
select throws_ok($$ update business.receipts set amount = 10000000000 where id = 9001 $$, '22003', 'numeric field overflow', 'money is bounded');
select throws_ok(format('update business.receipts set %I = null where id = 9001', c), '23502',
  format('null value in column "%s" of relation "receipts" violates not-null constraint', c), c || ' is always there')
from unnest(array['expense_category', 'description', 'amount', 'expense_date', 'reimbursable']) as c;
select lives_ok($$ update business.receipts set description = repeat('x', 2000), amount = -9999999999.99, receipt_file_path = repeat('x', 1000), expense_date = '1900-01-01' where id = 9001 $$,
  'the bounds themselves are allowed');
select lives_ok(format('update business.receipts set %I = %L where id = 9001', v.c, w), format('%s may be %s', v.c, w))
from (values ('expense_category', array['materials', 'equipment_rental', 'subcontractor', 'disposal', 'permit', 'supplies', 'other']),
  ('paid_by', array['company_card', 'cash', 'personal_reimbursement', 'vendor_invoice'])) as v (c, words), unnest(v.words) as w;

-- acting as everybody else
select is(tests.answer(p, s), a, format('%s %s', p, rule))
from (values
  ('ned', 'select from business.receipts where id between 9001 and 9003', '2 rows', 'reads the receipts of the team'),
  ('oda', 'select from business.receipts where job_id = 9001', '0 rows', 'of another company, reads none'),
  ('oda', 'update business.receipts set paid_by = null where job_id = 9001', '0 rows', 'edits none'),
  ('oda', 'delete from business.receipts where job_id = 9001', '0 rows', 'deletes none'),
  ('sam', 'select from business.receipts', '0 rows', 'a stranger, reads none'),
  ('anon', 'select from business.receipts', '42501 permission denied for table receipts', 'reads nothing'),
  ('anon', 'insert into business.receipts (job_id, expense_category, description, amount) values (9001, ''other'', ''x'', 1)', '42501 permission denied for table receipts', 'adds nothing'),
  ('anon', 'update business.receipts set paid_by = null', '42501 permission denied for table receipts', 'edits nothing'),
  ('anon', 'delete from business.receipts', '42501 permission denied for table receipts', 'deletes nothing'),
  ('service', 'insert into business.receipts (job_id, expense_category, description, amount) values (9001, ''other'', ''x'', 1)', '1 rows', 'adds a receipt by nobody'),
  ('service', 'update business.receipts set workspace_id = tests.workspace(''other'') where id = 9001',
    E'PT409 A row of business.receipts cannot change its workspace.\nCreate it again in the other workspace and delete this one.', 'moves nothing to another company'),
  ('ada', 'delete from business.receipts where id = 9001', '1 rows', 'an admin, deletes')
) as v (p, s, a, rule);

-- what a receipt outlives
select tests.act_as_owner();
update business.receipts set updated_at = '2020-01-01' where id = 9002;
select results_eq($$ select updated_at = now() from business.receipts where id = 9002 $$, array[true], 'a change is stamped');
delete from public.workspace_members where workspace_id = tests.workspace('team') and user_id = tests.user_id('eve');
select is(tests.answer('eve', 'update business.receipts set paid_by = null where job_id = 9001'), '0 rows', 'whoever left edits their receipts no more');
delete from business.contacts where id = 9001;
delete from business.organizations where id = 9001;
delete from auth.users where id = tests.user_id('eve');
select results_eq($$ select workspace_id, user_id, vendor_id, created_by, amount from business.receipts where description = 'City' $$,
  $$ values (tests.workspace('team'), null::uuid, null::bigint, null::bigint, 80.00) $$, 'a receipt outlives the vendor, the contact and the account');
delete from business.jobs where id = 9001;
select is_empty($$ select 1 from business.receipts where job_id = 9001 $$, 'and goes with the job');

select * from finish();
rollback;
