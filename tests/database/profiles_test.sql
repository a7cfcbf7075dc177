-- Profiles: what sign-up makes of a new account, who may see and change it, and the days it decides.
begin;
select plan(54);

-- arrange: Ann and Cal share Ann's workspace, Bob is a stranger to both
select tests.create_user('ann', '{"display_name": "Ann Lee", "avatar_url": "https://pics.example/ann.png", "time_zone": "Pacific/Auckland"}');
select tests.create_user('cal');
select tests.create_user('bob');
insert into public.workspaces (id, name) values (tests.workspace('team'), 'Team');
insert into public.workspace_members (workspace_id, user_id, role, display_name)
values (tests.workspace('team'), tests.user_id('ann'), 'admin', 'Ann Lee'), (tests.workspace('team'), tests.user_id('cal'), 'employee', 'cal');

-- sign-up
select results_eq(
  $$ select p.display_name, p.avatar_url, p.time_zone from public.profiles as p where p.id = tests.user_id('ann') $$,
  $$ values ('Ann Lee', 'https://pics.example/ann.png', 'Pacific/Auckland') $$, 'sign-up takes name, picture and time zone from the metadata');
select results_eq(
  $$ select p.display_name, p.avatar_url, p.time_zone from public.profiles as p where p.id = tests.user_id('cal') $$,
  $$ values ('cal', null::text, 'UTC') $$, 'without metadata the name comes from the address, and the zone is UTC');
select results_eq(
  $$ select w.name, m.role, m.display_name, m.avatar_url
     from public.profiles as p
     join public.workspaces as w on w.id = p.active_workspace_id and w.personal_of = p.id
     join public.workspace_members as m on m.workspace_id = w.id and m.user_id = p.id
     where p.id = tests.user_id('ann') $$,
  $$ values ('Ann Lee''s space', 'admin'::public.app_role, 'Ann Lee', 'https://pics.example/ann.png') $$,
  'sign-up makes a personal workspace, the user its admin, and makes it active');
select is((select count(*) from public.workspace_members where user_id = tests.user_id('cal') and workspace_id <> tests.workspace('team')),
  1::bigint, 'sign-up makes exactly one membership');

select tests.create_user('sly', '{"role": "admin", "user_role": "admin", "app_role": "admin", "workspace_id": "00000000-0000-4000-8000-000000000000", "is_super_admin": true}');
select is_empty($$ select 1 from public.workspace_members as m join public.workspaces as w on w.id = m.workspace_id
  where m.user_id = tests.user_id('sly') and w.personal_of is distinct from m.user_id $$,
  'no metadata opens a workspace of others');
select lives_ok($$ select tests.create_user('long', jsonb_build_object('display_name', repeat('x', 5000), 'time_zone', repeat('y', 5000),
  'avatar_url', 'https://pics.example/' || repeat('z', 5000))) $$, 'values that are too long do not fail a sign-up');
select results_eq($$ select char_length(display_name), time_zone, avatar_url from public.profiles where id = tests.user_id('long') $$,
  $$ values (100, 'UTC', null::text) $$, 'they are cut or dropped');
select lives_ok($$ select tests.create_user('odd', '{"display_name": {"a": 1}, "full_name": ["b"], "avatar_url": 7, "time_zone": null}') $$,
  'values of another type do not fail a sign-up');
select lives_ok($$ select tests.create_user('list', '[1, 2]') $$, 'metadata that is a list does not fail a sign-up');
select lives_ok($$ select tests.create_user('scalar', '"text"') $$, 'metadata that is text does not fail a sign-up');
select lives_ok($$ select tests.create_user('blank', E'{"display_name": " \\n\\t ", "full_name": "Blank\\u0007 Name"}') $$,
  'a blank name does not fail a sign-up');
select is((select display_name from public.profiles where id = tests.user_id('blank')), 'Blank Name',
  'the next name that says something is taken, without control characters');
