-- The workspace of a request: where it comes from, what it refuses, and that no statement reads or writes another one.
begin;
select plan(123);

-- arrange: Eve is admin of "a", employee of "b", and was removed from "gone"; Oda is admin of "b"; Ned has no workspace
select tests.create_team('a', 'eve admin', 'mia manager');
select tests.create_team('b', 'oda admin', 'eve employee', 'mia admin');
select tests.create_team('gone', 'oda admin', 'eve employee');
delete from public.workspace_members where workspace_id = tests.workspace('gone') and user_id = tests.user_id('eve');
select tests.create_user('ned');
delete from public.workspaces where personal_of = tests.user_id('ned');
insert into business.clients (id, workspace_id, name) values (9001, tests.workspace('a'), 'Kim'), (9002, tests.workspace('b'), 'Lee');
insert into business.jobs (id, workspace_id, job_number, client_id) values
  (9001, tests.workspace('a'), 'A-1', 9001), (9002, tests.workspace('b'), 'B-1', 9002);
insert into business.estimates (job_id, amount, status) values (9001, 100, 'approved'), (9002, 200, 'approved');
insert into dashboard.tasks (user_id, title, job_id) values (tests.user_id('mia'), 'for a', 9001), (tests.user_id('mia'), 'for b', 9002);
create table tests.things (workspace_id uuid not null default private.current_workspace());
grant select, insert on tests.things to authenticated, service_role;
create table tests.people as select p.id, w.id as personal from public.profiles as p left join public.workspaces as w on w.personal_of = p.id;
grant select on tests.people to authenticated;

-- A request with this claim workspace_id in its token and this header; null leaves one out.
create function tests.request(name text, claim jsonb, header text) returns void
language plpgsql
as $$
begin
  perform tests.act_as(request.name);
  if request.claim is not null then
    perform set_config('request.jwt.claims', (auth.jwt() || jsonb_build_object('workspace_id', request.claim))::text, true);
  end if;
  if request.header is not null then
    perform set_config('request.headers', jsonb_build_object('x-workspace-id', request.header)::text, true);
  end if;
end
$$;
-- The workspace of such a request, or its error.
create function tests.workspace_of(name text, claim jsonb, header text) returns text
language plpgsql
as $$
declare
  workspace uuid;
begin
  perform tests.request(workspace_of.name, workspace_of.claim, workspace_of.header);
  -- As PostgREST does before every request.
  perform public.check_request();
  workspace := public.current_workspace();
  perform tests.act_as_owner();
  return workspace;
exception when others then
  perform tests.act_as_owner();
  return sqlstate || ' ' || sqlerrm;
end
$$;
-- What a request with this header Prefer gets before its statement; null if nothing refuses it.
create function tests.counted(prefer text) returns text
language plpgsql
as $$
begin
  perform set_config('request.headers', jsonb_build_object('prefer', counted.prefer)::text, true);
  perform public.check_request();
  return null;
exception when others then
  return sqlstate || ' ' || sqlerrm;
end
$$;
create function tests.claim(label text) returns jsonb language sql immutable as $$ select to_jsonb(tests.workspace(claim.label)) $$;
-- as a policy calls it, without a right on the schema
create function tests.has_role(minimum public.app_role) returns boolean language sql stable begin atomic select private.has_role(minimum); end;
grant execute on all functions in schema tests to anon, authenticated, service_role;

-- where it comes from
select is(tests.workspace_of('eve', tests.claim('a'), tests.workspace('b')::text), tests.workspace('b')::text, 'the header comes before the claim of the token');
select is(tests.workspace_of('eve', null, tests.workspace('b')::text), tests.workspace('b')::text, 'the header comes before the profile');
select is(tests.workspace_of('eve', tests.claim('b'), null), tests.workspace('b')::text, 'the claim comes before the profile');
select is(tests.workspace_of('eve', null, null), tests.workspace('a')::text, 'without header and claim it is the active workspace of the profile');
select is(tests.workspace_of('eve', 'null', null), tests.workspace('a')::text, 'a claim of null is no claim');
select is(tests.workspace_of('eve', tests.claim('b'), ''), tests.workspace('b')::text, 'an empty header is no header');
select is(tests.workspace_of('eve', null, upper(tests.workspace('b')::text)), tests.workspace('b')::text, 'the header can be written in upper case');
select set_config('request.headers', '{"accept": "application/json", "x-workspace-id": null}', true);
select is(public.current_workspace(), null, 'a request without a user and with other headers has no workspace');
update public.profiles set active_workspace_id = null where id = tests.user_id('eve');
update public.workspace_members set created_at = now() - interval '2 days' where workspace_id = tests.workspace('b') and user_id = tests.user_id('eve');
update public.workspace_members set created_at = now() - interval '1 day' where workspace_id = tests.workspace('a') and user_id = tests.user_id('eve');
select is(tests.workspace_of('eve', null, null), tests.workspace('b')::text, 'without an active workspace it is the one joined first');
update public.profiles set active_workspace_id = tests.workspace('a') where id = tests.user_id('eve');

