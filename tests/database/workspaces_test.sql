-- Workspaces: who reads, names and deletes one, which one is active, and where inserts go that name none.
begin;
select plan(51);

-- arrange: Ann is admin of team, Mia its manager, Cal its employee; Bob is a stranger with a workspace of his own
select tests.create_user(u) from unnest(array['ann', 'mia', 'cal', 'bob']) as u;
insert into public.workspaces (id, name) values (tests.workspace('team'), 'Team'), (tests.workspace('other'), 'Other');
insert into public.workspace_members (workspace_id, user_id, role, display_name) values
  (tests.workspace('team'), tests.user_id('ann'), 'admin', 'ann'),
  (tests.workspace('team'), tests.user_id('mia'), 'manager', 'mia'),
  (tests.workspace('team'), tests.user_id('cal'), 'employee', 'cal'),
  (tests.workspace('other'), tests.user_id('bob'), 'admin', 'bob');
create table tests.things (workspace_id uuid not null default private.current_workspace());
grant select, insert on tests.things to authenticated, service_role;

-- acting as the admin
select tests.act_as('ann');
select bag_eq($$ select name from public.workspaces $$, array['Team', 'ann''s space'], 'a user reads the workspaces they belong to, and no other');
select results_eq($$ update public.workspaces set name = 'Our team' where id = tests.workspace('team') returning name $$,
  array['Our team'], 'an admin renames the workspace');
select is_empty($$ update public.workspaces set name = 'x' where id = tests.workspace('other') returning 1 $$, 'but not a workspace of others');
select throws_ok($$ update public.workspaces set name = '' $$, '23514',
  'new row for relation "workspaces" violates check constraint "workspaces_name_length"', 'a workspace has a name');
select throws_ok($$ update public.workspaces set name = '  ' $$, '23514',
  'new row for relation "workspaces" violates check constraint "workspaces_name_length"', 'blanks are no name');
select throws_ok($$ update public.workspaces set name = repeat('x', 101) $$, '23514',
  'new row for relation "workspaces" violates check constraint "workspaces_name_length"', 'a name ends after 100 characters');
select throws_ok($$ update public.workspaces set id = gen_random_uuid() $$, '42501', 'permission denied for table workspaces', 'nobody changes an id');
select throws_ok($$ update public.workspaces set personal_of = null $$, '42501', 'permission denied for table workspaces',
  'nobody turns a personal workspace into another kind');
select throws_ok($$ insert into public.workspaces (name) values ('x') $$, '42501', 'permission denied for table workspaces',
  'a workspace is made by create_workspace only');
select throws_ok($$ truncate public.workspaces cascade $$, '42501', 'permission denied for table workspaces', 'nobody empties the table');

-- the active workspace
select is(public.current_workspace(), (select id from public.workspaces where personal_of = tests.user_id('ann')), 'at first the personal workspace is active');
select is(public.switch_workspace(tests.workspace('team')), tests.workspace('team'), 'switching answers with the workspace');
select is(public.current_workspace(), tests.workspace('team'), 'and makes it active');
select results_eq($$ insert into tests.things default values returning workspace_id $$, $$ select tests.workspace('team') $$, 'inserts go there by default');
select throws_ok($$ select public.switch_workspace(tests.workspace('other')) $$, 'PT404', 'No such workspace.', 'a workspace of others cannot become active');
select throws_ok($$ select public.switch_workspace(gen_random_uuid()) $$, 'PT404', 'No such workspace.', 'one that does not exist looks just the same');
select throws_ok($$ select public.switch_workspace(null) $$, 'PT404', 'No such workspace.', 'nothing is no workspace');
select is(public.current_workspace(), tests.workspace('team'), 'a refused switch changes nothing');

-- create_workspace
select results_eq($$ select name, personal_of from public.create_workspace('Second') $$, $$ values ('Second', null::uuid) $$, 'anybody makes a workspace');
select results_eq($$ select m.role from public.workspace_members as m join public.workspaces as w on w.id = m.workspace_id
  where w.name = 'Second' and w.id = public.current_workspace() $$, array['admin'::public.app_role], 'is its only member, as admin, and works in it from then on');
select throws_ok($$ select public.create_workspace('') $$, '23514',
  'new row for relation "workspaces" violates check constraint "workspaces_name_length"', 'it needs a name');
