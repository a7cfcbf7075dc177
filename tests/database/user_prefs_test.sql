-- Preferences: one row a person, which nobody else reads or writes.
begin;
select plan(37);

-- arrange: Ann and Cal share a workspace, Bob is a stranger
select tests.create_user(u) from unnest(array['ann', 'cal', 'bob']) as u;
insert into public.workspaces (id, name) values (tests.workspace('team'), 'Team');
insert into public.workspace_members (workspace_id, user_id, role, display_name) values
  (tests.workspace('team'), tests.user_id('ann'), 'employee', 'ann'), (tests.workspace('team'), tests.user_id('cal'), 'admin', 'cal');

-- acting as the owner
select tests.act_as('ann');
select is_empty($$ select 1 from public.user_prefs $$, 'at first there is nothing');
select results_eq($$ insert into public.user_prefs (preferences) values ('{"default_model": "small"}') returning user_id, preferences, theme, language $$,
  $$ values (tests.user_id('ann'), '{"default_model": "small"}'::jsonb, 'system', 'en') $$, 'a user stores preferences, and the token names the owner');
select lives_ok($$ insert into public.user_prefs (user_id, preferences) values (tests.user_id('ann'), '{"a": 1}')
  on conflict (user_id) do update set user_id = excluded.user_id, preferences = excluded.preferences $$, 'an upsert may send the id along');
select results_eq($$ update public.user_prefs set theme = 'dark', language = 'pt-BR' returning theme $$, array['dark'], 'a user changes theme and language');
select is(public.set_user_pref('default_model', '"large"'), '{"a": 1, "default_model": "large"}'::jsonb, 'set_user_pref changes one key and keeps the others');
select is(public.set_user_pref('default_model', '{"name": "x"}'), '{"a": 1, "default_model": {"name": "x"}}'::jsonb, 'again, it replaces the value');
select is(public.set_user_pref('a', null), '{"default_model": {"name": "x"}}'::jsonb, 'null removes the key');
select is(public.set_user_pref('a', 'null'), '{"a": null, "default_model": {"name": "x"}}'::jsonb, 'a null of JSON is a value like others');
select results_eq($$ select theme, language from public.user_prefs $$, $$ values ('dark', 'pt-BR') $$, 'theme and language stay as they are');
select throws_ok($$ select public.set_user_pref(null, '1') $$, '22023', 'argument 1: key must not be null', 'a key is needed');
select throws_ok($$ select public.set_user_pref('big', to_jsonb(repeat('x', 65536))) $$, '23514',
  'new row for relation "user_prefs" violates check constraint "user_prefs_preferences_size"', 'preferences end at 64 KiB');
select lives_ok($$ select public.set_user_pref('big', to_jsonb(repeat('x', 65000))) $$, 'below that is fine');
select throws_ok($$ update public.user_prefs set preferences = '[]' $$, '23514',
  'new row for relation "user_prefs" violates check constraint "user_prefs_preferences_object"', 'preferences are an object');
select throws_ok($$ update public.user_prefs set theme = 'pink' $$, '23514',
  'new row for relation "user_prefs" violates check constraint "user_prefs_theme_known"', 'a theme is one of three');
select throws_ok($$ update public.user_prefs set language = 'a language' $$, '23514',
  'new row for relation "user_prefs" violates check constraint "user_prefs_language_format"', 'a language is a tag');
select throws_ok($$ update public.user_prefs set language = 'en-' || repeat('x', 40) $$, '23514',
  'new row for relation "user_prefs" violates check constraint "user_prefs_language_format"', 'a tag ends after 35 characters');
select throws_ok($$ insert into public.user_prefs (user_id) values (tests.user_id('bob')) $$, '42501',
  'new row violates row-level security policy for table "user_prefs"', 'nobody stores preferences for others');
select throws_ok($$ update public.user_prefs set user_id = tests.user_id('bob') $$, '42501',
  'new row violates row-level security policy for table "user_prefs"', 'nobody gives theirs away');
select throws_ok($$ update public.user_prefs set updated_at = now() $$, '42501', 'permission denied for table user_prefs', 'times are not for clients to write');
select throws_ok($$ truncate public.user_prefs $$, '42501', 'permission denied for table user_prefs', 'nobody empties the table');

-- acting as a colleague, a stranger, anon
select tests.act_as('cal');
select is_empty($$ select 1 from public.user_prefs $$, 'a colleague, even an admin, reads nothing');
select is_empty($$ update public.user_prefs set theme = 'light' returning 1 $$, 'a colleague changes nothing');
select is_empty($$ delete from public.user_prefs returning 1 $$, 'a colleague deletes nothing');
select throws_ok($$ insert into public.user_prefs (user_id, theme) values (tests.user_id('ann'), 'light')
  on conflict (user_id) do update set theme = excluded.theme $$, '42501',
  'new row violates row-level security policy for table "user_prefs"', 'an upsert is no way around');
select tests.act_as('bob');
select is_empty($$ select 1 from public.user_prefs $$, 'a stranger reads nothing');
select is_empty($$ update public.user_prefs set theme = 'light' returning 1 $$, 'a stranger changes nothing');
select is_empty($$ delete from public.user_prefs returning 1 $$, 'a stranger deletes nothing');
select is(public.set_user_pref('x', '1'), '{"x": 1}'::jsonb, 'a first preference makes the row');
select results_eq($$ select user_id from public.user_prefs $$, $$ select tests.user_id('bob') $$, 'of the caller');
select tests.act_as_anon();
select throws_ok($$ select 1 from public.user_prefs $$, '42501', 'permission denied for table user_prefs', 'anon reads nothing');
select throws_ok($$ insert into public.user_prefs (theme) values ('dark') $$, '42501', 'permission denied for table user_prefs', 'anon stores nothing');
select throws_ok($$ select public.set_user_pref('x', '1') $$, '42501', 'permission denied for function set_user_pref', 'not by the function either');

select tests.act_as_owner();
select results_eq($$ select theme, preferences -> 'a' from public.user_prefs where user_id = tests.user_id('ann') $$,
  $$ values ('dark', 'null'::jsonb) $$, 'the preferences survived every refused write');
update public.user_prefs set updated_at = '2020-01-01' where user_id = tests.user_id('ann');
select is((select updated_at from public.user_prefs where user_id = tests.user_id('ann')), now(), 'a change is stamped, whatever the client says');
select tests.act_as('ann');
select results_eq($$ delete from public.user_prefs returning theme $$, array['dark'], 'a user deletes their preferences');
select tests.act_as_service();
select results_eq($$ select theme from public.user_prefs where preferences ? 'x' $$, array['system'], 'the service reads every row');
select lives_ok($$ delete from public.user_prefs $$, 'and deletes any');

select * from finish();
rollback;
