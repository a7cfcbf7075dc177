-- What goes and what stays when a job, a person, an account or a whole company is deleted.
begin;
select plan(26);

-- arrange: two companies with a row in every table; Ada is admin, Mia manager and Eve employee of the first, Oda is alone
-- in the second
select tests.create_team('team', 'ada admin', 'mia manager', 'eve employee');
select tests.create_team('other', 'oda admin');
create function tests.fill(base bigint, label text, member text) returns void
language sql
as $$
  insert into business.organizations (id, workspace_id, name, org_type) values (base, tests.workspace(label), 'Depot', 'vendor');
  insert into business.clients (id, workspace_id, name) values (base, tests.workspace(label), 'Kim');
  insert into business.contacts (id, workspace_id, organization_id, user_id, first_name, last_name)
  values (base, tests.workspace(label), base, tests.user_id(member), initcap(member), 'Field');
  insert into business.jobs (id, workspace_id, job_number, client_id, insurance_org_id) values (base, tests.workspace(label), '202601-001-MIT', base, base),
    (base + 1, tests.workspace(label), 'other', base, base);
  insert into business.job_contacts (job_id, contact_id) values (base, base), (base + 1, base);
  insert into business.notes (id, job_id, author_id, user_id, content) values (base, base, base, tests.user_id(member), 'Wet'), (base + 1, base + 1, base, tests.user_id(member), 'Dry');
  insert into business.media (job_id, uploaded_by, user_id, file_name, file_path) values (base, base, tests.user_id(member), 'a', 'b');
  insert into business.estimates (id, job_id, amount, status) values (base, base, 100, 'approved');
  insert into business.payments (job_id, estimate_id, amount) values (base, base, 100);
  insert into business.labor_entries (job_id, employee_id, created_by, user_id, hours) values (base, base, base, tests.user_id(member), 1);
  insert into business.receipts (job_id, vendor_id, created_by, user_id, expense_category, description, amount) values (base, base, base, tests.user_id(member), 'other', 'x', 1);
  insert into business.work_orders (job_id, title, status, approved_by) values (base, 'x', 'approved', base)
$$;
select tests.fill(9001, 'team', 'eve'), tests.fill(9101, 'other', 'oda');
-- every table that holds rows of a company, and how many
create function tests.rows_of(label text) returns table (relation text, rows bigint)
language plpgsql
as $$
declare
  place text;
begin
  for place in
    select c.oid::regclass::text from pg_class as c join pg_namespace as n on n.oid = c.relnamespace
    join pg_attribute as a on a.attrelid = c.oid and a.attname = 'workspace_id' and not a.attisdropped
    where c.relkind in ('r', 'p') and not c.relispartition 
      and (n.nspname = 'business' or c.oid = 'private.job_number_counters'::regclass) order by 1
  loop
    relation := place;
    execute format('select count(*) from %s where workspace_id = $1', place) into rows using tests.workspace(label);
    return next;
  end loop;
end
$$;
create function tests.rows_of_job(job_id bigint) returns table (relation text, rows bigint)
language plpgsql
as $$
declare
  place text;
begin
  for place in
    select c.oid::regclass::text from pg_class as c
    join pg_attribute as a on a.attrelid = c.oid and a.attname = 'job_id' and not a.attisdropped
    where c.relkind in ('r', 'p') and c.relnamespace = 'business'::regnamespace order by 1
  loop
    relation := place;
    execute format('select count(*) from %s where job_id = $1', place) into rows using rows_of_job.job_id;
    return next;
  end loop;
end
$$;
-- references that lead nowhere, for every foreign key of the business
create function tests.orphans() returns setof text
language plpgsql
as $$
declare
  key    record;
  lost   bigint;
begin
  for key in
    select k.conname, k.conrelid::regclass as source, k.confrelid::regclass as target,
      (select string_agg(format('s.%I = t.%I', a.attname, b.attname), ' and ') from unnest(k.conkey, k.confkey) as c (a, b)
        join pg_attribute as a on a.attrelid = k.conrelid and a.attnum = c.a join pg_attribute as b on b.attrelid = k.confrelid and b.attnum = c.b) as matches,
      (select string_agg(format('s.%I is not null', a.attname), ' and ') from unnest(k.conkey) as c (a)
        join pg_attribute as a on a.attrelid = k.conrelid and a.attnum = c.a) as given
    from pg_constraint as k where k.contype = 'f' and k.connamespace = 'business'::regnamespace
  loop
    execute format('select count(*) from %s as s where %s and not exists (select from %s as t where %s)', key.source, key.given, key.target, key.matches) into lost;
    if lost > 0 then
      return next format('%s %s', key.conname, lost);
    end if;
  end loop;
