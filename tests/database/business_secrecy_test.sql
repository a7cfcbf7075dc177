-- No answer reveals whether a row, a number, an assignment or a workspace of others exists: on every path, what belongs to
-- others gets word for word the answer of what does not exist.
begin;
select plan(275);

-- arrange: a row of a company in every table, and the same rows of Sam's, who is admin of a space of his own
select tests.create_team('team', 'ada admin', 'mia manager', 'eve employee');
select tests.create_team('sams', 'sam admin');
create function tests.fill(base bigint, label text, member text) returns void
language sql
as $$
  insert into business.organizations (id, workspace_id, name, org_type) values (base, tests.workspace(label), 'Depot', 'vendor');
  insert into business.clients (id, workspace_id, name) values (base, tests.workspace(label), 'Kim');
  insert into business.contacts (id, workspace_id, organization_id, user_id, first_name, last_name)
  values (base, tests.workspace(label), base, tests.user_id(member), initcap(member), 'Field'), (base + 1, tests.workspace(label), null, null, 'Al', 'Adjuster');
  insert into business.jobs (id, workspace_id, job_number, client_id, insurance_org_id) values (base, tests.workspace(label), 'J-' || base, base, base);
  insert into business.job_contacts (id, job_id, contact_id) values (base, base, base);
  insert into business.notes (id, job_id, author_id, user_id, content) values (base, base, base, tests.user_id(member), 'Wet');
  insert into business.media (id, job_id, uploaded_by, user_id, file_name, file_path) values (base, base, base, tests.user_id(member), 'a', 'b');
  insert into business.estimates (id, job_id, amount, status) values (base, base, 100, 'approved');
  insert into business.payments (id, job_id, estimate_id, amount) values (base, base, base, 100);
  insert into business.labor_entries (id, job_id, employee_id, created_by, user_id, hours) values (base, base, base, base, tests.user_id(member), 1);
  insert into business.receipts (id, job_id, vendor_id, created_by, user_id, expense_category, description, amount) values (base, base, base, base, tests.user_id(member), 'other', 'x', 1);
  insert into business.work_orders (id, job_id, title, status, approved_by) values (base, base, 'x', 'approved', base)
$$;
select tests.fill(9001, 'team', 'eve'), tests.fill(9101, 'sams', 'sam');

-- what a row of each table needs, with an id of Sam's
create table tests.samples as select * from (values
  ('organizations', array['name', 'org_type'], array['''x''', '''tpa''']),
  ('clients', array['name'], array['''x''']),
  ('contacts', array['first_name', 'last_name'], array['''x''', '''y''']),
  ('jobs', array['job_type'], array['''remodel''']),
  ('job_contacts', array['job_id', 'contact_id'], array['9101', '9102']),
  ('notes', array['job_id', 'content'], array['9101', '''x''']),
  ('media', array['job_id', 'file_name', 'file_path'], array['9101', '''x''', '''y''']),
  ('estimates', array['job_id', 'status'], array['9101', '''approved''']),
  ('payments', array['job_id', 'amount'], array['9101', '1']),
  ('labor_entries', array['job_id', 'hours'], array['9101', '1']),
  ('receipts', array['job_id', 'expense_category', 'description', 'amount'], array['9101', '''other''', '''x''', '1']),
  ('work_orders', array['job_id', 'title', 'status'], array['9101', '''x''', '''approved''']),
  ('activity_log', array['event_type', 'description'], array['''note_added''', '''x'''])
) as v (relation, columns, "values");
select set_eq($$ select relation from tests.samples $$, $$ select c.relname::text from pg_class as c where c.relnamespace = 'business'::regnamespace and c.relkind = 'r' $$,
  'no table of the business is left out');

