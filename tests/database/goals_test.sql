-- Goals and milestones: who may see and write them, what a row may hold, and what the status stamps.
begin;
select plan(88);

-- arrange: Ann and her colleague Cal share a workspace, Bob is a stranger to both; Ann's today may be tomorrow elsewhere
select tests.create_user(u) from unnest(array['ann', 'bob', 'cal']) as u;
insert into public.workspaces (id, name) values (tests.workspace('team'), 'Team');
insert into public.workspace_members (workspace_id, user_id, role, display_name) values
  (tests.workspace('team'), tests.user_id('ann'), 'employee', 'ann'), (tests.workspace('team'), tests.user_id('cal'), 'admin', 'cal');
update public.profiles set time_zone = 'Pacific/Kiritimati' where id = tests.user_id('ann');
create function pg_temp.today() returns date language sql as $$ select (now() at time zone 'Pacific/Kiritimati')::date $$;
grant execute on function pg_temp.today() to authenticated;
insert into dashboard.tags (id, user_id, name, type) overriding system value values
  (9001, tests.user_id('ann'), 'Health', 'area'), (9002, tests.user_id('bob'), 'Health', 'area');
insert into dashboard.goals (id, user_id, name) overriding system value values (9102, tests.user_id('bob'), 'Bob''s goal');
insert into dashboard.milestones (id, user_id, goal_id, name) overriding system value values
  (9202, tests.user_id('bob'), 9102, 'Bob''s step');

-- acting as the owner
select tests.act_as('ann');
select results_eq($$ insert into dashboard.goals (name) values ('Marathon') returning user_id, status, goal_set, achieved_at, archived $$,
  $$ values (tests.user_id('ann'), 'dream', null::date, null::timestamptz, false) $$, 'a goal needs a name only, and begins as a dream of the caller');
select results_eq(
  $$ insert into dashboard.goals (user_id, tag_id, name, description, icon, color, status, goal_set, target_date, archived)
     values (tests.user_id('ann'), 9001, 'All of it', 'd', 'flag', '#fff', 'active', '2026-01-02', '2026-12-31', true)
     returning tag_id, goal_set $$,
  $$ values (9001::bigint, '2026-01-02'::date) $$, 'every field of a goal can be given, and a given day is kept');

-- the status stamps its dates
select results_eq($$ update dashboard.goals set status = 'active' where name = 'Marathon' returning goal_set, achieved_at $$,
  $$ values (pg_temp.today(), null::timestamptz) $$, 'a goal that becomes active was set on the owner''s own today');
select results_eq($$ update dashboard.goals set status = 'achieved' where name = 'Marathon' returning goal_set, achieved_at $$,
  $$ values (pg_temp.today(), now()) $$, 'achieving it stamps the instant');
select results_eq($$ update dashboard.goals set status = 'achieved', color = 'red' where name = 'Marathon' returning achieved_at $$,
  $$ values (now()) $$, 'achieving it again changes nothing');
select results_eq($$ update dashboard.goals set status = 'active' where name = 'Marathon' returning goal_set, achieved_at $$,
  $$ values (pg_temp.today(), null::timestamptz) $$, 'taking it up again clears the instant and keeps the day');
select results_eq($$ update dashboard.goals set goal_set = null where name = 'Marathon' returning goal_set $$,
  $$ values (pg_temp.today()) $$, 'an active goal always has the day it was set');
select results_eq($$ update dashboard.goals set goal_set = '2026-02-03' where name = 'Marathon' returning goal_set $$,
  $$ values ('2026-02-03'::date) $$, 'which its owner may correct');
select results_eq($$ update dashboard.goals set status = 'dream', goal_set = null where name = 'Marathon' returning goal_set $$,
  $$ values (null::date) $$, 'a dream needs none');
select results_eq($$ update dashboard.goals set status = 'abandoned' where name = 'Marathon' returning goal_set, achieved_at $$,
  $$ values (null::date, null::timestamptz) $$, 'an abandoned goal is stamped with nothing');
