-- Keys of programs: made, shown once, kept as a hash, good for one member in one workspace, and gone with them.
begin;
select plan(64);

select tests.create_team('harbor', 'ann admin', 'eve employee', 'kim manager');
select tests.create_team('strangers', 'bob admin');
create temporary table made (label text, id bigint, key text, prefix text, created_at timestamptz);
grant all on made to authenticated, service_role;

-- acting as a member
select tests.act_as('eve');
insert into made select 'eve', k.* from studio.create_api_key('laptop') as k;
select matches((select m.key from made as m), '^pl_[0-9a-f]{64}$', 'a key is 256 random bits, and can be told from others');
select is((select m.prefix from made as m), (select left(m.key, 11) from made as m), 'its beginning is kept');
select results_eq($$ select k.workspace_id, k.user_id, k.name, k.prefix, k.scopes, k.expires_at, k.revoked_at, k.last_used_at from studio.api_keys as k $$,
  $$ select tests.workspace('harbor'), tests.user_id('eve'), 'laptop', m.prefix, '{chat,embeddings}'::text[], null::timestamptz, null::timestamptz, null::timestamptz from made as m $$,
  'it is of the member who made it, in the active workspace, for everything, without an end');
insert into made select 'narrow', k.* from studio.create_api_key('script', '{embeddings,embeddings}', now() + interval '1 day', tests.workspace('harbor')) as k;
select results_eq($$ select k.scopes, k.expires_at from studio.api_keys as k where k.name = 'script' $$, $$ values ('{embeddings}'::text[], now() + interval '1 day') $$,
  'or for less, and for a time');
select isnt((select m.key from made as m where m.label = 'eve'), (select m.key from made as m where m.label = 'narrow'), 'no two are alike');
select throws_ok($$ select studio.create_api_key('x', workspace_id => tests.workspace('strangers')) $$, 'PT404', 'No such workspace.', 'nobody makes one for a workspace of others');
select throws_ok($$ select studio.create_api_key('x', workspace_id => gen_random_uuid()) $$, 'PT404', 'No such workspace.', 'which is told as one that is not there');
select throws_ok($$ select studio.create_api_key('x', expires_at => now()) $$, '22023', 'expires_at must be in the future.', 'nor one that has ended');
select throws_ok($$ select studio.create_api_key('x', '{chat,admin}') $$, '23514', 'new row for relation "api_keys" violates check constraint "api_keys_scopes_known"', 'nor for what there is not');
select throws_ok($$ select studio.create_api_key('x', '{}') $$, '23514', 'new row for relation "api_keys" violates check constraint "api_keys_scopes_known"', 'nor for nothing');
select throws_ok($$ select studio.create_api_key(' ') $$, '23514', 'new row for relation "api_keys" violates check constraint "api_keys_name_length"', 'a key has a name');
select throws_ok($$ select studio.create_api_key(repeat('x', 101)) $$, '23514', 'new row for relation "api_keys" violates check constraint "api_keys_name_length"', 'of 100 characters at most');
select throws_ok($$ insert into studio.api_keys (workspace_id, user_id, name, prefix, scopes) values (tests.workspace('harbor'), tests.user_id('eve'), 'x', 'pl_00000000', '{chat}') $$,
  '42501', 'permission denied for table api_keys', 'nobody writes one past the function');
select throws_ok($$ update studio.api_keys set revoked_at = null, expires_at = null $$, '42501', 'permission denied for table api_keys', 'nor brings one back');
select throws_ok($$ delete from studio.api_keys $$, '42501', 'permission denied for table api_keys', 'nor wipes one away');
select throws_ok($$ select 1 from private.api_key_hashes $$, '42501', 'permission denied for schema private', 'and no one sees the hashes');
select throws_ok($$ select studio.authenticate_api_key(repeat('0', 64)) $$, '42501', 'permission denied for function authenticate_api_key', 'nor asks whose a key is');