-- what is refused
select is(tests.workspace_of('eve', tests.claim('a'), w::text), 'PT403 You do not belong to the workspace of the header x-workspace-id.', 'the header refuses ' || rule)
from (values (tests.workspace('gone'), 'a workspace that the user has left'), (tests.workspace('nowhere'), 'a workspace that does not exist'),
  ((select p.personal from tests.people as p where p.id = tests.user_id('oda')), 'the personal workspace of another user')) as v (w, rule);
select is(tests.workspace_of('eve', tests.claim('a'), header), '22023 The header x-workspace-id must be a UUID.', format('the header refuses %L', header))
from unnest(array['a', ' ', '1', tests.workspace('a') || ' ', '{' || tests.workspace('a') || '}', replace(tests.workspace('a')::text, '-', ''), repeat('x', 5000), ''' or true --']) as header;
select is(tests.answer('eve@gone', s), E'PT403 You do not belong to the workspace of the header x-workspace-id.\nThe table workspaces lists yours.', 'refused with the header of a workspace of others: ' || s)
from unnest(array['select public.current_workspace()', 'select from business.jobs', 'insert into business.jobs default values', 'update business.jobs set zip = null where id > 0',
  'delete from business.jobs where id > 0', 'select from business.job_financials', 'select from dashboard.jobs', 'insert into tests.things default values', 'select public.share_memories(true)']) as s;
select is(tests.answer('eve@gone', s), E'PT403 You do not belong to the workspace of the header x-workspace-id.\nThe table workspaces lists yours.', 'and whatever the request is about: ' || s)
from unnest(array['select from public.profiles', 'select from public.workspaces where id = tests.workspace(''a'')', 'insert into dashboard.tasks (title) values (''x'')',
  'select public.switch_workspace(tests.workspace(''b''))', 'select public.create_workspace(''New'')']) as s;

-- the claim of a membership that has ended
select is(tests.workspace_of('eve', c, null), null, 'no workspace, and no error, for a claim of ' || rule)
from (values (tests.claim('gone'), 'a workspace that the user has left'), (tests.claim('nowhere'), 'a workspace that does not exist'), ('"no uuid"', 'no UUID'), ('7', 'a number')) as v (c, rule);
select tests.request('eve', tests.claim('gone'), null);
select is((select count(*) from business.jobs), 0::bigint, 'a token of a workspace that the user has left reads no rows');
select is((select count(*) from business.job_financials), 0::bigint, 'nor rows of views');
select is_empty($$ update business.jobs set zip = '1' where id in (9001, 9002) returning 1 $$, 'nor updates any');
select is_empty($$ delete from business.jobs where id in (9001, 9002) returning 1 $$, 'nor deletes any');
select throws_ok($$ insert into business.clients (name) values ('x') $$, '42501', 'new row violates row-level security policy for table "clients"',
  'an insert with that token is refused by the policy');
select throws_ok($$ insert into business.clients (name, workspace_id) values ('x', tests.workspace('a')) $$, '42501', 'new row violates row-level security policy for table "clients"',
  'also one that names a workspace of the user');
select throws_ok($$ select business.pipeline_board() $$, 'PT404', 'The request has no workspace.', 'a report with that token is refused');
select throws_ok($$ insert into tests.things default values $$, '23502', null, 'the default of that token is null');
select tests.work_in('a');
select results_eq('select id from business.jobs', array[9001::bigint], 'with a header, the same token works in that workspace');

-- counts of the planner
select tests.act_as('eve');
select is(tests.counted(prefer), '22023 Only count=exact is available.', 'a count of the planner is refused: ' || prefer)
from unnest(array['count=planned', 'count=estimated', 'return=minimal, count=planned', 'Count = Planned']) as prefer;
select set_config('request.headers', '{"prefer": "count=exact"}', true);
select lives_ok('select public.check_request()', 'an exact count is accepted');
select tests.act_as_anon();
select set_config('request.headers', '{"prefer": "count=planned"}', true);
select throws_ok('select public.check_request()', '22023', 'Only count=exact is available.', 'a count of the planner is refused without a user, too');
select tests.act_as_service();
select set_config('request.headers', '{"prefer": "count=planned"}', true);
select lives_ok('select public.check_request()', 'the secret key, which reads all rows, may have it');

-- the token of a deleted account
select tests.act_as_owner();
select tests.create_user('gus');
select tests.act_as('gus');
select lives_ok('select public.check_request()', 'a request of a user is accepted');
select public.delete_account();
select throws_ok('select public.check_request()', 'PT401', 'This account no longer exists.', 'a token of a deleted account is refused');
select tests.act_as_owner();

-- members who are removed, people without a workspace, anon, the secret key
select tests.request('eve', tests.claim('b'), null);
select results_eq('select id from business.jobs', array[9002::bigint], 'a member reads the workspace of the token');
select tests.act_as_owner();
delete from public.workspace_members where workspace_id = tests.workspace('b') and user_id = tests.user_id('eve');
select tests.request('eve', tests.claim('b'), null);
select is_empty('select id from business.jobs', 'as soon as the membership ends, the same token reads nothing');
select tests.request('eve', tests.claim('b'), tests.workspace('b')::text);
select throws_ok('select public.check_request()', 'PT403', 'You do not belong to the workspace of the header x-workspace-id.', 'and the header is refused');
select is_empty('select id from business.jobs', 'and reads nothing where nothing checks the request before');
select tests.act_as_owner();
insert into public.workspace_members (workspace_id, user_id, role, display_name) values (tests.workspace('b'), tests.user_id('eve'), 'employee', 'Eve');
select is(tests.workspace_of('ned', null, null), null, 'a person without workspaces has none');
select is(tests.workspace_of('ned', tests.claim('a'), null), null, 'whatever the token claims');
select is(tests.answer('ned', v.s), v.a, 'without a workspace: ' || v.s)
from (values
  ('select from business.jobs', '0 rows'),
  ('update business.jobs set zip = null where id > 0', '0 rows'),
  ('insert into business.clients (name) values (''x'')', '42501 new row violates row-level security policy for table "clients"'),
  ('select business.create_job(''{}'')', E'PT404 The request has no workspace.\nSend the header x-workspace-id, or call switch_workspace and refresh the session.'),
  ('select public.share_memories(true)', E'PT404 The request has no workspace.\nSend the header x-workspace-id, or call switch_workspace and refresh the session.'),
  ('insert into dashboard.tasks (title) values (''x'')', '1 rows')) as v (s, a);
select tests.act_as_anon();
select set_config('request.headers', jsonb_build_object('x-workspace-id', tests.workspace('a'))::text, true);
select throws_ok('select public.current_workspace()', '42501', 'permission denied for function current_workspace', 'anon has no workspace, also with a header');
select throws_ok('select 1 from business.jobs', '42501', 'permission denied for table jobs', 'and reads nothing');
select tests.act_as_service();
select tests.work_in('a');
select results_eq('insert into tests.things default values returning workspace_id', array[tests.workspace('a')], 'for the secret key the header is the default of inserts');
select is((select count(*) from business.jobs where id in (9001, 9002)), 2::bigint, 'and limits no reads');
select tests.act_as_service();
select throws_ok('insert into tests.things default values', '23502', null, 'without a header the secret key names the workspace of a row');
select set_config('request.headers', '{"x-workspace-id": "a"}', true);
select throws_ok('select public.check_request()', '22023', 'The header x-workspace-id must be a UUID.', 'a header that is no UUID is refused for the secret key too');

-- roles
select tests.act_as_owner();
select is(tests.answer(p || '@' || w, format('select where (select tests.has_role(%L))', minimum)), case when granted then '1 rows' else '0 rows' end,
  format('%s is %s %s in %s', p, case when granted then 'at least' else 'not' end, minimum, w))
from (values ('eve', 'a', 3), ('eve', 'b', 1), ('mia', 'a', 2), ('mia', 'b', 3), ('oda', 'b', 3)) as v (p, w, role),
  unnest(array['employee', 'manager', 'admin']) with ordinality as m (minimum, n) cross join lateral (select m.n <= v.role) as g (granted);
select is(tests.answer('eve@gone', 'select tests.has_role(''employee'')'),
  E'PT403 You do not belong to the workspace of the header x-workspace-id.\nThe table workspaces lists yours.', 'a role in a workspace of others is an error');
select is(tests.answer('ned', 'select where (select tests.has_role(''employee''))'), '0 rows', 'a person without a workspace has no role');

-- rows of one workspace in a request of the other, by an admin or manager of both
select tests.act_as('mia@b');
select results_eq($$ insert into business.clients (name) values ('Written') returning workspace_id $$, array[tests.workspace('b')], 'a row is written into the workspace of the header');
select is(tests.answer('mia@b', v.s), v.a, 'in a request of b: ' || v.s)
from (values
  ('select from business.jobs where id = 9001', '0 rows'),
  ('update business.jobs set zip = ''1'' where id = 9001', '0 rows'),
  ('delete from business.jobs where id = 9001', '0 rows'),
  ('update business.jobs set zip = ''1'' where id in (9001, 9002)', '1 rows'),
  ('insert into business.jobs (workspace_id) values (tests.workspace(''a''))', '42501 new row violates row-level security policy for table "jobs"'),
  ('insert into business.jobs (client_id) values (9001)', E'23503 insert or update on table "jobs" violates foreign key constraint "jobs_client_id_fkey"\nKey is not present in table "clients".'),
  ('insert into business.payments (job_id, amount) values (9001, 1)', E'23503 insert or update on table "payments" violates foreign key constraint "payments_job_id_fkey"\nKey is not present in table "jobs".'),
  ('insert into business.jobs (id, job_number) values (9001, ''new'') on conflict (id) do update set job_number = excluded.job_number', '42501 permission denied for table jobs')) as v (s, a);
select tests.act_as_owner();
select is((select count(*) from business.clients where name = 'Written' and workspace_id <> tests.workspace('b')), 0::bigint, 'no other workspace got the row');

-- an upsert of a table whose id people send
create table tests.documents as select md5('doc ' || l)::uuid as id, l from unnest(array['a', 'b']) as l;
grant select on tests.documents to authenticated;
insert into public.documents (id, workspace_id, title, type) select d.id, tests.workspace(d.l), 'Document of ' || d.l, 'pdf' from tests.documents as d;
select is(tests.answer('mia@b', format($$ insert into public.documents (id, title, type) values (%L, 'Taken', 'pdf') on conflict (id) do update
    set title = excluded.title, workspace_id = public.current_workspace() $$, d.id)), v.a, 'an upsert in a request of b, of a document of ' || d.l)
from tests.documents as d join (values ('a', '42501 new row violates row-level security policy (USING expression) for table "documents"'), ('b', '1 rows')) as v (l, a) using (l);
select is(tests.answer('mia@b', format($$ insert into public.documents (id, title, type) values (%L, 'Taken', 'pdf') on conflict (id) do update
    set title = excluded.title $$, d.id)), v.a, 'an upsert without the workspace in a request of b, of a document of ' || d.l)
from tests.documents as d join (values ('a', '42501 new row violates row-level security policy (USING expression) for table "documents"'), ('b', '1 rows')) as v (l, a) using (l);
select is(tests.answer('mia@b', format($$ insert into public.documents (id, title, type) values (%L, 'Taken', 'pdf') on conflict (id) do nothing $$, d.id)),
  '0 rows', 'an insert that ignores conflicts changes no document of ' || d.l) from tests.documents as d;
select results_eq('select title from public.documents join tests.documents using (id) order by 1', array['Document of a', 'Document of b'], 'both documents are unchanged');

-- views, computed columns and embeds
select is(tests.answer('mia@' || w, format('select from %s where id in (9001, 9002)', relation)), '1 rows', format('%s shows the rows of %s', relation, w))
from unnest(array['business.jobs', 'dashboard.jobs']) as relation, unnest(array['a', 'b']) as w;
select tests.act_as('mia@a');
select results_eq($$ select job_id, total_estimates from business.job_financials where job_id in (9001, 9002) $$, $$ values (9001::bigint, 100.00) $$, 'job_financials shows the jobs of the workspace');
select results_eq($$ select j.id, f.total_estimates from business.jobs as j cross join lateral business.financials(j) as f $$, $$ values (9001::bigint, 100.00) $$,
  'so does the computed column financials');
select results_eq($$ select t.title, j.job_number from dashboard.tasks as t left join dashboard.jobs as j on j.id = t.job_id order by 1 $$,
  $$ values ('for a', 'A-1'), ('for b', null) $$, 'a personal row embeds jobs of the workspace only');
select tests.act_as('mia@b');
select results_eq($$ select job_id, total_estimates from business.job_financials where job_id in (9001, 9002) $$, $$ values (9002::bigint, 200.00) $$, 'in the other workspace its jobs');
select results_eq($$ select t.title, j.job_number from dashboard.tasks as t left join dashboard.jobs as j on j.id = t.job_id order by 1 $$,
  $$ values ('for a', null), ('for b', 'B-1') $$, 'and embeds those');

-- switching and creating
select tests.act_as('eve');
select is(public.switch_workspace(tests.workspace('b')), tests.workspace('b'), 'switch_workspace returns the workspace');
select is(public.current_workspace(), tests.workspace('b'), 'requests without header and claim work there');
select tests.request('eve', tests.claim('a'), null);
select is(public.current_workspace(), tests.workspace('a'), 'a token from before the switch still works in its workspace');
select tests.act_as('eve@a');
create temporary table made as select w.id from public.create_workspace('Third') as w;
select is(public.current_workspace(), tests.workspace('a'), 'a request with a header stays in its workspace after create_workspace');
select tests.act_as('eve');
select is(public.current_workspace(), (select m.id from made as m), 'the created workspace is the active one');
select results_eq($$ select p.active_workspace_id from public.profiles as p $$, 'select m.id from made as m', 'as the profile shows');

select * from finish();
rollback;