select results_eq($$ insert into dashboard.goals (name, status) values ('Done at once', 'achieved') returning achieved_at $$,
  $$ values (now()) $$, 'a goal may be written down when it is achieved');

-- milestones and their order
select results_eq(
  $$ insert into dashboard.milestones (goal_id, name) select id, n from dashboard.goals, unnest(array['5 km', '10 km', '21 km']) as n
     where dashboard.goals.name = 'Marathon' returning user_id, completed_at, sort_order $$,
  $$ values (tests.user_id('ann'), null::timestamptz, 0), (tests.user_id('ann'), null, 1), (tests.user_id('ann'), null, 2) $$,
  'milestones belong to the caller and stand in the order they were added');
select results_eq($$ update dashboard.milestones set sort_order = -1 where name = '5 km' returning sort_order $$, array[3],
  'asking for the end gives the end');
select results_eq($$ update dashboard.milestones set sort_order = -1 where name = '5 km' returning sort_order $$, array[3],
  'whoever is there already stays');
select results_eq($$ update dashboard.milestones set sort_order = 0 where name = '5 km' returning sort_order $$, array[0],
  'a place can be given');
select results_eq($$ update dashboard.milestones set completed_at = 'now' where name = '5 km' returning completed_at $$,
  $$ values (now()) $$, 'a milestone is reached now');
select results_eq($$ update dashboard.milestones set completed_at = null where name = '5 km' returning completed_at $$,
  $$ values (null::timestamptz) $$, 'or is not, after all');
select results_eq(
  $$ update dashboard.milestones set goal_id = (select id from dashboard.goals where name = 'All of it') where name = '21 km' returning sort_order $$,
  array[0], 'in another goal it goes to the end');
select results_eq(
  $$ update dashboard.milestones set goal_id = (select id from dashboard.goals where name = 'Marathon'), sort_order = 7
     where name = '21 km' returning sort_order $$, array[7], 'or to the place that is named with the goal');

select results_eq($$ delete from dashboard.milestones where name = '21 km' returning name $$, array['21 km'], 'an owner deletes a milestone');

-- links stay with their owner, and a foreign id looks exactly like a missing one
select throws_ok(format(v.statement, v.id), '23503',
  format('insert or update on table "%s" violates foreign key constraint "%1$s_%s_fkey"', v.relation, v.link), v.rule)
from (values
  ('insert into dashboard.goals (name, tag_id) values (''x'', %s)', 9002, 'goals', 'tag_id', 'a goal cannot carry a stranger''s tag'),
  ('insert into dashboard.goals (name, tag_id) values (''x'', %s)', 99999999, 'goals', 'tag_id', 'nor one that does not exist'),
  ('update dashboard.goals set tag_id = %s', 9002, 'goals', 'tag_id', 'nor be given one later'),
  ('insert into dashboard.milestones (name, goal_id) values (''x'', %s)', 9102, 'milestones', 'goal_id', 'a milestone cannot lead to a stranger''s goal'),
  ('insert into dashboard.milestones (name, goal_id) values (''x'', %s)', 99999999, 'milestones', 'goal_id', 'nor to one that does not exist'),
  ('update dashboard.milestones set goal_id = %s', 9102, 'milestones', 'goal_id', 'nor be moved there')
) as v (statement, id, relation, link, rule);

-- columns that only the database writes
select throws_ok(format('insert into dashboard.%I (name, %I) values (%L, null)', t, c, 'x'), '42501',
  'permission denied for table ' || t, format('a caller does not choose %s of one of the %s', c, t))
from (values ('goals', '{id,achieved_at,created_at,updated_at}'::text[]), ('milestones', '{id,created_at,updated_at}')) as v (t, columns), unnest(columns) as c;
select throws_ok(format('update dashboard.%I set %I = null', t, c), '42501',
  'permission denied for table ' || t, format('a caller does not change %s of %s', c, t))
