-- API keys: created, returned once, stored as a hash, valid for one member in one workspace, deleted with the membership.
begin;
select plan(64);

select tests.create_team('harbor', 'ann admin', 'eve employee', 'kim manager');
select tests.create_team('strangers', 'bob admin');
create temporary table made (label text, id bigint, key text, prefix text, created_at timestamptz);
grant all on made to authenticated, service_role;

-- acting as a member
select tests.act_as('eve');
insert into made select 'eve', k.* from studio.create_api_key('laptop') as k;
select matches((select m.key from made as m), '^pl_[0-9a-f]{64}$', 'a key is 256 random bits with a prefix');
select is((select m.prefix from made as m), (select left(m.key, 11) from made as m), 'the beginning of the key is stored');
select results_eq($$ select k.workspace_id, k.user_id, k.name, k.prefix, k.scopes, k.expires_at, k.revoked_at, k.last_used_at from studio.api_keys as k $$,
  $$ select tests.workspace('harbor'), tests.user_id('eve'), 'laptop', m.prefix, '{chat,embeddings}'::text[], null::timestamptz, null::timestamptz, null::timestamptz from made as m $$,
  'a key is for the workspace of the request, and by default for all scopes and without expiry');
insert into made select 'narrow', k.* from studio.create_api_key('script', '{embeddings,embeddings}', now() + interval '1 day') as k;
select results_eq($$ select k.scopes, k.expires_at from studio.api_keys as k where k.name = 'script' $$, $$ values ('{embeddings}'::text[], now() + interval '1 day') $$,
  'a key can have fewer scopes and an expiry');
select isnt((select m.key from made as m where m.label = 'eve'), (select m.key from made as m where m.label = 'narrow'), 'keys are unique');
select tests.work_in('strangers');
select throws_ok($$ select studio.create_api_key('x') $$, 'PT403', 'You do not belong to the workspace of the header x-workspace-id.', 'a key for a workspace of others is refused');
select tests.work_in('nowhere');
select throws_ok($$ select studio.create_api_key('x') $$, 'PT403', 'You do not belong to the workspace of the header x-workspace-id.', 'a workspace that does not exist gets the same error');
select tests.act_as('eve');
select throws_ok($$ select studio.create_api_key('x', expires_at => now()) $$, '22023', 'expires_at must be in the future.', 'an expiry in the past is refused');
select throws_ok($$ select studio.create_api_key('x', '{chat,admin}') $$, '23514', 'new row for relation "api_keys" violates check constraint "api_keys_scopes_known"', 'an unknown scope is refused');
select throws_ok($$ select studio.create_api_key('x', '{}') $$, '23514', 'new row for relation "api_keys" violates check constraint "api_keys_scopes_known"', 'an empty list of scopes is refused');
select throws_ok($$ select studio.create_api_key(' ') $$, '23514', 'new row for relation "api_keys" violates check constraint "api_keys_name_length"', 'an empty name is refused');
select throws_ok($$ select studio.create_api_key(repeat('x', 101)) $$, '23514', 'new row for relation "api_keys" violates check constraint "api_keys_name_length"', 'a name of more than 100 characters is refused');
select throws_ok($$ insert into studio.api_keys (workspace_id, user_id, name, prefix, scopes) values (tests.workspace('harbor'), tests.user_id('eve'), 'x', 'pl_00000000', '{chat}') $$,
  '42501', 'permission denied for table api_keys', 'users cannot insert keys directly');
select throws_ok($$ update studio.api_keys set revoked_at = null, expires_at = null $$, '42501', 'permission denied for table api_keys', 'users cannot update keys directly');
select throws_ok($$ delete from studio.api_keys $$, '42501', 'permission denied for table api_keys', 'users cannot delete keys directly');
select throws_ok($$ select 1 from private.api_key_hashes $$, '42501', 'permission denied for schema private', 'users cannot read the hashes');
select throws_ok($$ select studio.authenticate_api_key(repeat('0', 64)) $$, '42501', 'permission denied for function authenticate_api_key', 'users cannot authenticate a key');