-- acting as others
select tests.act_as('kim');
select is_empty($$ select 1 from studio.api_keys $$, 'a colleague sees no keys of others');
select throws_ok($$ select studio.revoke_api_key((select m.id from made as m where m.label = 'eve')) $$, 'PT404', 'No such key.', 'and revokes none');
select tests.act_as('ann');
select results_eq($$ select k.name from studio.api_keys as k order by k.name $$, array['laptop', 'script'], 'an admin sees all of the workspace');
insert into made select 'ann', k.* from studio.create_api_key('boss') as k;
select tests.act_as('bob');
select is_empty($$ select 1 from studio.api_keys $$, 'a stranger sees none');
select throws_ok($$ select studio.revoke_api_key((select m.id from made as m where m.label = 'eve')) $$, 'PT404', 'No such key.', 'and is told nothing');
select tests.act_as_anon();
select throws_ok($$ select 1 from studio.api_keys $$, '42501', 'permission denied for table api_keys', 'anon sees none');
select throws_ok($$ select studio.create_api_key('x') $$, '42501', 'permission denied for function create_api_key', 'and makes none');

-- acting as the service: whose is it?
select tests.act_as_owner();
create function tests.hash_of(label text) returns text language sql security definer as $$ select encode(sha256(convert_to(m.key, 'UTF8')), 'hex') from pg_temp.made as m where m.label = hash_of.label $$;
grant execute on function tests.hash_of(text) to service_role;
select results_eq($$ select h.key_hash from private.api_key_hashes as h where h.api_key_id in (select m.id from made as m) order by h.api_key_id $$, $$ select decode(tests.hash_of(m.label), 'hex') from made as m order by m.id $$,
  'a hash is kept of each');
select is((select count(*) from studio.api_keys as k, made as m where k::text like '%' || substr(m.key, 12) || '%'), 0::bigint, 'and the key itself nowhere');
select tests.act_as_service();
select results_eq($$ select k.* from studio.authenticate_api_key(tests.hash_of('eve')) as k $$,
  $$ select m.id, tests.user_id('eve'), tests.workspace('harbor'), '{chat,embeddings}'::text[] from made as m where m.label = 'eve' $$, 'a key acts as the member who made it, in its workspace');
select is((select k.last_used_at from studio.api_keys as k where k.name = 'laptop'), now(), 'when it was used is kept');
select is((select k.last_used_at from studio.api_keys as k where k.name = 'script'), null, 'of that one alone');
select results_eq($$ select k.scopes from studio.authenticate_api_key(tests.hash_of('narrow')) as k $$, $$ values ('{embeddings}'::text[]) $$, 'one with less opens less');
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
select lives_ok($$ select studio.authenticate_api_key(tests.hash_of('eve')) $$, 'another use within the minute');
select is((select k.last_used_at from studio.api_keys as k where k.name = 'laptop'), now() - interval '59 seconds', 'writes nothing');

-- an end, a withdrawal, a ban
update studio.api_keys set expires_at = now() where name = 'script';
select is_empty($$ select 1 from studio.authenticate_api_key(tests.hash_of('narrow')) $$, 'a key that has ended opens nothing');
update auth.users set banned_until = now() + interval '1 hour' where id = tests.user_id('eve');
select is_empty($$ select 1 from studio.authenticate_api_key(tests.hash_of('eve')) $$, 'nor does one of somebody who is banned');
update auth.users set banned_until = now() where id = tests.user_id('eve');
select isnt_empty($$ select 1 from studio.authenticate_api_key(tests.hash_of('eve')) $$, 'until the ban is over');
select tests.act_as('eve');
select lives_ok($$ select studio.revoke_api_key((select m.id from made as m where m.label = 'eve')) $$, 'a member revokes their own');
select is((select k.revoked_at from studio.api_keys as k where k.name = 'laptop'), now(), 'which is kept');
select throws_ok($$ select studio.revoke_api_key((select m.id from made as m where m.label = 'ann')) $$, 'PT404', 'No such key.', 'and not one of the admin');
insert into made select 'second', k.* from studio.create_api_key('second') as k;
select tests.act_as('ann');
select lives_ok($$ select studio.revoke_api_key((select m.id from made as m where m.label = 'second')) $$, 'an admin revokes any of the workspace');
select tests.act_as_service();
select is_empty($$ select 1 from studio.authenticate_api_key(tests.hash_of('eve')) union all select 1 from studio.authenticate_api_key(tests.hash_of('second')) $$, 'and a revoked key opens nothing');