select lives_ok($$ select tests.create_user('script', '{"avatar_url": "javascript:alert(1)", "time_zone": "PST"}') $$,
  'a picture that is a script does not fail a sign-up');
select results_eq($$ select avatar_url, time_zone from public.profiles where id = tests.user_id('script') $$,
  $$ values (null::text, 'UTC') $$, 'but is dropped, as is an abbreviation for a time zone');
select lives_ok($$ insert into auth.users (id, email, raw_user_meta_data) values ('00000000-0000-4000-8000-00000000000a', null, null) $$,
  'an account without address and metadata, as anonymous sign-in makes it, is welcome');
select is((select display_name from public.profiles where id = '00000000-0000-4000-8000-00000000000a'), 'New user', 'and has a name all the same');

-- acting as the owner
select tests.act_as('ann');
select results_eq($$ select id from public.profiles $$, $$ select tests.user_id('ann') $$, 'a user reads one profile, their own');
select results_eq($$ update public.profiles set display_name = 'Ann B. Lee', avatar_url = null, time_zone = 'Asia/Tokyo' returning display_name $$,
  array['Ann B. Lee'], 'a user changes how they are shown and where they live');
select results_eq($$ select display_name, avatar_url from public.workspace_members where user_id = tests.user_id('ann') group by 1, 2 $$,
  $$ values ('Ann B. Lee', null::text) $$, 'every membership shows the new face');
select results_eq($$ select display_name from public.workspace_members where user_id = tests.user_id('cal') $$, array['cal'], 'and nobody else''s membership does');
select throws_ok($$ update public.profiles set time_zone = 'Mars/Olympus' $$, '22023', 'time_zone is unknown.', 'an unknown time zone is refused');
select throws_ok($$ update public.profiles set time_zone = 'PST' $$, '22023', 'time_zone is unknown.', 'an abbreviation is refused');
select throws_ok($$ update public.profiles set time_zone = 'Foo/Bar+3' $$, '22023', 'time_zone is unknown.', 'a POSIX rule is refused');
select throws_ok($$ update public.profiles set time_zone = '' $$, '22023', 'time_zone is unknown.', 'an empty time zone is refused');
select lives_ok($$ update public.profiles set time_zone = 'UTC' $$, 'UTC is a time zone');
select throws_ok($$ update public.profiles set display_name = '' $$, '23514',
  'new row for relation "profiles" violates check constraint "profiles_display_name_length"', 'a name says something');
select throws_ok($$ update public.profiles set display_name = '   ' $$, '23514',
  'new row for relation "profiles" violates check constraint "profiles_display_name_length"', 'blanks say nothing');
select throws_ok($$ update public.profiles set display_name = repeat('x', 101) $$, '23514',
  'new row for relation "profiles" violates check constraint "profiles_display_name_length"', 'a name ends after 100 characters');
select lives_ok($$ update public.profiles set display_name = repeat('x', 100) $$, 'a name of 100 characters is fine');
select throws_ok($$ update public.profiles set avatar_url = 'javascript:alert(1)' $$, '23514',
  'new row for relation "profiles" violates check constraint "profiles_avatar_url_format"', 'a picture is at a web address');
select throws_ok($$ update public.profiles set avatar_url = 'https://pics.example/' || repeat('x', 2000) $$, '23514',
  'new row for relation "profiles" violates check constraint "profiles_avatar_url_format"', 'an address ends after 2000 characters');
select throws_ok($$ update public.profiles set active_workspace_id = null $$, '42501', 'permission denied for table profiles',
  'the active workspace changes through switch_workspace only');
select throws_ok($$ update public.profiles set id = gen_random_uuid() $$, 'PT409', 'A row of public.profiles keeps its id.', 'nobody becomes someone else');
select throws_ok($$ insert into public.profiles (id, display_name) values (gen_random_uuid(), 'x') $$, '42501',
  'new row violates row-level security policy for table "profiles"', 'nobody adds a profile for somebody else');