-- acting as others
select tests.act_as('kim');
select is_empty($$ select 1 from studio.api_keys $$, 'a colleague does not see keys of others');
select throws_ok($$ select studio.revoke_api_key((select m.id from made as m where m.label = 'eve')) $$, 'PT404', 'No such key.', 'a colleague cannot revoke keys of others');
select tests.act_as('ann');
select results_eq($$ select k.name from studio.api_keys as k order by k.name $$, array['laptop', 'script'], 'an admin sees the keys of the workspace');
insert into made select 'ann', k.* from studio.create_api_key('boss') as k;
select tests.act_as('bob');
select is_empty($$ select 1 from studio.api_keys $$, 'a stranger sees no keys');
select throws_ok($$ select studio.revoke_api_key((select m.id from made as m where m.label = 'eve')) $$, 'PT404', 'No such key.', 'a stranger gets the same error as for a key that does not exist');
select tests.act_as_anon();
select throws_ok($$ select 1 from studio.api_keys $$, '42501', 'permission denied for table api_keys', 'anon cannot read keys');
select throws_ok($$ select studio.create_api_key('x') $$, '42501', 'permission denied for function create_api_key', 'anon cannot create keys');

-- with the secret key: authentication
select tests.act_as_owner();
create function tests.hash_of(label text) returns text language sql security definer as $$ select encode(sha256(convert_to(m.key, 'UTF8')), 'hex') from pg_temp.made as m where m.label = hash_of.label $$;
grant execute on function tests.hash_of(text) to service_role;
select results_eq($$ select h.key_hash from private.api_key_hashes as h where h.api_key_id in (select m.id from made as m) order by h.api_key_id $$, $$ select decode(tests.hash_of(m.label), 'hex') from made as m order by m.id $$,
  'the hash of each key is stored');
select is((select count(*) from studio.api_keys as k, made as m where k::text like '%' || substr(m.key, 12) || '%'), 0::bigint, 'the key itself is stored nowhere');
select tests.act_as_service();
select results_eq($$ select k.* from studio.authenticate_api_key(tests.hash_of('eve')) as k $$,
  $$ select m.id, tests.user_id('eve'), tests.workspace('harbor'), '{chat,embeddings}'::text[] from made as m where m.label = 'eve' $$, 'a key authenticates the member who created it, in its workspace');
select is((select k.last_used_at from studio.api_keys as k where k.name = 'laptop'), now(), 'last_used_at is updated');
select is((select k.last_used_at from studio.api_keys as k where k.name = 'script'), null, 'last_used_at of other keys is not updated');
select results_eq($$ select k.scopes from studio.authenticate_api_key(tests.hash_of('narrow')) as k $$, $$ values ('{embeddings}'::text[]) $$, 'a key returns its scopes');
select is_empty(format('select 1 from studio.authenticate_api_key(%L)', v.hash), v.rule)
from (values
  (repeat('0', 64), 'an unknown key opens nothing'),
  (upper(tests.hash_of('eve')), 'there is one way to write a hash'),
  (left(tests.hash_of('eve'), 62), 'a part of one is none'),
  ((select m.key from made as m where m.label = 'eve'), 'a key is not its hash'),
  ('', 'nothing opens nothing'), (null, 'nor does null')
) as v (hash, rule);
select tests.act_as_owner();
update studio.api_keys set last_used_at = now() - interval '59 seconds' where name = 'laptop';
select lives_ok($$ select studio.authenticate_api_key(tests.hash_of('eve')) $$, 'a second use within a minute succeeds');
select is((select k.last_used_at from studio.api_keys as k where k.name = 'laptop'), now() - interval '59 seconds', 'it does not update last_used_at');

-- expiry, revocation, ban
update studio.api_keys set expires_at = now() where name = 'script';
select is_empty($$ select 1 from studio.authenticate_api_key(tests.hash_of('narrow')) $$, 'an expired key is refused');
update auth.users set banned_until = now() + interval '1 hour' where id = tests.user_id('eve');
select is_empty($$ select 1 from studio.authenticate_api_key(tests.hash_of('eve')) $$, 'a key of a banned user is refused');
update auth.users set banned_until = now() where id = tests.user_id('eve');
select isnt_empty($$ select 1 from studio.authenticate_api_key(tests.hash_of('eve')) $$, 'a key is valid again after the ban');
select tests.act_as('eve');
select lives_ok($$ select studio.revoke_api_key((select m.id from made as m where m.label = 'eve')) $$, 'a member revokes their own key');
select is((select k.revoked_at from studio.api_keys as k where k.name = 'laptop'), now(), 'the time of the revocation is stored');
select throws_ok($$ select studio.revoke_api_key((select m.id from made as m where m.label = 'ann')) $$, 'PT404', 'No such key.', 'a member cannot revoke a key of the admin');
insert into made select 'second', k.* from studio.create_api_key('second') as k;
select tests.act_as('ann');
select lives_ok($$ select studio.revoke_api_key((select m.id from made as m where m.label = 'second')) $$, 'an admin revokes any key of the workspace');
select tests.act_as_service();
select is_empty($$ select 1 from studio.authenticate_api_key(tests.hash_of('eve')) union all select 1 from studio.authenticate_api_key(tests.hash_of('second')) $$, 'a revoked key is refused');