-- every column that refers to a row of the business or to a member
create table tests.links as
select c.relname::text as relation, a.attname::text as name, k.conname::text as key, t.relname::text as target,
  has_column_privilege('authenticated', c.oid, a.attnum, 'insert') as inserted, has_column_privilege('authenticated', c.oid, a.attnum, 'update') and not exists (
    select from pg_trigger as g where g.tgrelid = c.oid and a.attnum = any (g.tgattr) and g.tgfoid = 'private.keep_columns()'::regprocedure) as updated
from pg_constraint as k
join pg_class as c on c.oid = k.conrelid
join pg_class as t on t.oid = k.confrelid
join pg_attribute as a on a.attrelid = c.oid and a.attnum = k.conkey[cardinality(k.conkey)]
where k.contype = 'f' and k.connamespace = 'business'::regnamespace and t.relname not in ('workspaces', 'users')
  -- written by the database alone: work_orders_test.sql
  and k.conname <> 'work_orders_approved_by_fkey';
select is((select count(*) from tests.links where not inserted and relation <> 'activity_log'), 0::bigint, 'every link but those of the log can be sent');

-- a statement that writes this value into the link: as a new row, or into Sam's own
create function tests.link(relation text, name text, value text, command text) returns text
language sql stable
as $$
  select case link.command
    when 'insert' then format('insert into business.%I (%s) values (%s)', link.relation,
      (select string_agg(c.name, ', ' order by c.n) from unnest(array_append(array_remove(s.columns, link.name), link.name)) with ordinality as c (name, n)),
      (select string_agg(v.value, ', ' order by v.n) from (
        select w.value, w.n from unnest(s.columns, s.values) with ordinality as w (name, value, n) where w.name <> link.name
        union all select link.value, 99) as v))
    else format('update business.%I set %I = %s where id = 9101', link.relation, link.name, link.value) end
  from tests.samples as s where s.relation = link.relation
$$;
select is(tests.answer('sam', tests.link(l.relation, l.name, case when l.name = 'user_id' then quote_literal(tests.user_id('sam')) else case when l.relation = 'job_contacts' and l.name = 'contact_id' then '9102' else '9101' end end, c)),
  case when l.relation = 'contacts' and l.name = 'user_id' and c = 'insert' then '23505 duplicate key value violates unique constraint "contacts_workspace_id_user_id_key"' else '1 rows' end,
  format('%s of %s.%s with what is Sam''s own does what it says', c, l.relation, l.name))
from tests.links as l, unnest(array['insert', 'update']) as c where case c when 'insert' then l.inserted else l.updated end;
select is(tests.answer('sam', tests.link(l.relation, l.name, case when l.name = 'user_id' then quote_literal(tests.user_id('eve')) else '9001' end, c)),
  tests.answer('sam', tests.link(l.relation, l.name, case when l.name = 'user_id' then quote_literal(gen_random_uuid()) else '99999999' end, c)),
  format('%s of %s.%s: what is another company''s is as what never was', c, l.relation, l.name))
from tests.links as l, unnest(array['insert', 'update']) as c where case c when 'insert' then l.inserted else l.updated end;
select is(tests.answer('sam', tests.link(l.relation, l.name, case when l.name = 'user_id' then quote_literal(tests.user_id('eve')) else '9001' end, c)),
  E'23503 insert or update on table "' || l.relation || '" violates foreign key constraint "' || l.key || E'"\nKey is not present in table "' || l.target || '".',
  format('%s of %s.%s is refused by that key and says nothing of the rest', c, l.relation, l.name))
from tests.links as l, unnest(array['insert', 'update']) as c where case c when 'insert' then l.inserted else l.updated end;

-- two links at once, both of the other company, both right
select is(tests.answer('sam', format(v.statement, 9001, 9001)), tests.answer('sam', format(v.statement, 99999999, 99999998)), v.rule)
from (values
  ('insert into business.job_contacts (job_id, contact_id) values (%s, %s)', 'who is on a job of others is not found out by putting them on it'),
  ('insert into business.payments (job_id, estimate_id, amount) values (%s, %s, 1)', 'nor whether an estimate is of a job'),
  ('insert into business.notes (job_id, author_id, content) values (%s, %s, ''x'')', 'nor who writes on it'),
  ('insert into business.jobs (client_id, insurance_org_id) values (%s, %s)', 'nor whose client and carrier belong together')
) as v (statement, rule);

