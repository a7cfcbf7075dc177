-- Members: who sees whom, who changes whose role, and that a workspace always keeps an admin.
begin;
select plan(77);

-- arrange: Ann is admin of team, Mia its manager, Cal its employee; Bob is a stranger
select tests.create_user(u) from unnest(array['ann', 'mia', 'cal', 'bob']) as u;
insert into public.workspaces (id, name) values (tests.workspace('team'), 'Team');
insert into public.workspace_members (workspace_id, user_id, role, display_name) values
  (tests.workspace('team'), tests.user_id('ann'), 'admin', 'ann'),
  (tests.workspace('team'), tests.user_id('mia'), 'manager', 'mia'),
  (tests.workspace('team'), tests.user_id('cal'), 'employee', 'cal');
create function tests.roles() returns text
language sql stable security definer set search_path = ''
as $$
  select string_agg(split_part(u.email, '@', 1) || ' ' || m.role, ', ' order by u.email)
  from public.workspace_members as m join auth.users as u on u.id = m.user_id
  where m.workspace_id = tests.workspace('team')
$$;
grant execute on function tests.roles() to anon, authenticated;

-- acting as members
select tests.act_as('cal');
select bag_eq($$ select display_name, role from public.workspace_members where workspace_id = tests.workspace('team') $$,
  $$ values ('ann', 'admin'::public.app_role), ('mia', 'manager'), ('cal', 'employee') $$, 'an employee sees every colleague and their role');
select is_empty($$ select 1 from public.workspace_members where user_id = tests.user_id('bob') $$, 'and nobody else');
select throws_ok($$ insert into public.workspace_members (workspace_id, user_id, role, display_name)
  values (tests.workspace('team'), tests.user_id('bob'), 'admin', 'x') $$, '42501', 'permission denied for table workspace_members', 'nobody adds a member directly');
select throws_ok($$ update public.workspace_members set role = 'admin' $$, '42501', 'permission denied for table workspace_members', 'nobody changes a role directly');
select throws_ok($$ delete from public.workspace_members $$, '42501', 'permission denied for table workspace_members', 'nobody removes a member directly');
select throws_ok($$ truncate public.workspace_members $$, '42501', 'permission denied for table workspace_members', 'nobody empties the table');
select throws_ok($$ select public.set_member_role(tests.workspace('team'), tests.user_id('cal'), 'admin') $$, '42501',
  'Only an admin of the workspace may do this.', 'an employee does not promote themselves');
select throws_ok($$ select public.remove_member(tests.workspace('team'), tests.user_id('mia')) $$, '42501',
  'Only an admin of the workspace may do this.', 'an employee removes nobody');
select throws_ok($$ select public.transfer_admin(tests.workspace('team'), tests.user_id('cal')) $$, '42501',
  'Only an admin of the workspace may do this.', 'an employee does not take the workspace over');
select tests.act_as('mia');
select throws_ok($$ select public.set_member_role(tests.workspace('team'), tests.user_id('mia'), 'admin') $$, '42501',
  'Only an admin of the workspace may do this.', 'nor does a manager promote themselves');
select throws_ok($$ select public.remove_member(tests.workspace('team'), tests.user_id('cal')) $$, '42501',
  'Only an admin of the workspace may do this.', 'a manager removes nobody');
select throws_ok($$ select public.transfer_admin(tests.workspace('team'), tests.user_id('mia')) $$, '42501',
  'Only an admin of the workspace may do this.', 'a manager does not take the workspace over');

-- acting as a stranger and as anon
select tests.act_as('bob');
select is_empty($$ select 1 from public.workspace_members where workspace_id = tests.workspace('team') $$, 'a stranger sees no member');
select throws_ok($$ select public.set_member_role(tests.workspace('team'), tests.user_id('bob'), 'admin') $$, 'PT404', 'No such workspace.',
  'a stranger sets no role, and does not learn that the workspace exists');
select throws_ok($$ select public.set_member_role(gen_random_uuid(), tests.user_id('bob'), 'admin') $$, 'PT404', 'No such workspace.',
  'a workspace that does not exist looks just the same');
