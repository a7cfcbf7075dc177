-- Task lists: four system lists for everyone, others by choice, all of them private to their owner.
begin;
select plan(34);

-- arrange: Ann owns lists; Bob shares nothing with her
select tests.create_user('ann');
select tests.create_user('bob');

select results_eq(
  $$ select name, icon, system_type, is_system, sort_order from dashboard.task_lists
     where user_id = tests.user_id('ann') order by sort_order $$,
  $$ values ('Inbox', 'inbox', 'inbox', true, 0), ('My Day', 'sun', 'my_day', true, 1),
            ('Important', 'star', 'important', true, 2), ('Planned', 'calendar', 'planned', true, 3) $$,
  'sign-up gives everyone the four system lists');

-- acting as the owner
select tests.act_as('ann');
select results_eq(
  $$ insert into dashboard.task_lists (name, icon, color) values ('Groceries', 'cart', '#22c55e')
     returning user_id, system_type, is_system, sort_order, is_collapsed, show_completed $$,
  $$ values (tests.user_id('ann'), null::text, false, 4, false, true) $$,
  'a new list belongs to the caller and stands after the last one');
select lives_ok($$ insert into dashboard.task_lists (user_id, name) values (tests.user_id('ann'), 'Groceries') $$,
  'naming oneself as owner is allowed, and names may repeat');
select results_eq($$ select sort_order from dashboard.task_lists where name = 'Groceries' order by id $$, array[4, 5],
  'lists of one name have places of their own');
select results_eq(
  $$ with added as (insert into dashboard.task_lists (name) values ('A'), ('B'), ('C') returning id, name, sort_order)
     select name, sort_order from added order by id $$,
  $$ values ('A', 6), ('B', 7), ('C', 8) $$, 'lists added in one statement get consecutive places');
select results_eq(
  $$ update dashboard.task_lists set name = 'Today' where system_type = 'my_day' returning name, is_system $$,
  $$ values ('Today', true) $$, 'a system list can be renamed');
select throws_ok($$ delete from dashboard.task_lists where system_type = 'inbox' $$,
  'PT409', 'A system list cannot be deleted.', 'a system list cannot be deleted');
select throws_ok($$ update dashboard.task_lists set is_system = true $$,
  '428C9', 'column "is_system" can only be updated to DEFAULT', 'nobody declares a list a system list');
select throws_ok($$ insert into dashboard.task_lists (name, is_system) values ('x', true) $$,
  '428C9', 'cannot insert a non-DEFAULT value into column "is_system"', 'nobody adds a system list by its flag');
select throws_ok($$ insert into dashboard.task_lists (name, system_type) values ('x', 'inbox') $$,
  '42501', 'permission denied for table task_lists', 'nobody adds a system list by its type');
select throws_ok($$ update dashboard.task_lists set system_type = null $$,
  '42501', 'permission denied for table task_lists', 'nobody turns a system list into an ordinary one');
select throws_ok($$ insert into dashboard.task_lists (user_id, name) values (tests.user_id('bob'), 'x') $$,
  '42501', 'new row violates row-level security policy for table "task_lists"', 'a list cannot be added for someone else');
select throws_ok($$ update dashboard.task_lists set user_id = tests.user_id('bob') $$,
  'PT409', 'A row of dashboard.task_lists cannot change its owner.', 'a list cannot be given away');
select results_eq($$ delete from dashboard.task_lists where name = 'C' returning name $$, array['C'],
  'an owner deletes an ordinary list');

select throws_ok($$ insert into dashboard.task_lists (name) values ('') $$, '23514',
  'new row for relation "task_lists" violates check constraint "task_lists_name_length"', 'a name is not empty');
select throws_ok($$ insert into dashboard.task_lists (name) values (repeat('x', 101)) $$, '23514',
  'new row for relation "task_lists" violates check constraint "task_lists_name_length"', 'a name ends at 100 characters');
