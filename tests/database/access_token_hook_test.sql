-- The access token hook: what a token says about the active workspace, and that it never stands in the way of a sign-in.
begin;
select plan(21);

select tests.create_user(u) from unnest(array['ann', 'bob']) as u;
insert into public.workspaces (id, name) values (tests.workspace('team'), 'Team');
insert into public.workspace_members (workspace_id, user_id, role, display_name) values
  (tests.workspace('team'), tests.user_id('ann'), 'manager', 'ann'), (tests.workspace('team'), tests.user_id('bob'), 'admin', 'bob');
create function tests.event(name text) returns jsonb
language sql stable
as $$
  select jsonb_build_object('user_id', tests.user_id(event.name), 'authentication_method', 'password',
    'claims', jsonb_build_object('sub', tests.user_id(event.name), 'role', 'authenticated', 'aal', 'aal1'))
$$;

select is(public.custom_access_token_hook(tests.event('ann')) #>> '{claims,user_role}', 'admin', 'the token names the role in the active workspace');
select is(public.custom_access_token_hook(tests.event('ann')) #>> '{claims,workspace_id}',
  (select id::text from public.workspaces where personal_of = tests.user_id('ann')), 'and the workspace');
select is(public.custom_access_token_hook(tests.event('ann')) #- '{claims,user_role}' #- '{claims,workspace_id}', tests.event('ann'), 'and leaves all else as it was');
select is(public.custom_access_token_hook(tests.event('ann')) #>> '{claims,role}', 'authenticated', 'above all the role of Postgres');
update public.profiles set active_workspace_id = tests.workspace('team') where id = tests.user_id('ann');
select results_eq($$ select h #>> '{claims,user_role}', h #>> '{claims,workspace_id}' from public.custom_access_token_hook(tests.event('ann')) as h $$,
  $$ values ('manager', tests.workspace('team')::text) $$, 'after a switch the next token names the other workspace');
update public.profiles set active_workspace_id = null where id = tests.user_id('ann');
update public.workspace_members set created_at = now() - interval '1 hour' where workspace_id = tests.workspace('team') and user_id = tests.user_id('ann');
select is(public.custom_access_token_hook(tests.event('ann')) #>> '{claims,workspace_id}', tests.workspace('team')::text,
  'with none chosen it names the one joined first');
select set_config('request.jwt.claims', jsonb_build_object('sub', tests.user_id('ann'))::text, true);
select is(public.current_workspace(), tests.workspace('team'), 'a request without that claim works in the same workspace');
select tests.act_as_owner();

-- odd events go back as they came
insert into auth.users (id, email) values ('00000000-0000-4000-8000-0000000000aa', 'alone@example.test');
delete from public.workspaces where personal_of = '00000000-0000-4000-8000-0000000000aa';
select is(public.custom_access_token_hook('{"user_id": "00000000-0000-4000-8000-0000000000aa", "claims": {"a": 1}}'),
  '{"user_id": "00000000-0000-4000-8000-0000000000aa", "claims": {"a": 1, "workspace_id": null, "user_role": null}}', 'who belongs to no workspace gets a token that says so');
select is(public.custom_access_token_hook('{"user_id": "00000000-0000-4000-8000-0000000000ff", "claims": {}}'),
  '{"user_id": "00000000-0000-4000-8000-0000000000ff", "claims": {"workspace_id": null, "user_role": null}}', 'so does who does not exist');
select is(public.custom_access_token_hook(e), e, 'an odd event goes back as it came: ' || e::text)
from unnest(array['{}', '[]', '3', 'null', '{"claims": {}}', '{"claims": [], "user_id": "x"}', '{"claims": {}, "user_id": "no uuid"}',
  '{"claims": [], "user_id": "00000000-0000-4000-8000-0000000000aa"}', '{"user_id": "00000000-0000-4000-8000-0000000000aa"}']::jsonb[]) as e;
select is(public.custom_access_token_hook(null), null, 'even none at all');

-- only the auth service calls it
select bag_eq($$ select r.rolname::text from pg_roles as r
  where r.rolname in ('anon', 'authenticated', 'authenticator', 'service_role', 'supabase_auth_admin')
    and has_function_privilege(r.oid, 'public.custom_access_token_hook(jsonb)', 'execute') $$, array['supabase_auth_admin'], 'only the auth service calls the hook');
select tests.act_as('ann');
select throws_ok($$ select public.custom_access_token_hook('{}') $$, '42501', 'permission denied for function custom_access_token_hook', 'a user is refused');

select * from finish();
rollback;
