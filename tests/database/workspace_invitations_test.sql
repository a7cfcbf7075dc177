-- Invitations: an admin invites an address, only the person behind it gets in, once and in time.
begin;
select plan(73);

-- arrange: Ann is admin of team, Mia its manager; Bob is a stranger, Ida and Una are invited (Una's address is not confirmed)
select tests.create_user(u) from unnest(array['ann', 'mia', 'bob', 'ida', 'una']) as u;
update auth.users set email_confirmed_at = null where id = tests.user_id('una');
insert into public.workspaces (id, name) values (tests.workspace('team'), 'Team');
insert into public.workspace_members (workspace_id, user_id, role, display_name) values
  (tests.workspace('team'), tests.user_id('ann'), 'admin', 'ann'), (tests.workspace('team'), tests.user_id('mia'), 'manager', 'mia');
create table tests.given (name text primary key, id uuid, token text, expires_at timestamptz);
grant all on tests.given to authenticated;
create function tests.token(name text) returns text
language sql stable
as $$ select g.token from tests.given as g where g.name = token.name $$;
grant execute on function tests.token(text) to anon, authenticated;

-- acting as an admin
select tests.act_as('ann');
select lives_ok($$ insert into tests.given select 'ida', i.* from public.invite_member(' Ida@Example.TEST ', 'manager', tests.workspace('team')) as i $$, 'an admin invites an address');
select results_eq($$ select i.email, i.role, i.workspace_id, i.invited_by, i.accepted_at, i.revoked_at
  from public.workspace_invitations as i join tests.given as g on g.id = i.id $$,
  $$ values ('ida@example.test', 'manager'::public.app_role, tests.workspace('team'), tests.user_id('ann'), null::timestamptz, null::timestamptz) $$,
  'the invitation keeps the address in lower case, the role and who invited');
select results_eq($$ select g.expires_at from tests.given as g $$, $$ select now() + interval '7 days' $$, 'it is good for seven days');
select matches(tests.token('ida'), '^[A-Za-z0-9_-]{43}$', 'the token is 32 random bytes, fit for a link');
select throws_ok($$ select 1 from private.invitation_tokens $$, '42501', 'permission denied for schema private', 'not even an admin reads what is kept of tokens');
select lives_ok($$ insert into tests.given select 'nobody', i.* from public.invite_member('nobody@example.test', workspace_id => tests.workspace('team')) as i $$,
  'an address without an account is invited just the same');
select results_eq($$ select i.role from public.workspace_invitations as i where i.email = 'nobody@example.test' $$, array['employee'::public.app_role],
  'as employee, when no role is named');
select results_eq(
  $$ select to_jsonb(i) - array['id', 'email', 'role'] from public.workspace_invitations as i where i.email = 'nobody@example.test' $$,
  $$ select to_jsonb(i) - array['id', 'email', 'role'] from public.workspace_invitations as i where i.email = 'ida@example.test' $$,
  'nothing tells which of two addresses has an account');
select lives_ok($$ insert into tests.given select 'una', i.* from public.invite_member('una@example.test', 'employee', tests.workspace('team')) as i $$, 'and a third');
select public.switch_workspace(tests.workspace('team'));
select lives_ok($$ insert into tests.given select 'late', i.* from public.invite_member('bob@example.test') as i $$, 'without a workspace the active one is meant');
select results_eq($$ select workspace_id from public.workspace_invitations where email = 'bob@example.test' $$, $$ select tests.workspace('team') $$, 'and is the one');
select lives_ok($$ insert into tests.given select 'ida again', i.* from public.invite_member('ida@example.test', 'employee') as i $$, 'inviting again is fine');
select bag_eq($$ select role, revoked_at is null from public.workspace_invitations where email = 'ida@example.test' $$,
  $$ values ('manager'::public.app_role, false), ('employee', true) $$, 'and replaces the earlier invitation');
select throws_ok($$ select public.invite_member('no address') $$, '23514',
  'new row for relation "workspace_invitations" violates check constraint "workspace_invitations_email_format"', 'an address looks like one');
select throws_ok($$ select public.invite_member(repeat('x', 250) || '@example.test') $$, '23514',
  'new row for relation "workspace_invitations" violates check constraint "workspace_invitations_email_format"', 'an address ends after 254 characters');
select throws_ok($$ select public.invite_member(null) $$, '23502', null, 'nobody cannot be invited');
select is(tests.answer('ann', $$ select public.invite_member('bob@example.test', workspace_id => w.id) from public.workspaces as w where w.personal_of is not null $$),
  E'PT409 A personal workspace has no other members.\nCreate a workspace with create_workspace, and invite there.', 'a personal workspace invites no members');
select tests.act_as('ann');
select throws_ok($$ insert into public.workspace_invitations (email) values ('x@example.test') $$, '42501', 'permission denied for table workspace_invitations', 'an invitation is made by invite_member only');
select throws_ok($$ update public.workspace_invitations set role = 'admin' $$, '42501', 'permission denied for table workspace_invitations', 'nobody changes one directly');
select throws_ok($$ delete from public.workspace_invitations $$, '42501', 'permission denied for table workspace_invitations', 'nobody deletes one directly');

-- acting as a manager, a stranger, anon
select tests.act_as('mia');
select is_empty($$ select 1 from public.workspace_invitations $$, 'a manager reads no invitation');
select throws_ok($$ select public.invite_member('x@example.test', 'admin', tests.workspace('team')) $$, '42501', 'Only an admin of the workspace may do this.', 'a manager invites nobody');
select throws_ok($$ select public.revoke_invitation((select id from tests.given where name = 'una')) $$, 'PT404', 'No such invitation.', 'a manager revokes nothing');
select tests.act_as('bob');
select is_empty($$ select 1 from public.workspace_invitations $$, 'a stranger reads no invitation, not even their own');
select throws_ok($$ select public.invite_member('bob@example.test', 'admin', tests.workspace('team')) $$, 'PT404', 'No such workspace.', 'a stranger does not invite themselves');
select throws_ok($$ select public.revoke_invitation((select id from tests.given where name = 'una')) $$, 'PT404', 'No such invitation.', 'a stranger revokes nothing');
select throws_ok($$ select public.accept_invitation(tests.token('ida again')) $$, '42501', 'The invitation is for another email address.', 'a token of others opens nothing');
select throws_ok($$ select public.decline_invitation(tests.token('ida again')) $$, '42501', 'The invitation is for another email address.', 'nor is it declined for them');
select throws_ok($$ select public.accept_invitation('wrong') $$, 'PT404', 'No such invitation.', 'a wrong token is unknown');
select throws_ok($$ select public.accept_invitation('') $$, 'PT404', 'No such invitation.', 'an empty token is unknown');
select throws_ok($$ select public.accept_invitation(null) $$, 'PT404', 'No such invitation.', 'no token is unknown');
select throws_ok($$ select public.accept_invitation((select id::text from tests.given where name = 'late')) $$, 'PT404', 'No such invitation.', 'the id of an invitation is no token');
select throws_ok($$ update auth.users set email = 'ida@example.test' $$, '42501', null, 'nobody takes the address of others');
select tests.act_as_anon();
select throws_ok($$ select 1 from public.workspace_invitations $$, '42501', 'permission denied for table workspace_invitations', 'anon reads no invitation');
select throws_ok($$ select public.invite_member('x@example.test') $$, '42501', 'permission denied for function invite_member', 'anon invites nobody');
select throws_ok($$ select public.accept_invitation('x') $$, '42501', 'permission denied for function accept_invitation', 'anon accepts nothing');
select throws_ok($$ select public.decline_invitation('x') $$, '42501', 'permission denied for function decline_invitation', 'anon declines nothing');
select throws_ok($$ select public.revoke_invitation(null) $$, '42501', 'permission denied for function revoke_invitation', 'anon revokes nothing');
select tests.act_as('una');
select throws_ok($$ select public.accept_invitation(tests.token('una')) $$, '42501', 'The invitation is for another email address.', 'an address that is not confirmed proves nothing');
select tests.act_as_owner();
select is((select count(*) from public.workspace_members where workspace_id = tests.workspace('team')), 2::bigint, 'so far nobody got in');

-- acting as the invited
select tests.act_as('ida');
select throws_ok($$ select public.accept_invitation(tests.token('ida')) $$, 'PT410', 'The invitation is no longer valid.', 'a replaced invitation opens nothing');
select is(public.accept_invitation(tests.token('ida again')), tests.workspace('team'), 'the invited accepts');
select results_eq($$ select role, display_name from public.workspace_members where workspace_id = tests.workspace('team') and user_id = tests.user_id('ida') $$,
  $$ values ('employee'::public.app_role, 'ida') $$, 'and is a member with the role of the invitation');
select tests.act_as_owner();
select is(array(select m.display_name from public.workspace_members as m where m.workspace_id = tests.workspace('team') order by 1),
  array['ann', 'ida', 'mia'], 'and nobody else becomes one');
update public.workspace_invitations set accepted_at = now() - interval '1 hour' where id = (select id from tests.given where name = 'ida again');
select tests.act_as('ida');
select is(public.accept_invitation(tests.token('ida again')), tests.workspace('team'), 'accepting again is fine');
select is((select count(*) from public.workspace_members where user_id = tests.user_id('ida')), 2::bigint, 'and adds nothing');
select throws_ok($$ select public.decline_invitation(tests.token('ida again')) $$, 'PT409', 'The invitation is already accepted.', 'what was accepted is not declined');
select tests.act_as('ann');
select results_eq($$ select accepted_at, accepted_by from public.workspace_invitations where role = 'employee' and email = 'ida@example.test' $$,
  $$ values (now() - interval '1 hour', tests.user_id('ida')) $$, 'the admin sees who accepted, and when for the first time');
select throws_ok($$ select public.revoke_invitation((select id from tests.given where name = 'ida again')) $$, 'PT409', 'The invitation is already accepted.', 'what was accepted is not revoked');
select lives_ok($$ select public.invite_member('ida@example.test', 'admin', tests.workspace('team')) $$, 'a member may be invited, for nothing tells addresses apart');
select lives_ok($$ select public.remove_member(tests.workspace('team'), tests.user_id('ida')) $$, 'an admin removes the member');
select tests.act_as('ida');
select throws_ok($$ select public.accept_invitation(tests.token('ida again')) $$, 'PT410', 'The invitation is no longer valid.', 'a used invitation does not bring the removed back');

-- a member who accepts another invitation keeps the role they have
select tests.act_as_owner();
insert into public.workspace_invitations (id, workspace_id, email, role)
values ('00000000-0000-4000-8000-0000000000aa', tests.workspace('team'), 'mia@example.test', 'employee');
insert into private.invitation_tokens (workspace_id, invitation_id, digest) values (tests.workspace('team'), '00000000-0000-4000-8000-0000000000aa', sha256('mia'));
select tests.act_as('mia');
select is(public.accept_invitation('mia'), tests.workspace('team'), 'a member accepts an invitation');
select results_eq($$ select role from public.workspace_members where user_id = tests.user_id('mia') and workspace_id = tests.workspace('team') $$,
  array['manager'::public.app_role], 'and stays what they are');

select tests.act_as_owner();
update public.workspace_invitations set accepted_at = null, accepted_by = null, revoked_at = now() where id = '00000000-0000-4000-8000-0000000000aa';
select tests.act_as('mia');
select throws_ok($$ select public.accept_invitation('mia') $$, 'PT410', 'The invitation is no longer valid.', 'what was revoked is not accepted by a member either');

-- declined, revoked, expired
select tests.act_as('ann');
select lives_ok($$ select public.revoke_invitation((select id from tests.given where name = 'late')) $$, 'an admin takes an invitation back');
select lives_ok($$ select public.revoke_invitation((select id from tests.given where name = 'late')) $$, 'and may say so twice');
select tests.act_as('bob');
select throws_ok($$ select public.accept_invitation(tests.token('late')) $$, 'PT410', 'The invitation is no longer valid.', 'a revoked invitation opens nothing');
select tests.act_as('ann');
insert into tests.given select 'declined', i.* from public.invite_member('bob@example.test') as i;
select tests.act_as('bob');
select lives_ok($$ select public.decline_invitation(tests.token('declined')) $$, 'the invited declines');
select throws_ok($$ select public.accept_invitation(tests.token('declined')) $$, 'PT410', 'The invitation is no longer valid.', 'and cannot accept any more');
select tests.act_as('ann');
insert into tests.given select 'expired', i.* from public.invite_member('bob@example.test') as i;
select tests.act_as_owner();
update public.workspace_invitations set expires_at = now() where id = (select id from tests.given where name = 'expired');
select tests.act_as('bob');
select throws_ok($$ select public.accept_invitation(tests.token('expired')) $$, 'PT410', 'The invitation is no longer valid.', 'an invitation ends at the moment it expires');
select tests.act_as_owner();
update public.workspace_invitations set expires_at = now() + interval '1 microsecond' where id = (select id from tests.given where name = 'expired');
select tests.act_as('bob');
select is(public.accept_invitation(tests.token('expired')), tests.workspace('team'), 'and is good until then');

-- what is kept
select tests.act_as_owner();
select is_empty($$ select 1 from private.invitation_tokens as t join tests.given as g on t.digest = convert_to(g.token, 'UTF8') or encode(t.digest, 'hex') = g.token $$,
  'no token is kept');
select results_eq($$ select t.digest from private.invitation_tokens as t join tests.given as g on g.id = t.invitation_id where g.name = 'una' $$,
  $$ select sha256(convert_to(tests.token('una'), 'UTF8')) $$, 'only its digest is');
select throws_ok($$ insert into public.workspace_invitations (workspace_id, email) values (tests.workspace('team'), 'una@example.test') $$, '23505',
  'duplicate key value violates unique constraint "workspace_invitations_open_idx"', 'one open invitation for an address in a workspace');
select throws_ok($$ insert into public.workspace_invitations (workspace_id, email) values (tests.workspace('team'), 'Una@example.test') $$, '23514',
  'new row for relation "workspace_invitations" violates check constraint "workspace_invitations_email_format"', 'an address is in lower case');
select throws_ok($$ update public.workspace_invitations set revoked_at = now() where accepted_at is not null $$, '23514',
  'new row for relation "workspace_invitations" violates check constraint "workspace_invitations_one_end"', 'an invitation ends in one way');

select throws_ok($$ insert into private.invitation_tokens (workspace_id, invitation_id, digest) select tests.workspace('team'), id, 'short' from tests.given where name = 'una' $$, '23514',
  'new row for relation "invitation_tokens" violates check constraint "invitation_tokens_digest_length"', 'a digest is a SHA-256');
select throws_ok($$ update private.invitation_tokens set digest = sha256('mia') $$, '23505',
  'duplicate key value violates unique constraint "invitation_tokens_digest_key"', 'a token opens one invitation');
select lives_ok($$ delete from public.workspace_invitations where id = (select id from tests.given where name = 'una') $$, 'the service may clean up');
select is_empty($$ select 1 from private.invitation_tokens where invitation_id = (select id from tests.given where name = 'una') $$, 'and the digest goes with its invitation');

-- a bound on what one workspace may send
insert into public.workspace_invitations (workspace_id, email, revoked_at)
select tests.workspace('team'), 'person' || n || '@example.test', now() from generate_series(1, 100) as n;
select tests.act_as('ann');
select throws_ok($$ select public.invite_member('more@example.test') $$, 'PT429', 'The workspace has created too many invitations; the limit is 100 in 24 hours.', 'a workspace makes a hundred invitations a day, no more');
select tests.act_as_owner();
update public.workspace_invitations set created_at = now() - interval '1 day' where workspace_id = tests.workspace('team');
select tests.act_as('ann');
select lives_ok($$ select public.invite_member('more@example.test') $$, 'the next day there may be more');

select * from finish();
rollback;