select throws_ok($$ select public.remove_member(tests.workspace('team'), tests.user_id('cal')) $$, 'PT404', 'No such workspace.', 'a stranger removes nobody');
select throws_ok($$ select public.transfer_admin(tests.workspace('team'), tests.user_id('bob')) $$, 'PT404', 'No such workspace.', 'a stranger takes nothing over');
select throws_ok($$ select public.leave_workspace(tests.workspace('team')) $$, 'PT404', 'No such member.', 'nor leaves what they never joined');
select throws_ok($$ select public.leave_workspace((select id from public.workspaces)) $$, 'PT409', 'A personal workspace cannot be left.', 'nobody leaves their personal workspace');
select tests.act_as_anon();
select throws_ok($$ select 1 from public.workspace_members $$, '42501', 'permission denied for table workspace_members', 'anon sees no member');
select throws_ok($$ select public.set_member_role(tests.workspace('team'), null, 'admin') $$, '42501', 'permission denied for function set_member_role', 'anon sets no role');
select throws_ok($$ select public.remove_member(tests.workspace('team'), null) $$, '42501', 'permission denied for function remove_member', 'anon removes nobody');
select throws_ok($$ select public.leave_workspace(tests.workspace('team')) $$, '42501', 'permission denied for function leave_workspace', 'anon leaves nothing');
select throws_ok($$ select public.transfer_admin(tests.workspace('team'), null) $$, '42501', 'permission denied for function transfer_admin', 'anon takes nothing over');
select is(tests.roles(), 'ann admin, cal employee, mia manager', 'every refused change changed nothing');

-- acting as the last admin
select tests.act_as('ann');
select throws_ok($$ select public.set_member_role(tests.workspace('team'), tests.user_id('ann'), 'manager') $$, 'PT409', 'A workspace needs an admin.', 'the last admin is not demoted');
select throws_ok($$ select public.remove_member(tests.workspace('team'), tests.user_id('ann')) $$, 'PT409', 'A workspace needs an admin.', 'nor removed');
select throws_ok($$ select public.leave_workspace(tests.workspace('team')) $$, 'PT409', 'A workspace needs an admin.', 'nor do they leave');
select throws_ok($$ select public.delete_account() $$, 'PT409', 'A workspace needs an admin.', 'nor delete their account');
select throws_ok($$ select public.transfer_admin(tests.workspace('team'), tests.user_id('ann')) $$, 'PT409', 'You are an admin of the workspace already.', 'nor hand over to themselves');
select throws_ok($$ select public.transfer_admin(tests.workspace('team'), tests.user_id('bob')) $$, 'PT404', 'No such member.', 'nor to a stranger');
select throws_ok($$ select public.transfer_admin(tests.workspace('team'), null) $$, 'PT404', 'No such member.', 'nor to nobody');
select throws_ok($$ select public.set_member_role(tests.workspace('team'), tests.user_id('bob'), 'employee') $$, 'PT404', 'No such member.', 'a stranger gets no role');
select throws_ok($$ select public.set_member_role(tests.workspace('team'), tests.user_id('cal'), null) $$, '23502', null, 'a role is a role');
select throws_ok($$ select public.remove_member(tests.workspace('team'), tests.user_id('bob')) $$, 'PT404', 'No such member.', 'a stranger is not removed');
select is(tests.roles(), 'ann admin, cal employee, mia manager', 'every refused change changed nothing');

-- acting as an admin who may
select lives_ok($$ select public.set_member_role(tests.workspace('team'), tests.user_id('cal'), 'manager') $$, 'an admin promotes');
select is(tests.roles(), 'ann admin, cal manager, mia manager', 'and the member has the role at once');
select lives_ok($$ select public.set_member_role(tests.workspace('team'), tests.user_id('ann'), 'admin') $$, 'an admin may stay admin');
select lives_ok($$ select public.transfer_admin(tests.workspace('team'), tests.user_id('mia')) $$, 'an admin hands the workspace over');
select is(tests.roles(), 'ann manager, cal manager, mia admin', 'and becomes manager');
select throws_ok($$ select public.set_member_role(tests.workspace('team'), tests.user_id('ann'), 'admin') $$, '42501',
  'Only an admin of the workspace may do this.', 'with that the old admin''s power ends, whatever their token says');