select lives_ok($$ insert into dashboard.task_lists (name) values (repeat('x', 100)) $$, 'a name may have 100 characters');
select throws_ok($$ insert into dashboard.task_lists (name, icon) values ('x', repeat('x', 51)) $$, '23514',
  'new row for relation "task_lists" violates check constraint "task_lists_icon_length"', 'an icon name is bounded');
select throws_ok($$ insert into dashboard.task_lists (name, color) values ('x', repeat('x', 51)) $$, '23514',
  'new row for relation "task_lists" violates check constraint "task_lists_color_length"', 'a colour is bounded');
select throws_ok($$ insert into dashboard.task_lists (name, group_name) values ('x', repeat('x', 101)) $$, '23514',
  'new row for relation "task_lists" violates check constraint "task_lists_group_name_length"', 'a group name is bounded');

-- acting as a stranger
select tests.act_as('bob');
select is_empty($$ select 1 from dashboard.task_lists where user_id <> tests.user_id('bob') $$, 'a stranger reads no list of others');
select results_eq($$ select count(*) from dashboard.task_lists $$, array[4::bigint], 'a stranger has lists of their own');
select results_eq($$ with edited as (update dashboard.task_lists set color = 'red' returning 1) select count(*) from edited $$,
  array[4::bigint], 'a stranger edits only their own');
select tests.act_as_owner();
alter table dashboard.task_lists disable trigger task_lists_keep_system_lists_on_delete;
select tests.act_as('bob');
select results_eq($$ with deleted as (delete from dashboard.task_lists returning 1) select count(*) from deleted $$,
  array[4::bigint], 'a stranger deletes only their own');
select tests.act_as_owner();
alter table dashboard.task_lists enable trigger task_lists_keep_system_lists_on_delete;

-- acting as anon
select tests.act_as_anon();
select throws_ok($$ select 1 from dashboard.task_lists $$, '42501', 'permission denied for table task_lists', 'anon is refused by grants');

-- acting as the service role, which passes the policies but not the rules
select tests.act_as_service();
select throws_ok(
  $$ update dashboard.task_lists set user_id = tests.user_id('bob') where name = 'Groceries' $$,
  'PT409', 'A row of dashboard.task_lists cannot change its owner.', 'not even the service moves a list to another user');
select throws_ok($$ delete from dashboard.task_lists where system_type = 'inbox' $$,
  'PT409', 'A system list cannot be deleted.', 'not even the service deletes a system list');
select throws_ok(
  $$ insert into dashboard.task_lists (user_id, name, system_type) values (tests.user_id('ann'), 'x', 'inbox') $$,
  '23505', 'duplicate key value violates unique constraint "task_lists_user_id_system_type_key"', 'a user has one Inbox');
select throws_ok(
  $$ insert into dashboard.task_lists (user_id, name, system_type) values (tests.user_id('ann'), 'x', 'archive') $$,
  '23514', 'new row for relation "task_lists" violates check constraint "task_lists_system_type_allowed"',
  'there is no other kind of system list');

-- the refusals above were not vacuous: the rows are there
select tests.act_as_owner();
select results_eq($$ select count(*) from dashboard.task_lists where user_id = tests.user_id('ann') and name = 'Groceries' $$,
  array[2::bigint], 'the lists survived every refused write');
select tests.create_user('cal');
select results_eq($$ insert into dashboard.task_lists (user_id, name) values (tests.user_id('cal'), 'Imported') returning sort_order $$, array[4],
  'an imported list has its place among those of its owner');
alter table dashboard.task_lists disable trigger task_lists_place_on_write;
select throws_ok($$ update dashboard.task_lists set sort_order = -1 $$, '23514',
  'new row for relation "task_lists" violates check constraint "task_lists_sort_order_not_negative"', 'no list is stored without a place');
do $$ begin perform set_config('tests.ann', tests.user_id('ann')::text, true); end $$; -- the name is gone with the account
select lives_ok($$ delete from auth.users where id = tests.user_id('ann') $$, 'an account can be deleted, system lists and all');
select is_empty($$ select 1 from dashboard.task_lists where user_id = current_setting('tests.ann')::uuid $$, 'its lists leave with it');

select * from finish();
rollback;
