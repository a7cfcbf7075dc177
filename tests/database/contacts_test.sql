-- Contacts, clients and organizations: who may write them, and the contact that a member is.
begin;
select plan(157);

-- arrange: Ada, Mia, Lea and Eve are a team; Eve is manager in another company, Oda its admin; Sam has only a space of his own
select tests.create_team('team', 'ada admin', 'mia manager', 'lea manager', 'eve employee');
select tests.create_team('other', 'oda admin', 'eve manager');
select tests.create_user('sam');
insert into business.organizations (id, workspace_id, name, org_type) values
  (9001, tests.workspace('team'), 'Mutual', 'insurance_carrier'), (9002, tests.workspace('other'), 'Pipes Inc', 'vendor');
insert into business.clients (id, workspace_id, name) values (9001, tests.workspace('team'), 'Kim'), (9002, tests.workspace('other'), 'Lee');
insert into business.contacts (id, workspace_id, first_name, last_name, user_id) values
  (9001, tests.workspace('team'), 'Al', 'Adjuster', null), (9002, tests.workspace('other'), 'Bo', 'Broker', null),
  (9003, tests.workspace('other'), 'Eve', 'Elsewhere', tests.user_id('eve'));

-- acting as a manager
select tests.act_as('mia');
select results_eq($$ insert into business.organizations (name, org_type) values ('Acme', 'vendor') returning workspace_id, has_msa, is_active $$,
  $$ values (tests.workspace('team'), false, true) $$, 'a company needs a name and a kind');
select results_eq($$ insert into business.organizations (workspace_id, name, org_type, address, city, state, zip, phone, website, has_msa,
    msa_signed_date, msa_expiration_date, trade_category, notes, is_active)
  values (tests.workspace('team'), 'All', 'tpa', 'a', 'c', 's', 'z', 'p', 'w', true, '2025-01-01', '2027-01-01', 't', 'n', false)
  returning name, msa_expiration_date $$, $$ values ('All', '2027-01-01'::date) $$, 'every field of a company can be given');
select results_eq($$ insert into business.clients (name) values ('Kim') returning workspace_id, is_active $$,
  $$ values (tests.workspace('team'), true) $$, 'a client needs a name, which another may have as well');
select results_eq($$ insert into business.clients (workspace_id, name, client_type, phone, email, address, city, state, zip, notes, is_active)
  values (tests.workspace('team'), 'All', 't', 'p', 'e', 'a', 'c', 's', 'z', 'n', false) returning name $$, array['All'],
  'every field of a client can be given');
select results_eq($$ insert into business.contacts (first_name, last_name) values ('Joe', '') returning workspace_id, is_active, user_id $$,
  $$ values (tests.workspace('team'), true, null::uuid) $$, 'a contact needs one of two names');
select results_eq($$ insert into business.contacts (workspace_id, organization_id, first_name, last_name, role, phone, phone_extension, email, notes, is_active)
  values (tests.workspace('team'), 9001, 'Ed', 'Field', 'technician', 'p', 'x', 'e', 'n', true)
  returning organization_id, user_id $$, $$ values (9001::bigint, null::uuid) $$, 'every other field of a contact can be given');
select throws_ok($$ insert into business.contacts (first_name, last_name, user_id) values ('Eve', 'Field', tests.user_id('eve')) $$, '42501',
  'Only admins can change which member a contact is.', 'but for which member it is, also if this one is a contact of another company');
select tests.act_as('ada');
select results_eq($$ insert into business.contacts (first_name, last_name, user_id) values ('Eve', 'Field', tests.user_id('eve')) returning user_id $$,
  $$ values (tests.user_id('eve')) $$, 'an admin adds a contact that is a member');
select tests.act_as('mia');
select results_eq(format('update business.%I set %I = ''New'' where id = 9001 returning 1', t, c), array[1], 'a manager edits ' || t)
from (values ('organizations', 'name'), ('clients', 'name'), ('contacts', 'first_name')) as v (t, c);
select is_empty(format('delete from business.%I where id = 9001 returning 1', t), 'but deletes no ' || t)
from unnest(array['organizations', 'clients', 'contacts']) as t;