-- rows by their id
select is(tests.answer('sam', format(c, s.relation, 9001)), '0 rows', format('%s of a row of others in %s', split_part(c, ' ', 1), s.relation))
from tests.samples as s, unnest(array['select from business.%I where id = %s', 'update business.%I set id = id where id = %s', 'delete from business.%I where id = %s']) as c
where s.relation <> 'activity_log' and c !~ '^update';
select is(tests.answer('sam', format('update business.%I set %I = default where id = 9001', s.relation, u.name)), '0 rows', format('update of a row of others in %s', s.relation))
from tests.samples as s cross join lateral (
  select a.attname as name from pg_attribute as a where a.attrelid = format('business.%I', s.relation)::regclass and a.attnum > 0
    and has_column_privilege('authenticated', a.attrelid, a.attnum, 'update') order by a.attnum limit 1) as u;

-- companies by their id
select is(tests.answer('sam', tests.link(s.relation, 'workspace_id', quote_literal(tests.workspace('team')), 'insert')),
  tests.answer('sam', tests.link(s.relation, 'workspace_id', quote_literal(gen_random_uuid()), 'insert')), 'an insert into a workspace of others gets the answer of one that does not exist: ' || s.relation)
from tests.samples as s;
select is(tests.answer('sam', tests.link(s.relation, 'workspace_id', quote_literal(tests.workspace('team')), 'insert')),
  '42501 new row violates row-level security policy for table "' || s.relation || '"', 'the policy refuses it: ' || s.relation)
from tests.samples as s where s.relation in ('organizations', 'clients', 'contacts', 'jobs');

-- a header that names a workspace of others
select is(tests.answer(p, format(c, s.relation)), E'PT403 You do not belong to the workspace of the header x-workspace-id.\nThe table workspaces lists yours.',
  format('%s of a row of others in %s is refused with the header of a workspace %s', split_part(c, ' ', 1),
    s.relation, case p when 'sam@team' then 'of others' else 'that does not exist' end))
from tests.samples as s, unnest(array['sam@team', 'sam@nowhere']) as p,
  unnest(array['select from business.%I where id = 9001', 'delete from business.%I where id = 9001']) as c where s.relation <> 'activity_log';
select is(tests.answer('sam@team', tests.link(s.relation, 'workspace_id', quote_literal(tests.workspace('team')), 'insert')), E'PT403 You do not belong to the workspace of the header x-workspace-id.\nThe table workspaces lists yours.',
  'an insert with the header of a workspace of others is refused: ' || s.relation)
from tests.samples as s where s.relation in ('organizations', 'clients', 'contacts', 'jobs');

-- functions
select is(tests.answer('sam', format(v.statement, v.theirs)), tests.answer('sam', format(v.statement, v.nobodys)), v.statement)
from (values
  ('select business.unassign_contact(%s, 9001)', '9001', '99999999'), ('select business.unassign_contact(9001, %s)', '9001', '99999999'),
  ('select business.unassign_contact(9101, %s)', '9001', '99999999'),
  ('select business.approve_estimate(%s)', '9001', '99999999'), ('select business.approve_estimate(%s, ''1066-01-01'')', '9001', '99999999'),
  ('select business.revise_estimate(%s, 1)', '9001', '99999999'), ('select business.revise_estimate(%s, -1)', '9001', '99999999'),
  ('select business.create_job(''{"client_id": %s}'')', '9001', '99999999'), ('select business.create_job(''{"insurance_org_id": %s}'')', '9001', '99999999')
) as v (statement, theirs, nobodys);
select set_eq($$ select p.proname::text from pg_proc as p where p.pronamespace = 'business'::regnamespace and p.prokind = 'f' and has_function_privilege('authenticated', p.oid, 'execute')
    and exists (select from unnest(p.proargtypes) as a (type) where a.type in ('bigint'::regtype, 'uuid'::regtype)) $$,
  array['unassign_contact', 'approve_estimate', 'revise_estimate'], 'every function that takes an id was called');