-- leaving the workspace
select tests.act_as('eve');
insert into made select 'leaver', k.* from studio.create_api_key('leaver') as k;
select tests.act_as_owner();
select isnt_empty($$ select 1 from studio.authenticate_api_key(tests.hash_of('leaver')) $$, 'a key of a member is valid');
select tests.act_as('eve');
select lives_ok($$ select public.leave_workspace(tests.workspace('harbor')) $$, 'the member leaves the workspace');
select tests.act_as_owner();
select is_empty($$ select 1 from studio.authenticate_api_key(tests.hash_of('leaver')) $$, 'the key is refused');
select results_eq($$ select k.name from studio.api_keys as k where k.workspace_id = tests.workspace('harbor') $$, array['boss'], 'the key is deleted with the membership');

-- the limit of keys
insert into studio.api_keys (workspace_id, user_id, name, prefix, scopes)
select tests.workspace('harbor'), tests.user_id('ann'), 'n' || n, 'pl_00000000', '{chat}' from generate_series(1, 49) as n;
select tests.act_as('ann');
select throws_ok($$ select studio.create_api_key('x') $$, 'PT409', 'You can have at most 50 active keys in a workspace.', 'more than 50 keys are refused');

select tests.act_as_owner();
insert into studio.api_keys (workspace_id, user_id, name, prefix, scopes)
select tests.workspace('strangers'), tests.user_id('bob'), 'n' || n, 'pl_00000000', '{chat}' from generate_series(1, 49) as n;
update studio.api_keys set revoked_at = now() - interval '1 day' where name = 'n1' and user_id in (tests.user_id('ann'), tests.user_id('bob'));
update studio.api_keys set expires_at = now() where name = 'n2' and user_id = tests.user_id('bob');
select tests.act_as('ann');
select lives_ok($$ select studio.create_api_key('x') $$, 'a key is revoked');
select throws_ok($$ select studio.create_api_key('x') $$, 'PT409', 'You can have at most 50 active keys in a workspace.', 'a revoked key makes room for another');
select lives_ok($$ select studio.revoke_api_key((select k.id from studio.api_keys as k where k.name = 'n1')) $$, 'a revoked key can be revoked again');
select is((select k.revoked_at from studio.api_keys as k where k.name = 'n1'), now() - interval '1 day', 'the time of the first revocation is kept');
select tests.act_as('bob');
select lives_ok($$ select studio.create_api_key('x') from generate_series(1, 3) $$, 'expired keys do not count');
select tests.act_as('kim');
select lives_ok($$ select studio.create_api_key('x') $$, 'keys of colleagues do not count');

-- deleted accounts and invalid rows
select tests.act_as_owner();
update auth.users set deleted_at = now() where id = tests.user_id('ann');
select is_empty($$ select 1 from studio.authenticate_api_key(tests.hash_of('ann')) $$, 'a key of an account that is being deleted is refused');
update auth.users set deleted_at = null where id = tests.user_id('ann');
select isnt_empty($$ select 1 from studio.authenticate_api_key(tests.hash_of('ann')) $$, 'a key of another account is valid');
select throws_ok($$ insert into private.api_key_hashes (workspace_id, api_key_id, key_hash) select k.workspace_id, k.id, sha256(convert_to((select m.key from made as m where m.label = 'ann'), 'UTF8')) from studio.api_keys as k where k.name = 'n3' limit 1 $$,
  '23505', 'duplicate key value violates unique constraint "api_key_hashes_key_hash_key"', 'a hash belongs to one key');
select throws_ok($$ update private.api_key_hashes set key_hash = 'short' $$, '23514', 'new row for relation "api_key_hashes" violates check constraint "api_key_hashes_key_hash_length"', 'a value that is not a hash is refused');
select throws_ok($$ update studio.api_keys set prefix = (select m.key from made as m where m.label = 'ann') where name = 'boss' $$, '23514', 'new row for relation "api_keys" violates check constraint "api_keys_prefix_format"', 'a whole key does not fit into prefix');
select throws_ok($$ update studio.api_keys set scopes = '{chat,chat,chat}' where name = 'boss' $$, '23514', 'new row for relation "api_keys" violates check constraint "api_keys_scopes_length"', 'the number of scopes is bounded');
delete from studio.api_keys where name = 'boss';
select is((select count(*) from private.api_key_hashes as h where h.api_key_id = (select m.id from made as m where m.label = 'ann')), 0::bigint, 'deleting a key deletes its hash');

select * from finish();
rollback;
