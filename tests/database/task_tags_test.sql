-- Tags on tasks: both sides belong to the same owner, by key.
begin;
select plan(20);

select tests.create_user('ann');
select tests.create_user('bob');
insert into dashboard.tasks (id, user_id, title) values (9101, tests.user_id('ann'), 'ann'), (9102, tests.user_id('ann'), 'ann 2'), (9301, tests.user_id('bob'), 'bob');
insert into dashboard.tags (id, user_id, name) values (9101, tests.user_id('ann'), 'ann'), (9102, tests.user_id('ann'), 'ann 2'), (9301, tests.user_id('bob'), 'bob');
insert into dashboard.task_tags (user_id, task_id, tag_id) values (tests.user_id('bob'), 9301, 9301);

select tests.act_as('ann');
select results_eq($$ insert into dashboard.task_tags (task_id, tag_id) values (9101, 9101), (9101, 9102), (9102, 9101) returning user_id $$,
  $$ select tests.user_id('ann') from generate_series(1, 3) $$, 'an owner tags a task');
select throws_ok($$ insert into dashboard.task_tags (task_id, tag_id) values (9101, 9101) $$, '23505',
  'duplicate key value violates unique constraint "task_tags_pkey"', 'once each');
select throws_ok($$ insert into dashboard.task_tags (task_id, tag_id) values (9101, 9301) $$, '23503',
  'insert or update on table "task_tags" violates foreign key constraint "task_tags_tag_id_fkey"', 'a stranger''s tag is as good as none');
select throws_ok($$ insert into dashboard.task_tags (task_id, tag_id) values (9101, 99999999) $$, '23503',
  'insert or update on table "task_tags" violates foreign key constraint "task_tags_tag_id_fkey"', 'a missing tag looks the same');
select throws_ok($$ insert into dashboard.task_tags (task_id, tag_id) values (9301, 9101) $$, '23503',
  'insert or update on table "task_tags" violates foreign key constraint "task_tags_task_id_fkey"', 'a stranger''s task cannot be tagged');
select throws_ok($$ insert into dashboard.task_tags (user_id, task_id, tag_id) values (tests.user_id('bob'), 9301, 9301) $$, '42501',
  'new row violates row-level security policy for table "task_tags"', 'not even in its owner''s name');
select throws_ok($$ insert into dashboard.task_tags (task_id, tag_id, created_at) values (9102, 9102, now()) $$, '42501',
  'permission denied for table task_tags', 'a caller does not choose when a tag was put on');
select throws_ok($$ update dashboard.task_tags set tag_id = 9102 $$, 'PT409',
  'A row of dashboard.task_tags keeps its tag_id.', 'a link is replaced, not changed');
select results_eq($$ select task_id, tag_id from dashboard.task_tags order by 1, 2 $$,
  $$ values (9101::bigint, 9101::bigint), (9101, 9102), (9102, 9101) $$, 'an owner reads their links only');

-- acting as a stranger and anon
select tests.act_as('bob');
select results_eq($$ select task_id from dashboard.task_tags $$, array[9301::bigint], 'a stranger reads none of them');
select results_eq($$ with deleted as (delete from dashboard.task_tags returning 1) select count(*) from deleted $$,
  array[1::bigint], 'a stranger removes only their own');
select tests.act_as_anon();
select throws_ok($$ select 1 from dashboard.task_tags $$, '42501', 'permission denied for table task_tags', 'anon is refused by grants');

-- the service passes the policies, not the keys
select tests.act_as_service();
select throws_ok($$ insert into dashboard.task_tags (user_id, task_id, tag_id) values (tests.user_id('ann'), 9101, 9301) $$, '23503',
  'insert or update on table "task_tags" violates foreign key constraint "task_tags_tag_id_fkey"', 'not even the service links two owners'' rows');
select throws_ok($$ update dashboard.task_tags set user_id = tests.user_id('bob') where task_id = 9101 $$, 'PT409',
  'A row of dashboard.task_tags cannot change its owner.', 'nor moves a link to another user');

-- the API sees one many-to-many relation: both keys lie within the primary key of the link
select tests.act_as_owner();
select results_eq(
  $$ select k.conname::text collate "default", k.confrelid::regclass::text collate "default" from pg_constraint as k, pg_constraint as p
     where k.conrelid = 'dashboard.task_tags'::regclass and k.contype = 'f' and p.conrelid = k.conrelid and p.contype = 'p'
       and k.conkey <@ p.conkey order by 1 $$,
  $$ values ('task_tags_tag_id_fkey', 'dashboard.tags'), ('task_tags_task_id_fkey', 'dashboard.tasks') $$,
  'both foreign keys are part of the primary key');

-- what happens to the links
select tests.act_as('ann');
select results_eq($$ delete from dashboard.task_tags where task_id = 9101 and tag_id = 9102 returning tag_id $$, array[9102::bigint], 'an owner untags');
delete from dashboard.tags where id = 9101;
select is_empty($$ select 1 from dashboard.task_tags where tag_id = 9101 $$, 'deleting a tag takes it off every task');
select results_eq($$ select count(*) from dashboard.tasks $$, array[2::bigint], 'and deletes no task');
insert into dashboard.task_tags (task_id, tag_id) values (9101, 9102);
delete from dashboard.tasks where id = 9101;
select is_empty($$ select 1 from dashboard.task_tags $$, 'deleting a task removes its links');
select results_eq($$ select name from dashboard.tags $$, array['ann 2'], 'and deletes no tag');

select * from finish();
rollback;
