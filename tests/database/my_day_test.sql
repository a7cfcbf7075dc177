-- My Day: tasks chosen for the owner's local today, gone from it at the owner's own midnight.
begin;
select plan(22);

-- arrange: Ann lives where it is always today's date or later than Bob's; now() is frozen in this transaction
select tests.create_user('ann');
select tests.create_user('bob');
update public.profiles set time_zone = 'Pacific/Kiritimati' where id = tests.user_id('ann'); -- UTC+14
update public.profiles set time_zone = 'Pacific/Pago_Pago' where id = tests.user_id('bob');  -- UTC-11

select tests.act_as('ann');
select results_eq(
  $$ insert into dashboard.tasks (title, is_my_day) values ('ann now', true) returning my_day_date $$,
  $$ select (now() at time zone 'Pacific/Kiritimati')::date $$, 'a task added to My Day gets the owner''s local date');
select results_eq(
  $$ insert into dashboard.tasks (title) values ('ann later') returning is_my_day, my_day_date $$,
  $$ values (false, null::date) $$, 'another task does not');
select tests.act_as('bob');
select results_eq(
  $$ insert into dashboard.tasks (title, is_my_day) values ('bob now', true) returning my_day_date $$,
  $$ select (now() at time zone 'Pacific/Pago_Pago')::date $$, 'two owners have two todays at one instant');

select tests.act_as('ann');
select results_eq(
  $$ update dashboard.tasks set is_my_day = true where title = 'ann later' returning my_day_date $$,
  $$ select (now() at time zone 'Pacific/Kiritimati')::date $$, 'choosing a task stamps the date');
select results_eq($$ select title from dashboard.my_day() $$, array['ann now', 'ann later'], 'My Day shows them in order');
select results_eq(
  $$ update dashboard.tasks set is_my_day = false where title = 'ann later' returning my_day_date $$,
  $$ select (now() at time zone 'Pacific/Kiritimati')::date $$, 'leaving My Day keeps the date for suggestions');
select results_eq($$ select title from dashboard.my_day() $$, array['ann now'], 'a task taken out is not shown');
update dashboard.tasks set status = 'completed' where title = 'ann now';
select results_eq($$ select title from dashboard.my_day() $$, array['ann now'], 'a finished task stays until the day ends');
insert into dashboard.tasks (title, is_my_day, parent_id) select 'step', true, id from dashboard.tasks where title = 'ann now';
insert into dashboard.tasks (title, is_my_day, archived) values ('archived', true, true);
select results_eq($$ select title from dashboard.my_day() $$, array['ann now'], 'subtasks and archived tasks are not shown');
delete from dashboard.tasks where title in ('step', 'archived');

-- yesterday's flag
select tests.act_as_owner();
update dashboard.tasks set my_day_date = my_day_date - 1 where title = 'ann now';
select tests.act_as('ann');
select is_empty($$ select 1 from dashboard.my_day() $$, 'yesterday''s choice is not shown, although nothing cleared it yet');
select results_eq($$ update dashboard.tasks set title = 'ann then' where title = 'ann now' returning my_day_date $$,
  $$ select (now() at time zone 'Pacific/Kiritimati')::date - 1 $$, 'other changes do not bring it back');
select results_eq($$ update dashboard.tasks set is_my_day = true where title = 'ann then' returning my_day_date $$,
  $$ select (now() at time zone 'Pacific/Kiritimati')::date $$, 'choosing it again chooses it for today');

-- the sweep, at chosen instants
select tests.act_as_owner();
delete from dashboard.tasks where user_id in (tests.user_id('ann'), tests.user_id('bob'));
update public.profiles set time_zone = 'America/Denver' where id = tests.user_id('ann');
update public.profiles set time_zone = 'Europe/Berlin' where id = tests.user_id('bob');
insert into dashboard.tasks (user_id, title, is_my_day, my_day_date) values
  (tests.user_id('ann'), 'ann', true, '2026-03-08'), (tests.user_id('bob'), 'bob', true, '2026-03-08'),
  (tests.user_id('bob'), 'bob too', true, '2026-03-09');
select results_eq($$ select my_day_date from dashboard.tasks where title = 'ann' $$, $$ values ('2026-03-08'::date) $$,
  'an imported task keeps its date');
select is(private.reset_my_day('2026-03-08 22:59:59+00'), 0, 'a second before Berlin''s midnight nothing is cleared');
select is(private.reset_my_day('2026-03-08 23:00:00+00'), 1, 'at Berlin''s midnight Berlin''s flag is cleared');
select results_eq($$ select title from dashboard.tasks 
  where is_my_day and user_id in (tests.user_id('ann'), tests.user_id('bob')) order by title $$, array['ann', 'bob too'],
  'the flag of Denver, where it is still afternoon, is not, nor one for the new day');
-- on 8 March 2026 Denver goes from UTC-7 to UTC-6, so this day ends an hour early
select is(private.reset_my_day('2026-03-09 05:59:59+00'), 0, 'Denver''s short day lasts until its own midnight');
select is(private.reset_my_day('2026-03-09 06:00:00+00'), 1, 'and ends there, an hour earlier than the day before');
select is(private.reset_my_day('2026-03-09 06:00:00+00'), 0, 'a second run finds nothing');

insert into dashboard.tasks (user_id, title, is_my_day, my_day_date)
select tests.user_id('bob'), 'many', true, '2026-01-01' from generate_series(1, 5);
select is(private.reset_my_day('2026-03-09 06:00:00+00', 3), 3, 'one run clears at most its batch');
select is(private.reset_my_day('2026-03-09 06:00:00+00', 3), 2, 'and the next one the rest');

select tests.act_as('ann');
select throws_ok($$ select private.reset_my_day() $$, '42501', 'permission denied for schema private', 'callers cannot run the sweep');

select * from finish();
rollback;
