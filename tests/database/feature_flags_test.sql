-- Feature flags: signed-in people read them, only operators write them.
begin;
select plan(22);

select tests.create_user(u) from unnest(array['ann', 'bob']) as u;
insert into public.workspaces (id, name) values (tests.workspace('team'), 'Team');
insert into public.workspace_members (workspace_id, user_id, role, display_name) values (tests.workspace('team'), tests.user_id('ann'), 'admin', 'ann');

-- acting as the service
select tests.act_as_service();
select lives_ok($$ insert into public.feature_flags (key, description, payload) values ('night_mode', 'Dark screens.', '{"from": 20}') $$, 'the service adds a flag');
select results_eq($$ select enabled from public.feature_flags where key = 'night_mode' $$, array[false], 'a new flag is off');
select results_eq($$ update public.feature_flags set enabled = true where key = 'night_mode' returning key $$, array['night_mode'], 'the service switches it on');
select throws_ok($$ insert into public.feature_flags (key, description) values ('Night Mode', 'x') $$, '23514',
  'new row for relation "feature_flags" violates check constraint "feature_flags_key_format"', 'a key is in snake case');
select throws_ok($$ insert into public.feature_flags (key, description) values (repeat('x', 101), 'x') $$, '23514',
  'new row for relation "feature_flags" violates check constraint "feature_flags_key_format"', 'a key ends after 100 characters');
select throws_ok($$ insert into public.feature_flags (key, description) values ('x', '') $$, '23514',
  'new row for relation "feature_flags" violates check constraint "feature_flags_description_length"', 'a flag is described');
select throws_ok($$ insert into public.feature_flags (key, description) values ('x', repeat('x', 501)) $$, '23514',
  'new row for relation "feature_flags" violates check constraint "feature_flags_description_length"', 'in 500 characters');
select throws_ok($$ insert into public.feature_flags (key, description, payload) values ('x', 'x', '[]') $$, '23514',
  'new row for relation "feature_flags" violates check constraint "feature_flags_payload_object"', 'a payload is an object');
select throws_ok($$ insert into public.feature_flags (key, description, payload) values ('x', 'x', jsonb_build_object('a', repeat('x', 16384))) $$, '23514',
  'new row for relation "feature_flags" violates check constraint "feature_flags_payload_size"', 'of 16 KiB');
select throws_ok($$ insert into public.feature_flags (key, description) values ('night_mode', 'x') $$, '23505',
  'duplicate key value violates unique constraint "feature_flags_pkey"', 'a key is used once');

-- acting as an admin of some workspace, as somebody, as anon
select tests.act_as('ann');
select results_eq($$ select enabled, payload from public.feature_flags where key = 'night_mode' $$, $$ values (true, '{"from": 20}'::jsonb) $$, 'a signed-in user reads the flags');
select throws_ok($$ insert into public.feature_flags (key, description) values ('x', 'x') $$, '42501', 'permission denied for table feature_flags', 'an admin of a workspace adds none');
select throws_ok($$ update public.feature_flags set enabled = false $$, '42501', 'permission denied for table feature_flags', 'switches none');
select throws_ok($$ delete from public.feature_flags $$, '42501', 'permission denied for table feature_flags', 'deletes none');
select throws_ok($$ truncate public.feature_flags $$, '42501', 'permission denied for table feature_flags', 'and empties no table');
select tests.act_as('bob');
select isnt_empty($$ select 1 from public.feature_flags where key = 'night_mode' $$, 'so does everybody else who signed in');
select throws_ok($$ update public.feature_flags set enabled = false $$, '42501', 'permission denied for table feature_flags', 'who switches nothing either');
select tests.act_as_anon();
select throws_ok($$ select 1 from public.feature_flags $$, '42501', 'permission denied for table feature_flags', 'anon reads no flag');
select throws_ok($$ update public.feature_flags set enabled = false $$, '42501', 'permission denied for table feature_flags', 'and switches none');

select tests.act_as_owner();
select results_eq($$ select enabled from public.feature_flags where key = 'night_mode' $$, array[true], 'the flag survived every refused write');
update public.feature_flags set updated_at = '2020-01-01' where key = 'night_mode';
select is((select updated_at from public.feature_flags where key = 'night_mode'), now(), 'a change is stamped');
select tests.act_as_service();
select results_eq($$ delete from public.feature_flags where key = 'night_mode' returning key $$, array['night_mode'], 'the service deletes it');

select * from finish();
rollback;