select throws_ok($$ delete from public.profiles $$, '42501', 'permission denied for table profiles', 'nobody deletes a profile');
select throws_ok($$ truncate public.profiles $$, '42501', 'permission denied for table profiles', 'nobody empties the table');
select throws_ok($$ select private.today_of(tests.user_id('cal')) $$, '42501', 'permission denied for schema private',
  'the date of others is not asked for');

-- acting as a colleague, a stranger, anon
select tests.act_as('cal');
select is_empty($$ select 1 from public.profiles where id = tests.user_id('ann') $$, 'a colleague does not read the profile');
select is_empty($$ update public.profiles set display_name = 'x' where id = tests.user_id('ann') returning 1 $$, 'a colleague does not change it');
select results_eq($$ select display_name from public.workspace_members where user_id = tests.user_id('ann') $$,
  array[repeat('x', 100)], 'a colleague knows the name from the membership they share');
select tests.act_as('bob');
select is_empty($$ select 1 from public.profiles where id = tests.user_id('ann') $$, 'a stranger does not read the profile');
select is_empty($$ update public.profiles set display_name = 'x' where id = tests.user_id('ann') returning 1 $$, 'a stranger does not change it');
select tests.act_as_anon();
select throws_ok($$ select 1 from public.profiles $$, '42501', 'permission denied for table profiles', 'anon is refused');
select throws_ok($$ update public.profiles set display_name = 'x' $$, '42501', 'permission denied for table profiles', 'anon changes nothing');

select tests.act_as_owner();
select results_eq($$ select display_name, time_zone from public.profiles where id = tests.user_id('ann') $$,
  $$ values (repeat('x', 100), 'UTC') $$, 'the profile survived every refused write');

-- the day of a person: UTC+14 and UTC-11 are never on the same date
update public.profiles set time_zone = 'Pacific/Kiritimati' where id = tests.user_id('ann');
update public.profiles set time_zone = 'Pacific/Pago_Pago' where id = tests.user_id('cal');
select is(private.today_of(tests.user_id('ann')), (now() at time zone 'Pacific/Kiritimati')::date, 'today is the date where the person lives');
select cmp_ok(private.today_of(tests.user_id('ann')), '>', private.today_of(tests.user_id('cal')), 'two people can live on different days');
select is(private.today_of(gen_random_uuid()), (now() at time zone 'UTC')::date, 'for nobody, today is the date of UTC');
create table tests.days (zone text default private.my_time_zone(), day date default private.my_today());
grant insert, select on tests.days to authenticated;
select tests.act_as('ann');
select results_eq($$ insert into tests.days default values returning zone, day $$,
  $$ values ('Pacific/Kiritimati', (now() at time zone 'Pacific/Kiritimati')::date) $$, 'defaults know the zone and the day of the caller');
select tests.act_as('cal');
select results_eq($$ insert into tests.days default values returning zone, day $$,
  $$ values ('Pacific/Pago_Pago', (now() at time zone 'Pacific/Pago_Pago')::date) $$, 'each caller their own');

-- the service key
select tests.act_as_service();
select cmp_ok((select count(*) from public.profiles), '>=', 3::bigint, 'the service reads every profile');
select lives_ok($$ update public.profiles set active_workspace_id = null where id = tests.user_id('cal') $$, 'the service writes every column');

select tests.act_as_owner();
update public.profiles set updated_at = '2020-01-01' where id = tests.user_id('ann');
select is((select updated_at from public.profiles where id = tests.user_id('ann')), now(), 'a change is stamped, whatever the client says');
select throws_ok($$ insert into public.profiles (id, display_name) values (gen_random_uuid(), 'x') $$, '23503',
  'insert or update on table "profiles" violates foreign key constraint "profiles_id_fkey"', 'a profile belongs to an account');

select * from finish();
rollback;