-- columns that only the database writes
select throws_ok(format('insert into business.%I (%I) values (null)', t, c), '42501', 'permission denied for table ' || t,
  format('a caller does not choose %s of %s', c, t))
from unnest(array['organizations', 'clients', 'contacts']) as t, unnest(array['id', 'created_at', 'updated_at']) as c;
select throws_ok(format('update business.%I set %I = null', t, c), '42501', 'permission denied for table ' || t,
  format('nor changes %s of %s', c, t))
from unnest(array['organizations', 'clients', 'contacts']) as t, unnest(array['id', 'created_at', 'updated_at']) as c;

-- every named check has a value that fails it by name
select throws_ok(format('update business.%I set %s where id = 9001', v.t, v.assignment), '23514',
  format('new row for relation "%s" violates check constraint "%s"', v.t, v.name), format('%s: %s', v.t, v.assignment))
from (values
  ('organizations', 'name = ''''', 'organizations_name_length'),
  ('organizations', 'org_type = ''bank''', 'organizations_org_type_allowed'),
  ('organizations', 'msa_signed_date = ''1899-12-31''', 'organizations_msa_dates_range'),
  ('organizations', 'msa_expiration_date = ''infinity''', 'organizations_msa_dates_range'),
  ('clients', 'name = ''''', 'clients_name_length'),
  ('contacts', 'first_name = '' '', last_name = '' ''', 'contacts_name_present')
) as v (t, assignment, name);
select throws_ok(format('update business.%I set %I = repeat(''x'', %s) where id = 9001', v.t, v.c, v.bound + 1), '23514',
  format('new row for relation "%s" violates check constraint "%s_%s_length"', v.t, v.t, v.c), format('%s of %s ends at %s characters', v.c, v.t, v.bound))
from (values
  ('organizations', 'name', 200), ('organizations', 'address', 500), ('organizations', 'city', 100), ('organizations', 'state', 50),
  ('organizations', 'zip', 20), ('organizations', 'phone', 50), ('organizations', 'website', 2000), ('organizations', 'trade_category', 100),
  ('organizations', 'notes', 20000),
  ('clients', 'name', 200), ('clients', 'client_type', 50), ('clients', 'phone', 50), ('clients', 'email', 320), ('clients', 'address', 500),
  ('clients', 'city', 100), ('clients', 'state', 50), ('clients', 'zip', 20), ('clients', 'notes', 20000),
  ('contacts', 'first_name', 100), ('contacts', 'last_name', 100), ('contacts', 'role', 100), ('contacts', 'phone', 50),
  ('contacts', 'phone_extension', 20), ('contacts', 'email', 320), ('contacts', 'notes', 20000)
) as v (t, c, bound);
select lives_ok(format('update business.%I set %I = repeat(''x'', %s) where id = 9001', v.t, v.c, v.bound), format('%s of %s may be that long', v.c, v.t))
from (values ('organizations', 'name', 200), ('clients', 'email', 320), ('contacts', 'last_name', 100)) as v (t, c, bound);

-- a contact and its company are of one workspace; a member is one contact
select is(tests.answer('mia', format('insert into business.contacts (first_name, last_name, organization_id) values (%L, %L, %s)', 'x', 'y', id)),
  E'23503 insert or update on table "contacts" violates foreign key constraint "contacts_organization_id_fkey"\nKey is not present in table "organizations".',
  'a contact does not work for a company ' || whose)
from (values (9002, 'of others'), (99999999, 'of nobody')) as v (id, whose);
select throws_ok($$ update business.contacts set organization_id = 9002 where id = 9001 $$, '23503',
  'insert or update on table "contacts" violates foreign key constraint "contacts_organization_id_fkey"', 'nor moves to one');
select is(tests.answer('ada', format('update business.contacts set user_id = %L where id = 9001', id)),
  E'23503 insert or update on table "contacts" violates foreign key constraint "contacts_user_id_fkey"\nKey is not present in table "workspace_members".',
  'a contact is not ' || whose)