select tests.act_as('mia');
select lives_ok($$ select public.set_member_role(tests.workspace('team'), tests.user_id('ann'), 'admin') $$, 'there may be two admins');
select lives_ok($$ select public.set_member_role(tests.workspace('team'), tests.user_id('mia'), 'employee') $$, 'one of two admins steps back');
select is(tests.roles(), 'ann admin, cal manager, mia employee', 'as long as the other stays');
select lives_ok($$ select public.leave_workspace(tests.workspace('team')) $$, 'a member leaves');
select is_empty($$ select 1 from public.workspaces where id = tests.workspace('team') $$, 'and reads the workspace no more');
select tests.act_as('ann');
select lives_ok($$ select public.remove_member(tests.workspace('team'), tests.user_id('cal')) $$, 'an admin removes a member');
select is(tests.roles(), 'ann admin', 'and is alone');
select throws_ok($$ select public.leave_workspace(tests.workspace('team')) $$, 'PT409', 'The last member cannot leave a workspace.',
  'the last member does not leave, which would delete everything unasked');
select throws_ok($$ select public.remove_member(tests.workspace('team'), tests.user_id('ann')) $$, 'PT409', 'The last member cannot leave a workspace.', 'nor remove themselves');
select is(tests.roles(), 'ann admin', 'the workspace is still there');

-- a personal workspace has one member, whose role does not change
select tests.act_as_owner();
create table tests.personal as select w.id, w.personal_of from public.workspaces as w where w.personal_of in (tests.user_id('ann'), tests.user_id('cal'));
grant select on tests.personal to authenticated, service_role;
select throws_ok($$ insert into public.workspace_members (workspace_id, user_id, role, display_name)
  select p.id, tests.user_id('cal'), r.role, 'cal' from tests.personal as p cross join unnest(enum_range(null::public.app_role)) as r (role)
  where p.personal_of = tests.user_id('ann') $$, 'PT409', 'A personal workspace has no other members.', 'no statement adds a member to a personal workspace');
select throws_ok($$ update public.workspace_members as m set user_id = tests.user_id('cal') from tests.personal as p
  where m.workspace_id = p.id and p.personal_of = tests.user_id('ann') $$, 'PT409', 'A personal workspace has no other members.', 'or replaces its member');
select throws_ok($$ update public.workspace_members as m set workspace_id = p.id from tests.personal as p
  where m.workspace_id = tests.workspace('team') and m.user_id = tests.user_id('ann') and p.personal_of = tests.user_id('cal') $$,
  'PT409', 'A personal workspace has no other members.', 'or moves a membership there');
insert into public.workspaces (id, name) values (tests.workspace('shared'), 'Shared'), (tests.workspace('lone'), 'Lone');
insert into public.workspace_members (workspace_id, user_id, role, display_name) values
  (tests.workspace('shared'), tests.user_id('cal'), 'admin', 'cal'), (tests.workspace('lone'), tests.user_id('cal'), 'admin', 'cal');
update public.workspaces as w set personal_of = null where w.personal_of = tests.user_id('ann');
select throws_ok($$ update public.workspaces set personal_of = tests.user_id('ann') where id = tests.workspace('shared') $$, 'PT409',
  'A personal workspace has no other members.', 'a workspace with another member does not become personal');
select lives_ok($$ update public.workspaces as w set personal_of = p.personal_of from tests.personal as p where w.id = p.id $$,
  'a workspace whose only member is the user can become personal');
select tests.act_as_service();
select throws_ok($$ insert into public.workspace_members (workspace_id, user_id, role, display_name)
  select p.id, tests.user_id('cal'), 'employee', 'cal' from tests.personal as p where p.personal_of = tests.user_id('ann') $$,
  'PT409', 'A personal workspace has no other members.', 'the secret key adds none either');
select tests.act_as('ann');
select throws_ok($$ select public.set_member_role(p.id, tests.user_id('ann'), 'employee') from tests.personal as p where p.personal_of = tests.user_id('ann') $$,
  'PT409', 'A workspace needs an admin.', 'the user of a personal workspace stays its admin');
select throws_ok($$ select public.transfer_admin(p.id, tests.user_id('cal')) from tests.personal as p where p.personal_of = tests.user_id('ann') $$,
  'PT404', 'No such member.', 'and transfers it to no other');
select tests.act_as_owner();
select results_eq($$ select m.user_id, m.role from public.workspace_members as m join tests.personal as p on p.id = m.workspace_id order by m.user_id $$,
  $$ select p.personal_of, 'admin'::public.app_role from tests.personal as p order by p.personal_of $$, 'after all of it each personal workspace has its user as admin');

-- whatever the path: the rule holds for the service key and for plain SQL
select tests.act_as_owner();
insert into public.workspace_members (workspace_id, user_id, role, display_name) values
  (tests.workspace('team'), tests.user_id('mia'), 'admin', 'mia'), (tests.workspace('team'), tests.user_id('cal'), 'employee', 'cal');
