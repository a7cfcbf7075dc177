-- Plans: the hot queries, asked as a person among the tasks of a hundred people, use an index and scan no table.
select plan(28);

insert into tests.hot values
  ('all tasks, newest first', 'tasks_user_id_created_at_idx', 'select * from dashboard.tasks order by created_at desc limit 50'),
  ('one task', '(tasks_pkey|tasks_user_id_id_key)', 'select * from dashboard.tasks where id = 1042007'),
  ('the tasks of a list in order', 'tasks_list_id_sort_order_idx',
    'select * from dashboard.tasks where list_id = 100421 and parent_id is null order by sort_order limit 50'),
  ('tasks without a list in order', 'tasks_list_id_sort_order_idx',
    'select * from dashboard.tasks where list_id is null and parent_id is null order by sort_order limit 50'),
  ('My Day', 'tasks_my_day_idx', 'select * from dashboard.my_day()'),
  ('important tasks', 'tasks_important_idx', 'select * from dashboard.important_tasks()'),
  ('planned tasks', 'tasks_user_id_due_date_idx', 'select * from dashboard.planned_tasks() limit 50'),
  ('overdue tasks', 'tasks_(user_id|project_id)_due_date_idx', 'select * from dashboard.overdue_tasks() limit 50'),
  ('subtasks of a task', 'tasks_parent_id_sort_order_idx', 'select * from dashboard.tasks where parent_id = 1042000 order by sort_order'),
  ('embedded subtasks', 'tasks_parent_id_sort_order_idx',
    'select s.* from dashboard.tasks as t, dashboard.subtasks(t) as s where t.id = 1042000'),
  ('embedded tags', 'task_tags_pkey',
    'select g.* from dashboard.tasks as t join dashboard.task_tags as l on l.user_id = t.user_id and l.task_id = t.id
     join dashboard.tags as g on g.user_id = l.user_id and g.id = l.tag_id where t.id = 1042003'),
  ('tasks of a tag', 'task_tags_tag_id_idx',
    'select t.* from dashboard.task_tags as l join dashboard.tasks as t on t.user_id = l.user_id and t.id = l.task_id where l.tag_id = 100423'),
  ('the tags below a tag', 'tags_parent_tag_id_idx', 'select * from dashboard.tags where parent_tag_id = 100423');

select ok((select count(*) from dashboard.tasks) >= 100 * tests.scale('rows of a person'), 'many tasks are there');

-- acting as one of the hundred
select tests.act_as('person 42');
select matches(tests.plan_of(h.query), h.index || '.*Index Cond', h.name || ' uses its index') from tests.hot as h;
select doesnt_match(tests.plan_of(h.query), 'Seq Scan', h.name || ' scans no table') from tests.hot as h;

-- the sweep that clears yesterday's flags, run by cron
select tests.act_as_owner();
select matches(tests.plan_of($$
  select t.id from dashboard.tasks as t join public.profiles as p on p.id = t.user_id
  where t.is_my_day and t.my_day_date < (now() at time zone 'Pacific/Kiritimati')::date
    and t.my_day_date < (now() at time zone p.time_zone)::date
  order by t.my_day_date limit 5000 for update of t skip locked $$),
  'Index (Only )?Scan using tasks_my_day_idx|Bitmap Index Scan on tasks_my_day_idx', 'the sweep of My Day reads the flagged tasks only');

select * from finish();