from (values (tests.user_id('sam'), 'a stranger'), (gen_random_uuid(), 'nobody')) as v (id, whose);
select tests.act_as('ada');
select throws_ok($$ update business.contacts set user_id = tests.user_id('eve') where id = 9001 $$, '23505',
  'duplicate key value violates unique constraint "contacts_workspace_id_user_id_key"', 'a member is one contact of a workspace');
select lives_ok($$ update business.contacts set user_id = tests.user_id('mia') where id = 9001 $$, 'any other member may be this one');

-- which member a contact is decides who signs approvals, so only admins change it
select tests.act_as('mia');
select is(tests.answer(who, s),
  E'42501 Only admins can change which member a contact is.\nLeave user_id out, or ask an admin of the workspace.', who || ', who is no admin, cannot ' || rule)
from (values
  ('eve@other', 'insert into business.contacts (user_id, first_name, last_name) values (tests.user_id(''oda''), ''Any'', ''Name'')', 'add a contact for another member'),
  ('lea', 'insert into business.contacts (user_id, first_name, last_name) values (tests.user_id(''lea''), ''Any'', ''Name'')', 'add one for themselves'),
  ('mia', 'update business.contacts set user_id = null where id = 9001', 'unlink a contact'),
  ('mia', 'update business.contacts set user_id = null where user_id = tests.user_id(''eve'')', 'unlink the contact of another member'),
  ('mia', 'update business.contacts set user_id = tests.user_id(''mia'') where user_id = tests.user_id(''eve'')', 'become the contact of another member'),
  ('mia', 'update business.contacts set user_id = tests.user_id(''ada'') where id = 9001', 'link a contact to another member'),
  ('mia', 'update business.contacts set user_id = tests.user_id(''ada'') where first_name = ''Joe''', 'link a contact of nobody')
) as v (who, s, rule);
select is(tests.answer('mia', 'update business.contacts set user_id = user_id, notes = ''n'' where id = 9001'), '1 rows', 'a manager sends the same member back');
select is(tests.answer('mia', 'insert into business.contacts (user_id, first_name, last_name) values (tests.user_id(''mia''), ''Al'', ''A'')
    on conflict (workspace_id, user_id) do update set user_id = excluded.user_id, last_name = excluded.last_name'), '1 rows', 'also in an upsert');
select is(tests.answer('service', 'update business.contacts set user_id = null where id = 9001'), '1 rows', 'a secret key unlinks a contact');
select throws_ok(format('insert into business.%I (workspace_id, %s) values (%L, %s)', v.t, v.c, w, v.v), '42501',
  format('new row violates row-level security policy for table "%s"', v.t), format('nobody adds %s to a workspace %s', v.t, whose))
from (values ('organizations', 'name, org_type', '''x'', ''tpa'''), ('clients', 'name', '''x'''), ('contacts', 'first_name, last_name', '''x'', ''y''')) as v (t, c, v),
  (values (tests.workspace('other'), 'of others'), (gen_random_uuid(), 'that is none')) as w (w, whose);

-- acting as everybody else
select is(tests.answer(p, format(s, v.t, v.c, v.v)), replace(a, '%t', v.t), format('%s %s of %s', p, rule, v.t))
from (values ('organizations', 'name, org_type', '''x'', ''tpa'''), ('clients', 'name', '''x'''), ('contacts', 'first_name, last_name', '''x'', ''y''')) as v (t, c, v),
  (values
    ('eve', 'select from business.%1$I where id = 9001', '1 rows', 'reads a row'),
    ('eve', 'insert into business.%1$I (%2$s) values (%3$s)', '42501 new row violates row-level security policy for table "%t"', 'adds none'),
    ('eve', 'update business.%1$I set notes = null where id = 9001', '0 rows', 'edits none'),
    ('eve', 'update business.%1$I set notes = null where id = 9002', '0 rows', 'edits no row of a workspace where she is manager, in a request of another'),
    ('eve@other', 'update business.%1$I set notes = null where id = 9002', '1 rows', 'edits a row where she is manager'),
    ('eve@other', 'select from business.%1$I where id = 9001', '0 rows', 'reads no row of her other workspace'),
    ('eve', 'delete from business.%1$I', '0 rows', 'deletes none'),
    ('ada', 'delete from business.%1$I where id = 9001', '1 rows', 'deletes a row'),
    ('ada', 'select from business.%1$I where id = 9002', '0 rows', 'reads no foreign row'),
    ('oda', 'select from business.%1$I where id = 9001', '0 rows', 'of another company reads no row'),
    ('oda', 'update business.%1$I set notes = null where id = 9001', '0 rows', 'of another company edits no row'),
    ('oda', 'delete from business.%1$I where id = 9001', '0 rows', 'of another company deletes no row'),
    ('sam', 'select from business.%1$I', '0 rows', 'a stranger, reads no row'),
    ('sam', 'update business.%1$I set notes = null', '0 rows', 'a stranger, edits no row'),
    ('sam', 'delete from business.%1$I', '0 rows', 'a stranger, deletes no row'),
    ('anon', 'select from business.%1$I', '42501 permission denied for table %t', 'reads nothing'),
    ('anon', 'insert into business.%1$I (%2$s) values (%3$s)', '42501 permission denied for table %t', 'adds nothing'),
    ('anon', 'update business.%1$I set notes = null', '42501 permission denied for table %t', 'edits nothing'),
    ('anon', 'delete from business.%1$I', '42501 permission denied for table %t', 'deletes nothing'),
    ('service', 'update business.%1$I set workspace_id = tests.workspace(''other'') where id = 9001',
      E'PT409 A row of business.%t cannot change its workspace.\nCreate it again in the other workspace and delete this one.', 'moves nothing to another company')
  ) as w (p, s, a, rule);

-- what the caller's contacts are
select tests.act_as_owner();
create function tests.my_contacts() returns bigint[] language sql security definer set search_path = ''
as $$ select array_agg(c.id order by c.id) from private.my_contact_ids() as c (id) $$;
grant execute on function tests.my_contacts() to authenticated;
create table tests.kept as select c.id from business.contacts as c where c.user_id = tests.user_id('eve') and c.workspace_id = tests.workspace('team');
grant select on tests.kept to authenticated;
select tests.act_as('eve');
select is(tests.my_contacts(), array(select k.id from tests.kept as k union select 9003 order by 1), 'a member is a contact in each company that says so');
select tests.act_as('sam');
select is(tests.my_contacts(), null, 'a stranger is none');

-- what ends with a company, and with a membership
select tests.act_as('ada');
delete from business.organizations where id = 9001;
select results_eq($$ select c.organization_id, c.workspace_id from business.contacts as c join tests.kept as k on k.id = c.id $$,
  $$ values (null::bigint, tests.workspace('team')) $$, 'a contact outlives their company');
select lives_ok($$ select public.remove_member(tests.workspace('team'), tests.user_id('eve')) $$, 'a member who is a contact can be removed');
select results_eq($$ select c.user_id, c.first_name from business.contacts as c join tests.kept as k on k.id = c.id $$,
  $$ values (null::uuid, 'Eve') $$, 'the contact stays, and is nobody''s any more');
select tests.act_as('eve');
select is(tests.my_contacts(), array[9003]::bigint[], 'and she is no longer that contact');
select tests.act_as_owner();
select results_eq($$ select user_id from business.contacts where id = 9003 $$, $$ values (tests.user_id('eve')) $$, 'in the other company she is who she was');
update business.organizations set updated_at = '2020-01-01' where id = 9002;
update business.clients set updated_at = '2020-01-01' where id = 9002;
update business.contacts set updated_at = '2020-01-01' where id = 9002;
select results_eq($$ select updated_at = now() from business.organizations where id = 9002
  union all select updated_at = now() from business.clients where id = 9002
  union all select updated_at = now() from business.contacts where id = 9002 $$, array[true, true, true], 'changes are stamped, whatever the client says');

select * from finish();
rollback;
