-- Demo goals, milestones and projects for the tasks of 20_dashboard.sql, and two weeks of time entries, with dates around each
-- owner's today. One statement, only for users without projects, so loading this file again changes no existing row.

with
fresh as materialized (
  select p.id as user_id, right(p.id::text, 1)::integer as person, private.today_of(p.id) as today, p.time_zone
  from public.profiles as p
  where p.id between 'a0000000-0000-4000-8000-000000000001' and 'a0000000-0000-4000-8000-000000000006'
    and not exists (select from dashboard.projects as r where r.user_id = p.id)
),
-- 1 Olivia, owner; 2 Marcus, project manager; 3 Elena and 4 Tom, technicians; 5 Nora, estimator; 6 Sam, in no team
-- set, target: days from the owner's today
goal (person, name, icon, color, status, set, target, tag, description) as (
  values
    (1, 'A second location in Portsmouth', 'map-pin', '#2563eb', 'active', -60, 240, 'Finance', 'Leased, equipped and with a crew of its own.'),
    (1, 'Nobody works more than 45 hours', 'heart', '#9333ea', 'active', -20, 90, 'People', null),
    (1, 'Sail to Nova Scotia', 'anchor', '#0891b2', 'dream', null::integer, null::integer, null, 'With the children, before they are too old for it.'),
    (2, 'Pass the IICRC master exam', 'award', '#ca8a04', 'active', -45, 70, null, null),
    (2, 'Paid within 40 days on average', 'clock', '#16a34a', 'achieved', -200, -10, null, null),
    (3, 'Become a crew lead', 'users', '#9333ea', 'active', -30, 150, 'Safety', null),
    (4, 'No breakdown on a job for a year', 'truck', '#64748b', 'active', -120, 245, 'Maintenance', null),
    (5, 'Estimates within two days', 'zap', '#ea580c', 'active', -14, 60, null, null),
    (6, 'Walk the coast path', 'mountain', '#16a34a', 'dream', null, 200, null, null)
),
added_goals as (
  insert into dashboard.goals (user_id, name, icon, color, status, goal_set, target_date, achieved_at, tag_id, description)
  select f.user_id, g.name, g.icon, g.color, g.status, f.today + g.set, f.today + g.target,
    case when g.status = 'achieved' then now() - interval '3 days' end, t.id, g.description
  from goal as g
  join fresh as f using (person)
  left join dashboard.tags as t on t.user_id = f.user_id and t.name = g.tag
  returning id, user_id, name
),
milestone (person, goal, place, name, target, reached) as (
  values
    (1, 'A second location in Portsmouth', 0, 'Figures that the bank believes', -5, null::integer),
    (1, 'A second location in Portsmouth', 1, 'Lease signed', 45, null),
    (1, 'A second location in Portsmouth', 2, 'Crew hired', 120, null),
    (1, 'Nobody works more than 45 hours', 0, 'Everybody records their time', -14, -16),
    (1, 'Nobody works more than 45 hours', 1, 'A second technician on call', 30, null),
    (2, 'Pass the IICRC master exam', 0, 'Water restoration', -20, -24),
    (2, 'Pass the IICRC master exam', 1, 'Applied structural drying', -1, -2),
    (2, 'Pass the IICRC master exam', 2, 'Fire and smoke', 40, null),
    (3, 'Become a crew lead', 0, 'First-aid course', -10, -12),
    (3, 'Become a crew lead', 1, 'Lead one job with Marcus along', 40, null),
    (4, 'No breakdown on a job for a year', 0, 'Every machine has a log', -90, -88),
    (4, 'No breakdown on a job for a year', 1, 'Half of the year', 62, null),
    (5, 'Estimates within two days', 0, 'Templates for roofs', 7, null)
),
added_milestones as (
  insert into dashboard.milestones (user_id, goal_id, sort_order, name, target_date, completed_at)
  select f.user_id, g.id, m.place, m.name, f.today + m.target, (f.today + m.reached + time '17:00') at time zone f.time_zone
  from milestone as m
  join fresh as f using (person)
  join added_goals as g on g.user_id = f.user_id and g.name = m.goal
),
project (person, place, name, icon, color, status, priority, start, target, budget, goal, outcome) as (
  values
    (1, 0, 'Figures for the bank', 'bar-chart', '#2563eb', 'doing', 'high', -20, 10, null::numeric, 'A second location in Portsmouth', 'Three years of figures on two pages.'),
    (1, 1, 'Hire a technician', 'user-plus', '#9333ea', 'doing', 'high', -25, 20, 3500.00, 'Nobody works more than 45 hours', 'Somebody who stays.'),
    (1, 2, 'House and family', 'home', '#16a34a', 'ongoing', 'medium', null, null, null, null, null),
    (2, 0, 'Mill Lane', 'flame', '#dc2626', 'doing', 'high', -12, 30, 18000.00, null, 'Cleared, sealed and handed over to reconstruction.'),
    (2, 1, '18 Pier Street', 'droplet', '#0ea5e9', 'doing', 'high', -8, 14, 6400.50, null, null),
    (2, 2, 'Exam', 'book', '#ca8a04', 'ongoing', 'medium', -45, null, 900.00, 'Pass the IICRC master exam', null),
    (2, 3, 'Faster invoices', 'mail', '#16a34a', 'done', 'medium', -120, -10, null, 'Paid within 40 days on average', null),
    (3, 0, 'Safety in both vans', 'shield', '#dc2626', 'doing', 'medium', -15, 15, 250.00, 'Become a crew lead', null),
    (3, 1, 'Drying at 18 Pier Street', 'droplet', '#0ea5e9', 'doing', 'high', -6, 4, null, null, null),
    (4, 0, 'Machines that run', 'wrench', '#64748b', 'ongoing', 'high', -120, null, 1200.00, 'No breakdown on a job for a year', null),
    (5, 0, 'Bakery on Dock Road', 'calculator', '#0891b2', 'doing', 'high', -5, 2, null, 'Estimates within two days', null),
    (5, 1, 'Month end', 'calendar', '#2563eb', 'ongoing', 'medium', null, null, null, null, null),
    (6, 0, 'Walking holiday', 'map', '#16a34a', 'planned', 'low', null, 200, 800.00, 'Walk the coast path', null)
),
added_projects as (
  insert into dashboard.projects (user_id, goal_id, sort_order, name, icon, color, status, priority, start_date, target_date,
    completed_at, budget, desired_outcome)
  select f.user_id, g.id, p.place, p.name, p.icon, p.color, p.status, p.priority, f.today + p.start, f.today + p.target,
    case when p.status = 'done' then (f.today + p.target + time '17:00') at time zone f.time_zone end, p.budget, p.outcome
  from project as p
  join fresh as f using (person)
  left join added_goals as g on g.user_id = f.user_id and g.name = p.goal
  returning id, user_id, name
),
part (person, task, project) as (
  values
    (1, 'Send quarterly figures to the accountant', 'Figures for the bank'), (1, 'Review receivables older than 60 days', 'Figures for the bank'),
    (1, 'Interview for the technician position', 'Hire a technician'), (1, 'Write the job ad for a second crew lead', 'Hire a technician'),
    (1, 'Book a table for the anniversary', 'House and family'),
    (2, 'Prepare the demolition plan for Mill Lane', 'Mill Lane'), (2, 'Call the adjuster about Mill Lane', 'Mill Lane'),
    (2, 'Order containment sheeting', 'Mill Lane'), (2, 'Walk through 18 Pier Street with the owner', '18 Pier Street'),
    (2, 'Send the supplement for 18 Pier Street', '18 Pier Street'), (2, 'Learn the drone''s thermal mode', 'Exam'),
    (3, 'Check first-aid kits in both vans', 'Safety in both vans'), (3, 'Book the respirator fit test', 'Safety in both vans'),
    (3, 'Read the drying logs at 18 Pier Street', 'Drying at 18 Pier Street'), (3, 'Return the injectidry panels', 'Drying at 18 Pier Street'),
    (4, 'Oil change for van 2', 'Machines that run'), (4, 'Clean the dehumidifier filters', 'Machines that run'),
    (4, 'Replace the worn extension cords', 'Machines that run'), (4, 'Count the air movers', 'Machines that run'),
    (5, 'Finish the estimate for the bakery on Dock Road', 'Bakery on Dock Road'), (5, 'Send invoices', 'Month end'),
    (5, 'Update the price list', 'Month end'), (6, 'Plan the walking holiday', 'Walking holiday')
),
linked_tasks as (
  update dashboard.tasks as t set project_id = p.id
  from part as a
  join fresh as f using (person)
  join added_projects as p on p.user_id = f.user_id and p.name = a.project
  where t.user_id = f.user_id and t.title = a.task and t.parent_id is null and t.project_id is null
  returning t.id
),
-- parts of a working day in local time, on every nth weekday of the last two weeks
span (person, every, starts, ends, break_minutes, project, task, notes) as (
  values
    (1, 2, time '08:30', time '10:00', 0, 'Figures for the bank', 'Send quarterly figures to the accountant', null),
    (1, 1, '10:15', '12:00', 0, 'Hire a technician', null, 'Calls'),
    (1, 1, '13:00', '17:30', 15, null, null, null),
    (2, 1, '07:30', '11:45', 15, 'Mill Lane', null, 'On site'),
    (2, 1, '12:30', '16:00', 0, '18 Pier Street', 'Walk through 18 Pier Street with the owner', null),
    (2, 3, '20:00', '21:30', 0, 'Exam', null, 'Chapters on smoke'),
    (3, 1, '07:00', '15:30', 45, 'Drying at 18 Pier Street', 'Read the drying logs at 18 Pier Street', null),
    (3, 4, '15:45', '16:30', 0, 'Safety in both vans', 'Check first-aid kits in both vans', null),
    (4, 1, '07:00', '15:30', 30, 'Machines that run', null, null),
    (4, 5, '22:00', '02:30', 0, null, null, 'Emergency call'),
    (5, 1, '09:00', '12:30', 10, 'Bakery on Dock Road', 'Finish the estimate for the bakery on Dock Road', null),
    (5, 2, '13:15', '16:45', 0, 'Month end', null, null)
),
added_time as (
  insert into dashboard.time_entries (user_id, project_id, task_id, clock_in, clock_out, break_minutes, notes)
  select f.user_id, p.id, t.id, (d.day + s.starts) at time zone f.time_zone,
    (d.day + s.ends + case when s.ends < s.starts then interval '1 day' else interval '0' end) at time zone f.time_zone,
    s.break_minutes, s.notes
  from span as s
  join fresh as f using (person)
  cross join lateral (
    select f.today - i.i, row_number() over (order by i.i)
    from generate_series(1, 14) as i (i) where extract(isodow from f.today - i.i) < 6
  ) as d (day, number)
  left join added_projects as p on p.user_id = f.user_id and p.name = s.project
  left join dashboard.tasks as t on t.user_id = f.user_id and t.title = s.task and t.parent_id is null
  -- an entry of last night may not have ended yet
  where d.number % s.every = 0 and (s.ends > s.starts or d.number > 1)
  returning id
)
-- the clock of Marcus runs since less than an hour, and not across midnight
insert into dashboard.time_entries (user_id, project_id, clock_in, notes)
select f.user_id, p.id, greatest(f.today::timestamp at time zone f.time_zone, now() - interval '50 minutes'), 'Moisture map'
from fresh as f
join added_projects as p on p.user_id = f.user_id and p.name = '18 Pier Street'
where f.person = 2;