select throws_ok($$ select public.create_workspace(null) $$, '23502', null, 'null is no name');
select is((select count(*) from public.workspaces), 3::bigint, 'a refused workspace leaves nothing behind');
select lives_ok($$ select public.create_workspace('Number ' || n) from generate_series(1, 97) as n $$, 'a hundred workspaces are allowed');
select is((select count(*) from public.workspaces), 100::bigint, 'counting the first three');
select throws_ok($$ select public.create_workspace('One more') $$, 'PT429', 'You are admin of too many workspaces; the limit is 100.', 'the hundred and first is refused');
select results_eq($$ delete from public.workspaces where name = 'Number 97' returning name $$, array['Number 97'], 'an admin deletes a workspace');
select isnt(public.current_workspace(), null, 'after the active workspace is gone another one takes its place');
select is_empty($$ delete from public.workspaces where personal_of is not null returning 1 $$, 'a personal workspace cannot be deleted');

-- acting as manager, employee, stranger, anon
select tests.act_as('mia');
select is_empty($$ update public.workspaces set name = 'x' where id = tests.workspace('team') returning 1 $$, 'a manager does not rename the workspace');
select is_empty($$ delete from public.workspaces where id = tests.workspace('team') returning 1 $$, 'a manager does not delete it');
select tests.act_as('cal');
select results_eq($$ select name from public.workspaces where id = tests.workspace('team') $$, array['Our team'], 'an employee reads it');
select is_empty($$ update public.workspaces set name = 'x' where id = tests.workspace('team') returning 1 $$, 'an employee does not rename it');
select is_empty($$ delete from public.workspaces where id = tests.workspace('team') returning 1 $$, 'an employee does not delete it');
select tests.act_as('bob');
select is_empty($$ select 1 from public.workspaces where id = tests.workspace('team') $$, 'a stranger does not read it');
select is_empty($$ update public.workspaces set name = 'x' where id = tests.workspace('team') returning 1 $$, 'a stranger does not rename it');
select is_empty($$ delete from public.workspaces where id = tests.workspace('team') returning 1 $$, 'a stranger does not delete it');
select tests.act_as_anon();
select throws_ok($$ select 1 from public.workspaces $$, '42501', 'permission denied for table workspaces', 'anon reads no workspace');
select throws_ok($$ delete from public.workspaces $$, '42501', 'permission denied for table workspaces', 'anon deletes none');
select throws_ok($$ select public.create_workspace('x') $$, '42501', 'permission denied for function create_workspace', 'anon makes none');
select throws_ok($$ select public.switch_workspace(tests.workspace('team')) $$, '42501', 'permission denied for function switch_workspace', 'anon has none to switch to');
select throws_ok($$ select public.current_workspace() $$, '42501', 'permission denied for function current_workspace', 'anon has no active one');

select tests.act_as_owner();
select results_eq($$ select name from public.workspaces where id = tests.workspace('team') $$, array['Our team'], 'the workspace survived every refused write');
update public.workspaces set updated_at = '2020-01-01' where id = tests.workspace('team');
select is((select updated_at from public.workspaces where id = tests.workspace('team')), now(), 'a change is stamped, whatever the client says');
select throws_ok($$ insert into public.workspaces (name, personal_of) values ('Another', tests.user_id('ann')) $$, '23505',
  'duplicate key value violates unique constraint "workspaces_personal_of_key"', 'nobody has two personal workspaces');
select throws_ok($$ update public.profiles set active_workspace_id = tests.workspace('team') where id = tests.user_id('bob') $$, '23503',
  'insert or update on table "profiles" violates foreign key constraint "profiles_active_workspace_id_fkey"',
  'not even the owner makes a workspace active for someone who does not belong to it');

-- the membership ends, and with it the active workspace
update public.profiles set active_workspace_id = tests.workspace('team') where id = tests.user_id('cal');
delete from public.workspace_members where workspace_id = tests.workspace('team') and user_id = tests.user_id('cal');
select tests.act_as('cal');
select is(public.current_workspace(), (select id from public.workspaces where personal_of = tests.user_id('cal')),
  'who is removed works in the workspace joined first');
select results_eq($$ insert into tests.things default values returning workspace_id $$,
  $$ select id from public.workspaces where personal_of = tests.user_id('cal') $$, 'and inserts there');

-- a token whose account is gone, and the service key
select set_config('request.jwt.claims', '{"sub": "00000000-0000-4000-8000-0000000000ff", "role": "authenticated"}', true),
  set_config('request.jwt.claim.sub', '00000000-0000-4000-8000-0000000000ff', true);
select throws_ok($$ select public.create_workspace('x') $$, 'PT401', 'This account no longer exists.', 'a deleted account makes no workspace');
select tests.act_as_service();
select throws_ok($$ insert into tests.things default values $$, '23502', null, 'the service names the workspace it writes to');
select lives_ok($$ delete from public.workspaces where id = tests.workspace('other') $$, 'the service deletes any workspace');

select * from finish();
rollback;
