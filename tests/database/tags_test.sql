-- Tags: one owner's labels, in a tree without circles.
begin;
select plan(29);

select tests.create_user('ann');
select tests.create_user('bob');
insert into dashboard.tags (id, user_id, name) values (9300, tests.user_id('bob'), 'bob');

-- acting as the owner
select tests.act_as('ann');
select results_eq(
  $$ insert into dashboard.tags (name) values ('home') returning user_id, type, parent_tag_id, is_favorite, archived, sort_order $$,
  $$ values (tests.user_id('ann'), 'resource', null::bigint, false, false, 0) $$, 'a tag belongs to the caller and is a resource');
select throws_ok($$ insert into dashboard.tags (name) values ('home') $$, '23505',
  'duplicate key value violates unique constraint "tags_user_id_name_type_key"', 'a name is unique within its type');
select lives_ok($$ insert into dashboard.tags (name, type) values ('home', 'area') $$, 'another type may use the name again');
select lives_ok($$ insert into dashboard.tags (name) values ('bob') $$, 'so may another user');
select results_eq($$ update dashboard.tags set color = '#fff', icon = 'house', is_favorite = true, sort_order = 3 where name = 'home' and type = 'area'
  returning color, icon, is_favorite, sort_order $$, $$ values ('#fff', 'house', true, 3) $$, 'an owner edits');
select throws_ok($$ insert into dashboard.tags (name, parent_tag_id) values ('x', 9300) $$, '23503',
  'insert or update on table "tags" violates foreign key constraint "tags_parent_tag_id_fkey"', 'a tag cannot stand below a stranger''s');
select throws_ok($$ insert into dashboard.tags (name, parent_tag_id) values ('x', 99999999) $$, '23503',
  'insert or update on table "tags" violates foreign key constraint "tags_parent_tag_id_fkey"', 'nor below one that does not exist');
select throws_ok($$ insert into dashboard.tags (name, user_id) values ('x', tests.user_id('bob')) $$, '42501',
  'new row violates row-level security policy for table "tags"', 'a tag cannot be added for someone else');
select throws_ok($$ insert into dashboard.tags (id, name) values (1, 'x') $$, '42501',
  'permission denied for table tags', 'a caller does not choose the id of a tag');
select throws_ok($$ update dashboard.tags set user_id = tests.user_id('bob') $$, 'PT409',
  'A row of dashboard.tags cannot change its owner.', 'a tag cannot be given away');
select throws_ok(v.statement, '23514', format('new row for relation "tags" violates check constraint "%s"', v.name), v.rule)
from (values
  ($$ insert into dashboard.tags (name) values ('') $$, 'tags_name_length', 'a name is not empty'),
  ($$ insert into dashboard.tags (name) values (repeat('x', 101)) $$, 'tags_name_length', 'a name ends at 100 characters'),
  ($$ insert into dashboard.tags (name, type) values ('x', 'label') $$, 'tags_type_allowed', 'a type is one of three words'),
  ($$ insert into dashboard.tags (name, icon) values ('x', repeat('x', 51)) $$, 'tags_icon_length', 'an icon name is bounded'),
  ($$ insert into dashboard.tags (name, color) values ('x', repeat('x', 51)) $$, 'tags_color_length', 'a colour is bounded')
) as v (statement, name, rule);

-- the tree
insert into dashboard.tags (name) values ('t1');
do $$ begin for n in 2..10 loop
  insert into dashboard.tags (name, parent_tag_id) select 't' || n, id from dashboard.tags where name = 't' || n - 1;
end loop; end $$;
select throws_ok($$ insert into dashboard.tags (name, parent_tag_id) select 't11', id from dashboard.tags where name = 't10' $$,
  'PT409', 'Tags nest at most 10 levels deep.', 'an eleventh level is refused');
select throws_ok($$ update dashboard.tags set parent_tag_id = (select id from dashboard.tags where name = 'home' and type = 'area') where name = 't1' $$,
  'PT409', 'Tags nest at most 10 levels deep.', 'a tree cannot be hung so that it grows too deep');
select throws_ok($$ update dashboard.tags set parent_tag_id = id where name = 't1' $$,
  'PT409', 'parent_tag_id must not be the row itself or a row below it.', 'a tag is not its own parent');
select throws_ok($$ update dashboard.tags set parent_tag_id = (select id from dashboard.tags where name = 't9') where name = 't1' $$,
  'PT409', 'parent_tag_id must not be the row itself or a row below it.', 'nor below its own descendant');
delete from dashboard.tags where name = 't1';
select results_eq($$ select parent_tag_id from dashboard.tags where name = 't2' $$, array[null::bigint], 'deleting a tag makes its children top-level tags');

-- acting as a stranger, anon, the service
select tests.act_as('bob');
select results_eq($$ select name from dashboard.tags $$, array['bob'], 'a stranger reads only their own tags');
select results_eq($$ with edited as (update dashboard.tags set color = 'red' returning 1) select count(*) from edited $$,
  array[1::bigint], 'a stranger edits only their own');
select results_eq($$ with deleted as (delete from dashboard.tags returning 1) select count(*) from deleted $$,
  array[1::bigint], 'a stranger deletes only their own');
select tests.act_as_anon();
select throws_ok($$ select 1 from dashboard.tags $$, '42501', 'permission denied for table tags', 'anon is refused by grants');
select tests.act_as_service();
select throws_ok($$ insert into dashboard.tags (id, user_id, parent_tag_id, name) values
  (9401, tests.user_id('ann'), 9402, 'x'), (9402, tests.user_id('ann'), 9401, 'y') $$,
  'PT409', 'parent_tag_id must not be the row itself or a row below it.', 'two tags added at once cannot close a circle');
select throws_ok($$ insert into dashboard.tags (id, user_id, parent_tag_id, name) values (9403, tests.user_id('ann'), 9403, 'x') $$,
  'PT409', 'parent_tag_id must not be the row itself or a row below it.', 'a tag added as its own parent is refused');
select throws_ok($$ update dashboard.tags set user_id = tests.user_id('bob') where name = 't2' $$, 'PT409',
  'A row of dashboard.tags cannot change its owner.', 'not even the service moves a tag to another user');

select tests.act_as_owner();
select results_eq($$ select count(*) from dashboard.tags where user_id = tests.user_id('ann') and name = 'home' $$, array[2::bigint],
  'the tags survived every refused write');
do $$ begin perform set_config('tests.ann', tests.user_id('ann')::text, true); end $$; -- the name is gone with the account
delete from auth.users where id = tests.user_id('ann');
select is_empty($$ select 1 from dashboard.tags where user_id = current_setting('tests.ann')::uuid $$, 'tags leave with their owner');

select * from finish();
rollback;
