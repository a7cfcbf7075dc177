-- Lists, tasks and hours of people. Three of four tasks are finished.

insert into dashboard.task_lists (user_id, name, sort_order)
select p.user_id, 'List ' || n, 10 + n from scale.people as p cross join generate_series(1, 8) as n where p.tenant <> 4;
insert into dashboard.tags (user_id, name) select p.user_id, 'tag ' || n from scale.people as p cross join generate_series(1, 10) as n where p.tenant <> 4;
insert into dashboard.goals (user_id, name) select p.user_id, 'Goal ' || n from scale.people as p cross join generate_series(1, 10) as n where p.tenant <> 4;
insert into dashboard.milestones (user_id, goal_id, name, sort_order)
select g.user_id, g.id, 'Milestone ' || n, n from dashboard.goals as g cross join generate_series(1, 5) as n;
insert into dashboard.projects (user_id, name, goal_id, sort_order)
select g.user_id, 'Project of ' || g.name, g.id, 1 from dashboard.goals as g;
create temporary table list as
select l.user_id, array_agg(l.id order by l.id) as lists from dashboard.task_lists as l where l.system_type is null group by l.user_id;
create temporary table project as select r.user_id, array_agg(r.id order by r.id) as projects from dashboard.projects as r group by r.user_id;
create temporary table tag as select g.user_id, array_agg(g.id order by g.id) as tags from dashboard.tags as g group by g.user_id;
create index on list (user_id); create index on project (user_id); create index on tag (user_id);
analyze list, project, tag;

-- Half of a person's tasks are in no list; every tenth is a subtask of the root before it.
insert into dashboard.tasks (id, user_id, list_id, parent_id, project_id, title, status, completed_at, priority, due_date, is_important,
  is_my_day, my_day_date, sort_order, created_at, updated_at)
select s.n + 1, s.user_id, case when s.k % 2 = 0 then l.lists[1 + s.k / 2 % 8] end,
  case when s.k % 10 = 9 and s.n >= 64000 then s.n + 1 - 64000 end,
  r.projects[1 + s.k % 10], 'Task ' || s.n,
  case when s.k % 4 > 0 then 'completed' else 'open' end, case when s.k % 4 > 0 then now() - (s.k % 1000) * interval '1 day' end,
  (array['none', 'low', 'medium', 'high'])[1 + s.k % 4], case when s.k % 3 = 0 then current_date + (s.k % 400)::integer - 370 end,
  s.k % 11 = 0, s.k % 1009 = 0, case when s.k % 1009 = 0 then current_date end, s.k,
  now() - (1000000 - s.n) * interval '1 minute', now() - (s.n * 7919 % 1000000) * interval '1 minute'
from scale.personal(scale.rows(1000000)) as s
join list as l on l.user_id = s.user_id
join project as r on r.user_id = s.user_id
order by s.n;
update dashboard.tasks as t set parent_id = null
where t.parent_id is not null and not exists (
  select from dashboard.tasks as p where p.id = t.parent_id and p.user_id = t.user_id and p.parent_id is null);
insert into dashboard.task_tags (user_id, task_id, tag_id)
select t.user_id, t.id, g.tags[1 + t.id % 10] from dashboard.tasks as t join tag as g on g.user_id = t.user_id where t.id % 5 = 0;
-- Two hours a day, one after the other.
insert into dashboard.time_entries (user_id, project_id, clock_in, clock_out)
select s.user_id, r.projects[1 + s.place % 10], date_trunc('day', now()) - s.place * interval '3 hours',
  date_trunc('day', now()) - s.place * interval '3 hours' + interval '2 hours'
from (select x.*, row_number() over (partition by x.user_id order by x.n) as place from scale.personal(scale.rows(100000)) as x) as s
join project as r on r.user_id = s.user_id;
analyze dashboard.task_lists, dashboard.tags, dashboard.goals, dashboard.milestones, dashboard.projects, dashboard.tasks,
  dashboard.task_tags, dashboard.time_entries;