-- leaving
select tests.act_as('eve');
insert into made select 'leaver', k.* from studio.create_api_key('leaver') as k;
select tests.act_as_owner();
select isnt_empty($$ select 1 from studio.authenticate_api_key(tests.hash_of('leaver')) $$, 'a member''s key opens');
select tests.act_as('eve');
select lives_ok($$ select public.leave_workspace(tests.workspace('harbor')) $$, 'and when the member leaves');
select tests.act_as_owner();
select is_empty($$ select 1 from studio.authenticate_api_key(tests.hash_of('leaver')) $$, 'it opens nothing');
select results_eq($$ select k.name from studio.api_keys as k where k.workspace_id = tests.workspace('harbor') $$, array['boss'], 'it went with the membership');

-- too many
insert into studio.api_keys (workspace_id, user_id, name, prefix, scopes)
select tests.workspace('harbor'), tests.user_id('ann'), 'n' || n, 'pl_00000000', '{chat}' from generate_series(1, 49) as n;
select tests.act_as('ann');
select throws_ok($$ select studio.create_api_key('x') $$, 'PT409', 'You can have at most 50 active keys in a workspace.', 'fifty are enough');

select tests.act_as_owner();
insert into studio.api_keys (workspace_id, user_id, name, prefix, scopes)
select tests.workspace('strangers'), tests.user_id('bob'), 'n' || n, 'pl_00000000', '{chat}' from generate_series(1, 49) as n;
update studio.api_keys set revoked_at = now() - interval '1 day' where name = 'n1' and user_id in (tests.user_id('ann'), tests.user_id('bob'));
update studio.api_keys set expires_at = now() where name = 'n2' and user_id = tests.user_id('bob');
select tests.act_as('ann');
select lives_ok($$ select studio.create_api_key('x') $$, 'a revoked one does not count');
select throws_ok($$ select studio.create_api_key('x') $$, 'PT409', 'You can have at most 50 active keys in a workspace.', 'and makes room for one');
select lives_ok($$ select studio.revoke_api_key((select k.id from studio.api_keys as k where k.name = 'n1')) $$, 'what is revoked can be revoked again');
select is((select k.revoked_at from studio.api_keys as k where k.name = 'n1'), now() - interval '1 day', 'and remains so since it first was');
select tests.act_as('bob');
select lives_ok($$ select studio.create_api_key('x') from generate_series(1, 3) $$, 'one that has ended does not count either');
select tests.act_as('kim');
select lives_ok($$ select studio.create_api_key('x') $$, 'and what a colleague has does not');

-- what is left of a person, and what is not stored
select tests.act_as_owner();
update auth.users set deleted_at = now() where id = tests.user_id('ann');
select is_empty($$ select 1 from studio.authenticate_api_key(tests.hash_of('ann')) $$, 'a key of an account that is being deleted opens nothing');
update auth.users set deleted_at = null where id = tests.user_id('ann');
select isnt_empty($$ select 1 from studio.authenticate_api_key(tests.hash_of('ann')) $$, 'of one that is not, it does');
select throws_ok($$ insert into private.api_key_hashes (api_key_id, key_hash) select k.id, sha256(convert_to((select m.key from made as m where m.label = 'ann'), 'UTF8')) from studio.api_keys as k where k.name = 'n3' limit 1 $$,
  '23505', 'duplicate key value violates unique constraint "api_key_hashes_key_hash_key"', 'a hash leads to one key');
select throws_ok($$ update private.api_key_hashes set key_hash = 'short' $$, '23514', 'new row for relation "api_key_hashes" violates check constraint "api_key_hashes_key_hash_length"', 'and is one');
select throws_ok($$ update studio.api_keys set prefix = (select m.key from made as m where m.label = 'ann') where name = 'boss' $$, '23514', 'new row for relation "api_keys" violates check constraint "api_keys_prefix_format"', 'a whole key fits nowhere');
select throws_ok($$ update studio.api_keys set scopes = '{chat,chat,chat}' where name = 'boss' $$, '23514', 'new row for relation "api_keys" violates check constraint "api_keys_scopes_length"', 'scopes are few');
delete from studio.api_keys where name = 'boss';
select is((select count(*) from private.api_key_hashes as h where h.api_key_id = (select m.id from made as m where m.label = 'ann')), 0::bigint, 'the hash goes with the key');

select * from finish();
rollback;
