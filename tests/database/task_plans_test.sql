-- Plans: the hot queries, asked as a person among 100 000 tasks of a hundred people, use an index and scan no table.
begin;
select plan(28);

select count(tests.create_user('person ' || u)) from generate_series(1, 100) as u;
alter table dashboard.tasks disable trigger user; -- the rows are given complete; filling the table is not the subject
insert into dashboard.task_lists (id, user_id, name, sort_order) overriding system value
select 100000 + u * 10 + l, tests.user_id('person ' || u), 'list ' || l, 4 + l
from generate_series(1, 100) as u, generate_series(0, 9) as l;
insert into dashboard.tasks (id, user_id, list_id, parent_id, title, sort_order, status, completed_at, due_date, is_important, is_my_day, my_day_date)
overriding system value
select 1000000 + u * 1000 + n, p.user_id, case when n % 11 < 10 then 100000 + u * 10 + n % 11 end,
  case when n % 5 = 4 then 1000000 + u * 1000 + n - 4 end, 'task ' || n, n,
  case when n % 3 = 0 then 'completed' else 'open' end, case when n % 3 = 0 then now() end,
  case when n % 4 = 0 then current_date + n % 60 - 30 end, n % 10 = 0, n % 50 = 0,
  case when n % 50 = 0 then current_date - n % 100 / 50 end
from generate_series(1, 100) as u, lateral (select tests.user_id('person ' || u) as user_id) as p, generate_series(0, 999) as n;
insert into dashboard.tags (id, user_id, name) overriding system value
select 100000 + u * 10 + g, tests.user_id('person ' || u), 'tag ' || g from generate_series(1, 100) as u, generate_series(0, 9) as g;
insert into dashboard.task_tags (user_id, task_id, tag_id)
select t.user_id, t.id, 100000 + (t.id - 1000000) / 1000 * 10 + t.id % 10 from dashboard.tasks as t where t.id % 10 = 3 and t.id > 1000000;
alter table dashboard.tasks enable trigger user;
analyze dashboard.task_lists, dashboard.tasks, dashboard.tags, dashboard.task_tags, public.profiles;

create function pg_temp.plan_of(query text) returns text language plpgsql as $$
declare
  line text;
  plan text := '';
begin
  for line in execute 'explain (costs off) ' || query loop
    plan := plan || line || E'\n';
  end loop;
  return plan;
end
$$;

grant execute on function pg_temp.plan_of(text) to authenticated;

create temporary table hot (name text, index text, query text);
insert into hot values
  ('all tasks, newest first', 'tasks_user_id_created_at_idx', 'select * from dashboard.tasks order by created_at desc limit 50'),
  ('one task', '(tasks_pkey|tasks_user_id_id_key)', 'select * from dashboard.tasks where id = 1042007'),
  ('the tasks of a list in order', 'tasks_list_id_sort_order_idx',
    'select * from dashboard.tasks where list_id = 100421 and parent_id is null order by sort_order limit 50'),
  ('tasks without a list in order', 'tasks_list_id_sort_order_idx',
    'select * from dashboard.tasks where list_id is null and parent_id is null order by sort_order limit 50'),
  ('My Day', 'tasks_my_day_idx', 'select * from dashboard.my_day()'),
  ('important tasks', 'tasks_important_idx', 'select * from dashboard.important_tasks()'),
  ('planned tasks', 'tasks_user_id_due_date_idx', 'select * from dashboard.planned_tasks() limit 50'),
  ('overdue tasks', 'tasks_user_id_due_date_idx', 'select * from dashboard.overdue_tasks() limit 50'),
  ('subtasks of a task', 'tasks_parent_id_sort_order_idx', 'select * from dashboard.tasks where parent_id = 1042000 order by sort_order'),
  ('embedded subtasks', 'tasks_parent_id_sort_order_idx',
    'select s.* from dashboard.tasks as t, dashboard.subtasks(t) as s where t.id = 1042000'),
  ('embedded tags', 'task_tags_pkey',
    'select g.* from dashboard.tasks as t join dashboard.task_tags as l on l.user_id = t.user_id and l.task_id = t.id
     join dashboard.tags as g on g.user_id = l.user_id and g.id = l.tag_id where t.id = 1042003'),
  ('tasks of a tag', 'task_tags_tag_id_idx',
    'select t.* from dashboard.task_tags as l join dashboard.tasks as t on t.user_id = l.user_id and t.id = l.task_id where l.tag_id = 100423'),
  ('the tags below a tag', 'tags_parent_tag_id_idx', 'select * from dashboard.tags where parent_tag_id = 100423');
grant select on hot to authenticated;

select ok((select count(*) from dashboard.tasks) >= 100000, 'a hundred thousand tasks are there');

-- acting as one of the hundred
select tests.act_as('person 42');
select matches(pg_temp.plan_of(h.query), h.index || '.*Index Cond', h.name || ' uses its index') from hot as h;
select doesnt_match(pg_temp.plan_of(h.query), 'Seq Scan', h.name || ' scans no table') from hot as h;

-- the sweep that clears yesterday's flags, run by cron
select tests.act_as_owner();
select matches(pg_temp.plan_of($$
  select t.id from dashboard.tasks as t join public.profiles as p on p.id = t.user_id
  where t.is_my_day and t.my_day_date < (now() at time zone 'Pacific/Kiritimati')::date
    and t.my_day_date < (now() at time zone p.time_zone)::date
  order by t.my_day_date limit 5000 for update of t skip locked $$),
  'Index (Only )?Scan using tasks_my_day_idx|Bitmap Index Scan on tasks_my_day_idx', 'the sweep of My Day reads the flagged tasks only');

select * from finish();
rollback;
