-- The helpers themselves: a persona that is not who it says would make every other test worthless.
begin;
select plan(36);

create function tests.whoami() returns text language sql
as $$ select concat_ws(' ', current_user, auth.role(), auth.email(), auth.jwt() ->> 'aud') $$;
grant execute on function tests.whoami() to anon, authenticated, service_role;

-- users
select isnt(tests.create_user('helper_ann', '{"display_name": "Ann"}'), null, 'create_user returns an id');
select is((select u.id from auth.users as u where u.email = 'helper_ann@example.test'), tests.user_id('helper_ann'),
  'user_id finds the user by name');
select is((select p.display_name from public.profiles as p where p.id = tests.user_id('helper_ann')), 'Ann',
  'a created user was welcomed as by sign-up, with their metadata');
select isnt((select u.email_confirmed_at from auth.users as u where u.id = tests.user_id('helper_ann')), null,
  'a created user has a confirmed address');
select throws_ok($$ select tests.create_user('helper_ann') $$, '23505', null, 'a name is taken once');
select is(tests.user_id('helper_nobody'), null, 'an unknown name has no id');
select isnt(tests.create_user('helper_bob'), tests.user_id('helper_ann'), 'two users are two');

-- personas
select tests.act_as('helper_ann');
select is(tests.whoami(), 'authenticated authenticated helper_ann@example.test authenticated',
  'act_as carries the role and the claims of a user''s token');
select is(auth.uid(), tests.user_id('helper_ann'), 'act_as acts as that user');
select tests.act_as('helper_bob');
select is(auth.uid(), tests.user_id('helper_bob'), 'one persona follows another');
select tests.act_as_anon();
select is(tests.whoami(), 'anon anon', 'anon has the role of a request without a user');
select is(auth.uid(), null, 'anon is nobody');
select tests.act_as_service();
select is(tests.whoami(), 'service_role service_role', 'the service has the role of the secret key');
select is(auth.uid(), null, 'the service is nobody');
select tests.act_as('helper_ann');
select tests.act_as_owner();
select is(current_user, session_user, 'the owner is the one who runs the test');
select is(auth.uid(), null, 'the owner carries no claims of the persona before');
select throws_ok($$ select tests.act_as('helper_nobody') $$, 'P0001', 'no user called helper_nobody: create_user comes first',
  'a misspelt persona is an error, not a stranger');

-- workspaces
select is(tests.workspace('a'), tests.workspace('a'), 'a label is one workspace');
select isnt(tests.workspace('a'), tests.workspace('b'), 'two labels are two');

-- attempts
create table public.helper_rows (id integer primary key, owner uuid default auth.uid());
alter table public.helper_rows enable row level security;
create policy "Owners only" on public.helper_rows for all to authenticated
  using (owner = (select auth.uid())) with check (owner = (select auth.uid()));
grant select, insert, delete on public.helper_rows to authenticated;
insert into public.helper_rows values (1, tests.user_id('helper_ann'));
select is(tests.attempt('helper_ann', 'delete from public.helper_rows'), 'allowed', 'an attempt that meets a row is allowed');
select is(tests.attempt('helper_bob', 'delete from public.helper_rows'), 'filtered', 'one that meets none is filtered');
select is(tests.attempt('anon', 'select from public.helper_rows'), 'refused by a grant', 'one without a grant is refused');
select is(tests.attempt('helper_bob', $$ insert into public.helper_rows values (2, tests.user_id('helper_ann')) $$),
  'refused by a policy', 'one against a policy is refused');
select matches(tests.attempt('helper_ann', 'insert into public.helper_rows values (1)'), '^23505 ',
  'any other error is told as it is');
select is(tests.attempt('helper_ann', 'insert into public.helper_rows values (1)', 'delete from public.helper_rows'),
  'allowed', 'an arrangement comes before the attempt');
select results_eq('select id, owner from public.helper_rows', $$ values (1, tests.user_id('helper_ann')) $$,
  'nothing stays of an attempt, or of its arrangement');
select is(current_user, session_user, 'nor does its persona');

-- teams, answers and the clock
select tests.create_team('alpha', 'helper_ada admin', 'helper_bob employee');
select tests.create_team('beta', 'helper_ada employee');
select results_eq($$ select m.workspace_id, m.role, m.display_name from public.workspace_members as m join public.workspaces as w on w.id = m.workspace_id
    where m.user_id = tests.user_id('helper_ada') and w.personal_of is null order by m.role desc $$,
  $$ values (tests.workspace('alpha'), 'admin'::public.app_role, 'Helper_Ada'), (tests.workspace('beta'), 'employee', 'Helper_Ada') $$,
  'create_team makes a workspace with members of their roles');
select results_eq($$ select p.active_workspace_id from public.profiles as p where p.id in (tests.user_id('helper_ada'), tests.user_id('helper_bob')) $$,
  array[tests.workspace('alpha'), tests.workspace('alpha')], 'who work in the first that they join');
select is(tests.answer('helper_ann', 'delete from public.helper_rows'), '1 rows', 'an answer says how many rows were met');
select is(tests.answer('anon', 'select from public.helper_rows'), '42501 permission denied for table helper_rows', 'or repeats a refusal');
select is(tests.answer('helper_ada', 'select public.switch_workspace(gen_random_uuid())'), E'PT404 No such workspace.\nChoose one you belong to.', 'with its hint');
select is((select count(*) from public.helper_rows), 1::bigint, 'and nothing of it stays');
update public.profiles set time_zone = 'America/Denver' where id = tests.user_id('helper_bob');
select tests.stop_clock('2026-01-01 03:00+00');
select is(private.today_of(tests.user_id('helper_ada')), '2026-01-01', 'a stopped clock');
select is(private.today_of(tests.user_id('helper_bob')), '2025-12-31', 'shows everybody their own day');
select tests.stop_clock('2026-02-01 03:00+00');
select is(private.today_of(tests.user_id('helper_ada')), '2026-02-01', 'and can be set again');

select * from finish();
rollback;