end
$$;
grant execute on all functions in schema tests to authenticated;
select is_empty($$ select relation from tests.rows_of('team') where rows = 0 $$, 'there is a row of the company in every table');
select is_empty($$ select relation from tests.rows_of_job(9001) where rows = 0 $$, 'and of the job');

-- a job goes
select tests.act_as('ada');
select results_eq($$ delete from business.jobs where id = 9001 returning id $$, array[9001::bigint], 'an admin removes a job');
select tests.act_as_owner();
select is_empty($$ select relation from tests.rows_of_job(9001) where rows > 0 $$, 'and nothing points at it any more');
select results_eq($$ select relation from tests.rows_of('team') as r where r.rows = 0 $$,
  array['business.estimates', 'business.labor_entries', 'business.media', 'business.payments', 'business.receipts', 'business.work_orders'], 'what was about it is gone');
select results_eq($$ select content from business.notes where workspace_id = tests.workspace('team') $$, array['Dry'], 'what was about another job is not');
select results_eq($$ select (select count(*) from business.clients where id = 9001), (select count(*) from business.contacts where id = 9001), (select count(*) from business.organizations where id = 9001) $$,
  $$ values (1::bigint, 1::bigint, 1::bigint) $$, 'nor are the people and companies around it');
select results_eq($$ select l.event_type, count(*) from business.activity_log as l where l.workspace_id = tests.workspace('team') and l.event_type ~ '(deleted|removed)$' group by 1 $$,
  $$ values ('project_deleted', 1::bigint) $$, 'and one line says so');

-- an account goes
create temporary table told as select count(*) as lines from business.activity_log;
create temporary table eve as select tests.user_id('eve') as id;
delete from auth.users where id = tests.user_id('eve');
select results_eq($$ select c.user_id, c.first_name from business.contacts as c where c.id = 9001 $$, $$ values (null::uuid, 'Eve') $$, 'a person who deletes the account stays a contact');
select results_eq($$ select n.user_id, n.author_id, n.content from business.notes as n where n.workspace_id = tests.workspace('team') $$, $$ values (null::uuid, 9001::bigint, 'Dry') $$,
  'what they wrote stays, under the name of the contact');
select is((select count(*) from business.activity_log), (select lines from told), 'which is no event of any job');
select tests.act_as('mia');
insert into business.notes (job_id, content) values (9002, 'By Mia');
select lives_ok($$ select public.delete_account() $$, 'a manager deletes the account');
select tests.act_as_owner();
select results_eq($$ select l.actor_name, l.user_id is not null from business.activity_log as l where l.description = 'Note “By Mia” added.' $$, $$ values ('Mia', true) $$,
  'the log still says who it was');
select is_empty($$ select * from tests.orphans() $$, 'no reference leads nowhere');

-- the last person of a company goes, and the company with her
select tests.act_as('oda');
select lives_ok($$ select public.delete_account() $$, 'whoever is alone in a company deletes the account');
select tests.act_as_owner();
select is_empty($$ select relation from tests.rows_of('other') where rows > 0 $$, 'and the company goes with all that it had');
select is((select rows from tests.rows_of('team') where relation = 'business.notes'), 2::bigint, 'the other company is as it was');
select is_empty($$ select * from tests.orphans() $$, 'no reference leads nowhere');

-- a company goes
select tests.act_as_owner();
select tests.create_team('third', 'oda admin', 'ned employee');
select tests.fill(9201, 'third', 'ned');
select tests.act_as('oda');
select results_eq($$ delete from public.workspaces where id = tests.workspace('third') returning name $$, array['Third'], 'an admin deletes the company');
select tests.act_as_owner();
select is_empty($$ select relation from tests.rows_of('third') where rows > 0 $$, 'with all that it had, its story included');
select is_empty($$ select * from tests.orphans() $$, 'no reference leads nowhere');
select isnt_empty($$ select 1 from auth.users where id in (tests.user_id('oda'), tests.user_id('ned')) $$, 'its people stay');
select results_eq($$ select rows from tests.rows_of('team') where relation in ('business.jobs', 'business.clients', 'private.job_number_counters') $$, array[1, 1, 1]::bigint[],
  'and so does the other company');

-- clients and companies go
select tests.act_as('ada');
delete from business.contacts where id = 9001;
delete from business.organizations where id = 9001;
delete from business.clients where id = 9001;
select results_eq($$ select j.client_id, j.insurance_org_id from business.jobs as j where j.id = 9002 $$, $$ values (null::bigint, null::bigint) $$, 'a job outlives everybody around it');
select results_eq($$ select n.content, n.author_id from business.notes as n order by n.content $$, $$ values ('By Mia', null::bigint), ('Dry', null) $$, 'and so do its notes');
select tests.act_as_owner();
select is_empty($$ select * from tests.orphans() $$, 'no reference leads nowhere');

select * from finish();
rollback;