-- functions, with the header of a workspace
create table tests.calls as select * from (values
  ('unassign_contact', 'select business.unassign_contact(9001, 9001)'), ('approve_estimate', 'select business.approve_estimate(9001)'),
  ('revise_estimate', 'select business.revise_estimate(9001, 1)'), ('next_job_number', 'select business.next_job_number(''mitigation'')'),
  ('next_job_number', 'select business.next_job_number(''plumbing'')'),
  ('create_job', 'select business.create_job(''{"client_name": "Kim"}'')'), ('create_job', 'select business.create_job(''{"job_number": "J-9001"}'')'),
  ('accounting_summary', 'select business.accounting_summary(null, null, ''total'')'), ('accounting_by_job', 'select business.accounting_by_job(null, null)'),
  ('aged_receivables', 'select business.aged_receivables(null)'), ('aged_receivables_total', 'select business.aged_receivables_total(null)'),
  ('pipeline_board', 'select business.pipeline_board()'), ('search_jobs', 'select business.search_jobs(''Kim'', null, 5, 0)')) as v (name, statement);
select set_eq($$ select name from tests.calls $$, $$ select p.proname::text from pg_proc as p
    where p.pronamespace = 'business'::regnamespace and p.prokind = 'f' and has_function_privilege('authenticated', p.oid, 'execute')
      -- computed columns take a row, which the policies have shown
      and not exists (select from pg_class as r where r.reltype = any (p.proargtypes)) $$,
  'every function of business was called with a header');
select is(tests.answer('sam@team', c.statement), E'PT403 You do not belong to the workspace of the header x-workspace-id.\nThe table workspaces lists yours.', 'refused with the header of a workspace of others: ' || c.statement)
from tests.calls as c;
select is(tests.answer('sam@nowhere', c.statement), tests.answer('sam@team', c.statement), 'and alike with that of one that does not exist: ' || c.statement)
from tests.calls as c;

-- names and numbers that are taken elsewhere
select is(tests.answer('sam', v), '1 rows', v)
from unnest(array['insert into business.jobs (job_number) values (''J-9001'')', 'update business.jobs set job_number = ''J-9001'' where id = 9101',
  'insert into business.clients (name) values (''Kim'')', 'select business.create_job(''{"job_number": "J-9001", "client_name": "Kim"}'')']) as v;

-- a member who leaves reads nothing more
select tests.act_as_owner();
delete from public.workspace_members where workspace_id = tests.workspace('team') and user_id = tests.user_id('eve');
select is(tests.answer('eve', format('select from business.%I', s.relation)), '0 rows', 'a former member sees no rows of ' || s.relation)
from tests.samples as s;
select is(tests.answer('eve', format(v.statement, 9001)), tests.answer('eve', format(v.statement, 99999999)), 'a former member gets the answer of a row that does not exist: ' || v.statement)
from (values ('insert into business.notes (job_id, content) values (%s, ''x'')'), ('select business.approve_estimate(%s)'), ('select business.unassign_contact(%s, 9001)'),
  ('insert into business.notes (job_id, author_id, content) values (9001, %s, ''x'')')) as v (statement);

select is(tests.answer('eve@team', format('select from business.%I', s.relation)), E'PT403 You do not belong to the workspace of the header x-workspace-id.\nThe table workspaces lists yours.', 'a former member is refused with the header, for ' || s.relation)
from tests.samples as s;

select * from finish();
rollback;