from (values ('goals', '{id,achieved_at,created_at,updated_at}'::text[]), ('milestones', '{id,created_at,updated_at}')) as v (t, columns), unnest(columns) as c;
select throws_ok($$ insert into dashboard.goals (user_id, name) values (tests.user_id('bob'), 'x') $$, '42501',
  'new row violates row-level security policy for table "goals"', 'a goal cannot be added for someone else');
select throws_ok($$ insert into dashboard.milestones (user_id, goal_id, name) values (tests.user_id('bob'), 9102, 'x') $$, '42501',
  'new row violates row-level security policy for table "milestones"', 'nor a milestone');

-- every named check has a value that fails it by name
select throws_ok(format('insert into dashboard.goals (name, %I) values (%L, %L)', v.field, 'x', v.value), '23514',
  format('new row for relation "goals" violates check constraint "goals_%s_%s"', v.field, v.rule), format('%s: %s', v.field, left(v.value, 20)))
from (values ('description', repeat('x', 20001), 'length'), ('icon', '', 'length'), ('color', repeat('x', 51), 'length'),
  ('status', 'done', 'allowed'), ('goal_set', 'infinity', 'range'), ('target_date', '3000-01-01', 'range')) as v (field, value, rule);
select throws_ok(format('insert into dashboard.goals (name) values (%L)', v), '23514',
  'new row for relation "goals" violates check constraint "goals_name_length"', 'a name has 1 to 200 characters')
from unnest(array['', repeat('x', 201)]) as v;
select throws_ok(format('update dashboard.milestones set %I = %L', v.field, v.value), '23514',
  format('new row for relation "milestones" violates check constraint "milestones_%s_%s"', v.field, v.rule), format('%s: %s', v.field, left(v.value, 20)))
from (values ('name', '', 'length'), ('name', repeat('x', 201), 'length'), ('target_date', '-infinity', 'range'),
  ('completed_at', 'infinity', 'range'), ('completed_at', '1899-01-01', 'range')) as v (field, value, rule);

select lives_ok($$ insert into dashboard.goals (name, description, icon, color, goal_set, target_date)
  values (repeat('x', 200), repeat('x', 20000), repeat('x', 50), repeat('x', 50), '1900-01-01', '2999-12-31') $$, 'the bounds themselves are allowed');
delete from dashboard.goals where description is not null and name like 'x%';

-- acting as a colleague, a stranger, anon
select tests.act_as('cal');
select is_empty(format('select 1 from dashboard.%I', t), 'a colleague, even an admin, reads none of the ' || t) from unnest(array['goals', 'milestones']) as t;
select is_empty(format('update dashboard.%I set name = %L returning 1', t, 'mine'), 'a colleague edits none of the ' || t) from unnest(array['goals', 'milestones']) as t;
select is_empty(format('delete from dashboard.%I returning 1', t), 'a colleague deletes none of the ' || t) from unnest(array['goals', 'milestones']) as t;
select tests.act_as('bob');
select results_eq($$ select name from dashboard.goals $$, array['Bob''s goal'], 'a stranger reads only their own goals');
select results_eq($$ select name from dashboard.milestones $$, array['Bob''s step'], 'and milestones');
-- there it is never the date that it is in Kiritimati
select tests.act_as_owner();
update public.profiles set time_zone = 'Pacific/Pago_Pago' where id = tests.user_id('bob');
select tests.act_as('bob');
select results_eq($$ update dashboard.goals set status = 'active' returning goal_set $$, $$ values ((now() at time zone 'Pacific/Pago_Pago')::date) $$,
  'everybody has a today of their own');
select is_empty($$ update dashboard.goals set name = 'mine' where id <> 9102 returning 1 $$, 'a stranger edits no other');
select is_empty($$ delete from dashboard.milestones where id <> 9202 returning 1 $$, 'and deletes no other');
select tests.act_as_anon();
select throws_ok(format(statement, t), '42501', 'permission denied for table ' || t, 'anon is refused: ' || format(statement, t))
from unnest(array['goals', 'milestones']) as t,
  unnest(array['select 1 from dashboard.%I', 'insert into dashboard.%I default values', 'update dashboard.%I set name = ''x''', 'delete from dashboard.%I']) as statement;

