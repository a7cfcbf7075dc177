-- Demo tasks of the users in 10_people.sql, with dates around each user's today.
-- One statement, only for users without tasks, so loading this file again changes no existing row.

with
fresh as materialized (
  select p.id as user_id, right(p.id::text, 1)::integer as person, private.today_of(p.id) as today, p.time_zone
  from public.profiles as p
  where p.id between 'a0000000-0000-4000-8000-000000000001' and 'a0000000-0000-4000-8000-000000000006'
    and not exists (select from dashboard.tasks as t where t.user_id = p.id)
),
-- 1 Olivia, owner; 2 Marcus, project manager; 3 Elena and 4 Tom, technicians; 5 Nora, estimator; 6 Sam, in no team
list (person, name, icon, color, group_name) as (
  values
    (1, 'Company', 'building', '#2563eb', 'Work'), (1, 'Hiring', 'users', '#9333ea', 'Work'), (1, 'Home', 'home', '#16a34a', null),
    (2, 'Job sites', 'hard-hat', '#ea580c', 'Harbor'), (2, 'Insurance', 'file-text', '#2563eb', 'Harbor'),
    (2, 'Lakeside', 'calculator', '#0891b2', 'Lakeside'),
    (3, 'Crew', 'wrench', '#ea580c', null), (3, 'Home', 'home', '#16a34a', null),
    (4, 'Truck and equipment', 'truck', '#64748b', null),
    (5, 'Estimates', 'calculator', '#0891b2', null), (5, 'Office', 'briefcase', '#2563eb', null),
    (6, 'Flat', 'home', '#16a34a', null)
),
added_lists as (
  insert into dashboard.task_lists (user_id, name, icon, color, group_name, sort_order)
  select f.user_id, l.name, l.icon, l.color, l.group_name, 3 + row_number() over (partition by f.user_id)
  from list as l join fresh as f using (person)
  returning id, user_id, name
),
tag (person, name, type, color) as (
  values
    (1, 'Finance', 'area', '#16a34a'), (1, 'People', 'area', '#9333ea'), (1, 'Accountant', 'entity', '#64748b'),
    (2, 'Water', 'resource', '#0ea5e9'), (2, 'Fire', 'resource', '#dc2626'), (2, 'Adjuster', 'entity', '#ca8a04'),
    (3, 'Safety', 'area', '#dc2626'), (3, 'Drying', 'resource', '#0ea5e9'),
    (4, 'Maintenance', 'area', '#64748b'), (5, 'Photos', 'resource', '#9333ea'), (5, 'Waiting for client', 'entity', '#ca8a04'),
    (6, 'Errands', 'area', '#16a34a')
),
added_tags as (
  insert into dashboard.tags (user_id, name, type, color)
  select f.user_id, g.name, g.type, g.color from tag as g join fresh as f using (person)
  returning id, user_id, name
),
-- due: days from the owner's today; a recurring task is due on the first date of its rule from there
task (person, list, title, status, priority, due, due_time, my_day, important, energy, minutes, context, rule, description) as (
  values
    (1, 'Company', 'Approve this week''s payroll', 'open', 'high', 0, time '16:00', true, true, 'low', 20, '{@computer}'::text[], 'FREQ=WEEKLY', 'Check overtime of the weekend call-outs first.'),
    (1, 'Company', 'Review receivables older than 60 days', 'in_progress', 'high', 0, null, true, false, 'medium', 45, '{@computer}', 'FREQ=MONTHLY;BYDAY=1MO', null),
    (1, 'Company', 'Renew the general liability policy', 'waiting', 'medium', 9, null, false, true, null, null, '{@phone}', 'FREQ=YEARLY', 'The broker sends two offers.'),
    (1, 'Company', 'Send quarterly figures to the accountant', 'open', 'medium', -3, null, false, true, 'medium', 60, '{@computer}', 'FREQ=MONTHLY;INTERVAL=3;BYMONTHDAY=-1', null),
    (1, 'Company', 'Decide on the second moisture-mapping camera', 'someday', 'low', null, null, false, false, null, null, '{}', null, null),
    (1, 'Hiring', 'Interview for the technician position', 'open', 'high', 2, '10:30', false, true, 'high', 60, '{@office}', null, null),
    (1, 'Hiring', 'Write the job ad for a second crew lead', 'completed', 'none', -6, null, false, false, 'medium', 40, '{@computer}', null, null),
    (1, 'Home', 'Book a table for the anniversary', 'open', 'none', -1, null, false, false, 'low', 5, '{@phone}', null, null),
    (1, null, 'Ask Marcus about the parking permit downtown', 'open', 'none', null, null, false, false, null, null, '{}', null, null),
    (2, 'Job sites', 'Walk through 18 Pier Street with the owner', 'open', 'high', 0, '09:00', true, true, 'high', 90, '{@site}', null, 'Kitchen and hallway; bring the moisture readings.'),
    (2, 'Job sites', 'Prepare the demolition plan for Mill Lane', 'in_progress', 'high', 1, null, true, false, 'high', 120, '{@computer}', null, null),
    (2, 'Job sites', 'Monday crew meeting', 'open', 'medium', 3, '07:30', false, false, 'medium', 30, '{@office}', 'FREQ=WEEKLY;BYDAY=MO', null),
    (2, 'Job sites', 'Order containment sheeting', 'completed', 'medium', -1, null, true, false, 'low', 10, '{@phone}', null, null),
    (2, 'Job sites', 'Pick up the air scrubbers from Garden Court', 'open', 'medium', -2, null, false, false, 'medium', 45, '{@site}', null, null),
    (2, 'Insurance', 'Send the supplement for 18 Pier Street', 'open', 'high', -1, '17:00', false, true, 'medium', 50, '{@computer}', null, 'Photos of the subfloor are in the job folder.'),
    (2, 'Insurance', 'Call the adjuster about Mill Lane', 'waiting', 'high', 1, '11:00', false, true, 'low', 15, '{@phone}', null, null),
    (2, 'Insurance', 'Collect signed certificates of completion', 'open', 'none', 6, null, false, false, null, 25, '{@office}', 'FREQ=MONTHLY;BYMONTHDAY=25', null),
    (2, 'Lakeside', 'Price the roof section for Nora', 'open', 'medium', 2, null, false, false, 'medium', 60, '{@computer}', null, null),
    (2, 'Lakeside', 'Compare the new price list with last year''s', 'cancelled', 'none', -8, null, false, false, null, null, '{}', null, null),
    (2, null, 'Learn the drone''s thermal mode', 'someday', 'low', null, null, false, false, null, null, '{}', null, null),
    (3, 'Crew', 'Read the drying logs at 18 Pier Street', 'open', 'high', 0, '08:00', true, true, 'medium', 30, '{@site}', 'FREQ=DAILY;COUNT=5', 'All four rooms; photograph the meters.'),
    (3, 'Crew', 'Check first-aid kits in both vans', 'open', 'medium', 0, null, true, false, 'low', 15, '{@shop}', 'FREQ=MONTHLY;BYDAY=-1FR', null),
    (3, 'Crew', 'Return the injectidry panels', 'open', 'none', -4, null, false, false, 'low', 30, '{@site}', null, null),
    (3, 'Crew', 'Book the respirator fit test', 'open', 'medium', 12, null, false, true, 'low', 10, '{@phone}', 'FREQ=YEARLY', null),
    (3, 'Crew', 'Label the negative-air machines', 'completed', 'low', -2, null, false, false, 'low', 40, '{@shop}', null, null),
    (3, 'Home', 'Swim practice', 'open', 'none', 1, '18:00', false, false, 'high', 75, '{}', 'FREQ=WEEKLY;BYDAY=TU,TH', null),
    (3, 'Home', 'Send photos to grandma', 'open', 'low', null, null, false, false, 'low', 10, '{@phone}', null, null),
    (4, 'Truck and equipment', 'Oil change for van 2', 'open', 'medium', 5, null, false, false, 'low', 60, '{@shop}', 'FREQ=MONTHLY;INTERVAL=4', null),
    (4, 'Truck and equipment', 'Clean the dehumidifier filters', 'in_progress', 'medium', 0, null, true, false, 'medium', 45, '{@shop}', 'FREQ=WEEKLY;BYDAY=MO,WE,FR', null),
    (4, 'Truck and equipment', 'Replace the worn extension cords', 'open', 'high', -5, null, false, true, 'low', 20, '{@shop}', null, 'Two of them failed the last inspection.'),
    (4, 'Truck and equipment', 'Count the air movers', 'completed', 'none', -1, null, false, false, 'low', 30, '{@shop}', null, null),
    (4, null, 'Ask about the fork-lift course', 'open', 'low', null, null, false, false, null, null, '{}', null, null),
    (5, 'Estimates', 'Finish the estimate for the bakery on Dock Road', 'in_progress', 'high', 1, '12:00', true, true, 'high', 180, '{@computer}', null, null),
    (5, 'Estimates', 'Sketch the basement at 7 Orchard Way', 'open', 'medium', 3, null, false, false, 'medium', 90, '{@computer}', null, null),
    (5, 'Estimates', 'Ask for missing roof photos', 'waiting', 'medium', -2, null, false, false, 'low', 5, '{@phone}', null, null),
    (5, 'Estimates', 'Update the price list', 'open', 'none', 10, null, false, false, 'medium', 30, '{@computer}', 'FREQ=MONTHLY;BYMONTHDAY=1', null),
    (5, 'Office', 'Send invoices', 'open', 'high', 0, '15:00', true, false, 'low', 30, '{@computer}', 'FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1', null),
    (5, 'Office', 'Back up the project folders', 'completed', 'none', -1, null, false, false, 'low', 10, '{@computer}', null, null),
    (6, 'Flat', 'Water the plants', 'open', 'none', 0, null, true, false, 'low', 10, '{@home}', 'FREQ=DAILY;INTERVAL=3', null),
    (6, 'Flat', 'Return the library books', 'open', 'medium', -1, null, false, true, 'low', 25, '{@town}', null, null),
    (6, null, 'Plan the walking holiday', 'someday', 'low', null, null, false, false, null, null, '{}', null, null)
),
added_tasks as (
  insert into dashboard.tasks (user_id, list_id, title, status, priority, due_date, due_time, reminder_at, is_my_day, is_important,
    energy_level, time_estimate, context, recurrence_rule, description)
  select f.user_id, l.id, t.title, t.status, t.priority, d.due, t.due_time,
    (d.due + t.due_time - interval '30 minutes') at time zone f.time_zone, t.my_day, t.important,
    t.energy, t.minutes, t.context, t.rule, t.description
  from task as t
  join fresh as f using (person)
  cross join lateral (
    select coalesce(private.next_occurrence(t.rule, f.today + t.due, f.today + t.due - 1), f.today + t.due) as due
  ) as d
  left join added_lists as l on l.user_id = f.user_id and l.name = t.list
  returning id, user_id, title, list_id
),
subtask (person, task, title, status) as (
  values
    (1, 'Interview for the technician position', 'Read both applications', 'completed'),
    (1, 'Interview for the technician position', 'Prepare the trial task', 'open'),
    (1, 'Send quarterly figures to the accountant', 'Export the receipts', 'completed'),
    (1, 'Send quarterly figures to the accountant', 'Reconcile the fuel cards', 'in_progress'),
    (1, 'Send quarterly figures to the accountant', 'Write the cover note', 'open'),
    (2, 'Prepare the demolition plan for Mill Lane', 'Mark the load-bearing walls', 'completed'),
    (2, 'Prepare the demolition plan for Mill Lane', 'Ask the city about the dumpster', 'completed'),
    (2, 'Prepare the demolition plan for Mill Lane', 'Schedule the crew', 'open'),
    (2, 'Send the supplement for 18 Pier Street', 'Add the subfloor photos', 'open'),
    (2, 'Send the supplement for 18 Pier Street', 'Check the line items', 'completed'),
    (3, 'Check first-aid kits in both vans', 'Van 1', 'completed'),
    (3, 'Check first-aid kits in both vans', 'Van 2', 'open'),
    (4, 'Oil change for van 2', 'Buy oil and filter', 'open'),
    (5, 'Finish the estimate for the bakery on Dock Road', 'Measure the store room', 'completed'),
    (5, 'Finish the estimate for the bakery on Dock Road', 'Electrical line items', 'open'),
    (5, 'Finish the estimate for the bakery on Dock Road', 'Overhead and profit', 'open')
),
added_subtasks as (
  insert into dashboard.tasks (user_id, list_id, parent_id, title, status)
  select f.user_id, t.list_id, t.id, s.title, s.status
  from subtask as s
  join fresh as f using (person)
  join added_tasks as t on t.user_id = f.user_id and t.title = s.task
  returning id
),
tagged (person, task, tag) as (
  values
    (1, 'Approve this week''s payroll', 'Finance'), (1, 'Approve this week''s payroll', 'People'),
    (1, 'Review receivables older than 60 days', 'Finance'), (1, 'Send quarterly figures to the accountant', 'Finance'),
    (1, 'Send quarterly figures to the accountant', 'Accountant'), (1, 'Interview for the technician position', 'People'),
    (2, 'Walk through 18 Pier Street with the owner', 'Water'), (2, 'Send the supplement for 18 Pier Street', 'Water'),
    (2, 'Send the supplement for 18 Pier Street', 'Adjuster'), (2, 'Call the adjuster about Mill Lane', 'Adjuster'),
    (2, 'Call the adjuster about Mill Lane', 'Fire'), (2, 'Prepare the demolition plan for Mill Lane', 'Fire'),
    (3, 'Read the drying logs at 18 Pier Street', 'Drying'), (3, 'Check first-aid kits in both vans', 'Safety'),
    (3, 'Book the respirator fit test', 'Safety'), (4, 'Oil change for van 2', 'Maintenance'),
    (4, 'Clean the dehumidifier filters', 'Maintenance'), (5, 'Ask for missing roof photos', 'Photos'),
    (5, 'Ask for missing roof photos', 'Waiting for client'), (6, 'Return the library books', 'Errands')
)
insert into dashboard.task_tags (user_id, task_id, tag_id)
select f.user_id, t.id, g.id
from tagged as d
join fresh as f using (person)
join added_tasks as t on t.user_id = f.user_id and t.title = d.task
join added_tags as g on g.user_id = f.user_id and g.name = d.tag;