select tests.act_as_service();
select throws_ok($$ update public.workspace_members set role = 'employee' where workspace_id = tests.workspace('team') $$, 'PT409', 'A workspace needs an admin.',
  'both admins are not demoted in one statement');
select throws_ok($$ delete from public.workspace_members where workspace_id = tests.workspace('team') and role = 'admin' $$, 'PT409', 'A workspace needs an admin.',
  'nor removed in one statement');
select lives_ok($$ update public.workspace_members set role = case when role = 'admin' then 'employee' else 'admin' end::public.app_role
  where workspace_id = tests.workspace('team') $$, 'roles may be swapped in one statement, since the rule looks at the end of it');
select tests.act_as_owner();
select is(tests.roles(), 'ann employee, cal admin, mia employee', 'and are');
select lives_ok($$ delete from public.workspaces where id = tests.workspace('team') $$, 'deleting a workspace takes its last admin with it');
select is_empty($$ select 1 from public.workspace_members where workspace_id = tests.workspace('team') $$, 'and every member');
select isnt_empty($$ select 1 from public.workspace_members where user_id = tests.user_id('cal') $$, 'but no membership elsewhere');

-- my_workspace_ids, which every policy asks
insert into public.workspaces (id, name) values (tests.workspace('one'), 'One'), (tests.workspace('two'), 'Two'), (tests.workspace('three'), 'Three');
insert into public.workspace_members (workspace_id, user_id, role, display_name) values
  (tests.workspace('one'), tests.user_id('bob'), 'employee', 'bob'), (tests.workspace('two'), tests.user_id('bob'), 'manager', 'bob'),
  (tests.workspace('three'), tests.user_id('ann'), 'admin', 'ann');
select set_config('request.jwt.claims', jsonb_build_object('sub', tests.user_id('bob'))::text, true);
select bag_eq($$ select w.name from private.my_workspace_ids() as i (id) join public.workspaces as w on w.id = i.id $$,
  array['One', 'Two', 'bob''s space'], 'without a minimum role: every workspace of the caller');
select bag_eq($$ select w.name from private.my_workspace_ids('manager') as i (id) join public.workspaces as w on w.id = i.id $$,
  array['Two', 'bob''s space'], 'manager: where the caller is manager or more');
select bag_eq($$ select w.name from private.my_workspace_ids('admin') as i (id) join public.workspaces as w on w.id = i.id $$,
  array['bob''s space'], 'admin: where the caller is admin');
select set_config('request.jwt.claims', '', true);
select is_empty($$ select private.my_workspace_ids() $$, 'nobody belongs nowhere');

-- constraints
update public.workspace_members set updated_at = '2020-01-01' where user_id = tests.user_id('bob');
select is((select max(updated_at) from public.workspace_members where user_id = tests.user_id('bob')), now(), 'a change is stamped, whatever the client says');
select throws_ok($$ update public.workspace_members set display_name = '' where user_id = tests.user_id('bob') $$, '23514',
  'new row for relation "workspace_members" violates check constraint "workspace_members_display_name_length"', 'a member has a name');
select throws_ok($$ update public.workspace_members set avatar_url = 'javascript:alert(1)' where user_id = tests.user_id('bob') $$, '23514',
  'new row for relation "workspace_members" violates check constraint "workspace_members_avatar_url_format"', 'a picture is at a web address');
select throws_ok($$ insert into public.workspace_members (workspace_id, user_id, display_name) values (tests.workspace('one'), tests.user_id('bob'), 'bob') $$, '23505',
  'duplicate key value violates unique constraint "workspace_members_pkey"', 'nobody belongs twice');

-- an admin acts while the workspace is locked, so that whoever demotes them at the same time comes before or after
select tests.create_team('locked', 'lou admin', 'len employee');
create temporary table lock_before as select w.xmax::text as holder from public.workspaces as w where w.id = tests.workspace('locked');
savepoint unlocked;
select tests.act_as('lou');
select public.set_member_role(tests.workspace('locked'), tests.user_id('len'), 'manager');
select tests.act_as_owner();
select isnt((select w.xmax::text from public.workspaces as w where w.id = tests.workspace('locked')), (select holder from lock_before),
  'an admin who acts locks the workspace');

select * from finish();
rollback;