-- acting as the service role
select tests.act_as_service();
select throws_ok($$ update dashboard.goals set user_id = tests.user_id('bob') where name = 'Marathon' $$,
  'PT409', 'A row of dashboard.goals cannot change its owner.', 'not even the service moves a goal to another user');
select throws_ok($$ update dashboard.milestones set user_id = tests.user_id('bob') where name = '5 km' $$,
  'PT409', 'A row of dashboard.milestones cannot change its owner.', 'nor a milestone');
select results_eq($$ insert into dashboard.goals (user_id, name, status, achieved_at) values (tests.user_id('ann'), 'Imported', 'achieved', '2020-01-01 00:00+00')
  returning achieved_at $$, $$ values ('2020-01-01 00:00+00'::timestamptz) $$, 'an imported goal keeps its instant');
select results_eq($$ update dashboard.goals set achieved_at = '2020-01-01' where name = 'All of it' returning achieved_at $$,
  $$ values (null::timestamptz) $$, 'a goal that is not achieved is given none, whoever writes it');

-- behind the triggers stand constraints
select tests.act_as_owner();
alter table dashboard.goals disable trigger goals_stamp_status_on_write;
select throws_ok($$ update dashboard.goals set status = 'active', goal_set = null, achieved_at = null $$, '23514',
  'new row for relation "goals" violates check constraint "goals_goal_set_of_active"', 'no active goal is stored without its day');
select throws_ok($$ update dashboard.goals set status = 'achieved', achieved_at = null $$, '23514',
  'new row for relation "goals" violates check constraint "goals_achieved_at_matches_status"', 'no achieved goal without its instant');
select throws_ok($$ update dashboard.goals set achieved_at = now() where status = 'abandoned' $$, '23514',
  'new row for relation "goals" violates check constraint "goals_achieved_at_matches_status"', 'and no other goal with one');
alter table dashboard.goals enable trigger goals_stamp_status_on_write;
alter table dashboard.milestones disable trigger milestones_place_on_write;
select throws_ok($$ update dashboard.milestones set sort_order = -1 where name = '5 km' $$, '23514',
  'new row for relation "milestones" violates check constraint "milestones_sort_order_not_negative"', 'no milestone is stored without a place');
alter table dashboard.milestones enable trigger milestones_place_on_write;
update dashboard.goals set updated_at = '2020-01-01' where name = 'Marathon';
update dashboard.milestones set updated_at = '2020-01-01' where name = '5 km';
select results_eq($$ select g.updated_at, m.updated_at from dashboard.goals as g join dashboard.milestones as m on m.goal_id = g.id and m.name = '5 km' $$,
  $$ values (now(), now()) $$, 'changes are stamped, whatever the client says');

-- deleting
select tests.act_as('ann');
delete from dashboard.tags where id = 9001;
select results_eq($$ select user_id, tag_id from dashboard.goals where name = 'All of it' $$,
  $$ values (tests.user_id('ann'), null::bigint) $$, 'a goal stays when its tag is deleted');
select results_eq($$ delete from dashboard.goals where name = 'Marathon' returning name $$, array['Marathon'], 'an owner deletes');
select is_empty($$ select 1 from dashboard.milestones $$, 'and the milestones go with the goal');
select tests.act_as_owner();
do $$ begin perform set_config('tests.ann', tests.user_id('ann')::text, true); end $$; -- the name is gone with the account
delete from auth.users where id = tests.user_id('ann');
select results_eq($$ select user_id from dashboard.goals where user_id in (current_setting('tests.ann')::uuid, tests.user_id('bob')) $$,
  $$ values (tests.user_id('bob')) $$, 'goals leave with their owner and nobody else''s do');

select * from finish();
rollback;
